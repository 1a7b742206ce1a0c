//! How much of what is dangerous the linter names, and how much of what is harmless: 100 functions of contracts in wide use that were
//! written down before its rules were.

use hallpass::scope::Scope;
use hallpass::scope::lint::{Circumstances, Severity};
use serde_json::{Value, json};

const FUNCTIONS: &str = include_str!("functions.json");

/// Whether a scope that allows nothing but this function, with every argument free, asks for an acceptance.
fn is_named(signature: &str) -> bool {
    let scope = Scope::from_json(&json!({
        "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": signature }],
        "limits": { "gas": { "maxFeePerGas": "2 gwei", "total": "0.02 ether" } },
    }));
    let findings = scope.unwrap().lint(&Circumstances::default());
    findings.iter().any(|finding| finding.rule.severity == Severity::Error)
}

fn share(danger: bool) -> (Vec<String>, usize) {
    let rows: Value = serde_json::from_str(FUNCTIONS).unwrap();
    let rows: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["danger"] == danger)
        .map(|row| row["signature"].as_str().unwrap())
        .collect();
    let wrong = rows.iter().filter(|signature| is_named(signature) != danger);
    (wrong.map(|signature| (*signature).to_owned()).collect(), rows.len())
}

#[test]
fn dangerous_functions_are_named() {
    let (missed, all) = share(true);
    assert!(missed.len() * 20 <= all, "{} of {all} are not named: {missed:#?}", missed.len());
}

#[test]
fn harmless_functions_are_not() {
    let (alarms, all) = share(false);
    assert!(alarms.len() * 20 <= all, "{} of {all} are named: {alarms:#?}", alarms.len());
}
