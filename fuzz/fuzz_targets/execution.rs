//! Calldata of a Kernel account: what is read as calls is exactly what those calls encode to.
#![no_main]

use hallpass::protocol::kernel_v3::{EXECUTE, decode_calls, encode_calls};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let prefixed = [EXECUTE.as_slice(), data].concat();
    for call_data in [data, &prefixed] {
        if let Ok(calls) = decode_calls(call_data) {
            assert_eq!(encode_calls(&calls).expect("there are calls").as_ref(), call_data);
        }
    }
});
