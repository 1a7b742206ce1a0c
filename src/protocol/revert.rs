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

const fn failure(code: &'static str, cause: &'static str) -> EntryPointFailure {
    EntryPointFailure { code, cause }
}

/// EntryPoint failures that a session's operation can meet.
pub const ENTRY_POINT_FAILURES: [EntryPointFailure; 26] = [
    failure("AA10", "the account exists already: leave the factory out"),
    failure(
        "AA13",
        "the account was not created: its factory is not on this chain, or the verification gas is too low",
    ),
    failure("AA14", "the factory made an account at another address"),
    failure("AA15", "the factory made no account"),
    failure("AA20", "the account is not there, and nothing creates it"),
    failure("AA21", "neither account nor paymaster pays the gas in advance"),
    failure("AA22", "outside the session's time window, or a rate limit asks to wait"),
    failure("AA23", "the account or one of the session's policies refused; see the revert data"),
    failure("AA24", "signed by another key, or over another hash than the account computed"),
    failure("AA25", "the nonce was used, or is not the next one of its lane"),
    failure("AA26", "the verification gas limit is too low"),
    failure("AA30", "the paymaster is not there"),
    failure("AA31", "the paymaster's deposit is too low"),
    failure("AA32", "the paymaster's word has expired, or is not due yet"),
    failure("AA33", "the paymaster refused; see the revert data"),
    failure("AA34", "the paymaster did not sign this operation as it is"),
    failure("AA36", "the paymaster's verification gas limit is too low"),
    failure("AA40", "the verification gas limit is too low"),
    failure("AA41", "the verification gas limit is too low"),
    failure("AA50", "the paymaster failed after the calls"),
    failure("AA51", "what was paid in advance does not cover the gas that was used"),
    failure("AA90", "the bundler names no beneficiary"),
    failure("AA93", "the paymaster's data is cut"),
    failure("AA94", "a gas limit is larger than the EntryPoint takes"),
    failure("AA95", "the bundler's transaction has too little gas"),
    failure("AA96", "the signature aggregator is not one"),
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
    // Not a part of hex text.
    let stands_alone = |at: usize| {
        let before = text.get(..at).and_then(|before| before.bytes().next_back());
        let after = text.get(at..).and_then(|rest| rest.as_bytes().get(4).copied());
        !before.into_iter().chain(after).any(|byte| byte.is_ascii_alphanumeric())
    };
    ENTRY_POINT_FAILURES
        .iter()
        .find(|failure| text.match_indices(failure.code).any(|(at, _)| stands_alone(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_found_by_their_code() {
        let text = "UserOperation reverted during simulation with reason: AA24 signature error";
        assert_eq!(entry_point_failure(text).unwrap().code, "AA24");
        assert_eq!(entry_point_failure("out of gas"), None);
        assert_eq!(entry_point_failure("reverted with 0xAA24AA25"), None);
        assert_eq!(entry_point_failure("AA95: out of gas").unwrap().code, "AA95");
    }
}
