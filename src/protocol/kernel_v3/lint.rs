//! What can hurt because of how Kernel's contracts work.

use alloy_primitives::Address;

use super::KernelVersion;
use super::compile::is_forbidden;
use crate::protocol::{EnforcementReport, Terms};
use crate::scope::CallRule;
use crate::scope::lint::Finding;

/// Gas that bundlers commonly allow for one operation's verification.
const MOST_VERIFICATION_GAS: u64 = 4_000_000;

pub(super) fn lint(
    version: KernelVersion,
    terms: &Terms<'_>,
    report: Option<&EnforcementReport>,
) -> Vec<Finding> {
    let mut found = of_rules(version, terms.account, terms.scope.calls());
    if !terms.scope.signatures().is_empty() {
        let message = "policies of these accounts pass any message once they pass one";
        found.push(Finding::new("signatures-unsupported", "signatures", message));
    }
    if let Some(report) = report {
        let gas = report.gas.first();
        if gas > MOST_VERIFICATION_GAS {
            let message =
                format!("enabling takes about {gas} gas, and many bundlers allow {MOST_VERIFICATION_GAS}");
            found.push(Finding::new("large-scope", "calls", message));
        }
        if let Some(reason) = &report.refused_by_strict_bundlers {
            found.push(Finding::new("large-scope", "calls", reason.clone()));
        }
    }
    found
}

/// What can hurt in rules for calls, whoever made them.
pub(super) fn of_rules(version: KernelVersion, account: Address, rules: &[CallRule]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if is_forbidden(rule.to, account) {
            let message = format!("{} is the account itself, or one of its modules", rule.to);
            found.push(Finding::new("forbidden-target", format!("calls[{index}].to"), message));
        }
        if version <= KernelVersion::V3_1 && !rule.max_value.is_zero() {
            let message = format!("{} can be paid without a call of {}", rule.to, rule.signature());
            found.push(Finding::new("split-view", format!("calls[{index}].value.max"), message));
        }
    }
    found
}
