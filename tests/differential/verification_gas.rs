//! The package's own figure for verification gas, against the least with which the real EntryPoint takes the operation: never below
//! it, and not far above.

use alloy_primitives::{Address, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::protocol::{Call, Protocol, Verifying};
use serde_json::{Value as Json, json};

use super::base::KERNEL;
use super::granted::Shape;
use super::live::{Live, PAYER, THIEF};
use super::runner::Test;

const TARGET: Address = address!("0x00000000000000000000000000000000000b0a2d");
/// More than any of these operations takes.
const ENOUGH: u128 = 12_000_000;
/// How exactly the least is found.
const STEP: u128 = 250;
/// Hundredths of the least that the figure is at most.
const MOST: u128 = 130;

struct Case {
    name: &'static str,
    rules: Vec<Json>,
    operations: Option<u64>,
    sponsored: bool,
    /// Arguments of the calls, each with the number of its rule.
    calls: Vec<(usize, Vec<u64>)>,
}

pub fn tests() -> Vec<Test> {
    let lte = || json!({ "lte": 5 });
    let one = |arguments: Json| vec![rule(0, arguments)];
    let case = |name, rules, calls| Case { name, rules, operations: None, sponsored: false, calls };
    let values: Vec<u64> = (0..20).collect();
    let five = json!([lte(), lte(), { "gte": 1 }, { "eq": 1 }, { "between": [1, 2] }]);
    let many = || (0..13).map(|index| rule(index, json!([lte()]))).collect::<Vec<_>>();
    let cases = [
        case("a rule without conditions", one(json!([])), vec![(0, vec![])]),
        case("a condition", one(json!([lte()])), vec![(0, vec![1])]),
        case("five conditions", one(five), vec![(0, vec![1; 5])]),
        case("a list", one(json!([{ "oneOf": values }])), vec![(0, vec![19])]),
        Case { operations: Some(9), ..case("a count", one(json!([lte()])), vec![(0, vec![1])]) },
        Case { sponsored: true, ..case("a paymaster", one(json!([lte()])), vec![(0, vec![1])]) },
        case("many rules", many(), vec![(0, vec![1])]),
        case("a batch of one function", one(json!([lte()])), vec![(0, vec![1]); 10]),
        case("a large batch", one(json!([lte(), { "gte": 1 }])), vec![(0, vec![1, 1]); 40]),
        case("a batch of many functions", many(), (0..13).map(|index| (index, vec![1])).collect()),
        case("a batch of many functions, twice", many(), (0..26).map(|n| (n % 13, vec![1])).collect()),
    ];
    cases.into_iter().map(|case| Test::new(case.name, move || compared(&case))).collect()
}

fn signature(rule: usize, arguments: usize) -> String {
    format!("f{rule}({})", vec!["uint256"; arguments].join(","))
}

fn rule(number: usize, arguments: Json) -> Json {
    let count = arguments.as_array().map_or(0, Vec::len);
    json!({ "to": TARGET.to_string(), "function": signature(number, count), "args": arguments })
}

impl Case {
    fn live(&self) -> Live {
        let payer = if self.sponsored { PAYER.to_string() } else { "none".to_owned() };
        let limits = json!({ "gas": { "total": "50 ether" }, "operations": self.operations });
        let mut live = Live::new(&json!({ "calls": self.rules, "paymaster": payer, "limits": limits }));
        live.stack.chain.fund(live.account.address, U256::from(10_u128.pow(20)));
        if self.sponsored {
            live.place_payer();
        }
        live
    }

    fn calls(&self) -> Vec<Call> {
        let call = |(rule, arguments): &(usize, Vec<u64>)| {
            let function: Function = signature(*rule, arguments.len()).parse().expect("a signature");
            let values: Vec<Value> = arguments.iter().map(|n| Value::Uint(U256::from(*n))).collect();
            let data = function.encode_call(&values).expect("arguments").into();
            Call { to: TARGET, value: U256::ZERO, data }
        };
        self.calls.iter().map(call).collect()
    }

    /// The least verification gas that is enough; the operation is then on chain.
    fn least(&self, live: &mut Live, deployed: bool) -> Result<u128, String> {
        let call_data = KERNEL.encode_calls(&self.calls()).map_err(|fault| fault.to_string())?.to_vec();
        let mut send = |verification: u128, stays: bool| {
            let shape = Shape {
                verification,
                call: 1_500_000,
                pre: U256::from(60_000),
                fee: 2,
                tip: 1,
                payer: self.sponsored.then_some((PAYER, 60_000)),
            };
            let op = match deployed && live.operations == 0 {
                true => live.enabling(call_data.clone(), &shape),
                false => live.operation(call_data.clone(), &shape, 0),
            };
            match stays {
                true => live.send(&op).map(|included| included.success),
                false => Ok(live.would_succeed(&op)),
            }
        };
        let (mut low, mut high) = (10_000, ENOUGH);
        while high - low > STEP {
            let middle = u128::midpoint(low, high);
            match send(middle, false)? {
                true => high = middle,
                false => low = middle,
            }
        }
        match send(high, true)? {
            true => Ok(high),
            false => Err("its calls failed".to_owned()),
        }
    }
}

fn compared(case: &Case) -> Result<String, String> {
    let mut told = Vec::new();
    let mut compare = |live: &mut Live, verifying: Verifying, deployed: bool| {
        let least = case.least(live, deployed)?;
        let figure = u128::from(live.grant.verification_gas(verifying, &case.calls()));
        told.push(format!("{}%", figure * 100 / least));
        match figure < least || figure * 100 > least * MOST {
            true => Err(format!("{verifying:?} takes {least}, the figure is {figure}")),
            false => Ok(()),
        }
    };
    let mut live = case.live();
    compare(&mut live, Verifying::Deployment, false)?;
    compare(&mut live, Verifying::Use, false)?;
    let mut live = case.live();
    let factory = live.account.factory.clone();
    let deployment = Call { to: factory.address, value: U256::ZERO, data: factory.data };
    live.stack.transact_call(THIEF, &deployment);
    compare(&mut live, Verifying::Enabling, true)?;
    Ok(told.join(", "))
}
