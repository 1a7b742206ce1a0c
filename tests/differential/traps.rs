//! Every known trap of the account's call policy, from both sides: what the chain does with it, and how this package refuses it or tells of it.

use alloy_primitives::{Address, B256, Bytes, I256, Selector, U256, address, hex};
use hallpass::abi::{Function, Value};
use hallpass::protocol::kernel_v3::{
    CallPermission, CallPolicy, CallType, Condition, ECDSA_VALIDATOR, ERRORS, KernelGrant, KernelVersion,
    Permission, Rule, Signer, enable_nonce, execution_testing::encode, invalidate_nonce,
};
use hallpass::protocol::{Call, Grant, GrantStatus, Protocol, ProtocolError, ProtocolFault, Revocation};
use hallpass::review::{inspect_text, review_json};
use hallpass::scope::{Scope, Spent, Usage};
use hallpass::time::Timestamp;
use revm::{MainBuilder, SystemCallEvm};
use serde_json::{Value as Json, json};

use super::base::{Base, KERNEL, key};
use super::evm::context;
use super::granted::Shape;
use super::layout::CALL_POLICY;
use super::live::{Live, PAYER};
use super::runner::Test;
use super::tricks::{self, List, MANY, SINGLE, execute, plain, split_view, word};

/// Without code: calls of it do nothing and succeed.
const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");
const FEED: Address = address!("0xFEEd000000000000000000000000000000000000");
/// Wei that an account has before its key tries something.
const HELD: U256 = U256::from_limbs([10_000_000_000_000_000_000, 0, 0, 0]);
const FREE: Shape =
    Shape { verification: 6_000_000, call: 900_000, pre: U256::ZERO, fee: 0, tip: 0, payer: None };
const CALL: &str = "InvalidCallData()";

pub fn tests() -> Vec<Test> {
    vec![
        Test::new("A.1 value is limited per call only", per_call),
        Test::new("A.2 words are compared unsigned", unsigned),
        Test::new("A.3 a rule on a dynamic argument pins a place", dynamic),
        Test::new("A.4 target zero is every contract", target_zero),
        Test::new("A.5 empty calldata is selector zero", selector_zero),
        Test::new("A.6 try mode hides failures", try_mode),
        Test::new("A.7 a delegatecall is everything", delegatecall),
        Test::new("A.8 only execute is looked into, no fees and payers", only_execute),
        Test::new("A.9 an empty batch passes", empty_batch),
        Test::new("A.10 bytes are read past their end", past_the_end),
        Test::new("A.11 the policy and the account see different calls", two_views),
        Test::new("A.12 a rule that never passes is installed", never_met),
        Test::new("A.13 a used id never comes back", used_id),
    ]
}

fn per_call() -> Result<String, String> {
    let mut scope = scope(TARGET, "f(uint256 amount)", json!([{ "lte": 5 }]), 1000);
    scope["spend"] = json!([{ "token": "native", "limit": 3000 }]);
    let (mut live, call) = (Live::new(&scope), Call { value: U256::from(1000), ..f(5) });
    tries(&mut live, &scope, &FREE, &plain(&vec![call; 40]), "acts", "scope.spend");
    assert_eq!(live.stack.chain.balance(TARGET), U256::from(40 * 1000));
    tells(&review(&scope), &["[local:spend[0]]", "id:per-call-cap-only", "All native coin, at most"])
}

