//! Policies with one fault each: a test of random pairs that does not notice them tests nothing.

use alloy_primitives::{Address, address};

use super::base::{Base, compiled};
use super::layout::CALL_POLICY;
use super::pairs::{Plan, run};
use super::runner::Test;

const TIMESTAMP: Address = address!("0xB9f8f524bE6EcD8C945b1b87f9ae5C192FdCE20F");
const GAS: Address = address!("0xaeFC5AbC67FfD258abD0A3E54f65E70326F84b23");
const RATE_LIMIT: Address = address!("0xf63d4139B25c836334edD76641356c6b74C86873");

/// Contracts of `tests/contracts/mutants`, and whose place they take.
const MUTANTS: [(&str, Address); 9] = [
    ("MutantRulesDropped", CALL_POLICY),
    ("MutantOffset", CALL_POLICY),
    ("MutantDelegatecall", CALL_POLICY),
    ("MutantFirstCall", CALL_POLICY),
    ("MutantFirstValue", CALL_POLICY),
    ("MutantWildcard", CALL_POLICY),
    ("MutantNoExpiry", TIMESTAMP),
    ("MutantGasNotSummed", GAS),
    ("MutantNotCounted", RATE_LIMIT),
];

/// Pairs within which every fault must show.
const ENOUGH: u64 = 3000;

pub fn tests(seed: u64) -> Vec<Test> {
    MUTANTS.into_iter().map(|(name, place)| Test::new(name, move || noticed(name, place, seed))).collect()
}

fn noticed(name: &str, place: Address, seed: u64) -> Result<String, String> {
    let make = || {
        let mut base = Base::new();
        base.chain.place(place, &compiled(name));
        base
    };
    let outcome = run(Plan { seed, pairs: ENOUGH, scope: None, until_broken: true }, make);
    let [pairs, ..] = outcome.tally.pairs();
    match outcome.first_failure() {
        Some(failure) => {
            Ok(format!("noticed within {pairs} pairs: {}", failure.lines().next().unwrap_or_default()))
        }
        None => Err(format!("not noticed in {pairs} pairs, seed {seed}")),
    }
}
