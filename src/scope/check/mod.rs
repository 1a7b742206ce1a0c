//! The check before every signature: calls against rules, then the operation as a whole against the limits.

mod calls;
mod operation;
mod violation;

pub use operation::{OperationCost, Reserve, Spent, Usage};
pub use violation::{Violation, ViolationKind};

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256, address};
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::call::Call;
    use crate::scope::Scope;
    use crate::time::Timestamp;

    const SHOP: Address = address!("0x00000000000000000000000000000000000b0a2d");
    const ACCOUNT: Address = Address::repeat_byte(0xac);

    fn scope() -> Scope {
        Scope::from_json(&json!({
            "calls": [
                { "to": SHOP.to_string(), "function": "buy(uint256 item,uint256 n)", "args": [{ "oneOf": [1, 2] }, { "lte": 5 }],
                  "value": { "max": 10 } },
                { "to": SHOP.to_string(), "function": "mint(address to)", "args": { "to": { "self": true } } },
            ],
            "limits": { "operations": 2, "gas": { "maxFeePerGas": 7, "total": 100 } },
            "paymaster": "0x00000000000000000000000000000000000a0000",
        }))
        .unwrap()
    }

    fn buy(item: u64, amount: u64, value: u64) -> Call {
        let function: crate::abi::Function = "buy(uint256,uint256)".parse().unwrap();
        let arguments = [item, amount].map(|number| crate::abi::Value::Uint(U256::from(number)));
        Call { to: SHOP, value: U256::from(value), data: function.encode_call(&arguments).unwrap().into() }
    }

    #[test]
    fn every_violated_rule_is_named() {
        assert_eq!(scope().check_calls(ACCOUNT, &[buy(1, 5, 10), buy(2, 0, 0)]), []);
        let found = scope().check_calls(ACCOUNT, &[buy(1, 1, 0), buy(3, 6, 11)]);
        let told: Vec<(&str, String)> =
            found.iter().map(|violation| (violation.kind.code(), violation.to_string())).collect();
        assert_eq!(
            told,
            [
                ("scope.value", "call 1: calls[0].value.max allows at most 10 wei, not 11 wei".to_owned()),
                ("scope.argument", "call 1: calls[0].args[0] allows one of 1, 2, not 3".to_owned()),
                ("scope.argument", "call 1: calls[0].args[1] allows at most 5, not 6".to_owned()),
            ]
        );
    }

    #[test]
    fn what_no_rule_names_is_refused() {
        let kinds = |call: Call| -> Vec<ViolationKind> {
            scope().check_calls(ACCOUNT, &[call]).into_iter().map(|violation| violation.kind).collect()
        };
        assert_eq!(kinds(Call { to: ACCOUNT, ..buy(1, 1, 0) }), [ViolationKind::SelfCall]);
        assert_eq!(kinds(Call { to: Address::repeat_byte(9), ..buy(1, 1, 0) }), [ViolationKind::Target]);
        let with = |data: Vec<u8>| Call { data: data.into(), ..buy(1, 1, 0) };
        assert_eq!(kinds(with(vec![])), [ViolationKind::Function]);
        assert_eq!(kinds(with(vec![1, 2, 3])), [ViolationKind::Function]);
        assert_eq!(kinds(with(vec![0; 68])), [ViolationKind::Function]);
        let mut trailing = buy(1, 1, 0).data.to_vec();
        trailing.push(0);
        assert_eq!(kinds(with(trailing)), [ViolationKind::Calldata]);
        let mint: crate::abi::Function = "mint(address)".parse().unwrap();
        let to = |address| with(mint.encode_call(&[crate::abi::Value::Address(address)]).unwrap());
        let free = |call: Call| Call { value: U256::ZERO, ..call };
        assert_eq!(kinds(free(to(ACCOUNT))), []);
        assert_eq!(kinds(free(to(SHOP))), [ViolationKind::Argument]);
    }

    #[test]
    fn limits_hold_at_their_boundaries() {
        let payer = Some(address!("0x00000000000000000000000000000000000a0000"));
        let kinds = |operations, gas: u64, limit: u64, fee, paymaster| -> Vec<ViolationKind> {
            let spent = Spent { operations, gas: U256::from(gas), assets: Vec::new() };
            let usage = usage(&[], limit, fee, paymaster);
            scope().check_operation(&spent, &usage).into_iter().map(|found| found.kind).collect()
        };
        assert_eq!(kinds(1, 30, 10, 7, payer), []);
        assert_eq!(kinds(2, 30, 10, 7, payer), [ViolationKind::Operations]);
        assert_eq!(kinds(1, 31, 10, 7, payer), [ViolationKind::GasTotal]);
        assert_eq!(kinds(1, 0, 10, 8, payer), [ViolationKind::Fee]);
        assert_eq!(kinds(1, 0, 10, 7, None), [ViolationKind::Paymaster]);
        assert_eq!(kinds(1, 0, 10, 7, Some(SHOP)), [ViolationKind::Paymaster]);
    }

    #[test]
    fn nobody_else_pays_where_no_paymaster_is_named() {
        let scope = Scope::from_json(&json!({
            "calls": [{ "to": SHOP.to_string(), "function": "stay()" }],
            "limits": { "gas": { "total": 50 } },
        }))
        .unwrap();
        let found = |payer| scope.check_operation(&Spent::default(), &usage(&[], 1, 1, payer));
        assert!(found(None).is_empty());
        let kinds: Vec<_> = found(Some(SHOP)).into_iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [ViolationKind::Paymaster]);
    }

    #[test]
    fn every_contract_of_a_scope_is_found_and_a_total_counts_its_own_token_only() {
        let targets: Vec<Address> = (1..=9).map(Address::repeat_byte).collect();
        let transfer = "transfer(address to,uint256 amount)";
        let rules: Vec<Json> =
            targets.iter().map(|to| json!({ "to": to.to_string(), "function": transfer })).collect();
        let spend = json!([{ "token": targets[4].to_string(), "limit": 3 }]);
        let scope = json!({ "calls": rules, "spend": spend, "limits": { "gas": { "total": 50 } } });
        let scope = Scope::from_json(&scope).unwrap();
        let function: crate::abi::Function = transfer.parse().unwrap();
        let arguments = [crate::abi::Value::Address(SHOP), crate::abi::Value::Uint(U256::from(5))];
        for to in &targets {
            let data = function.encode_call(&arguments).unwrap().into();
            let calls = [Call { to: *to, value: U256::ZERO, data }];
            assert_eq!(scope.check_calls(ACCOUNT, &calls), []);
            let found = scope.check_operation(&Spent::default(), &usage(&calls, 1, 1, None));
            assert_eq!(found.is_empty(), *to != targets[4], "{to}");
        }
    }

    fn usage(calls: &[Call], gas: u64, max_fee_per_gas: u128, paymaster: Option<Address>) -> Usage<'_> {
        let cost = OperationCost { gas: U256::from(gas), max_fee_per_gas };
        Usage { calls, cost, paymaster, now: Timestamp::default(), start: Timestamp::default() }
    }

    #[test]
    fn nothing_is_not_a_call() {
        let kinds: Vec<_> = scope().check_calls(ACCOUNT, &[]).into_iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [ViolationKind::Empty]);
    }

    #[test]
    fn plain_transfers_need_a_rule_of_their_own() {
        let scope = Scope::from_json(&json!({
            "calls": [
                { "to": SHOP.to_string(), "plainTransfer": true, "value": { "max": 10 } },
                { "to": SHOP.to_string(), "function": "f()", "value": { "max": 20 } },
            ],
            "limits": { "gas": { "total": 100 } },
        }))
        .unwrap();
        let told = |value: u64, data: &[u8]| -> Vec<String> {
            let call = Call { to: SHOP, value: U256::from(value), data: data.to_vec().into() };
            scope.check_calls(ACCOUNT, &[call]).iter().map(|found| found.path.clone()).collect()
        };
        assert!(told(10, &[]).is_empty());
        assert_eq!(told(11, &[]), ["calls[0].value.max"]);
        assert_eq!(told(1, &[0]), ["calls"]);
        assert_eq!(told(1, &[0; 4]), ["calls"], "a zero selector is not that rule");
    }

    #[test]
    fn members_of_tuples_are_named_one_by_one() {
        let scope = Scope::from_json(&json!({
            "calls": [{ "to": SHOP.to_string(), "function": "f((uint8 x,int8[2] y) p,bool)",
                        "args": [{ "x": { "lte": 5 }, "y": [{ "gte": -3 }, { "any": true }] }, { "any": true }] }],
            "limits": { "gas": { "total": 100 } },
        }))
        .unwrap();
        let function = scope.calls()[0].function.clone().unwrap();
        let int = |n: i64| crate::abi::Value::Int(alloy_primitives::I256::try_from(n).unwrap());
        let told = |x: u64, y: i64| -> Vec<String> {
            let pair = crate::abi::Value::Array(vec![int(y), int(-9)]);
            let tuple = crate::abi::Value::Tuple(vec![crate::abi::Value::Uint(U256::from(x)), pair]);
            let data = function.encode_call(&[tuple, crate::abi::Value::Bool(true)]).unwrap().into();
            let call = Call { to: SHOP, value: U256::ZERO, data };
            scope.check_calls(ACCOUNT, &[call]).iter().map(ToString::to_string).collect()
        };
        assert!(told(5, -3).is_empty());
        assert_eq!(
            told(6, -4),
            [
                "call 0: calls[0].args[0][0] allows at most 5, not 6",
                "call 0: calls[0].args[0][1][0] allows at least -3, not -4",
            ]
        );
    }

    #[test]
    fn totals_and_rates_are_kept_over_operations() {
        let token = Address::repeat_byte(0x70);
        let scope = Scope::from_json(&json!({
            "calls": [{ "to": token.to_string(), "function": "transfer(address to,uint256 amount)" }],
            "spend": [{ "token": "native", "limit": 5 }, { "token": token.to_string(), "limit": 100, "per": "1d" }],
            "limits": { "rate": { "every": "60s" }, "gas": { "total": 1000 } },
        }))
        .unwrap();
        let function = scope.calls()[0].function.clone().unwrap();
        let transfer = |amount: u64, value: u64| {
            let arguments = [crate::abi::Value::Address(SHOP), crate::abi::Value::Uint(U256::from(amount))];
            Call {
                to: token,
                value: U256::from(value),
                data: function.encode_call(&arguments).unwrap().into(),
            }
        };
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let check = |spent: &Spent, calls: &[Call], now| -> (Vec<ViolationKind>, Spent) {
            let usage = Usage { now: at(now), start: at(1000), ..usage(calls, 1, 1, None) };
            let found = scope.check_operation(spent, &usage).into_iter().map(|found| found.kind).collect();
            (found, scope.add(spent, &scope.reserve(calls, usage.cost), at(now)))
        };
        let (found, spent) = check(&Spent::default(), &[transfer(60, 2), transfer(40, 3)], 1000);
        assert_eq!(found, []);
        assert_eq!((spent.operations, spent.gas), (1, U256::ONE));
        let (found, _) = check(&spent, &[transfer(1, 1)], 1059);
        assert_eq!(found, [ViolationKind::Rate, ViolationKind::Spend, ViolationKind::Spend]);
        let (found, spent) = check(&spent, &[transfer(100, 0)], 1000 + 86_400);
        assert_eq!(found, [], "a new window for the token");
        assert_eq!(spent.on(1).amount, U256::from(100));
        let (found, _) = check(&spent, &[transfer(0, 1)], 1000 + 86_401);
        assert_eq!(found, [ViolationKind::Spend], "none for the coin");
        assert_eq!((spent.operations, spent.gas), (2, U256::from(2)), "summed up");
    }
}
