//! Wallets of every kind: what each says, and what the app is told.

use std::cell::Cell;
use std::rc::Rc;

use alloy_primitives::{Address, U256};
use hallpass::endpoint::owner::{Owner, OwnerError};
use hallpass::error::Error;
use hallpass::hex::{data, quantity};
use hallpass::host::{RpcError, RpcFault};
use hallpass::key::SessionKey;
use hallpass::session::{SessionError, SessionFault, Status};
use hallpass::testing::{ScriptedWallet, block_on};

use serde_json::json;

use super::chain::CHAIN_ID;
use super::setup::{WalletRule, World, rejected, signed};

/// A wallet that answers one method with an error.
fn failing(method: &'static str, error: RpcError) -> WalletRule {
    Box::new(move |asked, _| (asked == method).then(|| Err(error.clone())))
}

fn outcome(world: &World) -> Result<Status, String> {
    match block_on(world.request()) {
        Ok(session) => Ok(session.summary().status),
        Err(error) => Err(Error::from(error).code().to_owned()),
    }
}

#[test]
fn every_refusal_has_its_code_and_leaves_nothing() {
    let cases = [
        (4001, "wallet.rejected"),
        (4100, "wallet.unauthorized"),
        (4200, "wallet.unsupported-method"),
        (-32601, "wallet.unsupported-method"),
        (4901, "wallet.chain-disconnected"),
    ];
    for (code, told) in cases {
        let world = World::with_wallet(failing("eth_signTypedData_v4", rejected(code)));
        assert_eq!(outcome(&world), Err(told.to_owned()));
        assert_eq!(world.host.sealer.held(), 0, "{told}");
        assert!(block_on(world.client.list()).unwrap().is_empty(), "{told}");
        let world = World::with_wallet(failing("eth_requestAccounts", rejected(code)));
        assert_eq!(outcome(&world), Err(told.to_owned()));
    }
}

#[test]
fn a_refusal_that_is_none_keeps_the_request() {
    for (code, told) in [(4900, "wallet.disconnected"), (-32002, "wallet.busy"), (-32603, "wallet.failed")] {
        let world = World::with_wallet(failing("eth_signTypedData_v4", rejected(code)));
        assert_eq!(outcome(&world), Err(told.to_owned()));
        assert_eq!(world.host.sealer.held(), 1, "{told}: resume can still finish it");
    }
}

#[test]
fn a_code_behind_an_internal_error_is_found() {
    let data = json!({ "originalError": { "code": 4001 } });
    let error = RpcError::from(RpcFault::Answer { code: -32603, message: "Internal error".to_owned(), data });
    let world = World::with_wallet(failing("eth_signTypedData_v4", error));
    assert_eq!(outcome(&world), Err("wallet.rejected".to_owned()));
}

/// A wallet on chain 1 that knows this chain or has to be told of it.
fn on_another_chain(knows: bool, can_add: bool) -> (World, Rc<Cell<u64>>) {
    let chain = Rc::new(Cell::new(1));
    let shared = Rc::clone(&chain);
    let known = Cell::new(knows);
    let world = World::with_wallet(Box::new(move |method, params| {
        Some(match method {
            "eth_chainId" => Ok(json!(quantity(U256::from(shared.get())))),
            "wallet_switchEthereumChain" if !known.get() => Err(rejected(4902)),
            "wallet_addEthereumChain" if !can_add => Err(rejected(4001)),
            "wallet_switchEthereumChain" | "wallet_addEthereumChain" => {
                assert_eq!(params[0]["chainId"], json!(quantity(U256::from(CHAIN_ID))));
                shared.set(CHAIN_ID);
                Ok(json!({}))
            }
            _ => return None,
        })
    }));
    (world, chain)
}

#[test]
fn a_wallet_on_another_chain_is_brought_over() {
    let (world, _) = on_another_chain(true, false);
    assert_eq!(outcome(&world), Ok(Status::Granted));
    assert_eq!(world.wallet.rpc().count("wallet_addEthereumChain"), 0);
    let (world, _) = on_another_chain(false, true);
    assert_eq!(outcome(&world), Ok(Status::Granted));
    assert_eq!(world.wallet.rpc().last("wallet_addEthereumChain").unwrap()[0]["chainName"], json!("Local"));
    let (world, _) = on_another_chain(false, false);
    assert_eq!(outcome(&world), Err("wallet.rejected".to_owned()));
}

#[test]
fn a_wallet_without_a_way_to_switch_says_so() {
    let world = World::with_wallet(Box::new(|method, _| match method {
        "eth_chainId" => Some(Ok(json!("0x1"))),
        "wallet_switchEthereumChain" => Some(Err(rejected(-32601))),
        _ => None,
    }));
    assert_eq!(outcome(&world), Err("wallet.wrong-chain".to_owned()));
    assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 0);
}

/// A wallet that changes what a good one would have signed.
fn altering(change: impl Fn(Vec<u8>) -> Vec<u8> + 'static) -> World {
    let key = Rc::new(std::cell::RefCell::new(None::<Rc<SessionKey>>));
    let shared = Rc::clone(&key);
    let world = World::with_wallet(Box::new(move |method, params| {
        let key = shared.borrow().clone();
        (method == "eth_signTypedData_v4").then(|| Ok(json!(data(&change(signed(&key.unwrap(), params))))))
    }));
    *key.borrow_mut() = Some(Rc::clone(&world.key));
    world
}

