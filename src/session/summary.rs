//! What is public of a session: where it is in its life, and what is left of it.

use alloy_primitives::{Address, ChainId, U256};

use super::keep::{Phase, State, StoredTerms};
use crate::scope::{Scope, Spent};
use crate::time::Timestamp;

/// Seconds before its end at which a session counts as expired: an operation needs time to be included.
pub(super) const EXPIRY_MARGIN: u64 = 10;

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The owner has been asked.
    Pending,
    /// Signed; the next operation enables it on chain.
    Granted,
    /// The operation that enables it is on its way.
    Enabling,
    /// The account knows it.
    Enabled,
    /// Locked by decision, until unlocked.
    Locked,
    /// Over.
    Expired,
    /// Taken back on chain.
    Revoked,
}

impl Status {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Enabling => "enabling",
            Self::Enabled => "enabled",
            Self::Locked => "locked",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// What of a session's budgets is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Operations, where they are counted.
    pub operations: Option<u64>,
    /// Wei for gas.
    pub gas: U256,
    /// Seconds until it expires.
    pub seconds: u64,
}

/// What is public of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Random id.
    pub id: String,
    /// Account that acts.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Address of the session key.
    pub key: Address,
    /// Chain (EIP-155).
    pub chain_id: ChainId,
    /// What it may do.
    pub scope: Scope,
    /// First second of the session, where it was asked for one that begins later.
    pub starts_at: Option<Timestamp>,
    /// Last second of the session.
    pub valid_until: Timestamp,
    /// Where it is in its life.
    pub status: Status,
}

pub(super) fn is_over(terms: &StoredTerms, now: Timestamp) -> bool {
    now.seconds().saturating_add(EXPIRY_MARGIN) >= terms.validity.valid_until().seconds()
}

/// First second of a session that was asked for one that begins later.
pub(super) fn starts_at(terms: &StoredTerms) -> Option<Timestamp> {
    // A rate is counted from a block before.
    Some(terms.validity.valid_after()).filter(|start| *start > terms.created_at)
}

/// Whether its time has not come.
pub(super) fn is_early(terms: &StoredTerms, now: Timestamp) -> bool {
    starts_at(terms).is_some_and(|start| now < start)
}

pub(super) fn summary(terms: &StoredTerms, state: &State, now: Timestamp) -> Summary {
    let status = match state.phase {
        Phase::Revoked => Status::Revoked,
        _ if is_over(terms, now) => Status::Expired,
        _ if state.locked => Status::Locked,
        Phase::Pending => Status::Pending,
        Phase::Granted if state.is_enabling() => Status::Enabling,
        Phase::Granted => Status::Granted,
        Phase::Enabled => Status::Enabled,
    };
    Summary {
        id: terms.id.clone(),
        account: terms.account,
        owner: terms.owner,
        key: terms.key,
        chain_id: terms.chain_id,
        scope: terms.scope.clone(),
        starts_at: starts_at(terms),
        valid_until: terms.validity.valid_until(),
        status,
    }
}

pub(super) fn remaining(terms: &StoredTerms, state: &State, now: Timestamp) -> Remaining {
    let of = |scope: &Scope, spent: &Spent| {
        let limits = scope.limits();
        let operations = limits.operations.map(|most| most.saturating_sub(spent.operations));
        (operations, U256::from(limits.gas_total).saturating_sub(spent.gas))
    };
    let (mut operations, mut gas) = of(&terms.scope, &state.committed(&terms.scope, &state.spent, now, None));
    if let Some((scope, spent)) = &state.narrowed {
        let narrowed = of(scope, &state.committed(scope, spent, now, None));
        operations = operations.into_iter().chain(narrowed.0).min();
        gas = gas.min(narrowed.1);
    }
    Remaining {
        operations,
        gas,
        seconds: terms.validity.valid_until().seconds().saturating_sub(now.seconds()),
    }
}
