//! Properties that hold for every input: round trips, strictness, and no panic on any bytes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test program")]
#![allow(clippy::indexing_slicing, reason = "a test program")]

#[path = "properties/answers.rs"]
mod answers;
#[path = "properties/scopes.rs"]
mod scopes;
#[path = "properties/strategies.rs"]
mod strategies;

use alloy_primitives::{B256, Bytes};
use hallpass::abi::{Function, Type, decode, encode};
use hallpass::eip712::TypedData;
use hallpass::hex;
use hallpass::key::{SessionKey, Signature, SigningDigest, recover_address};
use hallpass::protocol::kernel_v3::{EXECUTE, Kernel, KernelVersion, decode_calls, encode_calls};
use hallpass::protocol::{Protocol, Terms};
use hallpass::review::{inspect_text, review_json};
use hallpass::scope::{Actor, Keeper, OperationCost, Scope, Spent, Usage};
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation, from_rpc_text};
use proptest::prelude::*;

use strategies::{calls, operation, typed_values};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn abi_values_round_trip((types, values) in typed_values()) {
        let encoded = encode(&types, &values).unwrap();
        prop_assert_eq!(encoded.len() % 32, 0);
        prop_assert_eq!(decode(&types, &encoded).unwrap(), values);
    }

    #[test]
    fn types_round_trip_through_their_names((types, _) in typed_values()) {
        for ty in types {
            prop_assert_eq!(ty.to_string().parse::<Type>().unwrap().to_string(), ty.to_string());
        }
    }

    /// One changed byte, one byte more or less: refused, or other values with exactly that encoding.
    #[test]
    fn decoding_is_strict((types, values) in typed_values(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let encoded = encode(&types, &values).unwrap();
        prop_assume!(!encoded.is_empty());
        let mut changed = encoded.clone();
        changed[at.index(encoded.len())] ^= flip;
        if let Ok(other) = decode(&types, &changed) {
            prop_assert_ne!(&other, &values);
            prop_assert_eq!(encode(&types, &other).unwrap(), changed);
        }
        prop_assert!(decode(&types, &encoded[..encoded.len() - 1]).is_err());
        prop_assert!(decode(&types, &[encoded, vec![0]].concat()).is_err());
    }

    #[test]
    fn decoding_any_bytes_is_strict((types, _) in typed_values(), words in prop::collection::vec(0..4_u8, 0..40)) {
        // Small words look like offsets, lengths and flags, so they get far.
        let data: Vec<u8> = words.iter().flat_map(|word| {
            let mut bytes = [0; 32];
            bytes[31] = word * 32;
            bytes
        }).collect();
        if let Ok(values) = decode(&types, &data) {
            prop_assert_eq!(encode(&types, &values).unwrap(), data);
        }
    }

    #[test]
    fn operations_round_trip_on_the_wire(op in operation()) {
        let json = op.to_rpc();
        prop_assert_eq!(UserOperation::from_rpc(op.abi(), &json).unwrap(), op.clone());
        prop_assert_eq!(from_rpc_text(op.abi(), &json.to_string()).unwrap(), op);
    }

    /// Any field that enters the hash changes it; the signature does not enter.
    #[test]
    fn a_hash_covers_the_operation(op in operation(), nonce in any::<u64>()) {
        let version = if op.abi() == AbiVersion::V06 { EntryPointVersion::V06 } else { EntryPointVersion::V07 };
        let hash = op.hash(&EntryPoint::canonical(version, 1)).unwrap();
        prop_assert_ne!(op.hash(&EntryPoint::canonical(version, 2)).unwrap(), hash);
        let mut json = op.to_rpc();
        json["signature"] = "0x1234".into();
        let resigned = UserOperation::from_rpc(op.abi(), &json).unwrap();
        prop_assert_eq!(resigned.hash(&EntryPoint::canonical(version, 1)).unwrap(), hash);
        let nonce = hex::quantity(alloy_primitives::U256::from(nonce));
        if json["nonce"] != nonce.as_str() {
            json["nonce"] = nonce.into();
            let other = UserOperation::from_rpc(op.abi(), &json).unwrap();
            prop_assert_ne!(other.hash(&EntryPoint::canonical(version, 1)).unwrap(), hash);
        }
    }

    /// Typed data with one value changed, dropped or added: read to the same again, or refused.
    #[test]
    fn typed_data_round_trips(values in prop::collection::vec(any::<u64>(), 0..4), text in ".{0,20}", change in 0..6_u8) {
        let mut json = serde_json::json!({
            "types": {
                "Order": [{ "name": "lines", "type": "Line[]" }, { "name": "note", "type": "string" }],
                "Line": [{ "name": "amount", "type": "uint64" }, { "name": "tag", "type": "bytes4" }],
            },
            "primaryType": "Order",
            "domain": { "name": "Shop", "chainId": 10 },
            "message": {
                "lines": values.iter().map(|value| serde_json::json!({ "amount": value, "tag": "0x01020304" })).collect::<Vec<_>>(),
                "note": text,
            },
        });
        let data = TypedData::from_json(&json).unwrap();
        prop_assert_eq!(TypedData::from_json(&data.to_json()).unwrap().digest(), data.digest());
        match change {
            0 => json["message"]["extra"] = 1.into(),
            1 => drop(json["message"].as_object_mut().unwrap().remove("note")),
            2 => json["message"]["note"] = 1.into(),
            3 => json["types"]["Line"][0]["type"] = "Order".into(),
            4 => json["domain"]["color"] = "red".into(),
            _ => json["message"]["lines"] = serde_json::json!([{ "amount": -1, "tag": "0x01020304" }]),
        }
        prop_assert!(TypedData::from_json(&json).is_err());
    }

    #[test]
    fn calls_round_trip(calls in calls()) {
        prop_assert_eq!(decode_calls(&encode_calls(&calls).unwrap()).unwrap(), calls);
    }

    #[test]
    fn signatures_recover_to_their_key(secret in any::<[u8; 32]>(), hash in any::<[u8; 32]>()) {
        if let Ok(key) = SessionKey::import(&secret) {
            let hash = B256::from(hash);
            let signature = key.sign(&SigningDigest::raw(hash)).unwrap();
            prop_assert_eq!(recover_address(&hash, &signature), Ok(key.address()));
            prop_assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
        }
    }
}

