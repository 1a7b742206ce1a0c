//! `cargo xtask build`: the npm package.

mod package;
mod wasm;

use crate::setup::npm;
use crate::shell::{command, progress, run, target};

use std::path::PathBuf;

use anyhow::Result;

pub use package::npm_pack;
pub use wasm::{Module, Variant};

/// Builds the npm package and answers its folder.
pub fn package() -> Result<PathBuf> {
    package::assemble(&wasm::build(Variant::Product)?)
}

/// Compiles the Solidity of the tests into `target/contracts`.
pub fn contracts() -> Result<()> {
    npm::tools()?;
    progress("solc");
    let folder = target().join("contracts");
    run(command("node").args(["xtask/npm/compile-contracts.mjs", "tests/contracts/kernel"]).arg(folder))
}

/// Builds the module with feature `testing`, for benchmarks.
pub fn testing_module() -> Result<Module> {
    wasm::build(Variant::Testing)
}
