//! Failures on their way to JavaScript.

use std::cell::RefCell;

use js_sys::JSON;
use serde_json::Value as Json;
use wasm_bindgen::JsValue;

use super::write;
use crate::abi::{Function, write_value};
use crate::endpoint::bundler::BundlerError;
use crate::endpoint::owner::OwnerError;
use crate::endpoint::revert::Revert;
use crate::error::Error;
use crate::hex;
use crate::host::RpcFault;
use crate::json::{self, json};
use crate::review::write_findings;
use crate::session::SessionFault;

thread_local! {
    /// Signatures of grants of this page, in hex.
    static GRANTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// From now on this signature of a grant is in no error: bundlers may repeat it wherever they give data.
pub(super) fn hide(signature: &[u8]) {
    if !signature.is_empty() {
        let digits = alloy_primitives::hex::encode(signature);
        GRANTS.with_borrow_mut(|grants| {
            if !grants.contains(&digits) {
                grants.push(digits);
            }
        });
    }
}

/// Failures as text, without the signatures of grants; hex stays hex.
pub(super) fn told(described: &Json) -> String {
    GRANTS.with_borrow(|grants| {
        let parts = grants.iter().flat_map(|digits| {
            // Its two numbers by themselves say as much.
            let halves = [digits.get(..64), digits.get(64..128)];
            halves.into_iter().flatten()
        });
        parts.fold(described.to_string(), |text, digits| match text.contains(digits) {
            true => text.replace(digits, &"0".repeat(digits.len())),
            false => text,
        })
    })
}

/// A failure as the object that TypeScript turns into a `HallpassError`.
pub(super) fn throw(error: impl Into<Error>) -> JsValue {
    // The text was written here, so it is JSON.
    JSON::parse(&told(&describe(error, &[]))).unwrap_or(JsValue::UNDEFINED)
}

/// A failure as plain data: `code`, `shortMessage`, `remedy`, and what else is known. Reverts are read by these declared errors too.
pub(super) fn describe(error: impl Into<Error>, declared: &[Function]) -> Json {
    let error = error.into();
    let mut object = json!({
        "code": error.code(),
        "shortMessage": short_message(&error, declared),
        "retryable": matches!(&error, Error::Session(error) if error.is_retryable()),
    });
    if let (Error::Json(fault), Json::Object(fields)) = (&error, &mut object) {
        fields.insert("path".to_owned(), Json::String(fault.path.clone()));
    }
    if let (Error::Session(error), Json::Object(fields)) = (&error, &mut object) {
        let mut put = |name: &str, value: Json| fields.insert(name.to_owned(), value);
        match &**error {
            SessionFault::Input(fault) => {
                put("path", Json::String(fault.path.clone()));
            }
            SessionFault::OutOfScope(violations) => {
                put("violations", violations.iter().map(write::violation).collect());
            }
            SessionFault::NotAccepted { names, findings } => {
                put("notAccepted", json!(names));
                put("findings", write_findings(findings));
            }
            SessionFault::FundsNeeded { wei, address, .. } => {
                put("wei", Json::String(wei.to_string()));
                put("address", Json::String(address.to_string()));
            }
            SessionFault::Node(fault)
            | SessionFault::Paymaster(fault)
            | SessionFault::Bundler(BundlerError::Rpc(fault))
            | SessionFault::Owner(OwnerError::Failed(fault)) => match &**fault {
                RpcFault::Malformed { endpoint, method, fault } => {
                    put("endpoint", Json::String(endpoint.clone()));
                    put("method", Json::String(method.clone()));
                    put("path", Json::String(fault.path.clone()));
                }
                RpcFault::Answer { code, message, .. } => {
                    put("cause", cause(*code, message));
                }
                _ => {}
            },
            SessionFault::Bundler(BundlerError::Refused(refusal)) => {
                put("bundlerCode", json!(refusal.code));
                put("cause", cause(refusal.code, &refusal.message));
                put("aaCode", json!(refusal.entry_point.map(|failure| failure.code)));
                put("revert", json!(refusal.revert.as_ref().map(|data| revert(data, declared))));
            }
            SessionFault::Reverted(receipt) => {
                put("revert", json!(receipt.revert.as_ref().map(|data| revert(data, declared))));
                put("receipt", write::receipt(receipt, declared));
            }
            SessionFault::NotIncluded { hash }
            | SessionFault::Unknown { hash, .. }
            | SessionFault::Replaced { hash, .. }
            | SessionFault::Dropped { hash } => {
                put("userOpHash", Json::String(hash.to_string()));
            }
            _ => {}
        }
    }
    object
}

/// What an endpoint answered.
#[inline(never)]
fn cause(code: i64, message: &str) -> Json {
    json!({ "code": code, "message": message })
}

/// The words of a failure; a revert's by the error that the app declared.
fn short_message(error: &Error, declared: &[Function]) -> String {
    if let Error::Session(session) = error
        && let SessionFault::Reverted(receipt) = &**session
        && let Some(known) = receipt.revert.as_ref().and_then(|revert| revert.declared(declared))
    {
        return format!("the calls were undone on chain: reverted with {known}");
    }
    error.to_string()
}

/// What a contract reverted with.
pub(super) fn revert(revert: &Revert, declared: &[Function]) -> Json {
    let known = revert.declared(declared);
    let message = known.as_ref().map_or_else(|| revert.to_string(), |known| format!("reverted with {known}"));
    let mut object = json!({ "data": hex::data(&revert.0), "message": message });
    if let Json::Object(fields) = &mut object {
        if let Some(known) = known {
            fields.insert("declaration".to_owned(), known.error.declaration().into());
            fields.insert("name".to_owned(), known.error.name().into());
            fields.insert("args".to_owned(), known.arguments.iter().map(write_value).collect());
            return object;
        }
        fields.extend(revert.declaration().map(|text| ("declaration".to_owned(), text.into())));
        fields.extend(revert.text().map(|text| ("text".to_owned(), text.into())));
    }
    object
}

/// A wait that the app's `AbortSignal` ended.
pub(super) fn aborted(reason: &JsValue) -> JsValue {
    let object = json!({
        "code": "aborted",
        "shortMessage": "the wait was given up",
        "retryable": true,
    });
    let object = JSON::parse(&json::text_of(&object)).unwrap_or(JsValue::UNDEFINED);
    // Setting a property of a fresh plain object cannot fail.
    let _ = js_sys::Reflect::set(&object, &JsValue::from_str("cause"), reason);
    object
}
