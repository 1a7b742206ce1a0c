//! `cargo xtask faults`: lives of a session in which an endpoint, the network or the chain fails at one point. What the app was told must
//! be what happened on chain.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build;
use crate::setup::npm;
use crate::shell::{command, files_below, progress, root, run_and_read};
use crate::test::{Counts, counted};

#[derive(Args, Default)]
pub struct Options {
    /// Every fault, not only those for CI.
    #[arg(long)]
    all: bool,
    /// Only faults with this text in their names.
    #[arg(long)]
    only: Option<String>,
    /// How many at a time.
    #[arg(long, default_value_t = 8)]
    jobs: usize,
}

pub fn run(options: &Options) -> Result<String> {
    Ok(live(options)?.to_string())
}

/// The faults for CI, and the tests of those who judge them.
pub fn stage() -> Result<Counts> {
    let tests = files_below(&root().join("tests/faults"), &[".test.mjs"]);
    npm::install_here(&root().join("xtask/stack"))?;
    let mut counts =
        counted(&run_and_read(command("node").args(["--test", "--test-reporter=tap"]).args(tests))?)?;
    counts.add(&live(&Options { jobs: 8, ..Options::default() })?);
    Ok(counts)
}

/// Runs the faults; viem, which the scripted chain computes with, comes with the tools of the local chain.
fn live(options: &Options) -> Result<Counts> {
    npm::install_here(&root().join("xtask/stack"))?;
    let package = build::package()?;
    let mut runner = command("node");
    runner.arg("tests/faults/run.mjs").arg("--pkg").arg(package);
    runner.args(["--jobs", &options.jobs.to_string()]).args(options.all.then_some("--all"));
    if let Some(text) = &options.only {
        runner.args(["--only", text]);
    }
    progress("faults");
    let output = run_and_read(&mut runner)?;
    let last = output.lines().last().unwrap_or_default();
    let passed = last.strip_suffix(" passed, 0 failed").and_then(|number| number.parse().ok());
    match passed.with_context(|| format!("the runner ended with `{last}`"))? {
        0 => bail!("no fault ran"),
        passed => Ok(Counts::passed(passed)),
    }
}
