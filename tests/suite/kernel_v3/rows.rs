//! Rows of pure encodings: addresses, execution calldata, signers.

use hallpass::protocol::kernel_v3::{
    Deployer, Permission, Signer, SkipFlag, WebAuthnVersion, counterfactual, decode_calls, encode_calls,
    execution_testing, legacy_webauthn, sudo,
};
use serde_json::Value;

use super::super::{Report, address, number, small, word};
use super::build;

pub fn check(report: &mut Report, id: &str, row: &Value) {
    if row["kind"].is_string() {
        signer(report, id, row);
    } else if row["callData"].is_string() {
        calldata(report, id, row);
    } else {
        account(report, id, row);
    }
}

fn account(report: &mut Report, id: &str, row: &Value) {
    let version = build::version(&row["kernelVersion"]);
    report.hex(format!("{id} init code hash"), version.init_code_hash(), &row["initCodeHash"]);
    report.hex(format!("{id} factory"), version.factory(), &row["factory"]);
    for deployer in [Deployer::MetaFactory, Deployer::Factory] {
        let account = counterfactual(version, address(&row["owner"]), number(&row["index"]), deployer);
        report.hex(format!("{id} account"), account.address, &row["account"]);
    }
}

fn calldata(report: &mut Report, id: &str, row: &Value) {
    let calls = build::calls(&row["calls"]);
    let call_type = if row["callType"] == "delegatecall" { 0xff } else { 0 };
    let exec_type = small(&row["execType"]);
    let hooked = row["hook"].as_bool().unwrap();
    let encoded = execution_testing::encode(call_type, exec_type, hooked, &calls);
    report.hex(format!("{id} calldata"), &encoded, &row["callData"]);
    if (call_type, exec_type, hooked) == (0, 0, false) {
        report.hex(format!("{id} product calldata"), encode_calls(&calls).unwrap(), &row["callData"]);
        report.equal(format!("{id} decoded"), decode_calls(&encoded), Ok(calls));
    } else {
        report.holds(format!("{id} is refused by the product"), decode_calls(&encoded).is_err());
    }
}

fn signer(report: &mut Report, id: &str, row: &Value) {
    let signer = match row["kind"].as_str().unwrap() {
        "ecdsa" => Signer::ecdsa(address(&row["address"])),
        _ => {
            let version = match row["version"].as_str().unwrap() {
                "0.0.1" => WebAuthnVersion::V0_0_1,
                "0.0.2" => WebAuthnVersion::V0_0_2,
                "0.0.3" => WebAuthnVersion::V0_0_3,
                _ => WebAuthnVersion::V0_0_4,
            };
            let hash = word(&row["authenticatorIdHash"]).into();
            legacy_webauthn(version, number(&row["pubX"]), number(&row["pubY"]), hash)
        }
    };
    report.hex(format!("{id} contract"), signer.contract(), &row["signerContract"]);
    report.hex(format!("{id} data"), signer.data(), &row["signerData"]);
    report.hex(format!("{id} dummy"), signer.dummy_signature(), &row["dummySignature"]);
    let permission = Permission::with_flag(signer, vec![sudo()], SkipFlag::NONE).unwrap();
    report.hex(format!("{id} permission id"), permission.derived_id(), &row["permissionIdWithSudo"]);
    report.hex(format!("{id} permission data"), permission.data(), &row["permissionDataWithSudo"]);
}
