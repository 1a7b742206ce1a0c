//! Gas of operations: bundlers that estimate too little, far too much, or refuse what they estimated themselves.

use std::rc::Rc;

use alloy_primitives::U256;
use hallpass::endpoint::receipt::Receipt;
use hallpass::error::Error;
use hallpass::hex::{parse_quantity, quantity};
use hallpass::protocol::Call;
use hallpass::session::{Session, SessionError, SessionFault};
use hallpass::testing::{TestHost, block_on};
use hallpass::userop::UserOperation;
use hallpass::userop::v07::UserOperation as Fields;
use serde_json::json;

use super::chain::refused;
use super::fate::{move_to, timed};
use super::send::nonces;
use super::setup::{World, moved};

/// What a bundler estimates for verification while other operations keep the account's storage warm.
const WARM: u64 = 90_000;

fn taken(world: &World) -> Vec<Fields> {
    let fields = |op| match op {
        UserOperation::V07(op) => op,
        _ => panic!("another version"),
    };
    world.chain.operations().into_iter().map(fields).collect()
}

fn verification(world: &World) -> Vec<u128> {
    taken(world).iter().map(|op| op.verification_gas_limit).collect()
}

/// From now on the bundler estimates this much for a field.
fn estimate(world: &World, field: &'static str, gas: u64) {
    world.chain.rule(move |state, method, params| {
        (method == "eth_estimateUserOperationGas").then(|| {
            let mut limits = state.answer(method, params)?;
            limits[field] = json!(quantity(U256::from(gas)));
            Ok(limits)
        })
    });
}

async fn act(session: &Rc<Session<TestHost>>, call: Call) -> Result<Receipt, SessionError> {
    let sent = session.send(&[call], &|_| ()).await?;
    session.included(sent).await
}

async fn batch(session: &Rc<Session<TestHost>>, calls: u64) -> Result<Receipt, SessionError> {
    let calls: Vec<_> = (0..calls).map(|x| moved(x, 1)).collect();
    let sent = session.send(&calls, &|_| ()).await?;
    session.included(sent).await
}

#[test]
fn a_low_estimate_is_raised_to_what_verification_takes() {
    block_on(async {
        let world = World::new();
        estimate(&world, "verificationGasLimit", WARM);
        let session = world.enabled().await;
        assert!(move_to(&session, 2).await.unwrap());
        batch(&session, 20).await.unwrap();
        let [first, later, many] = verification(&world)[..] else { panic!("three operations") };
        // Least figures that the contracts take for such a scope: see the differential test.
        assert!(first > 760_000 && first < 1_300_000, "{first}");
        assert!(later > 139_712 && later < 200_000, "{later}");
        assert!(many > later + 19 * 5_000, "each call is checked: {many}");
    });
}

#[test]
fn the_largest_estimate_is_kept_also_on_a_fresh_page() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.end_finality();
        estimate(&world, "verificationGasLimit", 250_000);
        assert!(move_to(&session, 2).await.unwrap());
        estimate(&world, "verificationGasLimit", WARM);
        assert!(move_to(&session, 3).await.unwrap());
        let tab = world.another_tab();
        let restored =
            tab.restore(&super::setup::scope(|_| ()), None, Default::default()).await.unwrap().unwrap();
        assert!(move_to(&restored, 4).await.unwrap());
        assert_eq!(verification(&world)[1..], [250_000; 3]);
        // But not without end: one wrong estimate would be paid for ever.
        estimate(&world, "verificationGasLimit", 1_000_000);
        assert!(move_to(&restored, 5).await.unwrap());
        estimate(&world, "verificationGasLimit", WARM);
        assert!(move_to(&restored, 6).await.unwrap());
        let last = *verification(&world).last().unwrap();
        assert!(last > 250_000 && last < 400_000, "{last}");
    });
}

#[test]
fn an_estimate_far_above_what_verification_takes_is_refused_by_name() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let left = session.remaining().gas;
        estimate(&world, "verificationGasLimit", 5_000_000);
        let error = move_to(&session, 2).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(Error::from(error).code(), "bundler.estimate");
        assert!(text.contains("5000000") && text.contains("verificationGasLimit"), "{text}");
        assert_eq!(session.remaining().gas, left, "nothing was signed");
        // Rollups put the cost of their data into this field; what counts there is the cost.
        estimate(&world, "preVerificationGas", 5_000_000);
        assert!(move_to(&session, 2).await.unwrap());
        estimate(&world, "preVerificationGas", 30_000_000);
        assert_eq!(Error::from(move_to(&session, 3).await.unwrap_err()).code(), "scope.gas-share");
        estimate(&world, "callGasLimit", 70_000);
        assert!(move_to(&session, 3).await.unwrap());
    });
}

/// Refuses operations in these words until their verification gas is `least`.
fn wants(world: &World, text: &'static str, least: u64) {
    world.chain.rule(move |_, method, params| {
        let gas = || parse_quantity(params[0]["verificationGasLimit"].as_str().unwrap()).unwrap();
        (method == "eth_sendUserOperation" && gas() < U256::from(least)).then(|| Err(refused(text)))
    });
}

