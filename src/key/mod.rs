//! The secp256k1 session key: made, used and wiped here; and checking signatures that others made.
//!
//! A [`SessionKey`] signs only a [`SigningDigest`], and only this crate can make one, from a hash it computed itself.

mod digest;
mod scrub;
mod session_key;
mod signature;

pub use digest::{SigningDigest, personal_message_hash};
pub use hallpass_curve::prepare;
pub use session_key::{KeyError, SessionKey};
pub use signature::{Signature, SignatureError, recover_address, verify};
