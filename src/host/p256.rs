//! P-256 session keys: the platform has them, this crate has their names.

use super::SealError;
use crate::key::{P256PublicKey, P256Signature, Sha256Of};

/// P-256 keys that nobody can read, made and used by the platform, each under a name of its own: that of the
/// session's record.
///
/// Script of the origin can use such a key, and in a browser even post it to another origin, but not copy its
/// bytes (threat model, N2 and N5). A copied browser profile holds it in the clear all the same (N3).
pub trait P256Keys {
    /// Makes a key and keeps it under `name`. One that was there is gone for good.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot make or keep it; then what was there is still there.
    async fn create(&self, name: &str) -> Result<P256PublicKey, SealError>;

    /// Public key of what is under `name`.
    ///
    /// # Errors
    /// [`SealError::NoWrappingKey`] when nothing is, [`SealError::NotOpened`] when it is no such key.
    async fn public_key(&self, name: &str) -> Result<P256PublicKey, SealError>;

    /// Signs with the key under `name`, which must be the one that `key` is the public half of: the signature
    /// is handed out only after it was verified against `key` (threat model, rules 6 and 10). Its s is low.
    /// Two signatures of one hash may differ.
    ///
    /// # Errors
    /// [`SealError::NoWrappingKey`] when nothing is under `name`, [`SealError::NotOpened`] when it is another
    /// key.
    async fn sign(
        &self,
        name: &str,
        key: &P256PublicKey,
        hash: &Sha256Of,
    ) -> Result<P256Signature, SealError>;

    /// Deletes the key under `name`, if any: nothing can be signed with it again.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot.
    async fn forget(&self, name: &str) -> Result<(), SealError>;

    /// Names that start with `prefix` and have a key, sorted.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot tell.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError>;
}
