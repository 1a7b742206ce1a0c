//! The seams on the real thing: storage, sealing, locks, time, wallets.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use hallpass::browser::{
    Browser, BrowserClock, BrowserLocks, Custody, Endpoint, IndexedDb, Provider, SessionStorage,
    WebCryptoSealer,
};
use hallpass::host::{Clock, Host, Locks, MemoryStore, Rpc, RpcError, SealError, Sealer, Store, Wallet};
use hallpass::key::SessionKey;
use hallpass::testing::check_store;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use super::memory;

#[wasm_bindgen(inline_js = r#"
export function inWindow() { return typeof document === 'object' }
export function wallet(answer) {
    const listeners = new Map()
    const asked = []
    return {
        asked, listeners,
        async request({ method, params }) { asked.push([method, params]); return answer(method, params) },
        on(event, listener) { listeners.set(event, listener) },
        removeListener(event, listener) { if (listeners.get(event) === listener) listeners.delete(event) },
    }
}
export const echo = () => wallet((method, params) => ({ method, params }))
export const silent = () => wallet(() => undefined)
export const refusing = () => wallet(() => { throw Object.assign(new Error('no'), { code: 4001, data: { a: 1n === 1n } }) })
export const broken = () => wallet(() => { throw new TypeError('gone') })
export function fire(wallet, event) { wallet.listeners.get(event)?.() }
export function listening(wallet) { return wallet.listeners.size }
export function heldLocks(prefix) {
    return navigator.locks.query().then(({ held }) => held.filter(({ name }) => name.startsWith(prefix)).length)
}
"#)]
extern "C" {
    #[wasm_bindgen(js_name = inWindow)]
    fn in_window() -> bool;
    fn echo() -> JsValue;
    fn silent() -> JsValue;
    fn refusing() -> JsValue;
    fn broken() -> JsValue;
    fn fire(wallet: &JsValue, event: &str);
    fn listening(wallet: &JsValue) -> u32;
    #[wasm_bindgen(js_name = heldLocks)]
    fn held_locks(prefix: &str) -> js_sys::Promise;
}

fn free_prefix() -> String {
    format!("test/{}/", SessionKey::generate().unwrap().address())
}

#[wasm_bindgen_test]
async fn every_store_keeps_the_contract() {
    check_store(&MemoryStore::default(), &free_prefix()).await;
    check_store(&IndexedDb::new(), &free_prefix()).await;
    assert_eq!(SessionStorage::new().is_ok(), in_window(), "windows have sessionStorage, workers have not");
    if in_window() {
        check_store(&SessionStorage::new().unwrap(), &free_prefix()).await;
    }
}

#[wasm_bindgen_test]
async fn records_outlive_the_connection() {
    let name = format!("{}record", free_prefix());
    IndexedDb::new().put(&name, "kept").await.unwrap();
    let later = IndexedDb::new();
    assert_eq!(later.get(&name).await.unwrap().as_deref(), Some("kept"));
    later.remove(&name).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_sealed_key_opens_for_its_session_only() {
    let id = free_prefix();
    let sealer = WebCryptoSealer::in_database(Rc::new(IndexedDb::new())).unwrap();
    let key = SessionKey::generate().unwrap();
    let sealed = sealer.seal(&id, &key, b"bound").await.unwrap();
    let again = sealer.seal(&id, &key, b"bound").await.unwrap();
    assert_ne!(sealed, again, "a fresh initialisation vector for every write");
    // After a reload: another connection, the same wrapping key.
    let reloaded = WebCryptoSealer::in_database(Rc::new(IndexedDb::new())).unwrap();
    assert_eq!(reloaded.open(&id, &sealed, b"bound").await.unwrap().address(), key.address());
    let refused = |outcome: Result<SessionKey, SealError>| outcome.unwrap_err();
    assert_eq!(refused(reloaded.open(&id, &sealed, b"another").await), SealError::NotOpened);
    assert_eq!(refused(reloaded.open("another", &sealed, b"bound").await), SealError::NoWrappingKey);
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert_eq!(refused(reloaded.open(&id, &altered, b"bound").await), SealError::NotOpened, "byte {at}");
        assert_eq!(
            refused(reloaded.open(&id, &sealed[..at], b"bound").await),
            SealError::NotOpened,
            "cut to {at}"
        );
    }
    reloaded.forget(&id).await.unwrap();
    assert_eq!(refused(sealer.open(&id, &sealed, b"bound").await), SealError::NoWrappingKey);
}

