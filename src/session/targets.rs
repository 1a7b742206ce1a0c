//! What the chain says of a scope's targets: whether there is a contract, and whether its code can be replaced.

use alloy_primitives::{Address, B256, b256};

use super::{Client, SessionError};
use crate::host::Host;
use crate::scope::Scope;
use crate::scope::lint::Finding;

/// Where proxies keep their implementation (ERC-1967).
const IMPLEMENTATION: B256 = b256!("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// Where proxies keep the beacon that names their implementation (ERC-1967).
const BEACON: B256 = b256!("0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50");

impl<H: Host> Client<H> {
    /// Findings that need the chain: targets without code, and targets whose code can be replaced.
    ///
    /// # Errors
    /// [`SessionError::Node`] when the chain cannot be asked.
    pub async fn lint_targets(&self, scope: &Scope) -> Result<Vec<Finding>, SessionError> {
        let mut targets: Vec<Address> = scope.calls().iter().map(|rule| rule.to).collect();
        targets.dedup();
        let node = &self.endpoints.node;
        let codes = node.codes(&targets).await?;
        let implementations = node.slots(&targets, IMPLEMENTATION).await?;
        let beacons = node.slots(&targets, BEACON).await?;
        let mut found = Vec::new();
        for (((target, code), implementation), beacon) in
            targets.iter().zip(codes).zip(implementations).zip(beacons)
        {
            let called = scope.calls().iter().position(|rule| rule.to == *target && rule.function.is_some());
            let Some(index) = called else { continue };
            let path = format!("calls[{index}].to");
            if code.is_empty() {
                found.push(Finding::new(
                    "no-code-target",
                    path,
                    format!("{target} has no code on this chain"),
                ));
            } else if !implementation.is_zero() || !beacon.is_zero() {
                found.push(Finding::new(
                    "upgradeable-target",
                    path,
                    format!("{target} is a proxy (ERC-1967)"),
                ));
            }
        }
        Ok(found)
    }
}
