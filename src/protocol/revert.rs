//! Errors that contracts revert with, as data: what a bundler's `AA23 reverted 0x…` means.

use alloy_primitives::Selector;

/// A custom error of a contract, and why it usually occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractError {
    /// First four bytes of the revert data.
    pub selector: Selector,
    /// The error as its contract declares it.
    pub declaration: &'static str,
    /// What usually causes it, for a developer to act on.
    pub cause: &'static str,
}

/// The error that revert data starts with, if a back end of this build knows it.
#[must_use]
pub fn known_error(revert_data: &[u8]) -> Option<&'static ContractError> {
    let selector = revert_data.first_chunk::<4>()?;
    super::kernel_v3::ERRORS.iter().find(|error| error.selector == *selector)
}
