//! The field of the curve: integers modulo p = 2^256 - 2^32 - 977.
//!
//! Ten limbs of 26 bits, products in 64 bits: wasm has no wider product. A limb may exceed 26 bits between operations; how far
//! is the *magnitude*: a value of magnitude m has limbs of at most 2m · 2^26, the last one of at most 2m · 2^22. Sums add magnitudes, products and
//! [`Field::carry`] bring them back to 1. All operations take the same time for all values.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "limbs are masked to 26 bits before they are narrowed, and a borrow is 0 or -1"
)]

/// Low 26 bits.
const MASK: u64 = (1 << 26) - 1;

/// 2^260 modulo p, split at the limb size: 0x3D10 + 0x400 · 2^26.
const FOLD_LOW: u64 = 0x3d10;
const FOLD_HIGH: u64 = 0x400;

/// p in limbs.
const PRIME: [u32; 10] = [
    0x03ff_fc2f,
    0x03ff_ffbf,
    0x03ff_ffff,
    0x03ff_ffff,
    0x03ff_ffff,
    0x03ff_ffff,
    0x03ff_ffff,
    0x03ff_ffff,
    0x03ff_ffff,
    0x003f_ffff,
];

/// A field element.
#[derive(Clone, Copy)]
pub(super) struct Field(pub(super) [u32; 10]);

impl Field {
    pub(super) const ZERO: Self = Self([0; 10]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// From 32 big-endian bytes below p.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0; 10];
        let (mut bits, mut held, mut limb) = (0_u64, 0, 0);
        for byte in bytes.iter().rev() {
            bits |= u64::from(*byte) << held;
            held += 8;
            if held >= 26 {
                limbs[limb] = (bits & MASK) as u32;
                bits >>= 26;
                held -= 26;
                limb += 1;
            }
        }
        limbs[9] = bits as u32;
        Self(limbs)
    }

