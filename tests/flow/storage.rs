//! Storage that fails, is altered, or belongs to somebody else; pages that die at any step. Always all or a typed error.

use std::rc::Rc;
use std::time::Duration;

use hallpass::error::Error;
use hallpass::host::{SealError, Store, StoreError};
use hallpass::scope::Scope;
use hallpass::session::{AtLeast, Client, NoSession, SessionError, SessionFault, Status};
use hallpass::testing::{Fault, TestHost, block_on, run_until};

use serde_json::{Value as Json, json};

use super::setup::{World, moved, scope};

type Found = Result<Result<Status, NoSession>, SessionError>;

/// A whole life: asked for, used, locked and unlocked, narrowed, used again, forgotten.
async fn live(world: &World, client: &Rc<Client<TestHost>>) -> Result<(), SessionError> {
    let wanted = scope(|json| json["limits"]["operations"] = json!(50));
    let terms = super::setup::terms(&wanted, 3600);
    let session = client.request(&world.owner(), &terms, &|_| ()).await?;
    for step in 0..3_u8 {
        let sent = session.send(&[moved(1, 1)], &|_| ()).await?;
        session.included(sent).await?;
        match step {
            0 => {
                session.lock().await?;
                session.unlock().await?;
                session.suspend();
            }
            1 => session.narrow(&narrow()).await?,
            _ => {}
        }
    }
    session.forget().await
}

fn narrow() -> Scope {
    scope(|json| {
        json["limits"]["operations"] = json!(50);
        json["calls"] = json!([json["calls"][0]]);
    })
}

/// Runs until it is done, or until the page that it runs in has died.
fn run<T>(world: &World, tab: &Client<TestHost>, work: impl Future<Output = T>) -> Option<T> {
    let outcome = run_until(work, || world.host.faults.has_struck());
    tab.host().page.close();
    outcome
}

/// What the next page finds must be the session as it was, or a reason.
async fn check_what_is_left(world: &World, what: &str) -> bool {
    world.host.faults.clear();
    let found = world.another_tab().restore(&narrow(), None, AtLeast::default()).await;
    let session = match found {
        Ok(Ok(session)) => session,
        Ok(Err(reason)) => {
            assert!(matches!(reason, NoSession::None | NoSession::StorageLost), "{what}: {reason:?}");
            return false;
        }
        Err(fault) => panic!("{what}: {fault}"),
    };
    if session.summary().status == Status::Locked {
        session.unlock().await.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    }
    let taken = world.chain.operations().len() as u64;
    let counted = 50 - session.remaining().operations.unwrap();
    assert!(counted >= taken, "{what}: {taken} operations were taken and {counted} counted");
    let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    assert!(session.included(sent).await.unwrap().success, "{what}");
    true
}

/// How many steps of storage a life has.
fn steps() -> usize {
    let world = World::new();
    world.host.faults.clear();
    block_on(live(&world, &world.another_tab())).unwrap();
    world.host.faults.steps()
}

#[test]
fn a_page_may_die_at_any_step_of_storage() {
    let (steps, mut alive) = (steps(), 0);
    for step in 0..steps {
        for fault in [Fault::DiesBefore, Fault::DiesAfter] {
            let world = World::new();
            let what = format!("{fault:?} {step} of {steps}");
            {
                let tab = world.another_tab();
                world.host.faults.plan(step, fault);
                assert!(run(&world, &tab, live(&world, &tab)).is_none(), "{what}");
            }
            alive += usize::from(block_on(check_what_is_left(&world, &what)));
            block_on(async {
                world.host.clock.advance(Duration::from_secs(90_001));
                for _ in 0..2 {
                    world.another_tab().list().await.unwrap();
                    world.host.clock.advance(Duration::from_secs(601));
                }
                let left = world.host.states.names("").await.unwrap();
                assert_eq!(
                    (world.host.sealer.held(), left),
                    (0, vec![]),
                    "{what}: in the end nothing is left"
                );
            });
        }
    }
    assert!(steps > 60 && alive > steps, "{steps} steps, {alive} went on");
}

#[test]
fn storage_may_fail_at_any_step() {
    let steps = steps();
    for step in 0..steps {
        for fault in [StoreError::Quota, StoreError::Failed { detail: "as planned".into() }] {
            let world = World::new();
            let what = format!("{fault} at {step} of {steps}");
            let outcome = {
                let tab = world.another_tab();
                world.host.faults.plan(step, Fault::Fails(fault));
                block_on(live(&world, &tab))
            };
            // Housekeeping may fail without anybody noticing; anything else is told.
            if let Err(fault) = outcome {
                let code = Error::from(fault).code().to_owned();
                assert!(["storage.quota", "storage.failed"].contains(&code.as_str()), "{what}: {code}");
            }
            block_on(check_what_is_left(&world, &what));
        }
    }
}

