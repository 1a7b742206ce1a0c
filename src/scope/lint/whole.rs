//! Findings in the scope as a whole.

use super::{Circumstances, Finding};
use crate::scope::{Asset, CallRule, PaymasterRule, Scope};

/// Days that a session may last without being accepted by name.
const MOST_DAYS: u64 = 7;
const DAY: u64 = 86_400;
/// Gas limits of a small operation: what an operation takes out of the gas budget at least.
const GAS_PER_OPERATION: u128 = 400_000;
/// More rules than this make enabling expensive.
const MANY_RULES: usize = 20;

pub(super) fn lint(scope: &Scope, circumstances: &Circumstances, found: &mut Vec<Finding>) {
    let mut find = |id, path: &str, message: String| found.push(Finding::new(id, path, message));
    let seconds = circumstances.seconds.unwrap_or_default();
    if seconds > MOST_DAYS.saturating_mul(DAY) {
        let days = seconds / DAY;
        find("long-expiry", "", format!("the session lasts {days} days, more than {MOST_DAYS}"));
    }
    if circumstances.tab && seconds > DAY {
        find("outlives-tab", "", "the key is kept by a tab, the session lasts more than a day".to_owned());
    }
    let pays = scope.calls().iter().position(|rule| !rule.max_value.is_zero());
    let total = scope.spend().iter().any(|rule| rule.asset == Asset::Native);
    if let (Some(index), false) = (pays, total) {
        find(
            "uncapped-value",
            &format!("calls[{index}].value.max"),
            "value per call, but no total in spend".to_owned(),
        );
    }
    match scope.paymaster() {
        PaymasterRule::Any => find("any-paymaster", "paymaster", "any paymaster".to_owned()),
        PaymasterRule::Only(address) => {
            find("paymaster", "paymaster", format!("every operation needs {address}"))
        }
        PaymasterRule::None => {}
    }
    let limits = scope.limits();
    match (limits.max_fee_per_gas, limits.operations) {
        (None, _) => find("no-fee-cap", "limits.gas", "no highest fee".to_owned()),
        (Some(fee), Some(wanted)) => {
            let each = fee.saturating_mul(GAS_PER_OPERATION);
            // Without a fee every operation is paid.
            let paid = limits.gas_total.checked_div(each).unwrap_or(u128::MAX);
            if paid < u128::from(wanted) {
                let message =
                    format!("the gas budget pays about {paid} operations at the highest fee, not {wanted}");
                find("gas-budget-small", "limits.gas.total", message);
            }
        }
        (Some(_), None) => {}
    }
    if scope.calls().len() > MANY_RULES {
        find("large-scope", "calls", format!("{} rules", scope.calls().len()));
    }
    for (index, pair) in scope.calls().windows(2).enumerate() {
        if let [a, b] = pair
            && differ_in_one_argument(a, b)
        {
            let path = format!("calls[{}]", index.saturating_add(1));
            find("mergeable-rules", &path, format!("differs from calls[{index}] in one argument only"));
        }
    }
}

fn differ_in_one_argument(a: &CallRule, b: &CallRule) -> bool {
    let differing = a.args.iter().zip(&b.args).filter(|(a, b)| a != b).count();
    a.to == b.to && a.signature() == b.signature() && a.max_value == b.max_value && differing == 1
}
