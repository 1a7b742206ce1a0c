//! Acting: first and later operations, refusals, and what the chain does meanwhile.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, U256};
use futures_util::future::join_all;
use hallpass::error::Error;
use hallpass::host::Clock;
use hallpass::protocol::Call;
use hallpass::session::{AtLeast, NoSession, Session, SessionError, SessionFault, Stage, Status};
use hallpass::testing::{TestHost, block_on};
use hallpass::userop::v07::{Factory, Paymaster, UserOperation as Fields};
use hallpass::userop::{Authorization, UserOperation, split_nonce};

use serde_json::json;

use super::chain::{GWEI, refused, unreachable};
use super::setup::{BOARD, PAYMASTER, World, call, moved, scope};

/// All gas limits of the operation that enables the session, and of a later one, as the bundler of these tests estimates them.
const FIRST: u64 = 0x118000;
const LATER: u64 = 0x48000;

/// Something wrong with an operation.
type Change = fn(&mut Fields);

fn code(error: SessionError) -> &'static str {
    Error::from(error).code()
}

async fn act(session: &Rc<Session<TestHost>>, calls: &[Call]) -> Result<bool, SessionError> {
    let sent = session.send(calls, &|_| ()).await?;
    Ok(session.included(sent).await?.success)
}

#[test]
fn the_first_operation_deploys_and_enables_and_later_ones_follow() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        let stages = RefCell::new(Vec::new());
        let stage = |stage: Stage| stages.borrow_mut().push(stage.name());
        let sent = session.send(&[moved(1, 1)], &stage).await.unwrap();
        assert_eq!(*stages.borrow(), ["checked", "estimated", "signed", "sent"]);
        assert_eq!(session.summary().status, Status::Enabling);
        session.included(sent).await.unwrap();
        assert_eq!(session.summary().status, Status::Enabled);
        for step in 2..5 {
            assert!(act(&session, &[moved(step, 1)]).await.unwrap());
        }
        assert!(act(&session, &[moved(5, 1), moved(6, 1)]).await.unwrap());
        let nonces: Vec<(bool, u64)> = world
            .chain
            .operations()
            .iter()
            .map(|op| {
                let UserOperation::V07(op) = op else { panic!("another version") };
                (op.factory.is_some(), split_nonce(op.nonce).1)
            })
            .collect();
        assert_eq!(nonces, [(true, 0), (false, 0), (false, 1), (false, 2), (false, 3)]);
        assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 1, "one signature for all of it");
        let spent = U256::from(10_u64.pow(17)) - session.remaining().gas;
        assert_eq!(spent, U256::from((FIRST + 4 * LATER) * GWEI));
    });
}

#[test]
fn operations_sent_before_the_session_is_enabled_wait_for_it() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        let other =
            world.another_tab().restore(&scope(|_| ()), None, Default::default()).await.unwrap().unwrap();
        let moves = (0..8).map(|step| {
            let session = if step % 2 == 0 { &session } else { &other };
            async move { act(session, &[moved(step, 0)]).await }
        });
        for outcome in join_all(moves).await {
            assert!(outcome.unwrap());
        }
        let operations = world.chain.operations();
        let enabling = operations.iter().filter(|op| {
            let UserOperation::V07(op) = op else { panic!("another version") };
            op.nonce >> 248 == U256::from(1)
        });
        assert_eq!((operations.len(), enabling.count()), (8, 1));
    });
}

