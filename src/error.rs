//! The one error type of this crate: every module's own errors, each with a stable code and what to do about it.

use crate::abi::{CalldataError, DecodeError, EncodeError, ParseError};
use crate::eip712::TypedDataError;
use crate::hex::HexError;
use crate::json::JsonError;
use crate::key::{KeyError, SignatureError};
use crate::protocol::ProtocolError;
use crate::session::SessionError;
use crate::time::TimeError;
use crate::userop::{UnknownVersion, UserOpError};

/// Any failure of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Hex text.
    #[error(transparent)]
    Hex(#[from] HexError),
    /// A version that this package does not know.
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    /// JSON input.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A type or function signature.
    #[error(transparent)]
    FunctionText(#[from] ParseError),
    /// A value given for an argument.
    #[error(transparent)]
    Argument(#[from] EncodeError),
    /// Encoded arguments.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Calldata of a function.
    #[error(transparent)]
    Calldata(#[from] CalldataError),
    /// Typed data.
    #[error(transparent)]
    TypedData(#[from] TypedDataError),
    /// A user operation.
    #[error(transparent)]
    UserOperation(#[from] UserOpError),
    /// The session key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Somebody's signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// An account protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A point in time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A session, or asking for one.
    #[error(transparent)]
    Session(Box<SessionError>),
}

/// Failures that have a place of their own here keep it.
impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Input(error) => Self::Json(error),
            SessionError::Time(error) => Self::Time(error),
            SessionError::Key(error) => Self::Key(error),
            SessionError::Protocol(error) => Self::Protocol(error),
            error => Self::Session(Box::new(error)),
        }
    }
}

impl Error {
    /// Stable, dotted code for programs to branch on. Codes are never reused for another meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hex(_) => "input.hex",
            Self::Version(_) => "input.version",
            Self::Json(_) => "input.json",
            Self::FunctionText(_) => "abi.signature",
            Self::Argument(_) => "abi.argument",
            Self::Decode(_) | Self::Calldata(_) => "abi.not-canonical",
            Self::TypedData(_) => "typed-data.invalid",
            Self::UserOperation(_) => "userop.invalid",
            Self::Key(KeyError::NoRandomness) => "key.no-randomness",
            Self::Key(KeyError::OutOfRange) => "key.out-of-range",
            Self::Key(KeyError::SelfCheck) => "key.self-check",
            Self::Signature(_) => "signature.invalid",
            Self::Protocol(error) => protocol_code(error),
            Self::Time(_) => "time.invalid",
            Self::Session(error) => error.own_code().unwrap_or("session.failed"),
        }
    }

    /// What the caller can do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Hex(_) => "Write the value as 0x-prefixed hex of the right length.",
            Self::Version(_) => "Use one of the versions the message names.",
            Self::Json(_) => "Correct the field the message names.",
            Self::FunctionText(_) => "Write the function as in Solidity: name(type name, type name).",
            Self::Argument(_) => "Pass a value that fits the argument's type.",
            Self::Decode(_) | Self::Calldata(_) => {
                "Encode the call with a standard ABI encoder; extra or shifted bytes are refused."
            }
            Self::TypedData(_) => "Make the message fit the types, field by field.",
            Self::UserOperation(_) => "Use the fields of the EntryPoint version the account is on.",
            Self::Key(KeyError::NoRandomness) => {
                "Run in a browser or worker that offers crypto.getRandomValues."
            }
            Self::Key(KeyError::OutOfRange) => "Generate a new key.",
            Self::Key(KeyError::SelfCheck) => {
                "Reload and try again; if it stays, report the device and engine."
            }
            Self::Signature(_) => "Ask the owner to sign again with the account that was asked.",
            Self::Protocol(error) => protocol_remedy(error),
            Self::Time(_) => "Give times in seconds, with an end after the start.",
            Self::Session(error) => error.own_remedy().unwrap_or("Report this with what led to it."),
        }
    }
}

const fn protocol_code(error: &ProtocolError) -> &'static str {
    match error {
        ProtocolError::EmptyBatch => "calls.empty",
        ProtocolError::NotACall => "calls.not-execute",
        ProtocolError::Mode { .. } => "calls.mode",
        ProtocolError::Calldata(_) => "calls.not-canonical",
        ProtocolError::Record(_) => "grant.record",
        ProtocolError::Answer { .. } => "chain.answer",
        ProtocolError::Unsupported { .. } => "protocol.unsupported",
        ProtocolError::NotOfThisGrant { .. } => "grant.other-operation",
        ProtocolError::TooLarge { .. } => "grant.too-large",
        ProtocolError::IdUsed => "grant.id-used",
        ProtocolError::TooManyPolicies { .. } => "grant.too-many-policies",
        ProtocolError::DuplicateFunction { .. } => "compile.duplicate-function",
        ProtocolError::NotEnforceable { .. } => "compile.not-enforceable",
        ProtocolError::ForbiddenTarget { .. } => "compile.forbidden-target",
        ProtocolError::NonceExhausted => "grant.nonce-exhausted",
    }
}

const fn protocol_remedy(error: &ProtocolError) -> &'static str {
    match error {
        ProtocolError::EmptyBatch => "Pass at least one call.",
        ProtocolError::NotACall | ProtocolError::Mode { .. } | ProtocolError::Calldata(_) => {
            "Let this package encode the calls."
        }
        ProtocolError::Record(_) => "Ask the owner for a new grant.",
        ProtocolError::Answer { .. } => "Check that the RPC endpoint serves the right chain.",
        ProtocolError::Unsupported { .. } => "Use an account of a newer version.",
        ProtocolError::NotOfThisGrant { .. } => {
            "Build the operation for the session's account, chain and nonce lane."
        }
        ProtocolError::TooLarge { .. } => "Use a smaller number.",
        ProtocolError::IdUsed => "Make the grant again; it gets a fresh id.",
        ProtocolError::TooManyPolicies { .. } => "Use fewer policies.",
        ProtocolError::DuplicateFunction { .. } => "Merge the rules into one, with oneOf where they differ.",
        ProtocolError::NotEnforceable { .. } => "Leave the rule out, or give the contract another function.",
        ProtocolError::ForbiddenTarget { .. } => "Name only contracts of your app.",
        ProtocolError::NonceExhausted => "Use another account.",
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
