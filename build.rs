//! Lists the golden data that the browser tests carry inside them: a page has no file system to read it from.
//!
//! Writes `vector_files.rs`, an array of (set, file name, bytes). Without data (a build of the published crate) it is empty.

#![allow(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Sets whose suites run in the browser.
const SETS: [&str; 3] = ["kernel-v3", "userop-hash", "scope-tricks"];

fn main() {
    println!("cargo::rerun-if-env-changed=HALLPASS_VECTORS");
    println!("cargo::rerun-if-changed=build.rs");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = env::var_os("HALLPASS_VECTORS").map_or_else(|| here.join("tests/vectors"), PathBuf::from);
    let rows: String = SETS.iter().map(|set| rows(&root, set)).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("vector_files.rs");
    if let Err(fault) = fs::write(&out, format!("&[\n{rows}]\n")) {
        println!("cargo::error=cannot write {}: {fault}", out.display());
    }
}

/// A row per JSON file of a set.
fn rows(root: &Path, set: &str) -> String {
    let folder = root.join(set);
    if !folder.is_dir() {
        return String::new();
    }
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("    ({set:?}, {name:?}, include_bytes!({:?})),\n", path.to_string_lossy())
        })
        .collect()
}
