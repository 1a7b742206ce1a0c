//! Failures of JSON-RPC, and several requests at once.

use futures_util::future::join_all;
use serde_json::Value;

use super::Rpc;

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
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
        Self::Malformed { method: method.to_owned(), detail: detail.to_string() }
    }

    /// Whether asking again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Transport { .. })
    }
}

/// Asks for several things at once; the answers come in the order of the requests.
///
/// # Errors
/// The first failure in that order.
pub async fn batch<R: Rpc>(rpc: &R, requests: Vec<(&str, Value)>) -> Result<Vec<Value>, RpcError> {
    let requests = requests.into_iter().map(|(method, params)| rpc.request(method, params));
    join_all(requests).await.into_iter().collect()
}
