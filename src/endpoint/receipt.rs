//! What became of an operation, as a bundler's receipt, a transaction's logs and the EntryPoint's own event tell it.

use alloy_primitives::{Address, B256, Bytes, U256, b256};

use super::lenient;
use super::revert::Revert;
use crate::abi::{self, Type, Value};
use crate::json::{self, JsonError, Node as JsonNode};

/// `UserOperationRevertReason(bytes32,address,uint256,bytes)` of the EntryPoint.
const REVERT_REASON: B256 = b256!("0x1c4fada7374c0a9ee8841fc38afe82932dc0f8e69012e927f061a8bae611a201");
/// `BeforeExecution()` of the EntryPoint: from here on come the logs of what the operations did.
const BEFORE_EXECUTION: B256 = b256!("0xbb47ee3e183a558b1a2ff0874b079f3fc5478b7454eacf2bfc5af2ff5878f972");
/// `UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)` of the EntryPoint.
pub const OPERATION_EVENT: B256 = b256!("0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f");

/// What became of an included operation (ERC-7769, `eth_getUserOperationReceipt`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The operation.
    pub user_op_hash: B256,
    /// Transaction it is in.
    pub transaction_hash: B256,
    /// Block of that transaction.
    pub block_number: u64,
    /// Whether the calls were made; if not they were undone, and the gas is paid all the same.
    pub success: bool,
    /// Units of gas.
    pub gas_used: U256,
    /// Wei paid for gas.
    pub gas_cost: U256,
    /// Why the calls were undone.
    pub revert: Option<Revert>,
    /// What the contracts logged in this operation's calls.
    pub logs: Vec<Log>,
    /// What the whole transaction logged, the operations of others included.
    pub transaction_logs: Vec<Log>,
}

/// What a contract logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract.
    pub address: Address,
    /// Up to four words to look it up by; the first says which event it is.
    pub topics: Vec<B256>,
    /// The rest, ABI-encoded.
    pub data: Bytes,
}

/// An operation of an account that the chain shows to be included: the EntryPoint's `UserOperationEvent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The operation.
    pub hash: B256,
    /// Its nonce.
    pub nonce: U256,
    /// Whether its calls were made.
    pub success: bool,
    /// Wei paid for gas.
    pub gas_cost: U256,
    /// Units of gas.
    pub gas_used: U256,
    /// Block.
    pub block: u64,
    /// Transaction.
    pub transaction: B256,
}

impl Landed {
    /// What the event alone tells of it.
    #[must_use]
    pub const fn receipt(&self) -> Receipt {
        Receipt {
            user_op_hash: self.hash,
            transaction_hash: self.transaction,
            block_number: self.block,
            success: self.success,
            gas_used: self.gas_used,
            gas_cost: self.gas_cost,
            revert: None,
            logs: Vec::new(),
            transaction_logs: Vec::new(),
        }
    }

    /// The same with what its transaction logged.
    #[must_use]
    pub fn receipt_with(&self, transaction_logs: Vec<Log>) -> Receipt {
        let mut receipt = self.receipt();
        receipt.take_logs(transaction_logs, None);
        receipt
    }
}

impl Receipt {
    fn take_logs(&mut self, transaction_logs: Vec<Log>, own: Option<Vec<Log>>) {
        let is_own = |log: &Log| log.topics.get(..2) == Some(&[OPERATION_EVENT, self.user_op_hash]);
        self.logs = match transaction_logs.iter().position(is_own) {
            Some(end) => {
                let before = transaction_logs.get(..end).unwrap_or_default();
                let starts = [BEFORE_EXECUTION, OPERATION_EVENT];
                let start = before
                    .iter()
                    .rposition(|log| log.topics.first().is_some_and(|topic| starts.contains(topic)))
                    .map_or(0, |at| at.saturating_add(1));
                before.get(start..).unwrap_or_default().to_vec()
            }
            None => own.unwrap_or_default(),
        };
        if !self.success && self.revert.is_none() {
            let logs = self.logs.iter().chain(&transaction_logs);
            self.revert = logs.filter_map(|log| reason(log, self.user_op_hash)).next();
        }
        self.transaction_logs = transaction_logs;
    }
}

