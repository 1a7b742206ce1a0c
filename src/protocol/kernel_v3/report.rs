//! Who enforces each rule. The report is made from the compiled bytes, read back: what it says of the chain is what they say.

use alloy_primitives::Address;

use super::compile::{self, gas_policy, is_enforced, merged};
use super::decompile::{Decompiled, decompile};
use super::policy::{GAS, RATE_LIMIT, TIMESTAMP};
use super::{CallPolicyVersion, KernelVersion, Permission, SkipFlag, gas, record};
use crate::abi::Function;
use crate::protocol::{
    Contract, EnforcedBy, EnforcementReport, ProtocolError, ProtocolFault, RuleEnforcement, Terms,
};
use crate::scope::{CallRule, Condition, PaymasterRule, Scope, english, leaves};

/// Words of storage that one permission may take for strict bundlers: what lies further from its slot counts as foreign.
const MOST_WORDS: usize = 128;

/// The report for a grant of these terms.
pub(super) fn report(version: KernelVersion, terms: &Terms<'_>) -> Result<EnforcementReport, ProtocolError> {
    let permission = record::read_permission(&compile::permission(terms)?.data())?;
    let merged = merged(terms.scope, terms.account)?;
    let functions: Vec<Function> = merged.iter().filter_map(|rule| rule.function.clone()).collect();
    let read = decompile(permission.policies(), &functions);
    agree(terms, &merged, &permission, &read)?;
    Ok(EnforcementReport {
        rules: rules(version, terms.scope, &read),
        gas: gas::parts(&read),
        refused_by_strict_bundlers: too_long(&read),
    })
}

/// What the bytes say must be what the scope says, less what they cannot say.
fn agree(
    terms: &Terms<'_>,
    merged: &[CallRule],
    permission: &Permission,
    read: &Decompiled,
) -> Result<(), ProtocolError> {
    let limits = terms.scope.limits();
    let gas = gas_policy(limits, terms.scope.paymaster());
    let paymaster = gas.enforce_paymaster.then_some(gas.allowed_paymaster);
    let (after, until) = (terms.validity.valid_after().seconds(), terms.validity.valid_until().seconds());
    let count = (limits.every.is_some() || limits.operations.is_some()).then(|| {
        (limits.every.unwrap_or_default(), limits.operations.unwrap_or(compile::MOST_OPERATIONS), after)
    });
    for (what, same) in [
        ("calls", is_same_list(&read.calls, merged)),
        ("time", read.window == Some((after, until))),
        ("gas", read.gas == Some((gas.allowed, paymaster))),
        ("operations", read.count == count),
        ("signatures", permission.flag() == SkipFlag::NOT_FOR_SIGNATURES),
        ("session key", permission.signer().data().as_ref() == terms.session_key.as_slice()),
        ("policies", read.unknown.is_empty() && !read.any_call && read.delegate_calls.is_empty()),
    ] {
        if !same {
            return Err(ProtocolError::from(ProtocolFault::Disagreement { what }));
        }
    }
    Ok(())
}

/// Whether the rules read back are those that were compiled. Names of parameters are not on chain.
fn is_same_list(read: &[CallRule], merged: &[CallRule]) -> bool {
    let same = |(read, rule): (&CallRule, &CallRule)| {
        let rule = enforced_part(rule);
        read.to == rule.to
            && read.selector() == rule.selector()
            && read.args == rule.args
            && read.max_value == rule.max_value
    };
    read.len() == merged.len() && read.iter().zip(merged).all(same)
}

/// The rule without the conditions that the contracts cannot check.
fn enforced_part(rule: &CallRule) -> CallRule {
    fn part(ty: &crate::abi::Type, condition: &Condition) -> Condition {
        match condition {
            Condition::Members(members) => {
                let parts = members.iter().enumerate().map(|(index, condition)| {
                    crate::scope::member(ty, index).map_or(Condition::Any, |(ty, _)| part(ty, condition))
                });
                Condition::members(parts.collect())
            }
            condition if is_enforced(ty, condition) => condition.normal(ty),
            _ => Condition::Any,
        }
    }
    let inputs = rule.function.iter().flat_map(Function::inputs);
    let args = rule.args.iter().zip(inputs).map(|(condition, param)| part(&param.ty, condition));
    CallRule { args: args.collect(), ..rule.clone() }
}

fn call_policy() -> Contract {
    Contract { name: "CallPolicy 0.0.4", address: CallPolicyVersion::default().address(), code_hash: None }
}

const fn contract(name: &'static str, address: Address) -> Contract {
    Contract { name, address, code_hash: None }
}

/// Every contract that enforces a rule of these accounts.
pub(super) fn contracts(permission: &Permission) -> Vec<Address> {
    let policies = permission.policies().iter().map(super::PolicyEntry::contract);
    policies.chain([permission.signer().contract()]).collect()
}

