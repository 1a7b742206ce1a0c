//! The JSON form of a scope: reading what people write, writing it in full.

mod condition;
mod rule;
mod write;

use serde_json::Value as Json;

use super::{
    Asset, CallRule, Condition, Limits, PaymasterRule, Scope, SpendRule, condition_order, is_gas_budget,
    order_of,
};
use crate::json::{self, JsonError, JsonReason, Node};
use crate::order::{sort_by, sort_by_key};

const ROOT: &str = "scope";
/// Rules of a scope, and values of a list, at most: more could not be brought on chain.
const MOST_ITEMS: usize = 2_048;
const FIELDS: [&str; 7] = ["v", "calls", "spend", "limits", "paymaster", "signatures", "accept"];

/// A scope that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ScopeError(#[from] pub JsonError);

impl Scope {
    /// Reads a scope from JSON text.
    ///
    /// # Errors
    /// [`ScopeError`] with the path of the fault.
    pub fn from_json_text(text: &str) -> Result<Self, ScopeError> {
        Self::from_json(&json::parse(text, ROOT)?)
    }

    /// Reads a scope. Amounts are whole wei or texts such as `0.02 ether`; `args` is a list in order or an object by name, and a
    /// missing `args` leaves the arguments free; a bare value is short for `eq`.
    ///
    /// # Errors
    /// [`ScopeError`] with the path of the fault: an unknown field, a condition that its type does not allow, no gas budget, a rule
    /// that another makes useless.
    pub fn from_json(value: &Json) -> Result<Self, ScopeError> {
        let root = Node::root(value, ROOT);
        root.deny_unknown(&FIELDS)?;
        root.optional("v", |node| match node.value() {
            Json::Number(version) if version.as_u64() == Some(1) => Ok(()),
            _ => node.fail("only version 1 is known"),
        })?;
        refuse_null(root, &["spend", "signatures", "accept", "paymaster"])?;
        let calls = root.field("calls", |node| items(node, rule::read_call))?;
        if calls.is_empty() {
            return Err(root
                .field_error("calls", "a session needs at least one call it may make".into())
                .into());
        }
        refuse_unreachable(&calls)?;
        let spend = root.optional("spend", |node| node.items(rule::read_spend))?.unwrap_or_default();
        let mut assets: Vec<Asset> = spend.iter().map(|rule: &SpendRule| rule.asset).collect();
        sort_by_key(&mut assets, |asset| *asset);
        if assets.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            let reason = "two totals for one asset; write one";
            return Err(root.field_error("spend", reason.into()).into());
        }
        let mut accept = root.optional("accept", |node| node.items(read_accepted))?.unwrap_or_default();
        sort_by_key(&mut accept, String::clone);
        accept.dedup();
        Ok(Self {
            order: order_of(&calls),
            calls,
            spend,
            limits: root.field("limits", read_limits)?,
            paymaster: root.optional("paymaster", read_paymaster)?.unwrap_or(PaymasterRule::None),
            signatures: root
                .optional("signatures", |node| node.items(rule::read_signature))?
                .unwrap_or_default(),
            accept,
        })
    }
}

/// What a program leaves undefined must not drop a limit.
fn refuse_null(node: Node<'_>, names: &[&str]) -> Result<(), JsonError> {
    let object = node.object()?;
    match names.iter().find(|name| object.get(**name).is_some_and(Json::is_null)) {
        Some(name) => Err(node.field_error(name, "nothing; leave the name out if that is meant".into())),
        None => Ok(()),
    }
}

/// The items of a list that is not longer than any scope needs.
fn items<T>(node: Node<'_>, read: impl FnMut(Node<'_>) -> Result<T, JsonError>) -> Result<Vec<T>, JsonError> {
    match node.array()?.len() <= MOST_ITEMS {
        true => node.items(read),
        false => node.fail("more items than a scope may have"),
    }
}

