//! From a scope to the policies that enforce it, the cheapest set that does: CallPolicy, Timestamp, Gas, and RateLimit for a count.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};

use super::{
    CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition as Comparison, GasPolicy,
    GrantOptions, KernelGrant, KernelVersion, MACHINERY, Permission, PolicyEntry, RateLimit, Rule, Signer,
    enable_nonce, timestamp,
};
use crate::abi::{self, Param, Value};
use crate::protocol::{ProtocolError, Terms};
use crate::scope::{CallRule, Condition, PaymasterRule, Scope};
use crate::time::Validity;

/// The grant for these terms.
pub(super) fn grant(version: KernelVersion, terms: &Terms<'_>) -> Result<KernelGrant, ProtocolError> {
    refuse_forbidden_targets(terms)?;
    let policies = policies(terms.scope, terms.account, terms.validity)?;
    let permission = Permission::new(Signer::ecdsa(terms.session_key), policies)?;
    let id = permission.derived_id();
    let nonce = enable_nonce(terms.grant_nonce, 0)?;
    KernelGrant::new(
        version,
        (terms.account, terms.chain_id),
        (id, nonce),
        permission,
        GrantOptions::default(),
    )
}

fn policies(scope: &Scope, account: Address, validity: Validity) -> Result<Vec<PolicyEntry>, ProtocolError> {
    let limits = scope.limits();
    let required = match scope.paymaster() {
        PaymasterRule::Only(address) => Some(address),
        PaymasterRule::None | PaymasterRule::Any => None,
    };
    let gas = GasPolicy {
        allowed: limits.gas_total,
        enforce_paymaster: required.is_some(),
        allowed_paymaster: required.unwrap_or_default(),
    };
    let mut policies = vec![call_policy(scope.calls(), account)?.into(), timestamp(validity), gas.into()];
    if let Some(count) = limits.operations {
        let start_at = validity.valid_after();
        policies.push(RateLimit::Total { interval: 0, count, start_at }.try_into()?);
    }
    Ok(policies)
}

fn call_policy(rules: &[CallRule], account: Address) -> Result<CallPolicy, ProtocolError> {
    let mut seen = BTreeSet::new();
    let mut permissions = Vec::with_capacity(rules.len());
    for rule in rules {
        let selector = rule.function.selector();
        if selector.is_zero() {
            // The contract takes empty calldata for a call of this function.
            return Err(ProtocolError::NotEnforceable {
                rule: rule.function.signature(),
                why: "its selector is zero, which the account's call policy reads as empty calldata",
            });
        }
        if !seen.insert((rule.to, selector)) {
            return Err(ProtocolError::DuplicateFunction {
                to: rule.to,
                function: rule.function.signature(),
            });
        }
        permissions.push(CallPermission {
            call_type: CallType::Call,
            target: rule.to,
            selector,
            value_limit: rule.max_value,
            rules: conditions(rule, account)?,
        });
    }
    Ok(CallPolicy { version: CallPolicyVersion::default(), permissions })
}

/// One comparison for each argument with a condition, at the argument's place in the head.
fn conditions(rule: &CallRule, account: Address) -> Result<Vec<Rule>, ProtocolError> {
    let mut offset = 0_u64;
    let mut found = Vec::new();
    for (arg, param) in rule.args.iter().zip(rule.function.inputs()) {
        let word = |value: &Value| word(param, value, rule);
        let comparison = match &arg.condition {
            Condition::Any => None,
            Condition::Equal(value) => Some((Comparison::Equal, vec![word(value)?])),
            Condition::LessOrEqual(value) => Some((Comparison::LessThanOrEqual, vec![word(value)?])),
            Condition::GreaterOrEqual(value) => Some((Comparison::GreaterThanOrEqual, vec![word(value)?])),
            Condition::OneOf(values) => {
                Some((Comparison::OneOf, values.iter().map(word).collect::<Result<_, _>>()?))
            }
            Condition::SelfAccount => Some((Comparison::Equal, vec![word(&Value::Address(account))?])),
        };
        if let Some((condition, params)) = comparison {
            found.push(Rule { condition, offset, params });
        }
        // Heads are bounded by the type, so the sum is far from its end.
        offset = offset.saturating_add(u64::try_from(param.ty.head_size()).unwrap_or(u64::MAX));
    }
    Ok(found)
}

fn word(param: &Param, value: &Value, rule: &CallRule) -> Result<B256, ProtocolError> {
    let encoded = abi::encode([&param.ty], std::slice::from_ref(value)).ok();
    encoded.and_then(|bytes| B256::try_from(bytes.as_slice()).ok()).ok_or_else(|| {
        ProtocolError::NotEnforceable {
            rule: rule.function.signature(),
            why: "a condition is not on a value of one word",
        }
    })
}

