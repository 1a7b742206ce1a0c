//! The fate of operations: what endpoints say is one thing, what the chain shows another.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use hallpass::error::Error;
use hallpass::host::{Clock, RpcError, RpcFault};
use hallpass::session::{
    AtLeast, News, NoSession, Sending, Session, SessionError, SessionEvent, SessionFault, Stage, Status,
    TIMEOUT, Watched,
};
use hallpass::testing::{TestHost, block_on};
use serde_json::{Value as Json, json};

use super::chain::{refused, unreachable};
use super::send::nonces;
use super::setup::{BOARD, World, call, moved, scope};

async fn buy(session: &Rc<Session<TestHost>>, wei: u64) -> Result<bool, SessionError> {
    let sent = session.send(&[call("buy(uint256,uint256)", wei, &[1, 1])], &|_| ()).await?;
    Ok(session.included(sent).await?.success)
}

pub async fn move_to(session: &Rc<Session<TestHost>>, x: u64) -> Result<bool, SessionError> {
    let sent = session.begin(&[moved(x, x)], TIMEOUT)?;
    Ok(sent.included().await?.success)
}

fn code(fault: SessionError) -> &'static str {
    Error::from(fault).code()
}

/// Milliseconds that something takes.
pub async fn timed<T>(world: &World, work: impl Future<Output = T>) -> (T, u64) {
    let begin = Clock::millis(&world.host.clock);
    let outcome = work.await;
    (outcome, Clock::millis(&world.host.clock) - begin)
}

/// An enabled session, and a move of it that a bundler took and no block has yet.
pub async fn waiting_move(world: &World) -> (Rc<Session<TestHost>>, Sending) {
    let session = world.enabled().await;
    world.chain.state.borrow_mut().patience = usize::MAX;
    let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap();
    (session, sent)
}

/// The news of a session's operations within so many seconds.
pub async fn news(world: &World, session: &Session<TestHost>, seconds: u64) -> Vec<(String, News)> {
    let (watch, mut told) = (session.watch(), Vec::new());
    let mut end = Box::pin(world.host.clock.sleep(Duration::from_secs(seconds)));
    loop {
        match select(Box::pin(watch.next()), &mut end).await {
            Either::Left((Watched::Event(SessionEvent::Operation { id, news }), _)) => told.push((id, *news)),
            Either::Left((Watched::Elsewhere(said), _)) => session.read_anew(said).await,
            Either::Left(_) => {}
            Either::Right(_) => return told,
        }
    }
}

#[test]
fn of_operations_for_one_nonce_the_totals_count_one() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["spend"][0]["limit"] = json!(100));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(buy(&session, 0).await.unwrap());
        world.chain.fail_next("eth_sendUserOperation", refused("AA23 reverted 0x59d52e40"));
        assert!(buy(&session, 50).await.is_err());
        assert!(buy(&session, 50).await.unwrap());
        assert!(buy(&session, 50).await.unwrap());
        let fault = buy(&session, 1).await.unwrap_err();
        assert!(matches!(*fault, SessionFault::OutOfScope(_)), "{fault}");
    });
}

#[test]
fn already_known_in_any_words_after_a_lost_answer_is_taken() {
    let words = [
        (-32602, "Already known"),
        (-32602, "UserOperation already known: same hash in mempool"),
        (-32000, "already known"),
        (-32602, "AA25 invalid account nonce: User operation already present in mempool"),
    ];
    for (number, text) in words {
        block_on(async {
            let world = World::new();
            let session = world.enabled().await;
            let mut sends = 0;
            // The bundler has it, but neither its index nor the chain shows it yet.
            world.chain.rule(move |state, method, _| match method {
                "eth_sendUserOperation" => {
                    sends += 1;
                    match sends {
                        1 => Some(Err(unreachable())),
                        2 => Some(Err(RpcError::from(RpcFault::Answer {
                            code: number,
                            message: text.to_owned(),
                            data: Json::Null,
                        }))),
                        _ => None,
                    }
                }
                "eth_getUserOperationReceipt" if sends == 2 => {
                    sends = 3;
                    state.take(&state.offered.clone().expect("an operation")).unwrap();
                    Some(Ok(Json::Null))
                }
                _ => None,
            });
            assert!(move_to(&session, 2).await.unwrap(), "{text}");
            assert_eq!(nonces(&world), [(0, 0)]);
        });
    }
}