#[test]
fn what_had_too_little_gas_is_estimated_again_in_the_same_nonce() {
    for text in [
        "AA26 over verificationGasLimit",
        "UserOperation reverted: AA95 out of gas",
        "AA40 over verificationGasLimit",
        "AA51 prefund below actualGasCost",
        "preVerificationGas is not enough, required: 58000, got: 32768",
    ] {
        block_on(async {
            let world = World::new();
            let session = world.enabled().await;
            wants(&world, text, 280_000);
            let asked = world.chain.rpc.count("eth_estimateUserOperationGas");
            assert!(move_to(&session, 2).await.unwrap(), "{text}");
            assert_eq!(world.chain.rpc.count("eth_estimateUserOperationGas"), asked + 2, "{text}");
            assert!(move_to(&session, 3).await.unwrap());
            assert_eq!(nonces(&world), [(0, 0), (0, 1)], "{text}");
            // The next one knows.
            assert_eq!(verification(&world)[1..], [294_912; 2], "{text}");
        });
    }
}

#[test]
fn a_bundler_that_never_has_enough_gas_is_told_after_three_tries() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let left = session.remaining();
        wants(&world, "AA26 over verificationGasLimit", u64::MAX);
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        let error = Error::from(outcome.unwrap_err());
        assert_eq!(error.code(), "bundler.simulation");
        assert!(took < 5_000 && error.to_string().contains("AA26"), "{took} ms, {error}");
        assert!(session.remaining().gas < left.gas, "any of the three may land");
        world.chain.rule(|_, _, _| None);
        assert!(move_to(&session, 3).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0)]);
    });
}

#[test]
fn what_is_dropped_twice_without_a_word_is_estimated_again() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        // It says that it took it, and drops it when it bundles.
        world.chain.rule(|_, method, params| {
            let gas = || parse_quantity(params[0]["verificationGasLimit"].as_str().unwrap()).unwrap();
            (method == "eth_sendUserOperation" && gas() < U256::from(280_000))
                .then(|| Ok(json!(super::chain::hash_of(&params[0]).to_string())))
        });
        let (outcome, took) = timed(&world, move_to(&session, 2)).await;
        assert!(outcome.unwrap(), "{took} ms");
        assert!(took < 180_000, "{took} ms");
        assert_eq!(nonces(&world), [(0, 0)]);
    });
}

#[test]
fn calls_that_send_more_than_the_account_has_are_told_so() {
    block_on(async {
        let world = World::new();
        let wanted = super::setup::scope(|json| {
            json["calls"][0]["value"] = json!({ "max": "100 ether" });
            json["spend"] = json!([{ "token": "native", "limit": "100 ether" }]);
            json["accept"] = json!(["local:spend[0]"]);
        });
        let session = world.request_for(&wanted).await.unwrap();
        assert!(move_to(&session, 2).await.unwrap());
        let ether = U256::from(10_u128.pow(18));
        world.chain.state.borrow_mut().balance = ether;
        // A call without the value reverts with nothing, and so does everything around it.
        world.chain.rule(|_, method, _| {
            (method == "eth_estimateUserOperationGas")
                .then(|| Err(refused("UserOperation reverted during simulation with reason: 0x")))
        });
        let mut dear = moved(3, 3);
        dear.value = ether * U256::from(3);
        let error = act(&session, dear).await.unwrap_err();
        let SessionFault::FundsNeeded { wei, address, .. } = &*error else { panic!("{error}") };
        assert_eq!((*wei, *address), (ether * U256::from(2), world.account()));
        assert!(error.to_string().contains("value"), "{error}");
        // Where the money is there, it is something else.
        let mut cheap = moved(3, 3);
        cheap.value = ether;
        let error = act(&session, cheap).await.unwrap_err();
        assert_eq!(Error::from(error).code(), "bundler.simulation");
    });
}

#[test]
fn what_is_dropped_and_cannot_be_raised_is_offered_as_it_is() {
    // At the highest fee that the scope allows, or where the bundler estimates nothing any more.
    for is_estimating in [true, false] {
        block_on(async {
            let world = World::new();
            world.chain.state.borrow_mut().fee = 5 * super::chain::GWEI;
            let session = world.enabled().await;
            let (mut drops, mut estimates) = (2, 0);
            world.chain.rule(move |_, method, params| match method {
                "eth_sendUserOperation" if drops > 0 => {
                    drops -= 1;
                    Some(Ok(json!(super::chain::hash_of(&params[0]).to_string())))
                }
                "eth_estimateUserOperationGas" if !is_estimating => {
                    estimates += 1;
                    (estimates > 1).then(|| Err(refused("execution reverted")))
                }
                _ => None,
            });
            let (outcome, took) = timed(&world, move_to(&session, 2)).await;
            assert!(outcome.unwrap() && took < 180_000, "{took} ms");
            assert_eq!(nonces(&world), [(0, 0)]);
        });
    }
}

#[test]
fn a_paymaster_does_not_ask_for_far_more_than_verification_takes() {
    block_on(async {
        let world = World::sponsored();
        let wanted =
            super::setup::scope(|json| json["paymaster"] = json!(super::setup::PAYMASTER.to_string()));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(move_to(&session, 2).await.unwrap());
        let left = session.remaining().gas;
        world.chain.rule(|state, method, params| {
            (method == "pm_getPaymasterData").then(|| {
                let mut answer = state.answer(method, params)?;
                answer["verificationGasLimit"] = json!("0x1312d00");
                Ok(answer)
            })
        });
        assert_eq!(Error::from(move_to(&session, 3).await.unwrap_err()).code(), "bundler.estimate");
        assert_eq!(session.remaining().gas, left, "nothing was signed");
    });
}
