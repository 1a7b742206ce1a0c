//! `cargo xtask tidy`: rules a program can keep.

mod heads;
mod layers;
mod surface;

use anyhow::{Result, bail};

use crate::build;
use crate::setup::toolchain;
use crate::shell::{cargo, keep_configured_flags, progress};

/// A check: what it holds, and how it is made. It answers the places at fault.
type Check = (&'static str, fn() -> Result<Vec<String>>);

/// All checks, in order.
pub const CHECKS: [Check; 10] = [
    ("formatting", formatting),
    ("lints", lints),
    ("lints of the wasm code", wasm_lints),
    ("docs", docs),
    ("layer order", layers::check),
    ("file heads", heads::check),
    ("file length", heads::check_length),
    ("no any in the public types", surface::check_types),
    ("no test-only export in the npm wasm", surface::check_exports),
    ("no path of this machine in the npm wasm", surface::check_paths),
];

pub fn run_checks() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (name, check) in CHECKS {
        progress(name);
        match check() {
            Ok(found) => faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}"))),
            Err(fault) => faults.push(format!("{name}: {fault:#}")),
        }
    }
    Ok(faults)
}

pub fn run() -> Result<String> {
    toolchain()?;
    build::package()?;
    let faults = run_checks()?;
    match faults.len() {
        0 => Ok(format!("{} checks clean", CHECKS.len())),
        count => bail!("{count} faults\n  {}", faults.join("\n  ")),
    }
}

fn formatting() -> Result<Vec<String>> {
    crate::shell::run(cargo().args(["fmt", "--all", "--check"]))?;
    crate::shell::run(cargo().current_dir(crate::shell::root().join("fuzz")).args(["fmt", "--check"]))?;
    Ok(Vec::new())
}

fn lints() -> Result<Vec<String>> {
    crate::shell::run(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets"]))?;
    // Tests that run by name only are not among all targets.
    let by_name = ["--test", "contracts", "--test", "differential", "--test", "e2e"];
    crate::shell::run(cargo().args(["clippy", "--quiet"]).args(by_name))?;
    Ok(Vec::new())
}

fn wasm_lints() -> Result<Vec<String>> {
    let mut clippy = cargo();
    clippy.args(["clippy", "--quiet", "--all-targets", "--target", "wasm32-unknown-unknown"]);
    keep_configured_flags(&mut clippy);
    crate::shell::run(&mut clippy)?;
    Ok(Vec::new())
}

fn docs() -> Result<Vec<String>> {
    let warnings = [("RUSTDOCFLAGS", "-D warnings")];
    crate::shell::run(cargo().envs(warnings).args(["doc", "--quiet", "--no-deps", "--lib"]))?;
    crate::shell::run(cargo().envs(warnings).args([
        "doc",
        "--quiet",
        "--no-deps",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
    ]))?;
    Ok(Vec::new())
}
