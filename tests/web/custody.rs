//! Where things are kept in each tier, what happens when a browser refuses, and what patched built-ins see.

use std::rc::Rc;

use hallpass::browser::{
    Browser, BrowserChannel, BrowserOptions, BrowserTabs, Custody, IndexedDb, SessionStorage,
    WebCryptoSealer, is_shared_host,
};
use hallpass::host::{Channel, Host, SealError, Sealer, Store, StoreError, Tabs};
use hallpass::key::SessionKey;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use super::seams::{free_prefix, in_window};

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    fn hide(name: &str) -> Function;
    #[wasm_bindgen(js_name = refusePuts)]
    fn refuse_puts(fault: &str, keys_only: bool) -> Function;
    #[wasm_bindgen(js_name = refuseOpening)]
    fn refuse_opening(fault: &str) -> Function;
    fn listener() -> Function;
    fn told(listener: &Function) -> String;
    fn throwing() -> JsValue;
    fn nonsense() -> JsValue;
    fn listless() -> JsValue;
    fn lacking() -> JsValue;
    fn texts() -> JsValue;
    #[wasm_bindgen(js_name = storeOver)]
    fn store_over(texts: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = keysOf)]
    fn keys_of(texts: &JsValue) -> String;
    fn spy() -> JsValue;
    #[wasm_bindgen(js_name = endSpying)]
    fn end_spying(spy: &JsValue);
    fn found(spy: &JsValue) -> js_sys::Promise;
}

fn options(custody: Option<Custody>) -> BrowserOptions {
    BrowserOptions {
        app: "custody-test".to_owned(),
        custody,
        custom_store: JsValue::UNDEFINED,
        allowed_frames: Vec::new(),
        on_downgrade: None,
    }
}

fn browser(custody: Custody) -> Browser {
    Browser::new(options(Some(custody))).unwrap()
}

fn custom(store: JsValue) -> Result<Browser, SealError> {
    Browser::new(BrowserOptions { custom_store: store, ..options(None) })
}

/// Ends a patch.
fn end(patch: &Function) {
    patch.call0(&JsValue::UNDEFINED).unwrap();
}

fn key() -> SessionKey {
    SessionKey::generate().unwrap()
}

async fn holds(store: &impl Store, name: &str) -> bool {
    store.get(name).await.unwrap().is_some()
}

/// Whether sessionStorage has it; workers have none.
async fn tab_holds(name: &str) -> bool {
    in_window() && holds(&SessionStorage::new().unwrap(), name).await
}

async fn device_holds(name: &str) -> bool {
    holds(&IndexedDb::new(), name).await
}

async fn device_has_key(name: &str) -> bool {
    let sealer = WebCryptoSealer::in_database(Rc::new(IndexedDb::new())).unwrap();
    sealer.names(name).await.unwrap() == [name]
}

#[wasm_bindgen_test]
async fn each_tier_has_its_places() {
    // Record and state in sessionStorage, in IndexedDB; wrapping key in IndexedDB.
    let (memory, tab, device) =
        ([false; 5], [true, false, false, true, true], [false, false, true, true, true]);
    for (custody, expected) in [(Custody::Memory, memory), (Custody::Tab, tab), (Custody::Device, device)] {
        if custody == Custody::Tab && !in_window() {
            continue;
        }
        let browser = browser(custody);
        let record = format!("{}record", free_prefix());
        let state = format!("state/{record}");
        assert_eq!((browser.tier(), browser.asked()), (custody, custody));
        assert_eq!(browser.custody_of(&record), custody, "where it would go");
        assert_eq!(browser.has_records_per_tab(), custody == Custody::Tab);
        browser.store().put(&record, "record").await.unwrap();
        browser.states().put(&state, "state").await.unwrap();
        let sealed = browser.sealer().seal_key(&record, &key(), b"bound").await.unwrap();
        let places = [
            tab_holds(&record).await,
            tab_holds(&state).await,
            device_holds(&record).await,
            device_holds(&state).await,
            device_has_key(&record).await,
        ];
        assert_eq!(places, expected, "{}", custody.name());
        assert_eq!(browser.custody_of(&record), custody);
        assert!(browser.opens_silently(&record));
        assert!(browser.downgrades().is_empty());
        // Another page of the same tier finds it, unless it was in memory.
        let reloaded = self::browser(custody);
        let is_there = custody != Custody::Memory;
        assert_eq!(holds(reloaded.store(), &record).await, is_there);
        assert_eq!(reloaded.store().names(&record).await.unwrap().len(), usize::from(is_there));
        assert_eq!(reloaded.sealer().open_key(&record, &sealed, b"bound").await.is_ok(), is_there);
        browser.store().remove(&record).await.unwrap();
        browser.states().remove(&state).await.unwrap();
        browser.sealer().forget(&record).await.unwrap();
        assert!(!holds(reloaded.store(), &record).await && !device_has_key(&record).await, "nothing is left");
    }
}

