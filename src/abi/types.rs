//! ABI types. A [`Type`] is valid by construction, and knows its head size, depth and whether it is dynamic.

use std::fmt;

use super::WORD;

/// How deep types may nest: `uint8` is 1 deep, `uint8[]` 2, `(uint8[])` 3.
pub const MAX_DEPTH: usize = 16;

/// Longest head, in bytes, that a type may have: room for any real function, and small enough for sums never to overflow.
const MAX_HEAD: usize = 1 << 24;

/// A valid ABI type. Equality ignores nothing: tuples with other member names are other types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    kind: Kind,
    head: usize,
    depth: usize,
    dynamic: bool,
}

/// What a [`Type`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `address`
    Address,
    /// `bool`
    Bool,
    /// `uintN`, N bits
    Uint(usize),
    /// `intN`, N bits, two's complement
    Int(usize),
    /// `bytesN`, padded on the right
    FixedBytes(usize),
    /// `bytes`
    Bytes,
    /// `string`, UTF-8
    String,
    /// `T[]`
    Array(Box<Type>),
    /// `T[n]`
    FixedArray(Box<Type>, usize),
    /// `(T, …)`, with names where they are known
    Tuple(Vec<Param>),
}

/// A parameter or tuple member: its type, and its name where one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Name, empty when there is none.
    pub name: String,
    /// Type.
    pub ty: Type,
}

/// Why a type is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeError {
    /// Integer width is not a multiple of 8 from 8 to 256.
    #[error("integers have 8 to 256 bits in steps of 8, not {bits}")]
    IntegerBits {
        /// Width given.
        bits: usize,
    },
    /// `bytesN` with N outside 1 to 32.
    #[error("bytesN has 1 to 32 bytes, not {bytes}")]
    FixedBytesLength {
        /// N given.
        bytes: usize,
    },
    /// `T[0]` has no encoding of its own.
    #[error("a fixed array must have at least one item")]
    EmptyArray,
    /// `()` has no encoding of its own.
    #[error("a tuple must have at least one member")]
    EmptyTuple,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("types nest at most {MAX_DEPTH} deep")]
    TooDeep,
    /// The head alone is larger than any calldata.
    #[error("the type is larger than any calldata")]
    TooLarge,
}

impl Type {
    /// A type of this kind.
    ///
    /// # Errors
    /// [`TypeError`] when the kind breaks a rule of the ABI or a bound of this crate.
    pub fn new(kind: Kind) -> Result<Self, TypeError> {
        let (head, depth, dynamic) = match &kind {
            Kind::Uint(bits) | Kind::Int(bits) => {
                if *bits == 0 || *bits > 256 || !bits.is_multiple_of(8) {
                    return Err(TypeError::IntegerBits { bits: *bits });
                }
                (WORD, 0, false)
            }
            Kind::FixedBytes(bytes) => {
                if *bytes == 0 || *bytes > WORD {
                    return Err(TypeError::FixedBytesLength { bytes: *bytes });
                }
                (WORD, 0, false)
            }
            Kind::Address | Kind::Bool => (WORD, 0, false),
            Kind::Bytes | Kind::String => (WORD, 0, true),
            Kind::Array(item) => (WORD, item.depth, true),
            Kind::FixedArray(_, 0) => return Err(TypeError::EmptyArray),
            Kind::FixedArray(item, _) if item.dynamic => (WORD, item.depth, true),
            Kind::FixedArray(item, length) => {
                (item.head.checked_mul(*length).ok_or(TypeError::TooLarge)?, item.depth, false)
            }
            Kind::Tuple(members) if members.is_empty() => return Err(TypeError::EmptyTuple),
            Kind::Tuple(members) => {
                let depth = members.iter().map(|member| member.ty.depth).max().unwrap_or(0);
                if members.iter().any(|member| member.ty.dynamic) {
                    (WORD, depth, true)
                } else {
                    (
                        head_size(members.iter().map(|member| &member.ty)).ok_or(TypeError::TooLarge)?,
                        depth,
                        false,
                    )
                }
            }
        };
        let depth = depth.saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(TypeError::TooDeep);
        }
        if head > MAX_HEAD {
            return Err(TypeError::TooLarge);
        }
        Ok(Self { kind, head, depth, dynamic })
    }

    /// What this type is.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Bytes this type takes in the head of the sequence it stands in: 32 for a dynamic type (its offset).
    #[must_use]
    pub const fn head_size(&self) -> usize {
        self.head
    }

    /// Whether the encoding has a tail.
    #[must_use]
    pub const fn is_dynamic(&self) -> bool {
        self.dynamic
    }
}

/// Head size of a sequence, `None` when it passes [`MAX_HEAD`].
pub(super) fn head_size<'a>(types: impl IntoIterator<Item = &'a Type>) -> Option<usize> {
    let add = |sum: usize, ty: &Type| sum.checked_add(ty.head).filter(|sum| *sum <= MAX_HEAD);
    types.into_iter().try_fold(0, add)
}

/// The canonical name, as it stands in a selector's preimage: no member names, no spaces.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Address => f.write_str("address"),
            Kind::Bool => f.write_str("bool"),
            Kind::Uint(bits) => write!(f, "uint{bits}"),
            Kind::Int(bits) => write!(f, "int{bits}"),
            Kind::FixedBytes(bytes) => write!(f, "bytes{bytes}"),
            Kind::Bytes => f.write_str("bytes"),
            Kind::String => f.write_str("string"),
            Kind::Array(item) => write!(f, "{item}[]"),
            Kind::FixedArray(item, length) => write!(f, "{item}[{length}]"),
            Kind::Tuple(members) => write_list(f, members),
        }
    }
}

/// `(T,…)`.
pub(super) fn write_list(f: &mut impl fmt::Write, params: &[Param]) -> fmt::Result {
    f.write_char('(')?;
    for (index, param) in params.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write!(f, "{}", param.ty)?;
    }
    f.write_char(')')
}
