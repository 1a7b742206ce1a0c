//! What wallets show and others send: every input is read whole, or what is not understood is named; none is panicked at.
#![no_main]

use hallpass::review::inspect_text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let hex = hallpass::hex::data(data);
    let text = std::str::from_utf8(data).unwrap_or_default();
    for text in [text, &hex] {
        let Ok(found) = inspect_text(text) else { continue };
        let number = |name: &str| found[name].as_u64().expect("a number");
        assert!(number("bytesCovered") <= number("bytesTotal"));
        let unknown = found["notUnderstood"].as_array().expect("a list");
        assert_eq!(found["understood"], unknown.is_empty());
        if found["understood"] == true {
            assert_eq!(number("bytesCovered"), number("bytesTotal"));
        }
    }
});