/// A rule that allows nothing beyond another is a mistake: one of the two does not say what was meant.
fn refuse_unreachable(calls: &[CallRule]) -> Result<(), JsonError> {
    let is_single = |rule: &CallRule| rule.args.iter().all(|arg| matches!(arg, Condition::Equal(_)));
    let (single, wide): (Vec<usize>, Vec<usize>) =
        (0..calls.len()).partition(|index| calls.get(*index).is_some_and(is_single));
    // What allows single calls covers only its equals, which are its neighbours once they are in order.
    let mut single: Vec<(usize, &CallRule)> =
        single.into_iter().filter_map(|index| Some((index, calls.get(index)?))).collect();
    sort_by(&mut single, |(_, a), (_, b)| {
        (a.to, a.selector()).cmp(&(b.to, b.selector())).then_with(|| condition_order(&a.args, &b.args))
    });
    for pair in single.windows(2) {
        if let [one, next] = pair {
            refuse_covered(*one, *next)?;
            refuse_covered(*next, *one)?;
        }
    }
    for (index, rule) in calls.iter().enumerate() {
        for (other, wide) in wide.iter().filter_map(|other| Some((*other, calls.get(*other)?))) {
            refuse_covered((index, rule), (other, wide))?;
        }
    }
    Ok(())
}

/// Of two that allow the same, the later one is named.
fn refuse_covered(
    (index, rule): (usize, &CallRule),
    (other_index, other): (usize, &CallRule),
) -> Result<(), JsonError> {
    if index == other_index || !other.covers(rule) || other_index > index && rule.covers(other) {
        return Ok(());
    }
    let reason = format!("never needed: calls[{other_index}] allows everything that it does; leave one out");
    Err(JsonError::new(format!("{ROOT}.calls[{index}]"), JsonReason::Invalid(reason.into())))
}

/// `danger:…` or `local:…`.
fn read_accepted(node: Node<'_>) -> Result<String, JsonError> {
    let text = node.text()?;
    let known = text.strip_prefix("danger:").is_some_and(super::lint::is_acceptable)
        || text.strip_prefix("local:").is_some_and(|path| !path.is_empty());
    match known {
        true => Ok(text.to_owned()),
        false => node.fail("names no danger that can be accepted; write danger:<lint id> or local:<scope path>, as the linter tells them"),
    }
}

/// Seconds from 1 on, at most 48 bits, as the contracts count them.
fn seconds(node: Node<'_>) -> Result<u64, JsonError> {
    match json::duration(node)? {
        seconds if seconds < 1 << 48 => Ok(seconds),
        _ => node.fail("longer than contracts can count"),
    }
}

/// Wei that fit into 128 bits, as text with or without a unit, or as a JSON integer.
pub(crate) fn read_wei(node: Node<'_>) -> Result<u128, JsonError> {
    u128::try_from(json::amount(node)?).or_else(|_| node.fail("more than 128 bits of wei"))
}

fn read_limits(node: Node<'_>) -> Result<Limits, JsonError> {
    node.deny_unknown(&["operations", "rate", "gas"])?;
    let gas = node.field("gas", |gas| {
        gas.deny_unknown(&["maxFeePerGas", "total", "perOperation"])?;
        let total = gas.field("total", |node| match read_wei(node)? {
            total if is_gas_budget(total) => Ok(total),
            _ => node.fail("more than there is of any coin, which is no budget"),
        })?;
        let per_operation = gas.optional("perOperation", |node| match read_wei(node)? {
            wei if wei > 0 && wei <= total => Ok(wei),
            _ => node.fail("an amount from 1 wei on, and no more than the total"),
        })?;
        Ok((gas.optional("maxFeePerGas", read_wei)?, per_operation, total))
    });
    let every = node.optional("rate", |rate| {
        rate.deny_unknown(&["every"])?;
        rate.field("every", seconds)
    })?;
    let operations = node.optional("operations", |node| {
        let count = match node.value() {
            Json::Number(number) => number.as_u64(),
            _ => node.text()?.parse().ok(),
        };
        match count {
            // The contract counts in 48 bits.
            Some(count) if count > 0 && count < 1 << 48 => Ok(count),
            _ => node.fail("a number of operations from 1 on"),
        }
    })?;
    let (max_fee_per_gas, per_operation, gas_total) = gas?;
    Ok(Limits { operations, every, max_fee_per_gas, per_operation, gas_total })
}

