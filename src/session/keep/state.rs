//! What changes of a session: stored sealed, apart from the record, and shared by all tabs.

use alloy_primitives::Bytes;

use super::outbox::{Entry, Lane, Settled};
use crate::scope::{Scope, Spent};
use crate::time::Timestamp;

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct State {
    pub(in crate::session) phase: Phase,
    /// The owner's signature; empty while pending. Opens a session, so it is never shown.
    pub(in crate::session) grant_signature: GrantSignature,
    pub(in crate::session) locked: bool,
    /// What the chain showed to be used up. What may still land is in the outbox.
    pub(in crate::session) spent: Spent,
    /// A narrower scope that holds beside the granted one, and what was used up of it since.
    pub(in crate::session) narrowed: Option<(Scope, Spent)>,
    /// When an operation was signed last.
    pub(in crate::session) signed_at: Timestamp,
    /// Lanes with the number behind the last one that the chain showed to be used.
    pub(in crate::session) lanes: Vec<(Lane, u64)>,
    pub(in crate::session) outbox: Vec<Entry>,
    pub(in crate::session) history: Vec<Settled>,
}

/// Without its bytes in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::session) struct GrantSignature(pub(in crate::session) Bytes);

impl std::fmt::Debug for GrantSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GrantSignature(..)")
    }
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Phase {
    /// The owner has been asked.
    Pending,
    /// Signed; an operation is to enable it, or is on its way to.
    Granted,
    /// The account knows it.
    Enabled,
    /// Taken back on chain.
    Revoked,
}

impl State {
    /// Before the owner's answer.
    pub(in crate::session) fn pending() -> Self {
        Self {
            phase: Phase::Pending,
            grant_signature: GrantSignature::default(),
            locked: false,
            spent: Spent::default(),
            narrowed: None,
            signed_at: Timestamp::default(),
            lanes: Vec::new(),
            outbox: Vec::new(),
            history: Vec::new(),
        }
    }
}
