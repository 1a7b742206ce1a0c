//! Errors of Kernel, its validators and policies (`AA23 reverted 0x…` carries them).

use alloy_primitives::{Selector, fixed_bytes};

use crate::protocol::ContractError;

const fn error(selector: Selector, declaration: &'static str, cause: &'static str) -> ContractError {
    ContractError { selector, declaration, cause }
}

/// Errors an operation of a session can meet, with their usual cause.
pub const ERRORS: &[ContractError] = &[
    error(
        fixed_bytes!("0xc48cf8ee"),
        "EnableNotApproved()",
        "the owner's signature is for another nonce, version, chain, account or scope",
    ),
    error(
        fixed_bytes!("0x756688fe"),
        "InvalidNonce()",
        "the session was revoked by raising the nonce, or (3.1, 3.2) was enabled before",
    ),
    error(
        fixed_bytes!("0x682a6e7c"),
        "InvalidValidator()",
        "the session is not enabled on the account, or may not call this function of it",
    ),
    error(
        fixed_bytes!("0x3e4983f6"),
        "PolicyFailed(uint256)",
        "a policy refused: gas budget spent, too many operations, or another caller than allowed",
    ),
    error(
        fixed_bytes!("0xb32eeb69"),
        "SignerPrefixNotPresent()",
        "the signature is not laid out as a permission's",
    ),
    error(
        fixed_bytes!("0x0ec17b9e"),
        "PolicySignatureOrderError()",
        "policy signatures are not in ascending order",
    ),
    error(
        fixed_bytes!("0x1c49f4d1"),
        "InvalidCallData()",
        "the target or function is not in the session's scope",
    ),
    error(
        fixed_bytes!("0x007e472e"),
        "CallViolatesTargetRule()",
        "the target or function is not in the session's scope (CallPolicy 0.0.5)",
    ),
    error(
        fixed_bytes!("0x59d52e40"),
        "CallViolatesParamRule()",
        "an argument breaks a condition of the scope",
    ),
    error(
        fixed_bytes!("0x7b5812d4"),
        "CallViolatesValueRule()",
        "the call sends more value than the scope allows",
    ),
    error(
        fixed_bytes!("0x39d2eb55"),
        "InvalidCallType()",
        "the execution is neither a single call nor a batch",
    ),
    error(
        fixed_bytes!("0x14b9743f"),
        "PermissionNotAlllowedForUserOp()",
        "the permission's flag refuses user operations",
    ),
    error(
        fixed_bytes!("0x5b710579"),
        "PermissionNotAlllowedForSignature()",
        "the permission's flag refuses ERC-1271 signatures",
    ),
    error(
        fixed_bytes!("0x09ee6468"),
        "PermissionDataLengthMismatch()",
        "the revocation names another number of entries than the permission has",
    ),
    error(
        fixed_bytes!("0xe60fd647"),
        "NonceInvalidationError()",
        "the nonce must rise, by at most 10 at once",
    ),
    error(
        fixed_bytes!("0x98015ee8"),
        "RootValidatorCannotBeRemoved()",
        "the root validator cannot be removed",
    ),
    error(
        fixed_bytes!("0xdbbb044b"),
        "OnlyExecuteUserOp()",
        "a hook is installed, and the calldata lacks its prefix",
    ),
    error(
        fixed_bytes!("0x48f5c3ed"),
        "InvalidCaller()",
        "only the EntryPoint or the account itself may call this",
    ),
    error(fixed_bytes!("0x7352d91c"), "InvalidSelector()", "the account has no such function"),
    error(fixed_bytes!("0x3f7b7a68"), "RateLimited()", "too many operations in this window"),
    error(fixed_bytes!("0xc88357cc"), "NotApprovedFactory()", "the meta factory does not know this factory"),
    error(fixed_bytes!("0x90fcc612"), "InitializeError()", "the account could not be initialised"),
    error(
        fixed_bytes!("0x8baa579f"),
        "InvalidSignature()",
        "a signature is not 64 or 65 bytes, or has an unknown last byte",
    ),
];

/// What a revert without data usually means while a session's operation is validated.
pub const EMPTY_REVERT_CAUSE: &str = "a policy was enabled before under this id or is no longer live, the calldata is not the \
     account's execute function, or the verification gas limit is too low";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Function;
    use crate::protocol::known_error;

    #[test]
    fn selectors_are_those_of_the_declarations() {
        for error in ERRORS {
            let function: Function = error.declaration.parse().unwrap();
            assert_eq!(function.selector(), error.selector, "{}", error.declaration);
        }
    }

    #[test]
    fn revert_data_is_looked_up_by_its_first_bytes() {
        let found = known_error(&[0x3e, 0x49, 0x83, 0xf6, 0, 1]).unwrap();
        assert_eq!(found.declaration, "PolicyFailed(uint256)");
        assert_eq!(known_error(&[0x3e, 0x49, 0x83]), None);
        assert_eq!(known_error(&[0; 4]), None);
    }
}