#[test]
fn what_was_refused_and_landed_is_told_as_success() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        for text in ["AA23 reverted 0x59d52e40", "AA25 invalid account nonce", "replacement underpriced"] {
            world.chain.refuse_but_take(text);
            assert!(move_to(&session, 2).await.unwrap(), "{text}");
        }
        assert_eq!(nonces(&world), [(0, 0), (0, 1), (0, 2)]);
    });
}

#[test]
fn an_index_that_hides_what_landed_does_not_hide_it_from_the_app() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().patience = 0;
        world.chain.rule(|_, method, _| {
            matches!(method, "eth_getUserOperationReceipt" | "eth_getUserOperationByHash")
                .then_some(Ok(Json::Null))
        });
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap() && took < 5_000, "{took} ms");
    });
}

#[test]
fn what_a_bundler_forgot_is_offered_again() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.forget_next();
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap() && took < 60_000, "{took} ms");
        assert_eq!(nonces(&world), [(0, 0)]);
    });
}

#[test]
fn a_receipt_that_nobody_can_read_is_replaced_by_the_chain_s_event() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().patience = 0;
        world.chain.rule(|_, method, _| {
            (method == "eth_getUserOperationReceipt").then_some(Ok(json!({ "success": "perhaps" })))
        });
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap() && took < 60_000, "{took} ms");
    });
}

#[test]
fn a_receipt_that_lies_is_corrected_by_the_chain_s_event() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let mut failures = 0;
        world.chain.rule(move |state, method, params| match method {
            "eth_getUserOperationReceipt" => Some(state.answer(method, params).map(|mut receipt| {
                if !receipt.is_null() {
                    receipt["success"] = json!(false);
                }
                receipt
            })),
            // A node that shows no logs, until it does.
            "eth_getLogs" if failures < 6 => {
                failures += 1;
                Some(Err(refused("query returned more than 10000 results")))
            }
            _ => None,
        });
        let sent = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        assert!(sent.included().await.unwrap().success, "as the transaction's logs say");
    });
}

#[test]
fn a_bundler_that_never_answered_is_given_up_soon_and_one_that_had_is_waited_for() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        let is_bundler = |method: &str| method.contains("UserOperation") || method.starts_with("pimlico");
        world.chain.rule(move |_, method, _| is_bundler(method).then(|| Err(unreachable())));
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert_eq!(code(outcome.unwrap_err()), "bundler.unreachable");
        assert!(took <= 10_000, "{took} ms");
        let world = World::new();
        let session = world.enabled().await;
        let (clock, up) = (world.host.clock.clone(), Clock::millis(&world.host.clock) + 60_000);
        world.chain.rule(move |_, method, _| {
            (is_bundler(method) && Clock::millis(&clock) < up).then(|| Err(unreachable()))
        });
        let (one, two) = join(move_to(&session, 2), move_to(&session, 3)).await;
        assert!(one.unwrap() && two.unwrap());
        assert_eq!(nonces(&world), [(0, 0), (0, 1)]);
    });
}

#[test]
fn what_lands_after_it_was_given_up_is_told_late() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.keep_back("AA23 reverted 0x59d52e40");
        let sent = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        assert_eq!(code(sent.included().await.unwrap_err()), "bundler.simulation");
        world.chain.land_kept();
        let told = news(&world, &session, 60).await;
        let is_late = |(id, news): &(String, News)| id == sent.id() && matches!(news, News::LandedLate(_));
        assert!(told.iter().any(is_late), "{told:?}");
        assert!(move_to(&session, 3).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0), (0, 1)]);
    });
}

#[test]
fn a_reload_finds_the_open_operation_and_tells_its_fate() {
    block_on(async {
        let world = World::new();
        let (session, sent) = waiting_move(&world).await;
        let id = sent.id().to_owned();
        world.host.clock.sleep(Duration::from_secs(1)).await;
        world.client.host().page.close();
        drop((session, sent));
        let tab = world.another_tab();
        assert_eq!(tab.operation(&id).await.unwrap().stage, Stage::Sent);
        let session = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        world.chain.let_land();
        let told = news(&world, &session, 60).await;
        assert!(told.iter().any(|(of, news)| *of == id && matches!(news, News::Included(_))), "{told:?}");
        assert!(matches!(tab.operation(&id).await.unwrap().stage, Stage::Included | Stage::Final));
    });
}

