//! The whole life of a session on scripted endpoints, storage in memory and a clock that moves by hand.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, unreachable_pub, reason = "a test program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[path = "flow/answers.rs"]
mod answers;
#[path = "flow/chain.rs"]
mod chain;
#[path = "flow/clock.rs"]
mod clock;
#[path = "flow/codes.rs"]
mod codes;
#[path = "flow/fate.rs"]
mod fate;
#[path = "flow/fees.rs"]
mod fees;
#[path = "flow/gas.rs"]
mod gas;
#[path = "flow/lies.rs"]
mod lies;
#[path = "flow/owners.rs"]
mod owners;
#[path = "flow/patience.rs"]
mod patience;
#[path = "flow/player.rs"]
mod player;
#[path = "flow/renew.rs"]
mod renew;
#[path = "flow/request.rs"]
mod request;
#[path = "flow/restore.rs"]
mod restore;
#[path = "flow/seams.rs"]
mod seams;
#[path = "flow/send.rs"]
mod send;
#[path = "flow/setup.rs"]
mod setup;
#[path = "flow/slow_blocks.rs"]
mod slow_blocks;
#[path = "flow/storage.rs"]
mod storage;
#[path = "flow/tabs.rs"]
mod tabs;
#[path = "flow/wrong_answers.rs"]
mod wrong_answers;
