//! Encoded arguments of any type: whatever the decoder accepts, the encoder turns back into the same bytes.
#![no_main]

use hallpass::abi::{Type, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (text, data) = input;
    // A type of the fuzzer's own making seldom parses, so common ones take turns.
    let fallback = ["(uint8,bytes)[]", "string", "(bool,(int16,address)[2])", "bytes4[][3]"];
    let ty = text
        .parse::<Type>()
        .unwrap_or_else(|_| fallback[data.len() % fallback.len()].parse().expect("a type"));
    if let Ok(values) = decode([&ty], data) {
        assert_eq!(encode([&ty], &values).expect("decoded values fit"), data);
    }
});
