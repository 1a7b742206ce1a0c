//! Signature fields of user operations, and ERC-1271 signatures.

use alloy_primitives::{Address, B256, Bytes, b256, fixed_bytes};

use super::PermissionId;
use crate::abi::{Tuple, word_address};
use crate::userop::v07::Factory;

/// Marks a signature as good on every chain (Kernel 3.2 and 3.3).
pub const CHAIN_AGNOSTIC_MAGIC: B256 =
    b256!("0x0555ad2729e8da1777a4e5020806f8bf7601c3db6bfe402f410a34958363a95a");

/// Ends a signature for an account that is not deployed (ERC-6492).
const DEPLOYLESS_SUFFIX: B256 =
    fixed_bytes!("0x6492649264926492649264926492649264926492649264926492649264926492");

/// Ends the list of policy signatures; no policy this package uses reads one.
const SIGNER_PREFIX: [u8; 1] = [0xff];

/// Default mode: the signer's signature after its prefix.
pub(super) fn user_operation(signer_signature: &[u8]) -> Vec<u8> {
    [&SIGNER_PREFIX, signer_signature].concat()
}

/// Enable mode: hook (none), then what the owner signed, the owner's signature, and the default-mode signature.
pub(super) fn enable(
    permission_data: &[u8],
    selector_data: &[u8],
    grant_signature: &[u8],
    signer_signature: &[u8],
) -> Vec<u8> {
    let parts = Tuple::new(5)
        .bytes(permission_data)
        .bytes(&[])
        .bytes(selector_data)
        .bytes(grant_signature)
        .bytes(&user_operation(signer_signature))
        .finish();
    [Address::ZERO.as_slice(), &parts].concat()
}

/// ERC-1271: which permission answers, then its signature.
pub(super) fn message(id: PermissionId, chain_agnostic: bool, signer_signature: &[u8]) -> Bytes {
    let magic: &[u8] = if chain_agnostic { CHAIN_AGNOSTIC_MAGIC.as_slice() } else { &[] };
    [&[2], id.as_slice(), magic, &SIGNER_PREFIX, signer_signature].concat().into()
}

/// A signature with the factory call that deploys its account first (ERC-6492, "Signer side"). It cannot verify for a permission,
/// which a fresh account does not have yet.
#[must_use]
pub fn deployless_signature(factory: &Factory, signature: &[u8]) -> Bytes {
    let wrapped =
        Tuple::new(3).word(word_address(factory.address)).bytes(&factory.data).bytes(signature).finish();
    [wrapped.as_slice(), DEPLOYLESS_SUFFIX.as_slice()].concat().into()
}
