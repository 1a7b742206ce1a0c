//! What bundlers say when they refuse an operation, taken apart: the EntryPoint's code and the contract's own error.

use std::fmt;

use alloy_primitives::B256;
use serde_json::Value as Json;

use super::super::revert::Revert;
use crate::abi::{self, Type, Value};
use crate::hex;
use crate::host::{RpcError, RpcFault};
use crate::protocol::{EntryPointFailure, entry_point_failure};

/// Why a bundler has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundlerError {
    /// The operation is refused.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The bundler speaks of another operation than the one it was asked about.
    #[error("the bundler answered for operation {} when asked for {}", .0.theirs, .0.ours)]
    OtherHash(Box<OtherHash>),
    /// No answer, or not a proper one.
    #[error(transparent)]
    Rpc(RpcError),
}

/// What an answer to a send means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The bundler has this very operation.
    Known,
    /// It has another for the same nonce, which pays as much.
    Underpriced,
    /// The nonce is not the next one in the bundler's eyes.
    Nonce,
    /// Account or grant are there already.
    Stale,
    /// It does not take it.
    Refused,
    /// Nothing certain: no answer, or one that does not say.
    Unclear,
}

/// How bundlers say that they have an operation, in lower case.
const ALREADY_KNOWN: [&str; 5] =
    ["already known", "already in ", "already present", "same hash", "known transaction"];
/// How they say that it must pay more than another with its nonce.
const UNDERPRICED: [&str; 3] = ["underpriced", "replacement op", "must increase max"];

/// Codes with which a bundler clearly does not take an operation (ERC-7769, "Error codes"; JSON-RPC 2.0, no such method or parameter).
fn is_refusal(code: i64) -> bool {
    matches!(code, -32521 | -32508..=-32500 | -32602 | -32601)
}

/// Which operation a bundler was asked about, and which one it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherHash {
    /// Hash computed here.
    pub ours: B256,
    /// Hash in the answer.
    pub theirs: B256,
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
        match error.into_fault() {
            RpcFault::Answer { code, message, data } => {
                let (said, revert) = match revert_in(&message, &data) {
                    Some(revert) => of_entry_point(revert),
                    None => (None, None),
                };
                let said = said.as_deref().and_then(entry_point_failure);
                let entry_point = entry_point_failure(&message).or(said);
                Self::Refused(Box::new(Refusal { code, entry_point, revert, message }))
            }
            other => Self::Rpc(other.into()),
        }
    }
}

impl BundlerError {
    /// What an answer to a send means for the operation that was handed over. None of them proves that it will not land.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let Self::Refused(refusal) = self else { return Meaning::Unclear };
        let text = refusal.message.to_ascii_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        if says(&ALREADY_KNOWN) {
            Meaning::Known
        } else if says(&UNDERPRICED) {
            Meaning::Underpriced
        } else if self.is_entry_point("AA25") || says(&["invalid account nonce", "nonce too"]) {
            Meaning::Nonce
        } else if self.is_stale() {
            Meaning::Stale
        } else if refusal.entry_point.is_some() || is_refusal(refusal.code) {
            Meaning::Refused
        } else {
            Meaning::Unclear
        }
    }

    /// Whether a newer look at the chain may explain it: the account, or the grant, is there already.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_entry_point("AA10")
            || self.is_entry_point("AA25")
            || self.is_revert("InvalidNonce()")
            || self.is_revert("EnableNotApproved()")
    }

    /// Whether a gas limit of the operation is too low.
    #[must_use]
    pub fn is_too_little_gas(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        let text = refusal.message.to_ascii_lowercase();
        ["AA26", "AA36", "AA40", "AA41", "AA51", "AA95"].iter().any(|code| self.is_entry_point(code))
            || ["preverificationgas", "verificationgaslimit"].iter().any(|field| text.contains(field))
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

/// Where bundlers and nodes put revert data into an error's data, or the error that they pass on.
const PLACES: [&str; 6] = ["revertData", "data", "originalError", "error", "cause", "returnData"];
/// How deep it may stand.
const DEEPEST: u8 = 4;

/// Revert data in the text `… reverted 0x…`, or in the error's data.
fn revert_in(message: &str, data: &Json) -> Option<Revert> {
    let digits = |text: &str| {
        let end = text.bytes().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
        text.get(..end).map(|digits| format!("0x{digits}"))
    };
    let in_text = message.split("0x").skip(1).filter_map(digits);
    in_text.filter_map(|text| revert_of(&text)).next().or_else(|| revert_below(data, DEEPEST))
}

/// Hashes and addresses are whole words; revert data starts with a selector of four bytes.
fn revert_of(text: &str) -> Option<Revert> {
    hex::parse_data(text).ok().filter(|bytes| bytes.len() % 32 == 4).map(Revert)
}

fn revert_below(data: &Json, depth: u8) -> Option<Revert> {
    match data {
        Json::String(text) => revert_of(text),
        Json::Object(fields) if depth > 0 => {
            let found = |name: &&str| revert_below(fields.get(*name)?, depth.saturating_sub(1));
            PLACES.iter().find_map(found)
        }
        _ => None,
    }
}

/// `FailedOp(uint256,string)` and `FailedOpWithRevert(uint256,string,bytes)` of the EntryPoint.
const FAILED_OP: [[u8; 4]; 2] = [[0x22, 0x02, 0x66, 0xb6], [0x65, 0xc8, 0xfd, 0x4d]];

/// What the EntryPoint said, and what the account or paymaster reverted with: of the EntryPoint's own error, its parts.
fn of_entry_point(revert: Revert) -> (Option<String>, Option<Revert>) {
    let types: [Option<Type>; 3] = ["uint256", "string", "bytes"].map(|text| text.parse().ok());
    let arguments = |selector: [u8; 4], count: usize| {
        let encoded = revert.0.strip_prefix(&selector)?;
        abi::decode(types.iter().take(count).flatten(), encoded).ok()
    };
    let [plain, with_revert] = FAILED_OP;
    let Some(arguments) = arguments(plain, 2).or_else(|| arguments(with_revert, 3)) else {
        return (None, Some(revert));
    };
    let (mut said, mut inner) = (None, None);
    for argument in arguments {
        match argument {
            Value::String(text) => said = Some(text),
            Value::Bytes(bytes) if !bytes.is_empty() => inner = Some(Revert(bytes)),
            _ => {}
        }
    }
    (said, inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(message: &str, data: Json) -> BundlerError {
        RpcError::from(RpcFault::Answer { code: -32500, message: message.to_owned(), data }).into()
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
}
