//! The secp256k1 session key: made, used and wiped here; public keys and signatures of P-256 session keys,
//! which the platform makes and uses; and checking signatures that others made.
//!
//! A [`SessionKey`] signs only a [`SigningDigest`], and only this crate can make one, from a hash it computed
//! itself. A P-256 key signs [`Sha256Of`] such a digest.

mod digest;
mod kind;
mod p256;
mod scrub;
mod session_key;
mod signature;

pub use digest::{SigningDigest, personal_message_hash};
pub use hallpass_curve::prepare;
pub use kind::{KeyKind, KeyKindError};
pub use p256::{P256PublicKey, P256Signature, Sha256Of};
pub use session_key::{KeyError, SessionKey};
pub use signature::{Signature, SignatureError, recover_address, verify};
