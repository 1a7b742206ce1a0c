//! Every trap of the account's call policy (section A of `kernel-enforcement.md` in the protocol notes), from
//! both sides: what the chain does with it, and how this package refuses it or tells of it.

use alloy_primitives::{Address, B256, I256, Selector, U256, address, hex};
use hallpass::abi::{Function, Value};
use hallpass::protocol::kernel_v3::execution_testing::encode;
use hallpass::protocol::kernel_v3::{
    CallPermission, CallPolicy, CallType, Condition, ECDSA_VALIDATOR, ERRORS, GasPolicy, GrantOptions,
    KernelGrant, KernelVersion, Permission, Rule, Signer, enable_nonce, invalidate_nonce,
};
use hallpass::protocol::{Call, Grant, GrantStatus, Protocol, ProtocolError, Revocation};
use hallpass::review::{inspect_text, review_json};
use hallpass::scope::{Scope, Spent, Usage};
use hallpass::time::Timestamp;
use hallpass::userop::v07::UserOperation;
use revm::{MainBuilder, SystemCallEvm};
use serde_json::{Value as Json, json};

use super::base::{Base, KERNEL, key};
use super::evm::context;
use super::granted::Shape;
use super::layout::CALL_POLICY;
use super::live::{Live, PAYER};
use super::runner::Test;
use super::tricks::{self, List, MANY, SINGLE, execute, plain, word};

/// Addresses without code: calls of them do nothing and succeed.
const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");
const OTHER: Address = address!("0x00000000000000000000000000000000000b0a2e");
const BOARD: Address = address!("0xb0A2D00000000000000000000000000000000000");
const FEED: Address = address!("0xFEEd000000000000000000000000000000000000");
/// Whoever runs this code as his own sends all he has to [`TARGET`].
const SWEEPER: Address = address!("0x0000000000000000000000000000000000075ee9");
const CALL: &str = "InvalidCallData()";
const PARAM: &str = "CallViolatesParamRule()";

/// Wei that every account has, and wei for gas in every grant.
const HELD: U256 = U256::from_limbs([10_000_000_000_000_000_000, 0, 0, 0]);
const BUDGET: u128 = 5_000_000_000_000_000_000;
/// Gas for nothing, and at 100 gwei.
const FREE: Shape =
    Shape { verification: 6_000_000, call: 3_000_000, pre: U256::ZERO, fee: 0, tip: 0, payer: None };
const DEAR: Shape = Shape { fee: 100_000_000_000, tip: 100_000_000_000, ..FREE };

type Outcome = Result<String, String>;

pub fn tests() -> Vec<Test> {
    let cases: [(&str, fn() -> Outcome); 13] = [
        ("A.1 value is limited per call only", per_call),
        ("A.2 words are compared unsigned", unsigned),
        ("A.3 a rule on a dynamic argument pins a place", dynamic),
        ("A.4 target zero is every contract", target_zero),
        ("A.5 empty calldata is selector zero", selector_zero),
        ("A.6 try mode hides failures", try_mode),
        ("A.7 a delegatecall is everything", delegatecall),
        ("A.8 only execute is looked into, no fees and payers", only_execute),
        ("A.9 an empty batch passes", empty_batch),
        ("A.10 bytes are read past their end", past_the_end),
        ("A.11 the policy and the account see different calls", split_view),
        ("A.12 a rule that never passes is installed", never_met),
        ("A.13 a used id never comes back", used_id),
    ];
    cases.into_iter().map(|(name, case)| Test::new(name, case)).collect()
}

fn per_call() -> Outcome {
    let mut scope = scope(TARGET, "f(uint256 amount)", json!([{ "lte": 5 }]), 1000);
    scope["spend"] = json!([{ "token": "native", "limit": 3000 }]);
    let (mut live, call) = (Live::new(&scope), Call { value: U256::from(1000), ..f(5) });
    for (calls, told) in [(3, "ok"), (40, "scope.spend")] {
        assert_eq!(judged(&mut live, &scope, &plain(&vec![call.clone(); calls]), &FREE), ("ok", told));
    }
    assert_eq!(live.stack.chain.balance(TARGET), U256::from(43 * 1000));
    tells(&review(&scope), &["local spend[0]", "per-call-cap-only", "native none"])
}