/// Calls that could change the account, its modules or its deposit are never part of a session (threat model, rule 21). Modules know
/// the account by who calls them, so those of other sessions are as forbidden as this one's.
fn refuse_forbidden_targets(terms: &Terms<'_>) -> Result<(), ProtocolError> {
    let forbidden = |to: Address| to == terms.account || MACHINERY.contains(&to);
    match terms.scope.calls().iter().find(|rule| forbidden(rule.to)) {
        Some(rule) => Err(ProtocolError::ForbiddenTarget { to: rule.to }),
        None => Ok(()),
    }
}

/// Gas of the operation that deploys the account and enables a grant, from above; measured figures plus a fifth.
pub(super) fn first_use_gas(grant: &KernelGrant, deployed: bool) -> U256 {
    let bytes = grant.permission().data().len();
    let policies = grant.permission().policies().len();
    // Validation, call and overhead; each policy; each 32-byte word that a policy stores costs about one cold slot.
    let base = if deployed { 400_000_usize } else { 750_000 };
    let words = bytes.div_ceil(32);
    let gas =
        base.saturating_add(policies.saturating_mul(125_000)).saturating_add(words.saturating_mul(9_000));
    U256::from(gas)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::protocol::kernel_v3::ECDSA_VALIDATOR;
    use crate::time::Timestamp;
    use crate::userop::EntryPointVersion;

    const ACCOUNT: Address = Address::repeat_byte(0xac);

    fn compiled(calls: Json) -> Result<KernelGrant, ProtocolError> {
        let scope = Scope::from_json(&json!({
            "calls": calls,
            "limits": { "operations": 20, "gas": { "total": "0.02 ether" } },
            "paymaster": "0x00000000000000000000000000000000000a0000",
        }))
        .unwrap();
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        grant(
            KernelVersion::V3_3,
            &Terms {
                scope: &scope,
                account: ACCOUNT,
                chain_id: 31337,
                session_key: Address::repeat_byte(1),
                validity: Validity::new(at(5), at(9)).unwrap(),
                grant_nonce: 0,
            },
        )
    }

    #[test]
    fn arguments_behind_wide_ones_are_checked_at_their_place() {
        let rule = json!({
            "to": "0x00000000000000000000000000000000000b0a2d",
            "function": "f((uint8 a,uint8 b) pair,bytes4 tag,string note,uint256[2] two,address to,uint256 most)",
            "args": { "tag": "0x01020304", "to": { "self": true }, "most": { "lte": 9 } },
        });
        let scope = Scope::from_json(&json!({
            "calls": [rule], "limits": { "gas": { "total": 1 } },
        }));
        let policy = call_policy(scope.unwrap().calls(), ACCOUNT).unwrap();
        let rules: Vec<(Comparison, u64, B256)> = policy.permissions[0]
            .rules
            .iter()
            .map(|rule| (rule.condition, rule.offset, rule.params[0]))
            .collect();
        assert_eq!(
            rules,
            [
                (Comparison::Equal, 64, B256::right_padding_from(&[1, 2, 3, 4])),
                (Comparison::Equal, 192, ACCOUNT.into_word()),
                (Comparison::LessThanOrEqual, 224, B256::from(U256::from(9))),
            ]
        );
    }

    #[test]
    fn the_cheapest_set_of_policies() {
        let call = json!([{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "f()" }]);
        let grant = compiled(call).unwrap();
        assert_eq!(grant.permission().policies().len(), 4, "calls, time, gas, count");
    }

    #[test]
    fn every_contract_this_crate_knows_is_machinery() {
        for version in KernelVersion::ALL {
            for contract in [version.implementation(), version.factory(), version.ecdsa_validator()] {
                assert!(MACHINERY.contains(&contract), "{contract}");
            }
        }
        for version in [EntryPointVersion::V06, EntryPointVersion::V07, EntryPointVersion::V08] {
            assert!(MACHINERY.contains(&version.address()));
        }
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let call = json!([{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "f()" }]);
        let grant = compiled(call).unwrap();
        for policy in grant.permission().policies() {
            assert!(MACHINERY.contains(&policy.contract()), "{}", policy.contract());
        }
        assert!(MACHINERY.contains(&grant.permission().signer().contract()));
        assert!(MACHINERY.contains(&timestamp(Validity::new(at(0), at(1)).unwrap()).contract()));
    }

    #[test]
    fn what_cannot_be_enforced_is_refused() {
        let to = "0x00000000000000000000000000000000000b0a2d";
        let twice = json!([{ "to": to, "function": "f()" }, { "to": to, "function": "f()" }]);
        assert!(matches!(compiled(twice), Err(ProtocolError::DuplicateFunction { .. })));
        for target in [ACCOUNT, EntryPointVersion::V07.address(), ECDSA_VALIDATOR] {
            let call = json!([{ "to": target.to_string(), "function": "f()" }]);
            assert_eq!(compiled(call), Err(ProtocolError::ForbiddenTarget { to: target }));
        }
    }
}