    /// 32 big-endian bytes of the value below p.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let limbs = self.normalize().0;
        let mut bytes = [0; 32];
        let (mut bits, mut held, mut limb) = (0_u64, 0, 0);
        for byte in bytes.iter_mut().rev() {
            if held < 8 && limb < 10 {
                bits |= u64::from(limbs[limb]) << held;
                held += 26;
                limb += 1;
            }
            *byte = bits as u8;
            bits >>= 8;
            held -= 8;
        }
        bytes
    }

    /// Sum; magnitudes add up.
    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }

    /// `-self` for a value of at most `magnitude`; the result has one more.
    #[inline(always)]
    pub(super) fn negate(self, magnitude: u32) -> Self {
        let multiple = 2 * (magnitude + 1);
        Self(std::array::from_fn(|i| PRIME[i] * multiple - self.0[i]))
    }

    /// `if choice { other } else { self }`, `choice` being all ones or all zeros.
    #[inline(always)]
    pub(super) fn select(self, other: Self, choice: u32) -> Self {
        Self(std::array::from_fn(|i| (self.0[i] & !choice) | (other.0[i] & choice)))
    }

    /// Product of values whose magnitudes multiply to at most 64; magnitude 1.
    #[inline]
    pub(super) fn mul(self, other: Self) -> Self {
        let (a, b) = (self.wide(), other.wide());
        reduce([
            a[0] * b[0],
            a[0] * b[1] + a[1] * b[0],
            a[0] * b[2] + a[1] * b[1] + a[2] * b[0],
            a[0] * b[3] + a[1] * b[2] + a[2] * b[1] + a[3] * b[0],
            a[0] * b[4] + a[1] * b[3] + a[2] * b[2] + a[3] * b[1] + a[4] * b[0],
            a[0] * b[5] + a[1] * b[4] + a[2] * b[3] + a[3] * b[2] + a[4] * b[1] + a[5] * b[0],
            a[0] * b[6] + a[1] * b[5] + a[2] * b[4] + a[3] * b[3] + a[4] * b[2] + a[5] * b[1] + a[6] * b[0],
            a[0] * b[7]
                + a[1] * b[6]
                + a[2] * b[5]
                + a[3] * b[4]
                + a[4] * b[3]
                + a[5] * b[2]
                + a[6] * b[1]
                + a[7] * b[0],
            a[0] * b[8]
                + a[1] * b[7]
                + a[2] * b[6]
                + a[3] * b[5]
                + a[4] * b[4]
                + a[5] * b[3]
                + a[6] * b[2]
                + a[7] * b[1]
                + a[8] * b[0],
            a[0] * b[9]
                + a[1] * b[8]
                + a[2] * b[7]
                + a[3] * b[6]
                + a[4] * b[5]
                + a[5] * b[4]
                + a[6] * b[3]
                + a[7] * b[2]
                + a[8] * b[1]
                + a[9] * b[0],
            a[1] * b[9]
                + a[2] * b[8]
                + a[3] * b[7]
                + a[4] * b[6]
                + a[5] * b[5]
                + a[6] * b[4]
                + a[7] * b[3]
                + a[8] * b[2]
                + a[9] * b[1],
            a[2] * b[9]
                + a[3] * b[8]
                + a[4] * b[7]
                + a[5] * b[6]
                + a[6] * b[5]
                + a[7] * b[4]
                + a[8] * b[3]
                + a[9] * b[2],
            a[3] * b[9] + a[4] * b[8] + a[5] * b[7] + a[6] * b[6] + a[7] * b[5] + a[8] * b[4] + a[9] * b[3],
            a[4] * b[9] + a[5] * b[8] + a[6] * b[7] + a[7] * b[6] + a[8] * b[5] + a[9] * b[4],
            a[5] * b[9] + a[6] * b[8] + a[7] * b[7] + a[8] * b[6] + a[9] * b[5],
            a[6] * b[9] + a[7] * b[8] + a[8] * b[7] + a[9] * b[6],
            a[7] * b[9] + a[8] * b[8] + a[9] * b[7],
            a[8] * b[9] + a[9] * b[8],
            a[9] * b[9],
        ])
    }

    /// Square of a value of magnitude at most 8; magnitude 1.
    #[inline]
    pub(super) fn square(self) -> Self {
        let a = self.wide();
        let d = a.map(|limb| limb * 2);
        reduce([
            a[0] * a[0],
            d[0] * a[1],
            d[0] * a[2] + a[1] * a[1],
            d[0] * a[3] + d[1] * a[2],
            d[0] * a[4] + d[1] * a[3] + a[2] * a[2],
            d[0] * a[5] + d[1] * a[4] + d[2] * a[3],
            d[0] * a[6] + d[1] * a[5] + d[2] * a[4] + a[3] * a[3],
            d[0] * a[7] + d[1] * a[6] + d[2] * a[5] + d[3] * a[4],
            d[0] * a[8] + d[1] * a[7] + d[2] * a[6] + d[3] * a[5] + a[4] * a[4],
            d[0] * a[9] + d[1] * a[8] + d[2] * a[7] + d[3] * a[6] + d[4] * a[5],
            d[1] * a[9] + d[2] * a[8] + d[3] * a[7] + d[4] * a[6] + a[5] * a[5],
            d[2] * a[9] + d[3] * a[8] + d[4] * a[7] + d[5] * a[6],
            d[3] * a[9] + d[4] * a[8] + d[5] * a[7] + a[6] * a[6],
            d[4] * a[9] + d[5] * a[8] + d[6] * a[7],
            d[5] * a[9] + d[6] * a[8] + a[7] * a[7],
            d[6] * a[9] + d[7] * a[8],
            d[7] * a[9] + a[8] * a[8],
            d[8] * a[9],
            a[9] * a[9],
        ])
    }

    #[inline(always)]
    fn wide(self) -> [u64; 10] {
        self.0.map(u64::from)
    }

    /// The same value with magnitude 1.
    #[inline]
    pub(super) fn carry(self) -> Self {
        let mut limbs = self.0;
        let over = u64::from(limbs[9] >> 22);
        limbs[9] &= (1 << 22) - 1;
        // 2^256 = 2^32 + 977 modulo p
        let mut sum = u64::from(limbs[0]) + over * 0x3d1;
        limbs[0] = (sum & MASK) as u32;
        sum = (sum >> 26) + u64::from(limbs[1]) + over * 0x40;
        limbs[1] = (sum & MASK) as u32;
        sum >>= 26;
        for limb in &mut limbs[2..9] {
            sum += u64::from(*limb);
            *limb = (sum & MASK) as u32;
            sum >>= 26;
        }
        limbs[9] += sum as u32;
        Self(limbs)
    }

    /// The representative below p.
    pub(super) fn normalize(self) -> Self {
        // Twice, since the first pass may carry into bit 256 again.
        let value = self.carry().carry();
        // Subtract p when that does not go below zero.
        let mut reduced = [0; 10];
        let mut borrow = 0_i64;
        for (i, limb) in reduced.iter_mut().enumerate() {
            let difference = i64::from(value.0[i]) - i64::from(PRIME[i]) + borrow;
            *limb = (difference & MASK as i64) as u32;
            borrow = difference >> 26;
        }
        // borrow is 0 or -1: all zeros keeps the difference
        value.select(Self(reduced), !(borrow as u32))
    }

    /// Whether two values are the same modulo p. Not for secrets.
    pub(super) fn equals(self, other: Self) -> bool {
        self.normalize().0 == other.normalize().0
    }

    /// All ones if the value below p is odd, else zero.
    pub(super) fn odd_mask(self) -> u32 {
        (self.normalize().0[0] & 1).wrapping_neg()
    }

    fn square_times(self, times: usize) -> Self {
        (0..times).fold(self, |value, _| value.square())
    }

    /// `1 / self`, and 0 for 0: the power p - 2 (Fermat), by an addition chain over runs of ones.
    pub(super) fn invert(self) -> Self {
        let x2 = self.square().mul(self);
        let x3 = x2.square().mul(self);
        let x6 = x3.square_times(3).mul(x3);
        let x9 = x6.square_times(3).mul(x3);
        let x11 = x9.square_times(2).mul(x2);
        let x22 = x11.square_times(11).mul(x11);
        let x44 = x22.square_times(22).mul(x22);
        let x88 = x44.square_times(44).mul(x44);
        let x176 = x88.square_times(88).mul(x88);
        let x220 = x176.square_times(44).mul(x44);
        let x223 = x220.square_times(3).mul(x3);
        // p - 2 in binary: 223 ones, 0, 22 ones, 0000101101
        let x = x223.square_times(23).mul(x22);
        x.square_times(5).mul(self).square_times(3).mul(x2).square_times(2).mul(self)
    }
}

