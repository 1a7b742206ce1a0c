//! `cargo xtask <command>`: everything this repository does, in one place.

mod attached;
mod bench;
mod build;
mod bursts;
mod cases;
mod demo;
mod differential;
mod door;
mod faults;
mod fuzz;
mod mutants;
mod setup;
mod shell;
mod size;
mod stack;
mod test;
mod tidy;
mod vectors;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, tests and measures Hallpass.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the other commands need: the wasm32 target, wasm-bindgen, wasm-pack, wasm-opt, npm tools, Chromium, Firefox, WebKitGTK.
    ///
    /// Safe to repeat; the other commands call it themselves. Cargo tools go to a cache folder of their own
    /// (HALLPASS_TOOLS, else ~/.cache/hallpass-tools) and never replace yours. System packages are installed through apt when
    /// run as root on Debian; otherwise you are told which ones are missing.
    Setup,
    /// Build the npm package into pkg/.
    Build,
    /// Run all tests, in stages; the command to run before every commit.
    Test(test::Options),
    /// Check formatting, lints, layers, file heads, docs, and the surface of the npm package.
    Tidy,
    /// Measure the package: raw, gzip and brotli, by crate; writes target/size.json and fails over budget.
    Size,
    /// Measure speed natively and in wasm, beside other packages when ../shared/bench-peers is there; writes target/bench.json.
    Bench(bench::Options),
    /// Send bursts of operations on the local chain while answers get lost, late or doubled, or the bundler is killed.
    Bursts(bursts::Options),
    /// Run the local chain: anvil with EntryPoints, Kernel and its modules, the alto bundler, a mock paymaster. Ctrl-C ends it.
    ///
    /// HALLPASS_CONTRACTS may name a folder of `0xaddress.hex` runtime files: they replace the code at those addresses, or add it.
    Stack(stack::Options),
    /// Show the demo on the local chain: a game and a social feed on one session. Prints its address; Ctrl-C ends it.
    ///
    /// Sets up everything it needs.
    Demo(demo::Options),
    /// Run cases from the field against the built package: how nodes, bundlers, paymasters and wallets misbehave; from ../shared/cases.
    Cases(cases::Options),
    /// Lose the bundler's answers on the local chain, in many sessions, and see that every operation is told right.
    LostAnswer(cases::lost_answer::Options),
    /// Run the golden data and say what is covered.
    Vectors(vectors::Options),
    /// Judge random scopes and operations here and by the contracts, in an EVM; any number of them.
    Differential(differential::Options),
    /// Run sessions against endpoints, a network and a chain that fail at one point; --all for more than CI does.
    Faults(faults::Options),
    /// Give the built package random values at every place, plant secrets in every answer, and stop its module; any number of them.
    Door(door::Options),
    /// Change the code in small ways and see whether a test notices; --planted for the list that CI goes through.
    Mutants(mutants::Options),
    /// Build every fuzz target and run it.
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let start = Instant::now();
    let (name, result) = match cli.command {
        Command::Setup => ("setup", setup::all()),
        Command::Build => ("build", build::package().map(|_| "pkg/ is ready".to_owned())),
        Command::Test(options) => ("test", test::run(&options)),
        Command::Tidy => ("tidy", tidy::run()),
        Command::Size => ("size", size::run()),
        Command::Bench(options) => ("bench", bench::run(&options)),
        Command::Bursts(options) => ("bursts", bursts::run(&options)),
        Command::Stack(options) => ("stack", stack::run(&options)),
        Command::Demo(options) => ("demo", demo::run(&options)),
        Command::Cases(options) => ("cases", cases::run(&options)),
        Command::LostAnswer(options) => ("lost-answer", cases::lost_answer::run(&options)),
        Command::Vectors(options) => ("vectors", vectors::run(&options)),
        Command::Differential(options) => ("differential", differential::run(&options)),
        Command::Faults(options) => ("faults", faults::run(&options)),
        Command::Door(options) => ("door", door::run(&options)),
        Command::Mutants(options) => ("mutants", mutants::run_command(&options)),
        Command::Fuzz(options) => ("fuzz", fuzz::run(&options)),
    };
    finish(name, start, result)
}

/// The one closing line of every command.
fn finish(name: &str, start: Instant, result: Result<String>) -> ExitCode {
    let seconds = start.elapsed().as_secs_f32();
    match result {
        Ok(summary) => {
            println!("{name}: ok, {summary} ({seconds:.1} s)");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{name}: FAILED, {fault:#} ({seconds:.1} s)");
            ExitCode::FAILURE
        }
    }
}
