//! What every sealer must do: one suite, run for each implementation.

use crate::host::{SealError, Sealer};
use crate::key::SessionKey;

/// Runs the suite. Names that start with `prefix` must have no wrapping key.
///
/// # Panics
/// When the sealer breaks its contract.
pub async fn check_sealer<S: Sealer>(sealer: &S, prefix: &str) {
    let (a, b) = (format!("{prefix}a"), format!("{prefix}b"));
    check_keys(sealer, &a, &b).await;
    check_bytes(sealer, &a, &b).await;
    check_names(sealer, prefix).await;
    check_forgetting(sealer, &a, &b).await;
    expect(names(sealer, prefix).await.is_empty(), "nothing is left");
}

async fn check_keys<S: Sealer>(sealer: &S, a: &str, b: &str) {
    let (key, other) = (new_key(), new_key());
    expect(
        open_fault(sealer, a, &[0; 60], b"1").await == SealError::NoWrappingKey,
        "no name has a key before",
    );
    let sealed = seal_key(sealer, a, &key, b"1").await;
    let again = seal_key(sealer, a, &key, b"1").await;
    expect(sealed != again, "an initialisation vector serves once");
    expect(open_key(sealer, a, &sealed, b"1").await == key.address(), "a sealed key opens");
    expect(open_key(sealer, a, &again, b"1").await == key.address(), "sealed twice, it opens from both");
    sealer.rest(a);
    expect(open_key(sealer, a, &sealed, b"1").await == key.address(), "a key opens after a rest");
    let sealed_other = seal_key(sealer, b, &other, b"2").await;
    for (name, sealed, bound) in [
        (a, &sealed, b"2".as_slice()),
        (a, &sealed, b"".as_slice()),
        (a, &sealed_other, b"1".as_slice()),
        (a, &sealed_other, b"2".as_slice()),
        (b, &sealed, b"1".as_slice()),
    ] {
        expect(
            open_fault(sealer, name, sealed, bound).await == SealError::NotOpened,
            "a key opens for its own",
        );
    }
    for altered in alterations(&sealed) {
        expect(
            open_fault(sealer, a, &altered, b"1").await == SealError::NotOpened,
            "altered bytes do not open",
        );
    }
    expect(open_key(sealer, b, &sealed_other, b"2").await == other.address(), "failures leave no trace");
}

/// Beside the keys of [`check_keys`].
async fn check_bytes<S: Sealer>(sealer: &S, a: &str, b: &str) {
    let missing = format!("{a} without a key");
    expect(
        sealer.seal(&missing, b"x", b"1").await == Err(SealError::NoWrappingKey),
        "a name needs a key first",
    );
    let large = vec![0x5a; 100_000];
    for plain in [b"".as_slice(), b"x".as_slice(), [0; 32].as_slice(), large.as_slice()] {
        let sealed = seal(sealer, a, plain).await;
        expect(seal(sealer, a, plain).await != sealed, "an initialisation vector serves once");
        expect(sealer.open(a, &sealed, b"1").await.as_deref() == Ok(plain), "sealed bytes open");
        expect(!sealed.windows(32).any(|part| plain.starts_with(part)), "what is sealed is not plain");
        sealer.rest(a);
        expect(sealer.open(a, &sealed, b"1").await.as_deref() == Ok(plain), "bytes open after a rest");
    }
    let sealed = seal(sealer, a, b"a state").await;
    for (name, bound) in [(a, b"2"), (b, b"1")] {
        expect(
            sealer.open(name, &sealed, bound).await == Err(SealError::NotOpened),
            "bytes open for their own",
        );
    }
    for altered in alterations(&sealed) {
        expect(
            sealer.open(a, &altered, b"1").await == Err(SealError::NotOpened),
            "altered bytes do not open",
        );
    }
}

async fn check_names<S: Sealer>(sealer: &S, prefix: &str) {
    let [first, second] = ["c/2", "c/1"].map(|name| format!("{prefix}{name}"));
    for name in [&first, &second] {
        seal_key(sealer, name, &new_key(), b"1").await;
    }
    let all = ["a", "b", "c/1", "c/2"].map(|name| format!("{prefix}{name}"));
    expect(names(sealer, prefix).await == all, "names are listed once each and sorted");
    expect(
        names(sealer, &format!("{prefix}c/")).await == [second.clone(), first.clone()],
        "a prefix selects",
    );
    forget(sealer, &first).await;
    expect(names(sealer, &format!("{prefix}c/")).await == [second.clone()], "a forgotten name is not listed");
    forget(sealer, &second).await;
}

/// Ends the keys of [`check_keys`].
async fn check_forgetting<S: Sealer>(sealer: &S, a: &str, b: &str) {
    let key = new_key();
    let (sealed, bytes) = (seal_key(sealer, a, &key, b"1").await, seal(sealer, a, b"a state").await);
    let sealed_b = seal_key(sealer, b, &key, b"1").await;
    forget(sealer, a).await;
    expect(open_fault(sealer, a, &sealed, b"1").await == SealError::NoWrappingKey, "a forgotten key is gone");
    expect(sealer.open(a, &bytes, b"1").await == Err(SealError::NoWrappingKey), "and opens nothing");
    expect(sealer.seal(a, b"x", b"1").await == Err(SealError::NoWrappingKey), "and seals nothing");
    expect(open_key(sealer, b, &sealed_b, b"1").await == key.address(), "other names stay");
    seal_key(sealer, a, &key, b"1").await;
    expect(open_fault(sealer, a, &sealed, b"1").await == SealError::NotOpened, "a new key opens nothing old");
    for name in [a, a, b] {
        forget(sealer, name).await;
    }
}

/// Each byte flipped, each length cut, and one byte more.
fn alterations(sealed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..sealed.len()).map(|at| {
        let flip = |(index, byte): (usize, &u8)| if index == at { byte ^ 1 } else { *byte };
        sealed.iter().enumerate().map(flip).collect()
    });
    let cut = (0..sealed.len()).map(|length| sealed.iter().take(length).copied().collect());
    flipped.chain(cut).chain([[sealed, &[0]].concat()])
}

fn expect(held: bool, what: &str) {
    assert!(held, "sealer contract: {what}");
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
fn new_key() -> SessionKey {
    SessionKey::generate().expect("there is randomness")
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn seal_key<S: Sealer>(sealer: &S, name: &str, key: &SessionKey, bound: &[u8]) -> Vec<u8> {
    sealer.seal_key(name, key, bound).await.expect("a key is sealed")
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn open_key<S: Sealer>(
    sealer: &S,
    name: &str,
    sealed: &[u8],
    bound: &[u8],
) -> alloy_primitives::Address {
    sealer.open_key(name, sealed, bound).await.expect("a key opens").address()
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn open_fault<S: Sealer>(sealer: &S, name: &str, sealed: &[u8], bound: &[u8]) -> SealError {
    sealer.open_key(name, sealed, bound).await.expect_err("a key does not open")
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn seal<S: Sealer>(sealer: &S, name: &str, plain: &[u8]) -> Vec<u8> {
    sealer.seal(name, plain, b"1").await.expect("bytes are sealed")
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn forget<S: Sealer>(sealer: &S, name: &str) {
    sealer.forget(name).await.expect("a key is forgotten");
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn names<S: Sealer>(sealer: &S, prefix: &str) -> Vec<String> {
    sealer.names(prefix).await.expect("names are listed")
}
