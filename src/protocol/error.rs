//! Why a back end refuses.

use alloy_primitives::Address;

use crate::abi::DecodeError;

/// Why a back end refuses. Thin, so that whoever hands it on costs nothing; it derefs to what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ProtocolError(Box<ProtocolFault>);

impl std::ops::Deref for ProtocolError {
    type Target = ProtocolFault;

    fn deref(&self) -> &ProtocolFault {
        &self.0
    }
}

impl From<ProtocolFault> for ProtocolError {
    #[cold]
    fn from(fault: ProtocolFault) -> Self {
        Self(Box::new(fault))
    }
}

/// What is wrong with what a back end was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolFault {
    /// No calls.
    #[error("an operation needs at least one call")]
    EmptyBatch,
    /// Calldata that is not a call of the account's execute function.
    #[error("the calldata is not the account's execute function")]
    NotACall,
    /// A batch of one, delegatecall, static, or try mode: never signed.
    #[error(
        "execution mode {mode} is refused; single calls and batches of two or more, in default mode, are signed"
    )]
    Mode {
        /// The 32-byte mode word.
        mode: alloy_primitives::B256,
    },
    /// Calldata that is not canonical.
    #[error("calldata: {0}")]
    Calldata(DecodeError),
    /// A record that is not one of this protocol.
    #[error("stored grant: {0}")]
    Record(&'static str),
    /// A view answered something else than its type.
    #[error("the chain's answer to read {index} is not of the expected form")]
    Answer {
        /// Index of the read.
        index: usize,
    },
    /// This version cannot do it.
    #[error("{version} accounts cannot do this: {what}")]
    Unsupported {
        /// Protocol and version.
        version: &'static str,
        /// What was asked for.
        what: &'static str,
    },
    /// An operation that this grant cannot be used for.
    #[error("the operation's {field} is not that of the grant")]
    NotOfThisGrant {
        /// Which part differs.
        field: &'static str,
    },
    /// A number that its field on chain cannot hold.
    #[error("{field} does not fit {bits} bits")]
    TooLarge {
        /// Which number.
        field: &'static str,
        /// Bits of the field.
        bits: usize,
    },
    /// The permission id was enabled before; such an id can never be enabled again.
    #[error("this permission id was used on the account before; make the grant again with a fresh id")]
    IdUsed,
    /// More entries than a permission may have.
    #[error("a permission has at most {most} policies, not {found}")]
    TooManyPolicies {
        /// The bound.
        most: usize,
        /// Given.
        found: usize,
    },
    /// Two rules for one function of one contract.
    #[error("{function} of {to} has two rules; the account's contracts take one per function")]
    DuplicateFunction {
        /// Contract.
        to: Address,
        /// Function.
        function: String,
    },
    /// A rule that no contract of the account enforces.
    #[error("{rule} cannot be enforced on chain: {why}")]
    NotEnforceable {
        /// Which rule.
        rule: String,
        /// Why not.
        why: &'static str,
    },
    /// The compiled policies, read back, are not the scope.
    #[error("the compiled policies do not say what the scope says of {what}")]
    Disagreement {
        /// Which part.
        what: &'static str,
    },
    /// A target through which a session could change the account itself.
    #[error("{to} belongs to the account's own machinery; no session may call it")]
    ForbiddenTarget {
        /// The target.
        to: Address,
    },
    /// The account's 32-bit grant nonce is used up.
    #[error("the account's grant nonce cannot be raised any further")]
    NonceExhausted,
}

impl ProtocolFault {
    /// Stable code of the failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyBatch => "calls.empty",
            Self::NotACall => "calls.not-execute",
            Self::Mode { .. } => "calls.mode",
            Self::Calldata(_) => "calls.not-canonical",
            Self::Record(_) => "grant.record",
            Self::Answer { .. } => "chain.answer",
            Self::Unsupported { .. } => "protocol.unsupported",
            Self::NotOfThisGrant { .. } => "grant.other-operation",
            Self::TooLarge { .. } => "grant.too-large",
            Self::IdUsed => "grant.id-used",
            Self::TooManyPolicies { .. } => "grant.too-many-policies",
            Self::DuplicateFunction { .. } => "compile.duplicate-function",
            Self::NotEnforceable { .. } => "compile.not-enforceable",
            Self::ForbiddenTarget { .. } => "compile.forbidden-target",
            Self::Disagreement { .. } => "compile.disagreement",
            Self::NonceExhausted => "grant.nonce-exhausted",
        }
    }
}
