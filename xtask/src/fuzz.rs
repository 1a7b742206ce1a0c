//! `cargo xtask fuzz`: fuzz targets, one per parser. Stable Rust has no sanitizer; ours is safe Rust, so a panic is the finding.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::setup::tools;
use crate::shell::{self, command, files_below, progress, read_file, root, target, write_file};

/// Inputs per target where nothing else is said, as in CI.
const RUNS: u64 = 50_000;

#[derive(Args)]
pub struct Options {
    /// Inputs per target.
    #[arg(long, default_value_t = RUNS)]
    pub runs: u64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
}

/// The stage of `cargo xtask test`; answers how many targets there are.
pub fn run_all() -> Result<usize> {
    let targets = targets()?;
    run_targets(&targets, RUNS)?;
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
    let seeds = write_seeds(targets)?;
    for target in targets {
        progress(format!("fuzz {target}, {runs} inputs"));
        let corpus = root().join("fuzz/corpus").join(target);
        std::fs::create_dir_all(&corpus)?;
        // Its report is long and of use only when it found something; then it is part of the error.
        shell::read(
            fuzz(&["run", "--sanitizer", "none", target]).args([&corpus, &seeds.join(target)]).args([
                "--",
                &format!("-runs={runs}"),
                "-max_len=8192",
                "-verbosity=0",
            ]),
        )?;
    }
    Ok(())
}

/// Starting points from the golden data: without them no input would ever be typed data or an operation.
fn write_seeds(targets: &[String]) -> Result<PathBuf> {
    let seeds = target().join("fuzz-seeds");
    let vectors = root().join("tests/vectors");
    for target in targets {
        std::fs::create_dir_all(seeds.join(target))?;
    }
    for (index, file) in files_below(&vectors.join("kernel-v3"), &[".json"]).iter().enumerate() {
        let case: Value = serde_json::from_str(&read_file(file)?)?;
        let typed_data = &case["intermediate"]["enableTypedData"];
        if typed_data.is_object() {
            write_file(&seeds.join("typed_data").join(index.to_string()), typed_data.to_string())?;
        }
        write_file(&seeds.join("inspect").join(index.to_string()), typed_data.to_string())?;
        write_file(&seeds.join("inspect").join(format!("signature-{index}")), bytes_of(&case["signature"]))?;
        write_file(&seeds.join("execution").join(index.to_string()), bytes_of(&case["userOp"]["callData"]))?;
    }
    let operations: Value = serde_json::from_str(&read_file(&vectors.join("userop-hash/userop-hash.json"))?)?;
    for (index, row) in operations.as_array().into_iter().flatten().enumerate().step_by(10) {
        for target in ["user_operation", "inspect"] {
            write_file(&seeds.join(target).join(format!("operation-{index}")), row["userOp"].to_string())?;
        }
    }
    for (index, page) in files_below(&root().join("pkg-template/docs"), &[".md"]).iter().enumerate() {
        let text = read_file(page)?;
        for (part, fence) in text.split("```json").skip(1).enumerate() {
            let example = fence.split("```").next().and_then(|body| body.split_once('\n'));
            let example = example.map_or("", |(_, body)| body);
            write_file(&seeds.join("scope").join(format!("{index}-{part}")), example)?;
        }
    }
    for (index, text) in
        ["transfer(address to, uint256 amount)", "f((uint8 a, bytes b)[2][] memory x, tuple(bool) y)"]
            .iter()
            .enumerate()
    {
        write_file(&seeds.join("abi_signature").join(index.to_string()), text)?;
    }
    Ok(seeds)
}

/// Hex text as bytes.
fn bytes_of(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default().trim_start_matches("0x");
    (0..text.len() / 2).filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect()
}