#[wasm_bindgen_test]
async fn a_store_of_the_app_gets_records_and_states_and_never_keys() {
    let texts = texts();
    let browser = custom(store_over(&texts)).unwrap();
    let record = format!("{}record", free_prefix());
    let state = format!("state/{record}");
    assert_eq!(browser.tier(), Custody::Custom);
    browser.store().put(&record, "record").await.unwrap();
    browser.states().put(&state, "state").await.unwrap();
    browser.sealer().seal_key(&record, &key(), b"bound").await.unwrap();
    let mut names = [record.as_str(), state.as_str()];
    names.sort_unstable();
    assert_eq!(keys_of(&texts), names.join("\n"));
    assert_eq!(browser.custody_of(&record), Custody::Custom);
    assert!(device_has_key(&record).await);
    browser.sealer().forget(&record).await.unwrap();
    let refused = browser.downgrade(&SealError::Store(StoreError::Quota));
    assert!(!refused && browser.downgrades().is_empty(), "the app's store has nothing below it");
}

#[wasm_bindgen_test]
async fn a_store_of_the_app_that_fails_says_how() {
    let browser = custom(throwing()).unwrap();
    let faults = [
        (browser.store().get("a").await.unwrap_err(), "get: TypeError: no get today"),
        (browser.store().put("a", "b").await.unwrap_err(), "put: full"),
        (browser.store().remove("a").await.unwrap_err(), "remove: AbortError: busy"),
        (browser.states().names("a").await.unwrap_err(), "names: unknown failure"),
    ];
    for (fault, expected) in faults {
        assert_eq!(fault, StoreError::Failed { detail: format!("the app's store: {expected}") });
    }
    let browser = custom(nonsense()).unwrap();
    assert!(matches!(browser.store().get("a").await, Err(StoreError::Failed { .. })));
    assert!(matches!(browser.store().names("hallpass/").await, Err(StoreError::Failed { .. })));
    let browser = custom(listless()).unwrap();
    assert_eq!(browser.store().get("a").await, Ok(None));
    assert!(matches!(browser.store().names("hallpass/").await, Err(StoreError::Failed { .. })));
    let fault = custom(lacking()).unwrap_err();
    assert!(fault.to_string().contains("no method names"), "{fault}");
    assert!(custom(JsValue::from_str("text")).is_err());
}

