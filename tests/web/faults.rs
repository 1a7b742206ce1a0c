//! Storage of a real browser that is altered, cut, swapped, full, or aborted at any write: always all or a typed error.

use std::time::Duration;

use alloy_primitives::hex;
use futures_util::future::{Either, select};
use hallpass::browser::BrowserClock;
use hallpass::error::Error;
use hallpass::host::{Clock, Host, Store};
use hallpass::session::{NoSession, SessionError, SessionFault, Status};
use serde_json::Value as Json;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use super::page::{App, Visit, act, restore};
use super::player::scope;
use super::seams::in_window;

#[wasm_bindgen(module = "/tests/web/in_page.js")]
extern "C" {
    #[wasm_bindgen(js_name = writesSoFar)]
    fn writes_so_far() -> u32;
    fn upset(kind: &str, at: i32);
    fn settle();
}

/// A step that hangs fails with its name.
async fn within<T>(what: &str, step: impl Future<Output = T>) -> T {
    match select(Box::pin(step), Box::pin(BrowserClock.sleep(Duration::from_secs(8)))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => panic!("{what} hangs"),
    }
}

type Found = Result<Result<Status, NoSession>, SessionError>;

async fn found(app: &App) -> Found {
    Ok(restore(app).await?.map(|session| session.summary().status))
}

fn is_refused(found: &Found) -> bool {
    match found {
        Ok(found) => matches!(found, Err(NoSession::StorageLost | NoSession::None)),
        Err(error) => *error == SessionFault::NewerRecord,
    }
}

#[wasm_bindgen_test]
async fn every_altered_byte_and_every_cut_is_noticed() {
    let visit = Visit::usual();
    let name = visit.enabled(&visit.open()).await.name();
    let (app, state_name) = (visit.open(), format!("state/{name}"));
    let host = app.host();
    let mut cases = 0;
    for (store, name) in [(host.store(), &name), (host.states(), &state_name)] {
        let text = store.get(name).await.unwrap().unwrap();
        // Workers see the same storage: there, every fifth.
        for at in (0..text.len()).step_by(if in_window() { 1 } else { 5 }) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            for altered in [String::from_utf8(bytes).unwrap(), text[..at].to_owned()] {
                store.put(name, &altered).await.unwrap();
                let found = found(&app).await;
                assert!(is_refused(&found), "byte {at} of {name}: {found:?}");
                cases += 1;
            }
        }
        store.put(name, &text).await.unwrap();
    }
    assert_eq!(found(&app).await, Ok(Ok(Status::Enabled)), "as it was");
    console_log!("storage faults: {cases} alterations");
    assert!(cases >= 2000, "{cases}");
    visit.leave().await;
}

/// What of two sessions is exchanged between them.
async fn texts(app: &App, name: &str) -> [String; 2] {
    let host = app.host();
    let state = host.states().get(&format!("state/{name}")).await.unwrap().unwrap();
    [host.store().get(name).await.unwrap().unwrap(), state]
}

#[wasm_bindgen_test]
async fn nothing_of_another_session_account_origin_or_version_fits() {
    let (visit, other) = (Visit::usual(), Visit::usual());
    let app = visit.open();
    let mine = visit.enabled(&app).await.name();
    let theirs = other.enabled(&other.open()).await.name();
    let [record, state] = texts(&app, &mine).await;
    let [their_record, their_state] = texts(&app, &theirs).await;
    // The other one's own is out of the way, so that only what is exchanged can be found.
    app.host().store().remove(&theirs).await.unwrap();
    let read = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let with = |name: &str, value: Json| {
        let mut changed = read(&record);
        changed[name] = value;
        changed.to_string()
    };
    let mut cases = vec![
        (their_record.clone(), state.clone()),
        (record.clone(), their_state.clone()),
        (their_record.clone(), their_state),
        (with("sealed", read(&their_record)["sealed"].clone()), state.clone()),
        (with("v", 3.into()), state.clone()),
        (record.clone(), hex::encode([0; 200])),
        (record.clone(), String::new()),
    ];
    let fields: Vec<String> = read(&record).as_object().unwrap().keys().cloned().collect();
    for name in fields.iter().filter(|name| read(&their_record)[*name] != read(&record)[*name]) {
        cases.push((with(name, read(&their_record)[name].clone()), state.clone()));
    }
    for (record, state) in &cases {
        app.host().store().put(&mine, record).await.unwrap();
        app.host().states().put(&format!("state/{mine}"), state).await.unwrap();
        let found = found(&visit.open()).await;
        assert!(is_refused(&found), "{found:?} with {record}");
    }
    app.host().store().put(&mine, &record).await.unwrap();
    app.host().states().put(&format!("state/{mine}"), &state).await.unwrap();
    let foreign = found(&visit.open_from(Some("https://other.example"))).await;
    assert_eq!(foreign, Ok(Err(NoSession::StorageLost)), "sealed for this origin");
    assert_eq!(found(&visit.open()).await, Ok(Ok(Status::Enabled)));
    console_log!("storage faults: {} exchanges", cases.len() + 1);
    visit.leave().await;
}

