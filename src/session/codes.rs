//! The stable code of each failure of a session.

use super::SessionFault;
use crate::endpoint::bundler::BundlerError;
use crate::host::{RpcFault, SealError, StoreError};

/// JSON-RPC 2.0, "Method not found".
const NO_SUCH_METHOD: i64 = -32601;

/// For each way in which a request fails, the codes where it went to the node, the bundler and the paymaster.
const fn of_request(fault: &RpcFault) -> [&'static str; 3] {
    match fault {
        RpcFault::Answer { code: NO_SUCH_METHOD, .. } => {
            ["chain.unsupported", "bundler.unsupported", "paymaster.unsupported"]
        }
        RpcFault::Answer { .. } => ["chain.refused", "bundler.simulation", "paymaster.refused"],
        RpcFault::Transport { .. } => ["chain.unreachable", "bundler.unreachable", "paymaster.unreachable"],
        RpcFault::Limited { .. } => ["chain.rate-limited", "bundler.rate-limited", "paymaster.rate-limited"],
        RpcFault::Unauthorised { .. } => {
            ["chain.unauthorised", "bundler.unauthorised", "paymaster.unauthorised"]
        }
        RpcFault::Malformed { .. } => ["chain.malformed", "bundler.malformed", "paymaster.malformed"],
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
            Self::Node(fault) => of_request(fault)[0],
            Self::Bundler(BundlerError::Rpc(fault)) => of_request(fault)[1],
            Self::Paymaster(fault) => of_request(fault)[2],
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
}
