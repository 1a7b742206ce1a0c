//! Reading conditions: each by its type, so that what a contract would read another way is refused here.

use alloy_primitives::Bytes;
use serde_json::{Map, Value as Json};

use super::items;
use super::rule::yes;
use crate::abi::{Kind, Param, Type, Value, read_value};
use crate::json::{self, JsonError, Node};
use crate::scope::{Condition, is_one_word};

const OPERATORS: [&str; 12] =
    ["any", "self", "eq", "neq", "lt", "lte", "gt", "gte", "between", "oneOf", "startsWith", "members"];

/// A condition for each parameter: a list in order, or an object by name with the others free.
pub(super) fn read_args(params: &[Param], node: Node<'_>) -> Result<Vec<Condition>, JsonError> {
    let types: Vec<(&str, &Type)> = params.iter().map(|param| (param.name.as_str(), &param.ty)).collect();
    read_each(&types, node)
}

fn read_each(types: &[(&str, &Type)], node: Node<'_>) -> Result<Vec<Condition>, JsonError> {
    if let Json::Object(named) = node.value() {
        let names: Vec<&str> = types.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
        node.deny_unknown(&names)?;
        // Where a program filled in nothing, nobody meant that everything is free.
        if named.is_empty() && !types.is_empty() {
            return node.fail(
                "names nothing; leave it out, or write {\"any\": true} for each, if all are to be free",
            );
        }
        if let Some((name, _)) = named.iter().find(|(_, condition)| condition.is_null()) {
            return Err(node.field_error(name, "no condition; leave the name out for a free argument".into()));
        }
        if names.iter().enumerate().any(|(at, name)| names.iter().take(at).any(|other| other == name)) {
            return node.fail("two arguments have one name; write the conditions as a list");
        }
        let read = |(name, ty): &(&str, &Type)| match name.is_empty() {
            true => Ok(Condition::Any),
            false => Ok(node.optional(name, |node| read(ty, node))?.unwrap_or(Condition::Any)),
        };
        return types.iter().map(read).collect();
    }
    let mut remaining = types.iter();
    let conditions = node.items(|node| match remaining.next() {
        Some((_, ty)) => read(ty, node),
        None => node.fail("more rules than there are arguments"),
    })?;
    match conditions.len() < types.len() {
        false => Ok(conditions),
        true => node.fail("fewer rules than there are arguments; write {\"any\": true} for a free one"),
    }
}

fn read(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    let Json::Object(object) = node.value() else {
        return match node.value() {
            // What a program leaves undefined must not become a free argument.
            Json::Null => node.fail("no condition; write {\"any\": true} for a free argument"),
            Json::Array(_) if members_of(ty).is_some() => read_members(ty, node),
            _ => equal(ty, node),
        };
    };
    if object.is_empty() {
        return node.fail("no condition; write {\"any\": true} for a free argument");
    }
    if is_by_member_name(ty, object) {
        return read_members(ty, node);
    }
    node.deny_unknown(&OPERATORS)?;
    let mut operators = object.keys();
    let (Some(operator), None) = (operators.next(), operators.next()) else {
        return node.fail("one condition per value, such as eq, lte, between or oneOf");
    };
    node.field(operator, |node| match operator.as_str() {
        "any" => yes(node).map(|()| Condition::Any),
        "self" if *ty.kind() == Kind::Address => yes(node).map(|()| Condition::SelfAccount),
        "self" => node.fail("only an address can be the account itself"),
        "eq" => equal(ty, node),
        "neq" => one_word(ty, node).map(Condition::NotEqual),
        "oneOf" => match items(node, |node| comparable(ty, node))? {
            values if values.is_empty() => node.fail("an empty list allows nothing"),
            values => Ok(Condition::one_of(values)),
        },
        "between" => between(ty, node),
        "startsWith" => starts_with(ty, node),
        "members" => read_members(ty, node),
        order => ordered(order, ty, node),
    })
}