#[test]
fn operations_keep_their_order() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        // Each estimate takes longer than the next one's.
        for turns in (1..=6).rev() {
            world.chain.rpc.delay_next("eth_estimateUserOperationGas", 10 * turns);
        }
        let moves = (0..6_u64).map(|step| {
            let session = &session;
            async move { act(session, &[moved(step, 0)]).await }
        });
        for outcome in join_all(moves).await {
            assert!(outcome.unwrap());
        }
        let sent: Vec<u8> = world
            .chain
            .operations()
            .iter()
            .skip(1)
            .map(|op| {
                let UserOperation::V07(op) = op else { panic!("another version") };
                // The first argument of the move.
                op.call_data[4 + 96 + 52 + 4 + 31]
            })
            .collect();
        assert_eq!(sent, [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn out_of_scope_is_refused_before_any_request() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let before = world.chain.rpc.methods().len();
        let cases = [
            (call("surrender()", 0, &[]), "scope.function"),
            (call("buy(uint256,uint256)", 51, &[1, 5]), "scope.value"),
            (call("buy(uint256,uint256)", 0, &[1, 6]), "scope.argument"),
            (Call { to: Address::repeat_byte(3), ..moved(1, 1) }, "scope.target"),
        ];
        for (forbidden, told) in cases {
            let fault = session.send(&[moved(1, 1), forbidden], &|_| ()).await.unwrap_err();
            assert_eq!(code(fault), told);
        }
        assert_eq!(world.chain.rpc.methods().len(), before, "no request was sent");
    });
}

#[test]
fn budgets_end() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["limits"]["operations"] = json!(2));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        assert_eq!(session.remaining().operations, Some(1));
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        let asked = world.chain.rpc.methods().len();
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "scope.operations");
        assert_eq!(world.chain.rpc.methods().len(), asked, "nobody was asked");
        let world = World::new();
        let session = world.enabled().await;
        // What is asked for leaves room for dearer blocks: as long as the highest fee is enough for this one, it is paid.
        world.chain.state.borrow_mut().fee = 6 * GWEI;
        world.host.clock.advance(Duration::from_secs(3));
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        world.chain.rule(|state, method, params| {
            let mut block =
                (method == "eth_getBlockByNumber").then(|| state.answer(method, params).unwrap())?;
            block["baseFeePerGas"] = json!("0x12a05f201");
            Some(Ok(block))
        });
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "scope.fee");
        world.chain.rule(|_, _, _| None);
        let world = World::new();
        let tight =
            scope(|json| json["limits"]["gas"]["total"] = json!(((FIRST + 4 * LATER) * GWEI).to_string()));
        let session = world.request_for(&tight).await.unwrap();
        for _ in 0..5 {
            assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        }
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "scope.gas");
    });
}

/// No endpoint's estimate or price takes the budget at once.
#[test]
fn one_operation_takes_no_more_than_its_share_of_the_gas_budget() {
    block_on(async {
        let of_total = |gas: u64, per_operation: Option<u64>| {
            let wei = |gas: u64| (gas * GWEI).to_string();
            scope(|json| {
                json["limits"]["gas"] = json!({ "total": wei(gas), "perOperation": per_operation.map(wei) });
            })
        };
        let world = World::new();
        let session = world.request_for(&of_total(FIRST + LATER + 1, None)).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap(), "the first may take four fifths");
        let refused = act(&session, &[moved(1, 1)]).await.unwrap_err();
        assert_eq!(code(refused.clone()), "scope.gas-share");
        let text = refused.to_string();
        assert!(text.contains(&format!("perOperation {} would do", LATER * GWEI)), "{text}");
        assert_eq!(session.remaining().gas, U256::from((LATER + 1) * GWEI), "nothing was signed");

        let world = World::new();
        let session = world.request_for(&of_total(FIRST + LATER + 1, Some(LATER))).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        assert!(act(&session, &[moved(1, 1)]).await.unwrap(), "what was said to do does");

        let world = World::new();
        let session = world.request_for(&of_total(FIRST, None)).await.unwrap();
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "scope.gas-share");
        let world = World::new();
        let session = world.request_for(&of_total(FIRST, Some(FIRST))).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap(), "all of it, if the scope says so");
    });
}

#[test]
fn a_named_paymaster_pays_and_no_other() {
    block_on(async {
        let world = World::sponsored();
        world.chain.state.borrow_mut().balance = U256::ZERO;
        let wanted = scope(|json| json["paymaster"] = json!(PAYMASTER.to_string()));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        world.chain.state.borrow_mut().paymaster = Address::repeat_byte(0x66);
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "scope.paymaster");
    });
}

