//! Typed-data JSON: no panic, and the wallet JSON of what was read means the same.
#![no_main]

use hallpass::eip712::TypedData;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(data) = TypedData::from_json_text(text) {
        let again = TypedData::from_json_text(&data.to_json().to_string()).expect("our own JSON is read");
        assert_eq!(again.digest(), data.digest());
    }
});
