//! Bundlers, through their JSON-RPC (ERC-7769): estimate, send, find the receipt.

mod error;
mod least_fee;

use std::cell::Cell;

use alloy_primitives::{B256, U256};
use serde_json::Value as Json;

pub use error::{BundlerError, Meaning, OtherHash, Refusal};
pub use least_fee::{LeastFee, least_fee};

use super::lenient;
use super::node::Fees;
use super::receipt::{self, Receipt};
use crate::host::{Rpc, RpcFault, read_result};
use crate::json::{self, JsonError, json};
use crate::userop::EntryPoint;
use crate::userop::v07::UserOperation;

/// Methods by which bundlers say what they ask for, of Pimlico's, Etherspot's and Alchemy's families.
const PRICE_METHODS: [&str; 3] =
    ["pimlico_getUserOperationGasPrice", "skandha_getGasPrice", "rundler_maxPriorityFeePerGas"];

/// A bundler.
#[derive(Debug)]
pub struct Bundler<R> {
    rpc: R,
    /// The first of its methods for prices that it may have.
    price_method: Cell<usize>,
}

/// What a bundler asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Both fees.
    Fees(Fees),
    /// A tip over whatever the chain takes, in wei per gas.
    Tip(u128),
}

/// What a bundler knows of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    No,
    /// It waits to be included.
    Waiting,
    /// It is in a block.
    Included,
}

/// Gas limits that a bundler proposes, in units of gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasEstimate {
    /// For the call.
    pub call_gas_limit: u128,
    /// For validation.
    pub verification_gas_limit: u128,
    /// For what the bundler pays outside the EntryPoint.
    pub pre_verification_gas: U256,
    /// For the paymaster's validation.
    pub paymaster_verification_gas_limit: Option<u128>,
    /// For the paymaster's `postOp`.
    pub paymaster_post_op_gas_limit: Option<u128>,
}

impl<R: Rpc> Bundler<R> {
    /// A bundler behind `rpc`.
    pub const fn new(rpc: R) -> Self {
        Self { rpc, price_method: Cell::new(0) }
    }

    /// The same behind another way of asking.
    pub(crate) fn over<S>(self, way: impl FnOnce(R) -> S) -> Bundler<S> {
        Bundler { rpc: way(self.rpc), price_method: self.price_method }
    }

    /// Gas limits for an operation with a dummy signature (`eth_estimateUserOperationGas`).
    ///
    /// # Errors
    /// [`BundlerError::Refused`] when the operation fails in simulation.
    pub async fn estimate(
        &self,
        op: &UserOperation,
        entry_point: &EntryPoint,
    ) -> Result<GasEstimate, BundlerError> {
        const METHOD: &str = "eth_estimateUserOperationGas";
        let answer = self.request(METHOD, operation_params(op, entry_point)).await?;
        let limits = read_result(&self.rpc, METHOD, &answer, |gas| {
            Ok(GasEstimate {
                call_gas_limit: gas.field("callGasLimit", lenient::quantity128)?,
                // The second is what it was called at first.
                verification_gas_limit: gas
                    .optional("verificationGasLimit", lenient::quantity128)?
                    .or(gas.optional("verificationGas", lenient::quantity128)?)
                    .ok_or_else(|| gas.field_error("verificationGasLimit", json::JsonReason::Missing))?,
                pre_verification_gas: gas.field("preVerificationGas", lenient::quantity)?,
                paymaster_verification_gas_limit: gas
                    .optional("paymasterVerificationGasLimit", lenient::quantity128)?,
                paymaster_post_op_gas_limit: gas.optional("paymasterPostOpGasLimit", lenient::quantity128)?,
            })
        });
        Ok(limits?)
    }

