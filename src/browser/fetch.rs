//! Endpoints: a URL asked through `fetch`, or an object of the app's that takes requests.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Array, JsString, Promise};
use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::clock::BrowserClock;
use super::eip1193::Provider;
use super::error::described;
use crate::host::{Clock, Rpc, RpcError, RpcFault, origin_of, read_answer, write_request};
use crate::json::JsonError;

#[wasm_bindgen(module = "/src/browser/post.js")]
extern "C" {
    type Post;
    #[wasm_bindgen(constructor)]
    fn new(url: &str, body: &str) -> Post;
    #[wasm_bindgen(method, getter)]
    fn answer(this: &Post) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &Post);
}

/// Takes its request back when nobody waits for it any more.
struct Asked(Post);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

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
    fn origin(&self) -> &str {
        match &self.address {
            Address::Url(url) => origin_of(url),
            Address::Object(provider) => provider.origin(),
        }
    }

    async fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let asked = Box::pin(self.ask(method, params));
        match select(asked, Box::pin(BrowserClock.sleep(self.patience))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(self.failed("no answer in time".to_owned())),
        }
    }
}

/// Of http or https, or a path on the page's own origin. `undefined` as a part of it is a variable that was never set.
fn is_address(url: &str) -> bool {
    let behind = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = behind.or_else(|| url.strip_prefix('/'));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.split(['/', '?', '&', '=', '#', ':']).all(|part| part != "undefined")
}

impl Endpoint {
    /// An endpoint from what the app gave: a URL, or an object with `request`.
    #[must_use]
    pub fn from_js(value: &JsValue, patience: Duration) -> Option<Self> {
        let address = match value.as_string() {
            Some(url) => Address::Url(Some(url).filter(|url| is_address(url))?),
            None => Address::Object(Provider::from_js(value)?),
        };
        Some(Self { address, patience })
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match &self.address {
            Address::Object(provider) => provider.request(method, params).await,
            Address::Url(url) => self.post(url, method, &params).await,
        }
    }

    async fn post(&self, url: &str, method: &str, params: &Value) -> Result<Value, RpcError> {
        let id = LAST_ID.get().wrapping_add(1);
        LAST_ID.set(id);
        let asked = Asked(Post::new(url, &write_request(id, method, params)));
        let answered = JsFuture::from(asked.0.answer()).await;
        let answered = Array::from(&answered.map_err(|thrown| self.failed(described(&thrown)))?);
        let [status, text, after] = [0, 1, 2].map(|at| answered.get(at));
        let too_long =
            || RpcError::malformed(self.origin(), method, JsonError::new("answer", "longer than 8 MB"));
        let text = text.as_string().ok_or_else(too_long)?;
        let answer = read_answer(self.origin(), method, id, &text);
        let code = status.as_f64().unwrap_or_default();
        // Some endpoints answer a JSON-RPC error with another status than 200; without one in the body the status is the reason.
        let says = answer.as_ref().is_err_and(|error| !matches!(**error, RpcFault::Malformed { .. }));
        if (200.0..300.0).contains(&code) || says && code != 429.0 {
            return answer;
        }
        // Formatted by the engine: the code for that would be a large part of this module.
        let detail = String::from(JsString::from("HTTP status ").concat(&status));
        let endpoint = self.origin().to_owned();
        Err(match code {
            401.0 | 403.0 => RpcFault::Unauthorised { endpoint }.into(),
            429.0 => RpcFault::Limited {
                endpoint,
                detail,
                after: after.as_string().and_then(|text| text.parse().ok()),
            }
            .into(),
            _ => self.failed(detail),
        })
    }

    fn failed(&self, detail: String) -> RpcError {
        RpcFault::Transport { endpoint: self.origin().to_owned(), detail }.into()
    }
}
