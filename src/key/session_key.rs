//! The session key.

use std::fmt;

use alloy_primitives::Address;
use k256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use super::scrub::scrubbed;
use super::{Signature, SigningDigest, ecdsa, signature};

/// A secp256k1 session key. It cannot be copied, printed, compared or exported; dropping it wipes it.
pub struct SessionKey {
    /// On the heap, so that moving a `SessionKey` leaves no copy behind.
    secret: Box<SigningKey>,
    address: Address,
}

/// Why a session key cannot be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The platform has no source of secure randomness.
    #[error("the platform gives no secure randomness; a browser must offer crypto.getRandomValues")]
    NoRandomness,
    /// Bytes that are no key: zero, or not below the group order.
    #[error("these bytes are not a secp256k1 key")]
    OutOfRange,
    /// A signature did not recover to the key's own address and was thrown away.
    #[error("a signature failed its own check; the machine or the wasm engine is faulty")]
    SelfCheck,
}

impl SessionKey {
    /// A new key from the platform's generator (`crypto.getRandomValues` in a browser), written straight into memory of ours.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`] when there is no generator.
    pub fn generate() -> Result<Self, KeyError> {
        scrubbed(|| {
            let mut bytes = Zeroizing::new([0; 32]);
            loop {
                getrandom::fill(bytes.as_mut()).map_err(|_| KeyError::NoRandomness)?;
                // Fails once in 2^128.
                if let Ok(key) = Self::load(&bytes) {
                    return Ok(key);
                }
            }
        })
    }

    /// A key from its 32 bytes. For tests and benchmarks.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] when the bytes are zero or not below the group order.
    #[cfg(feature = "testing")]
    pub fn import(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        scrubbed(|| Self::load(bytes))
    }

    /// To be called within [`scrubbed`].
    fn load(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = Box::new(SigningKey::from_slice(bytes).map_err(|_| KeyError::OutOfRange)?);
        let address = signature::address(secret.verifying_key());
        Ok(Self { secret, address })
    }

    /// Address of the key: the session's public identity.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest made by this crate: deterministic (RFC 6979), low s. The signature is handed out only after it has
    /// recovered to this key's own address.
    ///
    /// # Errors
    /// [`KeyError::SelfCheck`] when it has not.
    pub fn sign(&self, digest: &SigningDigest) -> Result<Signature, KeyError> {
        let signed = scrubbed(|| ecdsa::sign(self.secret.as_nonzero_scalar(), &digest.as_b256().0));
        let (scalars, y_odd) = signed.ok_or(KeyError::SelfCheck)?;
        Ok(Signature::new(scalars, y_odd))
    }
}

/// The address only.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{B256, address};

    use super::*;
    use crate::key::recover_address;

    #[test]
    fn a_signature_recovers_to_the_key() {
        let key = SessionKey::generate().unwrap();
        let other = SessionKey::generate().unwrap();
        assert_ne!(key.address(), other.address());
        for byte in 0..32 {
            let digest = SigningDigest::new(B256::repeat_byte(byte));
            let signature = key.sign(&digest).unwrap();
            assert_eq!(recover_address(digest.as_b256(), &signature), Ok(key.address()));
            let bytes = signature.to_bytes();
            assert_eq!(Signature::from_bytes(&bytes), Ok(signature));
            assert!(bytes[64] == 27 || bytes[64] == 28);
        }
    }

    #[test]
    fn debug_shows_the_address_only() {
        let mut bytes = [0; 32];
        bytes[31] = 1;
        let key = scrubbed(|| SessionKey::load(&bytes)).unwrap();
        assert_eq!(key.address(), address!("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"));
        assert_eq!(
            format!("{key:?}"),
            "SessionKey { address: 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf, .. }"
        );
        let signature = key.sign(&SigningDigest::new(B256::ZERO)).unwrap();
        assert_eq!(format!("{signature:?}"), "Signature(..)");
    }
}
