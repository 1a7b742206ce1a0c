//! `cargo xtask mutants`: is a fault in the code noticed by a test? A list of planted faults in CI, every small change by command.

mod faults;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::setup::tools;
use crate::shell::{self, cargo, command, files_below, progress, read_file, root, run, target, write_file};
use faults::{FAULTS, Fault};

#[derive(Args)]
pub struct Options {
    /// Only the planted faults, as in CI.
    #[arg(long)]
    planted: bool,
    /// A part of all mutants, such as 0/4.
    #[arg(long)]
    shard: Option<String>,
}

pub fn run_command(options: &Options) -> Result<String> {
    if options.planted {
        return Ok(format!("{} planted faults noticed", planted()?));
    }
    let programs = tools::cargo_mutants()?;
    let output = target().join("mutants");
    let mut mutants = command(programs.join("cargo-mutants"));
    mutants.args(["mutants", "--no-shuffle", "--output"]).arg(&output);
    if let Some(shard) = &options.shard {
        mutants.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    // It ends with a failure when any mutant lives; the lists say which.
    let ended = run(&mut mutants);
    let count =
        |list: &str| read_file(&output.join("mutants.out").join(list)).map_or(0, |text| text.lines().count());
    let (caught, missed, late) = (count("caught.txt"), count("missed.txt"), count("timeout.txt"));
    if caught == 0 {
        ended?;
    }
    let share = 100 * (caught + late) / (caught + late + missed).max(1);
    if share < 90 {
        bail!(
            "{share} % noticed: {caught} caught, {late} ran too long, {missed} live in target/mutants/mutants.out/missed.txt"
        );
    }
    Ok(format!("{share} % noticed: {caught} caught, {late} ran too long, {missed} live"))
}

/// The stage of `cargo xtask test`: puts each fault into a copy of the crate; answers how many were noticed.
pub fn planted() -> Result<usize> {
    let copy = copy()?;
    let mut unnoticed = Vec::new();
    if !passes(&copy, &["--lib", "--test=flow", "--test=vectors", "--test=review", "--test=properties"])? {
        bail!("the tests fail before any fault is planted");
    }
    for (index, fault) in FAULTS.iter().enumerate() {
        progress(format!("fault {} of {}: {}", index + 1, FAULTS.len(), fault.file));
        if !is_noticed(&copy, fault)? {
            unnoticed.push(format!("{}: {:?} instead of {:?}", fault.file, fault.faulty, fault.sound));
        }
    }
    match unnoticed.is_empty() {
        true => Ok(FAULTS.len()),
        false => bail!("not noticed:\n  {}", unnoticed.join("\n  ")),
    }
}

fn is_noticed(copy: &Path, fault: &Fault) -> Result<bool> {
    let file = copy.join(fault.file);
    let sound = read_file(&file)?;
    if sound.matches(fault.sound).count() != 1 {
        bail!("{} has {:?} {} times, not once", fault.file, fault.sound, sound.matches(fault.sound).count());
    }
    write_file(&file, sound.replace(fault.sound, fault.faulty))?;
    let passes = passes(copy, &fault.test.split_whitespace().collect::<Vec<_>>());
    write_file(&file, sound)?;
    Ok(!passes.with_context(|| format!("{}: {:?}", fault.file, fault.faulty))?)
}

/// Whether these tests pass in the copy.
fn passes(copy: &Path, arguments: &[&str]) -> Result<bool> {
    let mut test = cargo();
    // Warnings of what a fault leaves unused are none of its business.
    test.current_dir(copy)
        .env("RUSTFLAGS", "--cap-lints=warn")
        .env("CARGO_TARGET_DIR", target().join("planted-target"));
    test.args(["test", "--quiet", "--package", "hallpass", "--profile", "mutants"]).args(arguments);
    match shell::read(&mut test) {
        Ok(_) => Ok(true),
        // A fault that does not compile proves nothing.
        Err(fault) if format!("{fault:#}").contains("could not compile") => Err(fault),
        Err(_) => Ok(false),
    }
}

/// What the tests need of the repository, in a folder where it may be changed.
fn copy() -> Result<PathBuf> {
    let copy = target().join("planted");
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    for name in ["Cargo.toml", "Cargo.lock", "build.rs", "README.md"] {
        write_file(&copy.join(name), std::fs::read(root().join(name))?)?;
    }
    for folder in ["src", "curve", "tests", "benches", "xtask/src", "pkg-template/docs"] {
        for file in files_below(&root().join(folder), &[".rs", ".toml", ".json", ".gz", ".md"]) {
            write_file(&copy.join(file.strip_prefix(root())?), std::fs::read(&file)?)?;
        }
    }
    write_file(&copy.join("xtask/Cargo.toml"), std::fs::read(root().join("xtask/Cargo.toml"))?)?;
    Ok(copy)
}
