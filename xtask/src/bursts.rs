//! `cargo xtask bursts`: many operations at once on the local chain, at several block times, while something goes wrong on the way.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};

use crate::build;
use crate::shell::{command, progress, run_and_read};
use crate::stack::{self, Stack};
use crate::test::{Counts, counted};

/// Crowds of moves with nothing in their way, on the account's own gas and sponsored: how many, and milliseconds between two. In odd
/// rounds the session is not enabled before.
const CROWDS: [(u32, u32); 4] = [(20, 0), (64, 0), (20, 60), (40, 30)];
/// Requests a move at most.
const MOST_REQUESTS: u32 = 12;

#[derive(Args)]
pub struct Options {
    /// Rounds of each kind.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Crowds of moves at instant blocks, own gas and sponsored, instead of trouble on the way.
    #[arg(long)]
    crowds: bool,
    /// Only at this block time; may be given several times.
    #[arg(long, value_enum)]
    block_time: Vec<BlockTime>,
    /// Only these kinds of trouble, as tests/bursts/kinds.mjs names them: `lose,drop`.
    #[arg(long)]
    kinds: Option<String>,
    /// A built package, instead of building it.
    #[arg(long, value_name = "FOLDER")]
    package: Option<PathBuf>,
    /// Further options of tests/bursts/run.mjs, after `--`.
    #[arg(last = true)]
    further: Vec<String>,
}

/// How fast blocks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BlockTime {
    /// On demand.
    Instant,
    /// Every 2 seconds.
    #[value(name = "2")]
    Two,
    /// Every 12 seconds.
    #[value(name = "12")]
    Twelve,
}

impl BlockTime {
    const fn seconds(self) -> Option<u64> {
        match self {
            Self::Instant => None,
            Self::Two => Some(2),
            Self::Twelve => Some(12),
        }
    }

    /// Rounds at the same time: where blocks are slow, a round does little but wait. With more of them the bundler, which sends one
    /// bundle into a block, would keep each waiting for the others.
    const fn together(self) -> u32 {
        match self {
            Self::Instant => 1,
            Self::Two => 2,
            Self::Twelve => 3,
        }
    }
}

impl std::fmt::Display for BlockTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds() {
            None => f.write_str("instant blocks"),
            Some(seconds) => write!(f, "blocks of {seconds} s"),
        }
    }
}

/// All rounds at all block times; those that fail do not keep the others from running.
pub fn run(options: &Options) -> Result<String> {
    let package = options.package.clone().map_or_else(build::package, Ok)?;
    if options.crowds {
        return crowds(&package, options.rounds);
    }
    let chosen = match options.block_time.as_slice() {
        [] => BlockTime::value_variants(),
        chosen => chosen,
    };
    let mut further = options.further.clone();
    if let Some(kinds) = &options.kinds {
        further.extend(["--kinds".to_owned(), kinds.clone()]);
    }
    let (mut passed, mut failed) = (0, Vec::new());
    for block_time in chosen {
        let start = Instant::now();
        let outcome = rounds(&package, *block_time, options.rounds, &further);
        println!("{block_time}: {:.0} s", start.elapsed().as_secs_f32());
        match outcome {
            Ok(counts) => passed += counts.passed,
            Err(fault) => {
                eprintln!("{block_time}: {fault:#}");
                failed.push(block_time.to_string());
            }
        }
    }
    match failed.is_empty() {
        true => Ok(format!("{passed} rounds, none lost, none doubled")),
        false => bail!("rounds failed at {}", failed.join(", ")),
    }
}

fn crowds(package: &Path, rounds: u32) -> Result<String> {
    let mut passed = 0;
    for (count, gap) in CROWDS {
        for sponsored in [false, true] {
            passed += crowd(package, BlockTime::Instant, rounds, (count, gap), sponsored)?.passed;
        }
    }
    Ok(format!("{passed} rounds, none lost, all in order, at most {MOST_REQUESTS} requests a move"))
}

/// Moves with nothing in their way.
fn crowd(
    package: &Path,
    block_time: BlockTime,
    count_of_rounds: u32,
    (count, gap): (u32, u32),
    sponsored: bool,
) -> Result<Counts> {
    let numbers = [("--count", count), ("--gap", gap), ("--most", MOST_REQUESTS)];
    let mut further = vec!["--kinds".to_owned(), "none".to_owned()];
    further.extend(numbers.iter().flat_map(|(name, number)| [(*name).to_owned(), number.to_string()]));
    further.extend(sponsored.then(|| "--sponsored".to_owned()));
    let payer = if sponsored { "sponsored" } else { "own gas" };
    println!("{count} moves, {gap} ms apart, {payer}, {block_time}");
    rounds(package, block_time, count_of_rounds, &further)
}

/// One round of each kind at instant blocks; at the same time, on chains of their own where a round does little but wait, crowds at slow
/// blocks.
pub fn stage() -> Result<Counts> {
    let package = build::package()?;
    std::thread::scope(|scope| {
        let slow = [
            scope.spawn(|| crowd(&package, BlockTime::Two, 1, (20, 0), true)),
            scope.spawn(|| crowd(&package, BlockTime::Twelve, 1, (3, 0), false)),
        ];
        let mut counts = rounds(&package, BlockTime::Instant, 1, &[])?;
        for round in slow {
            counts.add(&round.join().map_err(|_| anyhow!("a round of bursts panicked"))??);
        }
        counts.add(&crowd(&package, BlockTime::Instant, 2, (20, 60), true)?);
        Ok(counts)
    })
}

/// Boots a chain and runs the rounds on it.
fn rounds(package: &Path, block_time: BlockTime, rounds: u32, further: &[String]) -> Result<Counts> {
    let stack = Stack::boot(&stack::Options::with_block_time(block_time.seconds()))?;
    progress(format!("bursts at {block_time}"));
    let mut script = command("node");
    script
        .arg("tests/bursts/run.mjs")
        .env("HALLPASS_STACK", stack.info.to_string())
        .env("HALLPASS_PACKAGE", package)
        .args(["--rounds", &rounds.to_string(), "--together", &block_time.together().to_string()])
        .args(further);
    counted(&run_and_read(&mut script)?)
}
