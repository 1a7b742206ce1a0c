//! Whether bundlers that keep to ERC-7562 take operations of compiled scopes, the first and later ones; and
//! whether the watch that says so sees what they would refuse.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, TxKind, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::protocol::kernel_v3::{
    CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition, GasPolicy, GrantOptions, KernelGrant,
    KernelVersion, Permission, PolicyEntry, RateLimit, Rule, Signer, enable_nonce, timestamp,
};
use hallpass::protocol::{Call, Grant};
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::EntryPointVersion;
use hallpass::userop::v07::UserOperation;
use revm::{InspectCommitEvm, MainBuilder};
use serde_json::{Value as Json, json};

use super::evm::{Block, context, transaction};
use super::granted::Shape;
use super::live::{Live, PAYER, THIEF, bundle};
use super::runner::Test;
use super::tricks;
use super::watch::Watch;

/// An address without code: calls of it do nothing and succeed.
const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");
const FUNCTION: &str = "f(uint256)";

pub fn tests() -> Vec<Test> {
    let rule =
        |function: &str, args: Json| json!({ "to": TARGET.to_string(), "function": function, "args": args });
    let usual = || rule("f(uint256 n)", json!([{ "lte": 5 }]));
    let many: Vec<Json> = (0..12)
        .map(|index| rule(&format!("f{index}(uint256 n)"), json!([{ "gte": 1 }])))
        .chain([usual()])
        .collect();
    let list: Vec<u64> = (0..60).collect();
    let scope = |calls: Json, mut limits: Json, payer: String| {
        limits["gas"] = json!({ "total": "5 ether" });
        json!({ "calls": calls, "limits": limits, "paymaster": payer })
    };
    let none = || "none".to_owned();
    let mut tests: Vec<Test> = [
        ("one rule", scope(json!([usual()]), json!({}), none()), None),
        ("many rules", scope(json!(many), json!({}), none()), None),
        (
            "a long list",
            scope(json!([rule("f(uint256 n)", json!([{ "oneOf": list }]))]), json!({}), none()),
            None,
        ),
        ("a number of operations", scope(json!([usual()]), json!({ "operations": 5 }), none()), None),
        (
            "a rate",
            scope(json!([usual()]), json!({ "operations": 5, "rate": { "every": "30s" } }), none()),
            None,
        ),
        ("a paymaster", scope(json!([usual()]), json!({}), PAYER.to_string()), Some(PAYER)),
    ]
    .into_iter()
    .map(|(name, scope, payer)| Test::new(name, move || accepted(Live::new(&scope), payer)))
    .collect();
    tests.push(Test::new("the watch sees a policy that reads the time", || {
        let limit = |_: Block| {
            PolicyEntry::try_from(RateLimit::PerWindow { interval: 3600, count: 9 }).expect("48 bits")
        };
        refused(custom(CallPolicyVersion::V0_0_4, Some(limit)), "OP-011: TIMESTAMP")
    }));
    tests.push(Test::new("the watch sees nested storage (CallPolicy 0.0.3)", || {
        let none: Option<fn(Block) -> PolicyEntry> = None;
        refused(custom(CallPolicyVersion::V0_0_3, none), "STO-021: SLOAD")
    }));
    tests
}

/// Neither the first nor the second operation violates anything.
fn accepted(mut live: Live, payer: Option<Address>) -> Result<String, String> {
    let mut watched = Vec::new();
    for _ in 0..2 {
        let (entities, violations) = watch(&mut live, payer)?;
        if let Some(violation) = violations.first() {
            return Err(format!("{} violations, the first: {violation}", violations.len()));
        }
        watched.push(entities);
        // A rate may keep the next one waiting.
        live.stack.block.timestamp += 60;
    }
    let payers = usize::from(payer.is_some());
    match watched == [2 + payers, 1 + payers] {
        true => Ok("nothing violated".to_owned()),
        false => Err(format!("{watched:?} entities were watched, not factory, account and payer")),
    }
}

