//! Which kinds of session key there are, and which an account takes.

/// Kind of a session key. The account decides: its contracts check the one, the other, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on secp256k1 over a digest itself: made and used in wasm ([`SessionKey`](super::SessionKey)).
    /// Script of the origin can copy it while it is sealed (threat model, N2).
    Secp256k1,
    /// ECDSA on P-256 over SHA-256 of a digest ([`Sha256Of`](super::Sha256Of)): made and used by WebCrypto.
    /// Script of the origin can use it but not copy it.
    P256,
}

/// A kind of session key that an account's contracts do not check. Nothing was made and nothing was asked of
/// the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{account} accounts check no {} signatures of session keys; they check {}",
    .wanted.name(),
    listed(.known)
)]
pub struct KeyKindError {
    /// Name of the account protocol.
    pub account: &'static str,
    /// Kind asked for.
    pub wanted: KeyKind,
    /// Kinds that the account's contracts check.
    pub known: &'static [KeyKind],
}

impl KeyKind {
    /// The kind of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Secp256k1, Self::P256].into_iter().find(|kind| kind.name() == name)
    }

    /// Stable name, as in options and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secp256k1 => "secp256k1",
            Self::P256 => "p256",
        }
    }

    /// The kind that a session on accounts of the protocol `account` has: the one asked for, or the first
    /// that its contracts check.
    ///
    /// # Errors
    /// [`KeyKindError`] when they do not check the one asked for.
    pub fn choose(
        asked: Option<Self>,
        account: &'static str,
        known: &'static [Self],
    ) -> Result<Self, KeyKindError> {
        let wanted = asked.or_else(|| known.first().copied()).unwrap_or(Self::Secp256k1);
        if known.contains(&wanted) { Ok(wanted) } else { Err(KeyKindError { account, wanted, known }) }
    }
}

impl KeyKindError {
    /// Stable code of the failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "account.key-kind"
    }
}

fn listed(kinds: &[KeyKind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" and ") }
}

#[cfg(test)]
mod tests {
    use super::KeyKind::{P256, Secp256k1};
    use super::*;

    #[test]
    fn names_are_stable() {
        for (kind, name) in [(Secp256k1, "secp256k1"), (P256, "p256")] {
            assert_eq!(kind.name(), name);
            assert_eq!(KeyKind::by_name(name), Some(kind));
        }
        for name in ["", "P256", "P-256", "secp256r1"] {
            assert_eq!(KeyKind::by_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn the_account_chooses() {
        assert_eq!(KeyKind::choose(None, "a/1", &[P256, Secp256k1]), Ok(P256));
        assert_eq!(KeyKind::choose(Some(Secp256k1), "a/1", &[P256, Secp256k1]), Ok(Secp256k1));
        let refused = KeyKind::choose(Some(P256), "a/1", &[Secp256k1]).unwrap_err();
        assert_eq!(refused, KeyKindError { account: "a/1", wanted: P256, known: &[Secp256k1] });
        assert_eq!(
            refused.to_string(),
            "a/1 accounts check no p256 signatures of session keys; they check secp256k1"
        );
        assert_eq!(refused.code(), "account.key-kind");
        for asked in [None, Some(Secp256k1), Some(P256)] {
            let refused = KeyKind::choose(asked, "a/1", &[]).unwrap_err();
            assert!(refused.to_string().ends_with("; they check none"), "{refused}");
        }
    }
}
