//! `cargo xtask demo`: the demo page on the local chain.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build;
use crate::setup::{browser, npm};
use crate::shell::{command, progress, root, run, target, write_file};
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

pub fn run_demo(options: &Options) -> Result<String> {
    let page = build_page()?;
    let stack = Stack::boot(&stack::Options::default())?;
    write_file(&page.join("stack.json"), stack.info.to_string())?;
    let (mut server, address) = serve(&page, options.port)?;
    let outcome = match options.check {
        true => check(&address),
        false => {
            println!("\nThe demo is at {address}\nCtrl-C ends it.");
            let status = server.wait()?;
            Ok(format!("the page's server ended ({status})"))
        }
    };
    drop(server.stdin.take());
    let _ = server.wait();
    outcome
}

/// The demo, built on the npm package as any user would build it; answers its folder.
pub fn build_page() -> Result<PathBuf> {
    build::package()?;
    let www = root().join("www");
    npm::install_here(&www)?;
    let program = |name: &str| -> Command {
        let mut program = command(www.join("node_modules/.bin").join(name));
        program.current_dir(&www);
        program
    };
    progress("the demo's types");
    run(program("tsc").args(["--noEmit"]))?;
    progress("vite build");
    run(program("vite").args(["build", "--logLevel", "warn"]))?;
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

/// One signature, then play, refuse, reload, play: in headless Chromium. Leaves a screenshot in `target/demo.png`.
fn check(address: &str) -> Result<String> {
    browser::chromium()?;
    npm::tools()?;
    let picture = target().join("demo.png");
    run(command("node").arg(root().join("xtask/demo/check.mjs")).arg(address).arg(&picture))?;
    Ok(format!("one signature, then play without a prompt; screenshot in {}", picture.display()))
}