/// Reads a bundler's receipt.
pub(super) fn read(node: JsonNode<'_>) -> Result<Receipt, JsonError> {
    let field = |node: JsonNode<'_>, name| node.optional(name, json::hash);
    let inner = |node: JsonNode<'_>| {
        let transaction = field(node, "transactionHash")?;
        let block = node.optional("blockNumber", lenient::quantity64)?;
        Ok((transaction, block, node.optional("logs", read_logs)?))
    };
    let (nested, flat) = (node.optional("receipt", inner)?, inner(node)?);
    let (transaction, block, transaction_logs) = nested.unwrap_or_default();
    let reason = node.optional("reason", |node| Ok(json::data(node).ok()))?.flatten();
    let success = node.field("success", lenient::boolean)?;
    let amount = |name| node.optional(name, lenient::quantity);
    let mut receipt = Receipt {
        user_op_hash: node.field("userOpHash", json::hash)?,
        transaction_hash: transaction
            .or(flat.0)
            .ok_or_else(|| node.field_error("transactionHash", json::JsonReason::Missing))?,
        block_number: block
            .or(flat.1)
            .ok_or_else(|| node.field_error("blockNumber", json::JsonReason::Missing))?,
        success,
        gas_used: amount("actualGasUsed")?.unwrap_or_default(),
        gas_cost: amount("actualGasCost")?.unwrap_or_default(),
        revert: (!success).then(|| reason.filter(|data| !data.is_empty()).map(Revert)).flatten(),
        logs: Vec::new(),
        transaction_logs: Vec::new(),
    };
    receipt.take_logs(transaction_logs.unwrap_or_default(), flat.2);
    Ok(receipt)
}

/// Logs as nodes write them; one that is not a log is passed over, since it may be anybody's.
pub(super) fn read_logs(node: JsonNode<'_>) -> Result<Vec<Log>, JsonError> {
    Ok(node.items(|log| Ok(read_log(log).ok()))?.into_iter().flatten().collect())
}

fn read_log(log: JsonNode<'_>) -> Result<Log, JsonError> {
    Ok(Log {
        address: log.field("address", json::address)?,
        topics: log.field("topics", |topics| topics.items(json::hash))?,
        data: log.field("data", json::data)?,
    })
}

/// Reads an event of the EntryPoint (`eth_getLogs`); `None` for another event, or one of a block that is gone.
pub(super) fn read_landed(log: JsonNode<'_>) -> Result<Option<Landed>, JsonError> {
    let topics = log.field("topics", |topics| topics.items(json::hash))?;
    let is_removed = log.optional("removed", lenient::boolean)?.unwrap_or_default();
    let (Some(&OPERATION_EVENT), Some(&hash), false) = (topics.first(), topics.get(1), is_removed) else {
        return Ok(None);
    };
    let data = log.field("data", json::data)?;
    let word = |at: usize| {
        let start = at.saturating_mul(32);
        let word = data.get(start..).and_then(|rest| rest.first_chunk::<32>());
        word.map(|word| U256::from_be_bytes(*word))
    };
    let (Some(nonce), Some(success), Some(gas_cost), Some(gas_used)) = (word(0), word(1), word(2), word(3))
    else {
        return log.fail("not the data of a UserOperationEvent");
    };
    Ok(Some(Landed {
        hash,
        nonce,
        success: !success.is_zero(),
        gas_cost,
        gas_used,
        block: log.field("blockNumber", lenient::quantity64)?,
        transaction: log.field("transactionHash", json::hash)?,
    }))
}

