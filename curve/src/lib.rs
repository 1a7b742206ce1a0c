//! Signing on secp256k1: ECDSA over a fast multiple of the curve's generator, from a field of 26-bit limbs, Jacobian points, and a table.
//!
//! Only this one operation is ours, because every signature needs it twice (once to sign, once to check). Keys, scalars,
//! inversions modulo the group order and everything done with other people's signatures are the curve library's, and so are the
//! points in the table.
//!
//! A crate of its own, because optimisation is chosen by crate: this one is built for speed, the rest for size.
#![allow(clippy::indexing_slicing, reason = "indices are loop counters below the length of their array")]
#![allow(clippy::arithmetic_side_effects, reason = "limbs stay within their magnitudes; groups wrap")]

mod comb;
mod ecdsa;
mod field;
mod point;

pub use comb::Comb;
pub use ecdsa::{prepare, sign};
pub use point::{Affine, Jacobian};