fn unsigned() -> Result<String, String> {
    let int = |number: i64| B256::from(I256::try_from(number).expect("a number").into_raw());
    let negative = plain(&[call(TARGET, "f(int256)", &[int(-1)])]);
    let scope = scope(TARGET, "f(int256 n)", json!([{ "gte": 5 }]), 0);
    let naive = Rule { condition: Condition::GreaterThanOrEqual, offset: 0, params: vec![int(5)] };
    let mut naive = by_hand(&[allowed(TARGET, "f(int256)", 0, vec![naive])]);
    tries(&mut naive, &scope, &FREE, &negative, "acts", "scope.argument");
    // The package's own grant has an end above, where negative numbers begin.
    let refused = "CallViolatesParamRule()";
    tries(&mut Live::new(&scope), &scope, &FREE, &negative, refused, "scope.argument");
    // Words on both sides of zero lie apart: such an order is left to the check, and has to be accepted by name.
    let across = self::scope(TARGET, "f(int256 n)", json!([{ "between": [-5, 5] }]), 0);
    let above = plain(&[call(TARGET, "f(int256)", &[int(6)])]);
    tries(&mut Live::new(&across), &across, &FREE, &above, "acts", "scope.argument");
    tells(&review(&across), &["notAccepted:[local:calls[0].args[0]]"])
}

fn dynamic() -> Result<String, String> {
    let [pinned, other] = [b"hello", b"scams"].map(|text| B256::right_padding_from(text));
    let pin = Rule { condition: Condition::Equal, offset: 64, params: vec![pinned] };
    let mut live = by_hand(&[allowed(FEED, "post(string)", 0, vec![pin])]);
    let text = |condition| scope(FEED, "post(string text)", json!([condition]), 0);
    // The offset leads behind the text that the policy looks at.
    let words: [B256; 5] = [word(96).into(), word(5).into(), pinned, word(5).into(), other];
    let bent = plain(&[call(FEED, "post(string)", &words)]);
    tries(&mut live, &text(json!({ "any": true })), &FREE, &bent, "acts", "scope.calldata");
    let (post, types) = ([Value::Uint(U256::ZERO)], "address string uint256 uint256");
    let posted = live.stack.view(FEED, "posts(uint256)", &post, types);
    assert_eq!(posted[1], Value::String("scams".to_owned()));
    tells(&review(&text(json!("hello"))), &["code:compile.not-enforceable"])
}

fn target_zero() -> Result<String, String> {
    let of = |target| scope(target, "f(uint256 n)", json!([{ "any": true }]), 0);
    let all = |function| allowed(Address::ZERO, function, 7, Vec::new());
    let own = allowed(TARGET, "f(uint256)", 0, Vec::new());
    let mut live = by_hand(&[own, all("f(uint256)"), all("invalidateNonce(uint32)")]);
    let ending = Call { to: live.account.address, value: U256::ZERO, data: invalidate_nonce(2) };
    tries(&mut live, &of(TARGET), &FREE, &plain(&[Call { to: PAYER, ..f(1) }]), "acts", "scope.target");
    // A rule for one contract hides the one for all.
    let paying = plain(&[Call { value: U256::from(7), ..f(1) }]);
    tries(&mut live, &of(TARGET), &FREE, &paying, "CallViolatesValueRule()", "scope.value");
    tries(&mut live, &of(TARGET), &FREE, &plain(&[ending]), "acts", "scope.self-call");
    tries(&mut live, &of(TARGET), &FREE, &plain(&[f(1)]), "InvalidNonce()", "signs");
    let fault = Scope::from_json(&of(Address::ZERO)).expect_err("a rule for every contract");
    assert!(fault.to_string().contains("stands for every contract"), "{fault}");
    tells(&review(&of(ECDSA_VALIDATOR)), &["code:compile.forbidden-target", "id:forbidden-target"])?;
    tells(&inspected(&live), &["id:any-call", "Everything, the account itself included"])
}

fn selector_zero() -> Result<String, String> {
    let mut scope = scope(TARGET, "f()", json!([]), 0);
    scope["calls"] = json!([{ "to": TARGET.to_string(), "plainTransfer": true, "value": { "max": 7 } }]);
    let mut live = Live::new(&scope);
    let pay = |data: &'static [u8]| plain(&[Call { to: TARGET, value: U256::from(7), data: data.into() }]);
    tries(&mut live, &scope, &FREE, &pay(&[]), "acts", "signs");
    tries(&mut live, &scope, &FREE, &pay(&[0; 36]), "acts", "scope.function");
    tries(&mut live, &scope, &FREE, &pay(&[0]), "AA23", "scope.function");
    tells(&review(&scope), &["a call whose selector is zero for empty calldata", "id:zero-selector"])
}

