//! The policy contract takes one permission for a contract and function. Several rules for one function become one where that
//! allows exactly what they allow together.

use alloy_primitives::Address;

use super::selector_of;
use crate::protocol::{ProtocolError, ProtocolFault};
use crate::scope::{CallRule, Condition};

/// Rules of a scope for one account, one for each contract and selector, in order.
///
/// # Errors
/// [`ProtocolFault::DuplicateFunction`] where two rules cannot be one.
pub(in crate::protocol::kernel_v3) fn merged(
    rules: &[CallRule],
    account: Address,
) -> Result<Vec<CallRule>, ProtocolError> {
    let mut merged: Vec<CallRule> = rules.iter().map(|rule| rule.resolved(account)).collect();
    while let Some((at, other, one)) = mergeable(&merged) {
        merged.remove(other);
        if let Some(rule) = merged.get_mut(at) {
            *rule = one;
        }
    }
    match merged.windows(2).find(|pair| matches!(pair, [a, b] if is_same_function(a, b))) {
        Some([rule, _]) => Err(ProtocolError::from(ProtocolFault::DuplicateFunction {
            to: rule.to,
            function: rule.signature(),
        })),
        _ => Ok(merged),
    }
}

/// Two rules that one can replace.
fn mergeable(rules: &[CallRule]) -> Option<(usize, usize, CallRule)> {
    for (at, rule) in rules.iter().enumerate() {
        let rest = rules.iter().enumerate().skip(at.saturating_add(1));
        for (other_at, other) in rest.take_while(|(_, other)| is_same_function(rule, other)) {
            if let Some(one) = union(rule, other) {
                return Some((at, other_at, one));
            }
        }
    }
    None
}

fn is_same_function(a: &CallRule, b: &CallRule) -> bool {
    a.to == b.to && selector_of(a) == selector_of(b)
}

/// One rule for two that differ in one place only.
fn union(a: &CallRule, b: &CallRule) -> Option<CallRule> {
    if a.signature() != b.signature() {
        return None;
    }
    if a.covers(b) {
        return Some(a.clone());
    }
    if b.covers(a) {
        return Some(b.clone());
    }
    let args = union_in_one_place(&a.args, &b.args)?;
    (a.max_value == b.max_value).then(|| CallRule { args, ..a.clone() })
}

fn union_in_one_place(a: &[Condition], b: &[Condition]) -> Option<Vec<Condition>> {
    let mut differing = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
    let (at, (one, other)) = differing.next()?;
    if differing.next().is_some() {
        return None;
    }
    let union = match (one, other) {
        (Condition::Members(a), Condition::Members(b)) => Condition::Members(union_in_one_place(a, b)?),
        (a, b) => a.union(b)?,
    };
    let mut together = a.to_vec();
    *together.get_mut(at)? = union;
    Some(together)
}