fn read_paymaster(node: Node<'_>) -> Result<PaymasterRule, JsonError> {
    match node.text()? {
        "none" => Ok(PaymasterRule::None),
        "any" => Ok(PaymasterRule::Any),
        _ => rule::target(node).map(PaymasterRule::Only),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(in crate::scope) const SAMPLE: &str = r#"{
        "calls": [
            { "to": "0x00000000000000000000000000000000000B0A2D", "function": "move(uint8 x, uint8 y)" },
            { "to": "0x00000000000000000000000000000000000b0a2d", "function": "buy(uint256 item,uint256 amount)",
              "args": [{ "oneOf": ["3", 1, "0x2"] }, { "lte": 5 }], "value": { "max": "0.5 gwei" } },
            { "to": "0x00000000000000000000000000000000000a0000", "function": "mint(address to,bytes4 tag,string note)",
              "args": { "to": { "self": true }, "tag": "0x01020304" } }
        ],
        "limits": { "operations": 20, "gas": { "maxFeePerGas": "0.05 gwei", "total": "0.02 ether" } },
        "paymaster": "none"
    }"#;

    #[test]
    fn what_is_written_in_full_is_read_as_the_same_scope() {
        let scope = Scope::from_json_text(SAMPLE).unwrap();
        let canonical = scope.to_json();
        assert_eq!(Scope::from_json(&canonical).unwrap(), scope);
        assert_eq!(
            canonical["calls"][2]["args"],
            json!([{ "self": true }, { "eq": "0x01020304" }, { "any": true }])
        );
        assert_eq!(canonical["calls"][0]["args"], json!([{ "any": true }, { "any": true }]));
        assert_eq!(canonical["calls"][0]["value"]["max"], "0", "no value means none");
        let buy = &canonical["calls"][1];
        assert_eq!(buy["args"], json!([{ "oneOf": ["1", "2", "3"] }, { "lte": "5" }]));
        assert_eq!(buy["value"]["max"], "500000000");
        assert_eq!(
            canonical["limits"]["gas"],
            json!({ "maxFeePerGas": "50000000", "perOperation": null, "total": "20000000000000000" })
        );
    }

    #[test]
    fn order_and_notation_do_not_change_the_hash() {
        let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
        let hash = Scope::from_json(&value).unwrap().hash();
        value["calls"].as_array_mut().unwrap().reverse();
        value["calls"][0]["args"] = json!([{ "self": true }, "0x01020304", { "any": true }]);
        value["limits"]["gas"]["total"] = json!("20000000000000000");
        assert_eq!(Scope::from_json(&value).unwrap().hash(), hash);
        value["limits"]["operations"] = json!("21");
        assert_ne!(Scope::from_json(&value).unwrap().hash(), hash);
    }

    #[test]
    fn acceptances_by_place_go_with_their_rules() {
        let rule = |to: &str| json!({ "to": to, "function": "f(int256)", "args": [{ "gte": -1 }] });
        let [later, first] =
            ["0x00000000000000000000000000000000000b0a2d", "0x00000000000000000000000000000000000a0000"];
        let total = |token: &str| json!({ "token": token, "limit": 5 });
        let hash = |calls: Json, spend: Json, accept: Json| {
            let scope = json!({ "calls": calls, "spend": spend, "accept": accept, "limits": { "gas": { "total": 5 } } });
            Scope::from_json(&scope).unwrap().hash()
        };
        let [forth, back] = [[later, first], [first, later]].map(|order| order.map(rule));
        let [coin_last, coin_first] = [[later, "native"], ["native", later]].map(|order| order.map(total));
        let written =
            hash(json!(forth), json!(coin_last), json!(["local:calls[0].args[0]", "local:spend[1]"]));
        assert_eq!(
            hash(json!(back), json!(coin_first), json!(["local:spend[0]", "local:calls[1].args[0]"])),
            written
        );
        let other = hash(json!(back), json!(coin_first), json!(["local:spend[0]", "local:calls[0].args[0]"]));
        assert_ne!(other, written, "the other rule is accepted");
        let nothing = hash(json!(forth), json!(coin_last), json!(["local:calls[7]", "local:calls[x]"]));
        assert_ne!(nothing, written, "names of no place stay as they are");
    }

    fn fault(pointer: &str, new: Json) -> String {
        let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
        *value.pointer_mut(pointer).unwrap() = new;
        Scope::from_json(&value).unwrap_err().to_string()
    }

    #[test]
    fn faults_are_told_with_their_path() {
        let zero = json!("0x0000000000000000000000000000000000000000");
        assert!(fault("/calls/0/to", zero).starts_with("scope.calls[0].to: the zero"));
        let precompile = json!("0x0000000000000000000000000000000000000100");
        assert!(fault("/calls/0/to", precompile).contains("precompiled"));
        let two = json!({ "lte": 5, "gte": 1 });
        assert!(fault("/calls/1/args/1", two).starts_with("scope.calls[1].args[1]: one condition"));
        assert!(fault("/calls/1/args/1", json!({ "max": 5 })).ends_with("args[1].max: unknown field"));
        assert!(fault("/calls/1/args", json!({})).starts_with("scope.calls[1].args: names nothing"));
        assert!(fault("/calls/1/args/1", json!({ "lt": 0 })).contains("no value of this type"));
        assert!(fault("/calls/1/args/1", json!({ "between": [5, 4] })).contains("nothing is between"));
        assert!(fault("/calls/1/args/1", json!({ "startsWith": "0x01" })).contains("only bytes and strings"));
        assert!(fault("/calls/1/args/1", json!(1.5)).contains("not an integer"));
        assert!(fault("/calls/1/args/0/oneOf", json!([])).ends_with("oneOf: an empty list allows nothing"));
        assert!(
            fault("/calls/1/args/0/oneOf/1", json!(-1)).ends_with("oneOf[1]: the number is outside its type")
        );
        assert!(fault("/calls/1/args", json!([{ "any": true }])).contains("fewer rules"));
        assert!(fault("/calls/1/args/0", Json::Null).contains("no condition"));
        assert!(fault("/calls/2/args/to", Json::Null).ends_with("leave the name out for a free argument"));
        assert!(fault("/calls/2/args/to", json!({ "lte": 5 })).contains("only integers"));
        assert!(fault("/calls/2/args", json!({ "form": 1 })).ends_with("form: unknown field"));
        assert!(fault("/limits", json!({ "operations": 1 })).ends_with("scope.limits.gas: missing"));
        assert!(fault("/limits/operations", json!(0)).contains("from 1 on"));
        assert!(
            fault("/limits", json!({ "rate": { "every": 30 }, "gas": { "total": 1 } }))
                .contains("with its unit")
        );
        assert!(
            fault("/limits", json!({ "rate": { "every": "281474976710656s" }, "gas": { "total": 1 } }))
                .contains("longer than contracts")
        );
        assert!(fault("/limits/gas/total", json!("1 eth")).contains("ether"));
        for wrong in ["0", "20000000000000001"] {
            let gas = json!({ "total": "20000000000000000", "perOperation": wrong });
            assert!(fault("/limits/gas", gas).contains("no more than the total"));
        }
        assert!(fault("/calls", json!([])).contains("at least one call"));
    }

    #[test]
    fn every_part_of_the_language_has_one_canonical_form() {
        let to = "0x00000000000000000000000000000000000B0a2d";
        let text = json!({
            "calls": [
                { "to": to, "plainTransfer": true, "value": { "max": "1 ether" } },
                { "to": to, "function": "f((uint8 x,int16[2] y) p,string s,bytes b,int8 n)",
                  "args": [{ "y": [{ "lt": 5 }, { "between": [-3, "4"] }] }, { "startsWith": "ab" }, { "oneOf": ["0x02", "0x01"] }, { "gt": -129 }] },
            ],
            "spend": [{ "token": to, "limit": 7, "per": "1d" }, { "token": "native", "limit": "2 gwei" }],
            "limits": { "rate": { "every": "30s" }, "gas": { "total": 5 } },
            "signatures": [{ "verifyingContract": to, "type": "Mail(address to,string text)" }],
            "accept": ["local:spend[0]", "danger:long-expiry", "local:spend[0]"],
        });
        assert!(
            Scope::from_json(&text).unwrap_err().to_string().contains("outside its type"),
            "-129 is no int8"
        );
        let mut text = text;
        text["calls"][1]["args"][3] = json!({ "gt": -128 });
        let scope = Scope::from_json(&text).unwrap();
        let canonical = scope.to_json();
        assert_eq!(Scope::from_json(&canonical).unwrap(), scope);
        assert_eq!(
            canonical["calls"][0],
            json!({ "to": to, "plainTransfer": true, "value": { "max": "1000000000000000000" } })
        );
        assert_eq!(
            canonical["calls"][1]["args"],
            json!([[{ "any": true }, [{ "lte": "4" }, { "between": ["-3", "4"] }]], { "startsWith": "ab" }, { "oneOf": ["0x01", "0x02"] }, { "gte": "-127" }])
        );
        assert_eq!(canonical["spend"][1], json!({ "token": "native", "limit": "2000000000", "per": null }));
        assert_eq!(canonical["spend"][0]["per"], "86400s");
        assert_eq!(canonical["limits"]["rate"], json!({ "every": "30s" }));
        assert_eq!(canonical["accept"], json!(["danger:long-expiry", "local:spend[0]"]));
    }

    #[test]
    fn what_can_never_be_meant_is_refused() {
        let add = |rule: Json| {
            let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
            value["calls"].as_array_mut().unwrap().push(rule);
            Scope::from_json(&value).unwrap_err().to_string()
        };
        let to = "0x00000000000000000000000000000000000b0a2d";
        let narrower = json!({ "to": to, "function": "move(uint8,uint8)", "args": [1, 2] });
        assert_eq!(
            add(narrower),
            "scope.calls[3]: never needed: calls[0] allows everything that it does; leave one out"
        );
        let wider = json!({ "to": to, "function": "buy(uint256,uint256)", "value": { "max": "1 gwei" } });
        assert!(add(wider).starts_with("scope.calls[1]: never needed: calls[3]"));
        // Single calls are compared with their neighbours in order only.
        let single = |values: &[u64]| {
            let rule = |value: &u64| json!({ "to": to, "function": "f(uint256)", "args": [value] });
            let calls: Vec<Json> = values.iter().map(rule).collect();
            Scope::from_json(&json!({ "calls": calls, "limits": { "gas": { "total": 5 } } })).map(drop)
        };
        assert_eq!(single(&[9, 3, 7, 1]), Ok(()));
        let twice = single(&[9, 3, 7, 9, 1]).unwrap_err().to_string();
        assert!(twice.starts_with("scope.calls[3]: never needed: calls[0]"), "{twice}");
        assert!(add(json!({ "to": to, "plainTransfer": true })).contains("value.max"));
        assert!(add(json!({ "to": to, "plainTransfer": true, "args": [] })).contains("unknown field"));
        let no_transfer = json!({ "to": to, "plainTransfer": false, "value": { "max": 1 } });
        assert!(add(no_transfer).contains("is written true"));
        let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
        value["v"] = json!(2);
        assert!(Scope::from_json(&value).unwrap_err().to_string().contains("only version 1"));
        let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
        value["accept"] = json!(["danger:nothing-such"]);
        assert!(Scope::from_json(&value).unwrap_err().to_string().contains("names no danger"));
        value["accept"] = json!([]);
        value["spend"] = json!([{ "token": to, "limit": 1 }, { "token": to, "limit": 2 }]);
        assert!(Scope::from_json(&value).unwrap_err().to_string().contains("two totals"));
    }
}
