//! A session's whole life, and no copy of its key in wasm memory whenever it is not in use.
//!
//! The key is made inside the module, so nobody knows it. The search gets it as an attacker would who reads the page's storage: it
//! decrypts the stored record in JavaScript, and keeps what it finds there. It looks for each half, in both byte orders, and written
//! out in hex and base64.

use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::hex;
use hallpass::browser::BrowserClock;
use hallpass::host::{Clock, Host, Store};
use hallpass::session::{Session, SessionError, SessionFault, Status};
use js_sys::Promise;
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use super::page::{App, Page, Visit, act, restore};
use super::player::{call, scope};

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    fn learn(name: &str, sealed: &[u8], bound: &[u8]) -> Promise;
    #[wasm_bindgen(js_name = copiesIn)]
    fn found_in(memory: &JsValue) -> u32;
    fn plant(memory: &JsValue, at: u32, form: u32) -> u32;
}

fn copies() -> u32 {
    found_in(&wasm_bindgen::memory())
}

/// Nothing is left as soon as what was under way has ended: a session that nobody holds asks nothing more.
async fn gone(what: &str) {
    for _ in 0..100 {
        if copies() == 0 {
            return;
        }
        BrowserClock.sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} left a copy");
}

/// Gives the search the key of a session.
async fn learn_key(app: &App, name: &str) {
    let text = app.host().store().get(name).await.unwrap().unwrap();
    let mut terms: Json = serde_json::from_str(&text).unwrap();
    let sealed = terms.as_object_mut().unwrap().remove("sealed").unwrap();
    let bound = json!(["hallpass", terms["v"], "key", app.host().origin(), terms]).to_string();
    let sealed = hex::decode(sealed.as_str().unwrap()).unwrap();
    let length = JsFuture::from(learn(name, &sealed, bound.as_bytes())).await.unwrap();
    assert_eq!(length.as_f64(), Some(32.0));
}

#[wasm_bindgen_test]
async fn the_search_finds_a_key_in_every_form() {
    let visit = Visit::usual();
    let app = visit.open();
    let session = visit.request(&app).await.unwrap();
    learn_key(&app, &session.name()).await;
    session.suspend();
    assert_eq!(copies(), 0);
    let place = vec![0_u8; 64];
    let at = u32::try_from(place.as_ptr().expose_provenance()).unwrap();
    let memory = wasm_bindgen::memory();
    let forms = plant(&memory, at, 0);
    assert_eq!(forms, 24);
    for form in 0..forms {
        plant(&memory, at, form);
        assert!(copies() >= 1, "form {form}: {}", std::hint::black_box(&place).len());
    }
    js_sys::Uint8Array::new_with_length(64).copy_to(&mut std::hint::black_box(place));
    session.forget().await.unwrap();
}

/// Numbers that are the same in every run of a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// One call of a session, good or bad; never fails for another reason than its own.
async fn any_call(dice: &mut Dice, session: &Rc<Session<Page>>) {
    let outcome: Result<(), SessionError> = match dice.throw(10) {
        0 | 1 => act(session).await.map(|_| ()),
        2 => session.prepare(&[super::player::moved(1, 2)], Default::default()).await.map(|_| ()),
        3 => session.send(&[call("buy(uint256,uint256)", 0, &[1, 6])], &|_| ()).await.map(|_| ()),
        4 => session.refresh().await.map(|_| ()),
        5 => session.unlock().await,
        6 => session.lock().await,
        7 => session.narrow(&scope(|_| ())).await,
        8 => {
            let operation = hallpass::userop::v07::UserOperation::default();
            session.sign_operation(&operation).await.map(|_| ())
        }
        _ => {
            session.suspend();
            Ok(())
        }
    };
    match outcome {
        Ok(()) => {}
        Err(error) => assert!(
            matches!(
                *error,
                SessionFault::Locked | SessionFault::OutOfScope(_) | SessionFault::NotAsGranted { .. }
            ),
            "{error}"
        ),
    }
}

#[wasm_bindgen_test]
async fn no_copy_is_left_after_any_order_of_calls() {
    // A thousand and more over the three engines.
    let orders = if super::seams::in_window() { 350 } else { 50 };
    let mut seed = [1; 8];
    getrandom::fill(&mut seed[..7]).unwrap();
    let seed = u64::from_le_bytes(seed);
    console_log!("memory scan: {orders} orders of calls, seed {seed}");
    let mut dice = Dice(seed);
    let visit = Visit::usual();
    let mut app = visit.open();
    let mut session = visit.enabled(&app).await;
    learn_key(&app, &session.name()).await;
    assert!(copies() >= 2, "while the key is in use, the search finds it");
    let mut in_use = 0;
    for order in 0..orders {
        for _ in 0..=dice.throw(3) {
            any_call(&mut dice, &session).await;
        }
        if order % 50 == 49 {
            in_use += u32::from(copies() > 0);
        }
        match dice.throw(8) {
            0 => session.lock().await.unwrap(),
            1 => {
                drop(session);
                app = visit.open();
                session = restore(&app).await.unwrap().unwrap();
                session.suspend();
                gone("the session of a page that is left").await;
            }
            _ => session.suspend(),
        }
        assert_eq!(copies(), 0, "order {order} of seed {seed} left a copy");
        if session.summary().status == Status::Locked {
            session.unlock().await.unwrap();
            session.suspend();
            assert_eq!(copies(), 0, "order {order} of seed {seed} left a copy when it was unlocked");
        }
    }
    console_log!("memory scan: in use at {in_use} of {} looks", orders / 50);
    session.unlock().await.unwrap();
    assert!(copies() >= 2, "it is there again");
    session.forget().await.unwrap();
    assert_eq!(copies(), 0, "forgetting left a copy");
}

#[wasm_bindgen_test]
async fn no_copy_is_left_by_what_fails() {
    let visit = Visit::usual();
    let app = visit.open();
    let session = visit.enabled(&app).await;
    let name = session.name();
    learn_key(&app, &name).await;
    drop(session);
    gone("dropping a session").await;
    let text = app.host().store().get(&name).await.unwrap().unwrap();
    // Another session's terms with this key: it opens for none but its own.
    for altered in
        [text.replace("\"index\":\"0x0\"", "\"index\":\"0x1\""), text.replace("\"v\":1", "\"v\":9")]
    {
        assert_ne!(altered, text);
        app.host().store().put(&name, &altered).await.unwrap();
        assert!(!matches!(restore(&visit.open()).await, Ok(Ok(_))));
        assert_eq!(copies(), 0, "a record that does not open left a copy");
    }
    app.host().store().put(&name, &text).await.unwrap();
    // The wallet says no, the chain is away, the bundler refuses.
    let session = restore(&app).await.unwrap().unwrap();
    for method in ["eth_sendUserOperation", "eth_estimateUserOperationGas", "eth_call"] {
        visit.chain.fail_next(method, super::chain::refused("no"));
        let _ = act(&session).await;
        session.suspend();
        assert_eq!(copies(), 0, "a refused {method} left a copy");
    }
    visit.leave().await;
    assert_eq!(copies(), 0);
}
