//! Points of the curve y² = x³ + 7.

use k256::AffinePoint;
use k256::elliptic_curve::sec1::ToSec1Point;

use super::field::Field;

/// A point other than infinity by its coordinates, each of magnitude 1.
#[derive(Clone, Copy)]
pub struct Affine {
    pub(super) x: Field,
    pub(super) y: Field,
}

/// A point (X : Y : Z) with x = X/Z² and y = Y/Z³. Magnitudes: X at most 6, Y at most 3, Z 1.
#[derive(Clone, Copy)]
pub struct Jacobian {
    x: Field,
    y: Field,
    z: Field,
}

impl Affine {
    /// From the curve library's form.
    pub fn from_library(point: &AffinePoint) -> Self {
        let encoded = point.to_sec1_point(false);
        let coordinate = |bytes: Option<&[u8]>| {
            let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; 32]);
            Field::from_bytes(&bytes)
        };
        let bytes = encoded.as_bytes();
        Self { x: coordinate(bytes.get(1..33)), y: coordinate(bytes.get(33..65)) }
    }

    /// The x coordinate, 32 big-endian bytes.
    pub fn x_bytes(&self) -> [u8; 32] {
        self.x.to_bytes()
    }

    /// Whether y is odd.
    pub fn is_y_odd(&self) -> bool {
        self.y.odd_mask() != 0
    }

    /// The point with -y where `choice` is all ones.
    pub fn negate_if(self, choice: u32) -> Self {
        Self { x: self.x, y: self.y.select(self.y.negate(1), choice).carry() }
    }
}

impl From<Affine> for Jacobian {
    fn from(point: Affine) -> Self {
        Self { x: point.x, y: point.y, z: Field::ONE }
    }
}

impl Jacobian {
    /// Sum with a point that is neither this one, nor its negative, nor infinity: those have no result here. 8 products and 3
    /// squares (mixed addition in Jacobian coordinates).
    #[inline]
    pub(super) fn add(&self, x2: Field, y2: Field) -> Self {
        let z_squared = self.z.square();
        let h = x2.mul(z_squared).add(self.x.negate(6));
        let r = y2.mul(z_squared.mul(self.z)).add(self.y.negate(3));
        let h_squared = h.square();
        let h_cubed = h_squared.mul(h);
        let v = self.x.mul(h_squared);
        let x = r.square().add(h_cubed.negate(1)).add(v.add(v).negate(2));
        let y = r.mul(v.add(x.negate(6))).add(self.y.mul(h_cubed).negate(1));
        Self { x, y, z: self.z.mul(h) }
    }

    /// `self - other`, with the same exceptions as [`Jacobian::add`].
    pub fn subtract(&self, other: &Affine) -> Self {
        self.add(other.x, other.y.negate(1))
    }

    /// The point with -Y where `choice` is all ones.
    pub(super) fn negate_if(self, choice: u32) -> Self {
        Self { y: self.y.select(self.y.negate(3), choice).carry(), ..self }
    }

    /// By its coordinates.
    pub fn to_affine(self) -> Affine {
        let inverse = self.z.invert();
        let squared = inverse.square();
        Affine { x: self.x.mul(squared), y: self.y.mul(squared.mul(inverse)) }
    }

    /// Whether this is `other`, without an inversion. An addition that has no result leaves Z = 0, which is no point.
    pub fn is(&self, other: &Affine) -> bool {
        let squared = self.z.square();
        !self.z.equals(Field::ZERO)
            && other.x.mul(squared).equals(self.x)
            && other.y.mul(squared.mul(self.z)).equals(self.y)
    }
}

/// Points on the way to a signature may be secret.
impl std::fmt::Debug for Affine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Affine(..)")
    }
}

/// Points on the way to a signature may be secret.
impl std::fmt::Debug for Jacobian {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jacobian(..)")
    }
}
