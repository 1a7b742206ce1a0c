//! The stored form of a session: a record of what never changes with the sealed key, and a sealed state of what does.
//!
//! The record is written once and each state replaces the one before, so a page that dies in between leaves the old or the new and
//! never a mix.

mod outbox;
mod state;
mod text;

use alloy_primitives::{Address, B256, Bytes, ChainId, U256};
use serde_json::Value as Json;

use super::{SessionError, SessionFault};
use crate::hex;
use crate::json::{self, JsonError, Node, json};
use crate::key::KeyKind;
use crate::scope::Scope;
use crate::time::{Timestamp, Validity};

pub use outbox::Fate;
pub(super) use outbox::{Entry, Lane, Place, Settled, Standing};
pub(super) use state::{GrantSignature, Phase, State};

const ROOT: &str = "record";
/// Version of the stored form. Once one is released, a change needs a reader of the old form.
const VERSION: u64 = 1;
/// The one kind of session key so far.
const KEY_KIND: &str = KeyKind::Secp256k1.name();

/// A stored session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) terms: StoredTerms,
    /// The key, sealed; bound to [`StoredTerms::bound`].
    pub(super) sealed: Bytes,
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
    /// Id of the session that this one takes over from.
    pub(super) renews: Option<String>,
}

/// What sealed bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Key,
    State,
}

impl StoredTerms {
    /// What all names of an app start with.
    pub(super) fn app_prefix(app: &str) -> String {
        format!("hallpass/{app}/")
    }

    /// What all names of an app on a chain start with.
    pub(super) fn prefix(app: &str, chain_id: ChainId) -> String {
        format!("{}{chain_id}/", Self::app_prefix(app))
    }

    /// Name in the store, and of the wrapping key.
    pub(super) fn name(&self) -> String {
        self.name_of(&self.id)
    }

    /// Name of another session of the same account.
    pub(super) fn name_of(&self, id: &str) -> String {
        format!("{}{}/{id}", Self::prefix(&self.app, self.chain_id), self.account)
    }

    /// What sealed bytes are bound to: format version, purpose, origin, and every field of the terms (threat model, rule 9). The key
    /// opens for exactly this session with exactly these terms, and so does its state.
    pub(super) fn bound(&self, purpose: Purpose, origin: &str) -> Vec<u8> {
        let purpose = match purpose {
            Purpose::Key => "key",
            Purpose::State => "state",
        };
        json::text_of(&json!(["hallpass", VERSION, purpose, origin, self.to_json()])).into_bytes()
    }

    fn to_json(&self) -> Json {
        json!({
            "v": VERSION,
            "id": self.id,
            "app": self.app,
            "protocol": self.protocol,
            "chainId": hex::quantity(U256::from(self.chain_id)),
            "owner": self.owner.to_string(),
            "account": self.account.to_string(),
            "index": hex::quantity(self.index),
            "scope": self.scope.to_json(),
            "validAfter": write_time(self.validity.valid_after()),
            "validUntil": write_time(self.validity.valid_until()),
            "keyType": KEY_KIND,
            "key": self.key.to_string(),
            "grant": hex::data(&self.grant),
            "grantHash": self.grant_hash.to_string(),
            "createdAt": write_time(self.created_at),
            "codes": self.codes.iter().map(write_code).collect::<Vec<_>>(),
            "renews": self.renews,
        })
    }

    fn from_node(root: Node<'_>) -> Result<Self, JsonError> {
        let validity =
            Validity::new(root.field("validAfter", read_time)?, root.field("validUntil", read_time)?);
        Ok(Self {
            id: root.field("id", json::string)?,
            app: root.field("app", json::string)?,
            protocol: root.field("protocol", json::string)?,
            chain_id: root.field("chainId", json::quantity64)?,
            owner: root.field("owner", json::address)?,
            account: root.field("account", json::address)?,
            index: root.field("index", json::quantity)?,
            scope: root.field("scope", read_scope)?,
            validity: validity.or_else(|_| root.fail("its window is not one"))?,
            key: root.field("key", json::address)?,
            grant: root.field("grant", json::data)?,
            grant_hash: root.field("grantHash", json::hash)?,
            created_at: root.field("createdAt", read_time)?,
            codes: root.optional("codes", |node| node.items(read_code))?.unwrap_or_default(),
            renews: root.optional("renews", json::string)?,
        })
    }
}

