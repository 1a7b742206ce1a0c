//! Scopes and grants, looked at before anything is asked or signed. No key, no network.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use crate::json;
use crate::review;

/// What there is to say of a scope, as JSON text; the question is JSON text too, see [`review::review_json`].
///
/// # Errors
/// Throws `scope.invalid`, `input.invalid`.
#[wasm_bindgen(js_name = reviewScope)]
pub fn review_scope(question: &str) -> Result<String, JsValue> {
    use crate::host::Clock;
    let question = json::parse(question, "").map_err(throw)?;
    Ok(json::text_of(&review::review_json(&question, crate::browser::BrowserClock.now()).map_err(throw)?))
}

/// What the bytes of a grant or an operation allow, as JSON text, see [`review::inspect_text`].
///
/// # Errors
/// Throws `input.invalid`, `input.hex`.
#[wasm_bindgen(js_name = inspect)]
pub fn inspect(text: &str) -> Result<String, JsValue> {
    Ok(json::text_of(&review::inspect_text(text).map_err(throw)?))
}
