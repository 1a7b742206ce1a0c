//! The text of a state, as it is sealed.

use alloy_primitives::U256;
use serde_json::Value as Json;

use super::outbox::{Entry, Fate, Lane, Place, Settled, Standing};
use super::state::{GrantSignature, Phase, State};
use super::{read_scope, read_time, write_time};
use crate::hex;
use crate::json::{self, JsonError, Node, json};
use crate::scope::{Asset, Reserve, Scope, Spent, SpentOn};
use crate::userop::v07::UserOperation;

const ROOT: &str = "state";
/// Stands for the lane of enabling operations.
const ENABLING: &str = "enabling";
/// Stands for the chain's own coin.
const NATIVE: &str = "native";

const PHASES: [(&str, Phase); 4] = [
    ("pending", Phase::Pending),
    ("granted", Phase::Granted),
    ("enabled", Phase::Enabled),
    ("revoked", Phase::Revoked),
];

const STANDINGS: [(&str, Standing); 4] = [
    ("signed", Standing::Signed),
    ("accepted", Standing::Accepted),
    ("handed", Standing::Handed),
    ("given-up", Standing::GivenUp),
];

impl State {
    pub(in crate::session) fn to_text(&self) -> String {
        json::text_of(&json!({
            "phase": name_of(&PHASES, self.phase),
            "signature": hex::data(&self.grant_signature.0),
            "locked": self.locked,
            "spent": write_spent(&self.spent),
            "narrowed": self.narrowed.as_ref().map(|(scope, spent)| json!({ "scope": scope.to_json(), "spent": write_spent(spent) })),
            "signedAt": write_time(self.signed_at),
            "lanes": self.lanes.iter().map(|(lane, next)| json!([write_lane(*lane), number(*next)])).collect::<Vec<_>>(),
            "outbox": self.outbox.iter().map(write_entry).collect::<Vec<_>>(),
            "history": self.history.iter().map(write_settled).collect::<Vec<_>>(),
        }))
    }

    pub(in crate::session) fn from_text(text: &str) -> Result<Self, JsonError> {
        let value = json::parse(text, ROOT)?;
        let root = Node::root(&value, ROOT);
        Ok(Self {
            phase: root.field("phase", |node| named(node, &PHASES))?,
            grant_signature: GrantSignature(root.field("signature", json::data)?),
            locked: root.field("locked", json::boolean)?,
            spent: root.field("spent", read_spent)?,
            narrowed: root.optional("narrowed", read_narrowed)?,
            signed_at: root.field("signedAt", read_time)?,
            lanes: root
                .field("lanes", |lanes| lanes.items(|node| pair(node, read_lane, json::quantity64)))?,
            outbox: root.field("outbox", |entries| entries.items(read_entry))?,
            history: root.field("history", |all| all.items(read_settled))?,
        })
    }
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, named)| *named == value).map_or("", |(name, _)| *name)
}

fn named<T: Copy>(node: Node<'_>, names: &[(&'static str, T)]) -> Result<T, JsonError> {
    let text = node.text()?;
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(*value),
        None => node.fail("an unknown name"),
    }
}

fn number(number: u64) -> String {
    hex::quantity(U256::from(number))
}

