//! Injected wallets (EIP-1193), and every other object that takes requests the same way.

use js_sys::{Function, JSON, Promise};
use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::error::described;
use super::global::{method, object, promised, property};
use crate::host::{Rpc, RpcError, RpcFault, Wallet};
use crate::json;

/// Events that tell of another account or chain.
const CHANGES: [&str; 2] = ["accountsChanged", "chainChanged"];

/// How an object of the app's is called in errors.
const PROVIDER: &str = "the provider";

/// An object with `request({ method, params })`.
#[derive(Clone, Debug)]
pub struct Provider(JsValue);

impl Provider {
    /// The object, if it takes requests.
    #[must_use]
    pub fn from_js(value: &JsValue) -> Option<Self> {
        method(value, "request").map(|_| Self(value.clone()))
    }
}

impl Rpc for Provider {
    fn origin(&self) -> &str {
        PROVIDER
    }

    async fn request(&self, name: &str, params: Value) -> Result<Value, RpcError> {
        let gone = |_| {
            RpcError::from(RpcFault::Transport {
                endpoint: PROVIDER.to_owned(),
                detail: "it takes no requests".to_owned(),
            })
        };
        // What was written here is JSON.
        let params = JSON::parse(&json::text_of(&params)).unwrap_or_default();
        let request = method(&self.0, "request").ok_or(()).map_err(gone)?;
        let arguments = object(&[("method", JsValue::from_str(name)), ("params", params)]);
        let answer =
            promised(request.call1(&self.0, &arguments)).await.map_err(|thrown| rpc_error(&thrown))?;
        let text = JSON::stringify(&answer).ok().and_then(|text| text.as_string());
        match text {
            Some(text) => {
                json::parse(&text, "answer").map_err(|fault| RpcError::malformed(PROVIDER, name, fault))
            }
            // `undefined` has no JSON.
            None => Ok(Value::Null),
        }
    }
}

/// What was thrown, as an answer of the endpoint: EIP-1193 errors have a code, other objects fail without one.
fn rpc_error(thrown: &JsValue) -> RpcError {
    let text = |name| property(thrown, name).as_string();
    let data = JSON::stringify(&property(thrown, "data")).ok().and_then(|text| text.as_string());
    let data = data.and_then(|text| json::parse(&text, "data").ok()).unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "codes are small whole numbers, and the cast saturates"
    )]
    match property(thrown, "code").as_f64() {
        Some(code) => {
            let message = text("details").or_else(|| text("message")).unwrap_or_default();
            RpcFault::answered(PROVIDER, code as i64, message, data).into()
        }
        None => RpcFault::Transport { endpoint: PROVIDER.to_owned(), detail: described(thrown) }.into(),
    }
}

impl Wallet for Provider {
    async fn changed(&self) {
        let mut listening = Listening { provider: &self.0, listener: None };
        let Some(on) = method(&self.0, "on") else { return std::future::pending().await };
        let change = Promise::new(&mut |resolve, _| {
            for event in CHANGES {
                let _ = on.call2(&self.0, &JsValue::from_str(event), &resolve);
            }
            listening.listener = Some(resolve);
        });
        let _ = JsFuture::from(change).await;
    }
}

/// Listens no more when dropped.
struct Listening<'a> {
    provider: &'a JsValue,
    listener: Option<Function>,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        if let (Some(listener), Some(remove)) = (&self.listener, method(self.provider, "removeListener")) {
            for event in CHANGES {
                let _ = remove.call2(self.provider, &JsValue::from_str(event), listener);
            }
        }
    }
}
