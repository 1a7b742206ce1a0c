//! Random schedules of a chain, a bundler, a paymaster and two tabs, with every kind of bad luck, and one judge: what happened on chain
//! is what was told, once at most, and within the totals.
//!
//! Everything comes from one seed, which is printed when a schedule fails. `HALLPASS_SEED` repeats one schedule,
//! `HALLPASS_SCHEDULES` says how many are tried.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, unreachable_pub, reason = "a test program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[path = "model/actions.rs"]
mod actions;
#[path = "model/bundler.rs"]
mod bundler;
#[allow(dead_code, reason = "the flows use more of it")]
#[path = "flow/chain.rs"]
mod chain;
#[path = "model/checker.rs"]
mod checker;
#[path = "model/endpoints.rs"]
mod endpoints;
#[path = "model/history.rs"]
mod history;
#[path = "model/ledger.rs"]
mod ledger;
#[path = "model/luck.rs"]
mod luck;
#[path = "model/planted.rs"]
mod planted;
#[allow(dead_code, reason = "the flows use more of it")]
#[path = "flow/player.rs"]
mod player;
#[allow(dead_code, reason = "the differential tests use more of it")]
#[path = "differential/rng.rs"]
mod rng;
#[path = "model/schedule.rs"]
mod schedule;
#[path = "model/start.rs"]
mod start;
#[path = "model/tab.rs"]
mod tab;
#[path = "model/world.rs"]
mod world;

use std::env::var;
use std::time::Instant;

/// Schedules of a run where nobody says how many: a number that takes well under a minute without optimisation.
const SCHEDULES: u64 = 2_000;
/// Two are as many as a machine of a build farm has.
const THREADS: u64 = 2;

/// Breaches of one schedule, with what happened in it.
fn try_one(seed: u64, is_shown: bool) -> Vec<String> {
    let history = schedule::run(seed);
    let breaches = checker::check(&history);
    if is_shown {
        eprintln!("{}", history.log.join("\n"));
    }
    breaches
}

#[test]
fn whatever_happens_what_was_told_is_what_happened() {
    let number = |name: &str| var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("HALLPASS_SEED") {
        let breaches = try_one(seed, true);
        assert!(breaches.is_empty(), "HALLPASS_SEED={seed}: {}", breaches.join("; "));
        return;
    }
    let (schedules, first) = (number("HALLPASS_SCHEDULES").unwrap_or(SCHEDULES), number("HALLPASS_FIRST"));
    let (first, began) = (first.unwrap_or(1), Instant::now());
    let work = move |thread: u64| {
        let seeds = (first..first + schedules).filter(move |seed| seed % THREADS == thread);
        let failed = seeds.filter_map(|seed| {
            let breaches = std::panic::catch_unwind(|| try_one(seed, false))
                .unwrap_or_else(|_| vec!["it panicked".to_owned()]);
            (!breaches.is_empty()).then(|| format!("HALLPASS_SEED={seed}: {}", breaches.join("; ")))
        });
        failed.collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..THREADS).map(|thread| std::thread::spawn(move || work(thread))).collect();
    let failed: Vec<String> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    eprintln!("{schedules} schedules from seed {first} on in {:?}", began.elapsed());
    assert!(failed.is_empty(), "{} of {schedules} failed\n{}", failed.len(), failed.join("\n"));
}
