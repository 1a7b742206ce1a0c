//! The JSON form of a scope: reading what people write, writing the canonical form.

use alloy_primitives::{Address, U256};
use serde_json::{Map, Value as Json, json};

use super::arg::is_one_word;
use super::{ArgRule, CallRule, Condition, Limits, PaymasterRule, Scope};
use crate::abi::{Function, Kind, Param, Type, Value, encode, read_value};
use crate::hex;
use crate::json::{self, JsonError, JsonReason, Node};
use crate::order::sort_by_key;
use crate::units::parse_amount;

const ROOT: &str = "scope";
const FIELDS: [&str; 7] = ["v", "calls", "spend", "limits", "paymaster", "signatures", "accept"];
const OPERATORS: [&str; 6] = ["any", "self", "eq", "lte", "gte", "oneOf"];
/// Addresses up to here belong to precompiled contracts and to no app.
const LAST_PRECOMPILE: u64 = 0xffff;

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
    /// [`ScopeError`] with the path of the fault: an unknown field, a condition that its type does not allow, no gas budget.
    pub fn from_json(value: &Json) -> Result<Self, ScopeError> {
        let root = Node::root(value, ROOT);
        root.deny_unknown(&FIELDS)?;
        root.optional("v", |node| match node.value() {
            Json::Number(version) if version.as_u64() == Some(1) => Ok(()),
            _ => node.fail("only version 1 is known"),
        })?;
        for (name, instead) in [
            (
                "spend",
                "totals of value and tokens are not supported by this version; cap each call with value.max and lte",
            ),
            ("signatures", "sessions of this version sign user operations only; leave it empty"),
        ] {
            root.optional(name, |node| match node.array()? {
                [] => Ok(()),
                _ => node.fail(instead),
            })?;
        }
        let mut calls = root.field("calls", |node| node.items(read_call))?;
        if calls.is_empty() {
            return Err(root
                .field_error("calls", "a session needs at least one call it may make".into())
                .into());
        }
        sort_by_key(&mut calls, |rule: &CallRule| (rule.to, rule.function.selector()));
        let mut accept = root.optional("accept", |node| node.items(json::string))?.unwrap_or_default();
        sort_by_key(&mut accept, String::clone);
        accept.dedup();
        Ok(Self {
            calls,
            limits: root.field("limits", read_limits)?,
            paymaster: root.optional("paymaster", read_paymaster)?.unwrap_or(PaymasterRule::None),
            accept,
        })
    }

    /// The canonical form: every field, integers as decimal strings, calls and lists in order.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "v": 1,
            "calls": self.calls.iter().map(write_call).collect::<Vec<_>>(),
            "spend": [],
            "limits": write_limits(&self.limits),
            "paymaster": match self.paymaster {
                PaymasterRule::None => "none".to_owned(),
                PaymasterRule::Any => "any".to_owned(),
                PaymasterRule::Only(address) => address.to_string(),
            },
            "signatures": [],
            "accept": self.accept,
        })
    }
}

/// Wei: a decimal string, a text with a unit, or a JSON integer.
fn amount(node: Node<'_>) -> Result<U256, JsonError> {
    let number = match node.value() {
        Json::Number(number) => number.to_string(),
        _ => json::string(node)?,
    };
    parse_amount(&number).or_else(|fault| node.fail(JsonReason::Invalid(fault.to_string().into())))
}

fn amount128(node: Node<'_>) -> Result<u128, JsonError> {
    u128::try_from(amount(node)?).or_else(|_| node.fail("more than 128 bits of wei"))
}

fn read_call(node: Node<'_>) -> Result<CallRule, JsonError> {
    node.deny_unknown(&["to", "function", "args", "value"])?;
    let to = node.field("to", target)?;
    let function: Function = node.field("function", |node| {
        node.text()?
            .parse()
            .or_else(|fault: crate::abi::ParseError| node.fail(JsonReason::Invalid(fault.to_string().into())))
    })?;
    let args = node.optional("args", |node| read_args(function.inputs(), node))?;
    let args = args.unwrap_or_else(|| free(function.inputs()));
    let max_value = node.optional("value", |node| {
        node.deny_unknown(&["max"])?;
        node.field("max", amount)
    })?;
    Ok(CallRule { to, function, args, max_value: max_value.unwrap_or_default() })
}

/// A contract of an app: not the zero address, no precompile.
fn target(node: Node<'_>) -> Result<Address, JsonError> {
    let address = json::address(node)?;
    let number = U256::from_be_slice(address.as_slice());
    if number.is_zero() {
        return node.fail("the zero address stands for every contract on chain; name each contract");
    }
    if number <= U256::from(LAST_PRECOMPILE) {
        return node.fail("a precompiled contract is never a target of a session");
    }
    Ok(address)
}

fn free(params: &[Param]) -> Vec<ArgRule> {
    params.iter().map(|_| ArgRule { condition: Condition::Any }).collect()
}

