//! What a bundler answers to an operation, and what a node that is behind shows: neither is taken for more than it says.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::U256;
use hallpass::host::{Clock, RpcError, RpcFault};
use hallpass::session::Session;
use hallpass::testing::{ScriptedRpc, TestHost, block_on};
use hallpass::userop::{AbiVersion, UserOperation};
use serde_json::{Value as Json, json};

use super::chain::{State, refused, unreachable};
use super::lies::client_on;
use super::setup::{World, moved, scope};

type Answer = Result<Json, RpcError>;

/// The endpoint of a world, but for what `rule` answers.
fn endpoint(
    world: &World,
    mut rule: impl FnMut(&mut State, &str, &Json) -> Option<Answer> + 'static,
) -> ScriptedRpc {
    let state = Rc::clone(&world.chain.state);
    ScriptedRpc::new(move |method, params| {
        let mut state = state.borrow_mut();
        rule(&mut state, method, params).unwrap_or_else(|| state.answer(method, params))
    })
}

/// An enabled session whose bundler answers otherwise to sends.
async fn session_with(world: &World, bundler: ScriptedRpc) -> Rc<Session<TestHost>> {
    world.enabled().await;
    let client = client_on(world, world.chain.rpc.clone(), bundler);
    client.restore(&scope(|_| ()), None, Default::default()).await.unwrap().unwrap()
}

#[test]
fn what_landed_is_included_though_it_was_refused() {
    block_on(async {
        let world = World::new();
        let bundler = endpoint(&world, |state, method, params| {
            (method == "eth_sendUserOperation").then(|| {
                state.answer(method, params)?;
                Err(refused("AA24 signature error"))
            })
        });
        let session = session_with(&world, bundler.clone()).await;
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        assert!(session.included(sent).await.unwrap().success);
        assert_eq!(bundler.count("eth_sendUserOperation"), 1);
    });
}

#[test]
fn a_bundler_that_knows_an_operation_has_it() {
    block_on(async {
        let world = World::new();
        let bundler = endpoint(&world, |_, method, _| match method {
            "eth_sendUserOperation" => Some(Err(RpcError::from(RpcFault::Answer {
                code: -32000,
                message: "already known".to_owned(),
                data: Json::Null,
            }))),
            "eth_getUserOperationByHash" => Some(Err(unreachable())),
            _ => None,
        });
        let session = session_with(&world, bundler.clone()).await;
        session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        assert_eq!(bundler.count("eth_sendUserOperation"), 1);
    });
}

/// What was refused may still land: the same calls in another nonce could be made twice.
#[test]
fn what_is_built_anew_keeps_its_nonce() {
    block_on(async {
        let world = World::new();
        let nonces: Rc<RefCell<Vec<U256>>> = Rc::default();
        let seen = Rc::clone(&nonces);
        let bundler = endpoint(&world, move |_, method, params| {
            if method != "eth_sendUserOperation" {
                return None;
            }
            let UserOperation::V07(op) = UserOperation::from_rpc(AbiVersion::V07, &params[0]).unwrap() else {
                panic!("another version")
            };
            seen.borrow_mut().push(op.nonce);
            (seen.borrow().len() == 1).then(|| Err(refused("AA23 reverted 0x756688fe")))
        });
        let session = session_with(&world, bundler).await;
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        assert!(session.included(sent).await.unwrap().success);
        assert_eq!(nonces.borrow().len(), 2);
        assert_eq!(nonces.borrow()[0], nonces.borrow()[1]);
    });
}

/// Whether an operation's fate is open again after a node showed nothing of it this often.
fn is_open_after(behind: u32) -> bool {
    block_on(async {
        let world = World::new();
        world.enabled().await;
        let left: Rc<Cell<Option<u32>>> = Rc::default();
        let hidden = Rc::clone(&left);
        let node = endpoint(&world, move |_, method, params| match (method, hidden.get()) {
            ("eth_getBlockByNumber", _) if params[0] == "finalized" => Some(Ok(Json::Null)),
            ("eth_getLogs", Some(0)) => Some(Err(unreachable())),
            ("eth_getLogs", Some(looks)) => {
                hidden.set(Some(looks - 1));
                Some(Ok(json!([])))
            }
            _ => None,
        });
        let client = client_on(&world, node, world.chain.rpc.clone());
        let session = client.restore(&scope(|_| ()), None, Default::default()).await.unwrap().unwrap();
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        let id = sent.id().to_owned();
        session.included(sent).await.unwrap();
        world.host.clock.sleep(Duration::from_secs(1)).await;
        left.set(Some(behind));
        session.await_final(&id);
        world.host.clock.sleep(Duration::from_secs(50)).await;
        assert_eq!(left.get(), Some(0), "the node was asked");
        !session.operations().is_empty()
    })
}

#[test]
fn a_node_that_is_behind_for_two_looks_takes_nothing_back() {
    assert!(!is_open_after(2));
}

#[test]
fn what_a_node_does_not_show_for_three_looks_is_open_again() {
    assert!(is_open_after(3));
}
