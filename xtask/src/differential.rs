//! `cargo xtask differential`: random scopes and operations, judged by this package and by the contracts.

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::shell::{cargo, run_and_read};
use crate::test::{Counts, counted};

/// Pairs of scope and operation where nothing else is said, as in CI.
const PAIRS: u64 = 100_000;

#[derive(Args)]
pub struct Options {
    /// Pairs of scope and operation.
    #[arg(long, default_value_t = PAIRS)]
    pairs: u64,
    /// Seed, to do a run again.
    #[arg(long)]
    seed: Option<u64>,
    /// Only the scope of this number in the run.
    #[arg(long)]
    scope: Option<u64>,
}

pub fn run(options: &Options) -> Result<String> {
    let counts = run_parts(&["pairs"], options)?;
    Ok(format!("{} pairs, {counts}", options.pairs))
}

/// A stage of `cargo xtask test`: parts of the test program by name.
pub fn stage(parts: &[&str]) -> Result<Counts> {
    run_parts(parts, &Options { pairs: PAIRS, seed: None, scope: None })
}

fn run_parts(parts: &[&str], options: &Options) -> Result<Counts> {
    build::contracts()?;
    let mut test = cargo();
    test.args(["test", "--profile", "differential", "--test", "differential", "--"]).args(parts);
    test.env("HALLPASS_PAIRS", options.pairs.to_string());
    for (name, number) in [("HALLPASS_SEED", options.seed), ("HALLPASS_SCOPE", options.scope)] {
        if let Some(number) = number {
            test.env(name, number.to_string());
        }
    }
    counted(&run_and_read(&mut test)?)
}
