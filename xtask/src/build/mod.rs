//! `cargo xtask build`: the npm package.

mod package;
mod wasm;

use crate::setup::{contracts, npm};
use crate::shell::{command, progress, run, target};

use std::path::PathBuf;

use anyhow::Result;

pub use package::npm_pack;
pub use wasm::{Module, Variant};

/// Builds the npm package and answers its folder.
pub fn package() -> Result<PathBuf> {
    package::assemble(&wasm::build(Variant::Product)?)
}

/// Contracts for the tests, in `target/contracts`: runtime code of our Solidity, creation code of those from npm packages.
pub fn contracts() -> Result<()> {
    npm::tools()?;
    let folder = target().join("contracts");
    let packages = contracts::packages()?;
    run(command("node").arg("xtask/npm/extract-contracts.mjs").arg(packages).arg(&folder))?;
    progress("solc");
    for source in ["tests/contracts/kernel", "tests/contracts/game"] {
        run(command("node").args(["xtask/npm/compile-contracts.mjs", source]).arg(&folder))?;
    }
    Ok(())
}

/// Builds the module with feature `testing`, for benchmarks.
pub fn testing_module() -> Result<Module> {
    wasm::build(Variant::Testing)
}
