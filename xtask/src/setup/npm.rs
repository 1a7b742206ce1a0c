//! npm packages that the commands run. None needs an install script.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{command, progress, read, read_file, root, run, which, write_file};

/// Oldest Node whose features the tests use.
const NODE: (u32, u32) = (20, 19);

/// Folder of the tools' programs: tsc, esbuild, wasm-opt.
pub fn tools() -> Result<PathBuf> {
    let folder = root().join("xtask/npm");
    install(&folder)?;
    Ok(folder.join("node_modules/.bin"))
}

/// `npm ci` in a folder with a lock file, unless its last run was for the same lock.
pub fn install(folder: &Path) -> Result<()> {
    install_with(folder, &["ci"])
}

/// The versions of the lock file for a folder where `npm ci` refuses to run: some mirrors do not carry the packages of other platforms,
/// and then the lock cannot list them.
pub fn install_here(folder: &Path) -> Result<()> {
    install_with(folder, &["install", "--no-save", "--legacy-peer-deps"])
}

fn install_with(folder: &Path, how: &[&str]) -> Result<()> {
    node()?;
    let lock = read_file(&folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.hallpass-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    progress(format!("npm packages of {}", folder.strip_prefix(root()).unwrap_or(folder).display()));
    let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    run(command("npm").current_dir(folder).args(how).args(quiet))?;
    write_file(&stamp, lock)
}

/// Node of a version that will do.
pub fn node() -> Result<()> {
    let (major, minor) = NODE;
    if which("node").is_none() || which("npm").is_none() {
        bail!("Node.js is missing: install version {major}.{minor} or later, with npm");
    }
    let version = read(command("node").arg("--version"))?;
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').filter_map(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE {
        bail!("Node.js {} is too old: install version {major}.{minor} or later", version.trim());
    }
    Ok(())
}
