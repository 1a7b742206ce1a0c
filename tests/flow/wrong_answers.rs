//! One answer that is wrong, or a page that slept: none of them decides what becomes of an operation.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use hallpass::error::Error;
use hallpass::host::{Clock, RpcFault};
use hallpass::session::{AtLeast, Fate, News, Stage, TIMEOUT};
use hallpass::testing::{Fault, Faults, FaultyStore, block_on};
use serde_json::{Value as Json, json};

use super::chain::refused;
use super::fate::{move_to, news, timed, waiting_move};
use super::send::nonces;
use super::setup::{World, call, moved, scope};

const GET_NONCE: &str = "0x35567e1a";

/// Answers `wrong` instead, the first time that it says something.
fn once(world: &World, wrong: impl Fn(&str, &Json) -> Option<Json> + 'static) -> Rc<Cell<bool>> {
    let told = Rc::new(Cell::new(false));
    let shared = Rc::clone(&told);
    world.chain.rule(move |_, method, params| {
        let wrong = (!shared.get()).then(|| wrong(method, params)).flatten()?;
        shared.set(true);
        Some(Ok(wrong))
    });
    told
}

#[test]
fn a_number_of_its_lane_that_nothing_explains_is_asked_for_again() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let told = once(&world, |method, params| {
            let data = params[0]["data"].as_str().unwrap_or_default();
            (method == "eth_call" && data.starts_with(GET_NONCE)).then(|| json!(format!("0x{:0>64}", "7")))
        });
        for x in 0..3 {
            assert!(move_to(&session, x).await.unwrap());
        }
        assert!(told.get());
        assert_eq!(nonces(&world), [(0, 0), (0, 1), (0, 2)]);
    });
}

#[test]
fn a_block_number_from_far_away_hides_nothing() {
    block_on(async {
        let world = World::new();
        world.chain.state.borrow_mut().patience = 0;
        // A node that takes the block it is asked from seriously.
        let lied = Rc::new(Cell::new(false));
        let shared = Rc::clone(&lied);
        world.chain.rule(move |state, method, params| match method {
            "eth_getBlockByNumber" if !shared.replace(true) => {
                let mut block = state.answer(method, params).unwrap();
                block["number"] = json!("0x3b9aca00");
                Some(Ok(block))
            }
            "eth_getLogs" if params[0]["fromBlock"].as_str().unwrap().len() > 4 => Some(Ok(json!([]))),
            "eth_getUserOperationReceipt" => Some(Ok(Json::Null)),
            _ => None,
        });
        let session = world.request().await.unwrap();
        assert!(lied.get());
        let sent = session.begin(&[moved(1, 1)], TIMEOUT).unwrap();
        let (landed, took) = timed(&world, sent.included()).await;
        assert!(landed.unwrap().success && took < 660_000, "{took} ms");
    });
}

#[test]
fn one_false_time_of_a_final_block_drops_nothing() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.keep_back("AA21 didn't pay prefund");
        let sent = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        assert!(sent.included().await.is_err());
        let told = once(&world, |method, params| {
            let is_it = method == "eth_getBlockByNumber" && params[0] == "finalized";
            is_it.then(|| json!({ "number": "0x5", "timestamp": "0xffffffff" }))
        });
        while !told.get() {
            world.host.clock.sleep(Duration::from_secs(10)).await;
        }
        world.host.clock.sleep(Duration::from_secs(60)).await;
        assert_eq!(session.operations()[0].stage, Stage::Unknown, "it may land all the same");
    });
}

#[test]
fn a_page_that_slept_looks_before_it_says_that_nobody_knows() {
    block_on(async {
        let world = World::new();
        let (session, sent) = waiting_move(&world).await;
        // Eleven minutes at once, in which it landed.
        world.chain.let_land();
        world.host.clock.advance(Duration::from_secs(660));
        assert!(session.included(sent).await.unwrap().success);
    });
}

#[test]
fn what_a_bundler_never_has_a_receipt_of_is_seen_on_chain() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().patience = usize::MAX;
        world.chain.rule(|_, method, _| (method == "eth_getUserOperationReceipt").then_some(Ok(Json::Null)));
        let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap();
        world.host.clock.sleep(Duration::from_secs(30)).await;
        world.chain.let_land();
        let (landed, took) = timed(&world, session.included(sent)).await;
        assert!(landed.unwrap().success && took < 60_000, "{took} ms");
    });
}

#[test]
fn the_same_calls_again_are_another_operation_with_a_fate_of_its_own() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.keep_back("bundler overloaded");
        let first = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        assert!(first.included().await.is_err());
        let again = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        let landed = again.included().await.unwrap();
        let News::Replaced { hash, by } = first.next().await else { panic!("not replaced") };
        assert_eq!(by, landed.user_op_hash);
        assert_ne!(hash, by);
        let fates = [first.id(), again.id()].map(|id| world.client.operation(id));
        let [Ok(first), Ok(again)] = <[_; 2]>::try_from(futures_util::future::join_all(fates).await).unwrap()
        else {
            panic!("one is not known")
        };
        assert_eq!(first.fate, Some(Fate::Replaced { by }));
        assert!(matches!(again.fate, Some(Fate::Included { success: true, .. })));
    });
}

