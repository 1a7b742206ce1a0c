//! Stand-ins for the seams, for tests only: answers from a script, storage in memory that fails or stops when told to, a clock that
//! moves by hand.

mod executor;
mod faults;
mod host;
mod locks;
mod locks_contract;
mod many_rules;
mod p256_contract;
#[cfg(not(target_arch = "wasm32"))]
mod questions;
mod scripted;
mod sealer;
mod sealer_contract;
mod store_contract;
mod tabs_contract;

use std::future::poll_fn;
use std::task::Poll;

#[cfg(not(target_arch = "wasm32"))]
pub use crate::random::repeat_randomness;
pub use executor::{ManualClock, Page, block_on, run_until};
pub use faults::{Fault, Faults, FaultyStore};
pub use host::TestHost;
pub use locks::TestLocks;
pub use locks_contract::check_locks;
pub use many_rules::many_rules;
pub use p256_contract::check_p256;
#[cfg(not(target_arch = "wasm32"))]
pub use questions::{Kind, QUESTIONS, Question, read_body};
pub use scripted::{Pace, ScriptedRpc, ScriptedWallet};
pub use sealer::PlainSealer;
pub use sealer_contract::check_sealer;
pub use store_contract::check_store;
pub use tabs_contract::check_tabs;

/// Lets other futures run.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
