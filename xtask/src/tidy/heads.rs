//! Every source file says at its top what it is, and stays short enough to be read.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{files_below, read_file, root};

/// Most lines of a product file; tests may be longer.
const MOST_LINES: usize = 500;

/// Rust files start with `//!`.
pub fn check() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in sources(&["src", "xtask/src", "tests", "benches", "fuzz/fuzz_targets", "build.rs"]) {
        if !read_file(&file)?.starts_with("//! ") {
            faults.push(format!("{} does not start with a `//!` comment that says what it is", shown(&file)));
        }
    }
    Ok(faults)
}

/// No product file passes [`MOST_LINES`].
pub fn check_length() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in sources(&["src", "xtask/src"]) {
        let lines = read_file(&file)?.lines().count();
        if lines > MOST_LINES {
            faults.push(format!("{} has {lines} lines, more than {MOST_LINES}", shown(&file)));
        }
    }
    Ok(faults)
}

fn sources(places: &[&str]) -> Vec<PathBuf> {
    let place = |place: &&str| {
        let path = root().join(place);
        if path.is_file() { vec![path] } else { files_below(&path, &[".rs"]) }
    };
    places.iter().flat_map(place).collect()
}

fn shown(file: &std::path::Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
