//! Faults that tests must notice: what reviews of session keys find most often, put into our own code.

/// A fault: in `file`, `sound` becomes `faulty`, and `test` is the program that must fail, or the part of it.
pub struct Fault {
    pub file: &'static str,
    pub sound: &'static str,
    pub faulty: &'static str,
    pub test: &'static str,
}

const fn fault(file: &'static str, sound: &'static str, faulty: &'static str, test: &'static str) -> Fault {
    Fault { file, sound, faulty, test }
}

const LIB: &str = "--lib";
const VECTORS: &str = "--test=vectors";
const REVIEW: &str = "--test=review";
const PROPERTIES: &str = "--test=properties";
/// Parts of the flow tests, which take long without optimisation.
const ANSWERS: &str = "--test=flow answers::";
const GAS: &str = "--test=flow gas::";
const LIES: &str = "--test=flow lies::";
const REQUEST: &str = "--test=flow request::";
const SEND: &str = "--test=flow send::";

#[rustfmt::skip]
pub const FAULTS: [Fault; 56] = [
    // The check.
    fault("src/scope/check/calls.rs", "if call.to == account {", "if false {", VECTORS),
    fault("src/scope/check/calls.rs", "if given.value > self.max_value {", "if given.value > self.max_value && false {", LIB),
    fault("src/scope/check/calls.rs", "if !condition.holds(value, account) {\n                let tell", "if false {\n                let tell", LIB),
    fault("src/scope/check/calls.rs", "calls.iter().enumerate().flat_map", "calls.iter().take(1).enumerate().flat_map", LIB),
    fault("src/scope/check/calls.rs", "if calls.is_empty() {", "if false {", LIB),
    fault("src/abi/decode.rs", "if found != U256::from(expected) {", "if false {", VECTORS),
    fault("src/abi/decode.rs", "0 => Ok(values),\n        extra =>", "0..=64 => Ok(values),\n        extra =>", VECTORS),
    fault("src/abi/decode.rs", "if clean { Ok(()) } else", "if clean || !clean { Ok(()) } else", VECTORS),
    fault("src/scope/check/operation.rs", "&& spent.operations >= most", "&& spent.operations > most", LIB),
    fault("src/scope/check/operation.rs", "if cost.wei() > left {", "if cost.wei() > left && false {", LIB),
    fault("src/scope/check/operation.rs", "if asked > left {", "if asked > rule.limit {", LIB),
    fault("src/scope/check/operation.rs", "gas: spent.gas.saturating_add(reserve.gas),", "gas: reserve.gas,", LIB),
    // Conditions.
    fault("src/scope/range.rs", "self.most.is_none_or(|most| value_order(value, most) != Ordering::Greater)", "self.most.is_none_or(|most| value_order(value, most) == Ordering::Less)", LIB),
    fault("src/scope/condition.rs", "(Value::Int(a), Value::Int(b)) => a.cmp(b),", "(Value::Int(a), Value::Int(b)) => a.into_raw().cmp(&b.into_raw()),", LIB),
    fault("src/scope/condition.rs", "(Self::SelfAccount, _) => false,", "(Self::SelfAccount, _) => true,", LIB),
    fault("src/scope/condition.rs", "same_kind(value, unwanted) && value != unwanted", "value != unwanted", LIB),
    fault("src/scope/covers.rs", "self.max_value >= other.max_value", "self.max_value <= other.max_value", LIB),
    fault("src/scope/covers.rs", "&& self.gas_total >= other.gas_total", "", LIB),
    // Reading.
    fault("src/scope/json/rule.rs", "Ok(CallRule { to, function: Some(function), args, max_value })", "Ok(CallRule { to, function: Some(function), args, max_value: max_value.max(U256::ONE) })", LIB),
    fault("src/scope/json/mod.rs", "root.deny_unknown(&FIELDS)?;", "", REVIEW),
    fault("src/scope/json/condition.rs", "Json::Null => node.fail(\"no condition; write {\\\"any\\\": true} for a free argument\"),", "Json::Null => Ok(Condition::Any),", LIB),
    // Policies.
    fault("src/protocol/kernel_v3/compile/rules.rs", "let offset = u64::try_from(leaf.offset).unwrap_or(u64::MAX);", "let offset = u64::try_from(leaf.offset).unwrap_or(u64::MAX).saturating_add(4);", LIB),
    fault("src/protocol/kernel_v3/compile/rules.rs", "value_limit: rule.max_value,", "value_limit: rule.max_value.max(alloy_primitives::U256::ONE),", PROPERTIES),
    fault("src/scope/leaves.rs", "offset = offset.saturating_add(param.ty.head_size());", "offset = offset.saturating_add(32);", LIB),
    fault("src/protocol/kernel_v3/compile/mod.rs", "to == account || MACHINERY.contains(&to)", "to == account", LIB),
    fault("src/protocol/kernel_v3/compile/merge.rs", "(a.max_value == b.max_value).then(|| CallRule { args, ..a.clone() })", "Some(CallRule { args, max_value: a.max_value.max(b.max_value), ..a.clone() })", LIB),
    fault("src/protocol/kernel_v3/report.rs", "condition if is_enforced(ty, condition) => condition.normal(ty),", "condition => condition.normal(ty),", PROPERTIES),
    fault("src/protocol/kernel_v3/compile/rules.rs", "if last != U256::MAX {", "if false {", LIB),
    fault("src/protocol/kernel_v3/compile/rules.rs", "if least > most {", "if false {", LIB),
    fault("src/protocol/kernel_v3/worst_case.rs", "if !leaves.iter().any(is_free) || !is_satisfiable(rule) {", "if true {", REVIEW),
    fault("src/protocol/kernel_v3/decompile/mod.rs", "found.delegate_calls.push(*target);", "", REVIEW),
    fault("src/protocol/kernel_v3/inspect.rs", "is_none_or(|entry| !entry.flag().skips_signatures())", "is_some_and(|entry| entry.flag().skips_user_operations())", REVIEW),
    fault("src/protocol/kernel_v3/worst_case.rs", "Some((_, Some(_))) => Some(U256::ZERO),", "Some((_, Some(_))) => None,", REVIEW),
    // The linter.
    fault("src/scope/lint/calls.rs", "&& !at.condition(word).is_fixed()", "&& false", LIB),
    fault("src/scope/lint/mod.rs", "self.acceptance().is_none_or(|name| !scope.accepts(&name))", "false", VECTORS),
    // The fate of operations: what nonces take of the budgets.
    fault("src/session/keep/outbox.rs", "places.fold(spent.clone(), |spent, (_, first)| scope.add(&spent, &self.dearest(first.place), now))", "places.fold(spent.clone(), |spent, _| spent)", LIB),
    fault("src/session/keep/outbox.rs", "dearest.dearest(&entry.reserve);", "dearest = entry.reserve.clone();", LIB),
    fault("src/session/keep/outbox.rs", "self.spend(scope, &dearest, now);", "", LIB),
    fault("src/session/keep/outbox.rs", "let over = std::mem::take(&mut settled.over);", "let over = settled.over.clone();", LIB),
    fault("src/session/keep/outbox.rs", "matches!(fate, Fate::Included { is_final: true, .. })", "matches!(fate, Fate::Included { .. })", LIB),
    fault("src/session/keep/outbox.rs", "let goes_on = |entry: &Entry| entry.standing != Standing::GivenUp && !is_given_up(entry.hash);", "let goes_on = |_: &Entry| true;", LIB),
    // The same: what answers mean, and what proves that something landed.
    fault("src/session/engine/offer.rs", "if on_chain.is_some_and(|next| next > place.sequence) {\n            self.raise_free", "if false {\n            self.raise_free", ANSWERS),
    fault("src/endpoint/bundler/error.rs", "if says(&ALREADY_KNOWN) {", "if false {", ANSWERS),
    fault("src/session/engine/fate.rs", "if op.watch.missing > 2 {", "if op.watch.missing > 0 {", ANSWERS),
    fault("src/session/engine/queue.rs", "(op.fixed, op.looked) = (op.place().or(op.fixed), true);", "(op.fixed, op.looked) = (None, true);", ANSWERS),
    fault("src/session/lanes.rs", "!but.contains(id)", "but.last() != Some(id)", LIES),
    fault("src/endpoint/node.rs", "address == Some(entry_point.address) && topics", "topics", LIES),
    // Gas, and bodies without end.
    fault("src/session/operation.rs", "asked.max(usual).max(seen)", "asked", GAS),
    fault("src/session/operation.rs", "match asked > usual.saturating_mul(FAR_ABOVE) {", "match false {", GAS),
    fault("src/scope/check/operation.rs", "(wei > U256::from(most)).then(", "(wei > U256::from(most) && false).then(", SEND),
    fault("src/json/text.rs", "if self.levels > DEEPEST {", "if false {", LIB),
    // The door.
    fault("src/json/mod.rs", ".find(|key| !known.contains(&key.as_str()))", ".find(|key| !known.contains(&key.as_str()) && others.len() > 9)", LIB),
    fault("src/scope/json/condition.rs", "if named.is_empty() && !types.is_empty() {", "if false {", LIB),
    fault("src/json/values.rs", "Some(seconds) if seconds > 0 => Ok(seconds),\n        _ => node.fail(\"a length", "Some(seconds) => Ok(seconds),\n        _ => node.fail(\"a length", LIB),
    fault("src/call.rs", "None if has(\"args\") => {", "None if false => {", LIB),
    fault("src/session/driver.rs", "_ if super::is_early(&self.terms, now) => Some(SessionFault::NotYet.into()),", "", REQUEST),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{read_file, root};

    #[test]
    fn every_fault_has_its_place() {
        for fault in &FAULTS {
            let text = read_file(&root().join(fault.file)).unwrap();
            assert_eq!(text.matches(fault.sound).count(), 1, "{}: {}", fault.file, fault.sound);
            assert_ne!(fault.sound, fault.faulty);
        }
    }
}