/// Cause, code, and what tiers become of it: `Device`, `Tab`, `Passkey`.
type Step = (SealError, Option<&'static str>, [Option<Custody>; 3]);

#[wasm_bindgen_test]
fn the_ladder_goes_down_only_and_where_it_helps() {
    let unavailable = StoreError::Unavailable { what: "IndexedDB", detail: "off".to_owned() };
    let failed = StoreError::Failed { detail: "disk".to_owned() };
    let no_passkey = SealError::NoPasskey { detail: "none".to_owned() };
    let memory = Some(Custody::Memory);
    // Workers have no sessionStorage.
    let tab = Some(if in_window() { Custody::Tab } else { Custody::Memory });
    let mut steps: Vec<Step> = vec![
        (StoreError::Quota.into(), Some("storage.quota"), [tab, memory, memory]),
        (failed.into(), Some("storage.failed"), [tab, memory, memory]),
        (unavailable.into(), Some("storage.unavailable"), [memory; 3]),
        (no_passkey, Some("storage.no-passkey"), [None, None, memory]),
    ];
    let framed = SealError::Framed { by: "https://other.example".to_owned() };
    let failed = SealError::Failed { detail: "x".to_owned() };
    for cause in [
        SealError::PasskeyDeclined,
        framed,
        SealError::NoWebCrypto,
        SealError::NotOpened,
        SealError::NoWrappingKey,
        failed,
    ] {
        steps.push((cause, None, [None; 3]));
    }
    for (cause, code, below) in steps {
        for (custody, expected) in [Custody::Device, Custody::Tab, Custody::Passkey].into_iter().zip(below) {
            let told_to = listener();
            let told_of = Some(told_to.clone());
            let browser = Browser::new(BrowserOptions { on_downgrade: told_of, ..options(Some(custody)) });
            let browser = browser.unwrap();
            if browser.tier() != custody {
                // Not offered here: told at once, and covered elsewhere.
                assert_eq!(browser.downgrades().len(), 1);
                continue;
            }
            assert_eq!(browser.downgrade(&cause), expected.is_some(), "{} after {cause}", custody.name());
            assert_eq!(browser.tier(), expected.unwrap_or(custody));
            assert_eq!(browser.asked(), custody);
            let downgrades = browser.downgrades();
            assert_eq!(downgrades.len(), usize::from(expected.is_some()));
            match (downgrades.first(), code) {
                (Some(downgrade), Some(code)) => {
                    let to = browser.tier();
                    assert_eq!((downgrade.from, downgrade.to, downgrade.code), (custody, to, code));
                    let message = format!("{} | {} | {code} | {cause}", custody.name(), to.name());
                    assert_eq!(told(&told_to), message, "the listener is told the same");
                }
                _ => assert_eq!(told(&told_to), ""),
            }
            while browser.downgrade(&SealError::Store(StoreError::Quota)) {}
            assert_eq!(browser.tier(), Custody::Memory, "memory is the end");
        }
    }
}

#[wasm_bindgen_test]
async fn a_tier_that_is_not_offered_goes_down_at_once() {
    let told_to = listener();
    let patch = hide("indexedDB");
    let without: Vec<Browser> = [Custody::Tab, Custody::Device, Custody::Passkey].map(browser).into();
    let unasked =
        Browser::new(BrowserOptions { on_downgrade: Some(told_to.clone()), ..options(None) }).unwrap();
    end(&patch);
    for browser in &without {
        assert_eq!(browser.tier(), Custody::Memory);
        assert_eq!(browser.downgrades().len(), 1);
        let downgrade = &browser.downgrades()[0];
        assert_eq!((downgrade.from, downgrade.code), (browser.asked(), "storage.unavailable"));
        assert!(downgrade.message.contains("IndexedDB"), "{}", downgrade.message);
        let name = free_prefix();
        let sealed = browser.sealer().seal_key(&name, &key(), b"bound").await.unwrap();
        browser.store().put(&name, "record").await.unwrap();
        assert!(browser.sealer().open_key(&name, &sealed, b"bound").await.is_ok(), "memory serves");
        assert!(!device_holds(&name).await && !tab_holds(&name).await && !device_has_key(&name).await);
    }
    // In a window a tab is what is usual, so its loss is told; in a worker memory is.
    assert_eq!(unasked.tier(), Custody::Memory);
    assert_eq!(unasked.downgrades().len(), usize::from(in_window()));
    assert_eq!(told(&told_to).starts_with("tab | memory | storage.unavailable | "), in_window());

    let patch = hide("sessionStorage");
    let (tab, device) = (browser(Custody::Tab), browser(Custody::Device));
    end(&patch);
    assert_eq!((tab.tier(), tab.downgrades()[0].code), (Custody::Memory, "storage.unavailable"));
    assert!(tab.downgrades()[0].message.contains("sessionStorage"));
    assert_eq!(device.tier(), Custody::Device);
    assert!(device.downgrade(&SealError::Store(StoreError::Quota)));
    assert_eq!(device.tier(), Custody::Memory, "there is no tab to go down to");
}

#[wasm_bindgen_test]
async fn a_full_storage_leaves_what_is_there_in_use() {
    let browser = browser(Custody::Device);
    let prefix = free_prefix();
    let [old, new] = ["old", "new"].map(|name| format!("{prefix}{name}"));
    let sealed = browser.sealer().seal_key(&old, &key(), b"bound").await.unwrap();
    browser.store().put(&old, "1").await.unwrap();
    let patch = refuse_puts("QuotaExceededError", false);
    let fault = browser.store().put(&new, "1").await.unwrap_err();
    let key_fault = browser.sealer().seal_key(&new, &key(), b"bound").await.unwrap_err();
    let kept = browser.store().get(&old).await;
    end(&patch);
    assert_eq!((fault, key_fault), (StoreError::Quota, SealError::Store(StoreError::Quota)));
    assert_eq!(kept.unwrap().as_deref(), Some("1"), "a refused write harms nothing");

    assert!(browser.downgrade(&SealError::Store(StoreError::Quota)));
    let below = browser.tier();
    assert_eq!(below, if in_window() { Custody::Tab } else { Custody::Memory });
    browser.store().put(&new, "2").await.unwrap();
    browser.store().put(&old, "2").await.unwrap();
    assert_eq!((tab_holds(&new).await, device_holds(&new).await), (in_window(), false), "new goes below");
    assert_eq!((tab_holds(&old).await, device_holds(&old).await), (false, true), "old stays where it is");
    assert_eq!((browser.custody_of(&new), browser.custody_of(&old)), (below, Custody::Device));
    assert_eq!(browser.store().names(&prefix).await.unwrap(), [new.clone(), old.clone()]);
    for name in [&new, &old] {
        assert_eq!(browser.store().get(name).await.unwrap().as_deref(), Some("2"));
    }
    assert!(browser.sealer().open_key(&old, &sealed, b"bound").await.is_ok());

    // Down to memory: three places at once.
    assert_eq!(browser.downgrade(&SealError::Store(StoreError::Quota)), in_window());
    let last = format!("{prefix}last");
    browser.store().put(&last, "3").await.unwrap();
    browser.sealer().seal_key(&last, &key(), b"bound").await.unwrap();
    assert!(!device_has_key(&last).await && !tab_holds(&last).await);
    assert_eq!(browser.store().names(&prefix).await.unwrap(), [last.clone(), new.clone(), old.clone()]);
    assert_eq!(browser.sealer().names(&prefix).await.unwrap(), [last.clone(), old.clone()]);
    for name in [&last, &new, &old] {
        browser.store().remove(name).await.unwrap();
        browser.sealer().forget(name).await.unwrap();
    }
    assert!(browser.store().names(&prefix).await.unwrap().is_empty());
    assert!(!device_holds(&old).await && !device_has_key(&old).await);
}

#[wasm_bindgen_test]
async fn keys_that_cannot_be_stored_go_to_memory() {
    let (browser, name) = (browser(Custody::Device), free_prefix());
    let patch = refuse_puts("DataCloneError", true);
    let fault = browser.sealer().seal_key(&name, &key(), b"bound").await.unwrap_err();
    let went = browser.downgrade(&fault);
    let sealed = browser.sealer().seal_key(&name, &key(), b"bound").await;
    end(&patch);
    assert!(matches!(fault, SealError::Store(StoreError::Unavailable { .. })), "{fault}");
    assert!(went);
    assert_eq!(browser.tier(), Custody::Memory, "tab keeps its keys there too");
    assert_eq!(browser.downgrades()[0].code, "storage.unavailable");
    assert!(browser.sealer().open_key(&name, &sealed.unwrap(), b"bound").await.is_ok());
    assert!(!device_has_key(&name).await);
}

#[wasm_bindgen_test]
async fn a_database_that_does_not_open_is_not_in_the_way() {
    let name = free_prefix();
    let patch = refuse_opening("InvalidStateError");
    let browser = browser(Custody::Device);
    let fault = SealError::from(browser.store().put(&name, "1").await.unwrap_err());
    let went = browser.downgrade(&fault);
    let put = browser.store().put(&name, "1").await;
    let got = browser.store().get(&name).await;
    let names = browser.store().names(&name).await;
    let sealed = browser.sealer().seal_key(&name, &key(), b"bound").await;
    let removed = browser.store().remove(&name).await;
    let forgotten = browser.sealer().forget(&name).await;
    end(&patch);
    assert!(matches!(fault, SealError::Store(StoreError::Unavailable { what: "IndexedDB", .. })), "{fault}");
    assert!(went && browser.tier() == Custody::Memory);
    assert_eq!(put, Ok(()));
    assert_eq!(got.unwrap().as_deref(), Some("1"));
    assert_eq!(names.unwrap(), [name]);
    assert!(sealed.is_ok());
    assert_eq!((removed, forgotten), (Ok(()), Ok(())));
}

#[wasm_bindgen_test]
async fn a_place_without_passkeys_keeps_keys_in_memory() {
    let (browser, name) = (browser(Custody::Passkey), free_prefix());
    if browser.tier() == Custody::Passkey {
        // WebAuthn is here, but an address of numbers has no passkeys.
        assert!(!browser.opens_silently(&name));
        let fault = browser.sealer().seal_key(&name, &key(), b"bound").await.unwrap_err();
        assert!(matches!(fault, SealError::NoPasskey { .. }), "{fault}");
        assert!(browser.downgrade(&fault));
    }
    assert_eq!((browser.tier(), browser.asked()), (Custody::Memory, Custody::Passkey));
    assert_eq!(browser.downgrades()[0].code, "storage.no-passkey");
    let sealed = browser.sealer().seal_key(&name, &key(), b"bound").await.unwrap();
    assert!(browser.sealer().open_key(&name, &sealed, b"bound").await.is_ok());
    assert!(browser.opens_silently(&name));
    assert!(!device_has_key(&name).await);
}

#[wasm_bindgen_test]
fn shared_hosts_are_known() {
    for (host, path) in [
        ("html-classic.itch.zone", "/html/1/index.html"),
        ("HTML.Itch.Zone.", "/"),
        ("ipfs.io", "/ipfs/x"),
        ("s3.amazonaws.com", "/bucket/index.html"),
        ("s3.eu-west-1.amazonaws.com", "/bucket/index.html"),
        ("fra1.digitaloceanspaces.com", "/bucket/"),
        ("storage.googleapis.com", "/bucket/index.html"),
        ("fiddle.jshell.net", "/_display/"),
        ("gateway.example", "/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/"),
        ("gateway.example", "/ipns/app.example/"),
    ] {
        assert!(is_shared_host(host, path), "{host}{path}");
    }
    for (host, path) in [
        ("game.example", "/"),
        ("127.0.0.1", "/"),
        ("localhost", "/ipfs/settings"),
        ("notitch.zone", "/"),
        ("itch.zone.example", "/"),
        ("bucket.s3.eu-west-1.amazonaws.com", "/"),
        ("bucket.storage.googleapis.com", "/"),
        ("bucket.fra1.digitaloceanspaces.com", "/"),
        ("", ""),
    ] {
        assert!(!is_shared_host(host, path), "{host}{path}");
    }
}

#[wasm_bindgen_test]
fn tiers_have_names() {
    for custody in [Custody::Memory, Custody::Tab, Custody::Device, Custody::Passkey] {
        assert_eq!(Custody::by_name(custody.name()), Some(custody));
    }
    assert_eq!((Custody::by_name("custom"), Custody::Custom.name()), (None, "custom"));
    assert!(browser(Custody::Memory).origin().starts_with("http://127.0.0.1"));
}

#[wasm_bindgen_test]
async fn without_broadcast_channel_messages_stay_in_the_page() {
    let patch = hide("BroadcastChannel");
    let tabs = BrowserTabs::new();
    let (here, there) = (tabs.join("a"), tabs.join("a"));
    end(&patch);
    assert!(matches!(here, BrowserChannel::Local(_)));
    here.post("heard");
    assert_eq!(there.next().await, "heard");
}

#[wasm_bindgen_test]
async fn patched_built_ins_see_no_key() {
    let (sealer, name, key) = (WebCryptoSealer::in_memory().unwrap(), free_prefix(), key());
    let spy = spy();
    let outcome = async {
        let sealed = sealer.seal_key(&name, &key, b"bound").await?;
        let state = sealer.seal(&name, &[7; 32], b"bound").await?;
        let opened = sealer.open_key(&name, &sealed, b"bound").await?;
        Ok::<_, SealError>((opened, sealer.open(&name, &state, b"bound").await?))
    }
    .await;
    end_spying(&spy);
    let (opened, state) = outcome.unwrap();
    assert_eq!((opened.address(), state), (key.address(), vec![7; 32]));
    let seen = wasm_bindgen_futures::JsFuture::from(found(&spy)).await.unwrap();
    assert_eq!(seen.as_string().as_deref(), Some(""), "patched built-ins met the bytes");
}
