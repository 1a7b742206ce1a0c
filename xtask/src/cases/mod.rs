//! `cargo xtask cases`: nodes, bundlers, paymasters and wallets as some are in the field, against the built package.

mod folder;
mod list;
pub mod lost_answer;
mod runner;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build;
use crate::shell::progress;
use crate::test::{Counts, row};
use list::{DISPUTED, LISTED};
use runner::{Case, Outcome};

/// Rounds of lost answers on the local chain in the stage; `cargo xtask lost-answer` does more.
const ROUNDS: u32 = 2;

#[derive(Args)]
pub struct Options {
    /// Every case of the runner, with counts for each topic. It fails only when a listed case does.
    #[arg(long)]
    all: bool,
    /// Instead of the list these rows, cases and topics, with commas between them. All must pass; with --all only those also listed.
    #[arg(long, value_delimiter = ',', value_name = "ROW,TOPIC")]
    only: Vec<String>,
    /// A package that is built already; without it, it is built.
    #[arg(long, value_name = "DIR")]
    pkg: Option<PathBuf>,
}

pub fn run(options: &Options) -> Result<String> {
    let Some(folder) = folder::prepare()? else {
        return Ok(format!("not run: {}", folder::NOT_HERE));
    };
    let package = package_or_built(options.pkg.as_deref())?;
    if !options.all && options.only.is_empty() {
        let mut rows = Vec::new();
        let counts = listed(&folder, &package, &mut rows);
        println!("\n{}", rows.join("\n"));
        return Ok(counts?.to_string());
    }
    progress("the cases, output in target/cases.log");
    let names: Vec<&str> = options.only.iter().map(String::as_str).collect();
    let outcomes = runner::run(&folder, &package, &names, !options.all)?;
    if options.all {
        println!("{}", table(&outcomes));
    }
    let notes = disputes(&outcomes, DISPUTED);
    notes.iter().for_each(|note| println!("{note}"));
    judge(&outcomes, DISPUTED, |case| !options.all || LISTED.iter().any(|name| case.is_called(name)))?;
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    Ok(format!("{passed} passed, {} failed", outcomes.len() - passed))
}

/// The stage of `cargo xtask test`: what is listed, and a few lost answers on the local chain.
pub fn stage(rows: &mut Vec<String>) -> Result<Counts> {
    match folder::prepare()? {
        Some(folder) => listed(&folder, &build::package()?, rows),
        None => Ok(Counts { skipped: vec![format!("cases: {}", folder::NOT_HERE)], ..Counts::default() }),
    }
}

/// Runs both parts, whatever comes of the first, and leaves a line for each in `rows`, and for each disputed case.
fn listed(folder: &Path, package: &Path, rows: &mut Vec<String>) -> Result<Counts> {
    let mut total = Counts::default();
    let (mut faults, mut notes) = (Vec::new(), Vec::new());
    let mut part = |name: &str, run: &mut dyn FnMut() -> Result<Counts>| {
        let start = Instant::now();
        let text = match run() {
            Ok(counts) => {
                total.add(&counts);
                counts.to_string()
            }
            Err(fault) => {
                faults.push(format!("{fault:#}"));
                "FAILED".to_owned()
            }
        };
        rows.push(row(&format!("  {name}"), start.elapsed().as_secs_f32(), &text));
    };
    part("scripted", &mut || {
        progress("the listed cases");
        let disputed = DISPUTED.iter().map(|(id, _)| *id);
        let names: Vec<&str> = LISTED.iter().copied().chain(disputed).collect();
        let outcomes = runner::run(folder, package, &names, true)?;
        notes = disputes(&outcomes, DISPUTED);
        judge(&outcomes, DISPUTED, |_| true)
    });
    part("on chain", &mut || lost_answer::rounds(folder, package, ROUNDS));
    rows.append(&mut notes);
    match faults.is_empty() {
        true => Ok(total),
        false => bail!("{}", faults.join("\n")),
    }
}

/// The folder of a built package, as it was given or built now.
fn package_or_built(given: Option<&Path>) -> Result<PathBuf> {
    match given {
        Some(folder) => {
            folder.canonicalize().with_context(|| format!("no built package in {}", folder.display()))
        }
        None => build::package(),
    }
}

/// Counts those that must pass, without the disputed; names those that do not, with what was seen and wanted.
fn judge(outcomes: &[Outcome], disputed: &[(&str, &str)], must: impl Fn(&Case) -> bool) -> Result<Counts> {
    let bound =
        |outcome: &&Outcome| must(&outcome.case) && !disputed.iter().any(|(id, _)| *id == outcome.case.id);
    let (passed, failed): (Vec<_>, Vec<_>) =
        outcomes.iter().filter(bound).partition(|outcome| outcome.passed);
    if failed.is_empty() {
        return Ok(Counts::passed(passed.len()));
    }
    let lines: Vec<String> = failed.iter().map(|outcome| format!("  {}", outcome.line)).collect();
    bail!("{} of {} cases failed:\n{}", failed.len(), failed.len() + passed.len(), lines.join("\n"))
}

/// A line for each disputed case that was run.
fn disputes(outcomes: &[Outcome], disputed: &[(&str, &str)]) -> Vec<String> {
    let told = |(id, reason): &(&str, &str)| {
        let outcome = outcomes.iter().find(|outcome| outcome.case.id == *id)?;
        let text = if outcome.passed { "passed" } else { "failed" };
        Some(format!("disputed: {id}, {reason} ({text})"))
    };
    disputed.iter().filter_map(told).collect()
}

/// How many passed and failed of each topic.
fn table(outcomes: &[Outcome]) -> String {
    let mut topics: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut total = (0, 0);
    for outcome in outcomes {
        for (passed, failed) in [&mut total, topics.entry(&outcome.case.topic).or_default()] {
            *if outcome.passed { passed } else { failed } += 1;
        }
    }
    let row = |topic: &str, passed: &str, failed: &str| format!("{topic:<20} {passed:>7} {failed:>7}");
    let counts =
        |topic: &str, (passed, failed): (usize, usize)| row(topic, &passed.to_string(), &failed.to_string());
    let mut lines = vec![row("topic", "passed", "failed")];
    lines.extend(topics.into_iter().map(|(topic, of_it)| counts(topic, of_it)));
    lines.push(counts("total", total));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(id: &str, topic: &str, passed: bool) -> Outcome {
        let case = Case { id: id.to_owned(), topic: topic.to_owned() };
        Outcome { case, passed, line: format!("{id} input — seen: 1 — wanted: 2") }
    }

    #[test]
    fn what_must_pass_is_named_when_it_fails_unless_disputed() {
        let outcomes = [outcome("F1a", "a", true), outcome("F1b", "a", false), outcome("F2a", "b", false)];
        let fault = judge(&outcomes, &[], |case| case.is_called("F1")).unwrap_err().to_string();
        assert_eq!(fault, "1 of 2 cases failed:\n  F1b input — seen: 1 — wanted: 2");
        let disputed = [("F1b", "the standard says otherwise"), ("F9a", "not run")];
        assert_eq!(judge(&outcomes, &disputed, |case| case.is_called("a")).unwrap().passed, 1);
        assert_eq!(disputes(&outcomes, &disputed), ["disputed: F1b, the standard says otherwise (failed)"]);
    }

    #[test]
    fn topics_are_counted() {
        let text = table(&[outcome("F1a", "a", true), outcome("F1b", "a", false), outcome("F2a", "b", true)]);
        let cells: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            cells,
            [["topic", "passed", "failed"], ["a", "1", "1"], ["b", "1", "0"], ["total", "2", "1"]]
        );
    }
}
