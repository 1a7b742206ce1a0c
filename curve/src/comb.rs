//! Multiples of the generator from a table.
//!
//! The scalar is written with 43 digits of 6 bits, each odd and between -63 and 63: an odd number below 2^258 has exactly one such
//! form. For each digit the table holds the 32 odd multiples, so a multiple is 43 look-ups and 42 additions. Every look-up reads the
//! whole row, no digit is zero, and an even scalar is handled as the negative of its (odd) complement: time and memory access are
//! the same for every scalar.
//!
//! No addition meets one of the cases that [`Jacobian::add`] excludes: what was added so far is odd, hence not zero, and smaller
//! in magnitude than the next multiple. Only at the last digit can the two be equal modulo the group order, for one scalar and
//! its negative; the sum is then no point at all, and the signature fails its check.

use k256::elliptic_curve::BatchNormalize;
use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::subtle::ConditionallySelectable;
use k256::{ProjectivePoint, Scalar};
use zeroize::Zeroize;

use super::field::Field;
use super::point::{Affine, Jacobian};

const DIGIT_BITS: usize = 6;
const DIGITS: usize = 43;
/// Odd multiples per digit.
const MULTIPLES: usize = 32;

/// x and y, ten limbs each.
type Entry = [u32; 20];

/// The table: 110 kB, made in about a millisecond.
pub struct Comb {
    rows: Vec<[Entry; MULTIPLES]>,
}

/// The table says nothing worth reading.
impl std::fmt::Debug for Comb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Comb(..)")
    }
}

impl Default for Comb {
    fn default() -> Self {
        Self::new()
    }
}

impl Comb {
    /// Computes the table.
    #[must_use]
    pub fn new() -> Self {
        let mut points = Vec::with_capacity(DIGITS * MULTIPLES);
        let mut base = ProjectivePoint::GENERATOR;
        for _ in 0..DIGITS {
            let step = base.double();
            let mut multiple = base;
            for _ in 0..MULTIPLES {
                points.push(multiple);
                multiple += step;
            }
            for _ in 0..DIGIT_BITS {
                base = base.double();
            }
        }
        let points = ProjectivePoint::batch_normalize(points.as_slice());
        let entries: Vec<Entry> = points.iter().map(|point| entry(&Affine::from_library(point))).collect();
        Self { rows: entries.as_chunks().0.to_vec() }
    }

    /// `scalar · G` for a scalar that is not zero.
    #[must_use]
    pub fn multiply(&self, scalar: &Scalar) -> Jacobian {
        let odd = scalar.is_odd();
        let mut limbs = limbs(&Scalar::conditional_select(&-*scalar, scalar, odd));
        let mut rows = self.rows.iter().enumerate();
        let mut sum = Jacobian::from(Affine { x: Field::ONE, y: Field::ONE });
        if let Some((_, row)) = rows.next() {
            let (x, y) = select(row, digit(&limbs, 0));
            sum = Jacobian::from(Affine { x, y: y.carry() });
        }
        for (index, row) in rows {
            let (x, y) = select(row, digit(&limbs, index));
            sum = sum.add(x, y);
        }
        limbs.zeroize();
        sum.negate_if(u32::from(odd.unwrap_u8()).wrapping_sub(1))
    }
}

fn entry(point: &Affine) -> Entry {
    let mut entry = [0; 20];
    entry[..10].copy_from_slice(&point.x.0);
    entry[10..].copy_from_slice(&point.y.0);
    entry
}

/// Little-endian words; one more than the scalar has, so that a digit may reach across the end.
fn limbs(scalar: &Scalar) -> [u64; 5] {
    let mut limbs = [0; 5];
    let mut bytes = scalar.to_repr();
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(8)) {
        *limb = chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    bytes.zeroize();
    limbs
}

/// Digit `index` of an odd scalar k, as six bits u that stand for 2u - 63: bits of (k + 2^258 - 1) / 2 = (k >> 1) + 2^257.
#[inline(always)]
fn digit(limbs: &[u64; 5], index: usize) -> u32 {
    let at = index * DIGIT_BITS + 1;
    let (limb, shift) = (at / 64, at % 64);
    // A shift by 64 in two steps, since the second word may not be needed.
    let next = limbs.get(limb + 1).copied().unwrap_or(0);
    let bits = (limbs[limb] >> shift) | ((next << 1) << (63 - shift));
    let bits = u32::try_from(bits & 63).unwrap_or(0);
    if index == DIGITS - 1 { bits | 32 } else { bits }
}

/// The multiple for a digit, its y of magnitude at most 2.
#[inline(always)]
fn select(row: &[Entry; MULTIPLES], digit: u32) -> (Field, Field) {
    // Digits from 32 on are positive: multiple 2(u - 32) + 1. Below, the negative of multiple 2(31 - u) + 1.
    let negative = (digit >> 5).wrapping_sub(1);
    let wanted = (digit ^ negative) & 31;
    let mut chosen: Entry = [0; 20];
    for (index, entry) in (0_u32..).zip(row) {
        // All ones where the indices are equal.
        let mask = ((index ^ wanted).wrapping_sub(1) >> 31).wrapping_neg();
        for (limb, candidate) in chosen.iter_mut().zip(entry) {
            *limb |= candidate & mask;
        }
    }
    let limbs = |from: usize| Field(std::array::from_fn(|i| chosen[from + i]));
    let y = limbs(10);
    (limbs(0), y.select(y.negate(1), negative))
}

#[cfg(test)]
mod tests {
    use k256::elliptic_curve::Field as _;

    use super::*;

    fn assert_right(comb: &Comb, scalar: Scalar) {
        let ours = comb.multiply(&scalar);
        let library = Affine::from_library(&ProjectivePoint::mul_by_generator(&scalar).to_affine());
        let affine = ours.to_affine();
        assert_eq!(affine.x_bytes(), library.x_bytes(), "{scalar:?}");
        assert_eq!(affine.is_y_odd(), library.is_y_odd(), "{scalar:?}");
        assert!(ours.is(&library));
        let next =
            Affine::from_library(&ProjectivePoint::mul_by_generator(&(scalar + Scalar::ONE)).to_affine());
        assert!(!ours.is(&next));
        assert!(!ours.is(&library.negate_if(u32::MAX)));
    }

    /// 30 · 2^252 - n: at its last digit the sum so far equals the multiple to be added.
    #[test]
    fn the_one_scalar_without_a_result_is_no_point() {
        let mut exception = Scalar::from(30_u64);
        for _ in 0..252 {
            exception = exception.double();
        }
        let comb = Comb::new();
        for scalar in [exception, -exception] {
            let library = ProjectivePoint::mul_by_generator(&scalar).to_affine();
            let ours = comb.multiply(&scalar);
            assert!(!ours.is(&Affine::from_library(&library)));
            assert!(!ours.is(&ours.to_affine()));
        }
    }

    #[test]
    fn multiples_are_those_of_the_library() {
        let comb = Comb::new();
        for small in 1..200_u64 {
            assert_right(&comb, Scalar::from(small));
            assert_right(&comb, -Scalar::from(small + 1));
        }
        // Single bits and runs of ones reach every digit and its borrow.
        let mut power = Scalar::ONE;
        for _ in 0..255 {
            assert_right(&comb, power);
            assert_right(&comb, power - Scalar::from(3_u64));
            power = power.double();
        }
        let mut random = Scalar::from(0x1234_5678_9abc_def1_u64);
        for _ in 0..500 {
            random = random.square() + Scalar::from(7_u64);
            assert_right(&comb, random);
        }
    }
}
