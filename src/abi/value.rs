//! ABI values.

use alloy_primitives::{Address, B256, Bytes, I256, U256};

/// A value of some ABI type. Widths belong to the type, so `uint8` and `uint256` values are both [`Value::Uint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `address`
    Address(Address),
    /// `bool`
    Bool(bool),
    /// `uintN`
    Uint(U256),
    /// `intN`
    Int(I256),
    /// `bytesN`: the bytes from the left, zeros after them
    FixedBytes(B256),
    /// `bytes`
    Bytes(Bytes),
    /// `string`
    String(String),
    /// `T[]` and `T[n]`
    Array(Vec<Self>),
    /// `(T, …)`
    Tuple(Vec<Self>),
}

impl Value {
    /// The kind of value, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "an address",
            Self::Bool(_) => "a bool",
            Self::Uint(_) => "an unsigned integer",
            Self::Int(_) => "a signed integer",
            Self::FixedBytes(_) => "fixed bytes",
            Self::Bytes(_) => "bytes",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Tuple(_) => "a tuple",
        }
    }
}

/// Whether an unsigned value fits `bits`.
pub(crate) fn uint_fits(value: U256, bits: usize) -> bool {
    value.bit_len() <= bits
}

/// The largest unsigned number of `bits`.
pub(crate) fn last_uint(bits: usize) -> U256 {
    U256::MAX.wrapping_shr(256_usize.saturating_sub(bits))
}

/// Whether a signed value fits `bits`: all bits above the sign bit equal it.
pub(crate) fn int_fits(value: I256, bits: usize) -> bool {
    let magnitude = if value.is_negative() { !value.into_raw() } else { value.into_raw() };
    magnitude.bit_len() < bits
}
