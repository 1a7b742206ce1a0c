//! Looking things up in the global scope, whichever it is.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A property of the global scope; `undefined` when it is missing or may not be read.
pub(super) fn get(name: &str) -> JsValue {
    property(&js_sys::global(), name)
}

/// A property of an object; `undefined` when there is none.
pub(super) fn property(object: &JsValue, name: &str) -> JsValue {
    match object.is_object() || object.is_function() {
        true => Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED),
        false => JsValue::UNDEFINED,
    }
}

/// A method of an object.
pub(super) fn method(object: &JsValue, name: &str) -> Option<Function> {
    property(object, name).dyn_into().ok()
}

/// An object with these properties.
pub(super) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// What a call's promise resolves to, or what it throws.
pub(super) async fn promised(returned: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&returned?)).await
}

/// Ends when an `AbortSignal` aborts, with its reason; never for anything else.
pub async fn aborted(signal: &JsValue) -> JsValue {
    let reason = || property(signal, "reason");
    if property(signal, "aborted").is_truthy() {
        return reason();
    }
    let Some(listen) = method(signal, "addEventListener") else { return std::future::pending().await };
    let event = Promise::new(&mut |resolve, _| {
        let once = object(&[("once", JsValue::TRUE)]);
        let _ = listen.call3(signal, &JsValue::from_str("abort"), &resolve, &once);
    });
    let _ = JsFuture::from(event).await;
    reason()
}
