//! Paymaster services (ERC-7677): who else pays for gas.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::Value as Json;

use super::lenient;
use crate::hex::quantity;
use crate::host::{Rpc, RpcError, RpcFault, read_result};
use crate::json::{self, json};
use crate::userop::EntryPoint;
use crate::userop::v07::{Paymaster as PaymasterFields, UserOperation};

/// A paymaster service.
#[derive(Debug)]
pub struct Paymaster<R> {
    rpc: R,
    context: Json,
}

/// What the service answers: its fields of the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sponsorship {
    address: Address,
    data: Bytes,
    verification_gas_limit: Option<u128>,
    post_op_gas_limit: Option<u128>,
    /// What it sets of the operation beside its own: its signature covers that.
    others: Others,
}

/// Limits and fees of the operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Others {
    call_gas_limit: Option<u128>,
    account_gas_limit: Option<u128>,
    pre_verification_gas: Option<U256>,
    max_fee_per_gas: Option<u128>,
    max_priority_fee_per_gas: Option<u128>,
}

impl<R: Rpc> Paymaster<R> {
    /// A service behind `rpc`; `context` is an object it understands.
    pub const fn new(rpc: R, context: Json) -> Self {
        Self { rpc, context }
    }

    /// The same behind another way of asking.
    pub(crate) fn over<S>(self, way: impl FnOnce(R) -> S) -> Paymaster<S> {
        Paymaster { rpc: way(self.rpc), context: self.context }
    }

    /// Puts fields of the right size into an operation that is to be estimated (`pm_getPaymasterStubData`). They are never taken as
    /// final, even where the service says so: nonce and fees are not those of the operation that is sent.
    ///
    /// # Errors
    /// [`RpcError`], also when the service refuses.
    pub async fn prepare(&self, op: &mut UserOperation, entry_point: &EntryPoint) -> Result<(), RpcError> {
        let sponsorship = self.ask("pm_getPaymasterStubData", op, entry_point).await?;
        sponsorship.put(op);
        Ok(())
    }

    /// Puts the final fields into an operation whose gas limits and fees are set (`pm_getPaymasterData`). Limits and fees that the
    /// service sets are taken over: whoever signs the operation checks them against the budgets.
    ///
    /// # Errors
    /// [`RpcError`], also when the service refuses.
    pub async fn sponsor(&self, op: &mut UserOperation, entry_point: &EntryPoint) -> Result<(), RpcError> {
        const METHOD: &str = "pm_getPaymasterData";
        // What it gives for estimates is not for the operation that is sent, whatever `isFinal` says: so the method is named.
        let named = |error: RpcError| match error.into_fault() {
            RpcFault::Answer { code, message, data } => {
                RpcError::from(RpcFault::Answer { code, message: format!("{METHOD}: {message}"), data })
            }
            other => other.into(),
        };
        let sponsorship = self.ask(METHOD, op, entry_point).await.map_err(named)?;
        sponsorship.others.put(op);
        sponsorship.put(op);
        Ok(())
    }

    async fn ask(
        &self,
        method: &str,
        op: &UserOperation,
        entry_point: &EntryPoint,
    ) -> Result<Sponsorship, RpcError> {
        let operation = op.to_rpc();
        let chain_id = quantity(U256::from(entry_point.chain_id));
        let params = json!([operation, entry_point.address.to_string(), chain_id, self.context]);
        let answer = self.rpc.request(method, params).await?;
        read_result(&self.rpc, method, &answer, |node| {
            Ok(Sponsorship {
                address: node.field("paymaster", json::address)?,
                data: node.optional("paymasterData", json::data)?.unwrap_or_default(),
                verification_gas_limit: node
                    .optional("paymasterVerificationGasLimit", lenient::quantity128)?,
                post_op_gas_limit: node.optional("paymasterPostOpGasLimit", lenient::quantity128)?,
                others: Others {
                    call_gas_limit: node.optional("callGasLimit", lenient::quantity128)?,
                    account_gas_limit: node.optional("verificationGasLimit", lenient::quantity128)?,
                    pre_verification_gas: node.optional("preVerificationGas", lenient::quantity)?,
                    max_fee_per_gas: node.optional("maxFeePerGas", lenient::quantity128)?,
                    max_priority_fee_per_gas: node.optional("maxPriorityFeePerGas", lenient::quantity128)?,
                },
            })
        })
    }
}

impl Others {
    const fn put(&self, op: &mut UserOperation) {
        if let Some(limit) = self.call_gas_limit {
            op.call_gas_limit = limit;
        }
        if let Some(limit) = self.account_gas_limit {
            op.verification_gas_limit = limit;
        }
        if let Some(gas) = self.pre_verification_gas {
            op.pre_verification_gas = gas;
        }
        if let Some(fee) = self.max_fee_per_gas {
            op.max_fee_per_gas = fee;
        }
        if let Some(fee) = self.max_priority_fee_per_gas {
            op.max_priority_fee_per_gas = fee;
        }
    }
}

impl Sponsorship {
    fn put(self, op: &mut UserOperation) {
        let old = op.paymaster.take().unwrap_or_default();
        op.paymaster = Some(PaymasterFields {
            address: self.address,
            verification_gas_limit: self.verification_gas_limit.unwrap_or(old.verification_gas_limit),
            post_op_gas_limit: self.post_op_gas_limit.unwrap_or(old.post_op_gas_limit),
            data: self.data,
        });
    }
}