/// From the 19 columns of a product to ten limbs of magnitude 1.
#[inline(always)]
fn reduce(columns: [u64; 19]) -> Field {
    // Columns from 10 on weigh 2^260 and more. As words of 26 bits they can be multiplied by the fold.
    let mut high = [0_u64; 10];
    let mut sum = 0;
    for i in 0..9 {
        sum += columns[i + 10];
        high[i] = sum & MASK;
        sum >>= 26;
    }
    high[9] = sum;
    let mut limbs = [0_u32; 10];
    sum = columns[0] + high[0] * FOLD_LOW;
    limbs[0] = (sum & MASK) as u32;
    sum >>= 26;
    for i in 1..9 {
        sum += columns[i] + high[i] * FOLD_LOW + high[i - 1] * FOLD_HIGH;
        limbs[i] = (sum & MASK) as u32;
        sum >>= 26;
    }
    sum += columns[9] + high[9] * FOLD_LOW + high[8] * FOLD_HIGH;
    limbs[9] = (sum & (MASK >> 4)) as u32;
    // What is left weighs 2^256; the last high word's upper part weighs 2^260.
    let over = (sum >> 22) + high[9] * (FOLD_HIGH << 4);
    sum = u64::from(limbs[0]) + over * 0x3d1;
    limbs[0] = (sum & MASK) as u32;
    sum = (sum >> 26) + u64::from(limbs[1]) + over * 0x40;
    limbs[1] = (sum & MASK) as u32;
    sum = (sum >> 26) + u64::from(limbs[2]);
    limbs[2] = sum as u32;
    Field(limbs)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;

    use super::*;

    /// p, from its definition.
    fn prime() -> U256 {
        U256::MAX - (U256::from(1) << 32) - U256::from(976)
    }

    fn field(number: U256) -> Field {
        Field::from_bytes(&number.to_be_bytes())
    }

    fn number(value: Field) -> U256 {
        U256::from_be_bytes(value.to_bytes())
    }

    /// Values at the ends of the range and of the limbs, and as many in between.
    fn samples() -> Vec<U256> {
        let small = [0_u64, 1, 2, (1 << 26) - 1, 1 << 26, 0x1_0000_03d1].map(U256::from);
        let mut samples: Vec<U256> =
            small.into_iter().chain(small.map(|number| prime() - number - U256::ONE)).collect();
        samples.push(U256::MAX % prime());
        let mut random = U256::from(0x1234_5678_9abc_def1_u64);
        for _ in 0..40 {
            random = random.mul_mod(random + U256::ONE, prime());
            samples.push(random);
        }
        samples
    }

    #[test]
    fn arithmetic_is_that_of_the_field() {
        let p = prime();
        for a in samples() {
            assert_eq!(number(field(a)), a);
            assert_eq!(number(field(a).square()), a.mul_mod(a, p));
            assert_eq!(number(field(a).negate(1)), (p - a) % p);
            assert_eq!(field(a).odd_mask() != 0, a.bit(0));
            assert_eq!(number(field(a).invert().mul(field(a))), U256::from(!a.is_zero()));
            for b in samples() {
                assert_eq!(number(field(a).mul(field(b))), a.mul_mod(b, p));
                assert_eq!(number(field(a).add(field(b))), a.add_mod(b, p));
                assert_eq!(field(a).equals(field(b)), a == b);
            }
        }
    }

    /// Numbers from p to 2^256 - 1 have two forms; both mean the same.
    #[test]
    fn values_above_p_are_reduced() {
        for (above, below) in [(prime(), 0_u64), (prime() + U256::ONE, 1), (U256::MAX, 0x1_0000_03d0)] {
            assert_eq!(number(field(above)), U256::from(below));
            assert!(field(above).equals(field(U256::from(below))));
        }
    }

    /// The largest limbs that a magnitude allows neither overflow nor change the value.
    #[test]
    fn the_largest_magnitudes_are_in_range() {
        let p = prime();
        let full = |magnitude: u32| {
            let mut limbs = [(2 * magnitude) << 26; 10];
            limbs[9] = (2 * magnitude) << 22;
            let value = (0..10_usize).rev().fold(U256::ZERO, |sum, i| {
                sum.mul_mod(U256::from(1 << 26), p).add_mod(U256::from(limbs[i]), p)
            });
            (Field(limbs), value)
        };
        for (a, b) in [(8, 8), (1, 8), (5, 8), (1, 1)] {
            let ((a, wanted_a), (b, wanted_b)) = (full(a), full(b));
            assert_eq!(number(a.mul(b)), wanted_a.mul_mod(wanted_b, p));
            assert_eq!(number(b.square()), wanted_b.mul_mod(wanted_b, p));
            assert_eq!(number(a), wanted_a);
            assert_eq!(number(a.carry()), wanted_a);
        }
        let (six, wanted) = full(6);
        assert_eq!(number(six.negate(6)), (p - wanted) % p);
    }
}
