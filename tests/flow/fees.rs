//! What operations pay: as endpoints quote it, in whatever way they have, or as the app gives it.

use std::time::Duration;

use hallpass::error::Error;
use hallpass::session::{GivenFees, SessionError, TIMEOUT};
use hallpass::testing::block_on;
use hallpass::userop::UserOperation;
use serde_json::{Value as Json, json};

use super::chain::{GWEI, refused};
use super::fate::{move_to, timed};
use super::send::nonces;
use super::setup::{World, moved};

/// Fee and tip of each operation that landed.
fn paid(world: &World) -> Vec<(u128, u128)> {
    let fees = |op| match op {
        UserOperation::V07(op) => (op.max_fee_per_gas, op.max_priority_fee_per_gas),
        _ => panic!("another version"),
    };
    world.chain.operations().into_iter().map(fees).collect()
}

fn unknown_method() -> Result<Json, hallpass::host::RpcError> {
    Err(hallpass::host::RpcFault::Answer {
        code: -32601,
        message: "the method does not exist".to_owned(),
        data: Json::Null,
    }
    .into())
}

#[test]
fn fees_come_from_whichever_methods_there_are() {
    type Wanted = (&'static [(&'static str, &'static str)], (u64, u64));
    // What the methods answer, all others being unknown, and what is paid. The latest block took 7 wei.
    let cases: [Wanted; 6] = [
        (&[("skandha_getGasPrice", r#"{"maxFeePerGas":"0x20","maxPriorityFeePerGas":"0x3"}"#)], (32, 3)),
        (&[("rundler_maxPriorityFeePerGas", r#""0x5""#)], (19, 5)),
        (&[("eth_maxPriorityFeePerGas", r#""0x2""#)], (16, 2)),
        (&[("eth_feeHistory", r#"{"reward":[["0x4"]]}"#)], (18, 4)),
        (&[("eth_gasPrice", r#""0x9""#)], (16, 2)),
        (&[("eth_gasPrice", r#""0x9""#), ("eth_feeHistory", r#"{"reward":null}"#)], (16, 2)),
    ];
    for (answers, wanted) in cases {
        block_on(async {
            let world = World::new();
            world.chain.rule(move |state, method, params| {
                if let Some((_, answer)) = answers.iter().find(|(name, _)| *name == method) {
                    return Some(Ok(serde_json::from_str(answer).unwrap()));
                }
                if method == "eth_getBlockByNumber" {
                    let mut block = state.answer(method, params).unwrap();
                    block["baseFeePerGas"] = json!("0x7");
                    return Some(Ok(block));
                }
                let asks = ["asPrice", "PriorityFee", "feeHistory"].iter().any(|part| method.contains(part));
                asks.then(unknown_method)
            });
            let session = world.enabled().await;
            assert!(move_to(&session, 2).await.unwrap());
            let wanted = (u128::from(wanted.0), u128::from(wanted.1));
            assert_eq!(paid(&world), [wanted; 2], "{answers:?}");
        });
    }
}

#[test]
fn a_chain_without_eip_1559_has_one_price() {
    block_on(async {
        let world = World::new();
        world.chain.rule(|state, method, params| match method {
            "eth_gasPrice" => Some(Ok(json!("0x64"))),
            "eth_getBlockByNumber" => {
                let mut block = state.answer(method, params).unwrap();
                block.as_object_mut().unwrap().remove("baseFeePerGas");
                Some(Ok(block))
            }
            _ if method.contains("asPrice") || method.contains("riorityFee") => Some(unknown_method()),
            _ => None,
        });
        let session = world.enabled().await;
        assert!(move_to(&session, 2).await.unwrap());
        assert_eq!(paid(&world), [(100, 100); 2]);
    });
}

#[test]
fn many_operations_at_once_ask_once_for_fees() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.host.clock.advance(Duration::from_secs(5));
        let asked = world.chain.rpc.count("pimlico_getUserOperationGasPrice");
        let all: Vec<_> = (0..8).map(|x| session.begin(&[moved(x, 1)], TIMEOUT).unwrap()).collect();
        for sending in &all {
            assert!(sending.included().await.unwrap().success);
        }
        assert!(world.chain.rpc.count("pimlico_getUserOperationGasPrice") <= asked + 2);
        // And a dearer market is seen soon after.
        world.chain.state.borrow_mut().fee = 3 * GWEI;
        world.host.clock.advance(Duration::from_secs(3));
        assert!(move_to(&session, 2).await.unwrap());
        assert_eq!(paid(&world).last().unwrap().0, u128::from(3 * GWEI));
    });
}

#[test]
fn a_least_fee_is_paid_in_the_same_nonce_as_far_as_the_scope_allows() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.fail_next("eth_sendUserOperation", refused("maxFeePerGas must be at least 2000000000"));
        assert!(move_to(&session, 2).await.unwrap());
        assert_eq!((paid(&world)[1].0, nonces(&world)), (u128::from(2 * GWEI), vec![(0, 0)]));
        world.chain.fail_next("eth_sendUserOperation", refused("maxFeePerGas must be at least 60000000000"));
        assert_eq!(Error::from(move_to(&session, 3).await.unwrap_err()).code(), "scope.fee");
    });
}

#[test]
fn fees_that_the_app_gives_are_paid_and_no_others() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let given = |text: &str| GivenFees::from_json(text);
        let send = async |fees: GivenFees| -> Result<bool, SessionError> {
            let sending = session.begin_at(&[moved(2, 2)], TIMEOUT, fees)?;
            Ok(sending.included().await?.success)
        };
        world.host.clock.advance(Duration::from_secs(5));
        let asked = world.chain.rpc.count("pimlico_getUserOperationGasPrice");
        let both = given(r#"{"maxFeePerGas":"2 gwei","maxPriorityFeePerGas":"1 gwei"}"#).unwrap();
        assert!(send(both).await.unwrap());
        assert_eq!(
            world.chain.rpc.count("pimlico_getUserOperationGasPrice"),
            asked,
            "there is nothing to ask"
        );
        assert!(send(given(r#"{"maxFeePerGas":3}"#).unwrap()).await.unwrap());
        assert!(send(given(r#"{"maxPriorityFeePerGas":"4 gwei"}"#).unwrap()).await.unwrap());
        let gwei = |fee: u64| u128::from(fee * GWEI);
        assert_eq!(paid(&world)[1..], [(gwei(2), gwei(1)), (3, 1), (gwei(4), gwei(4))]);

        // Too low is told, not raised.
        world.chain.fail_next("eth_sendUserOperation", refused("maxFeePerGas must be at least 2000000000"));
        assert_eq!(
            Error::from(send(given(r#"{"maxFeePerGas":5}"#).unwrap()).await.unwrap_err()).code(),
            "bundler.simulation"
        );
        // The scope's own limit holds all the same.
        let dear = given(r#"{"maxFeePerGas":"60 gwei","maxPriorityFeePerGas":0}"#).unwrap();
        assert_eq!(Error::from(send(dear).await.unwrap_err()).code(), "scope.fee");
        for wrong in [
            "null",
            "[]",
            r#"{"maxFeePerGas":"much"}"#,
            r#"{"maxFee":1}"#,
            r#"{"maxFeePerGas":1,"maxPriorityFeePerGas":2}"#,
        ] {
            assert!(given(wrong).unwrap_err().to_string().starts_with("fees"), "{wrong}");
        }
    });
}

#[test]
fn an_endpoint_that_wants_to_be_left_alone_is() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.fail_next(
            "eth_sendUserOperation",
            hallpass::host::RpcFault::Limited {
                endpoint: "http://127.0.0.1".to_owned(),
                detail: "HTTP status 429".to_owned(),
                after: Some(9),
            }
            .into(),
        );
        let sends = world.chain.rpc.count("eth_sendUserOperation");
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap() && (9_000..15_000).contains(&took), "{took} ms");
        assert_eq!(world.chain.rpc.count("eth_sendUserOperation"), sends + 2);
    });
}

#[test]
fn fees_that_the_app_gives_are_not_raised_to_replace_what_a_bundler_has() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let fees =
            GivenFees::from_json(r#"{"maxFeePerGas":"2 gwei","maxPriorityFeePerGas":"1 gwei"}"#).unwrap();
        let mut refusals = 1;
        world.chain.rule(move |_, method, _| {
            let refuses = method == "eth_sendUserOperation" && std::mem::take(&mut refusals) > 0;
            refuses.then(|| Err(refused("replacement underpriced")))
        });
        let sending = session.begin_at(&[moved(2, 2)], TIMEOUT, fees).unwrap();
        let _ = timed(&world, sending.included()).await;
        let gwei = |fee: u64| u128::from(fee * GWEI);
        assert!(paid(&world)[1..].iter().all(|paid| *paid == (gwei(2), gwei(1))), "{:?}", paid(&world));
    });
}
