//! Why a session cannot be opened or used.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use alloy_primitives::{Address, B256, ChainId, U256};

use crate::endpoint::bundler::{BundlerError, LeastFee, least_fee};
use crate::endpoint::owner::OwnerError;
use crate::endpoint::receipt::Receipt;
use crate::host::{RpcError, RpcFault, SealError, StoreError};
use crate::json::JsonError;
use crate::key::{KeyError, KeyKindError};
use crate::protocol::ProtocolError;
use crate::scope::lint::Finding;
use crate::scope::{ScopeError, Violation};
use crate::time::TimeError;

/// A failure of a session or of asking for one. Thin, so that whoever hands it on costs nothing; it derefs to what happened.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SessionError(Rc<SessionFault>);

/// What happened to a session, or to asking for one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionFault {
    /// The scope cannot be read.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// Calls or an operation break rules of the scope: all of them, never none.
    #[error("{}", summary(.0))]
    OutOfScope(Vec<Violation>),
    /// A faulty option or call.
    #[error(transparent)]
    Input(#[from] JsonError),
    /// A faulty time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// An end in the past.
    #[error("the session would end before it starts")]
    EndsInThePast,
    /// Dangers, and rules that only this package enforces, that the scope does not accept by name.
    #[error("{}", not_accepted(.names, .findings))]
    NotAccepted {
        /// What to add to `accept`, all of it, to go ahead nevertheless.
        names: Vec<String>,
        /// The dangers among it.
        findings: Vec<Finding>,
    },
    /// A scope that was to narrow the session allows more.
    #[error("the scope allows something that the session does not")]
    Wider,
    /// A contract that is to enforce the scope is not on this chain.
    #[error("contract {address}, which is to enforce the scope, is not on this chain")]
    NoPolicyContract {
        /// The contract.
        address: Address,
    },
    /// The node serves another chain than the configuration says.
    #[error("the node serves chain {found}, not chain {wanted}")]
    OtherChain {
        /// Configured chain.
        wanted: ChainId,
        /// What the node says.
        found: ChainId,
    },
    /// The account cannot pay.
    #[error("account {address} needs {wei} wei more {purpose}")]
    FundsNeeded {
        /// For what.
        purpose: &'static str,
        /// Missing wei.
        wei: U256,
        /// The account.
        address: Address,
    },
    /// The scope wants a paymaster, and none is configured.
    #[error("the scope names a paymaster, but no paymaster service is configured")]
    NoPaymaster,
    /// The account's owner on chain is another than the session's.
    #[error("account {account} has another owner now")]
    OwnerChanged {
        /// The account.
        account: Address,
    },
    /// The session is over.
    #[error("the session expired")]
    Expired,
    /// The session's time has not come.
    #[error("the session does not begin before its startsAt")]
    NotYet,
    /// The session is locked.
    #[error("the session is locked")]
    Locked,
    /// The session was taken back on chain.
    #[error("the session was revoked")]
    Revoked,
    /// The owner's signature is not there yet.
    #[error("the owner has not signed yet")]
    Pending,
    /// The record is gone from storage.
    #[error("the session's record is no longer stored here")]
    Forgotten,
    /// The record cannot be read.
    #[error("the stored session is damaged: {0}")]
    Damaged(JsonError),
    /// The record was written by a newer version of this package.
    #[error("the session was stored by a newer version of this package")]
    NewerRecord,
    /// The stored key is another than the record says.
    #[error("the stored key is not the session's")]
    OtherKey,
    /// A bundler's estimate is far above what verification takes.
    #[error(
        "{asked} gas is asked for verification (verificationGasLimit); this operation takes about {usual}"
    )]
    Estimate {
        /// Units of gas that the bundler asks for.
        asked: u128,
        /// The package's own figure.
        usual: u128,
    },
    /// An operation to be signed differs from what was granted.
    #[error("the operation's {field} is not as granted")]
    NotAsGranted {
        /// Which part.
        field: &'static str,
    },
    /// A grant of an account that is not there cannot be revoked: there is nothing to tell.
    #[error(
        "the account is not deployed yet, so there is nothing to revoke on chain; the grant ends when it expires"
    )]
    NothingToRevoke,
    /// The revoking transaction failed.
    #[error("the revoking transaction {hash} failed")]
    RevocationFailed {
        /// The transaction.
        hash: B256,
    },
    /// The calls were undone on chain; the gas is paid.
    #[error("{}", reverted(.0))]
    Reverted(Box<Receipt>),
    /// No receipt within the time that operations take.
    #[error("operation {hash} was not included in time")]
    NotIncluded {
        /// The operation.
        hash: B256,
    },
    /// The bundler's answer was lost: the operation may be included or not.
    #[error("operation {hash} may have been sent: {cause}")]
    Unknown {
        /// The operation.
        hash: B256,
        /// What was said last.
        cause: SessionError,
    },
    /// Another operation used its nonce.
    #[error("operation {hash} never lands: operation {by} used its nonce")]
    Replaced {
        /// The operation.
        hash: B256,
        /// The other one.
        by: B256,
    },
    /// It can never land.
    #[error("operation {hash} never lands: its time ended before it was included")]
    Dropped {
        /// The operation.
        hash: B256,
    },
    /// The app withdrew calls before they were signed.
    #[error("the calls were withdrawn before they were signed")]
    GivenUp,
    /// The app cancelled calls before they were signed.
    #[error("the calls were cancelled before they were signed")]
    Cancelled,
    /// An operation that cannot be cancelled.
    #[error("operation {id} cannot be cancelled: {why}")]
    NotCancellable {
        /// Id of the sending.
        id: String,
        /// What is in the way.
        why: &'static str,
    },
    /// No operation of this id is stored here.
    #[error("no operation {id} is known here")]
    UnknownOperation {
        /// The id that was asked for.
        id: String,
    },
    /// Too many operations of which the chain knows nothing.
    #[error("too many operations are on their way without being seen on chain")]
    Busy,
    /// The wallet.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// The bundler.
    #[error(transparent)]
    Bundler(#[from] BundlerError),
    /// The node.
    #[error("the node failed: {0}")]
    Node(#[from] RpcError),
    /// The paymaster service.
    #[error("the paymaster failed: {0}")]
    Paymaster(RpcError),
    /// The account's contracts do not check the kind of session key asked for.
    #[error(transparent)]
    KeyKind(#[from] KeyKindError),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sealing.
    #[error(transparent)]
    Seal(SealError),
    /// The session key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The account protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

impl Deref for SessionError {
    type Target = SessionFault;

    fn deref(&self) -> &SessionFault {
        &self.0
    }
}

/// As what happened: the box is nobody's affair.
impl fmt::Debug for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq<SessionFault> for SessionError {
    fn eq(&self, other: &SessionFault) -> bool {
        *self.0 == *other
    }
}

/// Everything that becomes a fault becomes an error.
macro_rules! thin {
    ($($fault:ty),+) => {
        $(impl From<$fault> for SessionError {
            #[cold]
            fn from(fault: $fault) -> Self {
                Self(Rc::new(fault.into()))
            }
        })+
    };
}
thin!(
    SessionFault,
    ScopeError,
    JsonError,
    TimeError,
    OwnerError,
    BundlerError,
    RpcError,
    KeyKindError,
    StoreError,
    SealError,
    KeyError,
    ProtocolError
);

/// What storage of wrapping keys meets is told as storage.
impl From<SealError> for SessionFault {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Store(error) => Self::Store(error),
            error => Self::Seal(error),
        }
    }
}

fn summary(violations: &[Violation]) -> String {
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    format!("not in the session's scope: {}", texts.join("; "))
}

fn not_accepted(names: &[String], findings: &[Finding]) -> String {
    // What is about the scope as a whole has no path.
    let dangers: Vec<String> = findings
        .iter()
        .map(|Finding { path, message, .. }| match path.is_empty() {
            true => message.clone(),
            false => format!("{path}: {message}"),
        })
        .collect();
    let told = if dangers.is_empty() { String::new() } else { format!(" ({})", dangers.join("; ")) };
    format!("the scope does not accept {}{told}", names.join(", "))
}

fn reverted(receipt: &Receipt) -> String {
    match &receipt.revert {
        Some(revert) => format!("the calls were undone on chain: {revert}"),
        None => "the calls were undone on chain".to_owned(),
    }
}

impl SessionFault {
    /// Whether a newer look at the chain explains it, and the operation may be built anew.
    pub(super) fn is_stale_view(&self) -> bool {
        matches!(self, Self::Bundler(error) if error.is_stale())
    }

    /// Whether a look at state and chain may explain it: a removed session is refused without a reason.
    pub(super) fn may_be_explained(&self) -> bool {
        self.is_stale_view() || matches!(self, Self::Bundler(error) if error.is_entry_point("AA23"))
    }

    /// Whether it may pass by itself: an endpoint did not answer.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Bundler(BundlerError::Rpc(error)) | Self::Node(error) | Self::Paymaster(error) => {
                error.is_retryable()
            }
            _ => false,
        }
    }

    /// The fee that an endpoint says it wants at least, if it refused for that.
    pub(super) fn least_fee(&self) -> Option<LeastFee> {
        match self {
            Self::Bundler(BundlerError::Refused(refusal)) => least_fee(&refusal.message),
            Self::Paymaster(error) => match &**error {
                RpcFault::Answer { message, .. } => least_fee(message),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is about an operation that was to be signed, and says nothing against one that was signed before.
    pub(super) fn leaves_the_old_alone(&self) -> bool {
        matches!(
            self,
            Self::OutOfScope(_)
                | Self::Estimate { .. }
                | Self::Bundler(_)
                | Self::Node(_)
                | Self::Paymaster(_)
                | Self::FundsNeeded { .. }
        )
    }

    /// Whether an operation was refused because a gas limit of it is too low: estimating again may help.
    pub(super) fn wants_more_gas(&self) -> bool {
        matches!(self, Self::Bundler(error) if error.is_too_little_gas())
    }

    /// Milliseconds after which an endpoint wants to be asked again.
    pub(super) fn retry_after(&self) -> u64 {
        match self {
            Self::Bundler(BundlerError::Rpc(error)) | Self::Node(error) | Self::Paymaster(error) => {
                error.retry_after()
            }
            _ => 0,
        }
    }

    /// Whether somebody answered.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::Bundler(BundlerError::Rpc(error)) | Self::Node(error) | Self::Paymaster(error) => {
                !matches!(**error, RpcFault::Transport { .. })
            }
            _ => true,
        }
    }

    /// Whether an endpoint answered something that cannot be read.
    pub(super) fn is_malformed(&self) -> bool {
        match self {
            Self::Bundler(BundlerError::Rpc(error)) => matches!(**error, RpcFault::Malformed { .. }),
            Self::Bundler(BundlerError::OtherHash(_)) => true,
            _ => false,
        }
    }

    /// Whether doing the same again later may work.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Owner(error) => error.is_retryable(),
            Self::Bundler(BundlerError::Rpc(error)) | Self::Node(error) | Self::Paymaster(error) => {
                error.is_retryable()
            }
            Self::FundsNeeded { .. }
            | Self::NotYet
            | Self::Busy
            | Self::Store(StoreError::Failed { .. })
            | Self::Seal(SealError::PasskeyDeclined | SealError::Failed { .. }) => true,
            _ => false,
        }
    }
}
