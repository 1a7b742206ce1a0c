//! The stable code of each failure of a session, and what to do about it: one table each.

use super::SessionFault;
use crate::endpoint::bundler::BundlerError;
use crate::host::{RpcFault, SealError, StoreError};

const SEND_FUNDS: &str =
    "Send what is missing to the account. Gas alone can be left to a paymaster that the scope names.";

/// JSON-RPC 2.0, "Method not found".
const NO_SUCH_METHOD: i64 = -32601;
const IS_IT_ONE: &str = "Check that the address is that of such an endpoint for this chain: it does not know what it was asked for.";

/// For each way in which a request fails, the codes where it went to the node, the bundler and the paymaster, and what to do.
const fn of_request(fault: &RpcFault) -> ([&'static str; 3], &'static str) {
    match fault {
        RpcFault::Answer { code: NO_SUCH_METHOD, .. } => {
            (["chain.unsupported", "bundler.unsupported", "paymaster.unsupported"], IS_IT_ONE)
        }
        RpcFault::Answer { .. } => (
            ["chain.refused", "bundler.simulation", "paymaster.refused"],
            "See what it said, and correct the calls or the configuration.",
        ),
        RpcFault::Transport { .. } => (
            ["chain.unreachable", "bundler.unreachable", "paymaster.unreachable"],
            "Check its address, and that it allows requests from this page (CORS).",
        ),
        RpcFault::Limited { .. } => (
            ["chain.rate-limited", "bundler.rate-limited", "paymaster.rate-limited"],
            "Try again a little later, or use an endpoint that takes more requests.",
        ),
        RpcFault::Unauthorised { .. } => (
            ["chain.unauthorised", "bundler.unauthorised", "paymaster.unauthorised"],
            "Check the key in its address, and which pages it is for.",
        ),
        RpcFault::Malformed { .. } => (
            ["chain.malformed", "bundler.malformed", "paymaster.malformed"],
            "Check that the address is that of such an endpoint for this chain; if it is, report the answer to whoever runs it.",
        ),
    }
}

impl SessionFault {
    /// Stable code of the failures that are this module's own; `None` for those of other modules, which have their own.
    #[must_use]
    pub fn own_code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Scope(_) => "scope.invalid",
            Self::OutOfScope(violations) => {
                violations.first().map_or("scope.invalid", |first| first.kind.code())
            }
            Self::EndsInThePast => "session.ends-in-the-past",
            Self::NotAccepted { .. } => "scope.not-accepted",
            Self::Wider => "scope.wider",
            Self::NoPolicyContract { .. } => "account.no-policy-contract",
            Self::OtherChain { .. } => "chain.mismatch",
            Self::FundsNeeded { .. } => "funds.needed",
            Self::NoPaymaster => "paymaster.missing",
            Self::OwnerChanged { .. } => "session.owner-changed",
            Self::Expired => "session.expired",
            Self::NotYet => "session.not-yet",
            Self::Locked => "session.locked",
            Self::Revoked => "session.revoked",
            Self::Pending => "session.pending",
            Self::Forgotten => "session.forgotten",
            Self::Damaged(_) => "storage.damaged",
            Self::NewerRecord => "storage.newer",
            Self::OtherKey => "storage.other-key",
            Self::NotAsGranted { .. } => "grant.other-operation",
            Self::NothingToRevoke => "revoke.nothing-on-chain",
            Self::RevocationFailed { .. } => "revoke.failed",
            Self::Reverted(_) => "execution.reverted",
            Self::NotIncluded { .. } => "operation.not-included",
            Self::Unknown { .. } => "operation.unknown",
            Self::Replaced { .. } => "operation.replaced",
            Self::Dropped { .. } => "operation.dropped",
            Self::GivenUp => "aborted",
            Self::Cancelled => "operation.cancelled",
            Self::NotCancellable { .. } => "operation.not-cancellable",
            Self::UnknownOperation { .. } => "operation.not-found",
            Self::KeyKind(error) => error.code(),
            Self::Busy => "session.busy",
            Self::Owner(error) => error.code(),
            Self::Bundler(BundlerError::Refused(refusal)) if refusal.code == NO_SUCH_METHOD => {
                "bundler.unsupported"
            }
            Self::Bundler(BundlerError::Refused(refusal)) => match refusal.entry_point.map(|it| it.code) {
                Some("AA21") => "funds.needed",
                Some(code) if code.starts_with("AA3") => "paymaster.refused",
                _ => "bundler.simulation",
            },
            Self::Bundler(BundlerError::OtherHash(_)) => "bundler.other-operation",
            Self::Estimate { .. } => "bundler.estimate",
            Self::Node(fault) => of_request(fault).0[0],
            Self::Bundler(BundlerError::Rpc(fault)) => of_request(fault).0[1],
            Self::Paymaster(fault) => of_request(fault).0[2],
            Self::Store(StoreError::Unavailable { .. }) => "storage.unavailable",
            Self::Store(StoreError::Quota) => "storage.quota",
            Self::Store(StoreError::Failed { .. }) => "storage.failed",
            Self::Seal(SealError::NoWebCrypto) => "storage.no-webcrypto",
            Self::Seal(SealError::NoWrappingKey) => "storage.lost",
            Self::Seal(SealError::NotOpened) => "storage.altered",
            Self::Seal(SealError::Framed { .. }) => "storage.framed",
            Self::Seal(SealError::NoPasskey { .. }) => "storage.no-passkey",
            Self::Seal(SealError::PasskeyDeclined) => "storage.passkey-declined",
            Self::Seal(SealError::Store(_) | SealError::Failed { .. }) => "storage.failed",
            Self::Input(_) | Self::Time(_) | Self::Key(_) | Self::Protocol(_) => return None,
        })
    }

    /// What to do about a failure that is this module's own.
    #[must_use]
    pub fn own_remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::Scope(_) => "Correct the scope where the message says.",
            Self::OutOfScope(_) => "Do what the scope allows, or ask the owner for a wider session.",
            Self::EndsInThePast => "Give an end between now and seven days from now, such as '4h'.",
            Self::NotAccepted { .. } => {
                "Make the scope narrower; or, if the owner is to bear it, add exactly these texts to its accept."
            }
            Self::Wider => "Only a new grant can widen a session: ask the owner.",
            Self::NoPolicyContract { .. } => {
                "Use a chain on which the contracts of this account kind are deployed."
            }
            Self::OtherChain { .. } => "Give the rpc of the chain you configured.",
            Self::FundsNeeded { .. } => SEND_FUNDS,
            Self::Bundler(BundlerError::Refused(refusal)) if refusal.code == NO_SUCH_METHOD => IS_IT_ONE,
            Self::Bundler(BundlerError::Refused(refusal))
                if refusal.entry_point.is_some_and(|it| it.code == "AA21") =>
            {
                SEND_FUNDS
            }
            Self::NoPaymaster => "Configure a paymaster service, or leave the paymaster out of the scope.",
            Self::OwnerChanged { .. } => "Revoke every session of the account, then ask its new owner.",
            Self::Expired | Self::Revoked | Self::Forgotten => "Ask the owner for a new session.",
            Self::NotYet => "Wait until the session begins; startsAt of the session says when.",
            Self::Locked => "Unlock the session first.",
            Self::Pending => "Call resume, or ask the owner again.",
            Self::NewerRecord => {
                "Load the version of the page that stored it, or ask the owner for a new session."
            }
            Self::Damaged(_) | Self::OtherKey => "Forget this session and ask the owner for a new one.",
            Self::NotAsGranted { .. } => "Let prepareCalls build the operation.",
            Self::NothingToRevoke => "Forget the session; nobody else has its key.",
            Self::RevocationFailed { .. } => "Look at the transaction, then revoke again.",
            Self::Reverted(_) => "The contract refused; correct the call.",
            Self::KeyKind(error) => error.remedy(),
            Self::Busy => "Wait until some of them are included.",
            Self::NotIncluded { .. } | Self::Unknown { .. } => {
                "It may still land, once at most: watch the event 'operation', or ask for it by its id after a while."
            }
            Self::Replaced { .. } => {
                "Ask again if the calls are still wanted. Until the other one is final, a reorganisation could still bring these back."
            }
            Self::Dropped { .. } | Self::GivenUp | Self::Cancelled => "Nothing is lost: ask again.",
            Self::NotCancellable { .. } => "Wait for it; a later operation is not affected.",
            Self::UnknownOperation { .. } => {
                "Use the id of a sending of this app, chain and browser; settled ones are forgotten after 64 others."
            }
            Self::Owner(error) => error.remedy(),
            Self::Bundler(BundlerError::Refused(_)) => {
                "See the cause in the message, and correct the calls or the configuration."
            }
            Self::Bundler(BundlerError::OtherHash(_)) | Self::Estimate { .. } => "Use another bundler.",
            Self::Node(fault) | Self::Bundler(BundlerError::Rpc(fault)) | Self::Paymaster(fault) => {
                of_request(fault).1
            }
            Self::Store(StoreError::Quota) => "Free storage of this site.",
            Self::Store(_) => "Use storage: 'memory' where the browser offers none.",
            Self::Seal(SealError::NoWebCrypto) => "Serve the page over https, or from localhost.",
            Self::Seal(SealError::Framed { .. }) => {
                "Open the page by itself, or name the origin of the frame in allowFramedBy if you trust it."
            }
            Self::Seal(SealError::NoPasskey { .. }) => "Use storage: 'tab' or 'device' where there are none.",
            Self::Seal(SealError::PasskeyDeclined) => "Ask again when the user wants to go on.",
            Self::Seal(_) => "Ask the owner for a new session.",
            Self::Input(_) | Self::Time(_) | Self::Key(_) | Self::Protocol(_) => return None,
        })
    }
}
