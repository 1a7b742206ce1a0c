//! Cargo tools, each version in a folder of its own.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::setup::debian_packages;
use crate::shell::{command, progress, read_file, root, run, which};

const WASM_PACK: &str = "0.15.1";
const CARGO_FUZZ: &str = "0.13.2";
const CARGO_MUTANTS: &str = "27.1.0";
const GECKODRIVER: &str = "0.37.1";

/// Folder of the wasm-bindgen programs, of the version in Cargo.lock: another one refuses our wasm.
pub fn wasm_bindgen() -> Result<PathBuf> {
    let lock = read_file(&root().join("Cargo.lock"))?;
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("\nname = \"wasm-bindgen\"\n"))
        .and_then(|package| package.split("version = \"").nth(1)?.split('"').next())
        .context("Cargo.lock names no wasm-bindgen")?;
    install("wasm-bindgen-cli", version, "wasm-bindgen")
}

/// Folder of wasm-pack, which runs the browser tests.
pub fn wasm_pack() -> Result<PathBuf> {
    install("wasm-pack", WASM_PACK, "wasm-pack")
}

/// Folder of cargo-fuzz. Its runtime is C++.
pub fn cargo_fuzz() -> Result<PathBuf> {
    let missing = missing_packages();
    if !missing.is_empty() {
        debian_packages(&missing)?;
    }
    install("cargo-fuzz", CARGO_FUZZ, "cargo-fuzz")
}

/// Folder of cargo-mutants.
pub fn cargo_mutants() -> Result<PathBuf> {
    install("cargo-mutants", CARGO_MUTANTS, "cargo-mutants")
}

/// Folder of geckodriver, Firefox's WebDriver.
pub fn geckodriver() -> Result<PathBuf> {
    install("geckodriver", GECKODRIVER, "geckodriver")
}

/// Debian packages that these tools need and that are not here.
pub fn missing_packages() -> Vec<&'static str> {
    if which("c++").is_none() { vec!["g++"] } else { Vec::new() }
}

/// Installs without `--locked`: the lock files of these tools may name releases that a mirror does not carry.
fn install(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let folder = cache()?.join(format!("{package}-{version}"));
    let programs = folder.join("bin");
    if !programs.join(program).is_file() {
        progress(format!("cargo install {package}@{version}, once, into {}", folder.display()));
        // Outside the repository, so that its configuration does not reach the tool's build.
        run(command("cargo")
            .current_dir(std::env::temp_dir())
            .args(["install", "--quiet", &format!("{package}@{version}"), "--root"])
            .arg(&folder))?;
    }
    Ok(programs)
}

fn cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("HALLPASS_TOOLS") {
        return Ok(folder.into());
    }
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(base.context("set HALLPASS_TOOLS to a folder for tools; HOME is not set")?.join("hallpass-tools"))
}