impl Record {
    pub(super) fn to_text(&self) -> String {
        let mut record = self.terms.to_json();
        if let Json::Object(fields) = &mut record {
            fields.insert("sealed".to_owned(), Json::String(hex::data(&self.sealed)));
        }
        json::text_of(&record)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`SessionFault::NewerRecord`], [`SessionFault::Damaged`].
    pub(super) fn from_text(text: &str) -> Result<Self, SessionError> {
        let value =
            json::parse(text, ROOT).map_err(|fault| SessionError::from(SessionFault::Damaged(fault)))?;
        let root = Node::root(&value, ROOT);
        let version = root
            .field("v", |node| Ok(node.value().as_u64()))
            .map_err(|fault| SessionError::from(SessionFault::Damaged(fault)))?;
        let record = match version {
            Some(VERSION) => Self::from_node(root, text),
            Some(version) if version > VERSION => return Err(SessionError::from(SessionFault::NewerRecord)),
            _ => root.fail("not a session's record"),
        };
        record.map_err(|fault| SessionError::from(SessionFault::Damaged(fault)))
    }

    fn from_node(root: Node<'_>, text: &str) -> Result<Self, JsonError> {
        let kind = root.field("keyType", json::string)?;
        if kind != KEY_KIND {
            return root.fail("a kind of key that this build does not have");
        }
        let record = Self { terms: StoredTerms::from_node(root)?, sealed: root.field("sealed", json::data)? };
        // Nothing but what was written, to the letter: then nothing in it was passed over.
        if record.to_text() == text { Ok(record) } else { root.fail("not as it was written") }
    }
}

fn write_code((address, hash): &(Address, B256)) -> Json {
    json!({ "address": address.to_string(), "hash": hash.to_string() })
}

fn read_code(node: Node<'_>) -> Result<(Address, B256), JsonError> {
    Ok((node.field("address", json::address)?, node.field("hash", json::hash)?))
}

