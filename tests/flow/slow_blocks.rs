//! Chains whose blocks take their time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::U256;
use futures_util::future::join_all;
use hallpass::hex::parse_quantity;
use hallpass::host::Clock;
use hallpass::session::{News, TIMEOUT};
use hallpass::testing::block_on;
use hallpass::userop::split_nonce;
use serde_json::json;

use super::chain::refused;
use super::fate::{move_to, timed};
use super::send::nonces;
use super::setup::{World, moved};

#[test]
fn blocks_are_final_by_the_chain_s_word_or_by_their_depth() {
    for has_tag in [true, false] {
        block_on(async {
            let world = World::new();
            let session = world.enabled().await;
            let (clock, begin) = (world.host.clock.clone(), Clock::millis(&world.host.clock));
            world.chain.rule(move |state, method, params| {
                let passed = (Clock::millis(&clock) - begin) / 1_000;
                let behind = if params[0] == "finalized" { 30 } else { 0 };
                match method {
                    "eth_getBlockByNumber" if behind > 0 && !has_tag => Some(Err(refused("no such tag"))),
                    "eth_getBlockByNumber" => Some(state.answer(method, params).map(|mut block| {
                        block["number"] = json!(format!("{:#x}", 5 + passed.saturating_sub(behind)));
                        block
                    })),
                    _ => None,
                }
            });
            let sent = session.send(&[moved(2, 2)], &|_| ()).await.unwrap();
            session.await_final(sent.id());
            let last = RefCell::new(None);
            let work = async {
                while !matches!(*last.borrow(), Some(News::Final { .. })) {
                    let told = sent.next().await;
                    last.replace(Some(told));
                }
            };
            let ((), took) = timed(&world, work).await;
            let Some(News::Final { by_depth, .. }) = last.take() else { panic!("not final") };
            assert_eq!(by_depth, !has_tag);
            let due = if has_tag { 0..60_000 } else { 120_000..180_000 };
            assert!(due.contains(&took), "{took} ms");
        });
    }
}

#[test]
fn where_blocks_take_twelve_seconds_an_action_takes_few_requests() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let (clock, state) = (world.host.clock.clone(), Rc::clone(&world.chain.state));
        state.borrow_mut().patience = usize::MAX;
        world.host.page.spawn(Box::pin(async move {
            loop {
                clock.sleep(Duration::from_secs(12)).await;
                state.borrow_mut().let_land();
            }
        }));
        // How slow it is shows with the first one.
        for (x, most) in [(2, 15), (3, 11), (4, 11)] {
            let before = world.chain.rpc.methods().len();
            assert!(move_to(&session, x).await.unwrap());
            let asked = world.chain.rpc.methods().split_off(before);
            assert!(asked.len() <= most, "{}: {asked:?}", asked.len());
        }
    });
}

#[test]
fn where_each_block_takes_one_operation_of_many_all_land_in_order() {
    const MOVES: u64 = 14;
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().patience = 0;
        let clock = world.host.clock.clone();
        let mut waiting = None;
        world.chain.rule(move |state, method, params| {
            let now = Clock::millis(&clock);
            if let Some((_, operation)) = waiting.take_if(|(due, _)| *due <= now) {
                state.take(&operation).unwrap();
            }
            if method != "eth_sendUserOperation" {
                return None;
            }
            let nonce = parse_quantity(params[0]["nonce"].as_str().unwrap()).unwrap();
            let (key, sequence) = split_nonce(nonce);
            let next = state.sequences.get(&U256::from(key)).copied().unwrap_or_default();
            if waiting.is_some() || next != sequence {
                return Some(Err(refused("AA25 invalid account nonce")));
            }
            waiting = Some(((now / 12_000 + 1) * 12_000, params[0].clone()));
            Some(Ok(json!(state.offered_hash().to_string())))
        });
        let before = world.chain.rpc.methods().len();
        let all: Vec<_> = (0..MOVES).map(|x| session.begin(&[moved(x, x)], TIMEOUT).unwrap()).collect();
        let (landed, took) = timed(&world, join_all(all.iter().map(|sent| sent.included()))).await;
        assert!(
            landed.iter().all(|landed| landed.as_ref().is_ok_and(|receipt| receipt.success)),
            "{landed:?}"
        );
        assert!(took > TIMEOUT, "each had the usual time, and all took longer: {took} ms");
        let sequences: Vec<u64> = nonces(&world).into_iter().map(|(_, sequence)| sequence).collect();
        assert!(sequences.iter().copied().eq(0..MOVES), "{sequences:?}");
        let asked = world.chain.rpc.methods().split_off(before);
        assert!(asked.len() as u64 <= 27 * MOVES, "{} requests", asked.len());
    });
}
