//! Replaying one sequence of measured calls.

use std::sync::OnceLock;

use alloy_primitives::{Address, Bytes, U256, hex};
use hallpass::userop::EntryPointVersion;
use serde_json::Value;

use super::evm::{Action, Block, Chain, Outcome};
use super::{modules, stack};

/// What a sequence came to.
#[derive(Debug, Default)]
pub struct Replay {
    pub steps: usize,
    /// Steps in which the account's own doing was compared too.
    pub accounts: usize,
    pub failures: Vec<String>,
    /// Builds we have no code for.
    pub skipped: Vec<String>,
}

/// Replays a sequence on each build it was measured on.
pub fn replay(sequence: &Value) -> Replay {
    let mut replay = Replay::default();
    on_build(&mut replay, sequence, &sequence["contract"], &Value::Null);
    for build in sequence["also"].as_array().into_iter().flatten() {
        on_build(&mut replay, sequence, build, &build["differs"]);
    }
    replay
}

/// `differs` maps the index of a step to this build's other outcome.
fn on_build(replay: &mut Replay, sequence: &Value, build: &Value, differs: &Value) {
    let contract = address(&build["address"]);
    let Some(code) = modules::code(contract) else {
        replay.skipped.push(title(sequence, build));
        return;
    };
    let mut chain = Chain::default();
    chain.place(contract, &code);
    for (index, step) in sequence["steps"].as_array().unwrap().iter().enumerate() {
        let either = |name: &str| if step[name].is_null() { &sequence[name] } else { &step[name] };
        let (block, caller, data) =
            (block(either("block")), address(either("caller")), calldata(sequence, step));
        let got = chain.call(block, caller, contract, data.clone());
        let other = &differs[index.to_string()];
        let want = if other.is_null() { step } else { other };
        replay.steps += 1;
        // What the account does is measured once a sequence, whatever the policy's build.
        if !step["account"].is_null() && differs.is_null() {
            replay.accounts += 1;
            let did = account_actions(block, caller, &data);
            if did != wanted_actions(&step["account"]) {
                let id = format!("{}/{index} ({})", sequence["id"], step["note"]);
                replay.failures.push(format!("{id}: the account did {did:?}, want {}", step["account"]));
            }
        }
        if !agrees(&got, want) {
            let id = format!("{}/{index} on {}", sequence["id"], title(sequence, build));
            replay.failures.push(format!("{id} ({}): got {got:?}, want {want}", step["note"]));
        }
    }
}

/// Name and version of a build; only the sequence's own contract carries the name.
fn title(sequence: &Value, build: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {}", text(&sequence["contract"]["name"]), text(&build["version"]))
}

/// Success and returned bytes always; revert bytes unless they are empty; a halt only as a failure.
fn agrees(got: &Outcome, want: &Value) -> bool {
    match (got, want["ok"].as_str(), want["revert"].as_str()) {
        (Outcome::Ok(data), Some(wanted), _) => hex::encode_prefixed(data) == wanted.to_lowercase(),
        (Outcome::Ok(_), None, _) | (_, Some(_), _) => false,
        (Outcome::Halt, ..) => true,
        (Outcome::Revert(data), None, wanted) => {
            let wanted = wanted.unwrap_or("0x");
            wanted == "0x" || !want["halt"].is_null() || hex::encode_prefixed(data) == wanted.to_lowercase()
        }
    }
}

/// (`head` and `tail`, or `data`), then `zeros` zero bytes.
fn calldata(sequence: &Value, step: &Value) -> Bytes {
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap_or("0x")).expect("hex");
    let mut data = match step["tail"].is_string() {
        true => [bytes(&sequence["head"]), bytes(&step["tail"])].concat(),
        false => bytes(&step["data"]),
    };
    let zeros = usize::try_from(step["zeros"].as_u64().unwrap_or(0)).expect("a size");
    data.resize(data.len() + zeros, 0);
    data.into()
}

/// What Kernel 3.1 does with the calldata of the operation that a policy was asked about.
fn account_actions(block: Block, account: Address, policy_call: &[u8]) -> Option<Vec<Action>> {
    static KERNEL: OnceLock<Bytes> = OnceLock::new();
    let mut chain = Chain::default();
    chain.place(account, KERNEL.get_or_init(|| stack::kernel_code(Block { chain_id: 31_337, ..block })));
    chain.fund(account, U256::MAX >> 16);
    chain.actions(block, EntryPointVersion::V07.address(), account, operation_calldata(policy_call))
}

/// `callData` of `checkUserOpPolicy(bytes32,PackedUserOperation)`, by its pointers.
fn operation_calldata(policy_call: &[u8]) -> Bytes {
    let number = |at: usize| U256::from_be_slice(&policy_call[at..at + 32]).to::<usize>();
    let operation = 4 + number(4 + 32);
    let start = operation + number(operation + 3 * 32);
    let length = number(start);
    Bytes::copy_from_slice(&policy_call[start + 32..start + 32 + length])
}

/// `revert`, a list, or an object of either by Kernel version.
fn wanted_actions(wanted: &Value) -> Option<Vec<Action>> {
    let wanted = if wanted.is_object() { &wanted["0.3.1"] } else { wanted };
    let action = |row: &Value| Action {
        delegate: row[0] == "delegatecall",
        target: address(&row[1]),
        value: row[2].as_str().and_then(|wei| wei.parse().ok()).expect("wei"),
        data: hex::decode(row[3].as_str().expect("data")).expect("hex").into(),
    };
    Some(wanted.as_array()?.iter().map(action).collect())
}

fn address(value: &Value) -> Address {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("not an address: {value}"))
}

fn block(value: &Value) -> Block {
    let number = |name: &str| value[name].as_u64().unwrap_or_else(|| panic!("block.{name}: {value}"));
    Block {
        timestamp: number("timestamp"),
        number: number("number"),
        base_fee: number("basefee"),
        chain_id: number("chainId"),
    }
}
