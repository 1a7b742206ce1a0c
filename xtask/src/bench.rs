//! `cargo xtask bench`: speed, natively and in wasm. Only ratios within one run mean anything: a machine is never quiet.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::build;
use crate::setup::{browser, npm};
use crate::shell::{self, cargo, command, files_below, progress, read, read_file, root, target, write_file};
use crate::stack::{self, Stack};

#[derive(Args)]
pub struct Options {
    /// Rounds of the interleaved runs in Node and Chromium.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// Measure in headless Chromium too.
    #[arg(long)]
    chromium: bool,
    /// Instead: whole actions on the local chain beside another client, in gas, requests and time.
    #[arg(long)]
    sessions: bool,
    /// Instead: how long a suspended session takes to be ready again in headless Chromium, beside the browser's own part of it.
    #[arg(long)]
    unlock: bool,
}

/// Operations measured beside the peers.
const OPERATIONS: &str = "sign,keygen,keccak_256B,userop_hash,hash_sign,check_5,check_1000";

/// Microseconds that the check of a call against five rules may take in wasm, and how many times longer it may take with a thousand.
const CHECK_GOALS: (f64, f64) = (10.0, 2.0);

/// What must be reached: operation, peer, and how many times faster, in Chromium and in Node.
const GOALS: [(&str, &str, f64, f64); 6] = [
    ("sign", "viem", 1.5, 3.0),
    ("sign", "tiny-secp256k1", 1.4, 1.4),
    ("sign", "libauth", 1.1, 1.1),
    ("hash_sign", "viem", 2.2, 4.0),
    ("hash_sign", "zerodev permissions", 2.2, 4.0),
    ("hash_sign", "permissionless (simple account)", 2.2, 4.0),
];

/// Sessions beside another client, through a proxy that counts and delays requests.
fn sessions() -> Result<String> {
    let package = build::package()?;
    npm::install_here(&root().join("xtask/oracle"))?;
    let stack = Stack::boot(&stack::Options::default())?;
    let mut script = command("node");
    script.arg("benches/session/run.mjs").env("HALLPASS_STACK", stack.info.to_string());
    let output = shell::run_and_read(script.env("HALLPASS_PACKAGE", package))?;
    let figures = output.lines().last().context("the benchmark printed nothing")?;
    write_file(&target().join("bench-sessions.json"), figures)?;
    Ok("figures in target/bench-sessions.json".to_owned())
}

/// Sessions on the local chain, suspended and unlocked many times.
fn unlock() -> Result<String> {
    browser::chromium()?;
    let package = build::package()?;
    let stack = Stack::boot(&stack::Options::default())?;
    let mut script = command("node");
    script.arg("benches/unlock.mjs").env("HALLPASS_STACK", stack.info.to_string());
    let output = shell::run_and_read(script.env("HALLPASS_PACKAGE", package))?;
    let figures = output.lines().last().context("the benchmark printed nothing")?;
    write_file(&target().join("bench-unlock.json"), figures)?;
    Ok("figures in target/bench-unlock.json".to_owned())
}

pub fn run(options: &Options) -> Result<String> {
    if options.sessions {
        return sessions();
    }
    if options.unlock {
        return unlock();
    }
    progress("native");
    let native = read(cargo().args(["bench", "--quiet", "--bench", "native"]))?;
    let mut rows: Vec<Value> = native.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let contestant = contestant()?;
    match peers()? {
        Some(peers) => {
            let runners: &[&str] =
                if options.chromium { &["run-node.mjs", "run-chromium.mjs"] } else { &["run-node.mjs"] };
            for runner in runners {
                progress(format!("{runner}, {} rounds", options.rounds));
                rows.extend(run_peers(&peers, runner, &contestant, options.rounds)?);
            }
        }
        None => {
            progress("ours alone in Node");
            let rounds = format!("--rounds={}", options.rounds);
            let alone = read(command("node").arg("benches/alone.mjs").arg(&contestant).arg(rounds))?;
            rows.extend(serde_json::from_str::<Vec<Value>>(&alone)?);
        }
    }
    let ratios = ratios(&rows);
    write_file(
        &target().join("bench.json"),
        serde_json::to_string_pretty(&json!({ "rows": rows, "ratios": ratios }))?,
    )?;
    print(&rows, &ratios);
    let missed = ratios.iter().filter(|ratio| ratio["reached"] == false).count();
    Ok(format!(
        "{} figures in target/bench.json, {} of {} goals reached",
        rows.len(),
        ratios.len() - missed,
        ratios.len()
    ))
}

