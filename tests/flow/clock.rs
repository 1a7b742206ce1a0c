//! The device's clock against the chain's: what is believed, for how long, and what is told.

use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use hallpass::error::Error;
use hallpass::hex::{parse_quantity, quantity};
use hallpass::host::Clock;
use hallpass::session::{AtLeast, Session, SessionEvent, Watched};
use hallpass::testing::{TestHost, block_on};
use serde_json::json;

use super::fate::move_to;
use super::setup::{World, scope};

const YEAR: u64 = 365 * 86_400;

/// From now on so many of the node's blocks are this far ahead.
fn ahead(world: &World, seconds: u64, mut answers: usize) {
    world.chain.rule(move |state, method, params| {
        if method != "eth_getBlockByNumber" || params[0] != "latest" || answers == 0 {
            return None;
        }
        answers -= 1;
        let mut block = state.answer(method, params).unwrap();
        let time = parse_quantity(block["timestamp"].as_str().unwrap()).unwrap();
        block["timestamp"] = json!(quantity(time + alloy_primitives::U256::from(seconds)));
        Some(Ok(block))
    });
}

/// Seconds that the session's event `clock` told, each time it did.
fn told(session: &Rc<Session<TestHost>>) -> Vec<u64> {
    let watch = session.watch();
    let mut told = Vec::new();
    while let Some(Watched::Event(event)) = watch.next().now_or_never() {
        if let SessionEvent::Clock(behind) = event {
            told.push(behind);
        }
    }
    told
}

#[test]
fn one_block_far_ahead_changes_nothing() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        drop(session);
        ahead(&world, YEAR, 1);
        let tab = world.another_tab();
        let session = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap().unwrap();
        assert!(move_to(&session, 2).await.unwrap());
        assert!(told(&session).is_empty());
    });
}

#[test]
fn a_clock_behind_the_chain_is_told_once_and_again_after_it_was_right() {
    block_on(async {
        let world = World::new();
        ahead(&world, 1_800, usize::MAX);
        let session = world.request().await.unwrap();
        let behind = told(&session);
        assert!(behind.len() == 1 && (1_700..=1_800).contains(&behind[0]), "{behind:?}");
        assert!(move_to(&session, 2).await.unwrap(), "half an hour is within the session's time");
        world.host.clock.sleep(Duration::from_secs(120)).await;
        assert!(told(&session).is_empty(), "once");
        world.chain.rule(|_, _, _| None);
        assert!(move_to(&session, 2).await.unwrap());
        world.host.clock.sleep(Duration::from_secs(300)).await;
        ahead(&world, 1_800, usize::MAX);
        assert!(move_to(&session, 3).await.unwrap());
        world.host.clock.sleep(Duration::from_secs(300)).await;
        assert_eq!(told(&session).len(), 1);
    });
}

#[test]
fn an_end_that_the_chain_has_passed_is_refused_before_the_prompt() {
    block_on(async {
        let world = World::new();
        // Sessions of these tests last a day at most.
        ahead(&world, 3 * 86_400, usize::MAX);
        let error = world.request().await.unwrap_err();
        assert_eq!(Error::from(error).code(), "session.ends-in-the-past");
        assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 0);
        world.chain.rule(|_, _, _| None);
        assert!(move_to(&world.request().await.unwrap(), 2).await.unwrap(), "it is not believed for ever");
    });
}