/// Both operations violate this.
fn refused(mut live: Live, rule: &str) -> Result<String, String> {
    for _ in 0..2 {
        let (_, violations) = watch(&mut live, None)?;
        if !violations.iter().any(|violation| violation.starts_with(rule)) {
            return Err(format!("{rule} is not among {violations:?}"));
        }
    }
    Ok(rule.to_owned())
}

/// A grant that the package would not compile: another call policy, or one policy more.
fn custom(version: CallPolicyVersion, more: Option<impl FnOnce(Block) -> PolicyEntry>) -> Live {
    Live::with(|account, session_key, block| {
        let at = |seconds| Timestamp::from_seconds(seconds).expect("a time");
        let window = Validity::new(at(0), at(block.timestamp + 3600)).expect("a window");
        let params = vec![B256::from(U256::from(5))];
        let call = CallPermission {
            call_type: CallType::Call,
            target: TARGET,
            selector: FUNCTION.parse::<Function>().expect("a signature").selector(),
            value_limit: U256::ZERO,
            rules: vec![Rule { condition: Condition::LessThanOrEqual, offset: 0, params }],
        };
        let allowed = 5_000_000_000_000_000_000;
        let gas = GasPolicy { allowed, enforce_paymaster: false, allowed_paymaster: Address::ZERO };
        let mut policies: Vec<PolicyEntry> =
            vec![CallPolicy { version, permissions: vec![call] }.into(), timestamp(window), gas.into()];
        policies.extend(more.map(|more| more(block)));
        let permission = Permission::new(Signer::ecdsa(session_key), policies).expect("few policies");
        let numbers = (permission.derived_id(), enable_nonce(0, 0).expect("an unused id"));
        let place = (account, block.chain_id);
        let options = GrantOptions::default();
        let grant = KernelGrant::new(KernelVersion::V3_1, place, numbers, permission, options);
        Box::new(grant.expect("Kernel 3.1")) as Box<dyn Grant>
    })
}

/// Sends the next operation under watch. How many entities acted, and what they violated.
fn watch(live: &mut Live, payer: Option<Address>) -> Result<(usize, BTreeSet<String>), String> {
    live.stack.chain.fund(live.account.address, U256::from(10_u64.pow(19)));
    live.stack.chain.fund(THIEF, U256::MAX >> 8);
    if payer.is_some() && live.operations == 0 {
        live.place_payer();
    }
    let function: Function = FUNCTION.parse().expect("a signature");
    let data = function.encode_call(&[Value::Uint(U256::from(3))]).expect("arguments").into();
    let call = Call { to: TARGET, value: U256::ZERO, data };
    let shape = Shape {
        verification: 9_000_000,
        call: 200_000,
        pre: U256::from(50_000),
        fee: 2_000_000_000,
        tip: 1,
        payer: payer.map(|payer| (payer, 100_000)),
    };
    let op = live.operation(tricks::plain(&[call]), &shape, 0);
    let inspector = watcher(live, &op);
    let mut evm =
        context(&mut live.stack.chain.state, live.stack.block).build_mainnet_with_inspector(inspector);
    let to = TxKind::Call(EntryPointVersion::V07.address());
    let sent = evm.inspect_tx_commit(transaction(live.stack.block, THIEF, to, bundle(&op)));
    let result = sent.map_err(|fault| format!("{fault:?}"))?;
    if !result.is_success() {
        return Err(format!("the operation is refused: {result:?}"));
    }
    let watch = evm.inspector;
    live.operations += 1;
    Ok((watch.watched, watch.violations))
}

fn watcher(live: &Live, op: &UserOperation) -> Watch {
    let accounts = live.stack.chain.state.cache.accounts.iter();
    let with_code = accounts
        .filter(|(_, account)| account.info.code_hash != KECCAK256_EMPTY && !account.info.code_hash.is_zero())
        .map(|(address, _)| *address);
    let factory = op.factory.as_ref().map(|factory| factory.address);
    Watch::new(EntryPointVersion::V07.address(), op.sender, factory, with_code.collect())
}
