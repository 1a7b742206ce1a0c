//! Sessions on the local chain, through a real bundler and paymaster. `cargo xtask test --only e2e` boots the chain and runs this;
//! `HALLPASS_STACK` holds the JSON that `cargo xtask stack` prints.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::print_stdout, reason = "a test program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[cfg(not(target_arch = "wasm32"))]
#[path = "chain/game.rs"]
mod game;

#[cfg(not(target_arch = "wasm32"))]
#[path = "e2e/mod.rs"]
mod session;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    session::main()
}

/// The browser has end-to-end tests of its own.
#[cfg(target_arch = "wasm32")]
fn main() {}
