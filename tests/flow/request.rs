//! Asking for a session.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, Bytes, address, keccak256};
use hallpass::endpoint::owner::OwnerError;
use hallpass::error::Error;
use hallpass::host::Clock;
use hallpass::key::KeyKind;
use hallpass::protocol::EnforcedBy;
use hallpass::protocol::kernel_v3::ECDSA_VALIDATOR;
use hallpass::session::{
    AtLeast, NoSession, RequestStage, SessionError, SessionFault, Status, TIMEOUT, Terms,
};
use hallpass::time::Timestamp;

use serde_json::json;

use super::chain::GWEI;
use super::setup::{BOARD, PAYMASTER, World, moved, scope, signed, terms};
use hallpass::testing::block_on;

#[test]
fn a_kind_of_key_that_the_account_does_not_check_is_refused_before_anything() {
    block_on(async {
        let world = World::new();
        let terms = Terms { key: Some(KeyKind::P256), ..terms(&scope(|_| ()), 3600) };
        let fault = world.client.request(&world.owner(), &terms, &|_| ()).await.unwrap_err();
        assert_eq!(Error::from(fault.clone()).code(), "account.key-kind");
        assert!(fault.to_string().contains("secp256k1"), "{fault}");
        assert!(world.wallet.rpc().methods().is_empty(), "the wallet was not asked");
        assert_eq!(world.host.sealer.held(), 0);
        let terms = Terms { key: Some(KeyKind::Secp256k1), ..terms };
        assert!(world.client.request(&world.owner(), &terms, &|_| ()).await.is_ok());
    });
}

#[test]
fn a_session_that_begins_later_does_nothing_before() {
    block_on(async {
        let world = World::new();
        let now = world.host.clock.now().seconds();
        let starts_at = Timestamp::from_seconds(now + 600).unwrap();
        let wanted = Terms { starts_at: Some(starts_at), ..terms(&scope(|_| ()), 3600) };
        let session = world.client.request(&world.owner(), &wanted, &|_| ()).await.unwrap();
        assert_eq!(session.summary().starts_at, Some(starts_at));
        let told = session.explain(&[]);
        assert!(told.iter().any(|sentence| sentence.text.starts_with("It begins on ")), "{told:?}");
        let refused = session.begin(&[moved(1, 2)], TIMEOUT).unwrap_err();
        assert_eq!((refused.own_code(), refused.is_retryable()), (Some("session.not-yet"), true));
        assert_eq!(world.chain.rpc.count("eth_sendUserOperation"), 0);
        let restored = world.client.restore(&scope(|_| ()), None, AtLeast::default()).await.unwrap();
        assert_eq!(restored.err(), Some(NoSession::NotYet));
        world.host.clock.sleep(Duration::from_secs(600)).await;
        assert!(session.begin(&[moved(1, 2)], TIMEOUT).unwrap().included().await.unwrap().success);
        let reversed =
            Terms { starts_at: Some(Timestamp::from_seconds(now + 7200).unwrap()), ..wanted.clone() };
        let fault = world.client.request(&world.owner(), &reversed, &|_| ()).await.unwrap_err();
        assert_eq!(Error::from(fault).code(), "time.invalid");
        let brief = Terms {
            starts_at: Some(Timestamp::from_seconds(wanted.valid_until.seconds() - 5).unwrap()),
            ..wanted
        };
        let fault = world.client.request(&world.owner(), &brief, &|_| ()).await.unwrap_err();
        assert_eq!(fault.own_code(), Some("session.ends-in-the-past"), "over before it begins");
    });
}

