//! The package against the chain, in an EVM in this process: random scopes and adversarial operations through
//! Kernel 3.1 and its policies, policies with a fault that this must notice, the validation rules of bundlers
//! (ERC-7562), a thief who holds the session key, and a hostile bundler who does not.
//!
//! `cargo xtask test --only differential` compiles the contracts first. Arguments choose parts: `pairs`,
//! `mutants`, `erc7562`, `thief`, `traps`, `hostile`. `HALLPASS_PAIRS` is how many pairs of scope and operation are tried,
//! `HALLPASS_SEED` makes a run again, and `HALLPASS_SCOPE` tries one scope of that run alone and prints each
//! of its operations. `HALLPASS_LIVES` is how many sessions a hostile bundler gets, and `HALLPASS_LIFE`
//! tries one of them alone. `HALLPASS_CONTRACTS` is as in `contracts.rs`.
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
#[path = "differential/mod.rs"]
mod differential;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    differential::runner::main()
}

/// The EVM does not run in a browser test.
#[cfg(target_arch = "wasm32")]
fn main() {}