fn terms(scope: &Scope) -> Terms<'_> {
    Terms {
        scope,
        account: scopes::ACCOUNT,
        chain_id: 1,
        session_key: alloy_primitives::Address::repeat_byte(1),
        validity: Validity::new(Timestamp::default(), Timestamp::MAX).unwrap(),
        grant_nonce: 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn a_scope_is_its_canonical_form(scope in scopes::scope()) {
        let canonical = scope.to_json();
        prop_assert_eq!(Scope::from_json(&canonical).unwrap(), scope.clone());
        prop_assert_eq!(Scope::from_json(&canonical).unwrap().hash(), scope.hash());
    }

    /// What is compiled says, read back, what the scope says: the report fails on any difference.
    #[test]
    fn what_compiles_is_read_back_as_the_same(scope in scopes::scope()) {
        let kernel = Kernel::new(KernelVersion::V3_3);
        let (grant, report) = (kernel.grant(&terms(&scope)), kernel.enforcement(&terms(&scope)));
        prop_assert_eq!(grant.map(drop), report.map(drop));
    }

    #[test]
    fn a_covered_scope_allows_nothing_more((wide, narrow) in (scopes::scope(), scopes::scope()), seeds in vec_of_seeds()) {
        for (wide, narrow) in [(&wide, &narrow), (&narrow, &wide), (&wide, &wide)] {
            if wide.covers(narrow) {
                for seed in &seeds {
                    let call = scopes::call_of(narrow, seed);
                    let calls = std::slice::from_ref(&call);
                    if narrow.check_calls(scopes::ACCOUNT, calls).is_empty() {
                        prop_assert_eq!(wide.check_calls(scopes::ACCOUNT, calls), Vec::new());
                    }
                    let cost = OperationCost { gas: alloy_primitives::U256::from(seed[0]), max_fee_per_gas: 1 };
                    let now = Timestamp::from_seconds(u64::from(seed[1])).unwrap();
                    let usage = Usage { calls, cost, paymaster: None, now, start: Timestamp::default() };
                    let spent = Spent { operations: u64::from(seed[2] % 60), ..Spent::default() };
                    if narrow.check_operation(&spent, &usage).is_empty() {
                        prop_assert_eq!(wide.check_operation(&spent, &usage), Vec::new());
                    }
                }
            }
        }
    }

    /// A rule left out of the scope widens nothing, and one with a bound lifted covers the one before.
    #[test]
    fn lifting_a_bound_covers(scope in scopes::scope(), at in any::<prop::sample::Index>()) {
        let mut wider = scope.to_json();
        let rules = wider["calls"].as_array_mut().unwrap();
        let index = at.index(rules.len());
        if let Some(args) = rules[index].get_mut("args").and_then(|args| args.as_array_mut()) {
            for arg in args {
                *arg = serde_json::json!({ "any": true });
            }
        }
        // Two rules may now be one too many.
        if let Ok(wider) = Scope::from_json(&wider) {
            prop_assert!(wider.covers(&scope));
        }
    }

    #[test]
    fn explain_omits_no_rule(scope in scopes::scope()) {
        let account = scopes::ACCOUNT;
        let actor = Actor { account, owner: account, starts_at: Timestamp::default(), valid_until: Timestamp::MAX };
        let text = scope.explain(&actor, &[], &Keeper::default()).iter().map(|sentence| sentence.text.clone()).collect::<Vec<_>>().join("\n");
        for rule in scope.calls() {
            prop_assert!(text.contains(&rule.to.to_string()));
            let name = rule.function.as_ref().map_or("coin to", |function| function.name());
            prop_assert!(text.contains(name), "{} is not in {}", name, text);
        }
        let mentioned = |what: Option<u64>| what.is_none_or(|number| text.contains(&number.to_string()));
        prop_assert!(mentioned(scope.limits().operations) && mentioned(scope.limits().every));
        prop_assert_eq!(text.matches("It may ").count(), scope.calls().len());
    }
}