/// Our half: the testing module and its wrapper in one file, which Node and a browser bundle alike can load.
fn contestant() -> Result<PathBuf> {
    let module = build::testing_module()?;
    let work = target().join("bench");
    for (name, content) in [
        ("wasm/hallpass.js", read_file(&module.glue.join("hallpass.js"))?),
        ("wasm/hallpass.d.ts", read_file(&module.glue.join("hallpass.d.ts"))?),
        ("contestant.ts", read_file(&root().join("benches/contestant.ts"))?),
        ("fixtures.json", read_file(&root().join("benches/fixtures.json"))?),
    ] {
        write_file(&work.join(name), content)?;
    }
    build::copy_snippets(&module, &work.join("wasm"))?;
    let sources = root().join("pkg-template/src");
    for file in files_below(&sources, &[".ts"]) {
        write_file(&work.join(file.strip_prefix(&sources)?), read_file(&file)?)?;
    }
    let script = "process.stdout.write(require('fs').readFileSync(process.argv[1]).toString('base64'))";
    let base64 = read(command("node").args(["-e", script]).arg(&module.wasm))?;
    write_file(&work.join("testing-wasm.js"), format!("export const WASM_BASE64 = '{base64}'\n"))?;
    let bundle = work.join("hallpass.mjs");
    shell::run(
        command(npm::tools()?.join("esbuild"))
            .current_dir(&work)
            .args(["contestant.ts", "--bundle", "--format=esm", "--platform=neutral", "--log-level=error"])
            .arg(format!("--outfile={}", bundle.display())),
    )?;
    Ok(bundle)
}

/// The peers' benchmark, installed in a folder of its own.
fn peers() -> Result<Option<PathBuf>> {
    let source = root().join("../shared/bench-peers");
    if !source.is_dir() {
        println!("skipped: the peers, ../shared/bench-peers is not here; ours runs alone");
        return Ok(None);
    }
    let folder = target().join("bench-peers");
    for file in files_below(&source, &[".mjs", "package.json"]) {
        write_file(&folder.join(file.strip_prefix(&source)?), read_file(&file)?)?;
    }
    if !folder.join("node_modules").is_dir() {
        progress("npm install of the peers, once");
        shell::run(command("npm").current_dir(&folder).args([
            "install",
            "--ignore-scripts",
            "--legacy-peer-deps",
            "--silent",
            "--no-audit",
            "--no-fund",
        ]))?;
    }
    Ok(Some(folder))
}

fn run_peers(folder: &Path, runner: &str, contestant: &Path, rounds: u32) -> Result<Vec<Value>> {
    if runner.contains("chromium") {
        browser::chromium()?;
    }
    let output = read(command("node").current_dir(folder).arg(runner).args([
        format!("--rounds={rounds}"),
        format!("--ops={OPERATIONS}"),
        format!("--extra={}", contestant.display()),
    ]))?;
    Ok(serde_json::from_str(&output)?)
}

/// Ours against each goal's peer, by the fastest batch of each.
fn ratios(rows: &[Value]) -> Vec<Value> {
    let mut runtimes: Vec<&str> = rows.iter().filter_map(|row| row["runtime"].as_str()).collect();
    runtimes.sort_unstable();
    runtimes.dedup();
    let best = |runtime: &str, peer: &str, op: &str| {
        let is = |row: &&Value| row["runtime"] == runtime && row["peer"] == peer && row["op"] == op;
        rows.iter().find(is).and_then(|row| row["min_us"].as_f64())
    };
    let mut ratios = Vec::new();
    for runtime in runtimes {
        for (op, peer, in_chromium, in_node) in GOALS {
            let (Some(ours), Some(theirs)) = (best(runtime, "hallpass", op), best(runtime, peer, op)) else {
                continue;
            };
            let goal = if runtime.starts_with("chromium") { in_chromium } else { in_node };
            let ratio = (theirs / ours * 100.0).round() / 100.0;
            ratios.push(json!({
                "runtime": runtime, "op": op, "peer": peer, "ratio": ratio, "goal": goal, "reached": ratio >= goal,
            }));
        }
    }
    ratios
}

fn print(rows: &[Value], ratios: &[Value]) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for row in rows {
        println!(
            "{:<22} {:<12} {:<34} {:>9} µs",
            text(&row["runtime"]),
            text(&row["op"]),
            text(&row["peer"]),
            row["min_us"]
        );
    }
    for row in rows.iter().filter(|row| row["op"] == "check_5") {
        let same = |other: &&Value| other["op"] == "check_1000" && other["runtime"] == row["runtime"];
        let times = (row["min_us"].as_f64(), rows.iter().find(same).and_then(|row| row["min_us"].as_f64()));
        if let (Some(few), Some(many)) = times {
            let reached = few <= CHECK_GOALS.0 && many <= few * CHECK_GOALS.1;
            let mark = if reached { "reached" } else { "MISSED" };
            println!(
                "{:<22} check of a call: {few} µs with 5 rules, {many} µs with 1000: {mark}",
                text(&row["runtime"])
            );
        }
    }
    for ratio in ratios {
        let mark = if ratio["reached"] == true { "reached" } else { "MISSED" };
        println!(
            "{:<22} {:<10} vs {:<34} {:>6}x, goal {}x: {mark}",
            text(&ratio["runtime"]),
            text(&ratio["op"]),
            text(&ratio["peer"]),
            ratio["ratio"],
            ratio["goal"],
        );
    }
}
