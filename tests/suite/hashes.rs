//! `keccak` and `create2`: the hash under everything, and addresses from it.

use alloy_primitives::keccak256;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Report, address, bytes, rows, word};

pub fn keccak(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for (index, case) in rows(file, "keccak256")?.iter().enumerate() {
        let data = bytes(&case["data"]);
        report.hex(format!("case {index} keccak"), keccak256(&data), &case["keccak256"]);
        report.hex(format!("case {index} sha256"), Sha256::digest(&data), &case["sha256"]);
    }
    Some(report)
}

pub fn create2(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for case in rows(file, "initCodeHash")? {
        let name = case["name"].as_str().unwrap();
        let hash = keccak256(bytes(&case["initCode"]));
        report.hex(format!("{name} init code hash"), hash, &case["initCodeHash"]);
        let made = address(&case["sender"]).create2(word(&case["salt"]), hash);
        report.equal(format!("{name} address"), made, address(&case["address"]));
    }
    Some(report)
}
