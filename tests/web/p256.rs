//! P-256 keys of WebCrypto: the contract, and what script of the origin can and cannot do to them.

#[path = "../p256/verifier.rs"]
mod verifier;

use std::rc::Rc;

use hallpass::browser::{IndexedDb, WebCryptoP256};
use hallpass::host::{P256Keys, SealError};
use hallpass::key::{P256PublicKey, SessionKey, Sha256Of, SigningDigest};
use hallpass::testing::check_p256;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use verifier::verifies;

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    fn exposed(name: &str) -> Promise;
    fn alter(name: &str, other: &str, how: &str) -> Promise;
    fn hostile() -> Function;
    fn exportable() -> Promise;
}

fn free_prefix() -> String {
    format!("test/{}/", SessionKey::generate().unwrap().address())
}

fn in_database() -> WebCryptoP256 {
    WebCryptoP256::in_database(Rc::new(IndexedDb::new())).unwrap()
}

fn hash() -> Sha256Of {
    Sha256Of::digest(SigningDigest::raw(alloy_primitives::B256::repeat_byte(5)))
}

async fn exposed_of(name: &str) -> String {
    JsFuture::from(exposed(name)).await.unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn p256_keys_keep_the_contract() {
    check_p256(&in_database(), &in_database(), &free_prefix(), verifies).await;
    let memory = WebCryptoP256::in_memory().unwrap();
    check_p256(&memory, &memory, &free_prefix(), verifies).await;
}

#[wasm_bindgen_test]
async fn a_p256_key_gives_script_nothing_but_its_use() {
    let name = format!("{}a", free_prefix());
    let keys = in_database();
    keys.create(&name).await.unwrap();
    assert_eq!(exposed_of(&name).await, "private P-256 sign false");
    keys.forget(&name).await.unwrap();
}

#[wasm_bindgen_test]
async fn patches_after_loading_make_no_exportable_key() {
    let name = format!("{}a", free_prefix());
    let keys = in_database();
    let undo = hostile();
    let made = keys.create(&name).await;
    let of_the_page = JsFuture::from(exportable()).await;
    undo.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(of_the_page.unwrap().as_bool(), Some(true), "the patches work");
    let key = made.unwrap();
    assert_eq!(exposed_of(&name).await, "private P-256 sign false");
    let signature = keys.sign(&name, &key, &hash()).await.unwrap();
    assert!(verifies(&key, &hash(), &signature));
    keys.forget(&name).await.unwrap();
}

#[wasm_bindgen_test]
async fn an_altered_pair_signs_nothing() {
    let prefix = free_prefix();
    let (own, other) = (format!("{prefix}own"), format!("{prefix}other"));
    let keys = in_database();
    let other_key = keys.create(&other).await.unwrap();
    let kinds = ["private", "public", "pair", "exchanged", "half", "empty", "text", "nothing"];
    for how in kinds {
        let key: P256PublicKey = keys.create(&own).await.unwrap();
        assert!(keys.sign(&own, &key, &hash()).await.is_ok());
        JsFuture::from(alter(&own, &other, how)).await.unwrap();
        assert_eq!(keys.sign(&own, &key, &hash()).await, Err(SealError::NotOpened), "{how}");
        if how != "pair" {
            assert_eq!(keys.sign(&own, &other_key, &hash()).await, Err(SealError::NotOpened), "{how}");
        }
        let (own, other) = (keys.public_key(&own).await, keys.public_key(&other).await);
        assert_eq!(other, Ok(other_key));
        match how {
            "private" | "half" => assert_eq!(own, Ok(key)),
            "public" | "pair" => assert_eq!(own, Ok(other_key)),
            _ => assert_eq!(own, Err(SealError::NotOpened), "{how}"),
        }
    }
    for name in [&own, &other] {
        keys.forget(name).await.unwrap();
    }
}