fn rules(version: KernelVersion, scope: &Scope, read: &Decompiled) -> Vec<RuleEnforcement> {
    let mut rules = Vec::new();
    let mut say = |path: String, rule: String, by| rules.push(RuleEnforcement { path, rule, by });
    let calls = || EnforcedBy::Chain(call_policy());
    let local = |reason| EnforcedBy::Local { reason, implicit: true };
    for (index, rule) in scope.calls().iter().enumerate() {
        say(format!("calls[{index}]"), format!("{} of {}", rule.signature(), rule.to), calls());
        say(format!("calls[{index}].value.max"), english::brief_value(rule.max_value), calls());
        if rule.function.is_none() {
            let reason = "the policy takes a call whose selector is zero for empty calldata";
            say(
                format!("calls[{index}].plainTransfer"),
                english::BRIEF_EMPTY_CALLDATA.to_owned(),
                local(reason),
            );
        }
        for leaf in leaves(rule).iter().filter(|leaf| *leaf.condition != Condition::Any) {
            let by = match is_enforced(leaf.ty, leaf.condition) {
                true => calls(),
                false => EnforcedBy::Local {
                    reason: "no unsigned comparisons of whole words say this of a value of its type",
                    implicit: false,
                },
            };
            say(format!("calls[{index}].args{}", leaf.path), english::brief_condition(leaf), by);
        }
    }
    for (index, rule) in scope.spend().iter().enumerate() {
        let reason = "the policies keep no sums: a batch may hold any number of calls";
        let by = EnforcedBy::Local { reason, implicit: false };
        say(format!("spend[{index}]"), english::brief_total(rule), by);
    }
    let limits = scope.limits();
    say(
        "expiry".to_owned(),
        english::BRIEF_WINDOW.to_owned(),
        EnforcedBy::Chain(contract("TimestampPolicy", TIMESTAMP)),
    );
    let gas = || EnforcedBy::Chain(contract("GasPolicy", GAS));
    say("limits.gas.total".to_owned(), english::brief_gas_total(limits.gas_total), gas());
    let each = limits.most_per_operation(false);
    if each < limits.gas_total {
        let reason = "the gas policy counts wei in all, not per operation";
        say("limits.gas.perOperation".to_owned(), english::brief_gas_per_operation(each), local(reason));
    }
    if let Some(fee) = limits.max_fee_per_gas {
        let reason = "the gas policy counts wei in all, not per gas";
        say("limits.gas.maxFeePerGas".to_owned(), english::brief_fee(fee), local(reason));
    }
    let count = || EnforcedBy::Chain(contract("RateLimitPolicy", RATE_LIMIT));
    if let (Some(most), Some(_)) = (limits.operations, read.count) {
        say("limits.operations".to_owned(), english::brief_operations(most), count());
    }
    if let (Some(every), Some(_)) = (limits.every, read.count) {
        say("limits.rate.every".to_owned(), english::brief_every(every), count());
    }
    match scope.paymaster() {
        PaymasterRule::Only(address) => say("paymaster".to_owned(), english::brief_paymaster(address), gas()),
        PaymasterRule::None => {
            let reason = "the gas policy can demand a paymaster, not forbid one";
            say("paymaster".to_owned(), english::BRIEF_NO_PAYMASTER.to_owned(), local(reason));
        }
        PaymasterRule::Any => {}
    }
    let signer = contract("signer entry", super::signer::ECDSA_SIGNER);
    say("signatures".to_owned(), english::BRIEF_NO_SIGNATURES.to_owned(), EnforcedBy::Chain(signer));
    if version <= KernelVersion::V3_1 {
        let reason = "on this version a batch can show the policy an allowed function and call the contract without any";
        say("function".to_owned(), english::BRIEF_FUNCTION.to_owned(), local(reason));
    }
    let reason = "the policy reads words at fixed places, wherever the calldata's own offsets lead";
    say("calldata".to_owned(), english::BRIEF_CANONICAL.to_owned(), local(reason));
    say(
        "mode".to_owned(),
        english::BRIEF_MODE.to_owned(),
        local("the policy passes the mode in which failed calls do not undo the others"),
    );
    rules
}

/// The policy keeps a permission in one run of slots.
fn too_long(read: &Decompiled) -> Option<String> {
    let words = |rule: &CallRule| {
        let each = |words: usize, params: usize| words.saturating_add(params).saturating_add(5);
        compile::params(rule).into_iter().fold(5, each)
    };
    let rule = read.calls.iter().find(|rule| words(rule) >= MOST_WORDS)?;
    Some(format!(
        "{} of {} takes {} words of storage, and bundlers that keep to ERC-7562 allow less than {MOST_WORDS}",
        rule.signature(),
        rule.to,
        words(rule)
    ))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;
    use serde_json::json;

    use super::*;

    /// Any one difference is a disagreement, wherever it is.
    #[test]
    fn rules_that_differ_in_one_part_are_not_the_same() {
        let scope = Scope::from_json(&json!({
            "calls": [
                { "to": "0x00000000000000000000000000000000000b0a2d", "function": "move(uint8 x)", "args": [{ "lte": 5 }] },
                { "to": "0x00000000000000000000000000000000000b0a2e", "function": "stay(uint8 x)", "args": [{ "lte": 5 }] },
            ],
            "limits": { "gas": { "total": 5 } },
        }))
        .unwrap();
        let rules = scope.calls();
        assert!(is_same_list(rules, rules));
        let changes: [fn(&mut CallRule, &CallRule); 4] = [
            |rule, other| rule.to = other.to,
            |rule, other| rule.function.clone_from(&other.function),
            |rule, _| rule.args = vec![Condition::Any],
            |rule, _| rule.max_value = U256::from(1),
        ];
        for change in changes {
            let mut read = rules.to_vec();
            change(&mut read[0], &rules[1]);
            assert!(!is_same_list(&read, rules));
        }
        assert!(!is_same_list(&rules[..1], rules), "one is missing");
        assert!(!is_same_list(rules, &rules[..1]), "one is too many");
    }
}
