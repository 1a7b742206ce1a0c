//! User operations in their wire form: no panic, and a round trip keeps every field.
#![no_main]

use hallpass::userop::{AbiVersion, UserOperation, from_rpc_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for abi in [AbiVersion::V06, AbiVersion::V07] {
        if let Ok(op) = from_rpc_text(abi, text) {
            assert_eq!(UserOperation::from_rpc(abi, &op.to_rpc()).expect("our own JSON is read"), op);
        }
    }
});
