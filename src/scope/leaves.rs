//! The single values that a rule's conditions are on: arguments, and members of those that are static tuples or fixed arrays.

use alloy_primitives::Address;

use super::{CallRule, Condition};
use crate::abi::{Kind, Param, Type, Value};
use crate::hex;

/// A condition on one value.
#[derive(Clone, Debug)]
pub(crate) struct Leaf<'a> {
    /// Place below `args`: `[1]`, `[2][0]`.
    pub(crate) path: String,
    /// Name of the argument, with those of members: `order.amount`; `argument 1` where there is none.
    pub(crate) name: String,
    /// Index of the argument.
    pub(crate) argument: usize,
    /// Its type.
    pub(crate) ty: &'a Type,
    /// What it must be.
    pub(crate) condition: &'a Condition,
    /// Bytes from the start of the arguments to its word in the head. For a dynamic type that word is an offset.
    pub(crate) offset: usize,
}

/// Every condition of a rule, free arguments included, in order of their words.
pub(crate) fn leaves(rule: &CallRule) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let Some(function) = &rule.function else { return found };
    let mut offset = 0_usize;
    for (index, (param, condition)) in function.inputs().iter().zip(&rule.args).enumerate() {
        let name = if param.name.is_empty() { format!("argument {index}") } else { param.name.clone() };
        let leaf =
            Leaf { path: format!("[{index}]"), name, argument: index, ty: &param.ty, condition, offset };
        // Heads are bounded by the type, so the sum is far from its end.
        offset = offset.saturating_add(param.ty.head_size());
        descend(leaf, &mut found);
    }
    found
}

fn descend<'a>(leaf: Leaf<'a>, found: &mut Vec<Leaf<'a>>) {
    let Condition::Members(conditions) = leaf.condition else {
        found.push(leaf);
        return;
    };
    let mut offset = leaf.offset;
    for (index, condition) in conditions.iter().enumerate() {
        let Some((ty, name)) = member(leaf.ty, index) else { return };
        let name = match name {
            "" => format!("{}[{index}]", leaf.name),
            name => format!("{}.{name}", leaf.name),
        };
        let path = format!("{}[{index}]", leaf.path);
        descend(Leaf { path, name, argument: leaf.argument, ty, condition, offset }, found);
        offset = offset.saturating_add(ty.head_size());
    }
}

/// Type and name of a member of a tuple, or of an item of a fixed array.
pub(crate) fn member(ty: &Type, index: usize) -> Option<(&Type, &str)> {
    match ty.kind() {
        Kind::Tuple(members) => members.get(index).map(|Param { name, ty }| (ty, name.as_str())),
        Kind::FixedArray(item, length) if index < *length => Some((item, "")),
        _ => None,
    }
}

/// A value as text: numbers in decimal, bytes in hex.
pub(crate) fn shown_value(ty: &Type, value: &Value) -> String {
    match (ty.kind(), value) {
        (_, Value::Address(address)) => address.to_string(),
        (_, Value::Bool(bool)) => bool.to_string(),
        // Beyond any amount: an address or a hash in a word of unknown type, or a mask.
        (_, Value::Uint(number)) if number.bit_len() > 128 => hex::quantity(*number),
        (_, Value::Uint(number)) => number.to_string(),
        (_, Value::Int(number)) => number.to_string(),
        (Kind::FixedBytes(length), Value::FixedBytes(word)) => {
            hex::data(word.get(..*length).unwrap_or_default())
        }
        (_, Value::FixedBytes(word)) => hex::data(word.as_slice()),
        (_, Value::Bytes(bytes)) => hex::data(bytes),
        (_, Value::String(text)) => format!("{text:?}"),
        (_, Value::Array(values) | Value::Tuple(values)) => {
            let shown = values.iter().enumerate().map(|(index, value)| match item(ty, index) {
                Some(ty) => shown_value(ty, value),
                None => value.kind().to_owned(),
            });
            format!("({})", shown.collect::<Vec<_>>().join(", "))
        }
    }
}

fn item(ty: &Type, index: usize) -> Option<&Type> {
    match ty.kind() {
        Kind::Array(item) => Some(item),
        _ => member(ty, index).map(|(ty, _)| ty),
    }
}

impl CallRule {
    /// The same rule for one account: `self` is its address.
    #[must_use]
    pub(crate) fn resolved(&self, account: Address) -> Self {
        Self { args: self.args.iter().map(|condition| condition.resolved(account)).collect(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_that_are_there() {
        let ty = |text: &str| text.parse::<Type>().unwrap();
        let pair = ty("uint8[2]");
        assert!(member(&pair, 1).is_some() && member(&pair, 2).is_none());
        let tuple = ty("(uint8 a,bool b)");
        assert_eq!(member(&tuple, 1).unwrap().1, "b");
        assert!(
            member(&tuple, 2).is_none()
                && member(&ty("uint8"), 0).is_none()
                && member(&ty("uint8[]"), 0).is_none()
        );
    }

    #[test]
    fn values_are_shown_by_their_type() {
        let shown = |text: &str, value: Value| shown_value(&text.parse().unwrap(), &value);
        let word = |bytes: &[u8]| Value::FixedBytes(alloy_primitives::B256::right_padding_from(bytes));
        assert_eq!(shown("bytes2", word(&[1, 2])), "0x0102");
        assert_eq!(shown("bytes", Value::Bytes(vec![7].into())), "0x07");
        assert_eq!(shown("string", Value::String("a\"b".into())), "\"a\\\"b\"");
        let number = |number: u128| Value::Uint(alloy_primitives::U256::from(number));
        assert_eq!(shown("uint256", number(u128::MAX)), u128::MAX.to_string());
        let large = alloy_primitives::U256::from(u128::MAX) + alloy_primitives::U256::ONE;
        assert_eq!(shown("uint256", Value::Uint(large)), "0x100000000000000000000000000000000");
        assert_eq!(shown("(uint8,bool)", Value::Tuple(vec![number(1), Value::Bool(true)])), "(1, true)");
        assert_eq!(shown("uint8[]", Value::Array(vec![number(1), number(2)])), "(1, 2)");
    }
}
