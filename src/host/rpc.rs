//! Failures of JSON-RPC, and several requests at once.

use futures_util::future::join_all;
use serde_json::Value;

use super::Rpc;
use crate::json::{JsonError, Node};

/// Why a request has no result. Thin, so that whoever hands it on costs nothing; it derefs to what happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct RpcError(Box<RpcFault>);

impl std::ops::Deref for RpcError {
    type Target = RpcFault;

    fn deref(&self) -> &RpcFault {
        &self.0
    }
}

impl From<RpcFault> for RpcError {
    #[cold]
    fn from(fault: RpcFault) -> Self {
        Self(Box::new(fault))
    }
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcFault {
    /// The endpoint answered with an error (JSON-RPC 2.0, "Error object"; EIP-1193, "Errors").
    #[error("{message} (code {code})")]
    Answer {
        /// Code of the error.
        code: i64,
        /// What the endpoint said.
        message: String,
        /// More, as the endpoint chose to give it.
        data: Value,
    },
    /// No answer: the network, a blocked request, or an HTTP status.
    #[error("{endpoint} did not answer: {detail}")]
    Transport {
        /// Which endpoint: its origin, without path and query, where API keys stand.
        endpoint: String,
        /// What went wrong.
        detail: String,
    },
    /// An answer that is not what the method returns.
    #[error("{method} answered something else than its specification says: {detail}")]
    Malformed {
        /// Method asked for.
        method: String,
        /// What is wrong with it.
        detail: String,
    },
}

impl RpcError {
    /// An answer that is not what `method` returns.
    pub(crate) fn malformed(method: &str, detail: impl ToString) -> Self {
        RpcFault::Malformed { method: method.to_owned(), detail: detail.to_string() }.into()
    }

    /// What happened.
    #[must_use]
    pub fn into_fault(self) -> RpcFault {
        *self.0
    }

    /// Whether asking again may help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(**self, RpcFault::Transport { .. })
    }
}

/// The result of a method, read as its specification says.
pub(crate) fn read_result<T>(
    method: &str,
    result: &Value,
    read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
) -> Result<T, RpcError> {
    read(Node::root(result, "result")).map_err(|fault| RpcError::malformed(method, fault))
}

/// Asks for several things at once; the answers come in the order of the requests.
///
/// # Errors
/// The first failure in that order.
pub async fn batch<R: Rpc>(rpc: &R, requests: Vec<(&str, Value)>) -> Result<Vec<Value>, RpcError> {
    let requests = requests.into_iter().map(|(method, params)| rpc.request(method, params));
    join_all(requests).await.into_iter().collect()
}

/// A JSON-RPC 2.0 request as text.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn write_request(id: u64, method: &str, params: &Value) -> String {
    serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

/// The result in a JSON-RPC 2.0 answer.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn read_answer(method: &str, text: &str) -> Result<Value, RpcError> {
    let not_json = |fault| RpcError::malformed(method, fault);
    let mut answer = crate::json::parse(text, "answer").map_err(not_json)?;
    match answer.get_mut("error").map(Value::take) {
        Some(Value::Null) | None => {}
        Some(error) => {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned();
            let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
            let data = error.get("data").cloned().unwrap_or_default();
            return Err(RpcFault::Answer { code, message, data }.into());
        }
    }
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(RpcError::malformed(method, "neither a result nor an error")),
    }
}

/// Scheme, host and port of a URL: what may be shown of an endpoint, since API keys stand behind them.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at.saturating_add(3));
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map(|at| at.saturating_add(host));
    let origin = url.get(..end.unwrap_or(url.len())).unwrap_or_default();
    // A name and password before the host.
    match origin.rsplit_once('@') {
        Some((_, host)) => host,
        None => origin,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_results_or_errors() {
        assert_eq!(read_answer("m", r#"{"id":1,"result":null}"#), Ok(Value::Null));
        assert_eq!(read_answer("m", r#"{"result":"0x1","error":null}"#), Ok(json!("0x1")));
        let error = r#"{"error":{"code":-32500,"message":"AA23","data":"0x01"}}"#;
        let expected =
            RpcFault::Answer { code: -32500, message: "AA23".to_owned(), data: json!("0x01") }.into();
        assert_eq!(read_answer("m", error), Err(expected));
        for text in ["", "<html>", "{}", "[]", "null"] {
            assert!(
                read_answer("m", text).is_err_and(|error| matches!(*error, RpcFault::Malformed { .. })),
                "{text}"
            );
        }
        assert_eq!(write_request(7, "m", &json!([])), r#"{"id":7,"jsonrpc":"2.0","method":"m","params":[]}"#);
    }

    #[test]
    fn no_api_key_is_shown() {
        for url in
            ["https://a.example:8080/v2/KEY", "https://a.example:8080?apikey=KEY", "https://a.example:8080"]
        {
            assert_eq!(origin_of(url), "https://a.example:8080");
        }
        assert_eq!(origin_of("https://me:KEY@a.example/x"), "a.example");
    }
}
