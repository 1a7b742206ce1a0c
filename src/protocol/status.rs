//! What the chain says of a grant.

use alloy_primitives::{Address, Bytes};

/// A view call (`eth_call`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Contract.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
}

/// What is left of the budgets that contracts keep for a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BudgetLeft {
    /// Wei for gas, where they are counted.
    pub gas: Option<u128>,
    /// Operations, where they are counted.
    pub operations: Option<u64>,
}

/// Whether a grant works, as its account tells. Budgets, expiry and other limits of policies are not part of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantStatus {
    /// Never enabled: the next operation carries the owner's signature.
    Unused,
    /// Enabled: operations are accepted.
    Enabled,
    /// Removed from the account, or no longer allowed to act for it.
    Removed,
    /// Ended with every older grant, when the account's nonce was raised. Says so also of a grant that was never used and is signed
    /// for another nonce than the account takes now.
    Invalidated,
    /// The account has something else under this id.
    Foreign,
}

impl GrantStatus {
    /// Whether the owner took the grant back.
    #[must_use]
    pub const fn is_revoked(self) -> bool {
        matches!(self, Self::Removed | Self::Invalidated)
    }
}
