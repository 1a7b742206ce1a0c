//! ABI values from JSON: integers as JSON integers, decimal strings or hex; bytes as hex; sequences as arrays; tuples as arrays or,
//! when their members have names, as objects.

use alloy_primitives::{I256, U256};
use serde_json::Value as Json;

use super::value::{int_fits, uint_fits};
use super::{Function, Kind, Param, ParseError, Type, Value};
use crate::hex::HexError;
use crate::json::{self, JsonError, JsonReason, Node};

/// A function that can be called by name.
pub(crate) fn read_function(node: Node<'_>) -> Result<Function, JsonError> {
    let text = node.text()?;
    let function: Function =
        text.parse().or_else(|fault: ParseError| node.fail(JsonReason::Invalid(fault.to_string().into())))?;
    match function.name() {
        "constructor" => node.fail("a constructor cannot be called"),
        "receive" | "fallback" if function.inputs().is_empty() => node.fail(
            "nobody calls it by name: coins are sent by a call without function and data, which a scope allows by plainTransfer: true",
        ),
        _ => Ok(function),
    }
}

/// A value of this type.
pub(crate) fn read_value(ty: &Type, node: Node<'_>) -> Result<Value, JsonError> {
    match ty.kind() {
        Kind::Address => json::address(node).map(Value::Address),
        Kind::Bool => json::boolean(node).map(Value::Bool),
        Kind::Uint(bits) => read_uint(node, *bits).map(Value::Uint),
        Kind::Int(bits) => read_int(node, *bits).map(Value::Int),
        Kind::FixedBytes(length) => Ok(Value::FixedBytes(read_fixed(node, *length)?.into())),
        Kind::Bytes => json::data(node).map(Value::Bytes),
        Kind::String => Ok(Value::String(node.text()?.to_owned())),
        Kind::Array(item) => node.items(|node| read_value(item, node)).map(Value::Array),
        Kind::FixedArray(item, length) => {
            let items = node.items(|node| read_value(item, node))?;
            if items.len() == *length {
                Ok(Value::Array(items))
            } else {
                node.fail("an array of another length than its type says")
            }
        }
        Kind::Tuple(members) => read_arguments(members, node).map(Value::Tuple),
    }
}

/// A value as JSON: what may pass 2^53 as decimal text, bytes as hex, sequences and tuples as arrays.
pub(crate) fn write_value(value: &Value) -> Json {
    match value {
        Value::Address(address) => Json::String(address.to_string()),
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Uint(number) => Json::String(number.to_string()),
        Value::Int(number) => Json::String(number.to_string()),
        Value::FixedBytes(word) => Json::String(word.to_string()),
        Value::Bytes(bytes) => Json::String(crate::hex::data(bytes)),
        Value::String(text) => Json::String(text.clone()),
        Value::Array(items) | Value::Tuple(items) => items.iter().map(write_value).collect(),
    }
}

/// One value for each parameter: an array in order, or an object by name.
pub(crate) fn read_arguments(params: &[Param], node: Node<'_>) -> Result<Vec<Value>, JsonError> {
    if let Json::Object(_) = node.value() {
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        node.deny_unknown(&names)?;
        return params
            .iter()
            .map(|param| node.field(&param.name, |node| read_value(&param.ty, node)))
            .collect();
    }
    let mut types = params.iter();
    let values = node.items(|node| match types.next() {
        Some(param) => read_value(&param.ty, node),
        None => node.fail("more values than there are arguments"),
    })?;
    if values.len() == params.len() { Ok(values) } else { node.fail("fewer values than there are arguments") }
}

/// Exactly `length` bytes of hex, padded on the right.
pub(crate) fn read_fixed(node: Node<'_>, length: usize) -> Result<[u8; 32], JsonError> {
    let bytes = json::data(node)?;
    let mut word = [0; 32];
    match word.get_mut(..length) {
        Some(slot) if slot.len() == bytes.len() => slot.copy_from_slice(&bytes),
        _ => return node.fail(HexError::Length { expected: length, found: bytes.len() }),
    }
    Ok(word)
}

/// Sign and magnitude of a JSON integer, a decimal string or a hex string.
fn read_integer(node: Node<'_>) -> Result<(bool, U256), JsonError> {
    let digits = match node.value() {
        // All its digits: `serde_json` keeps them with arbitrary precision.
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return node.fail_kind("an integer"),
    };
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, digits.as_str()),
    };
    let parsed = match magnitude.strip_prefix("0x") {
        Some(hex) if !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            U256::from_str_radix(hex, 16).ok()
        }
        None if !magnitude.is_empty() && magnitude.bytes().all(|b| b.is_ascii_digit()) => {
            U256::from_str_radix(magnitude, 10).ok()
        }
        _ => None,
    };
    match parsed {
        Some(number) => Ok((negative, number)),
        None => node.fail("not an integer of at most 256 bits"),
    }
}

/// An unsigned number of at most `bits`.
pub(crate) fn read_uint(node: Node<'_>, bits: usize) -> Result<U256, JsonError> {
    match read_integer(node)? {
        (negative, number) if uint_fits(number, bits) && (!negative || number.is_zero()) => Ok(number),
        _ => node.fail("the number is outside its type"),
    }
}

fn read_int(node: Node<'_>, bits: usize) -> Result<I256, JsonError> {
    let (negative, magnitude) = read_integer(node)?;
    let number = if negative {
        I256::checked_from_sign_and_abs(alloy_primitives::Sign::Negative, magnitude)
    } else {
        I256::checked_from_sign_and_abs(alloy_primitives::Sign::Positive, magnitude)
    };
    match number {
        Some(number) if int_fits(number, bits) => Ok(number),
        _ => node.fail("the number is outside its type"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hex_numbers_have_digits() {
        let read = |text: &str| {
            let value = json!(text);
            read_value(&"uint8".parse().unwrap(), Node::root(&value, "it")).ok()
        };
        assert_eq!(read("0x1f"), Some(Value::Uint(U256::from(31))));
        for text in ["0x", "0xg1", "0x+1", "0x 1", "", "-", "+1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn tuples_are_read_by_position_and_by_name() {
        let ty: Type = "(uint8 x, (bool on, bytes2[2] tags) rest)".parse().unwrap();
        let by_position = json!([7, [true, ["0x0102", "0x0304"]]]);
        let by_name = json!({ "rest": { "tags": ["0x0102", "0x0304"], "on": true }, "x": "7" });
        let read = |value: &Json| read_value(&ty, Node::root(value, "it")).map_err(|fault| fault.to_string());
        assert_eq!(read(&by_position).unwrap(), read(&by_name).unwrap());
        assert_eq!(read(&json!([256, [true, []]])).unwrap_err(), "it[0]: the number is outside its type");
        assert_eq!(read(&json!([1])).unwrap_err(), "it: fewer values than there are arguments");
        assert_eq!(
            read(&json!([1, [true, ["0x0102", "0x0304"]], 3])).unwrap_err(),
            "it[2]: more values than there are arguments"
        );
        assert_eq!(read(&json!({ "x": 1, "y": 2 })).unwrap_err(), "it.y: unknown field");
        let short = json!([1, [true, ["0x0102"]]]);
        assert_eq!(read(&short).unwrap_err(), "it[1][1]: an array of another length than its type says");
    }
}
