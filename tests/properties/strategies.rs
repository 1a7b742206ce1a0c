//! Random types, values, operations and calls.

use alloy_primitives::{Address, B256, Bytes, I256, U256};
use hallpass::abi::{Kind, Param, Type, Value};
use hallpass::protocol::Call;
use hallpass::userop::v07::{Factory, Paymaster};
use hallpass::userop::{Authorization, UserOperation, v06, v07};
use proptest::collection::vec;
use proptest::prelude::*;

/// Up to four types with a value of each.
pub(crate) fn typed_values() -> impl Strategy<Value = (Vec<Type>, Vec<Value>)> {
    vec(ty(), 0..4).prop_flat_map(|types| {
        let values: Vec<_> = types.iter().map(value).collect();
        (Just(types), values)
    })
}

fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Kind::Address),
        Just(Kind::Bool),
        (1..=32_usize).prop_map(|bytes| Kind::Uint(bytes * 8)),
        (1..=32_usize).prop_map(|bytes| Kind::Int(bytes * 8)),
        (1..=32_usize).prop_map(Kind::FixedBytes),
        Just(Kind::Bytes),
        Just(Kind::String),
    ];
    let leaf = leaf.prop_map(|kind| Type::new(kind).unwrap());
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|item| Kind::Array(Box::new(item))),
            (inner.clone(), 1..4_usize).prop_map(|(item, length)| Kind::FixedArray(Box::new(item), length)),
            vec(inner, 1..4).prop_map(|types| {
                Kind::Tuple(types.into_iter().map(|ty| Param { name: String::new(), ty }).collect())
            }),
        ]
        .prop_map(|kind| Type::new(kind).unwrap())
    })
}

fn value(ty: &Type) -> BoxedStrategy<Value> {
    match ty.kind().clone() {
        Kind::Address => any::<[u8; 20]>().prop_map(|bytes| Value::Address(bytes.into())).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Uint(bits) => word().prop_map(move |word| Value::Uint(number(word) >> (256 - bits))).boxed(),
        Kind::Int(bits) => {
            // An arithmetic shift keeps the sign.
            word().prop_map(move |word| Value::Int(I256::from_raw(number(word)).asr(256 - bits))).boxed()
        }
        Kind::FixedBytes(length) => {
            word().prop_map(move |word| Value::FixedBytes(B256::right_padding_from(&word[..length]))).boxed()
        }
        Kind::Bytes => vec(any::<u8>(), 0..70).prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        Kind::String => ".{0,20}".prop_map(Value::String).boxed(),
        Kind::Array(item) => vec(value(&item), 0..4).prop_map(Value::Array).boxed(),
        Kind::FixedArray(item, length) => vec(value(&item), length).prop_map(Value::Array).boxed(),
        Kind::Tuple(members) => {
            let members: Vec<_> = members.iter().map(|member| value(&member.ty)).collect();
            members.prop_map(Value::Tuple).boxed()
        }
    }
}

/// 32 bytes, often at an end of their range.
fn word() -> impl Strategy<Value = [u8; 32]> {
    prop_oneof![any::<[u8; 32]>(), Just([0; 32]), Just([0xff; 32])]
}

fn number(word: [u8; 32]) -> U256 {
    U256::from_be_bytes(word)
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..100).prop_map(Bytes::from)
}

fn u256() -> impl Strategy<Value = U256> {
    word().prop_map(number)
}

/// An operation of either ABI.
pub(crate) fn operation() -> impl Strategy<Value = UserOperation> {
    prop_oneof![operation_v06().prop_map(UserOperation::V06), operation_v07().prop_map(UserOperation::V07)]
}

fn operation_v06() -> impl Strategy<Value = v06::UserOperation> {
    let texts = (bytes(), bytes(), bytes(), bytes());
    (address(), vec(u256(), 6), texts).prop_map(|(sender, numbers, texts)| v06::UserOperation {
        sender,
        nonce: numbers[0],
        init_code: texts.0,
        call_data: texts.1,
        call_gas_limit: numbers[1],
        verification_gas_limit: numbers[2],
        pre_verification_gas: numbers[3],
        max_fee_per_gas: numbers[4],
        max_priority_fee_per_gas: numbers[5],
        paymaster_and_data: texts.2,
        signature: texts.3,
    })
}

fn operation_v07() -> impl Strategy<Value = v07::UserOperation> {
    let factory = (address(), bytes()).prop_map(|(address, data)| Factory { address, data });
    let paymaster = (address(), any::<[u128; 2]>(), bytes());
    let paymaster = paymaster.prop_map(|(address, [verification_gas_limit, post_op_gas_limit], data)| {
        Paymaster { address, verification_gas_limit, post_op_gas_limit, data }
    });
    let authorization = (any::<u64>(), address(), any::<u64>(), any::<bool>(), u256(), u256()).prop_map(
        |(chain_id, address, nonce, y_parity, r, s)| Authorization {
            chain_id,
            address,
            nonce,
            y_parity,
            r,
            s,
        },
    );
    let options = (prop::option::of(factory), prop::option::of(paymaster), prop::option::of(authorization));
    (address(), u256(), u256(), any::<[u128; 4]>(), bytes(), bytes(), options).prop_map(
        |(sender, nonce, pre_verification_gas, limits, call_data, signature, options)| v07::UserOperation {
            sender,
            nonce,
            factory: options.0,
            call_data,
            call_gas_limit: limits[0],
            verification_gas_limit: limits[1],
            pre_verification_gas,
            max_fee_per_gas: limits[2],
            max_priority_fee_per_gas: limits[3],
            paymaster: options.1,
            signature,
            authorization: options.2,
        },
    )
}

/// One to five calls.
pub(crate) fn calls() -> impl Strategy<Value = Vec<Call>> {
    vec((address(), u256(), bytes()).prop_map(|(to, value, data)| Call { to, value, data }), 1..6)
}
