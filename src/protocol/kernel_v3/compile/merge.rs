//! The policy contract takes one permission for a contract and function. Several rules for one function become one where that
//! allows exactly what they allow together.

use std::cmp::Ordering;

use alloy_primitives::Address;

use super::selector_of;
use crate::order::sort_by;
use crate::protocol::{ProtocolError, ProtocolFault};
use crate::scope::{CallRule, Condition, Scope, condition_order};

/// Rules of a scope for one account, one for each contract and selector, in order.
///
/// # Errors
/// [`ProtocolFault::DuplicateFunction`] where two rules cannot be one.
pub(in crate::protocol::kernel_v3) fn merged(
    scope: &Scope,
    account: Address,
) -> Result<Vec<CallRule>, ProtocolError> {
    let mut merged: Vec<CallRule> = Vec::new();
    let mut rules = scope.sorted_calls().map(|(_, rule)| rule.resolved(account)).peekable();
    while let Some(rule) = rules.next() {
        let mut group = vec![rule];
        while let Some(rule) =
            rules.next_if(|next| group.first().is_some_and(|rule| is_same_function(rule, next)))
        {
            group.push(rule);
        }
        match united(group).as_slice() {
            [one] => merged.push(one.clone()),
            [rule, ..] => {
                return Err(ProtocolError::from(ProtocolFault::DuplicateFunction {
                    to: rule.to,
                    function: rule.signature(),
                }));
            }
            [] => {}
        }
    }
    Ok(merged)
}

/// Rules for one function as few: those that differ in one place only stand side by side when they are sorted by all others.
fn united(mut rules: Vec<CallRule>) -> Vec<CallRule> {
    loop {
        let before = rules.len();
        for place in places(&rules) {
            rules = united_at(&place, rules);
        }
        if rules.len() == before {
            break;
        }
    }
    let widest = rules.iter().reduce(|widest, rule| if rule.covers(widest) { rule } else { widest });
    match widest.filter(|widest| rules.iter().all(|rule| widest.covers(rule))) {
        Some(widest) => vec![widest.clone()],
        None => rules,
    }
}

/// Where a condition stands: index of the argument, then of the member within.
type Place = Vec<usize>;

/// The places in which a rule differs from the first.
fn places(rules: &[CallRule]) -> Vec<Place> {
    // Rules that differ nowhere are united too.
    let mut places = vec![vec![0]];
    for rule in rules.iter().skip(1) {
        if let Some(first) = rules.first() {
            differences(&first.args, &rule.args, &[], &mut places);
        }
    }
    places
}

fn differences(a: &[Condition], b: &[Condition], within: &[usize], places: &mut Vec<Place>) {
    for (index, (a, b)) in a.iter().zip(b).enumerate() {
        let place = [within, &[index]].concat();
        match (a, b) {
            _ if a == b => {}
            (Condition::Members(a), Condition::Members(b)) => differences(a, b, &place, places),
            _ if places.contains(&place) => {}
            _ => places.push(place),
        }
    }
}

fn united_at(place: &[usize], mut rules: Vec<CallRule>) -> Vec<CallRule> {
    let others = |a: &CallRule, b: &CallRule| order(&a.args, &b.args, Some(place));
    sort_by(&mut rules, |a, b| {
        let whole = || condition_order(&a.args, &b.args).then_with(|| a.max_value.cmp(&b.max_value));
        others(a, b).then_with(whole)
    });
    let mut united: Vec<CallRule> = Vec::new();
    for rule in rules {
        let last = united.last_mut().filter(|last| others(last, &rule) == Ordering::Equal);
        match last.map(|last| (union(last, &rule), last)) {
            Some((Some(one), last)) => *last = one,
            _ => united.push(rule),
        }
    }
    united
}

/// Order of lists of conditions, all but one place of them.
fn order(a: &[Condition], b: &[Condition], but: Option<&[usize]>) -> Ordering {
    let orders = a.iter().zip(b).enumerate().map(|(index, (a, b))| {
        let but = but.and_then(<[usize]>::split_first).filter(|(at, _)| **at == index).map(|(_, rest)| rest);
        match (a, b) {
            _ if but == Some(&[]) => Ordering::Equal,
            (Condition::Members(a), Condition::Members(b)) => order(a, b, but),
            _ => condition_order(std::slice::from_ref(a), std::slice::from_ref(b)),
        }
    });
    orders.into_iter().find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
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