fn try_mode() -> Result<String, String> {
    let scope = scope(FEED, "like(uint256 id)", json!([{ "any": true }]), 0);
    let likes = [0, 1].map(|id| call(FEED, "like(uint256)", &[word(id).into()]));
    let mut live = Live::new(&scope);
    tries(&mut live, &scope, &FREE, &encode(0, 0, false, &likes), "undone", "signs");
    tries(&mut live, &scope, &FREE, &encode(0, 1, false, &likes), "acts", "calls.mode");
    tries(&mut live, &scope, &FREE, &encode(0, 2, false, &likes), "undone", "calls.mode");
    tries(&mut live, &scope, &FREE, &encode(0xfe, 0, false, &likes[..1]), "InvalidCallType()", "calls.mode");
    tells(&review(&scope), &["the mode in which failed calls do not undo the others"])
}

fn delegatecall() -> Result<String, String> {
    let sweeper = address!("0x0000000000000000000000000000000000075ee9");
    let scope = scope(sweeper, "f()", json!([]), 0);
    let data = encode(0xff, 0, false, &[call(sweeper, "f()", &[])]);
    tries(&mut Live::new(&scope), &scope, &FREE, &data, CALL, "calls.mode");
    let of_calls = allowed(Address::ZERO, "f()", 0, Vec::new());
    let mut live = by_hand(&[CallPermission { call_type: CallType::DelegateCall, ..of_calls }]);
    // CALL with all gas, the address and the balance.
    let code = [&hex!("60006000600060004773")[..], TARGET.as_slice(), &hex!("5af100")].concat();
    live.stack.chain.place(sweeper, &code);
    tries(&mut live, &scope, &FREE, &data, "acts", "calls.mode");
    assert_eq!((live.held(), live.stack.chain.balance(TARGET)), (U256::ZERO, HELD));
    tells(&inspected(&live), &["id:delegatecall", "Everything, the account itself included"])
}

fn only_execute() -> Result<String, String> {
    let mut scope = scope(TARGET, "f(uint256 n)", json!([{ "any": true }]), 0);
    scope["limits"]["gas"]["maxFeePerGas"] = json!("1 gwei");
    let (mut live, sponsored) = (Live::new(&scope), Shape { payer: Some((PAYER, 100_000)), ..FREE });
    for outer in [encode(0, 0, true, &[f(1)]), invalidate_nonce(2), f(1).data] {
        tries(&mut live, &scope, &FREE, &outer, "AA23", "calls.not-execute");
    }
    live.place_payer();
    tries(&mut live, &scope, &Shape { fee: 2_000_000_000, ..FREE }, &plain(&[f(1)]), "acts", "scope.fee");
    tries(&mut live, &scope, &sponsored, &plain(&[f(1)]), "acts", "scope.paymaster");
    tells(&review(&scope), &["wei in all, not per gas", "can demand a paymaster, not forbid one"])
}

fn empty_batch() -> Result<String, String> {
    let scope = scope(TARGET, "f(uint256 n)", json!([{ "any": true }]), 0);
    let mut live = by_hand(&[]);
    tries(&mut live, &scope, &Shape { fee: 2_000_000_000, ..FREE }, &plain(&[]), "acts", "calls.mode");
    assert!(live.held() < HELD, "gas is paid");
    tries(&mut live, &scope, &FREE, &plain(&[f(1)]), CALL, "signs");
    let found = Scope::from_json(&scope).expect("a scope").check_calls(TARGET, &[]);
    assert_eq!(found[0].kind.code(), "scope.empty");
    tells(&inspected(&live), &["All native coin and the gas deposit, spent on gas."])
}

