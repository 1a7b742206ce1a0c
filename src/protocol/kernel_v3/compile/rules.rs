//! One rule as the policy contract takes it: unsigned comparisons of words at fixed places of the head.

use alloy_primitives::B256;

use super::selector_of;
use crate::abi::{self, Kind, Type, Value};
use crate::protocol::kernel_v3::{CallPermission, CallType, Condition as Comparison, Rule};
use crate::protocol::{ProtocolError, ProtocolFault};
use crate::scope::{CallRule, Condition, Leaf, is_one_word, leaves};

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
        let offset = u64::try_from(leaf.offset).unwrap_or(u64::MAX);
        for (condition, params) in comparisons(&leaf, rule)? {
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

/// Whether the contract enforces a condition on a value of this type. It compares unsigned, so the order of signed numbers is
/// kept by this package only.
pub(in crate::protocol::kernel_v3) const fn is_enforced(ty: &Type, condition: &Condition) -> bool {
    match condition {
        Condition::LessOrEqual(_) | Condition::GreaterOrEqual(_) | Condition::Between(..) => {
            matches!(ty.kind(), Kind::Uint(_))
        }
        _ => is_one_word(ty),
    }
}

fn comparisons(leaf: &Leaf<'_>, rule: &CallRule) -> Result<Vec<(Comparison, Vec<B256>)>, ProtocolError> {
    let refused = |why| {
        ProtocolError::from(ProtocolFault::NotEnforceable {
            rule: format!("{} of {}", leaf.name, rule.signature()),
            why,
        })
    };
    let word = |value: &Value| match abi::encode([leaf.ty], std::slice::from_ref(value)) {
        Ok(bytes) => B256::try_from(bytes.as_slice()).map_err(|_| refused("it is not of one word")),
        Err(_) => Err(refused("the value does not fit its type")),
    };
    if !is_one_word(leaf.ty) {
        return match leaf.condition {
            Condition::Any => Ok(Vec::new()),
            _ => Err(refused(
                "the account's call policy compares words at fixed places, which a caller can lead elsewhere",
            )),
        };
    }
    if !is_enforced(leaf.ty, leaf.condition) {
        return Ok(Vec::new());
    }
    Ok(match leaf.condition {
        Condition::Equal(value) => vec![(Comparison::Equal, vec![word(value)?])],
        Condition::NotEqual(value) => vec![(Comparison::NotEqual, vec![word(value)?])],
        Condition::LessOrEqual(most) => vec![(Comparison::LessThanOrEqual, vec![word(most)?])],
        Condition::GreaterOrEqual(least) => vec![(Comparison::GreaterThanOrEqual, vec![word(least)?])],
        Condition::Between(least, most) => vec![
            (Comparison::GreaterThanOrEqual, vec![word(least)?]),
            (Comparison::LessThanOrEqual, vec![word(most)?]),
        ],
        Condition::OneOf(values) => {
            vec![(Comparison::OneOf, values.iter().map(word).collect::<Result<_, _>>()?)]
        }
        Condition::Any => Vec::new(),
        // Members are leaves of their own, the account's address was filled in before, and only bytes have a beginning.
        _ => return Err(refused("it cannot be compared as a word")),
    })
}
