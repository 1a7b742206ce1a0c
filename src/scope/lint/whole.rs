//! Findings in the scope as a whole.

use alloy_primitives::U256;

use super::{Circumstances, Finding};
use crate::scope::{Asset, CallRule, PaymasterRule, Scope};

/// Days that a session may last without being accepted by name.
const MOST_DAYS: u64 = 7;
const DAY: u64 = 86_400;
/// Gas limits of a small operation: what an operation takes out of the gas budget at least.
const GAS_PER_OPERATION: u128 = 400_000;
/// Wei of a million coins: more than any account has, on any chain whose coin is worth something.
const A_MILLION: u128 = 1_000_000_000_000_000_000_000_000;
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
    let total =
        scope.spend().iter().any(|rule| rule.asset == Asset::Native && rule.limit < U256::from(A_MILLION));
    if let (Some(index), false) = (pays, total) {
        find(
            "uncapped-value",
            &format!("calls[{index}].value.max"),
            "value per call, but no total in spend".to_owned(),
        );
    }
    match scope.paymaster() {
        PaymasterRule::Any => find("any-paymaster", "paymaster", "no paymaster is named".to_owned()),
        PaymasterRule::Only(address) => {
            find("paymaster", "paymaster", format!("every operation needs {address}"))
        }
        PaymasterRule::None => {}
    }
    let limits = scope.limits();
    if limits.gas_total >= A_MILLION {
        find("gas-budget-large", "limits.gas.total", "a million coins or more for gas".to_owned());
    }
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
    for ((before, a), (index, b)) in scope.sorted_calls().zip(scope.sorted_calls().skip(1)) {
        if differ_in_one_argument(a, b) {
            let message = format!("differs from calls[{before}] in one argument only");
            find("mergeable-rules", &format!("calls[{index}]"), message);
        }
    }
    if let Some(fee) = limits.max_fee_per_gas {
        found.extend(small_share(scope, fee, "the highest fee"));
    }
}

/// Whether what one operation may cost pays for none at this fee.
pub(crate) fn small_share(scope: &Scope, fee: u128, which: &str) -> Option<Finding> {
    let most = scope.limits().most_per_operation(false);
    let gas = most.checked_div(fee)?;
    (gas < GAS_PER_OPERATION).then(|| {
        let would_do = fee.saturating_mul(GAS_PER_OPERATION);
        let message =
            format!("at {which}, {most} wei pay {gas} gas; perOperation {would_do} pays {GAS_PER_OPERATION}");
        Finding::new("gas-share-small", "limits.gas.perOperation", message)
    })
}

fn differ_in_one_argument(a: &CallRule, b: &CallRule) -> bool {
    let differing = a.args.iter().zip(&b.args).filter(|(a, b)| a != b).count();
    a.to == b.to && a.signature() == b.signature() && a.max_value == b.max_value && differing == 1
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    const TO: &str = "0x00000000000000000000000000000000000b0a2d";

    fn found(circumstances: Circumstances, change: impl FnOnce(&mut Json)) -> Vec<(&'static str, String)> {
        let mut scope = json!({
            "calls": [{ "to": TO, "function": "f(uint8 a,uint8 b)" }],
            "limits": { "gas": { "maxFeePerGas": 5, "total": 20_000_000 } },
        });
        change(&mut scope);
        let findings = Scope::from_json(&scope).unwrap().lint(&circumstances);
        findings.into_iter().map(|finding| (finding.rule.id, finding.path)).collect()
    }

    fn for_seconds(seconds: u64, tab: bool) -> Vec<(&'static str, String)> {
        found(Circumstances { seconds: Some(seconds), tab }, |_| ())
    }

    fn ids(change: impl FnOnce(&mut Json)) -> Vec<&'static str> {
        found(Circumstances::default(), change).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn sessions_end_in_time() {
        assert_eq!(for_seconds(7 * DAY, false), []);
        assert_eq!(for_seconds(7 * DAY + 1, false), [("long-expiry", String::new())]);
        let scope = Scope::from_json(
            &json!({ "calls": [{ "to": TO, "function": "f()" }], "limits": { "gas": { "total": 1 } } }),
        );
        let long = scope.unwrap().lint(&Circumstances { seconds: Some(30 * DAY), tab: false });
        assert_eq!(long[0].message, "the session lasts 30 days, more than 7");
        assert_eq!(for_seconds(DAY, true), []);
        assert_eq!(for_seconds(DAY + 1, true), [("outlives-tab", String::new())]);
        assert_eq!(for_seconds(DAY + 1, false), []);
    }

    #[test]
    fn value_needs_a_total() {
        let paying = |spend: Json| {
            ids(|scope| {
                scope["calls"][0]["value"] = json!({ "max": 1 });
                scope["spend"] = spend;
            })
        };
        assert_eq!(paying(json!([])), ["uncapped-value"]);
        assert_eq!(paying(json!([{ "token": TO, "limit": 5 }])), ["uncapped-value", "uncounted-spend"]);
        assert_eq!(paying(json!([{ "token": "native", "limit": 5 }])), [] as [&str; 0]);
    }

    #[test]
    fn payers_and_budgets() {
        assert_eq!(ids(|scope| scope["paymaster"] = json!("any")), ["any-paymaster"]);
        assert_eq!(ids(|scope| scope["paymaster"] = json!(TO)), ["paymaster"]);
        assert_eq!(ids(|scope| scope["limits"]["gas"] = json!({ "total": 1 })), ["no-fee-cap"]);
        let counted = |count: u64| ids(|scope| scope["limits"]["operations"] = json!(count));
        assert_eq!(counted(10), [] as [&str; 0], "20,000,000 wei pay 10 operations of 400,000 gas at 5 wei");
        assert_eq!(counted(11), ["gas-budget-small"]);
        assert_eq!(
            ids(|scope| scope["limits"] =
                json!({ "operations": 9, "gas": { "maxFeePerGas": 0, "total": 1 } })),
            [] as [&str; 0]
        );
    }

    #[test]
    fn many_and_mergeable_rules() {
        let rules = |count: u64| -> Vec<Json> {
            (0..count).map(|index| json!({ "to": TO, "function": format!("f{index}()") })).collect()
        };
        assert_eq!(ids(|scope| scope["calls"] = rules(20).into()), [] as [&str; 0]);
        assert_eq!(ids(|scope| scope["calls"] = rules(21).into()), ["large-scope"]);
        let pair = |a: Json, b: Json| {
            let rule = |args: Json| json!({ "to": TO, "function": "f(uint8 a,uint8 b)", "args": args });
            ids(|scope| scope["calls"] = json!([rule(a), rule(b)]))
        };
        assert_eq!(pair(json!([1, 2]), json!([1, 3])), ["mergeable-rules"]);
        assert_eq!(pair(json!([1, 2]), json!([2, 3])), [] as [&str; 0]);
    }
}
