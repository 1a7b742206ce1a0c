//! The check before every signature: calls against rules, then the operation as a whole against the limits.

use std::fmt;

use alloy_primitives::{Address, U256};

use super::json::write_value;
use super::{CallRule, Condition, PaymasterRule, Scope};
use crate::abi::{CalldataError, Param};
use crate::call::Call;

/// A rule of the scope that an operation breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which kind of rule.
    pub kind: ViolationKind,
    /// Index of the call, for rules on calls.
    pub call: Option<usize>,
    /// The rule's place in the canonical scope, such as `calls[1].args[0]`.
    pub path: String,
    /// What the scope allows.
    pub wanted: String,
    /// What was asked.
    pub got: String,
}

/// Kinds of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A contract that no rule names.
    Target,
    /// A function that no rule names.
    Function,
    /// Calldata that is not the canonical encoding of the function's arguments.
    Calldata,
    /// An argument outside its condition.
    Argument,
    /// More value than allowed.
    Value,
    /// More operations than allowed.
    Operations,
    /// More gas money than is left.
    GasTotal,
    /// A higher fee than allowed.
    Fee,
    /// Another payer of gas than allowed.
    Paymaster,
}

impl ViolationKind {
    /// Stable code of an error with this kind of violation.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Target => "scope.target",
            Self::Function => "scope.function",
            Self::Calldata => "scope.calldata",
            Self::Argument => "scope.argument",
            Self::Value => "scope.value",
            Self::Operations => "scope.operations",
            Self::GasTotal => "scope.gas",
            Self::Fee => "scope.fee",
            Self::Paymaster => "scope.paymaster",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = self.call {
            write!(f, "call {call}: ")?;
        }
        write!(f, "{} allows {}, not {}", self.path, self.wanted, self.got)
    }
}

/// What an operation costs at most: debited when it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationCost {
    /// Sum of all gas limits, the paymaster's included.
    pub gas: U256,
    /// Highest fee per gas, in wei.
    pub max_fee_per_gas: u128,
}

impl OperationCost {
    /// Wei at most.
    #[must_use]
    pub fn wei(&self) -> U256 {
        self.gas.saturating_mul(U256::from(self.max_fee_per_gas))
    }
}

/// What a session has used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Operations signed.
    pub operations: u64,
    /// Wei debited for gas.
    pub gas: U256,
}

impl Scope {
    /// Every rule that calls of `account` break; none means they are in scope.
    #[must_use]
    pub fn check_calls(&self, account: Address, calls: &[Call]) -> Vec<Violation> {
        calls.iter().enumerate().flat_map(|(index, call)| self.check_call(account, index, call)).collect()
    }

    /// Every limit that an operation breaks, after what was spent before it.
    #[must_use]
    pub fn check_operation(
        &self,
        spent: &Spent,
        cost: &OperationCost,
        paymaster: Option<Address>,
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut violation = |kind, path: &str, wanted: String, got: String| {
            found.push(Violation { kind, call: None, path: path.to_owned(), wanted, got });
        };
        if let Some(most) = self.limits.operations
            && spent.operations >= most
        {
            violation(
                ViolationKind::Operations,
                "limits.operations",
                format!("{most} in all"),
                "one more".to_owned(),
            );
        }
        if let Some(most) = self.limits.max_fee_per_gas
            && cost.max_fee_per_gas > most
        {
            let got = format!("{} wei", cost.max_fee_per_gas);
            violation(ViolationKind::Fee, "limits.gas.maxFeePerGas", format!("at most {most} wei"), got);
        }
        let left = U256::from(self.limits.gas_total).saturating_sub(spent.gas);
        if cost.wei() > left {
            let wanted = format!("{left} wei more of {}", self.limits.gas_total);
            violation(ViolationKind::GasTotal, "limits.gas.total", wanted, format!("{} wei", cost.wei()));
        }
        let payer = paymaster.map_or_else(|| "the account itself".to_owned(), |address| address.to_string());
        match self.paymaster {
            PaymasterRule::None if paymaster.is_some() => {
                violation(
                    ViolationKind::Paymaster,
                    "paymaster",
                    "the account itself to pay".to_owned(),
                    payer,
                );
            }
            PaymasterRule::Only(allowed) if paymaster != Some(allowed) => {
                violation(ViolationKind::Paymaster, "paymaster", format!("{allowed} to pay"), payer);
            }
            _ => {}
        }
        found
    }

