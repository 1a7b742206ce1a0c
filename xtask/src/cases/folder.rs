//! Where the cases come from: a folder beside the repository, copied to where it may be written.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::setup::npm;
use crate::shell::{command, files_below, progress, read_file, root, run, target, write_file};

/// Said when there is nothing to copy.
pub const NOT_HERE: &str = "../shared/cases is not here";

/// A copy of the cases in `target/cases`, with its npm packages; `None` when the cases are not here.
pub fn prepare() -> Result<Option<PathBuf>> {
    let source = root().join("../shared/cases");
    if !source.is_dir() {
        return Ok(None);
    }
    let folder = target().join("cases");
    copy(&source, &folder)?;
    // The linter's cases read the functions they ask about from a folder beside theirs.
    copy(&root().join("../shared/lint"), &target().join("lint"))?;
    install(&folder)?;
    Ok(Some(folder))
}

/// Makes one folder like another, but for `node_modules`. File by file, because a copy of the whole would have the source's permissions,
/// which may be to read only.
fn copy(source: &Path, folder: &Path) -> Result<()> {
    // A case that is gone from the source must not be run.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.ends_with("node_modules") {
            continue;
        }
        if path.is_dir() { std::fs::remove_dir_all(path)? } else { std::fs::remove_file(path)? }
    }
    for file in files_below(source, &[""]) {
        let name = file.strip_prefix(source)?;
        if !name.starts_with("node_modules") {
            write_file(&folder.join(name), std::fs::read(&file)?)?;
        }
    }
    Ok(())
}

/// `npm install`, unless its last run was for the same package.json. The cases have no lock file, but exact versions.
fn install(folder: &Path) -> Result<()> {
    npm::node()?;
    let manifest = read_file(&folder.join("package.json"))?;
    let stamp = folder.join("node_modules/.hallpass-package");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == manifest) {
        return Ok(());
    }
    progress("npm packages of the cases");
    run(command("npm").current_dir(folder).args([
        "install",
        "--ignore-scripts",
        "--silent",
        "--no-audit",
        "--no-fund",
    ]))?;
    write_file(&stamp, manifest)
}
