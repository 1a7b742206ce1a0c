//! A session for the game: what it may do, and calls to try. Time in Unix seconds.

use alloy_primitives::{Address, B256, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::protocol::Call;
use hallpass::protocol::kernel_v3::{
    CallPermission, CallPolicy, CallPolicyVersion, CallType, Condition, GasPolicy, GrantOptions, PolicyEntry,
    Rule, SkipFlag, timestamp,
};
use hallpass::time::{Timestamp, Validity};

/// The game, as `tests/contracts/addresses.json` places it.
pub const BOARD: Address = address!("0xb0A2D00000000000000000000000000000000000");
/// Most items per purchase.
pub const LIMIT: u64 = 5;
/// Wei per item.
pub const PRICE: u64 = 10;

/// What a test changes of the usual grant.
pub struct Choices {
    pub version: CallPolicyVersion,
    pub options: GrantOptions,
    pub flag: SkipFlag,
    pub gas_budget: u128,
    pub more: Vec<PolicyEntry>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            version: CallPolicyVersion::V0_0_4,
            options: GrantOptions::default(),
            flag: SkipFlag::NOT_FOR_SIGNATURES,
            gas_budget: 1_000_000_000_000_000_000,
            more: Vec::new(),
        }
    }
}

/// Moves without conditions, purchases within limits; for an hour; with a gas budget.
pub fn policies(now: u64, choices: &Choices) -> Vec<PolicyEntry> {
    let function = |text: &str| text.parse::<Function>().unwrap().selector();
    let permission = |text, value_limit: u64, rules| CallPermission {
        call_type: CallType::Call,
        target: BOARD,
        selector: function(text),
        value_limit: U256::from(value_limit),
        rules,
    };
    let at_most = |offset, number: u64| Rule {
        condition: Condition::LessThanOrEqual,
        offset,
        params: vec![B256::from(U256::from(number))],
    };
    let calls = CallPolicy {
        version: choices.version,
        permissions: vec![
            permission("move(uint8,uint8)", 0, vec![]),
            permission("buy(uint256,uint256)", LIMIT * PRICE, vec![at_most(32, LIMIT)]),
        ],
    };
    let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
    let gas =
        GasPolicy { allowed: choices.gas_budget, enforce_paymaster: false, allowed_paymaster: Address::ZERO };
    let window = Validity::new(at(now), at(now + 3600)).unwrap();
    [vec![calls.into(), timestamp(window), gas.into()], choices.more.clone()].concat()
}

/// A call of the board.
pub fn call(text: &str, value: u64, arguments: &[u64]) -> Call {
    let function: Function = text.parse().unwrap();
    let arguments: Vec<Value> = arguments.iter().map(|number| Value::Uint(U256::from(*number))).collect();
    let data = function.encode_call(&arguments).unwrap().into();
    Call { to: BOARD, value: U256::from(value), data }
}

pub fn moved(x: u64, y: u64) -> Call {
    call("move(uint8,uint8)", 0, &[x, y])
}

pub fn bought(amount: u64) -> Call {
    call("buy(uint256,uint256)", amount * PRICE, &[1, amount])
}