fn unsigned() -> Outcome {
    let int = |number: i64| I256::try_from(number).expect("a number");
    let with = |number| plain(&[call(TARGET, "f(int256)", &[Value::Int(int(number))])]);
    let scope = scope(TARGET, "f(int256 n)", json!([{ "gte": 5 }]), 0);
    for (least, number, sides) in [(5, -1, ("ok", "scope.argument")), (-3, 5, (PARAM, "ok"))] {
        let least = rule(Condition::GreaterThanOrEqual, 0, &[B256::from(int(least).into_raw())]);
        let mut live = by_hand(&[allowed(TARGET, "f(int256)", 0, least)]);
        assert_eq!(judged(&mut live, &scope, &with(number), &FREE), sides);
    }
    // The package's own grant leaves that order to the check.
    assert_eq!(judged(&mut Live::new(&scope), &scope, &with(-1), &FREE), ("ok", "scope.argument"));
    tells(&review(&scope), &["implicit calls[0].args[0]"])
}

fn dynamic() -> Outcome {
    let [pinned, other] = [b"hello", b"scams"].map(|text| B256::right_padding_from(text));
    let mut live = by_hand(&[allowed(FEED, "post(string)", 0, rule(Condition::Equal, 64, &[pinned]))]);
    // The offset leads behind the text that the policy looks at.
    let words = [word(96), word(5), pinned.0, word(5), other.0].concat();
    let data = [selector("post(string)").as_slice(), &words].concat().into();
    let bent = plain(&[Call { to: FEED, value: U256::ZERO, data }]);
    let text = |condition| scope(FEED, "post(string text)", json!([condition]), 0);
    assert_eq!(judged(&mut live, &text(json!({ "any": true })), &bent, &FREE), ("ok", "scope.calldata"));
    let posted = live.stack.view(FEED, "posts(uint256)", &[uint(0)], "address string uint256 uint256");
    assert_eq!(posted[1], Value::String("scams".to_owned()));
    tells(&review(&text(json!("hello"))), &["compile.not-enforceable"])
}

fn target_zero() -> Outcome {
    let all = ["f(uint256)", "invalidateNonce(uint32)"]
        .map(|function| allowed(Address::ZERO, function, 0, Vec::new()));
    let own = allowed(TARGET, "f(uint256)", 0, rule(Condition::Equal, 0, &[word(1).into()]));
    let mut live = by_hand(&[&[own][..], &all].concat());
    let of = |target| scope(target, "f(uint256 n)", json!([{ "any": true }]), 0);
    let revoking = Call { to: live.account.address, value: U256::ZERO, data: invalidate_nonce(2) };
    // A rule for one contract hides the one for all.
    for (call, sides) in [
        (Call { to: OTHER, ..f(2) }, ("ok", "scope.target")),
        (f(2), (PARAM, "ok")),
        (revoking, ("ok", "scope.self-call")),
    ] {
        assert_eq!(judged(&mut live, &of(TARGET), &plain(&[call]), &FREE), sides);
    }
    assert_eq!(live.stack.view(live.account.address, "currentNonce()", &[], "uint32"), [uint(2)]);
    let fault = Scope::from_json(&of(Address::ZERO)).expect_err("a rule for every contract");
    assert!(fault.to_string().contains("stands for every contract"), "{fault}");
    for target in [live.account.address, ECDSA_VALIDATOR] {
        tells(&review(&of(target)), &["compile.forbidden-target", "forbidden-target"])?;
    }
    tells(&inspected(&live), &["any-call", "everything none"])
}

fn selector_zero() -> Outcome {
    let mut scope = scope(TARGET, "f()", json!([]), 0);
    scope["calls"] = json!([{ "to": TARGET.to_string(), "plainTransfer": true, "value": { "max": 7 } }]);
    let mut live = Live::new(&scope);
    for (bytes, sides) in [(0, ("ok", "ok")), (36, ("ok", "scope.function")), (1, ("AA23", "scope.function"))]
    {
        let data = plain(&[Call { to: TARGET, value: U256::from(7), data: vec![0; bytes].into() }]);
        assert_eq!(judged(&mut live, &scope, &data, &FREE), sides);
    }
    tells(&review(&scope), &["implicit calls[0].plainTransfer", "zero-selector"])
}

fn try_mode() -> Outcome {
    let scope = scope(BOARD, "move(uint8 x,uint8 y)", json!([{ "any": true }, { "any": true }]), 0);
    let mut live = Live::new(&scope);
    // The first of them is off the board.
    let both = [16, 3].map(|x| call(BOARD, "move(uint8,uint8)", &[uint(x), uint(4)]));
    for (data, sides) in [
        (encode(0, 0, false, &both), ("reverted", "ok")),
        (encode(0, 1, false, &both), ("ok", "calls.mode")),
        (encode(0, 2, false, &both), ("reverted", "calls.mode")),
        (encode(0xfe, 0, false, &both[1..]), ("InvalidCallType()", "calls.mode")),
    ] {
        assert_eq!(judged(&mut live, &scope, &data, &FREE), sides);
    }
    tells(&review(&scope), &["implicit mode"])
}

