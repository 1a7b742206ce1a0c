//! Installing what the other commands need. Everything here may be called again and again.

pub mod browser;
pub mod contracts;
pub mod npm;
pub mod tools;

use anyhow::{Result, bail};

use crate::shell::{command, progress, read, run, which};
use browser::Engine;

/// Everything. Only an engine that no command but the tests needs may stay missing: they name what they skip.
pub fn all() -> Result<String> {
    npm::node()?;
    // All missing packages in one go, or in one sentence.
    let missing = [Engine::Chromium.missing_packages(), tools::missing_packages()].concat();
    if !missing.is_empty() {
        debian_packages(&missing)?;
    }
    toolchain()?;
    tools::wasm_bindgen()?;
    tools::wasm_pack()?;
    tools::cargo_fuzz()?;
    npm::tools()?;
    browser::chromium()?;
    let mut without = Vec::new();
    for engine in [Engine::Firefox, Engine::WebKit] {
        if let Err(why) = engine.driver() {
            without.push(format!("{engine} ({why:#})"));
        }
    }
    Ok(match without.is_empty() {
        true => "everything is installed".to_owned(),
        false => format!("everything is installed but {}", without.join(", ")),
    })
}

/// The wasm32 target and the components the checks use.
pub fn toolchain() -> Result<()> {
    let libraries =
        read(command("rustc").args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]))?;
    if !std::path::Path::new(libraries.trim()).is_dir() {
        progress("rustup target add wasm32-unknown-unknown");
        rustup(&["target", "add", "wasm32-unknown-unknown"])?;
    }
    for (component, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if read(command("cargo").args([program, "--version"])).is_err() {
            progress(format!("rustup component add {component}"));
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    if which("rustup").is_none() {
        bail!("rustup is missing: install it, or run `rustup {}` where it is", arguments.join(" "));
    }
    run(command("rustup").args(arguments))
}

/// Installs Debian packages, or says which ones are missing.
pub fn debian_packages(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if which("apt-get").is_none() {
        bail!("missing: {list}. Install them with your system's package manager");
    }
    if read(command("id").arg("-u"))?.trim() != "0" {
        bail!("missing: {list}. Run `apt-get install {list}` as root");
    }
    progress(format!("apt-get install {list}"));
    run(command("apt-get").args(["update", "-qq"]))?;
    run(command("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages))
}
