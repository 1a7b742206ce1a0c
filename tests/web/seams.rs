//! The seams on the real thing: storage, sealing, locks, time, wallets.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;
use hallpass::browser::{
    BrowserChannel, BrowserClock, BrowserLocks, BrowserTabs, CustomStore, Endpoint, IndexedDb, Provider,
    SessionStorage, WebCryptoSealer,
};
use hallpass::host::{
    Channel, Clock, LocalLocks, LocalTabs, Locks, MemoryStore, Rpc, RpcError, RpcFault, SealError, Sealer,
    Store, StoreError, Tabs, Wallet,
};
use hallpass::key::SessionKey;
use hallpass::testing::{check_locks, check_sealer, check_store, check_tabs};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::memory;

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    #[wasm_bindgen(js_name = inWindow)]
    pub fn in_window() -> bool;
    fn echo() -> JsValue;
    fn silent() -> JsValue;
    fn refusing() -> JsValue;
    fn broken() -> JsValue;
    fn fire(wallet: &JsValue, event: &str);
    fn listening(wallet: &JsValue) -> u32;
    #[wasm_bindgen(js_name = mapStore)]
    fn map_store(slow: bool) -> JsValue;
    #[wasm_bindgen(js_name = postTo)]
    fn post_to(name: &str);
    fn database(version: u32, stores: &js_sys::Array) -> js_sys::Promise;
}

pub fn free_prefix() -> String {
    format!("test/{}/", SessionKey::generate().unwrap().address())
}

fn database_sealer() -> WebCryptoSealer {
    WebCryptoSealer::in_database(Rc::new(IndexedDb::new())).unwrap()
}

#[wasm_bindgen_test]
async fn every_store_keeps_the_contract() {
    check_store(&MemoryStore::default(), &free_prefix()).await;
    check_store(&IndexedDb::new(), &free_prefix()).await;
    check_store(&CustomStore::from_js(&map_store(true)).unwrap(), &free_prefix()).await;
    check_store(&CustomStore::from_js(&map_store(false)).unwrap(), &free_prefix()).await;
    assert_eq!(SessionStorage::new().is_ok(), in_window(), "windows have sessionStorage, workers have not");
    if in_window() {
        check_store(&SessionStorage::new().unwrap(), &free_prefix()).await;
    }
}

#[wasm_bindgen_test]
async fn every_sealer_keeps_the_contract() {
    check_sealer(&WebCryptoSealer::in_memory().unwrap(), &free_prefix()).await;
    check_sealer(&database_sealer(), &free_prefix()).await;
}

#[wasm_bindgen_test]
async fn all_locks_keep_the_contract() {
    let locks = BrowserLocks::new();
    assert!(matches!(locks, BrowserLocks::Web(_)), "browsers have Web Locks");
    assert!(locks.reach_other_tabs());
    check_locks(&locks, &BrowserClock, &free_prefix()).await;
    let local = BrowserLocks::Local(LocalLocks::default());
    assert!(!local.reach_other_tabs());
    check_locks(&local, &BrowserClock, &free_prefix()).await;
}

#[wasm_bindgen_test]
async fn all_channels_keep_the_contract() {
    let (here, there) = (BrowserTabs::new(), BrowserTabs::new());
    assert!(matches!(here.join("probe"), BrowserChannel::Web(_)), "browsers have BroadcastChannel");
    check_tabs(&here, &there, &BrowserClock, &free_prefix()).await;
    let local = LocalTabs::default();
    check_tabs(&local, &local.clone(), &BrowserClock, &free_prefix()).await;
}

#[wasm_bindgen_test]
async fn other_messages_than_texts_are_not_heard() {
    let name = free_prefix();
    let channel = BrowserTabs::new().join(&name);
    // Until the browser knows of it everywhere.
    BrowserClock.sleep(Duration::from_millis(100)).await;
    post_to(&format!("hallpass:{name}"));
    assert_eq!(channel.next().await, "the text");
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
async fn a_key_opens_after_a_reload() {
    let (name, key) = (free_prefix(), SessionKey::generate().unwrap());
    let sealer = database_sealer();
    let sealed = sealer.seal_key(&name, &key, b"bound").await.unwrap();
    // Another connection, the same wrapping key.
    let reloaded = database_sealer();
    assert_eq!(reloaded.open_key(&name, &sealed, b"bound").await.unwrap().address(), key.address());
    reloaded.forget(&name).await.unwrap();
    assert_eq!(sealer.open_key(&name, &sealed, b"bound").await.unwrap_err(), SealError::NoWrappingKey);
}

async fn make_database(version: u32, stores: &[&str]) {
    let stores: js_sys::Array = stores.iter().copied().map(JsValue::from_str).collect();
    JsFuture::from(database(version, &stores)).await.unwrap();
}

#[wasm_bindgen_test]
async fn databases_of_other_versions_open() {
    make_database(1, &["records", "keys"]).await;
    let first = IndexedDb::new();
    assert_eq!(first.get("record").await.unwrap().as_deref(), Some("kept"), "an upgrade keeps what is there");
    assert_eq!(database_sealer().names("").await.unwrap(), ["key"]);
    first.put("record", "new").await.unwrap();
    assert_eq!(IndexedDb::new().get("record").await.unwrap().as_deref(), Some("new"));

    make_database(7, &["records", "keys", "later"]).await;
    let newer = IndexedDb::new();
    assert_eq!(newer.get("record").await.unwrap().as_deref(), Some("kept"), "a newer version opens");
    newer.put("record", "new").await.unwrap();

    make_database(8, &["records"]).await;
    let fault = IndexedDb::new().get("record").await.unwrap_err();
    assert!(matches!(fault, StoreError::Failed { detail } if detail.contains("another version")));
    make_database(0, &[]).await;
}

#[wasm_bindgen_test]
async fn a_deleted_database_is_made_anew() {
    let (name, store) = (free_prefix(), IndexedDb::new());
    store.put(&name, "lost").await.unwrap();
    make_database(0, &[]).await;
    assert_eq!(store.get(&name).await, Ok(None));
    store.put(&name, "new").await.unwrap();
    assert_eq!(store.get(&name).await.unwrap().as_deref(), Some("new"));
    store.remove(&name).await.unwrap();
}

#[wasm_bindgen_test]
async fn sealing_leaves_no_copy_of_the_key() {
    memory::check_sealing(&WebCryptoSealer::in_memory().unwrap()).await;
    memory::check_sealing(&database_sealer()).await;
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
    let expected =
        RpcError::from(RpcFault::Answer { code: 4001, message: "no".to_owned(), data: json!({ "a": true }) });
    assert_eq!(error, expected);
    let error = provider(&broken()).request("eth_x", json!([])).await.unwrap_err();
    assert!(matches!(&*error, RpcFault::Transport { detail, .. } if detail == "TypeError: gone"));
    assert!(Provider::from_js(&JsValue::from_str("https://a.example")).is_none());
    assert!(Endpoint::from_js(&echo(), Duration::from_secs(9)).is_some());
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
    let endpoint = Endpoint::from_js(&url, Duration::from_secs(9)).unwrap();
    let error = endpoint.request("eth_chainId", json!([])).await.unwrap_err();
    assert!(error.is_retryable());
    assert!(error.to_string().contains("http://127.0.0.1:9 "), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}