fn delegatecall() -> Outcome {
    let data = encode(0xff, 0, false, &[call(SWEEPER, "f()", &[])]);
    let scope = scope(SWEEPER, "f()", json!([]), 0);
    assert_eq!(judged(&mut Live::new(&scope), &scope, &data, &FREE), (CALL, "calls.mode"));
    // CALL with all gas, the address and the balance.
    let code = [&hex!("60006000600060004773")[..], TARGET.as_slice(), &hex!("5af100")].concat();
    for target in [SWEEPER, Address::ZERO] {
        let of_calls = allowed(target, "f()", 0, Vec::new());
        let mut live = by_hand(&[CallPermission { call_type: CallType::DelegateCall, ..of_calls }]);
        live.stack.chain.place(SWEEPER, &code);
        assert_eq!(judged(&mut live, &scope, &data, &FREE), ("ok", "calls.mode"));
        assert_eq!((live.held(), live.stack.chain.balance(TARGET)), (U256::ZERO, HELD));
        tells(&inspected(&live), &["delegatecall", "everything none"])?;
    }
    Ok("the account is emptied".to_owned())
}

fn only_execute() -> Outcome {
    let mut scope = scope(TARGET, "f(uint256 n)", json!([{ "any": true }]), 0);
    scope["limits"]["gas"]["maxFeePerGas"] = json!("1 gwei");
    let (mut live, calls) = (Live::new(&scope), [f(1)]);
    for outer in [encode(0, 0, true, &calls), invalidate_nonce(2), calls[0].data.clone()] {
        assert_eq!(judged(&mut live, &scope, &outer, &FREE), ("AA23", "calls.not-execute"));
    }
    live.place_payer();
    let paid = Shape { payer: Some((PAYER, 100_000)), ..FREE };
    for (shape, told) in [(DEAR, "scope.fee"), (paid, "scope.paymaster")] {
        assert_eq!(judged(&mut live, &scope, &plain(&calls), &shape), ("ok", told));
    }
    tells(&review(&scope), &["implicit limits.gas.maxFeePerGas", "implicit paymaster"])
}

fn empty_batch() -> Outcome {
    let scope = scope(TARGET, "f(uint256 n)", json!([{ "any": true }]), 0);
    let (mut live, nothing) = (by_hand(&[]), execute(MANY, &List::of(&[]).encode()));
    assert_eq!(judged(&mut live, &scope, &nothing, &DEAR), ("ok", "calls.mode"));
    assert!(live.held() < HELD, "gas is paid");
    assert_eq!(judged(&mut live, &scope, &plain(&[f(1)]), &FREE), (CALL, "ok"));
    assert_eq!(KERNEL.encode_calls(&[]), Err(ProtocolError::EmptyBatch));
    let found = Scope::from_json(&scope).expect("a scope").check_calls(live.account.address, &[]);
    assert_eq!(found[0].kind.code(), "scope.empty");
    tells(&inspected(&live), &["gas rule"])
}

fn past_the_end() -> Outcome {
    let scope = scope(TARGET, "f(uint256 n)", json!([1]), 7);
    let (mut live, call) = (Live::new(&scope), Call { value: U256::from(7), ..f(1) });
    let mut long = execute(SINGLE, &tricks::single(&call));
    tricks::put(&mut long, 68, U256::from(1000));
    let list = List { start: Some(U256::from(1 << 20)), ..List::of(&[call.clone(), call]) };
    for (data, chain) in [(long, "reverted"), (execute(MANY, &list.encode()), "ok")] {
        assert_eq!(judged(&mut live, &scope, &data, &FREE), (chain, "calls.not-canonical"));
    }
    assert_eq!(live.stack.chain.balance(TARGET), U256::ZERO, "the account did something");
    tells(&review(&scope), &["implicit calldata"])
}

fn split_view() -> Outcome {
    let scope = scope(TARGET, "f()", json!([]), 1000);
    let mut live = Live::new(&scope);
    let pay = |data: &[u8]| plain(&[Call { to: TARGET, value: U256::ONE, data: data.to_vec().into() }]);
    let split = tricks::split_view(TARGET, U256::from(1000), 3);
    let shape = Shape { tip: tricks::split_view_tip(selector("f()").0), pre: U256::ONE, ..FREE };
    for (data, shape, sides) in [
        (pay(selector("f()").as_slice()), &FREE, ("ok", "ok")),
        (pay(&[]), &FREE, (CALL, "scope.function")),
        (split, &shape, ("ok", "calls.not-canonical")),
    ] {
        assert_eq!(judged(&mut live, &scope, &data, shape), sides);
    }
    assert_eq!(live.stack.chain.balance(TARGET), U256::from(3001));
    tells(&review(&scope), &["split-view", "native none"])
}

