//! What enabling and using a permission takes in gas, by figures measured on the deployed contracts.

use alloy_primitives::U256;

use super::decompile::{Decompiled, decompile};
use super::{Permission, compile};
use crate::protocol::{Call, EnforcementGas, GasPart, Verifying};
use crate::scope::CallRule;

/// Account, signer and call: in the first operation, with the account's deployment, and in later ones.
const BASE: (u64, u64) = (485_000, 148_300);
/// A rule, when it is enabled.
const RULE: u64 = 55_000;
/// One comparison of an argument, when it is enabled and when it is made.
const COMPARISON: (u64, u64) = (135_000, 15_700);

/// What is in [`BASE`] and is not verification: each transaction's own gas.
const TRANSACTION: u64 = 21_000;
/// What deploying the account takes of the first figure in [`BASE`].
const DEPLOYMENT: u64 = 180_000;
/// A further call in a batch, of another rule; and of the same, whose storage was read already: itself, and each of its comparisons.
const FURTHER_CALL: u64 = 12_000;
const SAME_AGAIN: (u64, u64) = (7_000, 4_500);
/// Verification has to be given more gas than it takes: of what is left, each call passes on 63 of 64 parts at most.
const MARGIN: (u64, u64) = (11, 10);

/// What an operation takes as a whole, by part.
pub(super) fn parts(read: &Decompiled) -> EnforcementGas {
    let part =
        |what: &str, first: u64, later: u64| GasPart { what: what.to_owned(), first, later, per_call: false };
    let mut parts = vec![part("account, signer and call", BASE.0, BASE.1)];
    for rule in &read.calls {
        let count = comparisons(rule);
        let what = format!("{} of {}", rule.signature(), rule.to);
        parts.push(GasPart {
            what,
            first: count.saturating_mul(COMPARISON.0).saturating_add(RULE),
            later: count.saturating_mul(COMPARISON.1),
            per_call: true,
        });
    }
    parts.push(part("expiry", 104_000, 12_200));
    parts.push(part("gas budget", 106_000, 15_800));
    if read.count.is_some() {
        parts.push(part("number of operations", 103_000, 16_000));
    }
    EnforcementGas { parts }
}

fn comparisons(rule: &CallRule) -> u64 {
    // Each further value is one more word of storage.
    let each = |params: usize| u64::try_from(params).unwrap_or(u64::MAX).saturating_add(4) / 5;
    compile::params(rule).into_iter().map(each).fold(0, u64::saturating_add)
}

/// Gas that verifying an operation with these calls takes, from above.
pub(super) fn verification(permission: &Permission, verifying: Verifying, calls: &[Call]) -> u64 {
    let read = decompile(permission.policies(), &[]);
    let parts = parts(&read);
    let fixed = match verifying {
        Verifying::Deployment => parts.first(),
        Verifying::Enabling => parts.first().saturating_sub(DEPLOYMENT),
        Verifying::Use => {
            let fixed = parts.parts.iter().filter(|part| !part.per_call).map(|part| part.later);
            fixed.fold(0, u64::saturating_add).saturating_sub(TRANSACTION)
        }
    };
    let rule_of = |call: &Call| {
        let selector = call.data.get(..4);
        read.calls.iter().position(|rule| {
            rule.to == call.to && rule.selector().is_none_or(|own| selector == Some(own.as_slice()))
        })
    };
    let mut gas = fixed;
    let mut called = Vec::new();
    for call in calls {
        let rule = rule_of(call);
        let count = rule.and_then(|at| read.calls.get(at)).map(comparisons).unwrap_or_default();
        let of_this = match (called.is_empty(), verifying, called.contains(&rule)) {
            (true, Verifying::Use, _) => count.saturating_mul(COMPARISON.1),
            // The rules were just stored.
            (true, ..) => 0,
            (false, Verifying::Use, false) => count.saturating_mul(COMPARISON.1).saturating_add(FURTHER_CALL),
            (false, ..) => count.saturating_mul(SAME_AGAIN.1).saturating_add(SAME_AGAIN.0),
        };
        gas = gas.saturating_add(of_this);
        called.push(rule);
    }
    gas.saturating_mul(MARGIN.0).div_ceil(MARGIN.1)
}

/// Gas of the operation that first uses the permission, from above: what it verifies, and a call.
pub(super) fn first_use(permission: &Permission, deployed: bool) -> U256 {
    const CALL: u64 = 300_000;
    let verifying = if deployed { Verifying::Enabling } else { Verifying::Deployment };
    U256::from(verification(permission, verifying, &[]).saturating_add(CALL))
}
