//! Sealing: what is stored can be read and changed by this package alone, as far as a browser allows.

use super::StoreError;
use crate::key::SessionKey;

/// Seals session keys and states under wrapping keys that this crate never sees (threat model, rules 8 to 11). Each name has a wrapping
/// key of its own.
pub trait Sealer {
    /// Seals `key` under the wrapping key of `name`, which is made if there is none; bound to `bound`. May need a gesture of the
    /// user, where a passkey guards the key.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot.
    async fn seal_key(&self, name: &str, key: &SessionKey, bound: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Opens what [`Sealer::seal_key`] gave for the same `name` and `bound`. May need a gesture of the user.
    ///
    /// # Errors
    /// [`SealError::NoWrappingKey`] when the wrapping key is gone, [`SealError::NotOpened`] for anything altered.
    async fn open_key(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<SessionKey, SealError>;

    /// Seals bytes that are not a key, under the wrapping key of `name`. Never needs a gesture.
    ///
    /// # Errors
    /// [`SealError::NoWrappingKey`] before [`Sealer::seal_key`].
    async fn seal(&self, name: &str, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Opens what [`Sealer::seal`] gave for the same `name` and `bound`.
    ///
    /// # Errors
    /// As [`Sealer::open_key`].
    async fn open(&self, name: &str, sealed: &[u8], bound: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Lets go of whatever opens the key of `name` without a gesture.
    fn rest(&self, name: &str);

    /// Deletes the wrapping key of `name`: what it sealed can never be opened again.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot.
    async fn forget(&self, name: &str) -> Result<(), SealError>;

    /// Names that start with `prefix` and have a wrapping key, sorted.
    ///
    /// # Errors
    /// [`SealError`] when the platform cannot tell.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError>;
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// WebCrypto is missing: the page is not a secure context.
    #[error("WebCrypto is not available; serve the page over https or from localhost")]
    NoWebCrypto,
    /// The page is in a frame of another origin, which was not allowed by name (threat model, rule 14).
    #[error("the page is in a frame of {by}, which allowFramedBy does not name")]
    Framed {
        /// Origin of the frame around, as far as the browser tells it.
        by: String,
    },
    /// The wrapping key is not there: cleared by the user or the browser, or another browser's record.
    #[error("the wrapping key of this session is gone")]
    NoWrappingKey,
    /// The record was altered, or belongs to another session, account, chain or origin.
    #[error("what is sealed does not open: it was altered, or belongs to another session")]
    NotOpened,
    /// No passkey that derives keys (WebAuthn, PRF extension) can be had here.
    #[error("this browser or authenticator has no passkeys that derive keys (WebAuthn PRF): {detail}")]
    NoPasskey {
        /// What the browser said.
        detail: String,
    },
    /// The user closed the passkey's prompt, or let it time out.
    #[error("the passkey was not used")]
    PasskeyDeclined,
    /// Storage of wrapping keys failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else the platform said.
    #[error("sealing failed: {detail}")]
    Failed {
        /// What the platform said.
        detail: String,
    },
}
