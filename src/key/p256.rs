//! Public keys and signatures of P-256 (secp256r1, NIST SP 800-186). The private keys are the platform's:
//! they are made and used there, and this crate never sees one.

use std::fmt;

use alloy_primitives::{U256, uint};

use super::{SignatureError, SigningDigest};

/// Order of the coordinates' field.
const P: U256 = uint!(0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff_U256);
/// Constant of the curve `y² = x³ − 3x + b`.
const B: U256 = uint!(0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b_U256);
/// Order of the group.
const N: U256 = uint!(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551_U256);
/// Half the order, rounded down: the greatest low s.
const HALF_N: U256 = uint!(0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8_U256);
/// What a SEC1 point with both coordinates starts with.
const UNCOMPRESSED: u8 = 4;

/// SHA-256 of a digest: what a P-256 session key signs, never the digest itself, because WebCrypto hashes
/// whatever it is given.
///
/// So the contract that checks the signature must hash once more: `sha256(abi.encode(digest))` goes into
/// P-256 verification (RIP-7212, EIP-7951), as accounts with a "prehash" flag for such keys do. A contract
/// that verifies over the digest as it is cannot be served by a key of WebCrypto. A verifier of WebAuthn
/// assertions hashes other bytes again, in which the digest is only a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256Of(SigningDigest);

impl Sha256Of {
    /// SHA-256 of the 32 bytes of a digest.
    #[must_use]
    pub const fn digest(digest: SigningDigest) -> Self {
        Self(digest)
    }

    /// The 32 bytes before hashing: what is given to WebCrypto.
    #[must_use]
    pub const fn preimage(&self) -> &[u8; 32] {
        &self.0.as_b256().0
    }
}

/// A public key: a point of the curve, never the one at infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct P256PublicKey {
    x: U256,
    y: U256,
}

impl P256PublicKey {
    /// Reads an uncompressed point: `04 ‖ x ‖ y`, 65 bytes (SEC1, section 2.3.4; "raw" in WebCrypto).
    ///
    /// # Errors
    /// [`SignatureError::PublicKey`] for another form, a coordinate outside the field, and a point beside the
    /// curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, SignatureError> {
        let parse = || {
            let (x, y) = bytes.strip_prefix(&[UNCOMPRESSED])?.split_first_chunk::<32>()?;
            let (x, y) = (U256::from_be_bytes(*x), U256::from_be_bytes(<[u8; 32]>::try_from(y).ok()?));
            (x < P && y < P && is_on_curve(x, y)).then_some(Self { x, y })
        };
        parse().ok_or(SignatureError::PublicKey)
    }

    /// `04 ‖ x ‖ y`.
    #[must_use]
    pub fn to_sec1(&self) -> [u8; 65] {
        let mut bytes = [UNCOMPRESSED; 65];
        let (_, coordinates) = bytes.split_at_mut(1);
        coordinates.copy_from_slice(words([self.x, self.y]).as_flattened());
        bytes
    }

    /// First coordinate, below the field's order.
    #[must_use]
    pub const fn x(&self) -> U256 {
        self.x
    }

    /// Second coordinate, below the field's order.
    #[must_use]
    pub const fn y(&self) -> U256 {
        self.y
    }
}

fn words(numbers: [U256; 2]) -> [[u8; 32]; 2] {
    numbers.map(|number| number.to_be_bytes())
}

/// Not constant-time: a public key is public.
fn is_on_curve(x: U256, y: U256) -> bool {
    let cube = x.mul_mod(x, P).mul_mod(x, P);
    // Without a subtraction: y² + 3x = x³ + b.
    y.mul_mod(y, P).add_mod(x.mul_mod(U256::from(3), P), P) == cube.add_mod(B, P)
}

/// A signature over a [`Sha256Of`]. `s` is always low, though ECDSA would accept its other form as well:
/// contracts that refuse malleable signatures take this one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct P256Signature {
    r: U256,
    s: U256,
}

