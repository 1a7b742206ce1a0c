//! The one error type of this crate: every module's own errors, each with a stable code and what to do about it.

mod codes;

pub use codes::{CODES, Code};

use crate::abi::{CalldataError, DecodeError, EncodeError, ParseError};
use crate::eip712::TypedDataError;
use crate::hex::HexError;
use crate::json::JsonError;
use crate::key::{KeyError, SignatureError};
use crate::protocol::ProtocolError;
use crate::review::ReviewError;
use crate::session::{SessionError, SessionFault};
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
    Session(SessionError),
}

/// Failures that have a place of their own here keep it.
impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        match &*error {
            SessionFault::Input(fault) => Self::Json(fault.clone()),
            SessionFault::Time(fault) => Self::Time(*fault),
            SessionFault::Key(fault) => Self::Key(*fault),
            SessionFault::Protocol(fault) => Self::Protocol(fault.clone()),
            _ => Self::Session(error),
        }
    }
}

/// A scope's own failures keep their place.
impl From<ReviewError> for Error {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Json(error) => Self::Json(error),
            ReviewError::Scope(error) => Self::Session(error.into()),
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
            Self::Json(_) => "input.invalid",
            Self::FunctionText(_) => "abi.signature",
            Self::Argument(_) => "abi.argument",
            Self::Decode(_) | Self::Calldata(_) => "abi.not-canonical",
            Self::TypedData(_) => "typed-data.invalid",
            Self::UserOperation(_) => "userop.invalid",
            Self::Key(KeyError::NoRandomness) => "key.no-randomness",
            Self::Key(KeyError::OutOfRange) => "key.out-of-range",
            Self::Key(KeyError::SelfCheck) => "key.self-check",
            Self::Signature(_) => "signature.invalid",
            Self::Protocol(error) => error.code(),
            Self::Time(_) => "time.invalid",
            Self::Session(error) => error.own_code().unwrap_or("session.failed"),
        }
    }

    /// What a developer can do about it, in one or two sentences.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        codes::find(self.code()).map_or("Report this with what led to it.", |code| code.remedy)
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