#[test]
fn a_refused_operation_costs_nothing_once_the_next_took_its_nonce() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let left = session.remaining().gas;
        world.chain.fail_next("eth_sendUserOperation", refused("AA24 signature error"));
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "bundler.simulation");
        let reserved = left - session.remaining().gas;
        assert_eq!(reserved, U256::from(LATER * GWEI), "it may land all the same, so it counts");
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0)], "the next one was signed for its nonce");
        // A unit of gas tells two operations with the same calls apart.
        let counted = left - session.remaining().gas;
        assert_eq!(counted, reserved + U256::from(GWEI), "of the two one landed, and one counts");
    });
}

/// Lane and sequence of every operation that the chain took in use mode.
pub fn nonces(world: &World) -> Vec<(u16, u64)> {
    let operations = world.chain.operations();
    let fields = operations.iter().map(|op| {
        let UserOperation::V07(op) = op else { panic!("another version") };
        op
    });
    let used = fields.filter(|op| op.nonce >> 248 == U256::ZERO);
    used.map(|op| split_nonce(op.nonce)).map(|(key, sequence)| (key.wrapping_to::<u16>(), sequence)).collect()
}

#[test]
fn a_lost_answer_is_asked_for_again_and_nothing_happens_twice() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        // The bundler took it, and the connection broke before it said so.
        world.chain.lose_next_answer("eth_sendUserOperation");
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0)]);
        // It never arrived, however often it was offered.
        let left = session.remaining().gas;
        for _ in 0..100 {
            world.chain.fail_next("eth_sendUserOperation", unreachable());
        }
        let fault = act(&session, &[moved(2, 2)]).await.unwrap_err();
        assert!(!fault.is_retryable(), "nobody knows whether it was done");
        assert_eq!(code(fault), "operation.unknown");
        assert!(session.remaining().gas < left, "it may have arrived, so it counts");
        world.chain.state.borrow_mut().faults.clear();
        assert!(act(&session, &[moved(3, 3)]).await.unwrap());
        assert_eq!(
            nonces(&world),
            [(0, 0), (0, 1)],
            "the next one was signed for its nonce: one of the two can land"
        );
    });
}

#[test]
fn a_question_for_a_receipt_that_fails_says_nothing_about_the_operation() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        for _ in 0..3 {
            world.chain.fail_next("eth_getUserOperationReceipt", unreachable());
        }
        world.chain.fail_next("eth_getUserOperationReceipt", refused("too many requests"));
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
    });
}

#[test]
fn a_bundler_that_hangs_is_waited_for_no_longer_than_a_request_may_take() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.rpc.hang_next("eth_sendUserOperation");
        let start = Clock::millis(&world.host.clock);
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        let waited = Clock::millis(&world.host.clock) - start;
        assert!((10_000..12_000).contains(&waited), "{waited} ms");
        assert!(act(&session, &[moved(2, 2)]).await.unwrap());
        assert_eq!(nonces(&world), [(0, 0), (0, 1)]);
    });
}

#[test]
fn a_lock_keeps_what_waits_from_being_signed() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.rpc.delay_next("eth_sendUserOperation", 50);
        let calls = [[moved(1, 1)], [moved(2, 2)]];
        let (first, second) = (act(&session, &calls[0]), act(&session, &calls[1]));
        let lock = async {
            while world.chain.rpc.count("eth_sendUserOperation") < 2 {
                futures_util::future::ready(()).await;
                hallpass::host::Clock::sleep(&world.host.clock, std::time::Duration::ZERO).await;
            }
            session.lock().await
        };
        let (first, second, locked) = futures_util::future::join3(first, second, lock).await;
        assert!(first.unwrap());
        assert_eq!(code(second.unwrap_err()), "session.locked");
        locked.unwrap();
        assert_eq!(world.chain.operations().len(), 2, "the first of all, and the first of these");
        session.unlock().await.unwrap();
        assert!(act(&session, &[moved(3, 3)]).await.unwrap());
    });
}

