//! The stored form of a session: what never changes, which the sealed key is bound to, and what does.

use alloy_primitives::{Address, B256, Bytes, ChainId, U256};
use serde_json::{Value as Json, json};

use crate::hex;
use crate::json::{self, JsonError, Node};
use crate::scope::{Scope, Spent, SpentOn};
use crate::time::{Timestamp, Validity};

const ROOT: &str = "record";
/// Version of the stored form.
const VERSION: u64 = 1;

/// A stored session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) terms: StoredTerms,
    /// The key, sealed; bound to [`StoredTerms::bound`].
    pub(super) sealed: Bytes,
    pub(super) state: State,
}

/// What never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredTerms {
    pub(super) id: String,
    pub(super) app: String,
    pub(super) protocol: String,
    pub(super) chain_id: ChainId,
    pub(super) owner: Address,
    pub(super) account: Address,
    pub(super) index: U256,
    pub(super) scope: Scope,
    pub(super) validity: Validity,
    pub(super) key: Address,
    /// The grant's own record.
    pub(super) grant: Bytes,
    /// Digest of what the owner signs.
    pub(super) grant_hash: B256,
    pub(super) created_at: Timestamp,
    /// Contracts that enforce the grant, and the hash of their code when it was asked for.
    pub(super) codes: Vec<(Address, B256)>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// The owner's signature; empty while pending. Opens a session, so it is never shown.
    pub(super) grant_signature: GrantSignature,
    pub(super) locked: bool,
    pub(super) spent: Spent,
    /// A narrower scope that holds beside the granted one, and what was used up of it since.
    pub(super) narrowed: Option<(Scope, Spent)>,
    /// When an operation was signed last.
    pub(super) signed_at: Timestamp,
    pub(super) lanes: Vec<Lane>,
}

/// Without its bytes in `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct GrantSignature(pub(super) Bytes);

impl std::fmt::Debug for GrantSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GrantSignature(..)")
    }
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
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
pub(super) struct Lane {
    pub(super) id: u16,
    pub(super) next: u64,
    pub(super) at: Timestamp,
}

impl State {
    /// Before the owner's answer.
    pub(super) fn pending() -> Self {
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
}

impl StoredTerms {
    /// What all names of an app on a chain start with.
    pub(super) fn prefix(app: &str, chain_id: ChainId) -> String {
        format!("hallpass/{app}/{chain_id}/")
    }

    /// Name in the store.
    pub(super) fn name(&self) -> String {
        format!("{}{}/{}", Self::prefix(&self.app, self.chain_id), self.account, self.id)
    }

    /// What the sealed key is bound to (threat model, rule 9): the key opens for exactly this session and no other.
    pub(super) fn bound(&self, origin: &str) -> Vec<u8> {
        let validity = [self.validity.valid_after().seconds(), self.validity.valid_until().seconds()];
        json!([
            "hallpass",
            VERSION,
            origin,
            self.app,
            self.id,
            self.protocol,
            self.chain_id,
            self.account.to_string(),
            self.owner.to_string(),
            self.index.to_string(),
            self.key.to_string(),
            validity,
            self.scope.hash().to_string(),
            self.grant_hash.to_string(),
            alloy_primitives::keccak256(&self.grant).to_string(),
        ])
        .to_string()
        .into_bytes()
    }
}

impl Record {
    pub(super) fn to_text(&self) -> String {
        let Self { terms, sealed, state } = self;
        json!({
            "v": VERSION,
            "id": terms.id,
            "app": terms.app,
            "protocol": terms.protocol,
            "chainId": hex::quantity(U256::from(terms.chain_id)),
            "owner": terms.owner.to_string(),
            "account": terms.account.to_string(),
            "index": hex::quantity(terms.index),
            "scope": terms.scope.to_json(),
            "validAfter": write_time(terms.validity.valid_after()),
            "validUntil": write_time(terms.validity.valid_until()),
            "key": terms.key.to_string(),
            "grant": hex::data(&terms.grant),
            "grantHash": terms.grant_hash.to_string(),
            "createdAt": write_time(terms.created_at),
            "codes": terms.codes.iter().map(write_code).collect::<Vec<_>>(),
            "sealed": hex::data(sealed),
            "state": write_state(state),
        })
        .to_string()
    }

