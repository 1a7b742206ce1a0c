//! The session key.

use std::fmt;

use alloy_primitives::{Address, B256, keccak256};
use k256::ecdsa::SigningKey;
use zeroize::Zeroizing;

use super::scrub::scrubbed;
use super::{Signature, SigningDigest, signature};

/// A secp256k1 session key. It cannot be copied, printed, compared or exported; dropping it wipes it.
pub struct SessionKey {
    /// On the heap, so that moving a `SessionKey` leaves no copy behind.
    secret: Box<SigningKey>,
    /// Hash of the secret when its address was derived: tells that the two still belong together.
    fingerprint: B256,
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
            crate::random::fill(bytes.as_mut()).map_err(|_| KeyError::NoRandomness)?;
            // Random bytes are out of range once in 2^128; a generator that does nothing leaves zeros, which always are.
            Self::load(&bytes).map_err(|_| KeyError::NoRandomness)
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

    /// A key whose 32 bytes `write` puts into a buffer of ours, which is wiped afterwards.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] when the bytes are zero or not below the group order.
    #[cfg(any(target_arch = "wasm32", feature = "testing"))]
    pub(crate) fn read(write: impl FnOnce(&mut [u8; 32])) -> Result<Self, KeyError> {
        scrubbed(|| {
            let mut bytes = Zeroizing::new([0; 32]);
            write(&mut bytes);
            Self::load(&bytes)
        })
    }

    /// Shows the 32 bytes to `read`, which must leave no copy behind: they go into the call that seals them, and nowhere else.
    #[cfg(any(target_arch = "wasm32", feature = "testing"))]
    pub(crate) fn with_secret<T>(&self, read: impl FnOnce(&[u8; 32]) -> T) -> T {
        scrubbed(|| {
            let bytes = Zeroizing::new(<[u8; 32]>::from(self.secret.to_bytes()));
            read(&bytes)
        })
    }

    /// To be called within [`scrubbed`].
    fn load(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = Box::new(SigningKey::from_slice(bytes).map_err(|_| KeyError::OutOfRange)?);
        let address = signature::address(secret.verifying_key());
        Ok(Self { fingerprint: fingerprint(&secret), secret, address })
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
        let signed = scrubbed(|| {
            // With another secret than the address was derived from, a signature would be someone else's.
            let intact = fingerprint(&self.secret) == self.fingerprint;
            intact
                .then(|| hallpass_curve::sign(self.secret.as_nonzero_scalar(), &digest.as_b256().0))
                .flatten()
        });
        let (scalars, y_odd) = signed.ok_or(KeyError::SelfCheck)?;
        Ok(Signature::new(scalars, y_odd))
    }
}

/// A hash of the secret. One-way, so it may be kept; to be called within [`scrubbed`].
fn fingerprint(secret: &SigningKey) -> B256 {
    keccak256(Zeroizing::new(<[u8; 32]>::from(secret.to_bytes())))
}

/// The address only.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

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
    fn a_secret_that_is_not_the_address_s_own_signs_nothing() {
        let mut key = SessionKey::generate().unwrap();
        key.secret = SessionKey::generate().unwrap().secret;
        assert_eq!(key.sign(&SigningDigest::new(B256::ZERO)), Err(KeyError::SelfCheck));
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
