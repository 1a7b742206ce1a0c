//! Contracts from npm packages: EntryPoint and Kernel. Only their files are fetched, none of their dependencies, and each package must
//! be the one pinned here, byte for byte.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::setup::npm;
use crate::shell::{command, progress, read, run, target};

/// Folder, package, and npm's integrity hash of it.
const PACKAGES: [(&str, &str, &str); 4] = [
    (
        "entry-point-0.6",
        "@account-abstraction/contracts@0.6.0",
        "sha512-8ooRJuR7XzohMDM4MV34I12Ci2bmxfE9+cixakRL7lA4BAwJKQ3ahvd8FbJa9kiwkUPCUNtj+/zxDQWYYalLMQ==",
    ),
    (
        "entry-point-0.8",
        "@account-abstraction/contracts@0.8.0",
        "sha512-8krPx/gpnoT+5xAroagVCbeA7FbUigMZWXFKKPm+oghyr29Dksssdx5sI7xGv9212i4JPaDDUGFk58dpuwVgHA==",
    ),
    (
        "entry-point-0.7",
        "@account-abstraction/contracts@0.7.0",
        "sha512-Bt/66ilu3u8I9+vFZ9fTd+cWs55fdb9J5YKfrhsrFafH1drkzwuCSL/xEot1GGyXXNJLQuXbMRztQPyelNbY1A==",
    ),
    (
        "modulekit",
        "@rhinestone/modulekit@0.5.9",
        "sha512-Zc5Qo3dkyVhBo7OQRKOltYd+jlGCtV18TWSmpSvIdXKwUgo5xj8zL73wAwFKTww00zt/wXMbW6Z6ysIQWH3Ezw==",
    ),
];

/// Folder with the unpacked packages.
pub fn packages() -> Result<PathBuf> {
    npm::node()?;
    let root = target().join("contract-packages");
    for (name, package, integrity) in PACKAGES {
        let folder = root.join(name);
        if !folder.join("package").is_dir() {
            progress(format!("npm pack {package}"));
            fetch(&folder, package, integrity)?;
        }
    }
    Ok(root)
}

fn fetch(folder: &Path, package: &str, integrity: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let report = read(command("npm").current_dir(folder).args(["pack", package, "--json", "--silent"]))?;
    let report: Value = serde_json::from_str(&report)?;
    if report[0]["integrity"] != integrity {
        bail!("{package} is not the package that was pinned: {}", report[0]["integrity"]);
    }
    let file = report[0]["filename"].as_str().context("npm pack named no file")?;
    run(command("tar").current_dir(folder).args(["xzf", file]))
}
