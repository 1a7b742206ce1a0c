//! `cargo xtask build`: the npm package.

mod glue;
mod names;
mod order;
mod package;
mod wasm;

use crate::setup::{contracts, npm};
use crate::shell::{command, progress, root, run, target};

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Result;

pub use package::{copy_snippets, npm_pack};
pub use wasm::{Module, Variant, named_module};

/// Tells a command that another one starts that `pkg/` was built a moment ago.
pub const IS_BUILT: &str = "HALLPASS_IS_BUILT";

/// Builds the npm package, once per run of this program, and answers its folder.
pub fn package() -> Result<PathBuf> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    once(&FOLDER, || match std::env::var_os(IS_BUILT) {
        Some(_) => Ok(root().join("pkg")),
        None => package::assemble(&wasm::build(Variant::Product)?),
    })
}

/// Contracts for the tests, in `target/contracts`: runtime code of our Solidity, creation code of those from npm packages. Built
/// once per run of this program.
pub fn contracts() -> Result<()> {
    static BUILT: OnceLock<()> = OnceLock::new();
    once(&BUILT, build_contracts)
}

/// Several stages of one test run need the same build. A failed one is tried again.
fn once<T: Clone>(built: &OnceLock<T>, build: impl FnOnce() -> Result<T>) -> Result<T> {
    match built.get() {
        Some(done) => Ok(done.clone()),
        None => build().map(|done| built.get_or_init(|| done).clone()),
    }
}

fn build_contracts() -> Result<()> {
    npm::tools()?;
    let folder = target().join("contracts");
    let packages = contracts::packages()?;
    run(command("node").arg("xtask/npm/extract-contracts.mjs").arg(packages).arg(&folder))?;
    progress("solc");
    run(command("node")
        .args(["xtask/npm/compile-contracts.mjs", "tests/contracts"])
        .arg(&folder)
        .args(["kernel", "game", "mutants", "thief"]))
}

/// Builds the module with feature `testing`, for benchmarks.
pub fn testing_module() -> Result<Module> {
    wasm::build(Variant::Testing)
}
