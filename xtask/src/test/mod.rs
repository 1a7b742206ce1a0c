//! `cargo xtask test`: all tests, in stages.

mod counts;
mod engines;
mod stages;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{bursts, cases, differential, door, faults, mutants, setup};
pub use counts::Counts;
pub use stages::counted;

#[derive(Args)]
pub struct Options {
    /// Run only this stage; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Stage>,
}

/// What can be run apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Formatting, lints, layers, docs, and the package's surface.
    Tidy,
    /// Unit tests, golden data, properties and doc tests.
    Native,
    /// In an EVM: our Solidity modules against the measured verdicts of the real ones, and whole user operations.
    Contracts,
    /// In an EVM: random scopes and operations on both sides, faulty policies, a thief with the key, a hostile bundler without it.
    Differential,
    /// In an EVM: what bundlers forbid during validation (ERC-7562), for every kind of grant.
    Erc7562,
    /// Sessions on the local chain, through a real bundler and paymaster.
    E2e,
    /// A burst of operations for each thing that can go wrong on the way to the bundler: none lost, none doubled.
    Bursts,
    /// The browser suite in Chromium, Firefox and WebKitGTK: golden data once more, build flags, memory scan; and the built package.
    Wasm,
    /// The npm package as its users get it, its types and its size.
    Package,
    /// What an app gives and what errors tell: random values, planted secrets, and traps of the module.
    Door,
    /// Cases from the field that are listed: how endpoints and wallets misbehave, and what must come of it.
    Cases,
    /// The package against endpoints, a network and a chain that fail at one point each.
    Faults,
    /// Sessions in headless Chromium on the local chain.
    Browser,
    /// A walk through the demo.
    Demo,
    /// Beside other people's code: grants of another client, and a wallet's own check of our requests.
    Oracle,
    /// Every fuzz target, built and run for 50,000 inputs.
    Fuzz,
    /// Faults planted in a copy of the code: each must be noticed by a test.
    Mutants,
}

impl Stage {
    const ALL: [Self; 17] = [
        Self::Tidy,
        Self::Native,
        Self::Contracts,
        Self::Differential,
        Self::Erc7562,
        Self::E2e,
        Self::Bursts,
        Self::Wasm,
        Self::Package,
        Self::Door,
        Self::Cases,
        Self::Faults,
        Self::Browser,
        Self::Demo,
        Self::Oracle,
        Self::Fuzz,
        Self::Mutants,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Runs it. A stage of several parts leaves a line for each in `rows`.
    fn run(self, rows: &mut Vec<String>) -> Result<Counts> {
        match self {
            Self::Tidy => stages::tidy(),
            Self::Native => stages::native(),
            Self::Contracts => stages::contracts(),
            Self::Differential => {
                differential::stage(&["pairs", "mutants", "thief", "traps", "gas", "hostile"])
            }
            Self::Erc7562 => differential::stage(&["erc7562"]),
            Self::E2e => stages::e2e(),
            Self::Bursts => bursts::stage(),
            Self::Wasm => engines::suite(rows),
            Self::Package => stages::package(),
            Self::Door => door::stage(),
            Self::Cases => cases::stage(rows),
            Self::Faults => faults::stage(),
            Self::Browser => stages::browser(),
            Self::Demo => stages::demo(),
            Self::Oracle => stages::oracle(),
            Self::Fuzz => stages::fuzz(),
            Self::Mutants => mutants::planted().map(Counts::passed),
        }
    }
}

/// Runs the stages; a failed one does not keep the others from running.
pub fn run(options: &Options) -> Result<String> {
    if options.only.is_empty() {
        setup::all()?;
    }
    let mut rows = Vec::new();
    let mut total = Counts::default();
    let mut failed = Vec::new();
    for stage in
        Stage::ALL.into_iter().filter(|stage| options.only.is_empty() || options.only.contains(stage))
    {
        println!("\n== {} ==", stage.name());
        let start = Instant::now();
        let mut parts = Vec::new();
        let outcome = stage.run(&mut parts);
        let seconds = start.elapsed().as_secs_f32();
        let text = match outcome {
            Ok(counts) => {
                total.add(&counts);
                counts.to_string()
            }
            Err(fault) => {
                eprintln!("{}: {fault:#}", stage.name());
                total.failed += 1;
                failed.push((stage.name(), fault));
                "FAILED".to_owned()
            }
        };
        rows.push(row(&stage.name(), seconds, &text));
        rows.append(&mut parts);
    }
    println!("\n{}", rows.join("\n"));
    for skipped in &total.skipped {
        println!("skipped: {skipped}");
    }
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped.len());
    for (stage, fault) in &failed {
        println!("{stage}: {fault:#}");
    }
    let names: Vec<&str> = failed.iter().map(|(stage, _)| stage.as_str()).collect();
    match names.is_empty() {
        true => Ok(format!("{} tests passed", total.passed)),
        false => bail!("failed stages: {}", names.join(", ")),
    }
}

/// A line of the summary.
pub fn row(name: &str, seconds: f32, text: &str) -> String {
    format!("{name:<12} {seconds:>7.1} s  {text}")
}