fn read_args(params: &[Param], node: Node<'_>) -> Result<Vec<ArgRule>, JsonError> {
    if let Json::Object(named) = node.value() {
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        node.deny_unknown(&names)?;
        if let Some((name, _)) = named.iter().find(|(_, condition)| condition.is_null()) {
            return Err(node.field_error(name, "no condition; leave the name out for a free argument".into()));
        }
        let read = |param: &Param| node.optional(&param.name, |node| read_condition(&param.ty, node));
        let named = |param: &Param| Ok(read(param)?.unwrap_or(Condition::Any));
        return params.iter().map(|param| Ok(ArgRule { condition: named(param)? })).collect();
    }
    let mut types = params.iter();
    let rules = node.items(|node| match types.next() {
        Some(param) => Ok(ArgRule { condition: read_condition(&param.ty, node)? }),
        None => node.fail("more rules than the function has arguments"),
    })?;
    if rules.len() < params.len() {
        return node
            .fail("fewer rules than the function has arguments; write {\"any\": true} for a free one");
    }
    Ok(rules)
}

fn read_condition(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    let Json::Object(object) = node.value() else {
        return match node.value() {
            // What a program leaves undefined must not become a free argument.
            Json::Null => node.fail("no condition; write {\"any\": true} for a free argument"),
            _ => one_word(ty, node, |node| read_value(ty, node)).map(Condition::Equal),
        };
    };
    node.deny_unknown(&OPERATORS)?;
    let mut operators = object.keys();
    let (Some(operator), None) = (operators.next(), operators.next()) else {
        return node.fail("one condition per argument: any, self, eq, lte, gte or oneOf");
    };
    let value = |node: Node<'_>| read_value(ty, node);
    node.field(operator, |node| match operator.as_str() {
        "any" => yes(node).map(|()| Condition::Any),
        "self" if *ty.kind() == Kind::Address => yes(node).map(|()| Condition::SelfAccount),
        "self" => node.fail("only an address can be the account itself"),
        "eq" => one_word(ty, node, value).map(Condition::Equal),
        "oneOf" => one_word(ty, node, |node| node.items(value)).and_then(|values| one_of(ty, node, values)),
        "lte" => ordered(ty, node).map(Condition::LessOrEqual),
        _ => ordered(ty, node).map(Condition::GreaterOrEqual),
    })
}

fn yes(node: Node<'_>) -> Result<(), JsonError> {
    if *node.value() == Json::Bool(true) { Ok(()) } else { node.fail("is written true") }
}

fn one_word<T>(
    ty: &Type,
    node: Node<'_>,
    read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
) -> Result<T, JsonError> {
    if is_one_word(ty) {
        return read(node);
    }
    node.fail(
        "no contract enforces a condition on this type; leave the argument free or use another function",
    )
}

/// Contracts compare words as unsigned numbers, so order means nothing for other types.
fn ordered(ty: &Type, node: Node<'_>) -> Result<Value, JsonError> {
    match ty.kind() {
        Kind::Uint(_) => read_value(ty, node),
        _ => node.fail("only unsigned integers can be compared by order"),
    }
}

/// Ordered and without repetition; a list of one is an equality.
fn one_of(ty: &Type, node: Node<'_>, mut values: Vec<Value>) -> Result<Condition, JsonError> {
    sort_by_key(&mut values, |value| encode([ty], std::slice::from_ref(value)).unwrap_or_default());
    values.dedup();
    match values.len() {
        0 => node.fail("an empty list allows nothing"),
        1 => Ok(values.pop().map_or(Condition::Any, Condition::Equal)),
        _ => Ok(Condition::OneOf(values)),
    }
}

fn read_limits(node: Node<'_>) -> Result<Limits, JsonError> {
    node.deny_unknown(&["operations", "rate", "gas"])?;
    node.optional("rate", |node| {
        node.fail::<()>("a rate is not supported by this version; limit the number of operations")
    })?;
    let gas = node.field("gas", |gas| {
        gas.deny_unknown(&["maxFeePerGas", "total"])?;
        Ok((gas.optional("maxFeePerGas", amount128)?, gas.field("total", amount128)?))
    });
    let operations = node.optional("operations", |node| match amount(node) {
        // The contract counts in 48 bits.
        Ok(count) if !count.is_zero() && count.bit_len() <= 48 => Ok(count.wrapping_to::<u64>()),
        _ => node.fail("a number of operations from 1 on"),
    })?;
    let (max_fee_per_gas, gas_total) = gas?;
    Ok(Limits { operations, max_fee_per_gas, gas_total })
}

fn read_paymaster(node: Node<'_>) -> Result<PaymasterRule, JsonError> {
    match node.text()? {
        "none" => Ok(PaymasterRule::None),
        "any" => Ok(PaymasterRule::Any),
        _ => target(node).map(PaymasterRule::Only),
    }
}

