//! What bundlers say when they refuse an operation, taken apart: the EntryPoint's code and the contract's own error.

use std::fmt;

use alloy_primitives::{B256, Bytes};
use serde_json::Value as Json;

use crate::abi::{self, Type, Value};
use crate::hex;
use crate::host::RpcError;
use crate::protocol::{EntryPointFailure, entry_point_failure, known_error};

/// `Error(string)` of Solidity.
const ERROR_STRING: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// `Panic(uint256)` of Solidity.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// Why a bundler has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundlerError {
    /// The operation is refused.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The bundler speaks of another operation than the one it was asked about.
    #[error("the bundler answered for operation {theirs} when asked for {ours}")]
    OtherHash {
        /// Hash computed here.
        ours: B256,
        /// Hash in the answer.
        theirs: B256,
    },
    /// No answer, or not a proper one.
    #[error(transparent)]
    Rpc(RpcError),
}

/// A refused operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the JSON-RPC error (ERC-7769, "Error codes").
    pub code: i64,
    /// What the bundler said.
    pub message: String,
    /// The EntryPoint's own code, where the text has one.
    pub entry_point: Option<&'static EntryPointFailure>,
    /// What the account or paymaster reverted with, where it was told.
    pub revert: Option<Revert>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bundler refused the operation: {}", self.message)?;
        let mut because = |cause: &str| write!(f, "; {cause}");
        match (&self.revert, self.entry_point) {
            (Some(revert), _) => because(&revert.to_string()),
            (None, Some(failure)) => because(&format!("{}: {}", failure.code, failure.cause)),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<RpcError> for BundlerError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Answer { code, message, data } => {
                let revert = revert_in(&message, &data);
                let entry_point = entry_point_failure(&message);
                Self::Refused(Box::new(Refusal { code, entry_point, revert, message }))
            }
            other => Self::Rpc(other),
        }
    }
}

impl BundlerError {
    /// Whether the bundler said clearly that it does not take the operation (ERC-7769, "Error codes"). Any other failure leaves open
    /// whether it has it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(refusal) if matches!(refusal.code, -32521 | -32508..=-32500 | -32602))
    }

    /// Whether the EntryPoint named this failure, such as `AA25`.
    #[must_use]
    pub fn is_entry_point(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.entry_point.is_some_and(|failure| failure.code == code))
    }

    /// Whether a contract reverted with this error, such as `InvalidNonce()`.
    #[must_use]
    pub fn is_revert(&self, declaration: &str) -> bool {
        matches!(self, Self::Refused(refusal)
            if refusal.revert.as_ref().is_some_and(|revert| revert.declaration() == Some(declaration)))
    }
}

/// Revert data in the text `… reverted 0x…`, or in the error's data.
fn revert_in(message: &str, data: &Json) -> Option<Revert> {
    let digits = |text: &str| {
        let end = text.bytes().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
        text.get(..end).map(|digits| format!("0x{digits}"))
    };
    let in_text = message.split("0x").skip(1).filter_map(digits);
    let in_data = data.as_str().map(str::to_owned);
    // Hashes and addresses are whole words; revert data starts with a selector of four bytes.
    let is_revert = |bytes: &Bytes| bytes.len() % 32 == 4;
    in_text.chain(in_data).filter_map(|text| hex::parse_data(&text).ok()).find(is_revert).map(Revert)
}

/// Data that a contract reverted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert(pub Bytes);

impl Revert {
    /// The error as its contract declares it, where it is known: `Error(string)`, `PolicyFailed(uint256)`.
    #[must_use]
    pub fn declaration(&self) -> Option<&'static str> {
        match *self.0.first_chunk::<4>()? {
            ERROR_STRING => Some("Error(string)"),
            PANIC => Some("Panic(uint256)"),
            _ => known_error(&self.0).map(|error| error.declaration),
        }
    }

    /// The text of an `Error(string)`.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let arguments = self.0.strip_prefix(&ERROR_STRING)?;
        let ty: Type = "string".parse().ok()?;
        match abi::decode([&ty], arguments).ok()?.into_iter().next() {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            return write!(f, "reverted with \"{text}\"");
        }
        match (known_error(&self.0), self.declaration()) {
            (Some(error), _) => write!(f, "reverted with {}: {}", error.declaration, error.cause),
            (None, Some(declaration)) => write!(f, "reverted with {declaration} {}", self.0),
            (None, None) if self.0.is_empty() => f.write_str("reverted without a reason"),
            (None, None) => write!(f, "reverted with {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(message: &str, data: Json) -> BundlerError {
        RpcError::Answer { code: -32500, message: message.to_owned(), data }.into()
    }

    #[test]
    fn refusals_are_taken_apart() {
        let error = refused(
            "UserOperation reverted during simulation with reason: AA23 reverted 0x59d52e40",
            Json::Null,
        );
        assert!(error.is_entry_point("AA23") && error.is_revert("CallViolatesParamRule()"));
        assert!(error.to_string().ends_with("an argument breaks a condition of the scope"), "{error}");
        let error = refused("AA25 invalid account nonce", Json::Null);
        assert!(error.is_entry_point("AA25") && !error.is_entry_point("AA23"));
        assert!(error.to_string().contains("not the next one of its lane"));
        let in_data = refused("execution reverted", json!("0x756688fe"));
        assert!(in_data.is_revert("InvalidNonce()"));
        let hash = format!("unknown operation 0x{}", "ab".repeat(32));
        assert!(
            matches!(refused(&hash, Json::Null), BundlerError::Refused(refusal) if refusal.revert.is_none())
        );
    }

    #[test]
    fn revert_data_is_put_into_words() {
        let text = abi::encode([&"string".parse().unwrap()], &[Value::String("too late".into())]).unwrap();
        let revert = Revert([ERROR_STRING.as_slice(), &text].concat().into());
        assert_eq!(revert.to_string(), "reverted with \"too late\"");
        assert_eq!(Revert(Bytes::new()).to_string(), "reverted without a reason");
        assert_eq!(Revert(vec![1, 2, 3, 4].into()).to_string(), "reverted with 0x01020304");
        assert!(Revert([PANIC.as_slice(), &[0; 32]].concat().into()).to_string().contains("Panic(uint256)"));
    }
}
