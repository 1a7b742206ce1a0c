//! The signer of a permission: the contract that checks the session key's signature.

use alloy_primitives::{Address, Bytes, address, hex};

/// Checks a secp256k1 signature over a hash or its personal-message form.
pub(super) const ECDSA_SIGNER: Address = address!("0x6A6F069E2a08c2468e7724Ab3250CdBFBA14D4FF");

/// What stands for a session signature while gas is estimated: well formed, by nobody.
pub const DUMMY_ECDSA_SIGNATURE: [u8; 65] = hex!(
    "fffffffffffffffffffffffffffffff000000000000000000000000000000000"
    "7aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "1c"
);

/// The signer of a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub(super) contract: Address,
    pub(super) data: Bytes,
    pub(super) dummy: Bytes,
}

impl Signer {
    /// A secp256k1 key, by its address.
    #[must_use]
    pub fn ecdsa(session_key: Address) -> Self {
        Self {
            contract: ECDSA_SIGNER,
            data: Bytes::copy_from_slice(session_key.as_slice()),
            dummy: DUMMY_ECDSA_SIGNATURE.into(),
        }
    }

    /// Signer contract.
    #[must_use]
    pub const fn contract(&self) -> Address {
        self.contract
    }

    /// What the contract is told of the key.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// A signature of the right shape for gas estimation.
    #[must_use]
    pub const fn dummy_signature(&self) -> &Bytes {
        &self.dummy
    }
}