/// Member types of a static tuple or items of a fixed array, with names where there are any.
fn members_of(ty: &Type) -> Option<Vec<(&str, &Type)>> {
    match ty.kind() {
        _ if ty.is_dynamic() => None,
        Kind::Tuple(members) => Some(members.iter().map(|param| (param.name.as_str(), &param.ty)).collect()),
        Kind::FixedArray(item, length) => Some(vec![("", item.as_ref()); *length]),
        _ => None,
    }
}

/// Whether an object names members rather than an operator.
fn is_by_member_name(ty: &Type, object: &Map<String, Json>) -> bool {
    let is_operator = |name: &str| OPERATORS.contains(&name);
    match members_of(ty) {
        Some(members) => {
            !members.iter().any(|(name, _)| is_operator(name)) && !object.keys().any(|name| is_operator(name))
        }
        None => false,
    }
}

fn read_members(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    match members_of(ty) {
        Some(members) => read_each(&members, node).map(Condition::members),
        None => node.fail("only static tuples and fixed arrays have members of their own"),
    }
}

fn equal(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    match members_of(ty) {
        Some(_) => Ok(equal_members(read_value(ty, node)?)),
        None => comparable(ty, node).map(Condition::Equal),
    }
}

/// A composite value is compared member by member.
fn equal_members(value: Value) -> Condition {
    match value {
        Value::Tuple(values) | Value::Array(values) => {
            Condition::members(values.into_iter().map(equal_members).collect())
        }
        value => Condition::Equal(value),
    }
}

/// A value that can be compared as a whole.
fn comparable(ty: &Type, node: Node<'_>) -> Result<Value, JsonError> {
    match ty.kind() {
        Kind::Bytes | Kind::String => read_value(ty, node),
        _ => one_word(ty, node),
    }
}

fn one_word(ty: &Type, node: Node<'_>) -> Result<Value, JsonError> {
    match is_one_word(ty) {
        true => read_value(ty, node),
        false => node.fail(
            "a value of this type cannot be compared as a whole; put conditions on its members, leave it free, or use another function",
        ),
    }
}

fn number(ty: &Type, node: Node<'_>) -> Result<Value, JsonError> {
    match ty.kind() {
        Kind::Uint(_) | Kind::Int(_) => read_value(ty, node),
        _ => node.fail("only integers can be compared by order"),
    }
}

fn ordered(operator: &str, ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    let bound = number(ty, node)?;
    // The next number may be outside the type, but then nothing is inside the condition.
    let fits = |value: &Value| crate::abi::encode([ty], std::slice::from_ref(value)).is_ok();
    let condition = match operator {
        "lt" => Condition::at_most_before(bound),
        "lte" => Some(Condition::LessOrEqual(bound)),
        "gt" => Condition::at_least_after(bound),
        _ => Some(Condition::GreaterOrEqual(bound)),
    };
    let possible = condition.filter(|condition| match condition {
        Condition::LessOrEqual(end) | Condition::GreaterOrEqual(end) => fits(end),
        _ => false,
    });
    match possible {
        Some(condition) => Ok(condition),
        None => node.fail("no value of this type meets this condition"),
    }
}

fn between(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    let ends = node.items(|node| number(ty, node))?;
    let [least, most] = ends.as_slice() else {
        return node.fail("two numbers: the least and the most");
    };
    match Condition::between(least.clone(), most.clone()) {
        Some(condition) => Ok(condition),
        None => node.fail("the first number is above the second, so nothing is between them"),
    }
}

fn starts_with(ty: &Type, node: Node<'_>) -> Result<Condition, JsonError> {
    let start = match ty.kind() {
        Kind::Bytes => json::data(node)?,
        Kind::String => Bytes::copy_from_slice(node.text()?.as_bytes()),
        _ => return node.fail("only bytes and strings have a beginning"),
    };
    match start.is_empty() {
        true => node.fail("every value begins with nothing"),
        false => Ok(Condition::StartsWith(start)),
    }
}