/// A list of exactly two things.
fn pair<A, B>(
    node: Node<'_>,
    first: impl Fn(Node<'_>) -> Result<A, JsonError>,
    second: impl Fn(Node<'_>) -> Result<B, JsonError>,
) -> Result<(A, B), JsonError> {
    let (mut a, mut b) = (None, None);
    let mut others = 0_usize;
    node.items(|item| {
        match (&a, &b) {
            (None, _) => a = Some(first(item)?),
            (_, None) => b = Some(second(item)?),
            _ => others = others.saturating_add(1),
        }
        Ok(())
    })?;
    match (a, b, others) {
        (Some(a), Some(b), 0) => Ok((a, b)),
        _ => node.fail("not two things"),
    }
}

fn write_lane(lane: Lane) -> String {
    match lane {
        Lane::Enabling => ENABLING.to_owned(),
        Lane::Use(id) => number(u64::from(id)),
    }
}

fn read_lane(node: Node<'_>) -> Result<Lane, JsonError> {
    if node.text()? == ENABLING {
        return Ok(Lane::Enabling);
    }
    u16::try_from(json::quantity64(node)?).map(Lane::Use).or_else(|_| node.fail("not a lane"))
}

fn write_place(place: Place) -> Json {
    json!([write_lane(place.lane), number(place.sequence)])
}

fn read_place(node: Node<'_>) -> Result<Place, JsonError> {
    let (lane, sequence) = pair(node, read_lane, json::quantity64)?;
    Ok(Place { lane, sequence })
}

fn write_reserve(reserve: &Reserve) -> Json {
    let assets = reserve.assets.iter().map(|(asset, amount)| {
        let asset = match asset {
            Asset::Native => NATIVE.to_owned(),
            Asset::Token(token) => token.to_string(),
        };
        json!([asset, hex::quantity(*amount)])
    });
    json!({
        "operations": number(reserve.operations),
        "gas": hex::quantity(reserve.gas),
        "assets": assets.collect::<Vec<_>>(),
    })
}

fn read_reserve(node: Node<'_>) -> Result<Reserve, JsonError> {
    let asset = |node: Node<'_>| match node.text()? {
        NATIVE => Ok(Asset::Native),
        _ => json::address(node).map(Asset::Token),
    };
    Ok(Reserve {
        operations: node.field("operations", json::quantity64)?,
        gas: node.field("gas", json::quantity)?,
        assets: node.field("assets", |assets| assets.items(|node| pair(node, asset, json::quantity)))?,
    })
}

fn write_entry(entry: &Entry) -> Json {
    json!({
        "id": entry.id,
        "hash": entry.hash.to_string(),
        "place": write_place(entry.place),
        "standing": name_of(&STANDINGS, entry.standing),
        "at": write_time(entry.at),
        "since": number(entry.since),
        "reserve": write_reserve(&entry.reserve),
        "operation": entry.operation.to_rpc(),
    })
}

fn read_entry(node: Node<'_>) -> Result<Entry, JsonError> {
    Ok(Entry {
        id: node.field("id", json::string)?,
        hash: node.field("hash", json::hash)?,
        place: node.field("place", read_place)?,
        standing: node.field("standing", |node| named(node, &STANDINGS))?,
        at: node.field("at", read_time)?,
        since: node.field("since", json::quantity64)?,
        reserve: node.field("reserve", read_reserve)?,
        operation: Box::new(node.field("operation", UserOperation::from_node)?),
    })
}

fn write_settled(settled: &Settled) -> Json {
    let mut fields = json!({
        "id": settled.id,
        "hash": settled.hash.to_string(),
        "place": write_place(settled.place),
        "over": write_reserve(&settled.over),
        "entry": settled.entry.as_deref().map(write_entry),
    });
    let fate = match settled.fate {
        Fate::Included { block, transaction, success, is_final } => json!({
            "block": number(block), "transaction": transaction.to_string(), "success": success, "final": is_final,
        }),
        Fate::Replaced { by } => json!({ "by": by.to_string() }),
        Fate::Dropped => Json::Null,
    };
    if let Json::Object(fields) = &mut fields {
        fields.insert("fate".to_owned(), fate);
    }
    fields
}

fn read_settled(node: Node<'_>) -> Result<Settled, JsonError> {
    Ok(Settled {
        id: node.field("id", json::string)?,
        hash: node.field("hash", json::hash)?,
        place: node.field("place", read_place)?,
        fate: node.optional("fate", read_fate)?.unwrap_or(Fate::Dropped),
        over: node.field("over", read_reserve)?,
        entry: node.optional("entry", read_entry)?.map(Box::new),
    })
}

fn read_fate(node: Node<'_>) -> Result<Fate, JsonError> {
    if let Some(by) = node.optional("by", json::hash)? {
        return Ok(Fate::Replaced { by });
    }
    Ok(Fate::Included {
        block: node.field("block", json::quantity64)?,
        transaction: node.field("transaction", json::hash)?,
        success: node.field("success", json::boolean)?,
        is_final: node.field("final", json::boolean)?,
    })
}

fn write_spent(spent: &Spent) -> Json {
    json!({
        "operations": number(spent.operations),
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

fn write_spent_on(spent: &SpentOn) -> Json {
    json!({ "since": write_time(spent.since), "amount": hex::quantity(spent.amount) })
}

fn read_spent_on(node: Node<'_>) -> Result<SpentOn, JsonError> {
    Ok(SpentOn { since: node.field("since", read_time)?, amount: node.field("amount", json::quantity)? })
}
