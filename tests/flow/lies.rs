//! Endpoints of which one lies, or all of them do nothing: what is told and counted is what the chain has.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, B256, U256, keccak256};
use hallpass::endpoint::bundler::Bundler;
use hallpass::endpoint::node::Node;
use hallpass::endpoint::owner::Chain as ChainInfo;
use hallpass::endpoint::receipt::OPERATION_EVENT;
use hallpass::hex::data;
use hallpass::host::Clock;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::session::{AccountKind, Client, Endpoints, SessionFault};
use hallpass::testing::{ScriptedRpc, TestHost, block_on, run_until};
use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation, split_nonce};
use serde_json::json;

use super::chain::{CHAIN_ID, refused};
use super::setup::{World, call, moved, scope};

type Taken = Rc<RefCell<Vec<(B256, UserOperation)>>>;

/// A client in another tab, on a node that does not search logs, and a bundler that refuses what it is sent first, takes the rest, lands
/// nothing and has a receipt for everything.
fn lying_client(world: &World, taken: &Taken) -> Rc<Client<TestHost>> {
    let state = Rc::clone(&world.chain.state);
    let node = ScriptedRpc::new(move |method, params| match method {
        "eth_getLogs" => Err(refused("too many results")),
        _ => state.borrow_mut().answer(method, params),
    });
    let (state, taken) = (Rc::clone(&world.chain.state), Rc::clone(taken));
    let bundler = ScriptedRpc::new(move |method, params| match method {
        "eth_sendUserOperation" => {
            let op = UserOperation::from_rpc(AbiVersion::V07, &params[0]).unwrap();
            let entry_point = EntryPoint::canonical(EntryPointVersion::V07, CHAIN_ID);
            let hash = *op.hash(&entry_point).unwrap().as_b256();
            taken.borrow_mut().push((hash, op));
            if taken.borrow().len() == 1 {
                Err(refused("AA24 signature error"))
            } else {
                Ok(json!(hash.to_string()))
            }
        }
        "eth_getUserOperationReceipt" => Ok(json!({
            "userOpHash": params[0], "success": true, "blockNumber": "0x1",
            "transactionHash": keccak256(taken.borrow()[0].0.to_string()).to_string(),
        })),
        _ => state.borrow_mut().answer(method, params),
    });
    client_on(world, node, bundler)
}

/// A client in another tab, on endpoints of its own.
pub fn client_on(world: &World, node: ScriptedRpc, bundler: ScriptedRpc) -> Rc<Client<TestHost>> {
    let endpoints = Endpoints { node: Node::new(node), bundler: Bundler::new(bundler), paymaster: None };
    let kind = AccountKind { protocol: Box::new(Kernel::new(KernelVersion::V3_3)), index: U256::ZERO };
    let info = ChainInfo::from_json(&json!({ "id": CHAIN_ID, "name": "Local" })).unwrap();
    Rc::new(Client::new(world.host.new_tab(), "game", info, kind, endpoints))
}

#[test]
fn a_bundlers_receipt_proves_nothing_though_the_nonce_is_used() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["spend"][0]["limit"] = json!(60));
        let first = world.request_for(&wanted).await.unwrap();
        let sent = first.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        first.included(sent).await.unwrap();
        let taken = Taken::default();
        let session = lying_client(&world, &taken).restore(&wanted, None, Default::default()).await;
        let session = session.unwrap().unwrap();
        let buy = |wei| call("buy(uint256,uint256)", wei, &[1, 1]);
        assert!(session.send(&[buy(50)], &|_| ()).await.is_err(), "refused");
        let cheap = session.send(&[buy(10)], &|_| ()).await.unwrap();
        let (dear, op) = taken.borrow()[0].clone();
        world.chain.state.borrow_mut().include(dear, op);
        let fault = session.included(cheap).await.unwrap_err();
        assert!(matches!(*fault, SessionFault::NotIncluded { .. }), "{fault}");
        world.host.clock.sleep(Duration::from_secs(300)).await;
        let fault = session.send(&[buy(11)], &|_| ()).await.unwrap_err();
        assert!(matches!(*fault, SessionFault::OutOfScope(_)), "50 are spent: {fault}");
        session.send(&[buy(10)], &|_| ()).await.unwrap();
    });
}

/// Whoever is called in a transaction can log what looks like the EntryPoint's event.
#[test]
fn only_the_entry_points_events_of_the_account_tell_what_a_transaction_has() {
    let entry_point = EntryPoint::canonical(EntryPointVersion::V07, CHAIN_ID);
    let (account, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let event = move |by: Address, of: Address, hash: u8| {
        let topics = [OPERATION_EVENT, B256::repeat_byte(hash), of.into_word(), B256::ZERO];
        json!({
            "address": by.to_string(), "topics": topics.map(|topic| topic.to_string()), "data": data(&[1; 128]),
            "blockNumber": "0x5", "transactionHash": B256::ZERO.to_string(),
        })
    };
    let logs = json!([
        { "address": other.to_string(), "topics": [], "data": "0x" },
        event(other, account, 3), event(entry_point.address, other, 4), event(entry_point.address, account, 5),
    ]);
    let node = Node::new(ScriptedRpc::new(move |_, _| Ok(json!({ "status": "0x1", "logs": logs }))));
    let landed = block_on(node.landed_in(&entry_point, account, B256::ZERO)).unwrap();
    assert_eq!(landed.iter().map(|landed| landed.hash).collect::<Vec<_>>(), [B256::repeat_byte(5)]);
    let nothing = Node::new(ScriptedRpc::new(|_, _| Ok(json!(null))));
    assert_eq!(block_on(nothing.landed_in(&entry_point, account, B256::ZERO)), Ok(Vec::new()));
}

#[test]
fn lanes_that_stand_are_left_for_one_that_does_not() {
    let turns = Cell::new(0_u64);
    let is_over = || {
        turns.set(turns.get() + 1);
        turns.get() > 200_000
    };
    let ended = run_until(
        async {
            let world = World::new();
            let session = world.enabled().await;
            // Taken, and never seen again.
            world.chain.state.borrow_mut().patience = usize::MAX;
            for step in 0..3 {
                session.send(&[moved(step, 0)], &|_| ()).await.unwrap();
                world.host.clock.sleep(Duration::from_secs(190)).await;
            }
            let operations = world.chain.operations();
            let lanes = operations.iter().skip(1).map(|op| {
                let UserOperation::V07(op) = op else { panic!("another version") };
                split_nonce(op.nonce)
            });
            let lanes: std::collections::BTreeSet<_> = lanes.collect();
            assert_eq!(lanes.len(), 3);
            assert!(lanes.iter().all(|(_, sequence)| *sequence == 0), "{lanes:?}");
        },
        is_over,
    );
    assert!(ended.is_some(), "it goes back and forth between two lanes");
}
