//! Endpoints: a URL asked through `fetch`, or an object of the app's that takes requests.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Array, Function, Reflect};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};

use super::clock::BrowserClock;
use super::eip1193::Provider;
use super::error::described;
use super::global::{get, method, object, promised, property};
use crate::host::{Clock, Rpc, RpcError, RpcFault, origin_of, read_answer, write_request};

/// A node, bundler or paymaster, asked no longer than the app allows.
#[derive(Clone, Debug)]
pub struct Endpoint {
    address: Address,
    patience: Duration,
}

#[derive(Clone, Debug)]
enum Address {
    /// A URL that takes JSON-RPC by POST.
    Url(String),
    /// An object with `request({ method, params })`.
    Object(Provider),
}

thread_local! {
    static LAST_ID: Cell<u64> = const { Cell::new(0) };
}

impl Rpc for Endpoint {
    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let asked = Box::pin(self.ask(method, params));
        match select(asked, Box::pin(BrowserClock.sleep(self.patience))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                let endpoint = match &self.address {
                    Address::Url(url) => origin_of(url),
                    Address::Object(_) => "the endpoint",
                };
                let detail = "no answer in time".to_owned();
                Err(RpcFault::Transport { endpoint: endpoint.to_owned(), detail }.into())
            }
        }
    }
}

/// Takes a request back that nobody waits for any more: it would hold one of the few connections that a browser has to a host.
struct Abort(JsValue);

impl Abort {
    fn new() -> Self {
        let controller = get("AbortController").dyn_into::<Function>().ok();
        Self(controller.and_then(|it| Reflect::construct(&it, &Array::new()).ok()).unwrap_or_default())
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(abort) = method(&self.0, "abort") {
            let _ = abort.call0(&self.0);
        }
    }
}

async fn post(url: &str, method_name: &str, params: &Value) -> Result<Value, RpcError> {
    let id = LAST_ID.get().wrapping_add(1);
    LAST_ID.set(id);
    let failed = |thrown: JsValue| {
        let endpoint = origin_of(url).to_owned();
        RpcError::from(RpcFault::Transport { endpoint, detail: described(&thrown) })
    };
    let abort = Abort::new();
    let init = object(&[
        ("method", JsValue::from_str("POST")),
        ("headers", object(&[("content-type", JsValue::from_str("application/json"))]).into()),
        ("body", JsValue::from_str(&write_request(id, method_name, params))),
        ("signal", property(&abort.0, "signal")),
    ]);
    let global = js_sys::global();
    let fetch =
        method(&global, "fetch").ok_or_else(|| failed(JsValue::from_str("there is no fetch here")))?;
    let response = promised(fetch.call2(&global, &JsValue::from_str(url), &init)).await.map_err(failed)?;
    let text = method(&response, "text").ok_or_else(|| failed(JsValue::from_str("not a response")))?;
    let body = promised(text.call0(&response)).await.map_err(failed)?.as_string().unwrap_or_default();
    let answer = read_answer(method_name, &body);
    // Some endpoints answer a JSON-RPC error with another status than 200; without one in the body the status is the reason.
    let is_error = answer.as_ref().is_err_and(|error| !matches!(**error, RpcFault::Malformed { .. }));
    if !property(&response, "ok").is_truthy() && !is_error {
        // Formatted by the engine: the code for that would be a large part of this module.
        let status = js_sys::JsString::from("HTTP status ").concat(&property(&response, "status"));
        return Err(failed(status.into()));
    }
    answer
}

impl Endpoint {
    /// An endpoint from what the app gave: a URL, or an object with `request`.
    #[must_use]
    pub fn from_js(value: &JsValue, patience: Duration) -> Option<Self> {
        let address = match value.as_string() {
            Some(url) => Address::Url(url),
            None => Address::Object(Provider::from_js(value)?),
        };
        Some(Self { address, patience })
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match &self.address {
            Address::Object(provider) => provider.request(method, params).await,
            Address::Url(url) => post(url, method, &params).await,
        }
    }
}
