//! Runs the chosen parts and counts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::base::Base;
use super::pairs::{self, Outcome, Plan};
use super::{erc7562, hostile, layout, modules, mutants, thief, traps, verification_gas};

/// Pairs of a run that does not say how many.
const USUAL_PAIRS: u64 = 2000;
/// Pairs from which on every kind of operation must have been tried.
const ENOUGH_FOR_ALL: u64 = 2000;

/// A test by name; it answers a note, or what is wrong.
pub struct Test {
    name: String,
    run: Box<dyn FnOnce() -> Result<String, String>>,
}

impl Test {
    pub fn new(name: &str, run: impl FnOnce() -> Result<String, String> + 'static) -> Self {
        Self { name: name.to_owned(), run: Box::new(run) }
    }
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
}

impl Counts {
    fn run(&mut self, part: &str, test: Test) {
        let Test { name, run } = test;
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("panicked".to_owned()));
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(note) => {
                self.passed += 1;
                println!("{part}: {name} ... ok ({note}; {seconds:.1} s)");
            }
            Err(fault) => {
                self.failed += 1;
                println!("{part}: {name} ... FAILED\n  {fault}");
            }
        }
    }
}

pub fn main() -> ExitCode {
    if !modules::are_compiled() {
        println!("The contracts are not compiled; `cargo xtask test --only differential` does it.");
        println!("0 passed, 0 failed, 1 skipped");
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|other| other == part);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    let seed = number("HALLPASS_SEED").unwrap_or(now);
    println!("seed {seed}");
    let mut counts = Counts::default();
    if is_chosen("pairs") {
        counts.run("pairs", Test::new("the policy is called with what is read here", layout::test));
        let pairs = number("HALLPASS_PAIRS").unwrap_or(USUAL_PAIRS);
        random_pairs(&mut counts, Plan { seed, pairs, scope: number("HALLPASS_SCOPE"), until_broken: false });
    }
    let mut tests = Vec::new();
    if is_chosen("mutants") {
        tests.push(("mutants", mutants::tests(seed)));
    }
    if is_chosen("erc7562") {
        tests.push(("erc7562", erc7562::tests()));
    }
    if is_chosen("thief") {
        tests.push(("thief", thief::tests()));
    }
    if is_chosen("gas") {
        tests.push(("gas", verification_gas::tests()));
    }
    if is_chosen("traps") {
        tests.push(("traps", traps::tests()));
    }
    if is_chosen("hostile") {
        tests.push(("hostile", hostile::tests(seed)));
    }
    for (part, tests) in tests {
        for test in tests {
            counts.run(part, test);
        }
    }
    println!("{} passed, {} failed, 0 skipped", counts.passed, counts.failed);
    ExitCode::from(u8::from(counts.failed > 0))
}

fn random_pairs(counts: &mut Counts, plan: Plan) {
    let start = Instant::now();
    let Ok(outcome) = catch_unwind(|| pairs::run(plan, Base::new)) else {
        counts.run("pairs", Test::new("random pairs", || Err("panicked".to_owned())));
        return;
    };
    let Outcome { tally, stricter_chain, broken_rules } = &outcome;
    tally.print();
    let [pairs, ours, chain] = tally.pairs();
    let seconds = start.elapsed().as_secs_f32();
    println!("{pairs} pairs in {seconds:.1} s; the package accepts {ours}, the chain {chain}");
    outcome.print_failures();
    let mut whether = |name: &str, failures: usize| {
        let result =
            if failures == 0 { Ok(format!("{pairs} pairs")) } else { Err(format!("{failures} pairs")) };
        counts.run("pairs", Test::new(name, || result));
    };
    whether("what the package accepts, the chain accepts", stricter_chain.len());
    whether("what the chain accepts keeps the rules it is said to enforce", broken_rules.len());
    if plan.scope.is_none() && plan.pairs >= ENOUGH_FOR_ALL {
        let faults = tally.faults().join("\n  ");
        let result = if faults.is_empty() { Ok("all of them".to_owned()) } else { Err(faults) };
        counts.run("pairs", Test::new("every kind of operation was tried", || result));
    }
}

pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
}
