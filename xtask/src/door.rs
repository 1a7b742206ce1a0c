//! `cargo xtask door`: random values at every place of scopes, options and calls, secrets in every answer, and traps of the module,
//! against the built package.

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::setup::npm;
use crate::shell::{command, files_below, progress, root, run_and_read};
use crate::test::{Counts, counted};

#[derive(Args)]
pub struct Options {
    /// Random values at each kind of place.
    #[arg(long, default_value_t = 250_000)]
    values: u32,
    /// Errors that are searched for secrets.
    #[arg(long, default_value_t = 100_000)]
    paths: u32,
    /// Which values: the same seed gives the same ones.
    #[arg(long)]
    seed: Option<u32>,
}

pub fn run(options: &Options) -> Result<String> {
    Ok(tests(options)?.to_string())
}

/// As many as CI has time for.
pub fn stage() -> Result<Counts> {
    tests(&Options { values: 4_000, paths: 2_500, seed: None })
}

/// viem, which the scripted chain computes with, comes with the tools of the local chain.
fn tests(options: &Options) -> Result<Counts> {
    npm::install_here(&root().join("xtask/stack"))?;
    let package = build::package()?;
    progress("the door");
    let mut node = command("node");
    node.env("HALLPASS_PACKAGE", package)
        .env("HALLPASS_VALUES", options.values.to_string())
        .env("HALLPASS_PATHS", options.paths.to_string())
        .args(["--expose-gc", "--test", "--test-reporter=tap"])
        .args(files_below(&root().join("tests/door"), &[".test.mjs"]));
    if let Some(seed) = options.seed {
        node.env("HALLPASS_SEED", seed.to_string());
    }
    counted(&run_and_read(&mut node)?)
}
