//! Inspections as JSON: from what a wallet shows, or what somebody sent, as text.

use alloy_primitives::U256;
use serde_json::Value as Json;

use super::ReviewError;
use super::json::{write_findings, write_risks, write_sentences};
use crate::abi::{Function, Kind, Type, Value};
use crate::eip712::TypedData;
use crate::hex;
use crate::json::{self, Node, json};
use crate::protocol::{Chains, Exhibit, InspectedOperation, Inspection, inspect};
use crate::scope::{CallRule, Condition, Leaf, english, leaves};
use crate::userop::{AbiVersion, UserOperation};

const ROOT: &str = "input";

/// What a text allows: the JSON of typed data, of a user operation, or of the parameters of `eth_signTypedData_v4`; or the hex of an
/// enabling signature. No key, no network; nothing beside the bytes is believed.
///
/// # Errors
/// [`ReviewError`] for a text that is none of these.
pub fn inspect_text(text: &str) -> Result<Json, ReviewError> {
    let exhibit = read(text.trim())?;
    let bytes = if let Exhibit::Signature(bytes) = &exhibit { bytes.len() } else { text.trim().len() };
    let found = inspect(&exhibit, &[]);
    let understood = found.as_ref().is_some_and(|found| found.unknown.is_empty());
    let found = found.unwrap_or_else(|| Inspection {
        unknown: vec!["nothing of an account protocol that this package knows".to_owned()],
        covered: (0, bytes),
        ..Inspection::default()
    });
    Ok(write(exhibit.kind(), understood, &found))
}

fn read(text: &str) -> Result<Exhibit, ReviewError> {
    if text.starts_with("0x") {
        let bytes = hex::parse_data(text);
        return bytes.map(Exhibit::Signature).or_else(|fault| {
            let nothing = Json::Null;
            Ok(Node::root(&nothing, ROOT).fail(fault)?)
        });
    }
    let mut value = json::parse(text, ROOT)?;
    // A wallet's log shows the parameters of the request: the address, and the typed data as text.
    if let Json::Array(items) = &value
        && let [Json::String(_), data] = items.as_slice()
    {
        value = data.clone();
    }
    if let Json::String(inner) = &value {
        value = json::parse(inner, ROOT)?;
    }
    let root = Node::root(&value, ROOT);
    let has = |name: &str| value.get(name).is_some();
    if has("types") && has("message") {
        return Ok(Exhibit::TypedData(Box::new(TypedData::from_json(&value)?)));
    }
    if has("callData") && has("sender") {
        return match UserOperation::from_rpc(AbiVersion::V07, &in_hex(value.clone()))? {
            UserOperation::V07(operation) => Ok(Exhibit::Operation(Box::new(operation))),
            _ => Ok(root.fail("an operation of an EntryPoint that this package does not read")?),
        };
    }
    Ok(root.fail("neither typed data, nor a user operation, nor the hex of an enabling signature")?)
}

/// Tools print the numbers of operations in decimal too.
fn in_hex(mut operation: Json) -> Json {
    for value in operation.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        let digits = match &*value {
            Json::Number(number) => number.to_string(),
            Json::String(text) => text.clone(),
            _ => continue,
        };
        if !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = U256::from_str_radix(&digits, 10)
        {
            *value = Json::String(hex::quantity(number));
        }
    }
    operation
}

fn write(kind: &str, understood: bool, found: &Inspection) -> Json {
    let address = |address: Option<alloy_primitives::Address>| address.map(|address| address.to_string());
    let chains = match found.chains {
        Some(Chains::One(id)) => json!([id]),
        Some(Chains::Every) => json!("every chain"),
        None => Json::Null,
    };
    let (after, until) = found.window.map_or((None, None), |(after, until)| (Some(after), until));
    json!({
        "kind": kind,
        "understood": understood,
        "protocol": found.protocol,
        "account": address(found.account),
        "chains": chains,
        "sessionKey": address(found.session_key),
        "signer": found.signer.map(|(address, name)| json!({ "name": name, "address": address.to_string() })),
        "permissionId": found.permission_id.as_ref().map(|id| hex::data(id)),
        "nonce": found.nonce.map(|nonce| nonce.to_string()),
        "validAfter": after,
        "validUntil": until,
        "ownerSignature": found.owner_signature,
        "calls": found.calls.iter().map(write_call).collect::<Vec<_>>(),
        "gas": found.gas.map(|(total, paymaster)| json!({ "total": total.to_string(), "paymaster": address(paymaster) })),
        "operations": found.operations.map(|count| count.to_string()),
        "rate": found.rate.map(|(every, start)| json!({ "every": every.to_string(), "start": start })),
        "messagesAllowed": found.messages_allowed,
        "operation": found.operation.as_ref().map(write_operation),
        "findings": write_findings(&found.findings),
        "worstCase": write_risks(&found.worst_case),
        "explain": write_sentences(&found.sentences),
        "bytesCovered": found.covered.0,
        "bytesTotal": found.covered.1,
        "notUnderstood": found.unknown,
    })
}

fn write_call(rule: &CallRule) -> Json {
    // A function that only its selector is known of has that for a name.
    let named = |function: &&Function| !function.name().starts_with("0x");
    let function = rule.function.as_ref().filter(named).map(Function::signature);
    let conditions = leaves(rule);
    let mut rules = Vec::new();
    for leaf in conditions.iter().filter(|leaf| *leaf.condition != Condition::Any) {
        rules.push(english::brief_condition(leaf));
        // No name says how wide an unknown word is.
        if let (None, Condition::NotEqual(_), Some(widest)) = (&function, leaf.condition, widest(leaf.ty)) {
            rules.push(english::brief_condition(&Leaf { condition: &widest, ..leaf.clone() }));
        }
    }
    json!({
        "to": rule.to.to_string(),
        "selector": hex::data(rule.selector().unwrap_or_default().as_slice()),
        "function": function,
        "rules": rules,
        "maxValue": rule.max_value.to_string(),
    })
}

/// The condition that every number of a type meets, where not every word does.
fn widest(ty: &Type) -> Option<Condition> {
    let last = match ty.kind() {
        Kind::Uint(bits) if *bits < 256 => crate::abi::last_uint(*bits),
        _ => return None,
    };
    Some(Condition::LessOrEqual(Value::Uint(last)))
}

fn write_operation(operation: &InspectedOperation) -> Json {
    let call = |call: &crate::call::Call| json!({ "to": call.to.to_string(), "value": call.value.to_string(), "data": hex::data(&call.data) });
    json!({
        "sender": operation.sender.to_string(),
        "nonce": operation.nonce.to_string(),
        "mode": operation.mode,
        "calls": operation.calls.as_ref().map_or(Json::Null, |calls| calls.iter().map(call).collect()),
        "maxCost": operation.most_cost.to_string(),
    })
}
