//! Taking a session up again: each reason why not, and none of them opens a prompt.

use std::time::Duration;

use alloy_primitives::{Address, U256};
use hallpass::host::{Clock, Store};
use hallpass::scope::Scope;
use hallpass::session::{AtLeast, NoSession, Status, TIMEOUT};

use serde_json::json;

use super::setup::{World, moved, scope};
use hallpass::testing::block_on;

async fn reason(world: &World, wanted: &Scope, owners: Option<&[Address]>, at_least: AtLeast) -> NoSession {
    let found = world.another_tab().restore(wanted, owners, at_least).await.unwrap();
    found.expect_err("no session is there to take up")
}

#[test]
fn a_reload_goes_on_without_a_prompt() {
    block_on(async {
        let world = World::new();
        let id = world.enabled().await.summary().id;
        let prompts = world.wallet.rpc().methods().len();
        let owners = [world.key.address()];
        let found =
            world.another_tab().restore(&scope(|_| ()), Some(&owners), AtLeast::default()).await.unwrap();
        let session = found.unwrap();
        assert_eq!((session.summary().id, session.summary().status), (id, Status::Enabled));
        let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap();
        assert!(session.included(sent).await.unwrap().success);
        assert_eq!(world.wallet.rpc().methods().len(), prompts, "the wallet was not asked");
    });
}

#[test]
fn every_reason_is_told() {
    block_on(async {
        let world = World::new();
        let (wanted, any) = (scope(|_| ()), AtLeast::default());
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::None);
        let session = world.enabled().await;
        let stranger = [Address::repeat_byte(1)];
        assert_eq!(reason(&world, &wanted, Some(&stranger), any).await, NoSession::OtherOwner);
        let wider = scope(|json| json["calls"][1]["args"][1] = json!({ "lte": 6 }));
        assert_eq!(reason(&world, &wider, None, any).await, NoSession::ScopeWider);
        let narrower = scope(|json| json["calls"] = json!([json["calls"][0]]));
        let found = world.another_tab().restore(&narrower, None, any).await.unwrap();
        assert_eq!(found.unwrap().summary().id, session.summary().id);
        let long = AtLeast { seconds: 3601, operations: 0 };
        assert_eq!(reason(&world, &wanted, None, long).await, NoSession::BudgetLow);
        world.chain.state.borrow_mut().removed = true;
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::Revoked);
        world.chain.state.borrow_mut().removed = false;
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::Revoked, "revoked is for ever");
        world.host.clock.advance(Duration::from_secs(3600));
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::Expired);
    });
}

#[test]
fn a_block_ahead_of_the_clock_ends_a_session_too() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().passed = 3600;
        assert_eq!(session.summary().status, Status::Enabled, "no block was seen since");
        assert_eq!(reason(&world, &scope(|_| ()), None, AtLeast::default()).await, NoSession::Expired);
    });
}

#[test]
fn lost_and_damaged_storage_gives_no_session() {
    block_on(async {
        let world = World::new();
        let (wanted, any) = (scope(|_| ()), AtLeast::default());
        world.enabled().await;
        let name = world.host.store.names("hallpass/").await.unwrap().remove(0);
        let text = world.host.store.get(&name).await.unwrap().unwrap();
        let altered = [
            text.replace("\"lte\":\"5\"", "\"lte\":\"6\""),
            text.replace("0.1", "0.2").replace("100000000000000000", "900000000000000000"),
            text.replace(
                &format!("\"owner\":\"{}\"", world.key.address()),
                "\"owner\":\"0x0000000000000000000000000000000000000001\"",
            ),
            text[..text.len() / 2].to_owned(),
            String::new(),
        ];
        for altered in altered {
            assert_ne!(altered, text);
            world.host.store.put(&name, &altered).await.unwrap();
            let told = reason(&world, &wanted, None, any).await;
            assert!(matches!(told, NoSession::StorageLost | NoSession::None), "{told:?}");
        }
        world.host.store.put(&name, &text).await.unwrap();
        world.host.sealer.lose_all();
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::StorageLost);
    });
}

#[test]
fn a_changed_root_owner_locks_the_session() {
    block_on(async {
        let world = World::new();
        let (wanted, any) = (scope(|_| ()), AtLeast::default());
        world.enabled().await;
        world.chain.state.borrow_mut().owner = Address::repeat_byte(8);
        assert_eq!(reason(&world, &wanted, None, any).await, NoSession::OtherOwner);
        assert_eq!(world.client.list().await.unwrap()[0].status, Status::Locked);
    });
}

#[test]
fn the_newest_that_fits_is_taken_and_forgetting_deletes() {
    block_on(async {
        let world = World::new();
        let first = world.enabled().await;
        world.host.clock.advance(Duration::from_secs(5));
        let second = world.request().await.unwrap();
        let restore =
            || async { world.another_tab().restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap() };
        assert_eq!(restore().await.unwrap().summary().id, second.summary().id);
        second.forget().await.unwrap();
        assert_eq!(restore().await.unwrap().summary().id, first.summary().id);
        first.forget().await.unwrap();
        assert!(restore().await.is_err());
        assert_eq!(world.host.sealer.held(), 0);
    });
}

/// What a replayed record or a crash forgot, the chain has counted; what was signed and never arrived is free again once all is quiet.
#[test]
fn counters_are_corrected_from_the_chain() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["limits"]["operations"] = json!(50));
        let session = world.request_for(&wanted).await.unwrap();
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        session.included(sent).await.unwrap();
        let total = U256::from(10_u64.pow(17));
        let counted = total - session.remaining().gas;
        assert!(!counted.is_zero());
        let left = || async {
            let found = world.another_tab().restore(&wanted, None, AtLeast::default()).await.unwrap();
            found.unwrap().remaining()
        };
        let chain = |gas, operations| {
            let mut chain = world.chain.state.borrow_mut();
            (chain.gas_used, chain.operations_left) = (gas, operations);
        };
        // The chain saw less: an operation may still be on its way.
        chain(U256::ZERO, 50);
        let remaining = left().await;
        assert_eq!((remaining.gas, remaining.operations), (total - counted, Some(49)));
        // It saw more than is stored here.
        chain(counted + U256::from(7), 44);
        let remaining = left().await;
        assert_eq!((remaining.gas, remaining.operations), (total - counted - U256::from(7), Some(44)));
        // Nothing can be on its way any more.
        world.host.clock.advance(Duration::from_secs(700));
        chain(U256::from(5), 48);
        let remaining = left().await;
        assert_eq!((remaining.gas, remaining.operations), (total - U256::from(5), Some(48)));
    });
}

#[test]
fn on_a_chain_that_was_started_anew_the_session_is_enabled_again() {
    for open_before in [false, true] {
        block_on(async {
            let world = World::new();
            let session = world.enabled().await;
            for x in 2..5 {
                let sent = session.send(&[moved(x, x)], &|_| ()).await.unwrap();
                session.included(sent).await.unwrap();
            }
            world.chain.start_anew();
            let tab = world.another_tab();
            let restored = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
            let session = if open_before { &session } else { &restored };
            let begin = Clock::millis(&world.host.clock);
            let sent = session.begin(&[moved(5, 5)], TIMEOUT).unwrap();
            assert!(sent.included().await.unwrap().success);
            let took = Clock::millis(&world.host.clock) - begin;
            assert!(took < if open_before { 120_000 } else { 30_000 }, "{took} ms");
            assert_eq!(session.refresh().await.unwrap(), Status::Enabled);
        });
    }
}
