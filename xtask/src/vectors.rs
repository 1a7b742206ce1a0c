//! `cargo xtask vectors`: the golden data.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::shell::{cargo, run_and_read};

#[derive(Args)]
pub struct Options {
    /// Read the sets in this folder instead (the same as HALLPASS_VECTORS).
    #[arg(long)]
    from: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<String> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--test", "vectors"]);
    if let Some(folder) = &options.from {
        command.env("HALLPASS_VECTORS", std::path::absolute(folder)?);
    }
    let output = run_and_read(&mut command)?;
    let covered = output.lines().filter(|line| line.contains(" checks, 0 failures")).count();
    let missing: Vec<&str> =
        output.lines().filter_map(|line| line.strip_suffix(": not run, the set is not here")).collect();
    let missing = if missing.is_empty() {
        "none missing".to_owned()
    } else {
        format!("missing: {}", missing.join(", "))
    };
    Ok(format!("{covered} sets covered, {missing}"))
}
