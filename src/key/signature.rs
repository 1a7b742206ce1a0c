//! ECDSA signatures on secp256k1: their forms, and checking those of others.

use alloy_primitives::{Address, B256};
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::{RecoveryId, Signature as Scalars, VerifyingKey};

/// A signature with the parity that recovers its signer. `s` is always low (EIP-2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    scalars: Scalars,
    y_odd: bool,
}

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not 65 bytes.
    #[error("a signature has 65 bytes, not {found}")]
    Length {
        /// Bytes present.
        found: usize,
    },
    /// The last byte is none of 0, 1, 27, 28.
    #[error("the signature's last byte is {found}; 0, 1, 27 and 28 are known")]
    Recovery {
        /// Byte found.
        found: u8,
    },
    /// `r` or `s` is zero or not below the group order.
    #[error("r or s is outside the group order")]
    Range,
    /// `s` is in the upper half (EIP-2): a second form of another signature.
    #[error("s is in the upper half of the group order (EIP-2)")]
    HighS,
    /// No public key gives this signature.
    #[error("no key can have made this signature")]
    Unrecoverable,
    /// The bytes are not a public key on the curve.
    #[error("not a public key on the curve")]
    PublicKey,
    /// The signature is by another key, or over another hash.
    #[error("the signature does not match")]
    Mismatch,
}

impl Signature {
    /// Never with a high s: the callers normalise or refuse.
    pub(super) const fn new(scalars: Scalars, y_odd: bool) -> Self {
        Self { scalars, y_odd }
    }

    /// Reads `r ‖ s ‖ v`, v as 0, 1, 27 or 28: what wallets return.
    ///
    /// # Errors
    /// [`SignatureError`] for another length or v, scalars out of range, or a high s.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let found = bytes.len();
        let Some((scalars, [v])) = bytes.split_at_checked(64).filter(|(_, v)| v.len() == 1) else {
            return Err(SignatureError::Length { found });
        };
        let y_odd = match v {
            0 | 27 => false,
            1 | 28 => true,
            _ => return Err(SignatureError::Recovery { found: *v }),
        };
        Ok(Self { scalars: low_s(scalars)?, y_odd })
    }

    /// `r ‖ s ‖ v`, v as 27 or 28.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let (scalars, v) = bytes.split_at_mut(64);
        scalars.copy_from_slice(&self.scalars.to_bytes());
        v.fill(if self.y_odd { 28 } else { 27 });
        bytes
    }
}

/// Signatures of grants open sessions, so they are not for logs.
impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signature(..)")
    }
}

fn low_s(bytes: &[u8]) -> Result<Scalars, SignatureError> {
    let scalars = Scalars::from_slice(bytes).map_err(|_| SignatureError::Range)?;
    if scalars.normalize_s() == scalars { Ok(scalars) } else { Err(SignatureError::HighS) }
}

/// The address whose key signed `hash`.
///
/// # Errors
/// [`SignatureError::Unrecoverable`] when no key can have.
pub fn recover_address(hash: &B256, signature: &Signature) -> Result<Address, SignatureError> {
    let recovery = RecoveryId::new(signature.y_odd, false);
    VerifyingKey::recover_from_prehash(hash.as_slice(), &signature.scalars, recovery)
        .map(|key| address(&key))
        .map_err(|_| SignatureError::Unrecoverable)
}

/// Checks `r ‖ s` (64 bytes) over a hash against a SEC1 public key. A high s is refused.
///
/// # Errors
/// [`SignatureError`] saying what is wrong; [`SignatureError::Mismatch`] when the signature is well formed but not of this key
/// and hash.
pub fn verify(public_key: &[u8], hash: &B256, signature: &[u8]) -> Result<(), SignatureError> {
    let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| SignatureError::PublicKey)?;
    let scalars = low_s(signature)?;
    key.verify_prehash(hash.as_slice(), &scalars).map_err(|_| SignatureError::Mismatch)
}

/// Last 20 bytes of the hash of the uncompressed point.
pub(super) fn address(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    Address::from_raw_public_key(point.as_bytes().get(1..).unwrap_or_default())
}
