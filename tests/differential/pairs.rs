//! Random pairs of scope and operation. Two properties:
//!
//! (a) what the package accepts, the chain accepts; (b) what the chain accepts keeps every rule that the
//! report says the chain enforces, as the chain's policy reads the operation.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alloy_primitives::{Bytes, U256, hex};
use hallpass::scope::Spent;

use super::attempts::{Attempt, Draw};
use super::base::Base;
use super::broken::{broken, refused};
use super::classes::{Class, Tally};
use super::generator;
use super::granted::{Granted, Life};
use super::rng::Rng;

/// Operations of each scope that are tried on the state after its first operation, each alone.
const ALONE: u64 = 30;
/// Operations of each scope that follow one another.
const IN_A_ROW: u64 = 10;
/// Failures of each property that are told in full.
const TOLD: usize = 5;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Pairs after which no further scope is begun.
    pub pairs: u64,
    /// One scope alone, with each of its operations printed.
    pub scope: Option<u64>,
    /// Whether the first failure ends the run.
    pub until_broken: bool,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub tally: Tally,
    /// Failures of property (a) and (b).
    pub stricter_chain: Vec<String>,
    pub broken_rules: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.stricter_chain.extend(other.stricter_chain);
        self.broken_rules.extend(other.broken_rules);
    }

    /// A rule that the chain does not keep, or else an operation in scope that it refuses.
    pub fn first_failure(&self) -> Option<&String> {
        self.broken_rules.first().or(self.stricter_chain.first())
    }

    pub fn print_failures(&self) {
        for (property, failures) in [("a", &self.stricter_chain), ("b", &self.broken_rules)] {
            for failure in failures.iter().take(TOLD) {
                println!("({property}) {failure}");
            }
            if failures.len() > TOLD {
                println!("({property}) and {} more", failures.len() - TOLD);
            }
        }
    }
}

/// Runs a plan on all processors. `make` prepares the chain.
pub fn run(plan: Plan, make: impl Fn() -> Base + Sync) -> Outcome {
    let (next, made, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        let base = make();
        let mut outcome = Outcome::default();
        loop {
            let scope = match plan.scope {
                Some(_) if next.fetch_add(1, Ordering::Relaxed) > 0 => return outcome,
                Some(scope) => scope,
                None => next.fetch_add(1, Ordering::Relaxed),
            };
            if made.load(Ordering::Relaxed) >= plan.pairs || stop.load(Ordering::Relaxed) {
                return outcome;
            }
            let before = outcome.tally.pairs()[0];
            Trial { base: &base, plan, scope }.run(&mut outcome);
            made.fetch_add(outcome.tally.pairs()[0] - before, Ordering::Relaxed);
            if plan.until_broken && outcome.first_failure().is_some() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut total = Outcome::default();
    std::thread::scope(|threads| {
        let threads: Vec<_> = (0..workers).map(|_| threads.spawn(work)).collect();
        for thread in threads {
            total.add(thread.join().expect("a worker that does not panic"));
        }
    });
    total
}

/// One scope of a run.
struct Trial<'a> {
    base: &'a Base,
    plan: Plan,
    scope: u64,
}

impl Trial<'_> {
    fn run(&self, outcome: &mut Outcome) {
        let mut rng = Rng::new(self.plan.seed, self.scope);
        let model = generator::model(&mut rng);
        outcome.tally.scopes += 1;
        let granted = match Granted::new(self.base, &model) {
            Ok(granted) => granted,
            Err(reason) => {
                if self.plan.scope.is_some() {
                    println!("refused ({reason}): {}", model.json);
                }
                *outcome.tally.refused.entry(kind_of(&reason)).or_default() += 1;
                return;
            }
        };
        if self.plan.scope.is_some() {
            println!("scope {}", granted.scope.to_json());
        }
        let mut life = Life {
            chain: self.base.chain.clone(),
            spent: Spent::default(),
            operations: 0,
            charged: U256::ZERO,
        };
        let first = Draw { rng: &mut rng, granted: &granted, life: &life }.in_scope();
        if !self.pair(&granted, &mut life, &first, (true, true), outcome) {
            return;
        }
        for _ in 0..ALONE {
            let attempt = Draw { rng: &mut rng, granted: &granted, life: &life }.any();
            self.pair(&granted, &mut life, &attempt, (false, false), outcome);
        }
        for _ in 0..IN_A_ROW {
            let mut draw = Draw { rng: &mut rng, granted: &granted, life: &life };
            let mut attempt = if draw.rng.once_in(4) { draw.any() } else { draw.in_scope() };
            if model.operations.is_some_and(|most| life.operations >= most) && attempt.class == Class::InScope
            {
                attempt.class = Class::CountSpent;
            }
            self.pair(&granted, &mut life, &attempt, (false, true), outcome);
        }
    }

    /// Tries an operation on both sides. Answers whether it came to be: both accept it and it is to stay.
    fn pair(
        &self,
        granted: &Granted<'_>,
        life: &mut Life,
        attempt: &Attempt,
        (enabling, stays): (bool, bool),
        outcome: &mut Outcome,
    ) -> bool {
        let Attempt { class, call_data, shape, now, edge } = attempt;
        let op = granted.operation(enabling, Bytes::copy_from_slice(call_data), shape);
        let ours = granted.refusals(life, call_data, shape, *now);
        let accepted = ours.is_empty();
        let answer = self.base.validate(&mut life.chain, &op, stays && accepted);
        let refused = refused(&answer, shape, *now);
        let edge = edge.as_ref().map(|(kinds, inside)| (kinds.as_slice(), *inside));
        outcome.tally.pair(*class, edge, accepted, refused.is_none());
        if self.plan.scope.is_some() {
            println!("{class:?}: ours {ours:?}, chain {refused:?}, at {now}, {}", hex::encode(call_data));
        }
        let failure = |what: &str| self.failure(granted, attempt, what);
        match refused {
            Some(why) if accepted => {
                outcome.stricter_chain.push(failure(&format!("we accept, the chain does not: {why}")));
                return false;
            }
            Some(_) => return false,
            None => {}
        }
        let policy_call = self.base.policy_call(&op);
        if let Some(rule) = broken((granted, &*life), policy_call, (shape, *now), &mut outcome.tally) {
            outcome.broken_rules.push(failure(&format!("the chain accepts what breaks {rule}")));
        }
        if accepted && stays {
            life.spent.operations += 1;
            life.spent.gas += shape.cost().wei();
            life.operations += 1;
            life.charged += shape.charge();
        }
        accepted && stays
    }

    fn failure(&self, granted: &Granted<'_>, attempt: &Attempt, what: &str) -> String {
        let Attempt { class, call_data, shape, now, .. } = attempt;
        let again = format!("HALLPASS_SEED={} HALLPASS_SCOPE={}", self.plan.seed, self.scope);
        format!(
            "{what}\n  scope {}\n  {class:?} at {now}, {shape:?}\n  {}\n  again: {again} \
             cargo test --test differential -- pairs",
            granted.scope.to_json(),
            hex::encode_prefixed(call_data),
        )
    }
}

/// A reason without the names and numbers in it, for counting.
fn kind_of(reason: &str) -> String {
    let words = reason.split(' ').filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}
