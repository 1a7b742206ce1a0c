//! Failures of JSON-RPC, and several requests at once.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::maybe_done;
use serde_json::Value;

use super::Rpc;
use crate::json::{JsonError, Node};

/// EIP-1474, "limit exceeded".
const LIMITED: i64 = -32005;
/// HTTP 429, which some put into the body too.
const TOO_MANY: i64 = 429;

/// Characters of an endpoint's own words that are kept.
#[cfg(any(target_arch = "wasm32", test, feature = "testing"))]
const LONGEST_MESSAGE: usize = 4_000;

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
    /// Too many requests for now: HTTP 429, or JSON-RPC code -32005 (EIP-1474, "limit exceeded") or 429.
    #[error("{endpoint} takes no more requests for now: {detail}")]
    Limited {
        /// Which endpoint: its origin.
        endpoint: String,
        /// What it said.
        detail: String,
        /// Seconds after which it wants to be asked again, where it said so.
        after: Option<u64>,
    },
    /// Not for whoever asks: HTTP 401 or 403.
    #[error("{endpoint} does not let this page in")]
    Unauthorised {
        /// Which endpoint: its origin.
        endpoint: String,
    },
    /// An answer that is not what the method returns.
    #[error("{endpoint} answered {method} with something else than its specification says: {fault}")]
    Malformed {
        /// Which endpoint: its origin.
        endpoint: String,
        /// Method asked for.
        method: String,
        /// What is wrong with the answer, and where.
        fault: JsonError,
    },
}

impl RpcError {
    /// An answer that is not what `method` returns.
    #[cold]
    pub(crate) fn malformed(endpoint: &str, method: &str, fault: JsonError) -> Self {
        RpcFault::Malformed { endpoint: endpoint.to_owned(), method: method.to_owned(), fault }.into()
    }

    /// What happened.
    #[must_use]
    pub fn into_fault(self) -> RpcFault {
        *self.0
    }

    /// Milliseconds that the endpoint wants to be left alone; none where it does not say so.
    #[must_use]
    pub fn retry_after(&self) -> u64 {
        match **self {
            RpcFault::Limited { after: Some(seconds), .. } => seconds.saturating_mul(1_000),
            _ => 0,
        }
    }

    /// Whether asking again may help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(**self, RpcFault::Transport { .. } | RpcFault::Limited { .. })
    }
}

/// The result of a method, read as its specification says.
pub(crate) fn read_result<T>(
    rpc: &impl Rpc,
    method: &str,
    result: &Value,
    read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
) -> Result<T, RpcError> {
    read(Node::root(result, "result")).map_err(|fault| RpcError::malformed(rpc.origin(), method, fault))
}

/// Asks for several things at once; the answers come in the order of the requests.
///
/// # Errors
/// The first failure in that order.
pub async fn batch<R: Rpc>(rpc: &R, requests: Vec<(&str, Value)>) -> Result<Vec<Value>, RpcError> {
    // They are few, so each is looked at whenever one goes on: `join_all` brings a queue for thousands along.
    let asked = |(method, params)| Box::pin(maybe_done(rpc.request(method, params)));
    let mut all: Vec<_> = requests.into_iter().map(asked).collect();
    poll_fn(|context| {
        let open = all.iter_mut().filter_map(|one| one.as_mut().poll(context).is_pending().then_some(()));
        if open.count() > 0 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all.iter_mut().filter_map(|one| one.as_mut().take_output()).collect()
}

impl RpcFault {
    /// What an endpoint answered in place of a result.
    #[must_use]
    pub fn answered(endpoint: &str, code: i64, message: String, data: Value) -> Self {
        match code {
            LIMITED | TOO_MANY => {
                Self::Limited { endpoint: endpoint.to_owned(), detail: message, after: None }
            }
            _ => Self::Answer { code, message, data },
        }
    }
}

/// A JSON-RPC 2.0 request as text.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn write_request(id: u64, method: &str, params: &Value) -> String {
    crate::json::text_of(
        &crate::json::json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }),
    )
}

/// The result in a JSON-RPC 2.0 answer to the request `id`. Some leave version or id out; none may give others.
#[cfg(any(target_arch = "wasm32", test, feature = "testing"))]
pub(crate) fn read_answer(endpoint: &str, method: &str, id: u64, text: &str) -> Result<Value, RpcError> {
    let malformed = |fault| RpcError::malformed(endpoint, method, fault);
    let mut answer = crate::json::parse(text, "answer").map_err(malformed)?;
    let of_another = match answer.get("id") {
        None | Some(Value::Null) => false,
        Some(Value::Number(found)) => found.as_u64() != Some(id),
        Some(found) => found.as_str() != Some(id.to_string().as_str()),
    };
    if of_another {
        return Err(malformed(JsonError::new("answer.id", "the answer to another request")));
    }
    if answer.get("jsonrpc").is_some_and(|version| version != "2.0") {
        return Err(malformed(JsonError::new("answer.jsonrpc", "another version than 2.0")));
    }
    match answer.get_mut("error").map(Value::take) {
        Some(Value::Null) | None => {}
        Some(error) => {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("no message");
            let message = message.chars().take(LONGEST_MESSAGE).collect();
            let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
            let data = error.get("data").cloned().unwrap_or_default();
            return Err(RpcFault::answered(endpoint, code, message, data).into());
        }
    }
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(malformed(JsonError::new("answer", "neither a result nor an error"))),
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
        let read_answer = |text: &str| read_answer("e", "m", 1, text);
        assert_eq!(read_answer(r#"{"id":1,"result":null}"#), Ok(Value::Null));
        assert_eq!(read_answer(r#"{"id":"1","jsonrpc":"2.0","result":"0x1"}"#), Ok(json!("0x1")));
        assert_eq!(read_answer(r#"{"result":"0x1","error":null}"#), Ok(json!("0x1")));
        let error = r#"{"error":{"code":-32500,"message":"AA23","data":"0x01"}}"#;
        let expected =
            RpcFault::Answer { code: -32500, message: "AA23".to_owned(), data: json!("0x01") }.into();
        assert_eq!(read_answer(error), Err(expected));
        let odd = [
            r#"{"id":2,"result":1}"#,
            r#"{"id":1.0,"result":1}"#,
            r#"{"id":true,"result":1}"#,
            r#"{"jsonrpc":"1.0","result":1}"#,
        ];
        for text in ["", "<html>", "{}", "[]", "null"].into_iter().chain(odd) {
            assert!(
                read_answer(text).is_err_and(|error| matches!(*error, RpcFault::Malformed { .. })),
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