#[test]
fn a_stale_view_is_read_again_once() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        for text in ["AA25 invalid account nonce", "AA23 reverted 0x756688fe"] {
            world.chain.fail_next("eth_estimateUserOperationGas", refused(text));
            assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        }
        for _ in 0..2 {
            world.chain.fail_next("eth_estimateUserOperationGas", refused("AA25 invalid account nonce"));
        }
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "bundler.simulation");
    });
}

#[test]
fn a_revoked_session_is_known_at_the_first_refusal() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().removed = true;
        world.chain.fail_next("eth_estimateUserOperationGas", refused("AA23 reverted 0x756688fe"));
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "session.revoked");
        assert_eq!(session.summary().status, Status::Revoked);
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "session.revoked");
    });
}

#[test]
fn an_enabling_operation_that_never_arrives_is_sent_again() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        for _ in 0..4 {
            world.chain.fail_next("eth_sendUserOperation", unreachable());
        }
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        assert_eq!(world.chain.operations().len(), 1);
    });
}

#[test]
fn a_revert_on_chain_is_told_with_its_reason() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        world.chain.state.borrow_mut().revert = Some(vec![0x59, 0xd5, 0x2e, 0x40]);
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        let receipt = session.included(sent).await.unwrap();
        assert!(!receipt.success);
        let fault = SessionError::from(SessionFault::Reverted(Box::new(receipt)));
        assert!(fault.to_string().contains("CallViolatesParamRule()"), "{fault}");
        assert_eq!(code(fault), "execution.reverted");
    });
}

#[test]
fn locked_and_expired_sessions_do_not_act() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        session.suspend();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap(), "suspending is not noticed");
        session.lock().await.unwrap();
        let other =
            world.another_tab().restore(&scope(|_| ()), None, Default::default()).await.unwrap().unwrap();
        for session in [&session, &other] {
            assert_eq!(code(act(session, &[moved(1, 1)]).await.unwrap_err()), "session.locked");
        }
        session.unlock().await.unwrap();
        assert!(act(&other, &[moved(1, 1)]).await.unwrap());
        world.host.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "session.expired");
        assert_eq!(session.summary().status, Status::Expired);
    });
}

#[test]
fn the_owner_revokes_by_a_plain_transaction() {
    block_on(async {
        let world = World::new();
        let session = world.request().await.unwrap();
        assert_eq!(code(session.revoke(&world.owner()).await.unwrap_err()), "revoke.nothing-on-chain");
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        session.revoke(&world.owner()).await.unwrap();
        let transaction = world.wallet.rpc().last("eth_sendTransaction").unwrap()[0].clone();
        assert_eq!(transaction["to"], json!(world.account().to_string()));
        assert_eq!(transaction["from"], json!(world.key.address().to_string()));
        assert_eq!(session.summary().status, Status::Revoked);
        assert_eq!(code(act(&session, &[moved(1, 1)]).await.unwrap_err()), "session.revoked");
    });
}

