//! What may be signed.

use alloy_primitives::{B256, keccak256};

/// 32 bytes that a session key may sign. It has no public constructor: whoever holds one got it from a function of this crate
/// that hashed a user operation or a message of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningDigest(B256);

impl SigningDigest {
    /// A hash computed in this crate.
    pub(crate) const fn new(hash: B256) -> Self {
        Self(hash)
    }

    /// Any 32 bytes. For tests and benchmarks.
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn raw(hash: B256) -> Self {
        Self(hash)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_b256(&self) -> &B256 {
        &self.0
    }
}

/// Hash of a personal message (EIP-191, version `0x45`): `keccak256("\x19Ethereum Signed Message:\n" ‖ len ‖ message)`.
#[must_use]
pub fn personal_message_hash(message: &[u8]) -> B256 {
    let length = message.len().to_string();
    keccak256([b"\x19Ethereum Signed Message:\n", length.as_bytes(), message].concat())
}
