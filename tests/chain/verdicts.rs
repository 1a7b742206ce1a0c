//! Replaying one sequence of measured calls.

use alloy_primitives::{Address, Bytes, hex};
use serde_json::Value;

use super::evm::{Block, Chain, Outcome};
use super::modules;

/// What a sequence came to.
#[derive(Debug, Default)]
pub struct Replay {
    pub steps: usize,
    pub failures: Vec<String>,
    /// Builds we have no code for.
    pub skipped: usize,
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
        replay.skipped += 1;
        return;
    };
    let mut chain = Chain::default();
    chain.place(contract, &code);
    for (index, step) in sequence["steps"].as_array().unwrap().iter().enumerate() {
        let either = |name: &str| if step[name].is_null() { &sequence[name] } else { &step[name] };
        let got =
            chain.call(block(either("block")), address(either("caller")), contract, calldata(sequence, step));
        let other = &differs[index.to_string()];
        let want = if other.is_null() { step } else { other };
        replay.steps += 1;
        if !agrees(&got, want) {
            let id = format!("{}/{index} on {} {}", sequence["id"], build["name"], build["version"]);
            replay.failures.push(format!("{id} ({}): got {got:?}, want {want}", step["note"]));
        }
    }
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