#[test]
fn one_prompt_and_the_session_is_stored() {
    block_on(async {
        let world = World::new();
        let stages = RefCell::new(Vec::new());
        let stage = |stage: RequestStage| stages.borrow_mut().push(stage.name());
        let session =
            world.client.request(&world.owner(), &terms(&scope(|_| ()), 3600), &stage).await.unwrap();
        assert_eq!(*stages.borrow(), ["connecting", "funding", "awaiting-signature", "verifying", "stored"]);
        assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 1);
        let summary = session.summary();
        assert_eq!((summary.status, summary.account), (Status::Granted, world.account()));
        assert_eq!(world.client.list().await.unwrap(), [summary]);
        assert_eq!(session.check(&[moved(1, 2)]), []);
    });
}

#[test]
fn the_key_is_sealed_before_the_wallet_is_asked() {
    block_on(async {
        let world = World::new();
        let (client, held) = (Rc::clone(&world.client), world.host.sealer.clone());
        let at_prompt = Rc::new(RefCell::new(None));
        let seen = Rc::clone(&at_prompt);
        let stage = move |stage: RequestStage| {
            if stage == RequestStage::AwaitingSignature {
                *seen.borrow_mut() = Some((held.held(), block_on(client.list()).unwrap()[0].status));
            }
        };
        world.client.request(&world.owner(), &terms(&scope(|_| ()), 3600), &stage).await.unwrap();
        assert_eq!(*at_prompt.borrow(), Some((1, Status::Pending)));
    });
}

#[test]
fn an_answer_that_came_some_other_way_is_taken_up() {
    block_on(async {
        // The page dies while the wallet shows the request: the future is dropped.
        let world = World::with_wallet(Box::new(|method, _| {
            (method == "eth_signTypedData_v4").then_some(Ok(json!(null)))
        }));
        let scope = scope(|_| ());
        let request_terms = terms(&scope, 3600);
        {
            let owner = world.owner();
            let mut request = Box::pin(world.client.request(&owner, &request_terms, &|_| ()));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            while world.wallet.rpc().count("eth_signTypedData_v4") == 0 {
                assert!(request.as_mut().poll(&mut context).is_pending());
            }
        }
        let params = world.wallet.rpc().last("eth_signTypedData_v4").unwrap();
        let tab = world.another_tab();
        let wrong = Bytes::from(vec![1; 65]);
        assert!(tab.resume(&world.owner(), Some(wrong), &|_| ()).await.is_err());
        let signature = Bytes::from(signed(&world.key, &params));
        let session = tab.resume(&world.owner(), Some(signature), &|_| ()).await.unwrap().unwrap();
        assert_eq!(session.summary().status, Status::Granted);
        let sent = session.send(&[moved(1, 2)], &|_| ()).await.unwrap();
        assert!(session.included(sent).await.unwrap().success);
        assert!(tab.resume(&world.owner(), None, &|_| ()).await.unwrap().is_none());
    });
}

#[test]
fn a_request_nobody_answers_is_dropped_after_ten_minutes() {
    block_on(async {
        let world = World::with_wallet(Box::new(|method, _| {
            (method == "eth_signTypedData_v4").then(|| Err(super::chain::unreachable()))
        }));
        assert!(
            world
                .request()
                .await
                .is_err_and(|error| matches!(*error, SessionFault::Owner(OwnerError::Failed(_))))
        );
        assert_eq!((world.host.sealer.held(), world.client.list().await.unwrap().len()), (1, 1));
        world.host.clock.advance(std::time::Duration::from_secs(601));
        assert!(world.client.resume(&world.owner(), None, &|_| ()).await.unwrap().is_none());
        assert_eq!((world.host.sealer.held(), world.client.list().await.unwrap().len()), (0, 0));
    });
}