#[wasm_bindgen_test]
async fn sealing_leaves_no_copy_of_the_key() {
    memory::check_sealing(&WebCryptoSealer::in_memory().unwrap()).await;
    memory::check_sealing(&WebCryptoSealer::in_database(Rc::new(IndexedDb::new())).unwrap()).await;
}

#[wasm_bindgen_test]
async fn a_lock_is_held_by_one() {
    let locks = BrowserLocks::new();
    assert!(matches!(locks, BrowserLocks::Web(_)), "browsers have Web Locks");
    let name = free_prefix();
    let held = || async {
        let count = wasm_bindgen_futures::JsFuture::from(held_locks(&name)).await.unwrap();
        count.as_f64().unwrap()
    };
    let first = locks.acquire(&name).await;
    assert_eq!(held().await, 1.0);
    let soon = Box::pin(BrowserClock.sleep(Duration::from_millis(30)));
    // Giving up while waiting leaves nothing behind.
    assert!(matches!(select(Box::pin(locks.acquire(&name)), soon).await, Either::Right(_)));
    drop(first);
    let (_, second) = join(BrowserClock.sleep(Duration::from_millis(1)), locks.acquire(&name)).await;
    assert_eq!(held().await, 1.0);
    drop(second);
    BrowserClock.sleep(Duration::from_millis(30)).await;
    assert_eq!(held().await, 0.0);
}

#[wasm_bindgen_test]
async fn time_goes_on() {
    let start = js_sys::Date::now();
    BrowserClock.sleep(Duration::from_millis(40)).await;
    assert!(js_sys::Date::now() - start >= 35.0);
    assert!(BrowserClock.now().seconds() > 1_700_000_000);
}

#[wasm_bindgen_test]
async fn wallets_are_asked_and_answer() {
    let provider = |wallet: &JsValue| Provider::from_js(wallet).unwrap();
    let params = json!([{ "n": "0x1", "list": [1, null, true] }, "text"]);
    let answer = provider(&echo()).request("eth_x", params.clone()).await.unwrap();
    assert_eq!(answer, json!({ "method": "eth_x", "params": params }));
    assert_eq!(provider(&silent()).request("eth_x", json!([])).await, Ok(json!(null)));
    let error = provider(&refusing()).request("eth_x", json!([])).await.unwrap_err();
    let expected = RpcError::Answer { code: 4001, message: "no".to_owned(), data: json!({ "a": true }) };
    assert_eq!(error, expected);
    let error = provider(&broken()).request("eth_x", json!([])).await.unwrap_err();
    assert!(matches!(error, RpcError::Transport { detail, .. } if detail == "TypeError: gone"));
    assert!(Provider::from_js(&JsValue::from_str("https://a.example")).is_none());
    assert!(matches!(Endpoint::from_js(&echo()), Some(Endpoint::Object(_))));
}

#[wasm_bindgen_test]
async fn a_wallet_tells_of_changes_while_somebody_listens() {
    let wallet = echo();
    let provider = Provider::from_js(&wallet).unwrap();
    let announce = async {
        BrowserClock.sleep(Duration::from_millis(5)).await;
        assert_eq!(listening(&wallet), 2);
        fire(&wallet, "chainChanged");
    };
    join(provider.changed(), announce).await;
    assert_eq!(listening(&wallet), 0, "nobody listens any more");
}

#[wasm_bindgen_test]
async fn an_endpoint_that_is_not_there_says_which_without_its_path() {
    let url = JsValue::from_str("http://127.0.0.1:9/v2/secret-key");
    let endpoint = Endpoint::from_js(&url).unwrap();
    let error = endpoint.request("eth_chainId", json!([])).await.unwrap_err();
    assert!(error.is_retryable());
    assert!(error.to_string().contains("http://127.0.0.1:9 "), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[wasm_bindgen_test]
fn the_tier_suits_the_place() {
    assert_eq!(Custody::suitable(), if in_window() { Custody::Tab } else { Custody::Memory });
    let browser = Browser::new(Custody::Device).unwrap();
    assert!(browser.origin().starts_with("http://127.0.0.1"));
    assert!(Browser::new(Custody::Tab).is_ok() == in_window());
}
