//! What each stage runs.

use anyhow::{Context, Result, bail};

use super::counts::Counts;
use crate::setup::{browser, npm};
use crate::shell::{self, cargo, command, files_below, progress, root, run_and_read, target, write_file};
use crate::stack::{self, Stack};
use crate::{build, demo, fuzz, size};

/// Files that another client makes in one run of the tests.
const ORACLE_FILES: usize = 60;

pub fn tidy() -> Result<Counts> {
    let summary = crate::tidy::run()?;
    println!("{summary}");
    Ok(Counts::passed(crate::tidy::CHECKS.len()))
}

pub fn native() -> Result<Counts> {
    counted(&run_and_read(cargo().args(["test", "--workspace", "--no-fail-fast"]))?)
}

pub fn contracts() -> Result<Counts> {
    build::contracts()?;
    counted(&run_and_read(cargo().args(["test", "--test", "contracts"]))?)
}

/// The chain lives as long as the tests.
pub fn e2e() -> Result<Counts> {
    let stack = Stack::boot(&stack::Options::default())?;
    println!("booted in {} ms", stack.info["milliseconds"]);
    let stack_json = stack.info.to_string();
    counted(&run_and_read(cargo().args(["test", "--test", "e2e"]).env("HALLPASS_STACK", stack_json))?)
}

/// The package as its users get it: packed, installed into a project of its own, imported by its name.
pub fn package() -> Result<Counts> {
    let consumer = target().join("package-test");
    if consumer.exists() {
        std::fs::remove_dir_all(&consumer)?;
    }
    for file in files_below(&root().join("tests/js"), &[""]) {
        write_file(&consumer.join(file.strip_prefix(root().join("tests/js"))?), std::fs::read(&file)?)?;
    }
    let tarball = build::npm_pack(&build::package()?, &consumer)?;
    progress("npm install of the packed package");
    shell::run(
        command("npm")
            .current_dir(&consumer)
            .args(["install", "--silent", "--no-audit", "--no-fund"])
            .arg(tarball),
    )?;
    progress("type tests");
    shell::run(
        command(npm::tools()?.join("tsc")).current_dir(&consumer).args(["--project", "tsconfig.json"]),
    )?;
    let files = files_below(&consumer, &[".test.mjs", ".test.cjs"]);
    let files =
        files.into_iter().filter(|file| !file.components().any(|part| part.as_os_str() == "node_modules"));
    let vectors = root().join("tests/vectors");
    let mut counts = counted(&run_and_read(
        command("node")
            .current_dir(&consumer)
            .env("VECTORS", vectors)
            .args(["--test", "--test-reporter=tap"])
            .args(files),
    )?)?;
    println!("{}", size::run()?);
    counts.passed += 2; // the type tests and the size budget
    Ok(counts)
}

/// Sessions in headless Chromium against the running chain: the built package in a bare page with a wallet of the test's own.
pub fn browser() -> Result<Counts> {
    browser::chromium()?;
    npm::tools()?;
    let package = build::package()?;
    let tarball = build::npm_pack(&package, &target().join("quickstart-package"))?;
    let www = root().join("www");
    npm::install_here(&www)?;
    let stack = Stack::boot(&stack::Options::default())?;
    let tests = files_below(&root().join("tests/browser"), &[".test.mjs"]);
    counted(&run_and_read(
        command("node")
            .env("HALLPASS_STACK", stack.info.to_string())
            .env("HALLPASS_PACKAGE", package)
            .env("HALLPASS_TARBALL", tarball)
            .env("HALLPASS_VITE", www.join("node_modules/.bin/vite"))
            .env("HALLPASS_WORK", target().join("quickstart"))
            .args(["--test", "--test-concurrency=1", "--test-reporter=tap"])
            .args(tests),
    )?)
}

/// The demo as `cargo xtask demo --check` walks through it, and as `cargo xtask demo` shows it to people.
pub fn demo() -> Result<Counts> {
    println!("{}", demo::check()?);
    println!("{}", demo::check_that_it_stays()?);
    Ok(Counts::passed(2))
}

/// The same grants and operations made by another client, from random scopes; and the wallet's own check of what we ask it to sign.
pub fn oracle() -> Result<Counts> {
    let folder = root().join("xtask/oracle");
    npm::install_here(&folder)?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let files = target().join("oracle");
    if files.exists() {
        std::fs::remove_dir_all(&files)?;
    }
    progress(format!("random grants by @zerodev/permissions, seed {seed}"));
    let script = |name: &str| {
        let mut script = command("node");
        script.arg(folder.join(name));
        script
    };
    shell::run(script("zerodev.mjs").arg(seed.to_string()).arg(ORACLE_FILES.to_string()).arg(&files))?;
    let output = shell::read(cargo().args(["test", "--test", "vectors"]).env("HALLPASS_VECTORS", &files))?;
    let compared =
        output.lines().find(|line| line.starts_with("kernel-v3: ") && line.ends_with(" 0 failures"));
    println!("{}", compared.context("the grants of the other client differ from ours")?);
    let cases = shell::read(&mut script("metamask-cases.mjs"))?;
    write_file(&files.join("metamask.json"), cases)?;
    let mut wallet = script("metamask.mjs");
    wallet.stdin(std::fs::File::open(files.join("metamask.json"))?);
    let mut counts = counted(&run_and_read(&mut wallet)?)?;
    counts.passed += 1;
    Ok(counts)
}

pub fn fuzz() -> Result<Counts> {
    fuzz::run_all().map(Counts::passed)
}

/// A runner that ended well but counted a failure, or nothing, has failed.
pub fn counted(output: &str) -> Result<Counts> {
    let counts = Counts::read(output);
    match counts {
        Counts { passed: 0, .. } => bail!("no test ran"),
        Counts { failed: 0, .. } => Ok(counts),
        _ => bail!("{} tests failed", counts.failed),
    }
}
