//! From a vector's inputs to this crate's structures.

use alloy_primitives::{B256, U256};
use hallpass::key::SessionKey;
use hallpass::protocol::Call;
use hallpass::protocol::kernel_v3::{
    CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition, GasPolicy, KernelVersion,
    PolicyEntry, RateLimit, Rule, SkipFlag, legacy_call_policy, signature_caller, sudo, timestamp,
    timestamp_unbounded,
};
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::v07::{Factory, Paymaster, UserOperation};
use serde_json::Value;

use super::super::{address, bytes, number, small, word};

pub fn version(text: &Value) -> KernelVersion {
    match text.as_str().unwrap() {
        "0.3.0" => KernelVersion::V3_0,
        "0.3.1" => KernelVersion::V3_1,
        "0.3.2" => KernelVersion::V3_2,
        "0.3.3" => KernelVersion::V3_3,
        other => panic!("Kernel {other}"),
    }
}

pub fn key(hex: &Value) -> SessionKey {
    SessionKey::import(&word(hex)).unwrap()
}

pub fn flag(hex: &Value) -> SkipFlag {
    SkipFlag::from_bytes(bytes(hex).try_into().unwrap())
}

pub fn calls(json: &Value) -> Vec<Call> {
    let call = |call: &Value| Call {
        to: address(&call["to"]),
        value: if call["value"].is_null() { U256::ZERO } else { number(&call["value"]) },
        data: if call["data"].is_null() { Default::default() } else { bytes(&call["data"]).into() },
    };
    json.as_array().unwrap().iter().map(call).collect()
}

pub fn policy(json: &Value) -> PolicyEntry {
    let entry: PolicyEntry = match json["type"].as_str().unwrap() {
        "sudo" => sudo(),
        "call" => call_policy(json),
        "timestamp" => {
            let (after, until): (u64, u64) = (small(&json["validAfter"]), small(&json["validUntil"]));
            let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
            match Validity::new(at(after), at(until)) {
                Ok(validity) => timestamp(validity),
                Err(_) => timestamp_unbounded(after, until),
            }
        }
        "gas" => GasPolicy {
            allowed: number(&json["allowed"]).try_into().unwrap(),
            enforce_paymaster: json["enforcePaymaster"].as_bool().unwrap(),
            allowed_paymaster: address(&json["allowedPaymaster"]),
        }
        .into(),
        "rate-limit" => {
            let (interval, count) = (small(&json["interval"]), small(&json["count"]));
            let start_at = if json["startAt"].is_null() { 0 } else { small(&json["startAt"]) };
            let start_at = Timestamp::from_seconds(start_at).unwrap();
            let total = RateLimit::Total { interval, count, start_at };
            // Two contracts share a type name; the address tells them apart.
            [total, RateLimit::PerWindow { interval, count }]
                .map(|limit| PolicyEntry::try_from(limit).unwrap())
                .into_iter()
                .find(|entry| entry.contract() == address(&json["policyAddress"]))
                .unwrap()
        }
        "signature-caller" => {
            let callers: Vec<_> = json["allowedCallers"].as_array().unwrap().iter().map(address).collect();
            signature_caller(&callers)
        }
        other => panic!("policy {other}"),
    };
    entry.with_flag(flag(&json["policyFlag"]))
}

/// Versions the product uses go through its own type as well, and must agree with the general encoding.
fn call_policy(json: &Value) -> PolicyEntry {
    let permissions = json["permissions"].as_array().unwrap();
    let version = json["policyVersion"].as_str().unwrap();
    // SLICE_EQUAL has no place in `Condition`; rules are told apart by the index put into `offset` order.
    let conditions: Vec<(Rule, u8)> = permissions
        .iter()
        .flat_map(|permission| permission["rules"].as_array().unwrap())
        .map(|json| (rule(json), small(&json["condition"])))
        .collect();
    let permissions: Vec<CallPermission> = permissions.iter().map(call_permission).collect();
    let byte = |rule: &Rule| conditions.iter().find(|(other, _)| other == rule).unwrap().1;
    let general = legacy_call_policy(version, &permissions, byte).unwrap();
    let current = match version {
        "0.0.3" => CallPolicyVersion::V0_0_3,
        "0.0.4" => CallPolicyVersion::V0_0_4,
        _ => return general,
    };
    let entry: PolicyEntry = CallPolicy { version: current, permissions }.into();
    assert_eq!(entry, general);
    entry
}

fn call_permission(json: &Value) -> CallPermission {
    CallPermission {
        call_type: if json["callType"] == "0xff" { CallType::DelegateCall } else { CallType::Call },
        target: address(&json["target"]),
        selector: alloy_primitives::FixedBytes::from_slice(&bytes(&json["selector"])),
        value_limit: number(&json["valueLimit"]),
        rules: json["rules"].as_array().unwrap().iter().map(rule).collect(),
    }
}

fn rule(json: &Value) -> Rule {
    let words = |json: &Value| B256::from(word(json));
    Rule {
        condition: match small(&json["condition"]) {
            0 => Condition::Equal,
            1 => Condition::GreaterThan,
            2 => Condition::LessThan,
            3 => Condition::GreaterThanOrEqual,
            4 => Condition::LessThanOrEqual,
            5 => Condition::NotEqual,
            _ => Condition::OneOf,
        },
        offset: small(&json["offset"]),
        params: match &json["params"] {
            Value::Array(params) => params.iter().map(words).collect(),
            param => vec![words(param)],
        },
    }
}

pub fn operation(json: &Value) -> UserOperation {
    let limit = |name: &str| u128::try_from(number(&json[name])).unwrap();
    let data = |name: &str| bytes(&json[name]).into();
    UserOperation {
        sender: address(&json["sender"]),
        nonce: number(&json["nonce"]),
        factory: json["factory"]
            .is_string()
            .then(|| Factory { address: address(&json["factory"]), data: data("factoryData") }),
        call_data: data("callData"),
        call_gas_limit: limit("callGasLimit"),
        verification_gas_limit: limit("verificationGasLimit"),
        pre_verification_gas: number(&json["preVerificationGas"]),
        max_fee_per_gas: limit("maxFeePerGas"),
        max_priority_fee_per_gas: limit("maxPriorityFeePerGas"),
        paymaster: json["paymaster"].is_string().then(|| Paymaster {
            address: address(&json["paymaster"]),
            verification_gas_limit: limit("paymasterVerificationGasLimit"),
            post_op_gas_limit: limit("paymasterPostOpGasLimit"),
            data: data("paymasterData"),
        }),
        ..Default::default()
    }
}