fn never_met() -> Outcome {
    let g = allowed(TARGET, "g()", 0, Vec::new());
    let never = allowed(TARGET, "f(uint256)", 1000, rule(Condition::OneOf, 0, &[]));
    let (mut twice, mut live) = (by_hand(&[g.clone(), g.clone()]), by_hand(&[never, g]));
    let (of_g, data) = (scope(TARGET, "g()", json!([]), 0), plain(&[call(TARGET, "g()", &[])]));
    assert_eq!(judged(&mut twice, &of_g, &data, &FREE), ("AA23", "ok"), "two rules for one function");
    assert_eq!(judged(&mut live, &of_g, &data, &FREE), ("ok", "ok"));
    assert_eq!(judged(&mut live, &of_g, &plain(&[f(1)]), &FREE), (PARAM, "scope.function"));
    let mut shown = live.grant.request().to_json();
    for (version, pays) in [("0.3.1", true), ("0.3.3", false)] {
        shown["domain"]["version"] = json!(version);
        let seen = inspect_text(&shown.to_string()).expect("typed data");
        assert!(seen["calls"].to_string().contains("word0: one of \""), "{seen}");
        assert_eq!(told(&seen).contains(&"native none".to_owned()), pays, "{seen}");
    }
    let of = |condition, most| scope(TARGET, "f(uint256 n)", json!([condition]), most);
    let fault = Scope::from_json(&of(json!({ "oneOf": [] }), 0)).expect_err("an empty list");
    assert!(fault.to_string().contains("an empty list allows nothing"), "{fault}");
    let mut two = of(json!(1), 1);
    two["calls"] = json!([two["calls"][0], of(json!(2), 2)["calls"][0]]);
    tells(&review(&two), &["compile.duplicate-function"])
}

fn used_id() -> Outcome {
    let (scope, data) = (scope(TARGET, "f(uint256 n)", json!([{ "any": true }]), 0), plain(&[f(1)]));
    let mut live = Live::new(&scope);
    assert_eq!(judged(&mut live, &scope, &data, &FREE), ("ok", "ok"));
    let removal = live.grant.revocation(Revocation::Remove).expect("a call");
    live.stack.transact_call(key(0x61).address(), &removal);
    let answers = live.stack.read_all(&live.grant.status_reads());
    assert_eq!(live.grant.status(&answers), Ok(GrantStatus::Removed));
    assert_eq!(enable_nonce(1, 1), Err(ProtocolError::IdUsed));
    assert_eq!(judged(&mut live, &scope, &data, &FREE).0, "AA23");
    let using = live.operation(data.clone(), &FREE, 0);
    live.operations = 0;
    // Enabling comes before the session key's signature, which is for an operation with a factory.
    let enabling = UserOperation { factory: None, ..live.operation(data, &FREE, 0) };
    let fault = live.send(&enabling).expect_err("a used grant");
    assert!(fault.contains("756688fe"), "not InvalidNonce(): {fault}");
    // The policy would still pass operations of this id, but never take the id again.
    let id = B256::right_padding_from(&using.nonce.to_be_bytes::<32>()[2..6]);
    let installing = Value::Bytes([id.0, word(32), word(0)].concat().into());
    let installing = call(CALL_POLICY, "onInstall(bytes)", &[installing]).data;
    for (asked, answer) in [(Base::new().policy_call(&using).into(), true), (installing, false)] {
        let mut evm = context(&mut live.stack.chain.state, live.stack.block).build_mainnet();
        let ended = evm.system_call_with_caller(live.account.address, CALL_POLICY, asked);
        assert_eq!(ended.expect("nothing but the EVM to fail").result.is_success(), answer);
    }
    Ok("told as removed, and the id as used".to_owned())
}

/// A session that the package would not compile.
fn by_hand(permissions: &[CallPermission]) -> Live {
    Live::with(|account, key, block| {
        let calls = CallPolicy { permissions: permissions.to_vec(), ..CallPolicy::default() };
        let nobody = Address::ZERO;
        let gas = GasPolicy { allowed: BUDGET, enforce_paymaster: false, allowed_paymaster: nobody };
        let policies = vec![calls.into(), gas.into()];
        let permission = Permission::new(Signer::ecdsa(key), policies).expect("few policies");
        let (place, numbers) = ((account, block.chain_id), (permission.derived_id(), 1));
        let options = GrantOptions::default();
        let grant = KernelGrant::new(KernelVersion::V3_1, place, numbers, permission, options);
        Box::new(grant.expect("Kernel 3.1")) as Box<dyn Grant>
    })
}

