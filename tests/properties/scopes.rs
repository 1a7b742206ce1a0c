//! Random scopes, and calls near their boundaries.

use alloy_primitives::{Address, B256, I256, U256};
use hallpass::abi::{Function, Kind, Type, Value};
use hallpass::protocol::Call;
use hallpass::scope::{CallRule, Condition, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

pub(crate) const ACCOUNT: Address = Address::repeat_byte(0xac);

/// Types of arguments, by name.
const TYPES: [&str; 9] =
    ["uint256", "uint8", "int16", "address", "bool", "bytes4", "string", "(uint8 a,int16 b)", "uint8[2]"];

const PAYERS: [&str; 3] = ["none", "any", "0x00000000000000000000000000000000000a0000"];

/// A scope of up to four rules; some texts are refused, as two rules may contradict each other.
pub(crate) fn scope() -> impl Strategy<Value = Scope> {
    let rules = vec(rule(), 1..5);
    let spend = prop::option::of(0..100_u64);
    (rules, spend, prop::option::of(1..50_u64), prop::option::of(1..100_u64), 1..10_000_u64, 0..3_u8)
        .prop_filter_map("a scope", |(calls, spend, operations, every, total, paymaster)| {
            let spend: Vec<Json> =
                spend.iter().map(|limit| json!({ "token": "native", "limit": limit })).collect();
            Scope::from_json(&json!({
                "calls": calls,
                "spend": spend,
                "limits": { "operations": operations, "rate": every.map(|every| json!({ "every": format!("{every}s") })),
                            "gas": { "total": total } },
                "paymaster": PAYERS[usize::from(paymaster)],
            }))
            .ok()
        })
}

fn rule() -> impl Strategy<Value = Json> {
    let target = prop_oneof![
        Just("0x00000000000000000000000000000000000b0a2d"),
        Just("0x00000000000000000000000000000000000c0a2d")
    ];
    let args = vec((0..TYPES.len()).prop_flat_map(|at| (Just(TYPES[at]), condition(TYPES[at]))), 0..4);
    let function = (target.clone(), 0..2_u8, args, 0..40_u64).prop_map(|(to, name, args, value)| {
        let types: Vec<&str> = args.iter().map(|(ty, _)| *ty).collect();
        let conditions: Vec<&Json> = args.iter().map(|(_, condition)| condition).collect();
        json!({ "to": to, "function": format!("f{name}({})", types.join(",")), "args": conditions, "value": { "max": value } })
    });
    let transfer = (target, 1..40_u64)
        .prop_map(|(to, value)| json!({ "to": to, "plainTransfer": true, "value": { "max": value } }));
    prop_oneof![9 => function, 1 => transfer]
}

fn condition(ty: &'static str) -> BoxedStrategy<Json> {
    let free = Just(json!({ "any": true }));
    let orders = |least: i64, most: i64| {
        prop_oneof![
            (least..=most).prop_map(|n| json!({ "eq": n })),
            (least..=most).prop_map(|n| json!({ "neq": n })),
            (least..=most).prop_map(|n| json!({ "lte": n })),
            (least..=most).prop_map(|n| json!({ "gte": n })),
            (least..most).prop_map(|n| json!({ "gt": n })),
            (least + 1..=most).prop_map(|n| json!({ "lt": n })),
            (least..=most, 0..9_i64)
                .prop_map(move |(n, more)| json!({ "between": [n, (n + more).min(most)] })),
            vec(least..=most, 1..4).prop_map(|list| json!({ "oneOf": list })),
        ]
    };
    let bound = match ty {
        "uint256" | "uint8" => orders(0, 12).boxed(),
        "int16" => orders(-6, 6).boxed(),
        "address" => prop_oneof![
            Just(json!({ "self": true })),
            (1..4_u8).prop_map(|n| json!(Address::repeat_byte(n).to_string())),
            (1..4_u8)
                .prop_map(|n| json!({ "oneOf": [Address::repeat_byte(n).to_string(), ACCOUNT.to_string()] })),
        ]
        .boxed(),
        "bool" => any::<bool>().prop_map(|on| json!({ "eq": on })).boxed(),
        "bytes4" => (0..3_u8).prop_map(|n| json!({ "eq": format!("0x0000000{n}") })).boxed(),
        "(uint8 a,int16 b)" => {
            (condition("uint8"), condition("int16")).prop_map(|(a, b)| json!([a, b])).boxed()
        }
        "uint8[2]" => {
            (condition("uint8"), condition("uint8")).prop_map(|(a, b)| json!({ "members": [a, b] })).boxed()
        }
        _ => return free.boxed(),
    };
    prop_oneof![1 => free, 3 => bound].boxed()
}

/// A call that some rule of the scope may allow: small values, so that half of them do.
pub(crate) fn call_of(scope: &Scope, seed: &[u8]) -> Call {
    let mut seed = seed.iter().copied().cycle();
    let mut next = move || seed.next().unwrap_or_default();
    let rule: &CallRule = &scope.calls()[usize::from(next()) % scope.calls().len()];
    let value = U256::from(next() % 40);
    let Some(function) = &rule.function else { return Call { to: rule.to, value, data: Default::default() } };
    let arguments: Vec<Value> = function
        .inputs()
        .iter()
        .zip(&rule.args)
        .map(|(param, condition)| argument(&param.ty, condition, &mut next))
        .collect();
    Call { to: rule.to, value, data: encoded(function, &arguments) }
}

fn encoded(function: &Function, arguments: &[Value]) -> alloy_primitives::Bytes {
    function.encode_call(arguments).unwrap().into()
}

/// Often a value that meets the condition, or one beside it.
fn argument(ty: &Type, condition: &Condition, next: &mut impl FnMut() -> u8) -> Value {
    let roll = next();
    match (ty.kind(), condition) {
        (_, Condition::Equal(value)) if !roll.is_multiple_of(8) => value.clone(),
        (_, Condition::OneOf(values)) if !roll.is_multiple_of(8) => {
            values[usize::from(roll) % values.len()].clone()
        }
        (Kind::Address, Condition::SelfAccount) if !roll.is_multiple_of(8) => Value::Address(ACCOUNT),
        (Kind::Address, _) => Value::Address(Address::repeat_byte(roll % 4)),
        (Kind::Bool, _) => Value::Bool(roll.is_multiple_of(2)),
        (Kind::Uint(_), _) => Value::Uint(U256::from(roll % 14)),
        (Kind::Int(_), _) => Value::Int(I256::try_from(i64::from(roll % 14) - 7).unwrap()),
        (Kind::FixedBytes(_), _) => Value::FixedBytes(B256::right_padding_from(&[0, 0, 0, roll % 3])),
        (Kind::Tuple(members), condition) => {
            let members = members.iter().enumerate();
            Value::Tuple(
                members.map(|(at, member)| argument(&member.ty, member_of(condition, at), next)).collect(),
            )
        }
        (Kind::FixedArray(item, length), condition) => {
            Value::Array((0..*length).map(|at| argument(item, member_of(condition, at), next)).collect())
        }
        _ => Value::String("text".to_owned()),
    }
}

fn member_of(condition: &Condition, at: usize) -> &Condition {
    match condition {
        Condition::Members(members) => &members[at],
        other => other,
    }
}
