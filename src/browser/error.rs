//! What browsers throw, sorted at the door.

use wasm_bindgen::JsValue;

use super::global::property;
use crate::host::StoreError;

/// Name and message of whatever was thrown.
pub(super) fn described(thrown: &JsValue) -> String {
    let text = |name| property(thrown, name).as_string();
    match (text("name"), text("message")) {
        (Some(name), Some(message)) if !message.is_empty() => format!("{name}: {message}"),
        (Some(name), _) => name,
        (None, Some(message)) => message,
        (None, None) => thrown.as_string().unwrap_or_else(|| "unknown failure".to_owned()),
    }
}

/// A failure of storage.
pub(super) fn store_error(what: &'static str, thrown: &JsValue) -> StoreError {
    let name = property(thrown, "name").as_string().unwrap_or_default();
    let detail = described(thrown);
    match name.as_str() {
        "QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED" => StoreError::Quota,
        "SecurityError" | "InvalidStateError" | "NotAllowedError" => StoreError::Unavailable { what, detail },
        // Texts can always be cloned, so it was a key.
        "DataCloneError" => StoreError::Unavailable { what: "storage of keys", detail },
        _ => StoreError::Failed { detail },
    }
}
