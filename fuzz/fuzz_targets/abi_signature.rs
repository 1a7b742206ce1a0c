//! Human-readable signatures: no panic, and what is read is written the same way again.
#![no_main]

use hallpass::abi::{Function, Type};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(function) = text.parse::<Function>() {
        let again: Function = function.signature().parse().expect("a canonical signature is one");
        assert_eq!(again.selector(), function.selector());
    }
    if let Ok(ty) = text.parse::<Type>() {
        assert_eq!(
            ty.to_string().parse::<Type>().expect("a canonical type is one").to_string(),
            ty.to_string()
        );
    }
});
