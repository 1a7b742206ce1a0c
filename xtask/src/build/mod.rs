//! `cargo xtask build`: the npm package.

mod package;
mod wasm;

use std::path::PathBuf;

use anyhow::Result;

pub use package::npm_pack;
pub use wasm::{Module, Variant};

/// Builds the npm package and answers its folder.
pub fn package() -> Result<PathBuf> {
    package::assemble(&wasm::build(Variant::Product)?)
}

/// Builds the module with feature `testing`, for benchmarks.
pub fn testing_module() -> Result<Module> {
    wasm::build(Variant::Testing)
}