#[test]
fn a_block_that_is_taken_back_after_its_page_is_gone_is_noticed_by_the_next_page() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.end_finality();
        let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap();
        let id = sent.id().to_owned();
        let hash = session.included(sent).await.unwrap().user_op_hash;
        world.client.host().page.close();
        drop(session);
        world.chain.take_back();
        let tab = world.another_tab();
        assert_eq!(tab.operation(&id).await.unwrap().stage, Stage::Included);
        let session = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        let told = news(&world, &session, 240).await;
        let of_it: Vec<_> = told.iter().filter(|(of, _)| *of == id).map(|(_, news)| news).collect();
        assert!(matches!(of_it[0], News::Reached(Stage::Sent, Some(sent)) if *sent == hash), "{of_it:?}");
        assert!(matches!(of_it.last(), Some(News::Included(receipt)) if receipt.user_op_hash == hash));
        assert!(move_to(&session, 3).await.unwrap(), "its lane does not stand");
        assert_eq!(nonces(&world), [(0, 0), (0, 1)]);
    });
}

#[test]
fn a_session_without_budget_still_has_the_fate_of_what_it_left() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["limits"]["operations"] = json!(1));
        let session = world.request_for(&wanted).await.unwrap();
        world.chain.state.borrow_mut().patience = usize::MAX;
        let id = session.send(&[moved(2, 2)], &|_| ()).await.unwrap().id().to_owned();
        world.client.host().page.close();
        drop(session);
        let tab = world.another_tab();
        let found = tab.restore(&wanted, None, AtLeast::default()).await.unwrap();
        assert_eq!(found.unwrap_err(), NoSession::BudgetLow);
        world.chain.let_land();
        world.host.clock.sleep(Duration::from_secs(60)).await;
        assert!(matches!(tab.operation(&id).await.unwrap().stage, Stage::Included | Stage::Final));
    });
}

#[test]
fn calls_are_cancelled_before_they_are_signed_or_by_a_plain_transfer() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| {
            let plain = json!({ "to": BOARD.to_string(), "plainTransfer": true, "value": { "max": 1 } });
            json["calls"].as_array_mut().unwrap().push(plain);
        });
        let session = world.request_for(&wanted).await.unwrap();
        assert!(move_to(&session, 1).await.unwrap());
        let early = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        session.cancel(early.id()).unwrap();
        assert_eq!(code(early.included().await.unwrap_err()), "operation.cancelled");
        world.chain.keep_back("");
        let sent = session.send(&[moved(3, 3)], &|_| ()).await.unwrap();
        session.cancel(sent.id()).unwrap();
        assert_eq!(code(session.included(sent).await.unwrap_err()), "operation.replaced");
        assert!(move_to(&session, 4).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0), (0, 1)]);
    });
}

#[test]
fn a_lock_does_not_wait_for_a_bundler_that_hangs() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.rpc.hang_next("eth_sendUserOperation");
        let _sent = session.begin(&[moved(2, 2)], TIMEOUT).unwrap();
        while world.chain.rpc.count("eth_sendUserOperation") < 2 {
            world.host.clock.sleep(Duration::from_millis(10)).await;
        }
        let (locked, took) = timed(&world, session.lock()).await;
        locked.unwrap();
        assert!(took < 1_000, "{took} ms");
        assert_eq!(session.summary().status, Status::Locked);
    });
}

#[test]
fn a_draft_that_is_not_answered_once_does_not_stop_the_first_operation() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        world.chain.fail_next("eth_estimateUserOperationGas", unreachable());
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap() && took < 10_000, "{took} ms");
    });
}

#[test]
fn a_tab_that_failed_to_enable_lets_another_do_it() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        world.chain.fail_next("eth_estimateUserOperationGas", refused("execution reverted"));
        assert!(move_to(&session, 2).await.is_err());
        let tab = world.another_tab();
        let other = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        assert!(move_to(&other, 3).await.unwrap());
        drop(session);
    });
}

#[test]
fn what_comes_after_an_operation_of_unknown_fate_is_signed_for_its_nonce() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        // Taken, known, and never put into a block.
        let mut is_taken = false;
        world.chain.rule(move |state, method, _| match method {
            "eth_sendUserOperation" if !std::mem::replace(&mut is_taken, true) => {
                Some(Ok(json!(state.offered_hash().to_string())))
            }
            "eth_getUserOperationByHash" => Some(Ok(json!({}))),
            _ => None,
        });
        assert_eq!(code(move_to(&session, 2).await.unwrap_err()), "operation.not-included");
        assert!(move_to(&session, 3).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0)]);
    });
}