/// The revert data in a log of the EntryPoint about this operation.
fn reason(log: &Log, user_op_hash: B256) -> Option<Revert> {
    if log.topics.get(..2) != Some(&[REVERT_REASON, user_op_hash]) {
        return None;
    }
    let types: [Option<Type>; 2] = ["uint256", "bytes"].map(|text| text.parse().ok());
    match abi::decode(types.iter().flatten(), &log.data).ok()?.into_iter().nth(1) {
        Some(Value::Bytes(reason)) => Some(Revert(reason)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EMITTER: &str = "0x00000000000000000000000000000000000000e1";

    fn log(topics: &[B256], data: &[u8]) -> serde_json::Value {
        let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
        json!({ "address": EMITTER, "topics": topics, "data": crate::hex::data(data) })
    }

    fn reason_log(hash: B256, reason: &[u8]) -> serde_json::Value {
        let types: [Type; 2] = ["uint256".parse().unwrap(), "bytes".parse().unwrap()];
        let values = [Value::Uint(U256::ZERO), Value::Bytes(reason.to_vec().into())];
        log(&[REVERT_REASON, hash], &abi::encode(&types, &values).unwrap())
    }

    #[test]
    fn the_reason_and_the_operation_s_own_logs_are_found_among_those_of_the_bundle() {
        let (ours, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let moved = B256::repeat_byte(3);
        let receipt = json!({
            "userOpHash": ours.to_string(), "success": false, "actualGasUsed": "0x5", "actualGasCost": "0x6",
            "logs": [], "receipt": {
                "transactionHash": other.to_string(), "blockNumber": "0x7",
                "logs": [
                    log(&[BEFORE_EXECUTION], &[]), log(&[moved], &[1]), reason_log(other, &[9]), log(&[OPERATION_EVENT, other], &[]),
                    log(&[moved], &[2]), reason_log(ours, &[1, 2, 3, 4]), log(&[OPERATION_EVENT, ours], &[]), log(&[moved], &[3]),
                ],
            },
        });
        let read = read(JsonNode::root(&receipt, "receipt")).unwrap();
        assert_eq!(read.revert, Some(Revert(vec![1, 2, 3, 4].into())));
        assert_eq!((read.block_number, read.gas_used), (7, U256::from(5)));
        assert_eq!(read.logs.len(), 2);
        assert_eq!((&read.logs[0].topics, read.logs[0].data.as_ref()), (&vec![moved], [2].as_slice()));
        assert_eq!(read.transaction_logs.len(), 8);
    }

    #[test]
    fn shapes_that_bundlers_use_are_read_and_others_are_not_taken_for_success() {
        let hash = B256::repeat_byte(1).to_string();
        let with = |success: serde_json::Value| json!({ "userOpHash": hash, "success": success, "transactionHash": hash, "blockNumber": "0x7" });
        let parsed = |value: &serde_json::Value| {
            read(JsonNode::root(value, "receipt")).map(|receipt| receipt.success).ok()
        };
        assert_eq!(parsed(&with(json!(true))), Some(true));
        assert_eq!(parsed(&with(json!("true"))), Some(true));
        assert_eq!(parsed(&with(json!("false"))), Some(false));
        for odd in [json!("perhaps"), json!(1), json!(null), json!({})] {
            assert_eq!(parsed(&with(odd)), None);
        }
        assert_eq!(parsed(&json!({ "userOpHash": hash, "success": true, "receipt": {} })), None);
    }

    #[test]
    fn an_event_is_read_unless_its_block_is_gone() {
        let hash = B256::repeat_byte(1);
        let words: Vec<u8> =
            [7_u64, 1, 8, 9].iter().flat_map(|n| U256::from(*n).to_be_bytes::<32>()).collect();
        let mut event = log(&[OPERATION_EVENT, hash, B256::ZERO, B256::ZERO], &words);
        event["blockNumber"] = json!("0x5");
        event["transactionHash"] = json!(hash.to_string());
        let landed = |event: &serde_json::Value| read_landed(JsonNode::root(event, "log"));
        let found = landed(&event).unwrap().unwrap();
        assert_eq!(
            (found.nonce, found.success, found.gas_cost, found.block),
            (U256::from(7), true, U256::from(8), 5)
        );
        event["removed"] = json!(true);
        assert_eq!(landed(&event), Ok(None));
        event["removed"] = json!(false);
        event["data"] = json!("0x00");
        assert!(landed(&event).is_err());
    }
}