#[test]
fn where_a_new_session_cannot_be_kept_the_next_place_is_taken() {
    for places in 0..3 {
        let world = World::new();
        world.host.places_below.set(places);
        // Steps of housekeeping before the key is sealed.
        let before = {
            world.host.faults.clear();
            block_on(world.client.list()).unwrap();
            world.host.faults.steps()
        };
        for step in before..before + 8 {
            let world = World::new();
            block_on(world.client.list()).unwrap();
            world.host.places_below.set(places);
            world.host.faults.plan(step, Fault::Fails(StoreError::Quota));
            let outcome = block_on(world.request());
            let downgrades = world.host.downgrades.borrow();
            match outcome {
                Ok(session) => {
                    assert_eq!(session.summary().status, Status::Granted);
                    assert!(downgrades.iter().all(|cause| *cause == SealError::Store(StoreError::Quota)));
                }
                Err(fault) => assert_eq!(fault, SessionError::from(SessionFault::Store(StoreError::Quota))),
            }
            assert!(downgrades.len() <= places.min(1), "one fault, one step down");
        }
    }
}

#[test]
fn a_place_that_does_not_even_open_is_left_when_a_session_is_asked_for() {
    block_on(async {
        let world = World::new();
        world.host.places_below.set(1);
        let fault = StoreError::Failed { detail: "it does not open".into() };
        world.host.faults.plan(0, Fault::Fails(fault.clone()));
        assert_eq!(
            found(&world).await,
            Err(SessionError::from(SessionFault::Store(fault.clone()))),
            "what is there is not known"
        );
        world.host.faults.plan(0, Fault::Fails(fault.clone()));
        assert_eq!(world.request().await.unwrap().summary().status, Status::Granted);
        assert_eq!(*world.host.downgrades.borrow(), [SealError::Store(fault)]);
        // What the browser does not offer at all holds nothing.
        let world = World::new();
        world.host.places_below.set(1);
        let refused = StoreError::Unavailable { what: "storage", detail: "private".into() };
        world.host.faults.plan(0, Fault::Fails(refused));
        assert_eq!(found(&world).await, Ok(Err(NoSession::None)));
        assert_eq!(world.host.downgrades.borrow().len(), 1);
    });
}

async fn found(world: &World) -> Found {
    let found = world.another_tab().restore(&scope(|_| ()), None, AtLeast::default()).await?;
    Ok(found.map(|session| session.summary().status))
}

#[test]
fn an_altered_byte_never_gives_a_session() {
    block_on(async {
        let world = World::new();
        let name = world.enabled().await.name();
        let state_name = format!("state/{name}");
        let mut cases = 0;
        for (store, name) in [(&world.host.store, &name), (&world.host.states, &state_name)] {
            let text = store.get(name).await.unwrap().unwrap();
            for at in 0..text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1;
                let cut = text[..at].to_owned();
                for altered in [String::from_utf8(bytes).unwrap(), cut] {
                    store.put(name, &altered).await.unwrap();
                    let found = found(&world).await;
                    let refused = match &found {
                        Ok(found) => matches!(found, Err(NoSession::StorageLost | NoSession::None)),
                        Err(error) => *error == SessionFault::NewerRecord,
                    };
                    assert!(refused, "byte {at} of {name}: {found:?}");
                    cases += 1;
                }
            }
            store.put(name, &text).await.unwrap();
        }
        assert_eq!(found(&world).await, Ok(Ok(Status::Enabled)));
        assert!(cases > 4000, "{cases}");
    });
}

#[test]
fn nothing_of_another_session_fits() {
    block_on(async {
        let world = World::new();
        let (first, second) = (world.enabled().await.name(), world.request().await.unwrap().name());
        let (store, states) = (&world.host.store, &world.host.states);
        let record = |name: String| async move { store.get(&name).await.unwrap().unwrap() };
        let state =
            |name: String| async move { states.get(&format!("state/{name}")).await.unwrap().unwrap() };
        let originals = (record(first.clone()).await, state(first.clone()).await);
        // Another session's record, key or state under this one's name.
        let (other, other_state) = (record(second.clone()).await, state(second.clone()).await);
        store.remove(&second).await.unwrap();
        store.put(&first, &other).await.unwrap();
        assert_eq!(found(&world).await, Ok(Err(NoSession::StorageLost)));
        let read = |text: &str| serde_json::from_str::<Json>(text).unwrap();
        let mut mixed = read(&originals.0);
        mixed["sealed"] = read(&other)["sealed"].clone();
        store.put(&first, &mixed.to_string()).await.unwrap();
        assert_eq!(found(&world).await, Ok(Err(NoSession::StorageLost)));
        store.put(&first, &originals.0).await.unwrap();
        states.put(&format!("state/{first}"), &other_state).await.unwrap();
        assert_eq!(found(&world).await, Ok(Err(NoSession::StorageLost)));
        states.remove(&format!("state/{first}")).await.unwrap();
        assert_eq!(found(&world).await, Ok(Err(NoSession::StorageLost)));
        states.put(&format!("state/{first}"), &originals.1).await.unwrap();
        assert_eq!(found(&world).await, Ok(Ok(Status::Enabled)));
    });
}

#[test]
fn a_newer_record_is_refused_with_words() {
    block_on(async {
        let world = World::new();
        let name = world.enabled().await.name();
        let text = world.host.store.get(&name).await.unwrap().unwrap();
        world.host.store.put(&name, &text.replace("\"v\":1,", "\"v\":2,")).await.unwrap();
        let fault = found(&world).await.unwrap_err();
        assert_eq!(Error::from(fault.clone()).code(), "storage.newer");
        assert!(fault.to_string().contains("newer version"), "{fault}");
        assert!(world.another_tab().list().await.unwrap().is_empty());
        assert_eq!(world.host.sealer.held(), 1, "it is left alone");
    });
}