    /// What the bundler asks for; `None` when it has no method for that. The one that it has is found once.
    ///
    /// # Errors
    /// [`BundlerError::Rpc`].
    pub async fn price(&self) -> Result<Option<Price>, BundlerError> {
        let first = self.price_method.get();
        for (at, method) in PRICE_METHODS.iter().enumerate().skip(first) {
            let answer = match self.rpc.request(method, json!([])).await {
                Err(error) => match &*error {
                    RpcFault::Answer { code, message, .. } => {
                        // Bundlers word "no such method" in many ways. Other refusals may pass.
                        if at == self.price_method.get() && says_no_such_method(*code, message) {
                            self.price_method.set(at.saturating_add(1));
                        }
                        continue;
                    }
                    // One that is down will not take the operation either.
                    _ => return Err(error.into()),
                },
                Ok(answer) => answer,
            };
            return Ok(Some(read_result(&self.rpc, method, &answer, read_price)?));
        }
        Ok(None)
    }

    /// Sends a signed operation (`eth_sendUserOperation`). `hash` is its hash as computed here.
    ///
    /// # Errors
    /// [`BundlerError::Refused`] when it is not taken, [`BundlerError::OtherHash`] when the bundler says it took another one.
    pub async fn send(
        &self,
        op: &UserOperation,
        entry_point: &EntryPoint,
        hash: B256,
    ) -> Result<(), BundlerError> {
        const METHOD: &str = "eth_sendUserOperation";
        let answer = self.request(METHOD, operation_params(op, entry_point)).await?;
        let found = read_result(&self.rpc, METHOD, &answer, json::hash)?;
        match found == hash {
            true => Ok(()),
            false => Err(BundlerError::OtherHash(Box::new(OtherHash { ours: hash, theirs: found }))),
        }
    }

    /// The receipt of an operation; `None` while it is not included (`eth_getUserOperationReceipt`).
    ///
    /// # Errors
    /// [`BundlerError::Rpc`], and [`BundlerError::OtherHash`] for the receipt of another operation.
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, BundlerError> {
        const METHOD: &str = "eth_getUserOperationReceipt";
        let answer = self.request(METHOD, json!([hash.to_string()])).await?;
        if answer.is_null() {
            return Ok(None);
        }
        let receipt = read_result(&self.rpc, METHOD, &answer, receipt::read)?;
        match receipt.user_op_hash == hash {
            true => Ok(Some(receipt)),
            false => {
                Err(BundlerError::OtherHash(Box::new(OtherHash { ours: hash, theirs: receipt.user_op_hash })))
            }
        }
    }

    /// Whether the bundler has the operation (`eth_getUserOperationByHash`). A bundler without the method knows none.
    ///
    /// # Errors
    /// [`BundlerError::Rpc`].
    pub async fn knows(&self, hash: B256) -> Result<Known, BundlerError> {
        match self.request("eth_getUserOperationByHash", json!([hash.to_string()])).await {
            Ok(Json::Null) | Err(BundlerError::Refused(_)) => Ok(Known::No),
            Ok(answer) if answer.get("blockNumber").is_none_or(Json::is_null) => Ok(Known::Waiting),
            Ok(_) => Ok(Known::Included),
            Err(fault) => Err(fault),
        }
    }

    async fn request(&self, method: &str, params: Json) -> Result<Json, BundlerError> {
        self.rpc.request(method, params).await.map_err(BundlerError::from)
    }
}

/// In the forms of the three methods: fees by how fast, fees, or a tip alone.
fn read_price(node: json::Node<'_>) -> Result<Price, JsonError> {
    let fees = |fees: json::Node<'_>| {
        Ok(Fees {
            max_fee_per_gas: fees.field("maxFeePerGas", lenient::quantity128)?,
            max_priority_fee_per_gas: fees.field("maxPriorityFeePerGas", lenient::quantity128)?,
        })
    };
    if !node.value().is_object() {
        return lenient::quantity128(node).map(Price::Tip);
    }
    let by_speed = node.optional("standard", fees)?;
    by_speed.map_or_else(|| fees(node), Ok).map(Price::Fees)
}

fn says_no_such_method(code: i64, message: &str) -> bool {
    let text = message.to_ascii_lowercase();
    code == -32601 || ["method", "support", "not found", "unknown"].iter().any(|word| text.contains(word))
}

fn operation_params(op: &UserOperation, entry_point: &EntryPoint) -> Json {
    json!([op.to_rpc(), entry_point.address.to_string()])
}
