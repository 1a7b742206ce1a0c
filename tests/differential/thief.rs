//! A thief who holds the session key and bundles for himself, against the worst case that the package tells:
//! he never takes more, and what is told is no more than twice what he takes.

use alloy_primitives::{Address, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::protocol::{AssetKind, AssetRisk, Balances, Call};
use serde_json::{Value as Json, json};

use super::base::compiled;
use super::granted::Shape;
use super::live::{Live, PAYER, THIEF, bundle};
use super::runner::Test;
use super::tricks::{self, List, MANY};

/// An address without code: what it is sent is gone.
const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");
const GOLD: Address = address!("0x601D000000000000000000000000000000000000");
const HOOKED: Address = address!("0x00000000000000000000000000000000000700c0");
/// `Bank.sol`, which listens to [`HOOKED`] alone.
const BANK: Address = address!("0x00000000000000000000000000000000000ba4c0");
const RAIDER: Address = address!("0x000000000000000000000000000000000007a1de");

const ETHER: u128 = 1_000_000_000_000_000_000;
/// More calls than one transaction has gas for.
const TOO_MANY: usize = 2500;
/// How the gas of a transaction is best split between validation and calls: of value, and of tokens.
const FOR_VALUE: (u128, u128) = (6_000_000, 9_500_000);
const FOR_TOKENS: (u128, u128) = (10_000_000, 5_500_000);

/// What a thief does; answers what the account paid for gas.
type Steal = Box<dyn Fn(&mut Live) -> U256>;

struct Job {
    name: &'static str,
    scope: Json,
    /// Wei that the account holds.
    native: u128,
    /// A token that it holds too.
    token: Option<Address>,
    /// What the thief is after.
    loot: AssetKind,
    steal: Steal,
}

pub fn tests() -> Vec<Test> {
    let native = |name, operations: Option<u64>, each, native| Job {
        name,
        scope: scope(&value_rule(each), operations, "none"),
        native,
        token: None,
        loot: AssetKind::Native,
        steal: value(TARGET, each, selector("f()")),
    };
    let plain = |name, operations: Option<u64>, each, native| Job {
        name,
        scope: scope(&plain_rule(each), operations, "none"),
        native,
        token: None,
        loot: AssetKind::Native,
        steal: value(TARGET, each, Vec::new()),
    };
    let tokens = |name, token, operations: Option<u64>, each: u128| Job {
        name,
        scope: scope(&token_rule(token, each), operations, "none"),
        native: 0,
        token: Some(token),
        loot: AssetKind::Token(token),
        steal: transfers(token, each),
    };
    let gas = |name, native, payer: &str, steal: Steal| Job {
        name,
        scope: scope(&value_rule(0), None, payer),
        native,
        token: None,
        loot: AssetKind::Gas,
        steal,
    };
    let jobs = vec![
        native("value per call", None, ETHER, 40 * ETHER),
        native("value per call, three operations", Some(3), 1000, ETHER),
        native("value per call, three operations, little held", Some(3), ETHER, 20 * ETHER),
        Job { steal: split_view(ETHER), ..native("value in split views", None, ETHER, 20 * ETHER) },
        plain("plain transfers", None, ETHER, 30 * ETHER),
        plain("plain transfers, two operations", Some(2), 1000, ETHER),
        tokens("tokens per call", GOLD, None, 10 * ETHER),
        tokens("tokens per call, two operations", GOLD, Some(2), 5),
        tokens("tokens per call, two operations, little held", GOLD, Some(2), 400 * ETHER),
        tokens("a token that calls its receiver", HOOKED, None, 10),
        Job {
            name: "a receiver that takes instructions from a token",
            scope: scope(&instructed_rule(json!(BANK.to_string())), None, "none"),
            native: 0,
            token: Some(HOOKED),
            loot: AssetKind::Contract(BANK),
            steal: Box::new(instruct),
        },
        Job {
            name: "any receiver that takes instructions from a token",
            scope: scope(&instructed_rule(json!({ "any": true })), None, "none"),
            native: 0,
            token: Some(HOOKED),
            loot: AssetKind::Contracts,
            steal: Box::new(instruct),
        },
        gas("gas", ETHER, "none", Box::new(|live: &mut Live| burn(live, ETHER / 50, None))),
        gas(
            "gas, less held than the budget",
            ETHER / 200,
            "none",
            Box::new(|live: &mut Live| burn(live, ETHER / 200, None)),
        ),
        gas("gas, a named paymaster", ETHER, &PAYER.to_string(), Box::new(burn_of_payer)),
    ];
    jobs.into_iter().map(|job| Test::new(job.name, move || run(&job))).collect()
}

fn run(job: &Job) -> Result<String, String> {
    let mut live = Live::new(&job.scope);
    let account = live.account.address;
    live.stack.chain.fund(account, U256::from(job.native));
    let units = job.token.map_or(U256::ZERO, |token| endow(&mut live, token));
    let tokens = job.token.map(|token| (token, units)).into_iter().collect();
    let balances = Balances { native: Some(U256::from(job.native)), deposit: Some(U256::ZERO), tokens };
    let risks = live.grant.worst_case(&balances);
    let paid = (job.steal)(&mut live);
    let sent = U256::from(job.native) - live.held() - paid;
    let mut lost = vec![(AssetKind::Gas, paid), (AssetKind::Native, sent)];
    if let Some(token) = job.token {
        lost.push((AssetKind::Token(token), units - live.tokens(token, account)));
    }
    if matches!(job.loot, AssetKind::Contract(_) | AssetKind::Contracts) {
        lost.push((job.loot, deposited() - deposit(&mut live)));
    }
    let mut note = String::new();
    for (asset, lost) in lost {
        let told = judged(&risks, asset, lost, asset == job.loot)?;
        if asset == job.loot {
            note = format!("{} operations, {told}", live.operations);
        }
    }
    Ok(note)
}

/// An asset that is not told of is one that cannot be taken.
fn judged(risks: &[AssetRisk], asset: AssetKind, lost: U256, is_loot: bool) -> Result<String, String> {
    let risk = risks.iter().find(|risk| risk.asset == asset);
    let Some(most) = risk.map_or(Some(U256::ZERO), |risk| risk.most) else {
        return match is_loot && lost.is_zero() {
            true => Err(format!("nothing of {asset:?} was taken, though it is told to be without a bound")),
            false => Ok(format!("{lost} of {asset:?} lost, without a bound")),
        };
    };
    let by = risk.map(|risk| risk.bound_by);
    let told = format!("{lost} of {asset:?} lost, {most} told ({by:?})");
    if lost > most {
        return Err(format!("more than told: {told}"));
    }
    if is_loot && lost + lost < most {
        return Err(format!("less than half of what is told: {told}"));
    }
    Ok(told)
}

/// Sends operations with as many calls as fit, until one is refused or less than one call's worth is left.
fn drain(
    live: &mut Live,
    each: U256,
    left: impl Fn(&mut Live) -> U256,
    make: impl Fn(usize) -> (Vec<u8>, Shape),
) -> U256 {
    let mut paid = U256::ZERO;
    loop {
        let wanted = (left(live) / each).min(U256::from(TOO_MANY)).to::<usize>();
        let operation = |live: &Live, calls: usize| {
            let (call_data, shape) = make(calls);
            live.operation(call_data, &shape, 0)
        };
        let (mut fits, mut too_many) = (0, wanted + 1);
        let mut next = wanted;
        while fits + 1 < too_many {
            let trial = operation(live, next);
            if live.would_succeed(&trial) {
                fits = next
            } else {
                too_many = next
            }
            next = fits.midpoint(too_many);
        }
        if fits == 0 {
            return paid;
        }
        let op = operation(live, fits);
        paid += live.send(&op).expect("what went through as a trial").paid;
    }
}

/// The same call as often as it fits: items of a batch may share their bytes.
fn repeated(call: &Call, times: usize) -> Vec<u8> {
    tricks::execute(MANY, &List::shared(call, times).encode())
}

fn value(to: Address, each: u128, data: Vec<u8>) -> Steal {
    let call = Call { to, value: U256::from(each), data: data.into() };
    Box::new(move |live: &mut Live| {
        let account = live.account.address;
        let left = |live: &mut Live| live.stack.chain.balance(account);
        drain(live, call.value, left, |times| (repeated(&call, times), free(FOR_VALUE)))
    })
}

/// After a first operation, whose layout is another.
fn split_view(each: u128) -> Steal {
    Box::new(move |live: &mut Live| {
        let first = Call { to: TARGET, value: U256::ZERO, data: selector("f()").into() };
        let op = live.operation(tricks::plain(&[first]), &free(FOR_VALUE), 0);
        let paid = live.send(&op).expect("an operation in scope").paid;
        let account = live.account.address;
        let left = |live: &mut Live| live.stack.chain.balance(account);
        let each = U256::from(each);
        let tip = tricks::split_view_tip(selector("f()").try_into().expect("four bytes"));
        paid + drain(live, each, left, |times| {
            let shape = Shape { tip, pre: U256::ONE, ..free(FOR_VALUE) };
            (tricks::split_view(TARGET, each, times), shape)
        })
    })
}

fn transfers(token: Address, each: u128) -> Steal {
    Box::new(move |live: &mut Live| {
        let (account, each) = (live.account.address, U256::from(each));
        let receiver = if token == HOOKED { RAIDER } else { THIEF };
        let function: Function = "transfer(address,uint256)".parse().expect("a signature");
        let data = function.encode_call(&[Value::Address(receiver), Value::Uint(each)]).expect("arguments");
        let call = Call { to: token, value: U256::ZERO, data: data.into() };
        if token == HOOKED {
            // The operation after the next, for the raider to send in the middle of the next one.
            let op = live.operation(repeated(&call, 1), &free((2_000_000, 500_000)), 1);
            live.stack.transact(THIEF, RAIDER, "prepare(bytes)", &[Value::Bytes(bundle(&op))]);
        }
        let left = |live: &mut Live| live.tokens(token, account);
        let paid = drain(live, each, left, |times| (repeated(&call, times), free(FOR_TOKENS)));
        if token == HOOKED {
            let mut count = |function: &str| live.stack.view(RAIDER, function, &[], "uint256").remove(0);
            assert_ne!(count("tries()"), Value::Uint(U256::ZERO), "the raider was never called");
            assert_eq!(count("successes()"), Value::Uint(U256::ZERO), "the raider got through");
        }
        paid
    })
}

/// What the account has in the bank: more than it holds itself.
fn deposited() -> U256 {
    U256::from(5 * ETHER)
}

fn deposit(live: &mut Live) -> U256 {
    let owner = [Value::Address(live.account.address)];
    match live.stack.view(BANK, "deposits(address)", &owner, "uint256").remove(0) {
        Value::Uint(left) => left,
        other => panic!("{other:?} is no deposit"),
    }
}

/// One token, sent with the word that all of the deposit is for the thief.
fn instruct(live: &mut Live) -> U256 {
    live.stack.chain.place(BANK, &compiled("Bank"));
    live.stack.chain.fund(BANK, deposited());
    let credit = [Value::Address(live.account.address), Value::Uint(deposited())];
    live.stack.transact(THIEF, BANK, "credit(address,uint256)", &credit);
    let word = |number: U256| number.to_be_bytes::<32>();
    let order = [THIEF.into_word().0, word(deposited())].concat();
    let function: Function = "transferAndCall(address,uint256,bytes)".parse().expect("a signature");
    let arguments = [Value::Address(BANK), Value::Uint(U256::ONE), Value::Bytes(order.into())];
    let data = function.encode_call(&arguments).expect("arguments");
    let call = Call { to: HOOKED, value: U256::ZERO, data: data.into() };
    let op = live.operation(tricks::plain(&[call]), &free(FOR_TOKENS), 0);
    live.send(&op).expect("an operation in scope").paid
}

/// One operation that pays for gas nobody used, as much as a budget allows.
fn burn(live: &mut Live, budget: u128, payer: Option<Address>) -> U256 {
    let (fee, verification, call) = (100_000_000, 2_000_000, 100_000);
    let pre = U256::from(budget / fee - verification - call);
    let payer = payer.map(|payer| (payer, 100_000));
    let shape = Shape { verification, call, pre, fee, tip: fee, payer };
    let call = Call { to: TARGET, value: U256::ZERO, data: selector("f()").into() };
    let op = live.operation(tricks::plain(&[call]), &shape, 0);
    live.send(&op).map_or(U256::ZERO, |included| included.paid)
}

/// The account's own money is out of reach; the paymaster's is not.
fn burn_of_payer(live: &mut Live) -> U256 {
    live.place_payer();
    let alone = burn(live, ETHER / 50, None);
    assert_eq!(live.operations, 0, "an operation without the named paymaster");
    let paid = burn(live, ETHER / 50, Some(PAYER));
    assert_eq!(live.operations, 1, "an operation with it");
    alone + paid
}

/// Gas that costs the account nothing: the thief pays the transaction.
fn free((verification, call): (u128, u128)) -> Shape {
    Shape { verification, call, pre: U256::ZERO, fee: 0, tip: 0, payer: None }
}

/// Gives the account tokens, and answers how many units.
fn endow(live: &mut Live, token: Address) -> U256 {
    let account = Value::Address(live.account.address);
    if token == HOOKED {
        live.stack.chain.place(HOOKED, &compiled("HookToken"));
        live.stack.chain.place(RAIDER, &compiled("Raider"));
        let units = Value::Uint(U256::from(1000));
        live.stack.transact(THIEF, HOOKED, "mint(address,uint256)", &[account, units]);
    } else {
        live.stack.transact(THIEF, token, "mint(address)", &[account]);
    }
    live.tokens(token, live.account.address)
}

fn scope(rule: &Json, operations: Option<u64>, payer: &str) -> Json {
    let limits = json!({ "operations": operations, "gas": { "total": (ETHER / 50).to_string() } });
    json!({ "calls": [rule], "limits": limits, "paymaster": payer })
}

fn value_rule(each: u128) -> Json {
    json!({ "to": TARGET.to_string(), "function": "f()", "value": { "max": each.to_string() } })
}

fn plain_rule(each: u128) -> Json {
    json!({ "to": TARGET.to_string(), "plainTransfer": true, "value": { "max": each.to_string() } })
}

fn token_rule(token: Address, each: u128) -> Json {
    let args = json!([{ "any": true }, { "lte": each.to_string() }]);
    json!({ "to": token.to_string(), "function": "transfer(address to,uint256 amount)", "args": args })
}

fn instructed_rule(receiver: Json) -> Json {
    let args = json!([receiver, { "lte": "10" }, { "any": true }]);
    let function = "transferAndCall(address to,uint256 amount,bytes data)";
    json!({ "to": HOOKED.to_string(), "function": function, "args": args })
}

fn selector(function: &str) -> Vec<u8> {
    function.parse::<Function>().expect("a signature").selector().to_vec()
}
