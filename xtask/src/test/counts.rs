//! How many tests ran, as the runners say it.

use std::fmt;

/// Tests passed and failed, and what was skipped by name.
#[derive(Debug, Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: Vec<String>,
}

impl Counts {
    /// So many passed.
    pub fn passed(passed: usize) -> Self {
        Self { passed, ..Self::default() }
    }

    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped.iter().cloned());
    }

    /// Reads the closing lines of cargo's test harness, of our own runners, and of Node's test runner.
    pub fn read(output: &str) -> Self {
        let mut counts = Self::default();
        for line in output.lines() {
            let numbers = |text: &str| {
                let mut numbers =
                    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
                (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
            };
            if let Some(result) = line.strip_prefix("test result: ") {
                let (passed, failed) = numbers(result);
                counts.passed += passed;
                counts.failed += failed;
            } else if line.contains(" passed, ") && (line.ends_with(" skipped") || line.ends_with(" failed"))
            {
                let (passed, failed) = numbers(line);
                counts.passed += passed;
                counts.failed += failed;
            } else if let Some(passed) = line.strip_prefix("# pass ").or(line.strip_prefix("ℹ pass ")) {
                counts.passed += numbers(passed).0;
            } else if let Some(failed) = line.strip_prefix("# fail ").or(line.strip_prefix("ℹ fail ")) {
                counts.failed += numbers(failed).0;
            } else if let Some((set, why)) = line.split_once(": not run, ") {
                counts.skipped.push(format!("golden data {set}, {why}"));
            } else if let Some((test, why)) = line.split_once(" # SKIP") {
                // Node's runner: `ok 3 - name # SKIP reason`.
                let name = test.split_once(" - ").map_or(test, |(_, name)| name);
                counts.skipped.push(format!("{name}:{why}"));
            } else if line.starts_with("test ") && line.ends_with(" ... ignored") {
                counts.skipped.push(line.trim_end_matches(" ... ignored").to_owned());
            }
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_understood() {
        let counts = Counts::read(
            "test a::b ... ok\ntest result: ok. 12 passed; 1 failed; 0 ignored\nabi: not run, the set is not here\n\
             9 passed, 0 failed, 1 skipped\n6 passed, 2 failed\nok 3 - a tour # SKIP no tarball\nℹ pass 4\nℹ fail 2\n",
        );
        assert_eq!((counts.passed, counts.failed), (31, 5));
        assert_eq!(counts.skipped, ["golden data abi, the set is not here", "a tour: no tarball"]);
    }
}
