//! `cargo xtask lost-answer`: a bundler takes an operation and its answer is lost, on the local chain.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{folder, package_or_built, runner};
use crate::shell::{command, progress, run_and_read};
use crate::stack::{self, Stack};
use crate::test::Counts;

#[derive(Args)]
pub struct Options {
    /// Sessions whose first answer is lost; as many again lose their second.
    #[arg(long, default_value_t = 50)]
    rounds: u32,
    /// A package that is built already; without it, it is built.
    #[arg(long, value_name = "DIR")]
    pkg: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<String> {
    let folder = folder::prepare()?.context(folder::NOT_HERE)?;
    let package = package_or_built(options.pkg.as_deref())?;
    Ok(rounds(&folder, &package, options.rounds)?.to_string())
}

/// Boots the chain for so many rounds.
pub fn rounds(folder: &Path, package: &Path, rounds: u32) -> Result<Counts> {
    let stack = Stack::boot(&stack::Options::default())?;
    let url = |of: &str| stack.info[of].as_str().with_context(|| format!("the local chain has no {of}"));
    progress(format!("lost answers of the bundler, {rounds} rounds"));
    let mut script = command("node");
    script.arg(folder.join("real/lost-answer.mjs")).arg("--pkg").arg(package);
    script.args(["--rpc", url("chain")?, "--bundler", url("bundler")?, "--rounds", &rounds.to_string()]);
    match runner::closing(&run_and_read(&mut script)?)? {
        (0, _) => bail!("no round ran"),
        (passed, failed) => Ok(Counts { passed, failed, ..Counts::default() }),
    }
}
