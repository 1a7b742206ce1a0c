//! From a scope to the policies that enforce it, the cheapest set that does: CallPolicy, Timestamp, Gas, and RateLimit for a count
//! or a rate.

mod merge;
mod rules;

use alloy_primitives::Address;

pub(super) use merge::merged;
pub(super) use rules::{is_enforced, last_word, params, permission_of};

use super::{
    CallPolicy, CallPolicyVersion, GasPolicy, GrantOptions, KernelGrant, KernelVersion, MACHINERY,
    Permission, PolicyEntry, RateLimit, Signer, enable_nonce, timestamp,
};
use crate::protocol::{ProtocolError, ProtocolFault, Terms};
use crate::scope::{CallRule, Limits, PaymasterRule};
use crate::time::Validity;

/// What the RateLimit contract can count: where a scope has a rate but no number of operations.
pub(super) const MOST_OPERATIONS: u64 = (1 << 48) - 1;

/// The grant for these terms.
pub(super) fn grant(version: KernelVersion, terms: &Terms<'_>) -> Result<KernelGrant, ProtocolError> {
    let permission = permission(terms)?;
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

/// The permission for these terms.
pub(super) fn permission(terms: &Terms<'_>) -> Result<Permission, ProtocolError> {
    if let Some(rule) = terms.scope.calls().iter().find(|rule| is_forbidden(rule.to, terms.account)) {
        return Err(ProtocolError::from(ProtocolFault::ForbiddenTarget { to: rule.to }));
    }
    if let Some(rule) = terms.scope.signatures().first() {
        return Err(ProtocolError::from(ProtocolFault::NotEnforceable {
            rule: format!("signing {}", rule.ty),
            why: "the account's policies pass any message once they pass one",
        }));
    }
    let merged = merged(terms.scope, terms.account)?;
    let calls = merged.iter().map(permission_of).collect::<Result<_, _>>()?;
    let calls = CallPolicy { version: CallPolicyVersion::default(), permissions: calls };
    let gas = gas_policy(terms.scope.limits(), terms.scope.paymaster());
    let mut policies = vec![calls.into(), timestamp(terms.validity), gas.into()];
    policies.extend(rate_limit(terms.scope.limits(), terms.validity)?);
    Permission::new(Signer::ecdsa(terms.session_key), policies)
}

pub(super) fn gas_policy(limits: &Limits, paymaster: PaymasterRule) -> GasPolicy {
    let required = match paymaster {
        PaymasterRule::Only(address) => Some(address),
        PaymasterRule::None | PaymasterRule::Any => None,
    };
    GasPolicy {
        allowed: limits.gas_total,
        enforce_paymaster: required.is_some(),
        allowed_paymaster: required.unwrap_or_default(),
    }
}

/// The entry that counts operations, where the scope counts them.
fn rate_limit(limits: &Limits, validity: Validity) -> Result<Option<PolicyEntry>, ProtocolError> {
    let (interval, count) = match (limits.every, limits.operations) {
        (None, None) => return Ok(None),
        (every, count) => (every.unwrap_or_default(), count.unwrap_or(MOST_OPERATIONS)),
    };
    RateLimit::Total { interval, count, start_at: validity.valid_after() }.try_into().map(Some)
}

/// Calls that could change the account, its modules or its deposit are never part of a session (threat model, rule 21). Modules know
/// the account by who calls them, so those of other sessions are as forbidden as this one's.
pub(super) fn is_forbidden(to: Address, account: Address) -> bool {
    to == account || MACHINERY.contains(&to)
}

/// How the account's policy names a rule: a plain transfer is a call whose selector is zero.
pub(super) fn selector_of(rule: &CallRule) -> crate::abi::Selector {
    rule.selector().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{B256, U256};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::protocol::kernel_v3::{Condition as Comparison, ECDSA_VALIDATOR};
    use crate::scope::Scope;
    use crate::time::Timestamp;
    use crate::userop::EntryPointVersion;

    const ACCOUNT: Address = Address::repeat_byte(0xac);
    const TO: &str = "0x00000000000000000000000000000000000b0a2d";

    fn scope(calls: &Json) -> Scope {
        Scope::from_json(&json!({
            "calls": calls,
            "limits": { "operations": 20, "gas": { "total": "0.02 ether" } },
            "paymaster": "0x00000000000000000000000000000000000a0000",
        }))
        .unwrap()
    }

    fn compiled(calls: Json) -> Result<KernelGrant, ProtocolError> {
        let scope = scope(&calls);
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let terms = Terms {
            scope: &scope,
            account: ACCOUNT,
            chain_id: 31337,
            session_key: Address::repeat_byte(1),
            validity: Validity::new(at(5), at(9)).unwrap(),
            grant_nonce: 0,
        };
        grant(KernelVersion::V3_3, &terms)
    }

    /// Comparisons of the only rule.
    fn comparisons(calls: &Json) -> Vec<(Comparison, u64, Vec<B256>)> {
        let merged = merged(&scope(calls), ACCOUNT).unwrap();
        assert_eq!(merged.len(), 1);
        let rules = permission_of(&merged[0]).unwrap().rules;
        rules.into_iter().map(|rule| (rule.condition, rule.offset, rule.params)).collect()
    }

    fn word(number: u64) -> B256 {
        B256::from(U256::from(number))
    }

    #[test]
    fn arguments_behind_wide_ones_are_checked_at_their_place() {
        let rule = json!([{
            "to": TO,
            "function": "f((uint8 a,uint8 b) pair,bytes4 tag,string note,uint256[2] two,address to,uint256 most)",
            "args": { "pair": { "b": { "neq": 3 } }, "tag": "0x01020304", "two": [{ "any": true }, { "between": [2, 4] }],
                      "to": { "self": true }, "most": { "lt": 10 } },
        }]);
        assert_eq!(
            comparisons(&rule),
            [
                (Comparison::NotEqual, 32, vec![word(3)]),
                (Comparison::LessThanOrEqual, 32, vec![word(255)]),
                (Comparison::Equal, 64, vec![B256::right_padding_from(&[1, 2, 3, 4])]),
                (Comparison::GreaterThanOrEqual, 160, vec![word(2)]),
                (Comparison::LessThanOrEqual, 160, vec![word(4)]),
                (Comparison::Equal, 192, vec![ACCOUNT.into_word()]),
                (Comparison::LessThanOrEqual, 224, vec![word(9)]),
            ]
        );
    }

    #[test]
    fn words_above_a_narrow_type_fail_too() {
        let of = |function: &str, condition: Json| {
            comparisons(&json!([{ "to": TO, "function": function, "args": [condition] }]))
        };
        let rule = |comparison, number: U256| (comparison, 0, vec![B256::from(number)]);
        let (least, most, not) =
            (Comparison::GreaterThanOrEqual, Comparison::LessThanOrEqual, Comparison::NotEqual);
        let number = |number: u64| U256::from(number);
        assert_eq!(of("f(uint8 a)", json!({ "gt": 7 })), [rule(least, number(8)), rule(most, number(255))]);
        assert_eq!(of("f(uint256 a)", json!({ "gte": 7 })), [rule(least, number(7))]);
        assert_eq!(of("f(uint8 a)", json!({ "gte": 0 })), [rule(most, number(255))]);
        assert_eq!(of("f(uint256 a)", json!({ "gte": 0 })), [rule(least, number(0))]);
        assert_eq!(of("f(bool a)", json!({ "neq": true })), [rule(Comparison::Equal, number(0))]);
        assert_eq!(
            of("f(address a)", json!({ "neq": TO })),
            [rule(not, U256::from_be_slice(&hex(TO))), rule(most, U256::MAX >> 96)]
        );
        assert_eq!(of("f(uint256 a)", json!({ "neq": 7 })), [rule(not, number(7))]);
        assert_eq!(of("f(bytes4 a)", json!({ "neq": "0x01020304" })), [], "the rest of the word is free");
    }

    fn hex(address: &str) -> [u8; 20] {
        address.parse::<Address>().unwrap().into_array()
    }

    #[test]
    fn the_order_of_signed_numbers_is_compared_on_one_side_of_zero() {
        let of = |condition: Json| {
            comparisons(&json!([{ "to": TO, "function": "f(int8 a)", "args": [condition] }]))
        };
        let negative = |number: u64| B256::from(U256::ZERO.wrapping_sub(U256::from(number)));
        let least = |word| (Comparison::GreaterThanOrEqual, 0, vec![word]);
        let most = |word| (Comparison::LessThanOrEqual, 0, vec![word]);
        assert_eq!(of(json!({ "between": [2, 5] })), [least(word(2)), most(word(5))]);
        assert_eq!(of(json!({ "between": [0, 5] })), [most(word(5))]);
        assert_eq!(of(json!({ "between": [-5, -2] })), [least(negative(5)), most(negative(2))]);
        assert_eq!(of(json!({ "between": [-5, -1] })), [least(negative(5))]);
        assert_eq!(of(json!({ "lte": -2 })), [least(negative(128)), most(negative(2))]);
        assert_eq!(of(json!({ "gte": 2 })), [least(word(2)), most(word(127))]);
        assert_eq!(of(json!({ "oneOf": [-1, 2] })), [(Comparison::OneOf, 0, vec![negative(1), word(2)])]);
        for across in
            [json!({ "between": [-5, 5] }), json!({ "lte": 5 }), json!({ "gte": -3 }), json!({ "neq": 3 })]
        {
            assert_eq!(of(across.clone()), [], "{across}");
        }
    }

    #[test]
    fn rules_for_one_function_become_one_where_that_is_exact() {
        let with = |args: [Json; 2]| {
            json!([
                { "to": TO, "function": "f(uint8 a,uint8 b)", "args": args[0] },
                { "to": TO, "function": "f(uint8 a,uint8 b)", "args": args[1] },
            ])
        };
        let one_of =
            |values: &[u64]| (Comparison::OneOf, 0, values.iter().map(|n| word(*n)).collect::<Vec<_>>());
        assert_eq!(
            comparisons(&with([json!([3, 7]), json!([{ "oneOf": [1, 2] }, 7])])),
            [one_of(&[1, 2, 3]), (Comparison::Equal, 32, vec![word(7)])]
        );
        assert_eq!(
            comparisons(&with([
                json!([{ "lte": 3 }, { "any": true }]),
                json!([{ "between": [4, 9] }, { "any": true }])
            ])),
            [(Comparison::LessThanOrEqual, 0, vec![word(9)])]
        );
        for apart in [[json!([1, 7]), json!([2, 8])], [json!([{ "lte": 3 }, 7]), json!([{ "gte": 5 }, 7])]] {
            assert!(
                compiled(with(apart))
                    .is_err_and(|error| matches!(*error, ProtocolFault::DuplicateFunction { .. }))
            );
        }
    }

    #[test]
    fn rules_with_different_payments_stay_apart() {
        let with = |args: Json, value: u64| json!({ "to": TO, "function": "f(uint8 a)", "args": args, "value": { "max": value } });
        let apart = json!([with(json!([1]), 5), with(json!([2]), 6)]);
        assert!(
            compiled(apart).is_err_and(|error| matches!(*error, ProtocolFault::DuplicateFunction { .. }))
        );
    }

    #[test]
    fn the_cheapest_set_of_policies() {
        let grant = compiled(json!([{ "to": TO, "function": "f()" }])).unwrap();
        assert_eq!(grant.permission().policies().len(), 4, "calls, time, gas, count");
        let policies = |limits: Json| {
            let scope =
                Scope::from_json(&json!({ "calls": [{ "to": TO, "function": "f()" }], "limits": limits }))
                    .unwrap();
            let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
            let terms = Terms {
                scope: &scope,
                account: ACCOUNT,
                chain_id: 1,
                session_key: Address::repeat_byte(1),
                validity: Validity::new(at(5), at(9)).unwrap(),
                grant_nonce: 0,
            };
            permission(&terms).unwrap().policies().to_vec()
        };
        let gas = json!({ "total": 1 });
        assert_eq!(policies(json!({ "gas": gas })).len(), 3);
        let rate = policies(json!({ "gas": gas, "rate": { "every": "7s" } }));
        // Interval, as many as the contract counts, from the session's start.
        let data = [[0, 0, 0, 0, 0, 7], [0xff; 6], [0, 0, 0, 0, 0, 5]].concat();
        assert_eq!(rate[3].data().as_ref(), data);
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
        let grant = compiled(json!([{ "to": TO, "function": "f()" }])).unwrap();
        for policy in grant.permission().policies() {
            assert!(MACHINERY.contains(&policy.contract()), "{}", policy.contract());
        }
        assert!(MACHINERY.contains(&grant.permission().signer().contract()));
    }

    #[test]
    fn what_cannot_be_enforced_is_refused() {
        let clash = json!([{ "to": TO, "plainTransfer": true, "value": { "max": 1 } },
                           { "to": TO, "function": "blockHashAskewLimitary(uint256)" }]);
        assert!(
            compiled(clash).is_err_and(|error| matches!(*error, ProtocolFault::DuplicateFunction { .. }))
        );
        let zero = json!([{ "to": TO, "function": "blockHashAskewLimitary(uint256)" }]);
        assert!(compiled(zero).is_err_and(|error| matches!(*error, ProtocolFault::NotEnforceable { .. })));
        let text = json!([{ "to": TO, "function": "f(string text)", "args": [{ "startsWith": "a" }] }]);
        assert!(compiled(text).is_err_and(|error| matches!(*error, ProtocolFault::NotEnforceable { .. })));
        for target in [ACCOUNT, EntryPointVersion::V07.address(), ECDSA_VALIDATOR] {
            let call = json!([{ "to": target.to_string(), "function": "f()" }]);
            assert_eq!(
                compiled(call),
                Err(ProtocolError::from(ProtocolFault::ForbiddenTarget { to: target }))
            );
        }
    }
}