fn past_the_end() -> Result<String, String> {
    let (scope, call) = (scope(TARGET, "f(uint256 n)", json!([1]), 7), Call { value: U256::from(7), ..f(1) });
    let (mut live, mut long) = (Live::new(&scope), execute(SINGLE, &tricks::single(&call)));
    tricks::put(&mut long, 68, U256::from(1000));
    tries(&mut live, &scope, &FREE, &long, "undone", "calls.not-canonical");
    let far = List { start: Some(U256::from(1 << 20)), ..List::of(&[call.clone(), call]) };
    tries(&mut live, &scope, &FREE, &execute(MANY, &far.encode()), "acts", "calls.not-canonical");
    assert_eq!(live.stack.chain.balance(TARGET), U256::ZERO, "the account did something");
    tells(&review(&scope), &["at fixed places, wherever the calldata's own offsets lead"])
}

fn two_views() -> Result<String, String> {
    let (scope, of_f) = (scope(TARGET, "f()", json!([]), 1000), call(TARGET, "f()", &[]));
    let shape = Shape { tip: tricks::split_view_tip(hex!("26121ff0")), pre: U256::ONE, ..FREE };
    let mut live = Live::new(&scope);
    tries(&mut live, &scope, &FREE, &plain(std::slice::from_ref(&of_f)), "acts", "signs");
    tries(&mut live, &scope, &FREE, &plain(&[Call { data: Bytes::new(), ..of_f }]), CALL, "scope.function");
    let split = split_view(TARGET, U256::from(1000), 3);
    tries(&mut live, &scope, &shape, &split, "acts", "calls.not-canonical");
    assert_eq!(live.stack.chain.balance(TARGET), U256::from(3000));
    tells(&review(&scope), &["id:split-view", "All native coin, at most"])
}

fn never_met() -> Result<String, String> {
    let of = |condition, most| scope(TARGET, "f(uint256 n)", json!([condition]), most);
    let none = Rule { condition: Condition::OneOf, offset: 0, params: Vec::new() };
    let never = allowed(TARGET, "f(uint256)", 1000, vec![none]);
    let (mut live, mut twice) = (by_hand(std::slice::from_ref(&never)), by_hand(&[never.clone(), never]));
    tries(&mut twice, &of(json!(1), 0), &FREE, &plain(&[]), "AA23", "calls.mode");
    tries(&mut live, &of(json!(1), 0), &FREE, &plain(&[]), "acts", "calls.mode");
    tries(&mut live, &of(json!(1), 0), &FREE, &plain(&[f(1)]), "CallViolatesParamRule()", "signs");
    let mut shown = live.grant.request().to_json();
    for (version, pays) in [("0.3.1", true), ("0.3.3", false)] {
        shown["domain"]["version"] = json!(version);
        let seen = inspect_text(&shown.to_string()).expect("typed data");
        tells(&seen, &["rules:[word0: one of ]"])?;
        assert_eq!(tells(&seen, &["All native coin, at most"]).is_ok(), pays, "{version}");
    }
    let fault = Scope::from_json(&of(json!({ "oneOf": [] }), 0)).expect_err("an empty list");
    assert!(fault.to_string().contains("an empty list allows nothing"), "{fault}");
    let mut two = of(json!(1), 1);
    two["calls"] = json!([two["calls"][0], of(json!(2), 2)["calls"][0]]);
    tells(&review(&two), &["code:compile.duplicate-function"])
}

