//! What changes of a session: stored sealed, apart from the record, and shared by all tabs.

use alloy_primitives::{B256, Bytes, U256};
use serde_json::{Value as Json, json};

use super::{read_time, write_time};
use crate::hex;
use crate::json::{self, JsonError, Node};
use crate::scope::{Scope, Spent, SpentOn};
use crate::time::Timestamp;

const ROOT: &str = "state";

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct State {
    pub(in crate::session) phase: Phase,
    /// The owner's signature; empty while pending. Opens a session, so it is never shown.
    pub(in crate::session) grant_signature: GrantSignature,
    pub(in crate::session) locked: bool,
    pub(in crate::session) spent: Spent,
    /// A narrower scope that holds beside the granted one, and what was used up of it since.
    pub(in crate::session) narrowed: Option<(Scope, Spent)>,
    /// When an operation was signed last.
    pub(in crate::session) signed_at: Timestamp,
    pub(in crate::session) lanes: Vec<Lane>,
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
    /// Signed; the next operation enables it.
    Granted,
    /// An operation that enables it is on its way.
    Enabling { hash: B256, at: Timestamp },
    /// The account knows it.
    Enabled,
    /// Taken back on chain.
    Revoked,
}

/// The next sequence number of a nonce lane, as of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Lane {
    pub(in crate::session) id: u16,
    pub(in crate::session) next: u64,
    pub(in crate::session) at: Timestamp,
}

impl State {
    /// Before the owner's answer.
    pub(in crate::session) fn pending() -> Self {
        let spent = Spent::default();
        Self {
            phase: Phase::Pending,
            grant_signature: GrantSignature::default(),
            locked: false,
            spent,
            narrowed: None,
            signed_at: Timestamp::default(),
            lanes: Vec::new(),
        }
    }

    pub(in crate::session) fn to_text(&self) -> String {
        write_state(self).to_string()
    }

    pub(in crate::session) fn from_text(text: &str) -> Result<Self, JsonError> {
        read_state(Node::root(&json::parse(text, ROOT)?, ROOT))
    }
}

fn write_state(state: &State) -> Json {
    let (phase, hash, at) = match state.phase {
        Phase::Pending => ("pending", None, None),
        Phase::Granted => ("granted", None, None),
        Phase::Enabling { hash, at } => ("enabling", Some(hash.to_string()), Some(write_time(at))),
        Phase::Enabled => ("enabled", None, None),
        Phase::Revoked => ("revoked", None, None),
    };
    json!({
        "phase": phase,
        "hash": hash,
        "at": at,
        "signature": hex::data(&state.grant_signature.0),
        "locked": state.locked,
        "spent": write_spent(&state.spent),
        "narrowed": state.narrowed.as_ref().map(|(scope, spent)| json!({ "scope": scope.to_json(), "spent": write_spent(spent) })),
        "signedAt": write_time(state.signed_at),
        "lanes": state.lanes.iter().map(write_lane).collect::<Vec<_>>(),
    })
}

pub(super) fn read_state(node: Node<'_>) -> Result<State, JsonError> {
    let phase = match node.field("phase", json::string)?.as_str() {
        "pending" => Phase::Pending,
        "granted" => Phase::Granted,
        "enabling" => {
            Phase::Enabling { hash: node.field("hash", json::hash)?, at: node.field("at", read_time)? }
        }
        "enabled" => Phase::Enabled,
        "revoked" => Phase::Revoked,
        _ => return node.fail("an unknown phase"),
    };
    let locked = node.field("locked", json::boolean)?;
    Ok(State {
        phase,
        grant_signature: GrantSignature(node.field("signature", json::data)?),
        locked,
        spent: node.field("spent", read_spent)?,
        narrowed: node.optional("narrowed", read_narrowed)?,
        signed_at: node.optional("signedAt", read_time)?.unwrap_or_default(),
        lanes: node.field("lanes", |lanes| lanes.items(read_lane))?,
    })
}

fn write_spent(spent: &Spent) -> Json {
    json!({
        "operations": hex::quantity(U256::from(spent.operations)),
        "gas": hex::quantity(spent.gas),
        "assets": spent.assets.iter().map(write_spent_on).collect::<Vec<_>>(),
    })
}

fn read_spent(node: Node<'_>) -> Result<Spent, JsonError> {
    Ok(Spent {
        operations: node.field("operations", json::quantity64)?,
        gas: node.field("gas", json::quantity)?,
        assets: node.field("assets", |node| node.items(read_spent_on))?,
    })
}

fn read_narrowed(node: Node<'_>) -> Result<(Scope, Spent), JsonError> {
    Ok((node.field("scope", super::read_scope)?, node.field("spent", read_spent)?))
}

fn write_spent_on(spent: &SpentOn) -> Json {
    json!({ "since": write_time(spent.since), "amount": hex::quantity(spent.amount) })
}

fn read_spent_on(node: Node<'_>) -> Result<SpentOn, JsonError> {
    Ok(SpentOn { since: node.field("since", read_time)?, amount: node.field("amount", json::quantity)? })
}

fn write_lane(lane: &Lane) -> Json {
    let number = |number: u64| hex::quantity(U256::from(number));
    json!({ "id": number(u64::from(lane.id)), "next": number(lane.next), "at": write_time(lane.at) })
}

fn read_lane(node: Node<'_>) -> Result<Lane, JsonError> {
    let id = |node: Node<'_>| u16::try_from(json::quantity64(node)?).or_else(|_| node.fail("not a lane"));
    Ok(Lane {
        id: node.field("id", id)?,
        next: node.field("next", json::quantity64)?,
        at: node.field("at", read_time)?,
    })
}