fn write_call(rule: &CallRule) -> Json {
    json!({
        "to": rule.to.to_string(),
        "function": rule.function.declaration(),
        "args": rule.args.iter().zip(rule.function.inputs()).map(write_condition).collect::<Vec<_>>(),
        "value": { "max": rule.max_value.to_string() },
    })
}

fn write_condition((arg, param): (&ArgRule, &Param)) -> Json {
    let write = |value: &Value| write_value(&param.ty, value);
    match &arg.condition {
        Condition::Any => json!({ "any": true }),
        Condition::SelfAccount => json!({ "self": true }),
        Condition::Equal(value) => json!({ "eq": write(value) }),
        Condition::LessOrEqual(value) => json!({ "lte": write(value) }),
        Condition::GreaterOrEqual(value) => json!({ "gte": write(value) }),
        Condition::OneOf(values) => json!({ "oneOf": values.iter().map(write).collect::<Vec<_>>() }),
    }
}

fn write_limits(limits: &Limits) -> Json {
    let mut gas = Map::new();
    gas.insert("maxFeePerGas".to_owned(), limits.max_fee_per_gas.map(|fee| fee.to_string()).into());
    gas.insert("total".to_owned(), limits.gas_total.to_string().into());
    json!({ "operations": limits.operations.map(|count| count.to_string()), "rate": null, "gas": gas })
}

/// A value of one word as JSON.
pub(super) fn write_value(ty: &Type, value: &Value) -> Json {
    match (ty.kind(), value) {
        (_, Value::Bool(bool)) => Json::Bool(*bool),
        (_, Value::Address(address)) => Json::String(address.to_string()),
        (_, Value::Uint(number)) => Json::String(number.to_string()),
        (_, Value::Int(number)) => Json::String(number.to_string()),
        (Kind::FixedBytes(length), Value::FixedBytes(word)) => {
            Json::String(hex::data(word.get(..*length).unwrap_or_default()))
        }
        // Conditions are on values of one word only.
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
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
    fn the_canonical_form_is_read_as_the_same_scope() {
        let scope = Scope::from_json_text(SAMPLE).unwrap();
        let canonical = scope.to_json();
        assert_eq!(Scope::from_json(&canonical).unwrap(), scope);
        assert_eq!(
            canonical["calls"][0]["args"],
            json!([{ "self": true }, { "eq": "0x01020304" }, { "any": true }])
        );
        assert_eq!(canonical["calls"][1]["args"], json!([{ "any": true }, { "any": true }]));
        let buy = &canonical["calls"][2];
        assert_eq!(buy["args"], json!([{ "oneOf": ["1", "2", "3"] }, { "lte": "5" }]));
        assert_eq!(buy["value"]["max"], "500000000");
        assert_eq!(
            canonical["limits"]["gas"],
            json!({ "maxFeePerGas": "50000000", "total": "20000000000000000" })
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
    fn faults_are_told_with_their_path() {
        let fault = |pointer: &str, new: Json| {
            let mut value: Json = serde_json::from_str(SAMPLE).unwrap();
            *value.pointer_mut(pointer).unwrap() = new;
            Scope::from_json(&value).unwrap_err().to_string()
        };
        assert!(
            fault("/calls/0/to", json!("0x0000000000000000000000000000000000000000"))
                .starts_with("scope.calls[0].to: the zero")
        );
        assert!(
            fault("/calls/0/to", json!("0x0000000000000000000000000000000000000100")).contains("precompiled")
        );
        assert!(
            fault("/calls/1/args/1", json!({ "lte": 5, "gte": 1 }))
                .starts_with("scope.calls[1].args[1]: one condition")
        );
        assert!(fault("/calls/1/args/1", json!({ "lt": 5 })).ends_with("args[1].lt: unknown field"));
        assert!(fault("/calls/1/args/0/oneOf", json!([])).ends_with("oneOf: an empty list allows nothing"));
        assert!(
            fault("/calls/1/args/0/oneOf/1", json!(-1)).ends_with("oneOf[1]: the number is outside its type")
        );
        assert!(fault("/calls/1/args", json!([{ "any": true }])).contains("fewer rules"));
        assert!(fault("/calls/1/args/0", Json::Null).contains("no condition"));
        assert!(fault("/calls/2/args/to", Json::Null).ends_with("leave the name out for a free argument"));
        assert!(fault("/calls/2/args/to", json!({ "lte": 5 })).contains("only unsigned"));
        assert!(fault("/calls/2/args", json!({ "note": { "eq": "x" } })).contains("no contract enforces"));
        assert!(fault("/calls/2/args", json!({ "form": 1 })).ends_with("form: unknown field"));
        assert!(fault("/limits", json!({ "operations": 1 })).ends_with("scope.limits.gas: missing"));
        assert!(fault("/limits/operations", json!(0)).contains("from 1 on"));
        assert!(fault("/limits/gas/total", json!("1 eth")).contains("ether"));
        assert!(fault("/calls", json!([])).contains("at least one call"));
    }
}
