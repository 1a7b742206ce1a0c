//! Codes of errors: of every way in which a node, a bundler and a paymaster fail, and of what only the Rust crate is given.

use alloy_primitives::{B256, U256};
use hallpass::abi::{Function, Type};
use hallpass::eip712::{Domain, TypedData};
use hallpass::endpoint::bundler::{BundlerError, OtherHash};
use hallpass::endpoint::owner::OwnerError;
use hallpass::error::Error;
use hallpass::hex;
use hallpass::host::{RpcError, RpcFault, SealError};
use hallpass::json;
use hallpass::key::{KeyError, Signature};
use hallpass::protocol::{ProtocolError, ProtocolFault};
use hallpass::session::{SessionError, SessionFault};
use hallpass::testing::block_on;
use hallpass::userop::{EntryPoint, EntryPointVersion, UserOperation, v07};
use serde_json::{Value as Json, json};

use super::fate::move_to;
use super::setup::{PAYMASTER, World, scope};

/// The ways in which a request fails, by the second part of its code.
const WAYS: [&str; 6] =
    ["unreachable", "unsupported", "rate-limited", "unauthorised", "malformed", "refused"];

fn failed(way: &str) -> RpcError {
    let endpoint = || "http://127.0.0.1".to_owned();
    let answer = |code| RpcFault::Answer { code, message: "as scripted".to_owned(), data: Json::Null };
    RpcError::from(match way {
        "unreachable" => RpcFault::Transport { endpoint: endpoint(), detail: "down".to_owned() },
        "unsupported" => answer(-32601),
        "rate-limited" => {
            RpcFault::Limited { endpoint: endpoint(), detail: "HTTP status 429".to_owned(), after: None }
        }
        "unauthorised" => RpcFault::Unauthorised { endpoint: endpoint() },
        "malformed" => RpcFault::Malformed {
            endpoint: endpoint(),
            method: "eth_call".to_owned(),
            fault: json::JsonError::new("result", "not what it is to be"),
        },
        _ => answer(-32500),
    })
}

#[test]
fn every_way_in_which_an_endpoint_fails_has_a_code_for_each_of_them() {
    let codes = [
        ("node", "eth_getCode", "chain", "chain.refused"),
        ("bundler", "eth_estimateUserOperationGas", "bundler", "bundler.simulation"),
        ("paymaster", "pm_getPaymasterStubData", "paymaster", "paymaster.refused"),
    ];
    for (who, method, part, refused) in codes {
        for way in WAYS {
            block_on(async {
                let is_paid = who == "paymaster";
                let world = if is_paid { World::sponsored() } else { World::new() };
                let wanted = match is_paid {
                    true => scope(|json| json["paymaster"] = json!(PAYMASTER.to_string())),
                    false => scope(|_| ()),
                };
                let session = world.request_for(&wanted).await.unwrap();
                world.chain.rule(move |_, asked, _| (asked == method).then(|| Err(failed(way))));
                let error = Error::from(move_to(&session, 2).await.unwrap_err());
                assert_eq!(
                    error.code(),
                    if way == "refused" { refused.to_owned() } else { format!("{part}.{way}") },
                    "{error}"
                );
            });
        }
    }
}

#[test]
fn what_the_crate_alone_is_given_has_codes_too() {
    let code = |error: Error| error.code();
    assert_eq!(code(hex::parse_data("0xg").unwrap_err().into()), "input.hex");
    assert_eq!(code("9".parse::<EntryPointVersion>().unwrap_err().into()), "input.version");
    assert_eq!(code("f(".parse::<Function>().unwrap_err().into()), "abi.signature");
    let function: Function = "f(uint8 n)".parse().unwrap();
    assert_eq!(code(function.encode_call(&[]).unwrap_err().into()), "abi.argument");
    assert_eq!(code(function.decode_call(&[1, 2, 3, 4, 5]).unwrap_err().into()), "abi.not-canonical");
    assert!("uint7".parse::<Type>().is_err());
    let typed = TypedData::new(Domain::default(), "Mail(uint7 n)", Vec::new());
    assert_eq!(code(typed.unwrap_err().into()), "typed-data.invalid");
    assert_eq!(code(Signature::from_bytes(&[1; 64]).unwrap_err().into()), "signature.invalid");
    assert_eq!(code(KeyError::OutOfRange.into()), "key.out-of-range");
    let operation = UserOperation::V07(v07::UserOperation::default());
    let other = EntryPoint::canonical(EntryPointVersion::V06, 1);
    assert_eq!(code(operation.hash(&other).unwrap_err().into()), "userop.invalid");
}

#[test]
fn faults_that_other_tests_know_by_their_kind_have_these_codes() {
    let hash = B256::ZERO;
    let other = OtherHash { ours: hash, theirs: hash };
    let address = PAYMASTER;
    let own: [(SessionFault, &str); 15] = [
        (SessionFault::Pending, "session.pending"),
        (SessionFault::Busy, "session.busy"),
        (SessionFault::NoPolicyContract { address }, "account.no-policy-contract"),
        (SessionFault::RevocationFailed { hash }, "revoke.failed"),
        (SessionFault::Dropped { hash }, "operation.dropped"),
        (SessionFault::Damaged(json::JsonError::new("it", "cut")), "storage.damaged"),
        (SessionFault::OtherKey, "storage.other-key"),
        (SessionFault::Seal(SealError::NoWrappingKey), "storage.lost"),
        (SessionFault::Seal(SealError::NotOpened), "storage.altered"),
        (SessionFault::Seal(SealError::NoWebCrypto), "storage.no-webcrypto"),
        (SessionFault::Bundler(BundlerError::OtherHash(Box::new(other))), "bundler.other-operation"),
        (SessionFault::Owner(OwnerError::UnknownChain { message: String::new() }), "wallet.unknown-chain"),
        (SessionFault::Owner(OwnerError::WrongAccount { wanted: address }), "wallet.wrong-account"),
        (SessionFault::Owner(OwnerError::OwnAccount { owner: address }), "wallet.own-account"),
        (SessionFault::FundsNeeded { purpose: "", wei: U256::ZERO, address }, "funds.needed"),
    ];
    for (fault, code) in own {
        let error = Error::from(SessionError::from(fault));
        assert_eq!(error.code(), code);
        assert!(!error.remedy().starts_with("Report this with what"), "{code} is in the list");
    }
    let of_protocol = [
        (ProtocolFault::Record("it"), "grant.record"),
        (ProtocolFault::IdUsed, "grant.id-used"),
        (ProtocolFault::TooManyPolicies { most: 1, found: 2 }, "grant.too-many-policies"),
        (ProtocolFault::Unsupported { version: "it", what: "that" }, "protocol.unsupported"),
        (ProtocolFault::Answer { index: 0 }, "chain.answer"),
    ];
    for (fault, code) in of_protocol {
        assert_eq!(Error::from(ProtocolError::from(fault)).code(), code);
    }
}
