//! `cargo xtask fuzz`: fuzz targets, one per parser. Stable Rust has no sanitizer; ours is safe Rust, so a panic is the finding.

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::setup::tools;
use crate::shell::{self, command, files_below, progress, root};

#[derive(Args)]
pub struct Options {
    /// Inputs per target.
    #[arg(long, default_value_t = 50_000)]
    pub runs: u64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
}

pub fn run_all(runs: u64) -> Result<usize> {
    let targets = targets()?;
    run_targets(&targets, runs)?;
    Ok(targets.len())
}

pub fn run(options: &Options) -> Result<String> {
    let mut targets = targets()?;
    if let Some(only) = &options.target {
        targets.retain(|target| target == only);
        if targets.is_empty() {
            bail!("no fuzz target {only}; they are the files of fuzz/fuzz_targets");
        }
    }
    run_targets(&targets, options.runs)?;
    Ok(format!("{} targets, {} inputs each, no finding", targets.len(), options.runs))
}

fn targets() -> Result<Vec<String>> {
    let name = |path: &std::path::PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    let targets: Option<Vec<String>> =
        files_below(&root().join("fuzz/fuzz_targets"), &[".rs"]).iter().map(name).collect();
    targets.filter(|targets| !targets.is_empty()).context("fuzz/fuzz_targets holds no target")
}

fn run_targets(targets: &[String], runs: u64) -> Result<()> {
    let programs = tools::cargo_fuzz()?;
    let fuzz = |arguments: &[&str]| {
        let mut fuzz = command(programs.join("cargo-fuzz"));
        fuzz.arg("fuzz").args(arguments).env_remove("RUSTFLAGS");
        fuzz
    };
    progress("building the fuzz targets");
    shell::run(&mut fuzz(&["build", "--sanitizer", "none"]))?;
    for target in targets {
        progress(format!("fuzz {target}, {runs} inputs"));
        // Its report is long and of use only when it found something; then it is part of the error.
        shell::read(fuzz(&["run", "--sanitizer", "none", target, "--"]).args([
            format!("-runs={runs}"),
            "-max_len=4096".to_owned(),
            "-verbosity=0".to_owned(),
        ]))?;
    }
    Ok(())
}
