//! Calls against the rules for calls: canonical calldata only, every condition on decoded values.

use alloy_primitives::Address;

use super::{Violation, ViolationKind};
use crate::abi::{CalldataError, Selector, Type, Value};
use crate::call::Call;
use crate::hex;
use crate::scope::english::{PLAIN_TRANSFER, shown_condition};
use crate::scope::leaves::{member, shown_value};
use crate::scope::{CallRule, Condition, Scope};

impl Scope {
    /// Every rule that calls of `account` break; none means they are in scope. No calls at all are out of scope.
    #[must_use]
    pub fn check_calls(&self, account: Address, calls: &[Call]) -> Vec<Violation> {
        if calls.is_empty() {
            let (wanted, got) = ("at least one call".to_owned(), "none".to_owned());
            return vec![Violation {
                kind: ViolationKind::Empty,
                call: None,
                path: "calls".to_owned(),
                wanted,
                got,
            }];
        }
        calls.iter().enumerate().flat_map(|(index, call)| self.check_call(account, index, call)).collect()
    }

    fn check_call(&self, account: Address, index: usize, call: &Call) -> Vec<Violation> {
        let refused = |kind, wanted: String, got: String| {
            vec![Violation { kind, call: Some(index), path: "calls".to_owned(), wanted, got }]
        };
        if call.to == account {
            let wanted = "calls of other contracts".to_owned();
            return refused(ViolationKind::SelfCall, wanted, "a call of the account to itself".to_owned());
        }
        let is_before = |place: &usize| self.calls.get(*place).is_some_and(|rule| rule.to < call.to);
        let start = self.order.partition_point(is_before);
        let of_target = || {
            let places = self.order.get(start..).into_iter().flatten();
            let rules = places.filter_map(|place| Some((*place, self.calls.get(*place)?)));
            rules.take_while(|(_, rule)| rule.to == call.to)
        };
        if of_target().next().is_none() {
            let wanted = list(self.sorted_calls().map(|(_, rule)| rule.to.to_string()));
            return refused(ViolationKind::Target, wanted, call.to.to_string());
        }
        let selector = match (call.data.first_chunk::<4>(), call.data.len()) {
            (Some(selector), _) => Some(Selector::from(*selector)),
            (None, 0) => None,
            (None, length) => {
                let wanted = list(of_target().map(|(_, rule)| rule.signature()));
                return refused(ViolationKind::Function, wanted, format!("calldata of {length} bytes"));
            }
        };
        let mut best: Option<Vec<Violation>> = None;
        let within = of_target().skip_while(|(_, rule)| rule.selector() < selector);
        for (at, rule) in within.take_while(|(_, rule)| rule.selector() == selector) {
            let violations = rule.check(account, (index, at), call);
            if violations.is_empty() {
                return violations;
            }
            if best.as_ref().is_none_or(|best| violations.len() < best.len()) {
                best = Some(violations);
            }
        }
        best.unwrap_or_else(|| {
            let wanted = list(of_target().map(|(_, rule)| rule.signature()));
            let got = selector.map_or_else(
                || PLAIN_TRANSFER.to_owned(),
                |selector| format!("selector {}", hex::data(selector.as_slice())),
            );
            refused(ViolationKind::Function, wanted, got)
        })
    }
}

/// Each name once.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    names.dedup();
    names.join(", ")
}

impl CallRule {
    fn check(&self, account: Address, (call, at): (usize, usize), given: &Call) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut violation = |kind, path: String, wanted, got| {
            found.push(Violation { kind, call: Some(call), path: format!("calls[{at}]{path}"), wanted, got });
        };
        if given.value > self.max_value {
            let wanted = format!("at most {} wei", self.max_value);
            violation(ViolationKind::Value, ".value.max".to_owned(), wanted, format!("{} wei", given.value));
        }
        let Some(function) = &self.function else { return found };
        let values = match function.decode_call(&given.data) {
            Ok(values) => values,
            Err(fault) => {
                let got = match fault {
                    CalldataError::Arguments(fault) => fault.to_string(),
                    other => other.to_string(),
                };
                let wanted = format!("canonical calldata of {}", function.signature());
                violation(ViolationKind::Calldata, ".function".to_owned(), wanted, got);
                return found;
            }
        };
        let arguments = self.args.iter().zip(function.inputs()).zip(&values).enumerate();
        for (index, ((condition, param), value)) in arguments {
            if !condition.holds(value, account) {
                let tell = |path: String, wanted, got| {
                    violation(ViolationKind::Argument, format!(".args{path}"), wanted, got)
                };
                name_broken((condition, &param.ty, value), account, format!("[{index}]"), &mut { tell });
            }
        }
        found
    }
}

/// Names each broken condition of a value, member by member.
fn name_broken(
    (condition, ty, value): (&Condition, &Type, &Value),
    account: Address,
    path: String,
    tell: &mut impl FnMut(String, String, String),
) {
    if let (Condition::Members(conditions), Value::Tuple(values) | Value::Array(values)) = (condition, value)
    {
        for (index, (condition, value)) in conditions.iter().zip(values).enumerate() {
            if !condition.holds(value, account)
                && let Some((ty, _)) = member(ty, index)
            {
                name_broken((condition, ty, value), account, format!("{path}[{index}]"), tell);
            }
        }
        return;
    }
    tell(path, shown_condition(condition, ty, Some(account)), shown_value(ty, value));
}
