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

#[wasm_bindgen(inline_js = r#"
const answer = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});

async function stored(use) {
    const database = await answer(indexedDB.open('hallpass'));
    try {
        return await use(database.transaction('keys', 'readwrite').objectStore('keys'));
    } finally {
        database.close();
    }
}

const pair = (name) => stored((keys) => answer(keys.get(`p256/${name}`)));
const put = (name, value) => stored((keys) => answer(keys.put(value, `p256/${name}`)));

// What script that has the handle gets out of it.
export async function exposed(name) {
    const { privateKey } = await pair(name);
    const { type, usages, extractable, algorithm: { namedCurve } } = privateKey;
    const found = [`${type} ${namedCurve} ${usages} ${extractable}`];
    for (const format of ['pkcs8', 'jwk', 'raw', 'spki']) {
        await crypto.subtle.exportKey(format, privateKey).then(() => found.push(format), () => {});
    }
    return found.join(' ');
}

// Stores another pair's private half, another pair, or what is no pair, under a name.
export async function alter(name, other, how) {
    const [own, foreign] = [await pair(name), await pair(other)];
    const values = {
        private: { ...own, privateKey: foreign.privateKey },
        public: { ...own, publicKey: foreign.publicKey },
        pair: foreign,
        exchanged: { privateKey: own.publicKey, publicKey: own.privateKey },
        half: { publicKey: own.publicKey },
        empty: {},
        text: 'text',
        nothing: null,
    };
    await put(name, values[how]);
}

// From now on a key is made exportable by whoever looks the functions up only now. Answers what undoes it.
export function hostile() {
    const { apply } = Reflect;
    const { call, apply: applyTo } = Function.prototype;
    const subtle = Object.getPrototypeOf(crypto.subtle);
    const generateKey = subtle.generateKey;
    const loose = (made, args) => made === generateKey ? [args[0], true, args[2]] : args;
    subtle.generateKey = function (...args) { return apply(generateKey, this, loose(generateKey, args)) };
    Reflect.apply = (made, self, args) => apply(made, self, loose(made, args));
    Function.prototype.call = function (self, ...args) { return apply(this, self, loose(this, args)) };
    Function.prototype.apply = function (self, args) { return apply(this, self, loose(this, args ?? [])) };
    return () => {
        Object.assign(Function.prototype, { call, apply: applyTo });
        Reflect.apply = apply;
        subtle.generateKey = generateKey;
    };
}

// What the page itself gets while the patches are on: shows that they work.
export async function exportable() {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey } = await crypto.subtle.generateKey(curve, false, ['sign']);
    return privateKey.extractable;
}
"#)]
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