#[test]
fn what_was_taken_before_is_not_given_back_to_a_narrower_total() {
    block_on(async {
        let world = World::new();
        let wanted = |limit: u64| scope(|json| json["spend"][0]["limit"] = json!(limit));
        let session = world.request_for(&wanted(100)).await.unwrap();
        assert!(move_to(&session, 1).await.unwrap());
        let buy = |wei| session.begin(&[call("buy(uint256,uint256)", wei, &[1, 1])], TIMEOUT).unwrap();
        let refusing = Rc::new(Cell::new(true));
        let shared = Rc::clone(&refusing);
        world.chain.rule(move |state, method, params| match method {
            "eth_sendUserOperation" if shared.replace(false) => Some(Err(refused("bundler overloaded"))),
            "eth_getBlockByNumber" if params[0] == "finalized" => {
                let mut block = state.answer(method, params).ok()?;
                block["number"] = json!("0x1");
                Some(Ok(block))
            }
            _ => None,
        });
        assert!(buy(50).included().await.is_err());
        assert!(move_to(&session, 2).await.unwrap(), "in the place of what was refused");
        session.narrow(&wanted(10)).await.unwrap();
        let cheap = buy(10);
        assert!(cheap.included().await.unwrap().success);
        world.chain.rule(|_, _, _| None);
        session.await_final(cheap.id());
        while !matches!(cheap.next().await, News::Final { .. }) {}
        world.host.clock.sleep(Duration::from_secs(300)).await;
        let refusal = session.begin(&[call("buy(uint256,uint256)", 10, &[1, 1])], TIMEOUT);
        assert!(refusal.is_err(), "the narrower total is used up");
    });
}

#[test]
fn a_renewed_session_stays_until_what_it_has_open_has_its_fate() {
    block_on(async {
        let world = World::new();
        let old = world.enabled().await;
        world.chain.state.borrow_mut().patience = usize::MAX;
        let sent = old.send(&[moved(2, 2)], &|_| ()).await.unwrap();
        let end = hallpass::time::Timestamp::from_seconds(super::setup::NOW + 7200).unwrap();
        let new = old.renew(&world.owner(), end, &|_| ()).await.unwrap();
        world.chain.state.borrow_mut().patience = 0;
        assert!(move_to(&new, 3).await.unwrap());
        assert_eq!(world.client.operation(sent.id()).await.unwrap().stage, Stage::Sent);
        world.chain.let_land();
        assert!(old.included(sent).await.unwrap().success);
        world.host.clock.sleep(Duration::from_secs(120)).await;
        assert_eq!(world.client.list().await.unwrap().len(), 1, "now it is gone");
        let found = world.another_tab().restore(&scope(|_| ()), None, AtLeast::default()).await;
        assert!(found.unwrap().is_ok());
    });
}

#[test]
fn what_an_open_operation_becomes_is_told_to_whoever_restores_its_session_later() {
    block_on(async {
        let world = World::new();
        let (session, sent) = waiting_move(&world).await;
        let id = sent.id().to_owned();
        drop((session, sent));
        world.client.host().page.close();
        let tab = world.another_tab();
        let wider = scope(|json| json["calls"][1]["args"][1] = json!({ "lte": 6 }));
        for _ in 0..3 {
            assert!(tab.restore(&wider, None, AtLeast::default()).await.unwrap().is_err());
        }
        let session = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        world.chain.let_land();
        let told = news(&world, &session, 30).await;
        assert!(told.iter().any(|(of, news)| *of == id && matches!(news, News::Included(_))), "{told:?}");
    });
}

#[test]
fn storage_that_stops_answering_fails_and_what_it_wrote_all_the_same_is_known() {
    // Whenever a move has its state read or written, whether that is done or not.
    for fault in [Fault::DiesBefore, Fault::DiesAfter] {
        for step in 0..6 {
            block_on(async {
                let faults = Faults::default();
                let states = Rc::new(FaultyStore::new(faults.clone()));
                let world = World::with_host(|mut host| {
                    host.states = states;
                    host
                });
                let session = world.enabled().await;
                faults.plan(step, fault.clone());
                let begun = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
                let (outcome, took) = timed(&world, begun.included()).await;
                assert!(faults.has_struck() && took < 60_000, "{fault:?} at step {step}: {took} ms");
                faults.clear();
                let landed = nonces(&world).len();
                assert_eq!(landed, usize::from(outcome.is_ok()), "{fault:?} at step {step}: {outcome:?}");
                if landed == 0 {
                    // What is stored of it is handed over by the next page, though the app was told that it is not sent.
                    drop((session, begun));
                    world.client.host().page.close();
                    let tab = world.another_tab();
                    let found = tab.restore(&scope(|_| ()), None, AtLeast::default()).await;
                    world.host.clock.sleep(Duration::from_secs(60)).await;
                    assert_eq!(nonces(&world), [], "{fault:?} at step {step}");
                    drop(found);
                    return;
                }
                assert!(move_to(&session, 3).await.unwrap(), "nothing stays locked");
                assert_eq!(nonces(&world).len(), landed + 1);
            });
        }
    }
}

#[test]
fn an_endpoint_that_does_not_know_a_method_is_told_as_the_wrong_address() {
    for (method, wanted) in [
        ("eth_estimateUserOperationGas", "bundler.unsupported"),
        ("eth_sendUserOperation", "bundler.unsupported"),
        ("eth_getCode", "chain.unsupported"),
    ] {
        block_on(async {
            let world = World::new();
            let session = world.request().await.unwrap();
            world.chain.rule(move |_, asked, _| {
                (asked == method).then(|| {
                    let message = format!("the method {asked} does not exist/is not available");
                    Err(RpcFault::Answer { code: -32601, message, data: Json::Null }.into())
                })
            });
            let error = Error::from(move_to(&session, 2).await.unwrap_err());
            assert_eq!(error.code(), wanted, "{error}");
            assert!(error.remedy().contains("address"), "{}", error.remedy());
            world.chain.rule(|_, _, _| None);
            assert!(move_to(&session, 2).await.unwrap(), "{method}");
        });
    }
}
