//! `cargo xtask demo`: the demo page on the local chain.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

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
    println!("\nThe demo is at {}\nCtrl-C ends it.", demo.address);
    let status = demo.server.wait()?;
    Ok(format!("the page's server ended ({status})"))
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

/// The page and the chain behind it; both end when this is dropped.
struct Demo {
    server: Child,
    address: String,
    _stack: Stack,
}

impl Demo {
    fn start(port: u16) -> Result<Self> {
        let page = build_page()?;
        let stack = Stack::boot(&stack::Options::default())?;
        write_file(&page.join("stack.json"), stack.info.to_string())?;
        let (server, address) = serve(&page, port)?;
        Ok(Self { server, address, _stack: stack })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
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

/// Serves the page; the server ends with this process.
fn serve(page: &std::path::Path, port: u16) -> Result<(Child, String)> {
    let mut server = command("node")
        .args([root().join("xtask/demo/serve.mjs").as_path(), page])
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start node")?;
    let mut address = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut address)?;
    }
    if address.trim().is_empty() {
        bail!("the page's server did not start ({})", server.wait()?);
    }
    Ok((server, address.trim().to_owned()))
}
