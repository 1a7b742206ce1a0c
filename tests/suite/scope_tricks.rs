//! `scope-tricks`: calls built to break parameter rules, with the verdict that a strict checker must give.

use alloy_primitives::{B256, Bytes};
use hallpass::protocol::Protocol;
use hallpass::protocol::kernel_v3::{EXECUTE, Kernel, KernelVersion};
use hallpass::scope::Scope;
use serde_json::{Map, Value, json};

use super::{Report, address, bytes, number, rows};

pub fn run(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for case in rows(file, "id")? {
        let (id, want) = (case["id"].as_str().unwrap(), case["verdict"].as_str()?);
        let scope = match scope(&case["rule"]) {
            Ok(scope) => scope,
            Err(fault) => {
                report.failures.push(format!("{id}: {fault}"));
                continue;
            }
        };
        let call = &case["call"];
        let allowed = match Kernel::new(KernelVersion::V3_3).decode_calls(&call_data(call)) {
            Ok(calls) => scope.check_calls(address(&call["account"]), &calls).is_empty(),
            Err(_) => false,
        };
        let what = format!("{id} {} {}", case["class"], case["reason"]);
        report.equal(what, if allowed { "allow" } else { "refuse" }, want);
    }
    Some(report)
}

fn scope(rule: &Value) -> Result<Scope, String> {
    let text = rule["signature"].as_str().unwrap();
    let function: hallpass::abi::Function = text.parse().map_err(|fault| format!("{fault}"))?;
    let mut args = vec![json!({ "any": true }); function.inputs().len()];
    for arg in rule["args"].as_array().unwrap() {
        let place = args.get_mut(usize::try_from(arg["index"].as_u64().unwrap()).unwrap());
        *place.ok_or("no such argument")? = condition(arg)?;
    }
    let scope = json!({
        "calls": [{ "to": rule["target"], "function": text, "args": args, "value": { "max": rule["valueLimit"] } }],
        "limits": { "gas": { "total": "1" } },
    });
    Scope::from_json(&scope).map_err(|fault| fault.to_string())
}

fn condition(arg: &Value) -> Result<Value, String> {
    let operator = match arg["cond"].as_str().unwrap() {
        "EQ" => "eq",
        "NE" => "neq",
        "LT" => "lt",
        "LE" => "lte",
        "GT" => "gt",
        "GE" => "gte",
        "IN" | "ONE_OF" => "oneOf",
        other => return Err(format!("unknown condition {other}")),
    };
    let reference = match (arg["type"].as_str(), arg["ref"].as_str()) {
        (Some("bool"), Some(text)) => json!(text == "true"),
        _ => arg["ref"].clone(),
    };
    Ok(Value::Object(Map::from_iter([(operator.to_owned(), reference)])))
}

/// What the account would be told to do, whatever mode that is.
fn call_data(call: &Value) -> Bytes {
    let byte = |name: &str, values: &[(&str, u8)]| {
        let text = call[name].as_str().unwrap();
        values.iter().find(|(value, _)| *value == text).unwrap_or_else(|| panic!("unknown {name} {text}")).1
    };
    let call_type =
        byte("callType", &[("single", 0), ("batch", 1), ("staticcall", 0xfe), ("delegatecall", 0xff)]);
    let exec_type = byte("execType", &[("default", 0), ("try", 1)]);
    let (target, value, data) = (address(&call["target"]), number(&call["value"]), bytes(&call["data"]));
    let value = value.to_be_bytes::<32>();
    // A delegatecall carries no value.
    let value: &[u8] = if call_type == 0xff { &[] } else { &value };
    let execution = [target.as_slice(), value, &data].concat();
    let mut out = EXECUTE.to_vec();
    out.extend_from_slice(B256::right_padding_from(&[call_type, exec_type]).as_slice());
    let padding = vec![0; execution.len().div_ceil(32) * 32 - execution.len()];
    for number in [64, execution.len()] {
        out.extend_from_slice(&alloy_primitives::U256::from(number).to_be_bytes::<32>());
    }
    [out, execution, padding].concat().into()
}
