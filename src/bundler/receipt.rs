//! Receipts of included operations.

use alloy_primitives::{B256, U256, b256};

use super::error::Revert;
use crate::abi::{self, Type, Value};
use crate::json::{self, JsonError, Node as JsonNode};

/// `UserOperationRevertReason(bytes32,address,uint256,bytes)` of the EntryPoint.
const REVERT_REASON: B256 = b256!("0x1c4fada7374c0a9ee8841fc38afe82932dc0f8e69012e927f061a8bae611a201");

/// What became of an operation (ERC-7769, `eth_getUserOperationReceipt`).
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
}

pub(super) fn read(node: JsonNode<'_>) -> Result<Receipt, JsonError> {
    let user_op_hash = node.field("userOpHash", json::hash)?;
    let success = node.field("success", json::boolean)?;
    let (transaction_hash, block_number, block_logs) = node.field("receipt", |receipt| {
        Ok((
            receipt.field("transactionHash", json::hash)?,
            receipt.field("blockNumber", json::quantity64)?,
            receipt.optional("logs", |logs| logs.items(|log| read_reason(log, user_op_hash)))?,
        ))
    })?;
    let own_logs = node.optional("logs", |logs| logs.items(|log| read_reason(log, user_op_hash)))?;
    let reason = node.optional("reason", |node| Ok(json::data(node).ok()))?.flatten();
    let logged = || own_logs.into_iter().chain(block_logs).flatten().flatten().next();
    Ok(Receipt {
        user_op_hash,
        transaction_hash,
        block_number,
        success,
        gas_used: node.field("actualGasUsed", json::quantity)?,
        gas_cost: node.field("actualGasCost", json::quantity)?,
        revert: (!success)
            .then(|| reason.filter(|data| !data.is_empty()).map(Revert).or_else(logged))
            .flatten(),
    })
}

/// The revert data in a log of the EntryPoint about this operation.
fn read_reason(log: JsonNode<'_>, user_op_hash: B256) -> Result<Option<Revert>, JsonError> {
    let topics = log.field("topics", |topics| topics.items(json::hash))?;
    if topics.get(..2) != Some(&[REVERT_REASON, user_op_hash]) {
        return Ok(None);
    }
    let data = log.field("data", json::data)?;
    let types: [Option<Type>; 2] = ["uint256", "bytes"].map(|text| text.parse().ok());
    let values = abi::decode(types.iter().flatten(), &data).unwrap_or_default();
    Ok(match values.into_iter().nth(1) {
        Some(Value::Bytes(reason)) => Some(Revert(reason)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_reason_is_found_among_the_logs() {
        let (ours, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
        let types: [Type; 2] = ["uint256".parse().unwrap(), "bytes".parse().unwrap()];
        let data = |reason: &[u8]| {
            let values = [Value::Uint(U256::ZERO), Value::Bytes(reason.to_vec().into())];
            crate::hex::data(&abi::encode(&types, &values).unwrap())
        };
        let log = |hash: B256, reason: &[u8]| json!({ "topics": [REVERT_REASON.to_string(), hash.to_string()], "data": data(reason) });
        let receipt = json!({
            "userOpHash": ours.to_string(), "success": false, "actualGasUsed": "0x5", "actualGasCost": "0x6",
            "logs": [], "receipt": {
                "transactionHash": other.to_string(), "blockNumber": "0x7",
                "logs": [log(other, &[9]), { "topics": [], "data": "0x" }, log(ours, &[1, 2, 3, 4])],
            },
        });
        let read = read(JsonNode::root(&receipt, "receipt")).unwrap();
        assert_eq!(read.revert, Some(Revert(vec![1, 2, 3, 4].into())));
        assert_eq!((read.block_number, read.gas_used), (7, U256::from(5)));
    }
}
