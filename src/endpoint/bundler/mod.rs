//! Bundlers, through their JSON-RPC (ERC-7769): estimate, send, find the receipt.

mod error;

use alloy_primitives::{B256, U256};
use serde_json::{Value as Json, json};

pub use error::{BundlerError, Meaning, OtherHash, Refusal};

use super::lenient;
use super::receipt::{self, Receipt};
use crate::host::{Rpc, RpcFault, read_result};
use crate::json;
use crate::userop::EntryPoint;
use crate::userop::v07::UserOperation;

/// A bundler.
#[derive(Debug)]
pub struct Bundler<R> {
    rpc: R,
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
        Self { rpc }
    }

    /// The same behind another way of asking.
    pub(crate) fn over<S>(self, way: impl FnOnce(R) -> S) -> Bundler<S> {
        Bundler { rpc: way(self.rpc) }
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

    /// Fees the bundler asks for, as (highest fee, highest tip) per gas in wei; `None` when it does not say
    /// (`pimlico_getUserOperationGasPrice`).
    ///
    /// # Errors
    /// [`BundlerError::Rpc`].
    pub async fn gas_price(&self) -> Result<Option<(u128, u128)>, BundlerError> {
        const METHOD: &str = "pimlico_getUserOperationGasPrice";
        let answer = match self.rpc.request(METHOD, json!([])).await {
            // Bundlers word "no such method" in many ways; one that is down will not take the operation either.
            Err(error) if matches!(*error, RpcFault::Answer { .. }) => return Ok(None),
            answer => answer?,
        };
        let fees = read_result(&self.rpc, METHOD, &answer, |prices| {
            prices.field("standard", |standard| {
                Ok((
                    standard.field("maxFeePerGas", lenient::quantity128)?,
                    standard.field("maxPriorityFeePerGas", lenient::quantity128)?,
                ))
            })
        })?;
        Ok(Some(fees))
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

    /// Whether the bundler has the operation, included or not (`eth_getUserOperationByHash`). A bundler without the method knows none.
    ///
    /// # Errors
    /// [`BundlerError::Rpc`].
    pub async fn knows(&self, hash: B256) -> Result<bool, BundlerError> {
        match self.request("eth_getUserOperationByHash", json!([hash.to_string()])).await {
            Ok(answer) => Ok(!answer.is_null()),
            Err(BundlerError::Refused(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn request(&self, method: &str, params: Json) -> Result<Json, BundlerError> {
        self.rpc.request(method, params).await.map_err(BundlerError::from)
    }
}

fn operation_params(op: &UserOperation, entry_point: &EntryPoint) -> Json {
    json!([op.to_rpc(), entry_point.address.to_string()])
}
