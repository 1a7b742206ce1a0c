//! What every keeper of P-256 keys must do, whatever is behind it: one suite, run for each implementation.

use std::collections::BTreeSet;

use alloy_primitives::{U256, keccak256, uint};

use crate::host::{P256Keys, SealError};
use crate::key::{P256PublicKey, P256Signature, Sha256Of, SigningDigest};

/// Half the order of the group.
const HALF: U256 = uint!(0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8_U256);
const SIGNATURES: u32 = 200;

/// Runs the suite. The keeper may hold other names; those that start with `prefix` must be free. `reopened`
/// has the same keys after a reload. `verifies` checks a signature with code that is not the keeper's.
///
/// # Panics
/// When the keeper breaks its contract.
#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
pub async fn check_p256<K: P256Keys>(
    keys: &K,
    reopened: &K,
    prefix: &str,
    verifies: impl Fn(&P256PublicKey, &Sha256Of, &P256Signature) -> bool,
) {
    let name = |text: &str| format!("{prefix}{text}");
    let (a, b, deeper) = (name("a"), name("b"), name("a/deeper"));
    let expect = |held: bool, what: &str| assert!(held, "P-256 contract: {what}");
    let create = |name: String| async move { keys.create(&name).await.expect("a key is made") };
    let held = || async { keys.names(prefix).await.expect("names are listed") };

    expect(held().await.is_empty(), "the prefix is free");
    expect(keys.public_key(&a).await == Err(SealError::NoWrappingKey), "no key under a free name");
    let (key_b, key_a) = (create(b.clone()).await, create(a.clone()).await);
    let key_deeper = create(deeper.clone()).await;
    expect(key_a != key_b && key_a != key_deeper && key_b != key_deeper, "every name has a key of its own");
    expect(held().await == [a.clone(), deeper.clone(), b.clone()], "names are sorted and whole");
    expect(keys.names(&name("a/")).await == Ok(vec![deeper.clone()]), "a prefix selects");
    for keeper in [keys, reopened] {
        expect(keeper.public_key(&a).await == Ok(key_a), "a key stays the same over a reload");
        expect(keeper.sign(&a, &key_b, &hash(0)).await == Err(SealError::NotOpened), "no other key signs");
    }

    let mut seen = BTreeSet::new();
    for index in 0..SIGNATURES {
        let keeper = if index.is_multiple_of(2) { keys } else { reopened };
        let signature = keeper.sign(&a, &key_a, &hash(index)).await.expect("a hash is signed");
        expect(verifies(&key_a, &hash(index), &signature), "a signature verifies");
        expect(signature.s() <= HALF, "s is low");
        expect(seen.insert(signature.to_bytes()), "another hash has another signature");
        if index < 4 {
            expect(!verifies(&key_b, &hash(index), &signature), "it is by no other key");
            expect(!verifies(&key_a, &hash(SIGNATURES), &signature), "it is over no other hash");
        }
    }

    let fresh = create(a.clone()).await;
    expect(fresh != key_a, "a name that is used again has a new key");
    expect(reopened.sign(&a, &key_a, &hash(0)).await == Err(SealError::NotOpened), "the old key is gone");
    let signature = reopened.sign(&a, &fresh, &hash(0)).await.expect("the new key signs");
    expect(verifies(&fresh, &hash(0), &signature), "the new key's signature verifies");

    for _ in 0..2 {
        keys.forget(&a).await.expect("a key is deleted, and then nothing");
        for keeper in [keys, reopened] {
            expect(keeper.public_key(&a).await == Err(SealError::NoWrappingKey), "a deleted key is gone");
            let signed = keeper.sign(&a, &fresh, &hash(0)).await;
            expect(signed == Err(SealError::NoWrappingKey), "a deleted key signs nothing");
        }
    }
    expect(keys.sign(&deeper, &key_deeper, &hash(0)).await.is_ok(), "other names are not touched");
    expect(reopened.sign(&b, &key_b, &hash(0)).await.is_ok(), "other names are not touched");
    for name in [&b, &deeper] {
        keys.forget(name).await.expect("a key is deleted");
    }
    expect(held().await.is_empty(), "nothing is left");
}

fn hash(index: u32) -> Sha256Of {
    Sha256Of::digest(SigningDigest::raw(keccak256(index.to_be_bytes())))
}