impl P256Signature {
    /// Reads `r ‖ s` as WebCrypto returns it (the form of IEEE P1363) and replaces a high s, which about half
    /// of its signatures have, by the group's order less s. Does not check whose signature it is.
    ///
    /// # Errors
    /// [`SignatureError::Range`] when r or s is zero or not below the group's order.
    pub fn normalised(bytes: &[u8; 64]) -> Result<Self, SignatureError> {
        let ([r, s], []) = bytes.as_chunks::<32>() else { return Err(SignatureError::Range) };
        let (r, s) = (U256::from_be_bytes(*r), U256::from_be_bytes(*s));
        let is_scalar = |number: U256| !number.is_zero() && number < N;
        if !is_scalar(r) || !is_scalar(s) {
            return Err(SignatureError::Range);
        }
        Ok(Self { r, s: if s > HALF_N { N.wrapping_sub(s) } else { s } })
    }

    /// `r ‖ s`, 64 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(words([self.r, self.s]).as_flattened());
        bytes
    }

    /// First scalar.
    #[must_use]
    pub const fn r(&self) -> U256 {
        self.r
    }

    /// Second scalar, at most half the group's order.
    #[must_use]
    pub const fn s(&self) -> U256 {
        self.s
    }
}

/// As little as of any other signature.
impl fmt::Debug for P256Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Signature(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    /// RFC 6979, A.2.5, over "sample" with SHA-256: its s is high.
    const HIGH: [u8; 64] = hex!(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    );
    /// The same with the group's order less s.
    const LOW: [u8; 64] = hex!(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"
    );

    fn with(at: usize, number: U256) -> [u8; 64] {
        let mut bytes = LOW;
        bytes[at..].iter_mut().zip(number.to_be_bytes::<32>()).for_each(|(byte, new)| *byte = new);
        bytes
    }

    #[test]
    fn s_becomes_low() {
        assert_eq!(HALF_N, N >> 1);
        for bytes in [HIGH, LOW] {
            let signature = P256Signature::normalised(&bytes).unwrap();
            assert_eq!(signature.to_bytes(), LOW);
            assert_eq!(signature.r().to_be_bytes::<32>(), LOW[..32]);
            assert_eq!(signature.s().to_be_bytes::<32>(), LOW[32..]);
            assert_eq!(format!("{signature:?}"), "P256Signature(..)");
        }
        for (s, normal) in [
            (HALF_N, HALF_N),
            (HALF_N + U256::ONE, HALF_N),
            (N - U256::ONE, U256::ONE),
            (U256::ONE, U256::ONE),
        ] {
            assert_eq!(P256Signature::normalised(&with(32, s)).unwrap().s(), normal);
        }
    }

    #[test]
    fn scalars_out_of_range_are_refused() {
        for at in [0, 32] {
            for number in [U256::ZERO, N, N + U256::ONE, P, U256::MAX] {
                assert_eq!(
                    P256Signature::normalised(&with(at, number)),
                    Err(SignatureError::Range),
                    "{number}"
                );
            }
            assert!(P256Signature::normalised(&with(at, N - U256::ONE)).is_ok());
        }
    }

    #[test]
    fn public_keys_are_points_of_the_curve() {
        // The key of the vectors above.
        let bytes = hex!(
            "04"
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
        );
        let key = P256PublicKey::from_sec1(&bytes).unwrap();
        assert_eq!(key.to_sec1(), bytes);
        assert_eq!(key.x().to_be_bytes::<32>(), bytes[1..33]);
        assert_eq!(key.y().to_be_bytes::<32>(), bytes[33..]);
        let refused = |bytes: &[u8]| P256PublicKey::from_sec1(bytes) == Err(SignatureError::PublicKey);
        for at in 0..bytes.len() {
            assert!(refused(&bytes[..at]), "cut to {at}");
            let mut altered = bytes;
            altered[at] ^= 1;
            assert!(refused(&altered), "byte {at}");
        }
        assert!(refused(&[bytes.as_slice(), &[0]].concat()));
        assert!(refused(&[4; 65]));
        let infinity = std::iter::once(4).chain([0; 64]).collect::<Vec<u8>>();
        assert!(refused(&infinity));
    }

    #[test]
    fn a_coordinate_has_one_form() {
        let y = uint!(0x66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4_U256);
        let point =
            |x: U256, y: U256| [[4].as_slice(), &x.to_be_bytes::<32>(), &y.to_be_bytes::<32>()].concat();
        assert_eq!(P256PublicKey::from_sec1(&point(U256::ZERO, y)).map(|key| key.x()), Ok(U256::ZERO));
        // The same point, were numbers reduced.
        assert_eq!(P256PublicKey::from_sec1(&point(P, y)), Err(SignatureError::PublicKey));
    }
}
