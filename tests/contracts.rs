//! Our Solidity modules against the measured verdicts of the real ones, and whole user operations through the real EntryPoint 0.7 and
//! Kernel 3.1, in an EVM in this process.
//!
//! `cargo xtask test --only contracts` compiles the modules first. Verdicts (`kernel-verdicts/*.jsonl`, or gzipped) are looked for in
//! `tests/vectors` and `../shared/vectors`; `HALLPASS_VECTORS=<folder>` replaces both. `HALLPASS_CONTRACTS=<folder>` of
//! `0xaddress.hex` runtime files replaces the code at those addresses, or adds it.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, reason = "a test program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[cfg(not(target_arch = "wasm32"))]
#[path = "chain/mod.rs"]
mod chain;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    chain::runner::main()
}

/// The EVM does not run in a browser test.
#[cfg(target_arch = "wasm32")]
fn main() {}
