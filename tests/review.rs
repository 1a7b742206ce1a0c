//! Scopes and grants looked at before anything is signed: reports, worst cases, and what other clients' bytes say.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(unreachable_pub, clippy::arithmetic_side_effects, reason = "a test program")]

#[path = "review/inspect.rs"]
mod inspect;
#[path = "review/reports.rs"]
mod reports;
#[path = "review/risks.rs"]
mod risks;
#[path = "review/sentences.rs"]
mod sentences;
#[path = "review/shares.rs"]
mod shares;
