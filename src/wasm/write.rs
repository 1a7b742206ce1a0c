//! Plain data for JavaScript, as JSON. Amounts and counts that may pass 2^53 are decimal strings.

use alloy_primitives::U256;
use serde_json::{Value as Json, json};

use super::error;
use crate::browser::Browser;
use crate::bundler::Receipt;
use crate::hex;
use crate::scope::Violation;
use crate::session::{AccountInfo, Prepared, Remaining, Summary};
use crate::userop::UserOperation;

pub(super) fn violation(violation: &Violation) -> Json {
    json!({
        "code": violation.kind.code(),
        "call": violation.call,
        "path": violation.path,
        "wanted": violation.wanted,
        "got": violation.got,
        "message": violation.to_string(),
    })
}

pub(super) fn summary(summary: &Summary) -> Json {
    json!({
        "id": summary.id,
        "account": summary.account.to_string(),
        "owner": summary.owner.to_string(),
        "key": summary.key.to_string(),
        "chainId": summary.chain_id,
        "scope": summary.scope.to_json(),
        "scopeHash": summary.scope.hash().to_string(),
        "expiresAt": summary.valid_until.seconds(),
        "status": summary.status.name(),
    })
}

pub(super) fn custody(host: &Browser, record: &str) -> Json {
    let (tier, asked) = (host.custody_of(record), host.asked());
    let because = host.downgrades().into_iter().rfind(|downgrade| downgrade.to == tier);
    json!({
        "tier": tier.name(),
        "asked": asked.name(),
        "because": because.map(|downgrade| json!({ "code": downgrade.code, "message": downgrade.message })),
    })
}

pub(super) fn remaining(remaining: &Remaining) -> Json {
    json!({
        "operations": remaining.operations.map(|count| count.to_string()),
        "gas": remaining.gas.to_string(),
        "seconds": remaining.seconds,
    })
}

pub(super) fn receipt(receipt: &Receipt) -> Json {
    json!({
        "userOpHash": receipt.user_op_hash.to_string(),
        "transactionHash": receipt.transaction_hash.to_string(),
        "blockNumber": receipt.block_number.to_string(),
        "success": receipt.success,
        "gasUsed": receipt.gas_used.to_string(),
        "gasCost": receipt.gas_cost.to_string(),
        "revert": receipt.revert.as_ref().map(error::revert),
    })
}

pub(super) fn prepared(prepared: &Prepared) -> Json {
    json!({
        "userOperation": UserOperation::V07(prepared.operation.clone()).to_rpc(),
        "userOpHash": prepared.hash.to_string(),
        "cost": prepared.cost.wei().to_string(),
    })
}

pub(super) fn account(info: &AccountInfo, protocol: &str, index: U256, usable: bool) -> Json {
    json!({
        "address": info.account.address.to_string(),
        "deployed": info.state.deployed,
        "balance": info.balance.to_string(),
        "deposit": info.deposit.to_string(),
        "usable": usable,
        "reason": (!usable).then_some("the account has another owner, or its root validator is not one of a single key"),
        "protocol": protocol,
        "index": hex::quantity(index),
    })
}
