//! Reading single values.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::Value;

use super::{JsonError, JsonReason, Node};
use crate::hex::{self, HexError};
use crate::time::Timestamp;
use crate::units::{parse_amount, parse_duration};

/// Whole bytes in hex.
pub(crate) fn data(node: Node<'_>) -> Result<Bytes, JsonError> {
    node.hex(hex::parse_data)
}

/// An address in hex.
pub(crate) fn address(node: Node<'_>) -> Result<Address, JsonError> {
    node.hex(hex::parse_address)
}

/// 32 bytes in hex.
pub(crate) fn hash(node: Node<'_>) -> Result<B256, JsonError> {
    node.hex(hex::parse_fixed::<32>).map(B256::from)
}

/// A string of its own.
pub(crate) fn string(node: Node<'_>) -> Result<String, JsonError> {
    node.text().map(str::to_owned)
}

/// `true` or `false`.
pub(crate) fn boolean(node: Node<'_>) -> Result<bool, JsonError> {
    match node.value() {
        Value::Bool(bool) => Ok(*bool),
        _ => node.fail_kind("a boolean"),
    }
}

/// A quantity of up to 256 bits.
pub(crate) fn quantity(node: Node<'_>) -> Result<U256, JsonError> {
    node.hex(hex::parse_quantity)
}

/// A quantity of up to 128 bits.
pub(crate) fn quantity128(node: Node<'_>) -> Result<u128, JsonError> {
    u128::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 128 }))
}

/// A quantity of up to 64 bits.
pub(crate) fn quantity64(node: Node<'_>) -> Result<u64, JsonError> {
    u64::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 64 }))
}

/// Wei, or a token's smallest units: a JSON integer, or text: decimal, hex, or with a unit such as `0.02 ether`.
pub(crate) fn amount(node: Node<'_>) -> Result<U256, JsonError> {
    let number = match node.value() {
        Value::Number(number) => number.to_string(),
        _ => string(node)?,
    };
    parse_amount(&number).or_else(|fault| node.fail(JsonReason::Invalid(fault.to_string().into())))
}

/// A length of time in seconds, from 1 on: text with a unit.
pub(crate) fn duration(node: Node<'_>) -> Result<u64, JsonError> {
    match node.text().ok().and_then(|text| parse_duration(text).ok()) {
        Some(seconds) if seconds > 0 => Ok(seconds),
        _ => node.fail("a length of time is written with its unit, such as '90s', '20m', '4h' or '7d'"),
    }
}

/// Seconds of the year 2242: what is later is a time in milliseconds.
const LAST: u64 = 1 << 33;

/// A point in time: a length of time from `now`, or `{ "at": <Unix seconds> }`.
pub(crate) fn instant(node: Node<'_>, now: Timestamp) -> Result<Timestamp, JsonError> {
    let none =
        "a time is a Date, { at: <Unix seconds> }, or a length of time from now with its unit, such as '4h'";
    let seconds = match node.value() {
        Value::Object(_) => {
            node.deny_unknown(&["at"])?;
            node.field("at", |at| match at.value().as_u64() {
                Some(seconds) if seconds < LAST => Ok(seconds),
                Some(_) => at.fail("far away; times are in seconds, not milliseconds"),
                None => at.fail("whole Unix seconds"),
            })?
        }
        _ => match node.text().ok().and_then(|text| parse_duration(text).ok()) {
            Some(length) => now.seconds().saturating_add(length),
            None => return node.fail(none),
        },
    };
    Timestamp::from_seconds(seconds).or_else(|_| node.fail(none))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_have_one_spelling_each() {
        let now = Timestamp::from_seconds(1_800_000_000).unwrap();
        let at = |value: Value| instant(Node::root(&value, "it"), now).map(Timestamp::seconds).ok();
        assert_eq!(at(json!("4h")), Some(1_800_014_400));
        assert_eq!(at(json!({ "at": 1_800_000_007 })), Some(1_800_000_007));
        for odd in [
            json!("14400"),
            json!(14400),
            json!("soon"),
            json!(1_800_000_007),
            json!({ "at": "1800000007" }),
            json!({}),
            json!({ "at": 1_800_000_000_000_u64 }),
            json!({ "at": 5, "in": 7 }),
            json!(null),
            json!({ "at": -1 }),
        ] {
            assert_eq!(at(odd.clone()), None, "{odd}");
        }
        let length = |value: Value| duration(Node::root(&value, "it")).ok();
        assert_eq!((length(json!("90s")), length(json!("7d"))), (Some(90), Some(604_800)));
        for odd in [json!("90"), json!(90), json!("0s"), json!({ "at": 5 }), json!(""), json!(null)] {
            assert_eq!(length(odd.clone()), None, "{odd}");
        }
    }
}
