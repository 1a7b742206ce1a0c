//! Failures of contracts as data: what a bundler's `AA23 reverted 0x…` means.

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

/// A failure that an EntryPoint names by a code of its own (ERC-4337, `FailedOp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPointFailure {
    /// Code, such as `AA24`.
    pub code: &'static str,
    /// What usually causes it for an operation of a session.
    pub cause: &'static str,
}

/// EntryPoint failures that validating a session's operation can meet.
pub const ENTRY_POINT_FAILURES: [EntryPointFailure; 6] = [
    EntryPointFailure { code: "AA10", cause: "the account exists already: leave the factory out" },
    EntryPointFailure { code: "AA21", cause: "neither account nor paymaster pays the gas in advance" },
    EntryPointFailure {
        code: "AA22",
        cause: "outside the session's time window, or a rate limit asks to wait",
    },
    EntryPointFailure {
        code: "AA23",
        cause: "the account or one of the session's policies refused; see the revert data",
    },
    EntryPointFailure {
        code: "AA24",
        cause: "signed by another key, or over another hash than the account computed",
    },
    EntryPointFailure { code: "AA25", cause: "the nonce was used, or is not the next one of its lane" },
];

/// The error that revert data starts with, if a back end of this build knows it.
#[must_use]
pub fn known_error(revert_data: &[u8]) -> Option<&'static ContractError> {
    let selector = revert_data.first_chunk::<4>()?;
    #[cfg(feature = "kernel-v3")]
    let mut errors = super::kernel_v3::ERRORS.iter();
    #[cfg(not(feature = "kernel-v3"))]
    let mut errors = std::iter::empty::<&ContractError>();
    errors.find(|error| error.selector == *selector)
}

/// The EntryPoint failure that a text names, such as `AA24 signature error`.
#[must_use]
pub fn entry_point_failure(text: &str) -> Option<&'static EntryPointFailure> {
    ENTRY_POINT_FAILURES.iter().find(|failure| text.contains(failure.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_found_by_their_code() {
        let text = "UserOperation reverted during simulation with reason: AA24 signature error";
        assert_eq!(entry_point_failure(text).unwrap().code, "AA24");
        assert_eq!(entry_point_failure("out of gas"), None);
    }
}