    fn check_call(&self, account: Address, index: usize, call: &Call) -> Vec<Violation> {
        let refused = |kind, path: String, wanted: String, got: String| {
            vec![Violation { kind, call: Some(index), path, wanted, got }]
        };
        let rules = || self.calls.iter().enumerate().filter(|(_, rule)| rule.to == call.to);
        if rules().next().is_none() {
            let wanted = self.calls.iter().map(|rule| rule.to.to_string());
            return refused(ViolationKind::Target, "calls".to_owned(), list(wanted), call.to.to_string());
        }
        let Some(selector) = call.data.first_chunk::<4>() else {
            let got = format!("calldata of {} bytes", call.data.len());
            let wanted = list(rules().map(|(_, rule)| rule.function.signature()));
            return refused(ViolationKind::Function, "calls".to_owned(), wanted, got);
        };
        let mut best: Option<Vec<Violation>> = None;
        for (at, rule) in rules().filter(|(_, rule)| rule.function.selector() == *selector) {
            let violations = rule.check(account, (index, at), call);
            if violations.is_empty() {
                return violations;
            }
            if best.as_ref().is_none_or(|best| violations.len() < best.len()) {
                best = Some(violations);
            }
        }
        best.unwrap_or_else(|| {
            let wanted = list(rules().map(|(_, rule)| rule.function.signature()));
            let got = format!("selector {}", crate::hex::data(selector));
            refused(ViolationKind::Function, "calls".to_owned(), wanted, got)
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
        let violation =
            |kind, path: String, wanted, got| Violation { kind, call: Some(call), path, wanted, got };
        let mut found = Vec::new();
        if given.value > self.max_value {
            let wanted = format!("at most {} wei", self.max_value);
            let path = format!("calls[{at}].value.max");
            found.push(violation(ViolationKind::Value, path, wanted, format!("{} wei", given.value)));
        }
        let values = match self.function.decode_call(&given.data) {
            Ok(values) => values,
            Err(fault) => {
                let got = match fault {
                    CalldataError::Arguments(fault) => fault.to_string(),
                    other => other.to_string(),
                };
                let wanted = format!("canonical calldata of {}", self.function.signature());
                found.push(violation(ViolationKind::Calldata, format!("calls[{at}].function"), wanted, got));
                return found;
            }
        };
        let arguments = self.args.iter().zip(self.function.inputs()).zip(&values).enumerate();
        for (index, ((rule, param), value)) in arguments {
            if !rule.condition.holds(value, account) {
                let path = format!("calls[{at}].args[{index}]");
                let wanted = shown(&rule.condition, param, account);
                let got = text(&write_value(&param.ty, value));
                found.push(violation(ViolationKind::Argument, path, wanted, got));
            }
        }
        found
    }
}

/// A condition in words: `at most 5`.
pub(super) fn shown(condition: &Condition, param: &Param, account: Address) -> String {
    let value = |value| text(&write_value(&param.ty, value));
    match condition {
        Condition::Any => "anything".to_owned(),
        Condition::SelfAccount if account.is_zero() => "the account itself".to_owned(),
        Condition::SelfAccount => format!("the account itself ({account})"),
        Condition::Equal(wanted) => value(wanted),
        Condition::LessOrEqual(most) => format!("at most {}", value(most)),
        Condition::GreaterOrEqual(least) => format!("at least {}", value(least)),
        Condition::OneOf(values) => {
            format!("one of {}", values.iter().map(value).collect::<Vec<_>>().join(", "))
        }
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;
    use serde_json::json;

    use super::*;

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
                ("scope.value", "call 1: calls[1].value.max allows at most 10 wei, not 11 wei".to_owned()),
                ("scope.argument", "call 1: calls[1].args[0] allows one of 1, 2, not 3".to_owned()),
                ("scope.argument", "call 1: calls[1].args[1] allows at most 5, not 6".to_owned()),
            ]
        );
    }

    #[test]
    fn what_no_rule_names_is_refused() {
        let kinds = |call: Call| -> Vec<ViolationKind> {
            scope().check_calls(ACCOUNT, &[call]).into_iter().map(|violation| violation.kind).collect()
        };
        assert_eq!(kinds(Call { to: ACCOUNT, ..buy(1, 1, 0) }), [ViolationKind::Target]);
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
            let spent = Spent { operations, gas: U256::from(gas) };
            let cost = OperationCost { gas: U256::from(limit), max_fee_per_gas: fee };
            scope().check_operation(&spent, &cost, paymaster).into_iter().map(|found| found.kind).collect()
        };
        assert_eq!(kinds(1, 30, 10, 7, payer), []);
        assert_eq!(kinds(2, 30, 10, 7, payer), [ViolationKind::Operations]);
        assert_eq!(kinds(1, 31, 10, 7, payer), [ViolationKind::GasTotal]);
        assert_eq!(kinds(1, 0, 10, 8, payer), [ViolationKind::Fee]);
        assert_eq!(kinds(1, 0, 10, 7, None), [ViolationKind::Paymaster]);
        assert_eq!(kinds(1, 0, 10, 7, Some(SHOP)), [ViolationKind::Paymaster]);
    }
}
