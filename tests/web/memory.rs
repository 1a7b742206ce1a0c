//! Looks through wasm memory for copies of a session key. The search runs in JavaScript, which is given the key in two parts, so
//! that the search itself leaves no copy in the memory it searches.

use alloy_primitives::{B256, hex};
use hallpass::browser::WebCryptoSealer;
use hallpass::host::Sealer;
use hallpass::key::{SessionKey, SigningDigest};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    #[wasm_bindgen(js_name = countCopies)]
    fn count_copies(memory: &JsValue, masked: &[u8], mask: &[u8]) -> u32;
}

/// The key, each byte xored with the mask: neither half alone is the key.
const MASKED: [u8; 32] = [0x5c; 32];

fn mask(round: u8) -> [u8; 32] {
    let mut byte = round;
    std::array::from_fn(|_| {
        byte = byte.wrapping_mul(29).wrapping_add(3);
        byte
    })
}

fn copies(round: u8) -> u32 {
    count_copies(&wasm_bindgen::memory(), &MASKED, &mask(round))
}

#[inline(never)]
fn import(round: u8) -> SessionKey {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    for ((byte, masked), mask) in bytes.iter_mut().zip(MASKED).zip(mask(round)) {
        // One byte at a time, so that no register or stack slot ever holds the whole.
        *byte = std::hint::black_box(masked) ^ std::hint::black_box(mask);
    }
    SessionKey::import(&bytes).unwrap()
}

pub fn check_keys() {
    for round in 0..8 {
        assert_eq!(copies(round), 0, "before: the search finds its own parts");
        let key = import(round);
        let alive = copies(round);
        assert!(alive >= 2, "while the key lives, the search must find it");
        for byte in 0..4 {
            key.sign(&SigningDigest::raw(B256::repeat_byte(byte))).unwrap();
        }
        assert_eq!(copies(round), alive, "signing left a copy");
        drop(key);
        assert_eq!(copies(round), 0, "a copy outlived the key (round {round})");
    }
}

/// Sealing and opening again, as a session does over a reload.
pub async fn check_sealing(sealer: &WebCryptoSealer) {
    for round in 8..12 {
        let id = format!("scan {round}");
        let sealed = {
            let key = import(round);
            sealer.seal_key(&id, &key, b"bound").await.unwrap()
        };
        assert_eq!(copies(round), 0, "sealing left a copy (round {round})");
        let opened = sealer.open_key(&id, &sealed, b"bound").await.unwrap();
        assert!(copies(round) >= 2, "while the key lives, the search must find it");
        drop(opened);
        assert_eq!(copies(round), 0, "opening left a copy (round {round})");
        assert!(sealer.open_key(&id, &sealed, b"other").await.is_err());
        assert_eq!(copies(round), 0, "failing to open left a copy (round {round})");
        sealer.forget(&id).await.unwrap();
    }
}

/// Key, digest and first RFC 6979 nonce of a published case, each byte of the nonce xored with 0xa5. Who has a nonce has the key.
const KEY: [u8; 32] = hex!("fee0a1f7afebf9d2a5a80c0c98a31c709681cce195cbcd06342b517970c0be1e");
const DIGEST: [u8; 32] = hex!("916f0027a575074ce72a331777c3478d6513f786a591bd892da1a577bf2335f9");
const MASKED_NONCE: [u8; 32] = hex!("596bb8420c197317767b5f7bcf5fbcb65e378c46127851d13ef061212e8fbccb");

fn nonce_copies() -> u32 {
    count_copies(&wasm_bindgen::memory(), &MASKED_NONCE, &[0xa5; 32])
}

#[inline(never)]
fn sign_once() {
    SessionKey::import(&KEY).unwrap().sign(&SigningDigest::raw(B256::new(DIGEST))).unwrap();
}

pub fn check_nonces() {
    assert_eq!(nonce_copies(), 0);
    sign_once();
    assert_eq!(nonce_copies(), 0, "a nonce outlived its signature");
    // The search finds a nonce where there is one.
    let shown = Zeroizing::new(MASKED_NONCE.map(|byte| std::hint::black_box(byte) ^ 0xa5));
    assert!(nonce_copies() >= 2, "{}", std::hint::black_box(&shown).len());
}
