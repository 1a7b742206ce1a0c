//! The cases' own runner: which cases it has, what it prints of each.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{command, each_line, read, target};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub id: String,
    /// The file it stands in.
    pub topic: String,
}

impl Case {
    /// Whether a name means this case: its own, its row's, its topic's.
    pub fn is_called(&self, name: &str) -> bool {
        name == self.id || name == self.topic || name == self.row()
    }

    /// `F4` for `F4a`, as the runner has it.
    fn row(&self) -> &str {
        let letters = self.id.trim_end_matches(|c: char| c.is_ascii_digit());
        let row = letters.trim_end_matches(|c: char| c.is_ascii_lowercase());
        if row.len() == letters.len() { &self.id } else { row }
    }

    /// A line such as `F4a  [receipts]`; others tell of the case before.
    fn listed(line: &str) -> Option<Self> {
        let (id, topic) = line.strip_suffix(']')?.split_once("  [")?;
        let is_name = !id.is_empty() && !id.contains(' ') && !topic.contains(' ');
        is_name.then(|| Self { id: id.to_owned(), topic: topic.to_owned() })
    }
}

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    pub case: Case,
    pub passed: bool,
    /// The runner's line: what goes in, and of a failed case what was seen and wanted.
    pub line: String,
}

/// Runs the cases that these names mean, all of them without names. The output goes to `target/cases.log`, and to the terminal if it
/// is to be shown.
pub fn run(folder: &Path, package: &Path, names: &[&str], shown: bool) -> Result<Vec<Outcome>> {
    let cases = chosen(&read(only(runner(folder).arg("--list"), names))?, names)?;
    let mut log = File::create(target().join("cases.log"))?;
    let mut output = String::new();
    let mut run = runner(folder);
    run.arg("--pkg").arg(package).args(["--jobs", "2"]);
    let status = each_line(only(&mut run, names), |line| {
        if shown {
            println!("{line}");
        }
        output.push_str(line);
        output.push('\n');
        Ok(writeln!(log, "{line}")?)
    })?;
    // That a case failed is no fault of the runner.
    closing(&output).with_context(|| format!("the runner of the cases ended with {status}"))?;
    outcomes(cases, &output)
}

/// Reads the closing line `N passed, M failed`.
pub fn closing(output: &str) -> Result<(usize, usize)> {
    let line = output.lines().last().unwrap_or_default();
    line.strip_suffix(" failed")
        .and_then(|counts| counts.split_once(" passed, "))
        .and_then(|(passed, failed)| Some((passed.parse().ok()?, failed.parse().ok()?)))
        .with_context(|| format!("no closing line, but {line:?}"))
}

fn runner(folder: &Path) -> Command {
    let mut node = command("node");
    node.arg(folder.join("run.mjs"));
    node
}

fn only<'a>(runner: &'a mut Command, names: &[&str]) -> &'a mut Command {
    if !names.is_empty() {
        runner.arg("--only").arg(names.join(","));
    }
    runner
}

/// The cases of a listing. A name that means none of them is refused: the runner would pass over it in silence.
fn chosen(listing: &str, names: &[&str]) -> Result<Vec<Case>> {
    let cases: Vec<Case> = listing.lines().filter_map(Case::listed).collect();
    let nobody = names.iter().find(|name| !cases.iter().any(|case| case.is_called(name)));
    match nobody {
        Some(name) => bail!("no case, row or topic is called {name:?}"),
        None => Ok(cases),
    }
}

/// What the runner said of each of these cases.
fn outcomes(cases: Vec<Case>, output: &str) -> Result<Vec<Outcome>> {
    let said = |case: Case| {
        let of_it = |line: &str| {
            let rest = line.strip_prefix("not ").unwrap_or(line).strip_prefix("ok ")?;
            let (id, _) = rest.split_once(' ')?;
            (id == case.id).then(|| (!line.starts_with("not "), rest.to_owned()))
        };
        let found = output.lines().find_map(of_it);
        let (passed, line) = found.with_context(|| format!("the runner said nothing of {}", case.id))?;
        Ok(Outcome { case, passed, line })
    };
    cases.into_iter().map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "F4a  [receipts]\n   input: a list  [of one]\n   right: a receipt\nC-receipt-1  [receipts]\n\
                           F40a  [calls]\n   input: an amount\n   right: it is sent\n";

    #[test]
    fn a_listing_is_read_and_names_are_looked_up() {
        let cases = chosen(LISTING, &[]).unwrap();
        let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["F4a", "C-receipt-1", "F40a"]);
        let called = |name: &str| cases.iter().map(|case| case.is_called(name)).collect::<Vec<_>>();
        assert_eq!(called("F4"), [true, false, false]);
        assert_eq!(called("F4a"), [true, false, false]);
        assert_eq!(called("receipts"), [true, true, false]);
        assert_eq!(called("C-receipt-1"), [false, true, false]);
        assert!(chosen(LISTING, &["F4", "F5"]).unwrap_err().to_string().contains("\"F5\""));
    }

    #[test]
    fn outcomes_are_read_and_none_may_be_missing() {
        let cases = || chosen(LISTING, &[]).unwrap();
        let output = "ok F4a a list\nnot ok C-receipt-1 one — seen: 1 — wanted: 2\nok F40a an amount\n2 passed, 1 failed\n";
        let read = outcomes(cases(), output).unwrap();
        assert_eq!(read.iter().map(|outcome| outcome.passed).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(read[1].line, "C-receipt-1 one — seen: 1 — wanted: 2");
        assert_eq!(closing(output).unwrap(), (2, 1));
        assert!(outcomes(cases(), "ok F4a a list\n").is_err());
        assert!(closing("ok F4a a list\nError: no such file\n").is_err());
    }
}
