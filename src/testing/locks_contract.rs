//! What locks must do, here and across tabs: one suite, run for each implementation.

use std::time::Duration;

use futures_util::future::{Either, join, select};

use crate::host::{Clock, Locks};

/// How long something is waited for that must not happen.
const SOON: Duration = Duration::from_millis(20);
/// How often is looked for something that must happen.
const LOOKS: usize = 100;

/// Runs the suite. Nobody may hold a lock whose name starts with `prefix`.
///
/// # Panics
/// When the locks break their contract.
pub async fn check_locks<L: Locks, C: Clock>(locks: &L, clock: &C, prefix: &str) {
    let [a, b] = ["a", "b"].map(|name| format!("{prefix}{name}"));
    expect(locks.held(prefix).await.is_empty(), "the prefix is free");
    let first = locks.acquire(&a).await;
    expect(locks.held(prefix).await == [a.clone()], "a held lock is listed");
    expect(locks.held(&b).await.is_empty(), "a prefix selects");
    expect(locks.try_acquire(&a).await.is_none(), "a lock has one holder");
    expect(!comes_soon(locks.acquire(&a), clock).await, "others wait");
    let other = locks.try_acquire(&b).await;
    expect(other.is_some(), "a free lock is taken at once");
    let mut both = locks.held(prefix).await;
    both.sort_unstable();
    expect(both == [a.clone(), b.clone()], "all held locks are listed");

    // Who waits gets it once the holder lets go, and who gave up while waiting is not in the way.
    let release = async {
        clock.sleep(SOON).await;
        drop(first);
    };
    let (second, ()) = join(locks.acquire(&a), release).await;
    expect(locks.try_acquire(&a).await.is_none(), "the next holder has it alone");
    drop((second, other));
    expect(are_free(locks, clock, prefix).await, "dropping lets go");
    let again = locks.try_acquire(&a).await;
    expect(again.is_some(), "a lock can be had again");
    drop(again);
    expect(are_free(locks, clock, prefix).await, "nothing is left");
}

/// Whether a lock is had within [`SOON`]. If not, the wait for it is given up.
async fn comes_soon<C: Clock>(lock: impl Future, clock: &C) -> bool {
    matches!(select(Box::pin(lock), Box::pin(clock.sleep(SOON))).await, Either::Left(_))
}

/// Whether all locks are let go of before long: a browser may take a moment.
async fn are_free<L: Locks, C: Clock>(locks: &L, clock: &C, prefix: &str) -> bool {
    for _ in 0..LOOKS {
        if locks.held(prefix).await.is_empty() {
            return true;
        }
        clock.sleep(SOON).await;
    }
    false
}

fn expect(held: bool, what: &str) {
    assert!(held, "locks contract: {what}");
}