    pub(super) fn from_text(text: &str) -> Result<Self, JsonError> {
        let value = json::parse(text, ROOT)?;
        let root = Node::root(&value, ROOT);
        let version = root.field("v", |node| Ok(node.value().as_u64()))?;
        if version.is_some_and(|version| version > VERSION) {
            return root.fail("written by a newer version of this package; update it to read this");
        }
        if version != Some(VERSION) {
            return root.fail("not a session's record");
        }
        let validity =
            Validity::new(root.field("validAfter", read_time)?, root.field("validUntil", read_time)?);
        let scope = root.field("scope", read_scope)?;
        Ok(Self {
            terms: StoredTerms {
                id: root.field("id", json::string)?,
                app: root.field("app", json::string)?,
                protocol: root.field("protocol", json::string)?,
                chain_id: root.field("chainId", json::quantity64)?,
                owner: root.field("owner", json::address)?,
                account: root.field("account", json::address)?,
                index: root.field("index", json::quantity)?,
                scope,
                validity: validity.or_else(|_| root.fail("its window is not one"))?,
                key: root.field("key", json::address)?,
                grant: root.field("grant", json::data)?,
                grant_hash: root.field("grantHash", json::hash)?,
                created_at: root.field("createdAt", read_time)?,
                codes: root.optional("codes", |node| node.items(read_code))?.unwrap_or_default(),
            },
            sealed: root.field("sealed", json::data)?,
            state: root.field("state", read_state)?,
        })
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

fn read_state(node: Node<'_>) -> Result<State, JsonError> {
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

fn write_code((address, hash): &(Address, B256)) -> Json {
    json!({ "address": address.to_string(), "hash": hash.to_string() })
}

fn read_code(node: Node<'_>) -> Result<(Address, B256), JsonError> {
    Ok((node.field("address", json::address)?, node.field("hash", json::hash)?))
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
    Ok((node.field("scope", read_scope)?, node.field("spent", read_spent)?))
}

fn read_scope(node: Node<'_>) -> Result<Scope, JsonError> {
    Scope::from_json(node.value()).map_err(|fault| fault.0)
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

fn write_time(time: Timestamp) -> String {
    hex::quantity(U256::from(time.seconds()))
}

fn read_time(node: Node<'_>) -> Result<Timestamp, JsonError> {
    Timestamp::from_seconds(json::quantity64(node)?).or_else(|_| node.fail("not a time in seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(phase: Phase, lanes: &[Lane]) -> Record {
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let scope = json!({
            "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "move(uint8 x,uint8 y)" }],
            "limits": { "gas": { "total": 5 } },
        });
        Record {
            terms: StoredTerms {
                id: "0a0b".into(),
                app: "game".into(),
                protocol: "kernel_v3/0.3.3".into(),
                chain_id: 31337,
                owner: Address::repeat_byte(1),
                account: Address::repeat_byte(2),
                index: U256::from(3),
                scope: Scope::from_json(&scope).unwrap(),
                validity: Validity::new(at(0), at(9)).unwrap(),
                key: Address::repeat_byte(4),
                grant: vec![5, 6].into(),
                grant_hash: B256::repeat_byte(7),
                created_at: at(8),
                codes: vec![(Address::repeat_byte(15), B256::repeat_byte(16))],
            },
            sealed: vec![9; 60].into(),
            state: State {
                phase,
                grant_signature: GrantSignature(vec![10; 65].into()),
                locked: true,
                spent: Spent {
                    operations: 11,
                    gas: U256::from(12),
                    assets: vec![SpentOn { since: at(16), amount: U256::from(17) }],
                },
                narrowed: Some((
                    Scope::from_json(&scope).unwrap(),
                    Spent { operations: 19, ..Spent::default() },
                )),
                signed_at: at(18),
                lanes: lanes.to_vec(),
            },
        }
    }

    #[test]
    fn every_field_survives() {
        let at = Timestamp::from_seconds(13).unwrap();
        let enabling = Phase::Enabling { hash: B256::repeat_byte(14), at };
        for phase in [Phase::Pending, Phase::Granted, enabling, Phase::Enabled, Phase::Revoked] {
            for lanes in [vec![], vec![Lane { id: 7, next: 15, at }, Lane { id: 0, next: 16, at }]] {
                let record = record(phase, &lanes);
                assert_eq!(Record::from_text(&record.to_text()), Ok(record));
            }
        }
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let text = record(Phase::Enabled, &[]).to_text();
        for length in 0..text.len() {
            assert!(Record::from_text(&text[..length]).is_err(), "cut to {length}");
        }
        let newer =
            text.replace("\"v\":1,\"validAfter\"", "\"v\":2,\"validAfter\"").replace("\"v\":1}", "\"v\":2}");
        assert!(Record::from_text(&newer).is_err());
        assert!(!format!("{:?}", record(Phase::Enabled, &[])).contains("0a0a0a"), "no signature in Debug");
    }

    #[test]
    fn the_sealed_key_is_bound_to_every_fixed_field() {
        let base = record(Phase::Granted, &[]).terms;
        let changes: [fn(&mut StoredTerms); 10] = [
            |terms| terms.id.push('0'),
            |terms| terms.app.push('0'),
            |terms| terms.protocol.push('0'),
            |terms| terms.chain_id = 1,
            |terms| terms.owner = Address::ZERO,
            |terms| terms.account = Address::ZERO,
            |terms| terms.index = U256::ZERO,
            |terms| terms.key = Address::ZERO,
            |terms| terms.grant_hash = B256::ZERO,
            |terms| terms.grant = Bytes::new(),
        ];
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(other.bound("https://a.example"), base.bound("https://a.example"));
        }
        assert_ne!(base.bound("https://a.example"), base.bound("https://b.example"));
    }
}
