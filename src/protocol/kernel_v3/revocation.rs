//! Taking grants back: calldata for the account. The owner sends it as a plain transaction (the ECDSA root validator lets the
//! owner through) or in an own user operation.

use alloy_primitives::{Bytes, Selector, fixed_bytes};

use super::ValidationId;
use crate::abi::{Tuple, word_u64};

/// `uninstallValidation(bytes21,bytes,bytes)`
const UNINSTALL_VALIDATION: Selector = fixed_bytes!("0xe6f3d50a");
/// `invalidateNonce(uint32)`
const INVALIDATE_NONCE: Selector = fixed_bytes!("0x1f1b92e3");

/// Removes an enabled permission. `permission_data` must have as many entries as the permission; their content is free.
#[must_use]
pub fn uninstall_validation(id: ValidationId, permission_data: &[u8]) -> Bytes {
    let arguments = Tuple::new(3).word(id.word()).bytes(permission_data).bytes(&[]).finish();
    [UNINSTALL_VALIDATION.as_slice(), &arguments].concat().into()
}

/// Raises the account's grant nonce to `nonce`: ends every permission and unused grant below it.
#[must_use]
pub fn invalidate_nonce(nonce: u32) -> Bytes {
    let arguments = Tuple::new(1).word(word_u64(u64::from(nonce))).finish();
    [INVALIDATE_NONCE.as_slice(), &arguments].concat().into()
}
