//! Runs every file of verdicts that is here, names what is not run, and then whole operations.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{compiled, handle_ops, modules, verdicts};

/// A test by name.
pub type Test = (&'static str, fn());

const SET: &str = "kernel-verdicts";

pub fn main() -> ExitCode {
    if !modules::are_compiled() {
        println!("The contracts are not compiled; `cargo xtask test --only contracts` does it.");
        println!("{SET}: not run, the set is not here");
        println!("0 passed, 0 failed, 1 skipped");
        return ExitCode::SUCCESS;
    }
    let files = files();
    if files.is_empty() {
        println!("{SET}: not run, the set is not here");
    }
    let (mut passed, mut failed) = (0, 0);
    let mut skipped = BTreeMap::new();
    for file in &files {
        if run(file, &mut skipped) { passed += 1 } else { failed += 1 }
    }
    for (build, replays) in &skipped {
        println!("{SET} of {build}: not run, {replays} replays on a build that we have no code for");
    }
    for (name, test) in handle_ops::TESTS.iter().chain(&compiled::TESTS) {
        let held = std::panic::catch_unwind(test).is_ok();
        println!("handleOps: {name} ... {}", if held { "ok" } else { "FAILED" });
        if held { passed += 1 } else { failed += 1 }
    }
    let skipped = skipped.len() + usize::from(files.is_empty());
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0))
}

/// Replays a file; answers whether there were steps and all agreed. Counts replays that were not made by their build.
fn run(file: &Path, skipped: &mut BTreeMap<String, usize>) -> bool {
    let (mut sequences, mut steps, mut accounts, mut failures) = (0, 0, 0, Vec::new());
    for line in lines(file).lines().filter(|line| !line.trim().is_empty()) {
        let sequence =
            serde_json::from_str(line).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
        let replay = verdicts::replay(&sequence);
        sequences += 1;
        steps += replay.steps;
        accounts += replay.accounts;
        for build in replay.skipped {
            *skipped.entry(build).or_default() += 1;
        }
        failures.extend(replay.failures);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!(
        "{name}: {sequences} sequences, {steps} steps, {accounts} with the account, {} failures",
        failures.len()
    );
    for failure in failures.iter().take(8) {
        println!("  {}", failure.chars().take(400).collect::<String>());
    }
    steps > 0 && failures.is_empty()
}

/// Files of the first folder that has any.
fn files() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = match std::env::var_os("HALLPASS_VECTORS") {
        Some(root) => vec![PathBuf::from(root)],
        None => vec![here.join("tests/vectors"), here.join("../shared/vectors")],
    };
    let in_folder = |root: &PathBuf| {
        let entries = std::fs::read_dir(root.join(SET)).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| [".jsonl", ".jsonl.gz"].iter().any(|end| file.to_string_lossy().ends_with(end)));
        files.sort();
        files
    };
    roots.iter().map(in_folder).find(|files| !files.is_empty()).unwrap_or_default()
}

fn lines(file: &Path) -> String {
    let bytes = std::fs::read(file).expect("readable file");
    let mut text = String::new();
    if file.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzipped text");
    } else {
        text = String::from_utf8(bytes).expect("text");
    }
    text
}
