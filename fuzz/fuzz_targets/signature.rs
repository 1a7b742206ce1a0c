//! Signatures and public keys of others: no panic, and a form that is accepted is the only one.
#![no_main]

use hallpass::key::{Signature, personal_message_hash, recover_address, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8], &[u8])| {
    let (message, bytes, key) = input;
    let hash = personal_message_hash(message);
    if let Ok(signature) = Signature::from_bytes(bytes) {
        let written = signature.to_bytes();
        assert_eq!(written[..64], bytes[..64]);
        let _ = recover_address(&hash, &signature);
    }
    let _ = verify(key, &hash, bytes);
});
