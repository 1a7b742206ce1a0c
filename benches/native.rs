//! Native speed of the hot path, one JSON row per operation in the form of the wasm benchmark: the fastest and the median batch,
//! in microseconds per call.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark program")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark program")]

use std::hint::black_box;
use std::time::Instant;

use alloy_primitives::{Address, B256, U256, keccak256};
use hallpass::key::{SessionKey, SigningDigest, personal_message_hash};
use hallpass::userop::v07::{Paymaster, UserOperation};
use hallpass::userop::{EntryPoint, EntryPointVersion};

const BATCHES: usize = 25;
const BATCH_MICROSECONDS: f64 = 20_000.0;

fn main() {
    let key = SessionKey::import(&[0x4c; 32]).unwrap();
    let entry_point = EntryPoint::canonical(EntryPointVersion::V07, 11_155_111);
    let mut op = operation();
    let digest = SigningDigest::raw(B256::repeat_byte(0x9c));
    measure("sign", || key.sign(black_box(&digest)).unwrap());
    for (op, rules) in [("check_5", 5), ("check_1000", 1000)] {
        let (scope, call) = hallpass::testing::many_rules(rules);
        let calls = [call];
        assert!(scope.check_calls(Address::ZERO, &calls).is_empty(), "the call is allowed");
        measure(op, || scope.check_calls(black_box(Address::ZERO), black_box(&calls)));
    }
    measure("keygen", || SessionKey::generate().unwrap());
    measure("keccak_256B", || keccak256(black_box([0x5a; 256])));
    measure("userop_hash", || {
        op.nonce += U256::ONE;
        op.hash(&entry_point).unwrap()
    });
    measure("hash_sign", || {
        op.nonce += U256::ONE;
        let hash = op.hash(&entry_point).unwrap();
        key.sign(&SigningDigest::raw(personal_message_hash(hash.as_b256().as_slice()))).unwrap()
    });
}

/// As large as the one in the wasm benchmark.
fn operation() -> UserOperation {
    UserOperation {
        sender: Address::repeat_byte(0x74),
        call_data: vec![0xe9; 260].into(),
        call_gas_limit: 180_000,
        verification_gas_limit: 250_000,
        pre_verification_gas: U256::from(60_000),
        max_fee_per_gas: 31_000_000_000,
        max_priority_fee_per_gas: 1_500_000_000,
        paymaster: Some(Paymaster {
            address: Address::repeat_byte(0x39),
            verification_gas_limit: 60_000,
            post_op_gas_limit: 20_000,
            data: vec![0x5a; 96].into(),
        }),
        ..Default::default()
    }
}

fn measure<T>(op: &str, mut work: impl FnMut() -> T) {
    let mut batch = |calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(work());
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
    };
    let mut calls = 1;
    while batch(calls) * f64::from(calls) < BATCH_MICROSECONDS {
        calls *= 2;
    }
    let mut times: Vec<f64> = (0..BATCHES).map(|_| batch(calls)).collect();
    times.sort_by(f64::total_cmp);
    println!(
        r#"{{"peer":"hallpass","version":"{}","op":"{op}","runtime":"native","median_us":{:.3},"min_us":{:.3}}}"#,
        env!("CARGO_PKG_VERSION"),
        times[BATCHES / 2],
        times[0],
    );
}
