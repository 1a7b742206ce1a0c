//! `userop-hash`: hashes that EntryPoint contracts gave random operations.

use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation, from_rpc_text};
use serde_json::Value;

use super::{Report, Section, address, bytes, rows, small, word};

pub fn run(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for (index, case) in rows(file, "entryPointVersion")?.iter().enumerate() {
        let version: EntryPointVersion = case["entryPointVersion"].as_str().unwrap().parse().unwrap();
        check(&mut report, &format!("case {index}"), version, case);
    }
    Some(report)
}

fn check(report: &mut Report, id: &str, version: EntryPointVersion, case: &Value) {
    let entry_point =
        EntryPoint { version, address: address(&case["entryPoint"]), chain_id: small(&case["chainId"]) };
    report.equal(format!("{id} address"), entry_point.address, version.address());
    let op = match UserOperation::from_rpc(version.abi(), &case["userOp"]) {
        Ok(op) => op,
        Err(fault) => return report.failures.push(format!("{id}: {fault}")),
    };
    let hash = word(&case["userOpHash"]);
    report.equal(format!("{id} hash"), op.hash(&entry_point).unwrap().as_b256().0, hash);

    let rpc = op.to_rpc();
    report.equal(format!("{id} wire form"), from_rpc_text(op.abi(), &rpc.to_string()), Ok(op.clone()));
    for (field, want) in case["userOp"].as_object().unwrap() {
        let want = want.as_str().map(str::to_lowercase);
        report.equal(format!("{id} wire form of {field}"), rpc[field].as_str().map(str::to_lowercase), want);
    }

    let mut unsigned = op.clone();
    match &mut unsigned {
        UserOperation::V06(op) => op.signature = Default::default(),
        UserOperation::V07(op) => op.signature = Default::default(),
        _ => {}
    }
    report.equal(format!("{id} unsigned"), unsigned.hash(&entry_point).unwrap().as_b256().0, hash);
    if let UserOperation::V07(op) = &op {
        let mut packed = Section::new(case, id, "packed");
        let ours = op.pack();
        packed.hex(report, "initCode", &ours.init_code);
        packed.hex(report, "accountGasLimits", ours.account_gas_limits);
        packed.hex(report, "gasFees", ours.gas_fees);
        packed.hex(report, "paymasterAndData", &ours.paymaster_and_data);
        packed.finish(report);
    }
    report.equal(format!("{id} signature"), op.signature().to_vec(), bytes(&case["userOp"]["signature"]));
    let other = if op.abi() == AbiVersion::V06 { EntryPointVersion::V07 } else { EntryPointVersion::V06 };
    let other = EntryPoint { version: other, ..entry_point };
    report.holds(format!("{id} other ABI"), op.hash(&other).is_err());
}