fn read_scope(node: Node<'_>) -> Result<Scope, JsonError> {
    Scope::from_json(node.value()).map_err(|fault| fault.0)
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
    use crate::scope::{Asset, Reserve, Spent, SpentOn};
    use crate::userop::v07::UserOperation;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    fn scope() -> Json {
        json!({
            "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "move(uint8 x,uint8 y)" }],
            "limits": { "gas": { "total": 5 } },
        })
    }

    fn record() -> Record {
        Record {
            terms: StoredTerms {
                id: "0a0b".into(),
                app: "game".into(),
                protocol: "kernel_v3/0.3.3".into(),
                chain_id: 31337,
                owner: Address::repeat_byte(1),
                account: Address::repeat_byte(2),
                index: U256::from(3),
                scope: Scope::from_json(&scope()).unwrap(),
                validity: Validity::new(at(0), at(9)).unwrap(),
                key: Address::repeat_byte(4),
                grant: vec![5, 6].into(),
                grant_hash: B256::repeat_byte(7),
                created_at: at(8),
                codes: vec![(Address::repeat_byte(15), B256::repeat_byte(16))],
                renews: Some("0c".into()),
            },
            sealed: vec![9; 60].into(),
        }
    }

    fn state(phase: Phase) -> State {
        let transaction = B256::repeat_byte(30);
        let included = |success, is_final| Fate::Included { block: 31, transaction, success, is_final };
        let fates = [
            included(true, false),
            included(false, true),
            Fate::Replaced { by: B256::repeat_byte(32) },
            Fate::Dropped,
        ];
        State {
            phase,
            grant_signature: GrantSignature(vec![10; 65].into()),
            locked: true,
            spent: Spent {
                operations: 11,
                gas: U256::from(12),
                assets: vec![SpentOn { since: at(16), amount: U256::from(17) }],
            },
            narrowed: Some((
                Scope::from_json(&scope()).unwrap(),
                Spent { operations: 19, ..Spent::default() },
            )),
            signed_at: at(18),
            lanes: vec![(Lane::Enabling, 1), (Lane::Use(7), 15)],
            outbox: [Standing::Signed, Standing::Accepted, Standing::Handed, Standing::GivenUp]
                .map(entry)
                .to_vec(),
            history: fates.map(settled).to_vec(),
        }
    }

    fn entry(standing: Standing) -> Entry {
        Entry {
            id: "0d".into(),
            hash: B256::repeat_byte(20),
            place: Place { lane: Lane::Use(7), sequence: 21 },
            standing,
            at: at(22),
            since: 23,
            reserve: Reserve {
                operations: 1,
                gas: U256::from(24),
                assets: vec![
                    (Asset::Native, U256::from(25)),
                    (Asset::Token(Address::repeat_byte(26)), U256::from(27)),
                ],
            },
            operation: Box::new(UserOperation { signature: vec![28; 65].into(), ..UserOperation::default() }),
        }
    }

    fn settled(fate: Fate) -> Settled {
        let place = Place { lane: Lane::Enabling, sequence: 0 };
        Settled {
            id: "0e".into(),
            hash: B256::repeat_byte(29),
            place,
            fate,
            over: entry(Standing::Signed).reserve,
            entry: Some(Box::new(entry(Standing::Accepted))),
        }
    }

    #[test]
    fn every_field_survives() {
        assert_eq!(Record::from_text(&record().to_text()), Ok(record()));
        for phase in [Phase::Pending, Phase::Granted, Phase::Enabled, Phase::Revoked] {
            assert_eq!(State::from_text(&state(phase).to_text()), Ok(state(phase)));
        }
        assert!(!format!("{:?}", state(Phase::Enabled)).contains("0a0a0a"), "no signature in Debug");
    }

    fn is_damaged(text: &str) -> bool {
        Record::from_text(text).is_err_and(|error| matches!(*error, SessionFault::Damaged(_)))
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let text = record().to_text();
        for length in 0..text.len() {
            assert!(is_damaged(&text[..length]), "cut to {length}");
        }
        let version =
            |version: &str| Record::from_text(&text.replace("\"v\":1,", &format!("\"v\":{version},")));
        for newer in ["2", "4000000000"] {
            assert_eq!(version(newer), Err(SessionError::from(SessionFault::NewerRecord)));
        }
        for none in ["0", "-1", "\"1\"", "null"] {
            assert!(version(none).is_err_and(|error| matches!(*error, SessionFault::Damaged(_))), "{none}");
        }
        let kind = text.replace("secp256k1", "p256");
        assert!(is_damaged(&kind));
    }

    #[test]
    fn what_is_sealed_is_bound_to_every_fixed_field() {
        let base = record().terms;
        let changes: [fn(&mut StoredTerms); 14] = [
            |terms| terms.id.push('0'),
            |terms| terms.app.push('0'),
            |terms| terms.protocol.push('0'),
            |terms| terms.chain_id = 1,
            |terms| terms.owner = Address::ZERO,
            |terms| terms.account = Address::ZERO,
            |terms| terms.index = U256::ZERO,
            |terms| terms.key = Address::ZERO,
            |terms| terms.validity = Validity::new(at(0), at(10)).unwrap(),
            |terms| terms.grant_hash = B256::ZERO,
            |terms| terms.grant = Bytes::new(),
            |terms| terms.created_at = at(7),
            |terms| terms.codes.clear(),
            |terms| terms.renews = None,
        ];
        let (a, b) = ("https://a.example", "https://b.example");
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            for purpose in [Purpose::Key, Purpose::State] {
                assert_ne!(other.bound(purpose, a), base.bound(purpose, a));
            }
        }
        assert_ne!(base.bound(Purpose::Key, a), base.bound(Purpose::Key, b));
        assert_ne!(base.bound(Purpose::Key, a), base.bound(Purpose::State, a));
        let read = Record::from_text(&record().to_text());
        assert_eq!(
            read.unwrap().terms.bound(Purpose::Key, a),
            base.bound(Purpose::Key, a),
            "the same after a reload"
        );
    }
}
