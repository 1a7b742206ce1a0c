//! Hex text: no panic, and what is read is written the same way, apart from case.
#![no_main]

use hallpass::hex::{data, parse_address, parse_data, parse_quantity, quantity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lower = text.to_lowercase();
    if let Ok(bytes) = parse_data(text) {
        assert_eq!(data(&bytes), lower);
    }
    if let Ok(number) = parse_quantity(text) {
        assert_eq!(quantity(number), lower);
    }
    if let Ok(address) = parse_address(text) {
        assert_eq!(data(address.as_slice()), lower);
    }
});
