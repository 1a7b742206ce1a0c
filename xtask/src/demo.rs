//! `cargo xtask demo`: the demo page on the local chain.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::attached::{Attached, Stop};
use crate::build;
use crate::setup::{browser, npm};
use crate::shell::{self, command, progress, root, target, write_file};
use crate::stack::{self, Stack};

#[derive(Args)]
pub struct Options {
    /// Walk through the page once in headless Chromium and end.
    #[arg(long)]
    check: bool,
    /// Port of the page; any free one when left out.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub fn run(options: &Options) -> Result<String> {
    match options.check {
        true => check(),
        false => show(options.port),
    }
}

fn show(port: u16) -> Result<String> {
    let mut demo = Demo::start(port)?;
    let stop = Stop::listen()?;
    println!("\nThe demo is at {}\nCtrl-C ends it.", demo.address);
    stop.wait(&mut [("the page's server", &mut demo.server), ("the local chain", &mut demo.stack.server)])?;
    drop(demo);
    Ok("the page and the local chain are ended".to_owned())
}

/// One signature, then play, refuse, reload, play: in headless Chromium. Leaves a screenshot in `target/demo.png`.
pub fn check() -> Result<String> {
    browser::chromium()?;
    npm::tools()?;
    let demo = Demo::start(0)?;
    let picture = target().join("demo.png");
    shell::run(command("node").arg(root().join("xtask/demo/check.mjs")).arg(&demo.address).arg(&picture))?;
    Ok(format!("one signature, then play without a prompt; screenshot in {}", picture.display()))
}

/// `cargo xtask demo` as people type it: stays until it is ended, can be reached from this machine only, leaves nothing behind.
pub fn check_that_it_stays() -> Result<String> {
    browser::chromium()?;
    npm::tools()?;
    build::package()?;
    let mut check = command("node");
    check.arg(root().join("xtask/demo/stays.mjs")).env(build::IS_BUILT, "1");
    shell::run(&mut check)?;
    Ok("the demo stays until it is ended, and leaves nothing behind".to_owned())
}

/// The page and the chain behind it; both end when this is dropped.
struct Demo {
    server: Attached,
    address: String,
    stack: Stack,
}

impl Demo {
    fn start(port: u16) -> Result<Self> {
        let page = build_page()?;
        let stack = Stack::boot(&stack::Options::default())?;
        write_file(&page.join("stack.json"), stack.info.to_string())?;
        let (server, address) = serve(&page, port)?;
        Ok(Self { server, address, stack })
    }
}

/// The demo, built on the npm package as any user would build it; answers its folder.
fn build_page() -> Result<PathBuf> {
    build::package()?;
    let www = root().join("www");
    npm::install_here(&www)?;
    let program = |name: &str| -> Command {
        let mut program = command(www.join("node_modules/.bin").join(name));
        program.current_dir(&www);
        program
    };
    progress("the demo's types");
    shell::run(program("tsc").args(["--noEmit"]))?;
    progress("vite build");
    shell::run(program("vite").args(["build", "--logLevel", "warn"]))?;
    Ok(www.join("dist"))
}

/// Serves the page and answers its address.
fn serve(page: &Path, port: u16) -> Result<(Attached, String)> {
    let (mut server, address) = Attached::start(
        command("node").args([root().join("xtask/demo/serve.mjs").as_path(), page]).arg(port.to_string()),
    )?;
    if address.is_empty() {
        bail!("the page's server did not start ({})", server.end()?);
    }
    Ok((server, address))
}
