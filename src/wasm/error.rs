//! Failures on their way to JavaScript.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::error::Error;

/// A failure as the object that TypeScript turns into a `HallpassError`: `code`, `shortMessage`, `remedy`.
pub(super) fn throw(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let object = js_sys::Object::new();
    for (key, value) in
        [("code", error.code()), ("shortMessage", &error.to_string()), ("remedy", error.remedy())]
    {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    object.into()
}
