//! Runs every golden-data set that is there and names those that are not.
//!
//! Sets are folders of JSON files. They are looked for in `tests/vectors`, and those that are not copied into this repository
//! in `../shared/vectors`. `HALLPASS_VECTORS=<folder>` replaces both: then only what is there is read. No file name or count is
//! assumed; files of another form are passed over.
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
#[path = "suite/mod.rs"]
mod suite;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    suite::runner::main()
}

/// The browser has a runner of its own, `tests/web.rs`.
#[cfg(target_arch = "wasm32")]
fn main() {}