#[test]
fn signatures_come_in_several_forms() {
    let low_v = altering(|mut bytes| {
        bytes[64] -= 27;
        bytes
    });
    assert_eq!(outcome(&low_v), Ok(Status::Granted));
    let wrapped = altering(|bytes| [bytes, [0x64, 0x92].repeat(16)].concat());
    assert_eq!(outcome(&wrapped), Err("wallet.contract-owner".to_owned()));
    let odd_v = altering(|mut bytes| {
        bytes[64] = 31;
        bytes
    });
    assert_eq!(outcome(&odd_v), Err("wallet.signature".to_owned()));
    let empty = altering(|_| Vec::new());
    assert_eq!(outcome(&empty), Err("wallet.contract-owner".to_owned()));
}

#[test]
fn another_signer_is_told_apart_from_a_contract() {
    let stranger = Rc::new(SessionKey::generate().unwrap());
    let other = || {
        let key = Rc::clone(&stranger);
        World::with_wallet(Box::new(move |method, params| {
            (method == "eth_signTypedData_v4").then(|| Ok(json!(data(&signed(&key, params)))))
        }))
    };
    assert_eq!(outcome(&other()), Err("wallet.other-signer".to_owned()));
    let world = other();
    world.chain.state.borrow_mut().codes.insert(world.key.address(), vec![0xef, 1, 0, 9]);
    assert_eq!(outcome(&world), Err("wallet.contract-owner".to_owned()));
    // A contract is known before anybody is asked.
    let world = World::new();
    world.chain.state.borrow_mut().codes.insert(world.key.address(), vec![1]);
    assert_eq!(outcome(&world), Err("wallet.contract-owner".to_owned()));
    assert_eq!(world.wallet.rpc().count("eth_signTypedData_v4"), 0);
    // An owner with code that signs with its key all the same (EIP-7702) is a good owner.
    let world = World::new();
    world.chain.state.borrow_mut().codes.insert(world.key.address(), vec![0xef, 1, 0]);
    assert_eq!(outcome(&world), Ok(Status::Granted));
}

#[test]
fn a_wallet_without_accounts_or_with_others() {
    let world =
        World::with_wallet(Box::new(|method, _| (method == "eth_requestAccounts").then(|| Ok(json!([])))));
    assert_eq!(outcome(&world), Err("wallet.no-account".to_owned()));
    let world = World::new();
    let mut terms = super::setup::terms(&super::setup::scope(|_| ()), 3600);
    terms.owner = Some(Address::repeat_byte(5));
    let fault = block_on(world.client.request(&world.owner(), &terms, &|_| ())).unwrap_err();
    assert_eq!(
        fault,
        SessionError::from(SessionFault::Owner(OwnerError::WrongAccount { wanted: Address::repeat_byte(5) }))
    );
    let world =
        World::with_wallet(Box::new(|method, _| (method == "eth_requestAccounts").then(|| Ok(json!("0x1")))));
    assert_eq!(outcome(&world), Err("wallet.failed".to_owned()));
}

/// A wallet that never signs, and leaves the account or chain meanwhile.
fn leaving(answer: &'static str, value: serde_json::Value) -> String {
    let asked = Rc::new(Cell::new(false));
    let wallet: Rc<std::cell::RefCell<Option<ScriptedWallet>>> = Rc::default();
    let (at_prompt, announcer) = (Rc::clone(&asked), Rc::clone(&wallet));
    let world = World::with_wallet(Box::new(move |method, _| {
        if method == "eth_signTypedData_v4" {
            at_prompt.set(true);
            announcer.borrow().as_ref().unwrap().announce_change();
            return Some(Ok(json!(null)));
        }
        (at_prompt.get() && method == answer).then(|| Ok(value.clone()))
    }));
    *wallet.borrow_mut() = Some(world.wallet.clone());
    outcome(&world).unwrap_err()
}

#[test]
fn a_change_while_the_prompt_is_open_ends_the_wait() {
    let other = json!([Address::repeat_byte(6).to_string()]);
    assert_eq!(leaving("eth_accounts", other), "wallet.account-changed");
    assert_eq!(leaving("eth_accounts", json!([])), "wallet.account-changed");
    assert_eq!(leaving("eth_chainId", json!("0x1")), "wallet.chain-changed");
}

#[test]
fn wallets_are_not_asked_what_they_refuse() {
    let world = World::new();
    let session = block_on(world.request()).unwrap();
    let params = world.wallet.rpc().last("eth_signTypedData_v4").unwrap();
    let typed_data = hallpass::eip712::TypedData::from_json_text(params[1].as_str().unwrap()).unwrap();
    let preflight = Owner::<ScriptedWallet>::preflight;
    assert_eq!(preflight(world.key.address(), &typed_data), Ok(()));
    let own = session.summary().account;
    assert_eq!(preflight(own, &typed_data), Err(OwnerError::OwnAccount { owner: own }));
}