#[test]
fn only_operations_as_granted_are_signed() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let good = session.prepare(&[moved(1, 1)], Default::default()).await.unwrap().operation;
        let left = session.remaining().gas;
        let changes: [(&str, Change); 13] = [
            ("grant.other-operation", |op| op.sender = Address::repeat_byte(1)),
            ("grant.other-operation", |op| op.nonce ^= U256::from(1) << 64),
            ("grant.other-operation", |op| op.nonce ^= U256::from(1) << 255),
            ("grant.other-operation", |op| op.nonce += U256::from(1)),
            ("grant.other-operation", |op| op.factory = Some(Factory::default())),
            ("grant.other-operation", |op| op.authorization = Some(Authorization::default())),
            ("grant.other-operation", |op| op.pre_verification_gas = U256::MAX),
            ("calls.not-execute", |op| op.call_data = vec![1, 2, 3, 4].into()),
            ("scope.fee", |op| op.max_fee_per_gas = 6 * u128::from(GWEI)),
            ("scope.gas", |op| op.call_gas_limit = 10_u128.pow(12)),
            ("scope.paymaster", |op| {
                op.paymaster = Some(Paymaster { address: PAYMASTER, ..Paymaster::default() });
            }),
            ("calls.not-canonical", |op| op.call_data = [op.call_data.as_ref(), &[0]].concat().into()),
            ("calls.mode", |op| {
                let mut call_data = op.call_data.to_vec();
                call_data[4] = 0xff;
                op.call_data = call_data.into();
            }),
        ];
        for (told, change) in changes {
            let mut op = good.clone();
            change(&mut op);
            let fault = session.sign_operation(&op).await.unwrap_err();
            assert_eq!(code(fault), told);
        }
        assert_eq!(session.remaining().gas, left);
        let signature = session.sign_operation(&good).await.unwrap();
        assert_eq!((signature.len(), signature[0]), (66, 0xff));
        assert!(session.remaining().gas < left, "debited when it is signed");
        let other = Fields {
            call_data: session.prepare(&[moved(2, 2)], Default::default()).await.unwrap().operation.call_data,
            ..*good
        };
        let fault = session.sign_operation(&other).await.unwrap_err();
        assert_eq!(code(fault), "grant.other-operation", "no second operation for one nonce");
    });
}

#[test]
fn a_narrowed_session_keeps_to_the_narrower_scope() {
    block_on(async {
        let world = World::new();
        let session = world.enabled().await;
        let narrower = scope(|json| {
            json["calls"] = json!([{ "to": BOARD.to_string(), "function": "move(uint8 x,uint8 y)", "args": [1, { "any": true }] }]);
            json["limits"]["operations"] = json!(1);
        });
        let wider = scope(|json| json["calls"][1]["args"][1] = json!({ "lte": 6 }));
        assert_eq!(code(session.narrow(&wider).await.unwrap_err()), "scope.wider");
        session.narrow(&narrower).await.unwrap();
        assert_eq!(code(session.narrow(&scope(|_| ())).await.unwrap_err()), "scope.wider", "not back again");
        assert_eq!(code(act(&session, &[moved(2, 1)]).await.unwrap_err()), "scope.argument");
        // Another tab keeps to it too, and its budget is counted from here.
        let tab = world.another_tab();
        let wide = tab.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap();
        assert_eq!(wide.unwrap_err(), NoSession::ScopeWider);
        let found = tab.restore(&narrower, None, AtLeast::default()).await.unwrap().unwrap();
        assert_eq!(
            code(act(&found, &[call("buy(uint256,uint256)", 0, &[1, 1])]).await.unwrap_err()),
            "scope.function"
        );
        assert!(act(&found, &[moved(1, 1)]).await.unwrap());
        assert_eq!(code(act(&found, &[moved(1, 2)]).await.unwrap_err()), "scope.operations");
    });
}

/// The contract counts by the chain's clock, whatever this one says.
#[test]
fn a_rate_goes_by_the_time_of_the_chain() {
    block_on(async {
        let world = World::new();
        let wanted = scope(|json| json["limits"]["rate"] = json!({ "every": "60s" }));
        let session = world.request_for(&wanted).await.unwrap();
        assert!(act(&session, &[moved(1, 1)]).await.unwrap());
        world.host.clock.advance(std::time::Duration::from_secs(100));
        assert_eq!(code(act(&session, &[moved(1, 2)]).await.unwrap_err()), "scope.rate");
        world.chain.state.borrow_mut().passed = 59;
        assert_eq!(code(act(&session, &[moved(1, 2)]).await.unwrap_err()), "scope.rate");
        world.chain.state.borrow_mut().passed = 60;
        assert!(act(&session, &[moved(1, 2)]).await.unwrap());
    });
}
