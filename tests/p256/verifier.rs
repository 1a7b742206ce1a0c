//! Checks P-256 signatures with code that the product does not have.

use hallpass::key::{P256PublicKey, P256Signature, Sha256Of};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// Whether a signature is by this key over SHA-256 of the preimage, which the verifier takes itself.
pub fn verifies(key: &P256PublicKey, hash: &Sha256Of, signature: &P256Signature) -> bool {
    let key = VerifyingKey::from_sec1_bytes(&key.to_sec1()).unwrap();
    let signature = Signature::from_slice(&signature.to_bytes()).unwrap();
    key.verify(hash.preimage(), &signature).is_ok()
}
