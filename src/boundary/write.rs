//! Plain data for JavaScript, as JSON. Amounts and counts that may pass 2^53 are decimal strings.

use alloy_primitives::U256;
use serde_json::Value as Json;

use super::error;
use crate::abi::Function;
use crate::browser::Browser;
use crate::endpoint::receipt::{Log, Receipt};
use crate::hex;
use crate::json::json;
use crate::scope::Violation;
use crate::session::{
    AccountInfo, Fate, News, Operation, Prepared, Remaining, SessionError, SessionFault, Stage, Summary,
};
use crate::time::Timestamp;

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
        "startsAt": summary.starts_at.map(Timestamp::seconds),
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

pub(super) fn receipt(receipt: &Receipt, declared: &[Function]) -> Json {
    json!({
        "userOpHash": receipt.user_op_hash.to_string(),
        "transactionHash": receipt.transaction_hash.to_string(),
        "blockNumber": receipt.block_number.to_string(),
        "success": receipt.success,
        "gasUsed": receipt.gas_used.to_string(),
        "gasCost": receipt.gas_cost.to_string(),
        "logs": receipt.logs.iter().map(log).collect::<Vec<_>>(),
        "transactionLogs": receipt.transaction_logs.iter().map(log).collect::<Vec<_>>(),
        "revert": receipt.revert.as_ref().map(|data| error::revert(data, declared)),
    })
}

fn log(log: &Log) -> Json {
    json!({
        "address": log.address.to_string(),
        "topics": log.topics.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "data": hex::data(&log.data),
    })
}

/// News of an operation: `id`, `stage`, and what is known by then. `fault` says why somebody who waits is to be told no.
pub(super) fn news(id: &str, news: &News, declared: &[Function]) -> Json {
    let mut object = json!({ "id": id });
    let Json::Object(fields) = &mut object else { return object };
    let mut put = |name: &str, value: Json| _ = fields.insert(name.to_owned(), value);
    let mut landed = |receipt: &Receipt| {
        put("userOpHash", receipt.user_op_hash.to_string().into());
        put("receipt", self::receipt(receipt, declared));
        if !receipt.success {
            put(
                "fault",
                error::describe(
                    SessionError::from(SessionFault::Reverted(Box::new(receipt.clone()))),
                    declared,
                ),
            );
        }
    };
    let stage = match news {
        News::Included(receipt) => {
            landed(receipt);
            Stage::Included
        }
        News::LandedLate(receipt) => {
            landed(receipt);
            put("late", true.into());
            Stage::Included
        }
        News::Final { receipt, by_depth } => {
            landed(receipt);
            put("byDepth", (*by_depth).into());
            Stage::Final
        }
        News::Reached(stage, hash) => {
            put("userOpHash", json!(hash.map(|hash| hash.to_string())));
            *stage
        }
        News::Replaced { hash, by } => {
            put("userOpHash", hash.to_string().into());
            put("by", by.to_string().into());
            put(
                "fault",
                error::describe(
                    SessionError::from(SessionFault::Replaced { hash: *hash, by: *by }),
                    declared,
                ),
            );
            Stage::Replaced
        }
        News::Dropped(hash) => {
            put("userOpHash", hash.to_string().into());
            put(
                "fault",
                error::describe(SessionError::from(SessionFault::Dropped { hash: *hash }), declared),
            );
            Stage::Dropped
        }
        News::Failed { fault, hash } => {
            let mut described = error::describe(fault.as_ref().clone(), declared);
            if let (Json::Object(fields), Some(hash)) = (&mut described, hash) {
                fields.insert("userOpHash".to_owned(), hash.to_string().into());
                fields.insert("mayStillLand".to_owned(), true.into());
            }
            put("userOpHash", json!(hash.map(|hash| hash.to_string())));
            put("fault", described);
            // What was never signed has no fate.
            match hash {
                Some(_) => Stage::Unknown,
                None => {
                    put("withdrawn", true.into());
                    Stage::Dropped
                }
            }
        }
    };
    put("stage", stage.name().into());
    object
}

/// What is known of an operation.
pub(super) fn operation(operation: &Operation) -> Json {
    let fate = operation.fate.map(|fate| match fate {
        Fate::Included { block, transaction, success, .. } => json!({
            "blockNumber": block.to_string(), "transactionHash": transaction.to_string(), "success": success,
        }),
        Fate::Replaced { by } => json!({ "by": by.to_string() }),
        Fate::Dropped => json!({}),
    });
    json!({
        "id": operation.id,
        "stage": operation.stage.name(),
        "userOpHash": operation.hashes.last().map(ToString::to_string),
        "userOpHashes": operation.hashes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "nonce": operation.nonce.map(|nonce| nonce.to_string()),
        "fate": fate,
    })
}

pub(super) fn prepared(prepared: &Prepared) -> Json {
    json!({
        "userOperation": prepared.operation.to_rpc(),
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
