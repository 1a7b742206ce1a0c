//! Failures on their way to JavaScript.

use js_sys::JSON;
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;

use super::write;
use crate::bundler::{BundlerError, Revert};
use crate::error::Error;
use crate::hex;
use crate::review::write_findings;
use crate::session::SessionError;

/// A failure as the object that TypeScript turns into a `HallpassError`: `code`, `shortMessage`, `remedy`, and what else is known.
pub(super) fn throw(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let mut object = json!({
        "code": error.code(),
        "shortMessage": error.to_string(),
        "remedy": error.remedy(),
        "retryable": matches!(&error, Error::Session(error) if error.is_retryable()),
    });
    if let (Error::Session(error), Json::Object(fields)) = (&error, &mut object) {
        let mut put = |name: &str, value: Json| fields.insert(name.to_owned(), value);
        match error.as_ref() {
            SessionError::OutOfScope(violations) => {
                put("violations", violations.iter().map(write::violation).collect());
            }
            SessionError::NotAccepted { names, findings } => {
                put("notAccepted", json!(names));
                put("findings", write_findings(findings));
            }
            SessionError::FundsNeeded { wei, address } => {
                put("wei", Json::String(wei.to_string()));
                put("address", Json::String(address.to_string()));
            }
            SessionError::Bundler(BundlerError::Refused(refusal)) => {
                put("bundlerCode", json!(refusal.code));
                put("aaCode", json!(refusal.entry_point.map(|failure| failure.code)));
                put("revert", json!(refusal.revert.as_ref().map(revert)));
            }
            SessionError::Reverted(receipt) => {
                put("revert", json!(receipt.revert.as_ref().map(revert)));
                put("receipt", write::receipt(receipt));
            }
            _ => {}
        }
    }
    // The text was written here, so it is JSON.
    JSON::parse(&object.to_string()).unwrap_or(JsValue::UNDEFINED)
}

/// What a contract reverted with.
pub(super) fn revert(revert: &Revert) -> Json {
    let mut object = json!({ "data": hex::data(&revert.0), "message": revert.to_string() });
    if let Json::Object(fields) = &mut object {
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
        "remedy": "Nothing is lost: ask again, or call resume.",
        "retryable": true,
    });
    let object = JSON::parse(&object.to_string()).unwrap_or(JsValue::UNDEFINED);
    // Setting a property of a fresh plain object cannot fail.
    let _ = js_sys::Reflect::set(&object, &JsValue::from_str("cause"), reason);
    object
}