fn allowed(target: Address, function: &str, most: u64, rules: Vec<Rule>) -> CallPermission {
    let (call_type, value_limit) = (CallType::Call, U256::from(most));
    CallPermission { call_type, target, selector: selector(function), value_limit, rules }
}

fn rule(condition: Condition, offset: u64, params: &[B256]) -> Vec<Rule> {
    vec![Rule { condition, offset, params: params.to_vec() }]
}

fn scope(to: Address, function: &str, args: Json, most: u64) -> Json {
    let rule = json!({ "to": to.to_string(), "function": function, "args": args, "value": { "max": most } });
    json!({ "calls": [rule], "limits": { "gas": { "total": BUDGET.to_string() } } })
}

fn selector(function: &str) -> Selector {
    function.parse::<Function>().expect("a signature").selector()
}

fn uint(number: u64) -> Value {
    Value::Uint(U256::from(number))
}

fn call(to: Address, function: &str, arguments: &[Value]) -> Call {
    let function: Function = function.parse().expect("a signature");
    let data = function.encode_call(arguments).expect("arguments").into();
    Call { to, value: U256::ZERO, data }
}

fn f(number: u64) -> Call {
    call(TARGET, "f(uint256)", &[uint(number)])
}

/// What becomes of calldata that the session key signs: on chain, and in the package.
fn judged(live: &mut Live, scope: &Json, call_data: &[u8], shape: &Shape) -> (&'static str, &'static str) {
    if live.operations == 0 {
        live.stack.chain.fund(live.account.address, HELD);
    }
    let op = live.operation(call_data.to_vec(), shape, 0);
    let chain = match live.send(&op) {
        Ok(included) if included.success => "ok",
        Ok(_) => "reverted",
        Err(reason) => {
            let known = ERRORS.iter().find(|error| reason.contains(&hex::encode(error.selector)));
            let other = if reason.contains("AA23") { "AA23" } else { "not refused by the account" };
            known.map_or(other, |error| error.declaration)
        }
    };
    let scope = Scope::from_json(scope).expect("a scope");
    let package = match KERNEL.decode_calls(call_data) {
        Err(fault) => fault.code(),
        Ok(calls) => {
            let (paymaster, now) = (shape.payer.map(|(payer, _)| payer), Timestamp::default());
            let usage = Usage { calls: &calls, cost: shape.cost(), paymaster, now, start: now };
            let limits = scope.check_operation(&Spent::default(), &usage);
            let found = [scope.check_calls(live.account.address, &calls), limits].concat();
            found.first().map_or("ok", |found| found.kind.code())
        }
    };
    (chain, package)
}

fn review(scope: &Json) -> Json {
    let owner = key(0x61).address().to_string();
    review_json(&json!({ "scope": scope, "version": "3.1", "owner": owner })).expect("a question")
}

fn inspected(live: &Live) -> Json {
    inspect_text(&live.grant.request().to_json().to_string()).expect("typed data")
}

/// What a review or an inspection tells, in a few words each.
fn told(review: &Json) -> Vec<String> {
    let list = |list: &Json| list.as_array().cloned().unwrap_or_default();
    let word = |word: &Json| word.as_str().unwrap_or_default().to_owned();
    let row = |row: &Json| match row["implicit"] == true {
        true => format!("implicit {}", word(&row["path"])),
        false => format!("{} {}", word(&row["enforcedBy"]), word(&row["path"])),
    };
    let risk = |risk: &Json| format!("{} {}", word(&risk["asset"]), word(&risk["boundBy"]));
    let mut told = vec![word(&review["compileError"]["code"])];
    told.extend(list(&review["findings"]).iter().map(|finding| word(&finding["id"])));
    told.extend(list(&review["enforcement"]["rules"]).iter().map(row));
    told.extend(list(&review["worstCase"]).iter().map(risk));
    told
}

fn tells(review: &Json, wanted: &[&str]) -> Outcome {
    let told = told(review);
    match wanted.iter().find(|wanted| !told.contains(&(**wanted).to_owned())) {
        Some(missing) => Err(format!("{missing:?} is not in {told:?}")),
        None => Ok(wanted.join(", ")),
    }
}