fn used_id() -> Result<String, String> {
    let (scope, data) = (scope(TARGET, "f(uint256 n)", json!([1]), 0), plain(&[f(1)]));
    let mut live = Live::new(&scope);
    tries(&mut live, &scope, &FREE, &data, "acts", "signs");
    let removing = live.grant.revocation(Revocation::Remove).expect("a call");
    live.stack.transact_call(key(0x61).address(), &removing);
    let answers = live.stack.read_all(&live.grant.status_reads());
    assert_eq!(live.grant.status(&answers), Ok(GrantStatus::Removed));
    assert_eq!(enable_nonce(1, 1), Err(ProtocolError::from(ProtocolFault::IdUsed)));
    tries(&mut live, &scope, &FREE, &data, "AA23", "signs");
    let using = live.operation(data, &FREE, 0);
    // The policy would still pass operations of this id, but never take the id again.
    let id = B256::right_padding_from(&using.nonce.to_be_bytes::<32>()[2..6]);
    let entry: [B256; 5] = [word(32).into(), word(96).into(), id, word(32).into(), B256::ZERO];
    let installing = call(CALL_POLICY, "onInstall(bytes)", &entry).data;
    for (asked, answer) in [(Bytes::from(Base::new().policy_call(&using)), true), (installing, false)] {
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
        let permission = Permission::new(Signer::ecdsa(key), vec![calls.into()]).expect("few policies");
        let (place, numbers) = ((account, block.chain_id), (permission.derived_id(), 1));
        let grant = KernelGrant::new(KernelVersion::V3_1, place, numbers, permission, Default::default());
        Box::new(grant.expect("Kernel 3.1")) as Box<dyn Grant>
    })
}

fn allowed(target: Address, function: &str, most: u64, rules: Vec<Rule>) -> CallPermission {
    let selector = Selector::from_slice(&call(target, function, &[]).data);
    CallPermission { call_type: CallType::Call, target, selector, value_limit: U256::from(most), rules }
}

fn scope(to: Address, function: &str, args: Json, most: u64) -> Json {
    let rule = json!({ "to": to.to_string(), "function": function, "args": args, "value": { "max": most } });
    json!({ "calls": [rule], "limits": { "gas": { "total": "5 ether" } } })
}

fn call(to: Address, function: &str, words: &[B256]) -> Call {
    let function: Function = function.parse().expect("a signature");
    let words: Vec<u8> = words.iter().flat_map(|word| word.0).collect();
    Call { to, value: U256::ZERO, data: [function.selector().to_vec(), words].concat().into() }
}

fn f(number: u64) -> Call {
    call(TARGET, "f(uint256)", &[word(number).into()])
}

/// Sends calldata with a signature, and asks the package for one: both answers must be these.
fn tries(live: &mut Live, scope: &Json, shape: &Shape, call_data: &[u8], on_chain: &str, here: &str) {
    live.stack.chain.fund(live.account.address, HELD);
    let op = live.operation(call_data.to_vec(), shape, 0);
    let outcome = match live.send(&op) {
        Ok(included) => (if included.success { "acts" } else { "undone" }).to_owned(),
        Err(reason) => reason,
    };
    let error = ERRORS.iter().find(|error| error.declaration == on_chain);
    let wanted = error.map_or_else(|| on_chain.to_owned(), |error| hex::encode(error.selector));
    assert!(outcome.contains(&wanted), "{on_chain} was expected, not {outcome}");
    let scope = Scope::from_json(scope).expect("a scope");
    let package = KERNEL.decode_calls(call_data).map(|calls| {
        let (paymaster, now) = (shape.payer.map(|(payer, _)| payer), Default::default());
        let usage = Usage { calls: &calls, cost: shape.cost(), paymaster, now, start: now };
        let limits = scope.check_operation(&Spent::default(), &usage);
        let found = [scope.check_calls(live.account.address, &calls), limits].concat();
        found.first().map_or("signs", |found| found.kind.code())
    });
    assert_eq!(package.unwrap_or_else(|fault| fault.code()), here);
}

fn review(scope: &Json) -> Json {
    review_json(&json!({ "scope": scope, "version": "3.1" }), Timestamp::default()).expect("a question")
}

fn inspected(live: &Live) -> Json {
    inspect_text(&live.grant.request().to_json().to_string()).expect("typed data")
}

/// Whether a review or an inspection says all of this; for a note.
fn tells(review: &Json, wanted: &[&str]) -> Result<String, String> {
    let text = review.to_string().replace('"', "");
    let missing = wanted.iter().find(|wanted| !text.contains(**wanted));
    missing.map_or_else(|| Ok(wanted.join(", ")), |missing| Err(format!("{missing:?} is not in {text}")))
}