fn vec_of_seeds() -> impl Strategy<Value = Vec<[u8; 12]>> {
    prop::collection::vec(any::<[u8; 12]>(), 24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,200}", signature in "[a-z0-9\\[\\](), ]{0,80}") {
        for text in [text.as_str(), signature.as_str()] {
            let _ = (text.parse::<Function>(), text.parse::<Type>(), TypedData::from_json_text(text));
            let _ = (hex::parse_data(text), hex::parse_quantity(text), hex::parse_address(text));
            let _ = (from_rpc_text(AbiVersion::V06, text), from_rpc_text(AbiVersion::V07, text));
            let _ = TypedData::new(Default::default(), text, Vec::new());
            let _ = (Scope::from_json_text(text), inspect_text(text));
            let _ = review_json(&serde_json::json!({ "scope": text }), Timestamp::default());
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let prefixed = Bytes::from([EXECUTE.as_slice(), &bytes].concat());
        let _ = (decode_calls(&bytes), decode_calls(&prefixed), Signature::from_bytes(&bytes));
        let _ = hallpass::key::verify(&bytes, &B256::ZERO, &bytes);
        let _ = hallpass::protocol::known_error(&bytes);
        for version in KernelVersion::ALL {
            let _ = Kernel::new(version).restore_grant(&bytes);
        }
    }
}
