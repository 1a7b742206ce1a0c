//! Random scopes.

use alloy_primitives::{Address, U256};
use hallpass::abi::Function;
use serde_json::{Value as Json, json};

use super::conditions::Cond;
use super::model::{Model, PayerRule, RuleModel};
use super::rng::Rng;
use super::types::Ty;

/// Wei of gas that an ordinary operation of this test costs at most.
pub const USUAL_COST: u128 = 4_000_000_000_000_000;

pub fn model(rng: &mut Rng) -> Model {
    let rules = rules(rng);
    let every = rng.once_in(3).then(|| rng.between(1, 60));
    let operations = (!rng.once_in(3)).then(|| rng.between(2, 9));
    let max_fee = rng.once_in(2).then_some(3_000_000_000);
    let gas_total = u128::from(rng.between(3, 40)) * USUAL_COST + u128::from(rng.below(1000));
    let payer = match rng.below(6) {
        0 => PayerRule::Anybody,
        1 | 2 => PayerRule::Only(address(rng)),
        _ => PayerRule::Nobody,
    };
    let fee_text = max_fee.map(|fee: u128| fee.to_string());
    let calls: Vec<Json> = rules.iter().map(|rule| rule.json(rng)).collect();
    let json = json!({
        "v": 1,
        "calls": calls,
        "limits": {
            "operations": operations,
            "rate": every.map(|seconds| json!({ "every": format!("{seconds}s") })),
            "gas": { "maxFeePerGas": fee_text, "total": gas_total.to_string() },
        },
        "paymaster": match payer {
            PayerRule::Nobody => "none".to_owned(),
            PayerRule::Anybody => "any".to_owned(),
            PayerRule::Only(address) => address.to_string(),
        },
    });
    Model { rules, operations, every, max_fee, gas_total, payer, json }
}

fn rules(rng: &mut Rng) -> Vec<RuleModel> {
    let mut rules: Vec<RuleModel> = Vec::new();
    for index in 0..rng.between(1, 6) {
        let to = match rules.is_empty() || rng.once_in(2) {
            true => address(rng),
            false => rng.pick(&rules).to,
        };
        let rule = rule(to, index, rng);
        // A second rule for plain transfers to one address would allow no more than the larger of the two.
        let is_second = rules.iter().any(|other| other.to == to && other.function.is_none());
        if rule.function.is_some() || !is_second {
            rules.push(rule);
        }
    }
    if rng.once_in(10) {
        let twin = rules.iter().find_map(|rule| twin(rule, rng));
        rules.extend(twin);
    }
    rules
}

fn rule(to: Address, index: u64, rng: &mut Rng) -> RuleModel {
    let max_value = match rng.below(3) {
        0 => U256::from(rng.between(1, 1_000_000_000_000_000_000)),
        1 => U256::from(rng.between(1, 9)),
        _ => U256::ZERO,
    };
    if rng.once_in(8) {
        return RuleModel { to, function: None, args: Vec::new(), max_value: max_value.max(U256::ONE) };
    }
    let args: Vec<(Ty, Cond)> = (0..rng.below(6))
        .map(|_| {
            let ty = argument(rng);
            let condition = Cond::random(&ty, rng);
            (ty, condition)
        })
        .collect();
    let names: Vec<String> = args.iter().map(|(ty, _)| ty.name()).collect();
    let text = format!("f{index}x{}({})", rng.below(1000), names.join(","));
    let function: Function = text.parse().expect("a signature");
    RuleModel { to, function: Some(function), args, max_value }
}

/// The same function with another value for one argument: two rules that the chain can hold as one list.
fn twin(rule: &RuleModel, rng: &mut Rng) -> Option<RuleModel> {
    let mut twin = rule.clone();
    for (ty, condition) in &mut twin.args {
        if let Cond::Equal(word) = condition {
            *word = ty.above(*word).or_else(|| ty.below(*word)).unwrap_or_else(|| ty.word(rng));
            return Some(twin);
        }
    }
    None
}

/// A type for one argument.
fn argument(rng: &mut Rng) -> Ty {
    match rng.below(20) {
        0 => Ty::Bytes,
        1 => Ty::Text,
        2 => Ty::List(Box::new(single(rng))),
        3 => Ty::Tuple(vec![single(rng), Ty::Bytes]),
        4 => Ty::Fixed(Box::new(Ty::Text), 2),
        5 | 6 => Ty::Tuple((0..rng.between(1, 3)).map(|_| single(rng)).collect()),
        7 | 8 => Ty::Fixed(Box::new(single(rng)), 1 + rng.index(3)),
        9 => Ty::Tuple(vec![single(rng), Ty::Fixed(Box::new(single(rng)), 2)]),
        _ => single(rng),
    }
}

/// A type of one word.
fn single(rng: &mut Rng) -> Ty {
    match rng.below(10) {
        0 => Ty::Uint(8),
        1 => Ty::Uint(8 * (1 + rng.index(32))),
        2 | 3 => Ty::Uint(256),
        4 => Ty::Int(8 * (1 + rng.index(32))),
        5 | 6 => Ty::Address,
        7 => Ty::Bool,
        8 => Ty::FixedBytes(1 + rng.index(32)),
        _ => Ty::FixedBytes(32),
    }
}

/// No precompile, and none of the account's own contracts.
fn address(rng: &mut Rng) -> Address {
    Address::from(rng.bytes::<20>())
}
