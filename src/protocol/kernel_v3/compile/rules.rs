//! One rule as the policy contract takes it: unsigned comparisons of words at fixed places of the head.

use alloy_primitives::{B256, U256};

use super::selector_of;
use crate::abi::{self, Kind, Type, Value};
use crate::protocol::kernel_v3::{CallPermission, CallType, Condition as Comparison, Rule};
use crate::protocol::{ProtocolError, ProtocolFault};
use crate::scope::{CallRule, Condition, is_one_word, leaves};

/// The permission for a rule.
///
/// # Errors
/// [`ProtocolFault::NotEnforceable`] for a condition that the contract cannot check on the value itself.
pub(in crate::protocol::kernel_v3) fn permission_of(
    rule: &CallRule,
) -> Result<CallPermission, ProtocolError> {
    if rule.selector().is_some_and(|selector| selector.is_zero()) {
        return Err(ProtocolError::from(ProtocolFault::NotEnforceable {
            rule: rule.signature(),
            why: "its selector is zero, which the account's call policy reads as empty calldata",
        }));
    }
    let mut rules = Vec::new();
    for leaf in leaves(rule) {
        if !is_one_word(leaf.ty) && *leaf.condition != Condition::Any {
            return Err(ProtocolError::from(ProtocolFault::NotEnforceable {
                rule: format!("{} of {}", leaf.name, rule.signature()),
                why: "the account's call policy compares words at fixed places, which a caller can lead elsewhere",
            }));
        }
        let offset = u64::try_from(leaf.offset).unwrap_or(u64::MAX);
        // What the contract cannot compare is kept by this package alone, and has to be accepted by name.
        for (condition, params) in comparisons(leaf.ty, leaf.condition).unwrap_or_default() {
            rules.push(Rule { condition, offset, params });
        }
    }
    Ok(CallPermission {
        call_type: CallType::Call,
        target: rule.to,
        selector: selector_of(rule),
        value_limit: rule.max_value,
        rules,
    })
}

/// Whether the contract enforces a condition on a value of this type.
pub(in crate::protocol::kernel_v3) fn is_enforced(ty: &Type, condition: &Condition) -> bool {
    // Which account that is, is filled in before it is compiled.
    *condition == Condition::SelfAccount || comparisons(ty, condition).is_some()
}

/// What the contract compares a word with so that it passes the values of this type that meet the condition, and no other words. None
/// where no comparisons say that: it compares unsigned, one word with one, and looks at the whole word, whatever of it the type uses.
pub(in crate::protocol::kernel_v3) fn comparisons(
    ty: &Type,
    condition: &Condition,
) -> Option<Vec<(Comparison, Vec<B256>)>> {
    let word = |value: &Value| -> Option<B256> {
        is_one_word(ty).then_some(())?;
        B256::try_from(abi::encode([ty], std::slice::from_ref(value)).ok()?.as_slice()).ok()
    };
    let mut list = Vec::new();
    match condition {
        Condition::Any => {}
        Condition::Equal(value) => list.push((Comparison::Equal, vec![word(value)?])),
        Condition::OneOf(values) => {
            list.push((Comparison::OneOf, values.iter().map(word).collect::<Option<_>>()?));
        }
        Condition::NotEqual(Value::Bool(unwanted)) => {
            list.push((Comparison::Equal, vec![word(&Value::Bool(!unwanted))?]));
        }
        Condition::NotEqual(value) => {
            list.push((Comparison::NotEqual, vec![word(value)?]));
            let last = last_word(ty)?;
            if last != U256::MAX {
                list.push((Comparison::LessThanOrEqual, vec![last.into()]));
            }
        }
        order => {
            let (least, most) = order.first_and_last(ty)?;
            let (least, most) = (word(&least)?, word(&most)?);
            // Negative numbers are the largest words: only on one side of zero are the words between the ends the numbers between them.
            if least > most {
                return None;
            }
            if !least.is_zero()
                || matches!(order, Condition::GreaterOrEqual(_)) && most == B256::repeat_byte(0xff)
            {
                list.push((Comparison::GreaterThanOrEqual, vec![least]));
            }
            if most != B256::repeat_byte(0xff) || list.is_empty() {
                list.push((Comparison::LessThanOrEqual, vec![most]));
            }
        }
    }
    Some(list)
}

/// How many values each comparison of a rule has.
pub(in crate::protocol::kernel_v3) fn params(rule: &CallRule) -> Vec<usize> {
    let leaves = leaves(rule);
    let lists = leaves.iter().filter_map(|leaf| comparisons(leaf.ty, leaf.condition));
    lists.flatten().map(|(_, params)| params.len()).collect()
}

/// The last word of a type whose values are the words up to it; none where they lie apart.
pub(in crate::protocol::kernel_v3) fn last_word(ty: &Type) -> Option<U256> {
    Some(match ty.kind() {
        Kind::Uint(bits) => abi::last_uint(*bits),
        Kind::Address => abi::last_uint(160),
        Kind::Bool => U256::ONE,
        Kind::Int(256) | Kind::FixedBytes(32) => U256::MAX,
        _ => return None,
    })
}
