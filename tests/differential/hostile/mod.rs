//! A session in the hands of a bundler that lies, on the real EntryPoint and Kernel: no total that the package keeps is exceeded,
//! nothing is done twice, and what is told is what happened. The key is not stolen; everything else the bundler may do.

mod bundler;
mod ledger;
mod nature;
mod player;
mod run;
mod world;

use alloy_primitives::{Address, address};

use super::runner::{Test, number};
use super::stack::Stack;
use run::{Planted, Promise, Tally, run};

/// The shop, as `tests/contracts/addresses.json` places it.
const BOARD: Address = address!("0xb0A2D00000000000000000000000000000000000");

/// Lives of a run that does not say how many.
const USUAL_LIVES: u64 = 300;
/// Lives within which every planted fault must show.
const ENOUGH: u64 = 40;

pub fn tests(seed: u64) -> Vec<Test> {
    let mut tests = vec![Test::new("no bundler exceeds a total or does anything twice", move || lives(seed))];
    let planted = [
        ("nobody counts what is spent", Planted::NoSpend, Promise::Spend),
        ("nobody counts operations", Planted::NoCount, Promise::Operations),
        ("a retry in another lane", Planted::OtherLane, Promise::Once),
        ("tabs that count apart", Planted::OtherLane, Promise::Spend),
    ];
    for (name, fault, promise) in planted {
        tests.push(Test::new(name, move || noticed(seed, fault, promise)));
    }
    tests
}

fn lives(seed: u64) -> Result<String, String> {
    let stack = Stack::new();
    if let Some(life) = number("HALLPASS_LIFE") {
        let outcome = run(&stack, seed, life, Planted::Nothing);
        return outcome.map(|tally| format!("{tally:?}")).map_err(|breach| format!("{breach:?}"));
    }
    let lives = number("HALLPASS_LIVES").unwrap_or(USUAL_LIVES);
    let mut all = Tally::default();
    for life in 0..lives {
        match run(&stack, seed, life, Planted::Nothing) {
            Ok(tally) => all.add(&tally),
            Err((promise, told)) => {
                return Err(format!("{promise:?}: {told}\n  HALLPASS_SEED={seed} HALLPASS_LIFE={life}"));
            }
        }
    }
    let missing = all.missing();
    if lives >= USUAL_LIVES && !missing.is_empty() {
        return Err(format!("never happened in {lives} lives: {}", missing.join(", ")));
    }
    Ok(format!("{lives} lives, {all:?}"))
}

fn noticed(seed: u64, fault: Planted, promise: Promise) -> Result<String, String> {
    let stack = Stack::new();
    for life in 0..ENOUGH {
        match run(&stack, seed, life, fault) {
            Err((broken, told)) if broken == promise => {
                let told = told.split(';').next().unwrap_or_default();
                return Ok(format!("noticed in life {life}: {told}"));
            }
            _ => {}
        }
    }
    Err(format!("not noticed in {ENOUGH} lives, seed {seed}"))
}
