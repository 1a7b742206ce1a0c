//! What the chain says of a scope's targets: whether there is a contract, and whether its code can be replaced.

use alloy_primitives::{Address, B256, b256};

use super::{Client, SessionError};
use crate::host::Host;
use crate::scope::Scope;
use crate::scope::lint::{Finding, small_share};

/// Where proxies keep their implementation (ERC-1967).
const IMPLEMENTATION: B256 = b256!("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// Where proxies keep the beacon that names their implementation (ERC-1967).
const BEACON: B256 = b256!("0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50");

/// Where older proxies keep their implementation, those of some large tokens among them.
const OLDER_IMPLEMENTATION: B256 =
    b256!("0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3");
/// What the code of a delegated account starts with (EIP-7702).
const DELEGATION: [u8; 3] = [0xef, 0x01, 0x00];

impl<H: Host> Client<H> {
    /// Findings that need the chain: targets without code, targets whose code can be replaced, and a share of the gas budget that pays
    /// for no operation at today's fee.
    ///
    /// # Errors
    /// [`super::SessionFault::Node`] when the chain cannot be asked.
    pub async fn lint_targets(&self, scope: &Scope) -> Result<Vec<Finding>, SessionError> {
        let mut targets: Vec<Address> = scope.sorted_calls().map(|(_, rule)| rule.to).collect();
        targets.dedup();
        let node = &self.endpoints.node;
        let codes = node.codes(&targets).await?;
        let mut is_proxy: Vec<bool> = codes.iter().map(|code| code.starts_with(&DELEGATION)).collect();
        for slot in [IMPLEMENTATION, BEACON, OLDER_IMPLEMENTATION] {
            let values = node.slots(&targets, slot).await?;
            for (is_proxy, value) in is_proxy.iter_mut().zip(values) {
                *is_proxy |= !value.is_zero();
            }
        }
        let mut found = self.lint_share(scope).await?;
        for ((target, code), is_proxy) in targets.iter().zip(codes).zip(is_proxy) {
            let called = scope.calls().iter().position(|rule| rule.to == *target && rule.function.is_some());
            let Some(index) = called else { continue };
            let path = format!("calls[{index}].to");
            if code.is_empty() {
                found.push(Finding::new(
                    "no-code-target",
                    path,
                    format!("{target} has no code on this chain"),
                ));
            } else if is_proxy {
                found.push(Finding::new(
                    "upgradeable-target",
                    path,
                    format!("{target} is a proxy, or a delegated account"),
                ));
            }
        }
        Ok(found)
    }
    /// What the highest fee tells already is not told again.
    async fn lint_share(&self, scope: &Scope) -> Result<Vec<Finding>, SessionError> {
        if scope.limits().max_fee_per_gas.is_some() {
            return Ok(Vec::new());
        }
        let fee = self.fees(None).await?.max_fee_per_gas;
        Ok(small_share(scope, fee, "today's fee").into_iter().collect())
    }
}
