//! Reading rules: calls, totals, signatures.

use alloy_primitives::{Address, U256};
use serde_json::Value as Json;

use super::condition::read_args;
use super::{refuse_null, seconds};
use crate::abi::read_function;
use crate::json::{self, JsonError, Node};
use crate::scope::{Asset, CallRule, Condition, SignatureRule, SpendRule};

/// Addresses up to here belong to precompiled contracts and to no app.
const LAST_PRECOMPILE: u64 = 0xffff;

pub(super) fn read_call(node: Node<'_>) -> Result<CallRule, JsonError> {
    node.deny_unknown(&["to", "function", "plainTransfer", "args", "value"])?;
    refuse_null(node, &["args", "value", "plainTransfer"])?;
    let to = node.field("to", target)?;
    let max_value = node.optional("value", |node| {
        node.deny_unknown(&["max"])?;
        node.field("max", json::amount)
    })?;
    let max_value = max_value.unwrap_or_default();
    if node.optional("plainTransfer", yes)?.is_some() {
        node.deny_unknown(&["to", "plainTransfer", "value"])?;
        if max_value.is_zero() {
            return node.fail("a plain transfer sends value; say how much with value.max");
        }
        return Ok(CallRule { to, function: None, args: Vec::new(), max_value });
    }
    let function = node.field("function", read_function)?;
    let args = node.optional("args", |node| read_args(function.inputs(), node))?;
    let args = args.unwrap_or_else(|| vec![Condition::Any; function.inputs().len()]);
    Ok(CallRule { to, function: Some(function), args, max_value })
}

/// A contract of an app: not the zero address, no precompile.
pub(super) fn target(node: Node<'_>) -> Result<Address, JsonError> {
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

pub(super) fn read_spend(node: Node<'_>) -> Result<SpendRule, JsonError> {
    node.deny_unknown(&["token", "limit", "per"])?;
    let asset = node.field("token", |node| match node.value() {
        Json::String(text) if text == "native" => Ok(Asset::Native),
        _ => target(node).map(Asset::Token),
    })?;
    let limit = node.field("limit", json::amount)?;
    Ok(SpendRule { asset, limit, per: node.optional("per", seconds)? })
}

pub(super) fn read_signature(node: Node<'_>) -> Result<SignatureRule, JsonError> {
    node.deny_unknown(&["verifyingContract", "type"])?;
    let contract = node.field("verifyingContract", target)?;
    // A struct's type is written as a function is: a name and its members.
    let ty = node.field("type", |node| read_function(node).map(|function| function.declaration()))?;
    Ok(SignatureRule { contract, ty })
}

pub(super) fn yes(node: Node<'_>) -> Result<(), JsonError> {
    if *node.value() == Json::Bool(true) { Ok(()) } else { node.fail("is written true") }
}