#[test]
fn what_cannot_work_is_said_before_the_prompt() {
    block_on(async {
        let world = World::new();
        let code = |outcome: Result<_, SessionError>| {
            Error::from(outcome.map(|_: Rc<hallpass::session::Session<_>>| ()).unwrap_err()).code()
        };
        world.chain.state.borrow_mut().balance = alloy_primitives::U256::from(5);
        let fault = world.request().await.unwrap_err();
        let SessionFault::FundsNeeded { wei, address, .. } = *fault else { panic!("{fault}") };
        assert!(address == world.account() && wei > alloy_primitives::U256::from(500_000 * GWEI));
        world.chain.state.borrow_mut().balance = wei + alloy_primitives::U256::from(5);
        world.chain.state.borrow_mut().chain_id = 1;
        assert_eq!(code(world.request().await), "chain.mismatch");
        world.chain.state.borrow_mut().chain_id = super::chain::CHAIN_ID;
        let with =
            |pointer: &'static str, value| scope(move |json| *json.pointer_mut(pointer).unwrap() = value);
        let sponsored = scope(|json| json["paymaster"] = json!(PAYMASTER.to_string()));
        assert_eq!(code(world.request_for(&sponsored).await), "paymaster.missing");
        let validator = with("/calls/0/to", json!(ECDSA_VALIDATOR.to_string()));
        assert_eq!(code(world.request_for(&validator).await), "compile.forbidden-target");
        let own = with("/calls/0/to", json!(world.account().to_string()));
        assert_eq!(code(world.request_for(&own).await), "compile.forbidden-target");
        let twice = with("/calls/1/function", json!("move(uint8 x,uint8 y)"));
        assert_eq!(code(world.request_for(&twice).await), "compile.duplicate-function");
        let request = |seconds| {
            let terms = terms(&scope(|_| ()), seconds);
            let (client, owner) = (Rc::clone(&world.client), world.owner());
            async move { code(client.request(&owner, &terms, &|_| ()).await) }
        };
        assert_eq!(request(0).await, "session.ends-in-the-past");
        assert_eq!(request(8 * 86_400).await, "scope.not-accepted");
        world.chain.state.borrow_mut().deployed = true;
        world.chain.state.borrow_mut().owner = Address::repeat_byte(9);
        assert_eq!(code(world.request().await), "session.owner-changed");
        assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 0, "nobody was asked");
        assert_eq!(world.host.sealer.held(), 0, "no key was made");
        world.chain.state.borrow_mut().deployed = false;
        world.request().await.unwrap();
    });
}

#[test]
fn targets_are_looked_at_on_chain() {
    block_on(async {
        let world = World::new();
        let ids = || async {
            let found = world.client.lint_targets(&scope(|_| ())).await.unwrap();
            found.iter().map(|finding| (finding.rule.id, finding.path.clone())).collect::<Vec<_>>()
        };
        assert_eq!(ids().await, []);
        world.chain.state.borrow_mut().proxies = vec![BOARD];
        assert_eq!(ids().await, [("upgradeable-target", "calls[0].to".to_owned())]);
        world.chain.state.borrow_mut().codes.insert(BOARD, Vec::new());
        assert_eq!(ids().await, [("no-code-target", "calls[0].to".to_owned())]);
        // A policy that is not there is told before the owner is asked.
        world.chain.state.borrow_mut().codes.insert(TIMESTAMP_POLICY, Vec::new());
        let fault = world.request().await.unwrap_err();
        assert_eq!(fault, SessionError::from(SessionFault::NoPolicyContract { address: TIMESTAMP_POLICY }));
        assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 0, "nobody was asked");
    });
}

#[test]
fn the_report_of_a_session_has_the_code_hashes_of_its_contracts() {
    block_on(async {
        let world = World::new();
        let report = world.request().await.unwrap().enforcement().unwrap();
        let hashes: Vec<_> = report
            .rules
            .iter()
            .filter_map(|rule| {
                if let EnforcedBy::Chain(contract) = &rule.by { Some(contract.code_hash) } else { None }
            })
            .collect();
        assert!(hashes.len() > 4 && hashes.iter().all(|hash| *hash == Some(keccak256([1]))), "{hashes:?}");
    });
}

const TIMESTAMP_POLICY: Address = address!("0xB9f8f524bE6EcD8C945b1b87f9ae5C192FdCE20F");
