//! Signing: ECDSA over secp256k1 with RFC 6979 nonces, low s, and a check of every signature before it is given out.
#![allow(clippy::arithmetic_side_effects, reason = "scalars modulo the group order do not overflow")]

use std::sync::OnceLock;

use k256::ecdsa::Signature as Scalars;
use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::scalar::IsHigh;
use k256::elliptic_curve::subtle::ConditionallySelectable;
use k256::{FieldBytes, NonZeroScalar, ProjectivePoint, Scalar, U256};
use rfc6979::KGenerator;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Affine, Comb};

/// Order of the group.
const ORDER: U256 = U256::from_be_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

/// What signing needs beside the key.
struct Tables {
    comb: Comb,
    /// A fixed scalar without meaning, and its multiple of the generator as the curve library computes it.
    shift: Scalar,
    shift_point: Affine,
}

/// Made at first use, in about a millisecond.
fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let shift = reduce(&Sha256::digest("hallpass").into());
        let shift_point = Affine::from_library(&ProjectivePoint::mul_by_generator(&shift).to_affine());
        Tables { comb: Comb::new(), shift, shift_point }
    })
}

/// Makes the tables ahead of the first signature, while the owner looks at the wallet.
pub fn prepare() {
    tables();
}

/// A scalar that is wiped when it goes out of use, on whatever path.
type Secret = Zeroizing<Scalar>;

fn reduce(bytes: &[u8; 32]) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&(*bytes).into())
}

/// Signs a digest; answers the scalars and whether y of the nonce's point is odd, or nothing when the signature fails its check.
///
/// What it leaves on the stack is as secret as the key: callers overwrite it.
///
/// Never inlined: within a function that is built for size it would be built for size too.
#[must_use]
#[inline(never)]
pub fn sign(key: &NonZeroScalar, digest: &[u8; 32]) -> Option<(Scalars, bool)> {
    let tables = tables();
    let bytes = Zeroizing::new(<[u8; 32]>::from(key.to_repr()));
    let mut nonce_bytes = Zeroizing::new([0; 32]);
    KGenerator::<Sha256, U256>::new(bytes.as_ref(), digest, &[], &ORDER).fill_next_k(nonce_bytes.as_mut());
    let nonce: Secret = Zeroizing::new(Option::from(Scalar::from_repr((*nonce_bytes).into()))?);
    let point = tables.comb.multiply(&nonce).to_affine();
    let x = point.x_bytes();
    let r = reduce(&x);
    let sum: Secret = Zeroizing::new(reduce(digest) + r * key.as_ref());
    // RFC 6979 would go on to its next candidate when r or s is zero; and Ethereum's signatures cannot say that r lost a carry. A
    // right signature has either once in 2^127, a broken table perhaps every time.
    if r.to_repr() != FieldBytes::from(x) || bool::from(r.is_zero()) || bool::from(sum.is_zero()) {
        return None;
    }
    // One inversion for both 1/nonce and 1/s: s = sum/nonce.
    let both: Secret = Zeroizing::new(Option::from((*nonce * *sum).invert())?);
    let (s, s_inverse) = (*both * *sum * *sum, *both * *nonce * *nonce);

    let high = s.is_high();
    let s = Scalar::conditional_select(&s, &-s, high);
    let s_inverse = Scalar::conditional_select(&s_inverse, &-s_inverse, high);
    let point = point.negate_if(u32::from(high.unwrap_u8()).wrapping_neg());
    let scalars = Scalars::from_scalars(r, s).ok()?;
    checks(tables, key, digest, (&r, &s, &s_inverse), &point).then_some((scalars, point.is_y_odd()))
}

/// Whether (r, s) with the parity of `point` recovers to the public key Q = dG. Recovery solves R = (z/s)G + (r/s)Q for Q, so it
/// gives that key exactly if R = (z/s + (r/s) d) G, which needs one multiplication by the generator instead of two by other points.
/// That d is still the secret whose public key gave our address, the caller knows.
///
/// Nothing is taken over from signing: the digest is reduced again, d is multiplied by another number, and the multiple is taken of
/// a shifted scalar and shifted back by a point from the curve library, so that it takes another way through the table.
fn checks(
    tables: &Tables,
    key: &NonZeroScalar,
    digest: &[u8; 32],
    (r, s, s_inverse): (&Scalar, &Scalar, &Scalar),
    point: &Affine,
) -> bool {
    let (u1, u2) = (reduce(digest) * s_inverse, r * s_inverse);
    let shifted: Secret = Zeroizing::new(u1 + u2 * key.as_ref() + tables.shift);
    let recovered = tables.comb.multiply(&shifted).subtract(&tables.shift_point);
    s * s_inverse == Scalar::ONE && recovered.is(point)
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::{RecoveryId, SigningKey, VerifyingKey};

    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_slice(&[byte; 32]).unwrap()
    }

    #[test]
    fn signatures_are_those_of_the_library() {
        for byte in 1..60 {
            let key = key(byte);
            let digest = Sha256::digest([byte]).into();
            let (scalars, y_odd) = sign(key.as_nonzero_scalar(), &digest).unwrap();
            let (theirs, recovery) = key.sign_prehash_recoverable(&digest);
            assert_eq!((scalars, y_odd), (theirs, recovery.is_y_odd()));
            let recovered =
                VerifyingKey::recover_from_prehash(&digest, &scalars, RecoveryId::new(y_odd, false));
            assert_eq!(recovered.unwrap(), *key.verifying_key());
        }
    }

    /// What the check is for: anything but the right signature with the right parity is thrown away.
    #[test]
    fn a_wrong_signature_fails_its_check() {
        let key = key(9);
        let digest = [7; 32];
        let (scalars, y_odd) = sign(key.as_nonzero_scalar(), &digest).unwrap();
        let (r, s) = (*scalars.r(), *scalars.s());
        let s_inverse = s.invert().unwrap();
        let nonce = (reduce(&digest) + r * key.as_nonzero_scalar().as_ref()) * s_inverse;
        let point = tables().comb.multiply(&nonce).to_affine();
        assert_eq!(point.is_y_odd(), y_odd);
        let holds = |digest: u8, r: Scalar, s: Scalar, s_inverse: Scalar, point: &Affine| {
            checks(tables(), key.as_nonzero_scalar(), &[digest; 32], (&r, &s, &s_inverse), point)
        };
        assert!(holds(7, r, s, s_inverse, &point));
        assert!(!holds(7, r, s, s_inverse, &point.negate_if(u32::MAX)), "parity");
        assert!(!holds(8, r, s, s_inverse, &point), "digest");
        assert!(!holds(7, r + Scalar::ONE, s, s_inverse, &point), "r");
        assert!(!holds(7, r, s + Scalar::ONE, s_inverse, &point), "s");
        let other = super::tests::key(8);
        assert!(!checks(tables(), other.as_nonzero_scalar(), &digest, (&r, &s, &s_inverse), &point), "key");
    }
}