#[wasm_bindgen_test]
async fn what_is_missing_is_told_and_can_be_asked_for_again() {
    for missing in ["record", "state", "key"] {
        let visit = Visit::usual();
        let app = visit.open();
        let name = within("enabling", visit.enabled(&app)).await.name();
        let host = app.host();
        match missing {
            "record" => host.store().remove(&name).await.unwrap(),
            "state" => host.states().remove(&format!("state/{name}")).await.unwrap(),
            _ => hallpass::host::Sealer::forget(host.sealer(), &name).await.unwrap(),
        }
        let expected = if missing == "record" { NoSession::None } else { NoSession::StorageLost };
        let next = visit.open();
        assert_eq!(within("looking", found(&next)).await, Ok(Err(expected)), "{missing}");
        within("removing", host.store().remove(&name)).await.unwrap();
        let session = within("asking", visit.request(&next)).await.unwrap();
        assert!(within("acting", act(&session)).await.unwrap());
        within("leaving", visit.leave()).await;
    }
}

/// Asked for, used, locked and unlocked, used again.
async fn live(visit: &Visit) -> Result<(), SessionError> {
    let session = visit.request(&visit.open()).await?;
    act(&session).await?;
    session.lock().await?;
    session.unlock().await?;
    session.suspend();
    act(&session).await?;
    session.narrow(&scope(|_| ())).await
}

#[wasm_bindgen_test]
async fn any_write_may_fail_or_be_undone() {
    let visit = Visit::usual();
    upset("none", -1);
    live(&visit).await.unwrap();
    let writes = i32::try_from(writes_so_far()).unwrap();
    settle();
    visit.leave().await;
    assert!(writes > 8, "{writes} writes");
    let (mut cases, mut went_on) = (0, 0);
    for kind in ["quota", "failed", "abort"] {
        for at in 0..writes {
            let visit = Visit::usual();
            upset(kind, at);
            let outcome = live(&visit).await;
            settle();
            if let Err(fault) = outcome {
                let code = Error::from(fault).code().to_owned();
                let typed = ["storage.quota", "storage.failed", "storage.unavailable"];
                assert!(typed.contains(&code.as_str()), "{kind} at {at}: {code}");
            }
            // The next page finds the session as it was, or none.
            let what = format!("{kind} at {at} of {writes}");
            match restore(&visit.open()).await {
                Ok(Ok(session)) => {
                    if session.summary().status == Status::Locked {
                        session.unlock().await.unwrap();
                    }
                    assert_eq!(session.summary().scope.hash(), scope(|_| ()).hash(), "{what}");
                    let spent = session.remaining().gas;
                    assert!(act(&session).await.unwrap(), "{what}");
                    assert!(session.remaining().gas < spent, "{what}");
                    went_on += 1;
                }
                Ok(Err(reason)) => {
                    assert!(matches!(reason, NoSession::None | NoSession::StorageLost), "{what}: {reason:?}");
                }
                Err(fault) => panic!("{what}: {fault}"),
            }
            visit.leave().await;
            cases += 1;
        }
    }
    console_log!("storage faults: {cases} writes upset, {went_on} sessions went on");
    assert!(went_on > 0, "not all may be lost");
}
