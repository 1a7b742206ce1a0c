//! Strict decoding: canonical encodings only.
//!
//! Every offset must point exactly to the end of what was read before, every length must fit what is left, every bit the type
//! leaves unused must be zero, and nothing may follow. So each input byte is read once, and re-encoding gives the same bytes.

use alloy_primitives::{Address, B256, I256, U256};

use super::types::head_size;
use super::value::{int_fits, uint_fits};
use super::{Kind, Type, Value, WORD};

/// Bytes that are not the canonical encoding of the types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {reason}")]
pub struct DecodeError {
    /// Offset of the fault in the bytes given.
    pub at: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

/// What is wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// The data ends too early.
    #[error("{missing} bytes are missing")]
    Short {
        /// How many more bytes are needed, at least.
        missing: usize,
    },
    /// The data goes on after the last value.
    #[error("{extra} bytes follow the last value")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// Bits that the type does not use are set.
    #[error("bits outside the type are set")]
    DirtyBits,
    /// An offset does not point to where its value must stand.
    #[error("offset {found}, but the value must stand at {expected}")]
    Offset {
        /// The only canonical offset.
        expected: usize,
        /// The offset found.
        found: U256,
    },
    /// A length that the rest of the data cannot hold.
    #[error("length {found}, but only {available} bytes are left")]
    Length {
        /// The length found, in bytes or items.
        found: U256,
        /// Bytes left after the length word.
        available: usize,
    },
    /// A string that is not UTF-8.
    #[error("a string that is not UTF-8")]
    Utf8,
}

/// Decodes a sequence of values, as function arguments are (without selector).
///
/// # Errors
/// [`DecodeError`] with the place and reason of the first fault.
pub fn decode<'a>(types: impl IntoIterator<Item = &'a Type>, data: &[u8]) -> Result<Vec<Value>, DecodeError> {
    let types: Vec<&Type> = types.into_iter().collect();
    let reader = Reader { data };
    let (values, end) = reader.sequence(types.iter().copied(), 0)?;
    match data.len().saturating_sub(end) {
        0 => Ok(values),
        extra => Err(DecodeError { at: end, reason: DecodeReason::Trailing { extra } }),
    }
}

struct Reader<'a> {
    data: &'a [u8],
}

impl Reader<'_> {
    /// Reads values whose heads start at `base`; answers them and where their tails end.
    fn sequence<'t>(
        &self,
        types: impl Iterator<Item = &'t Type> + Clone,
        base: usize,
    ) -> Result<(Vec<Value>, usize), DecodeError> {
        let head = head_size(types.clone()).unwrap_or(usize::MAX);
        let mut tail = self.skip(base, head)?;
        let mut at = base;
        let mut values = Vec::with_capacity(types.size_hint().0);
        for ty in types {
            if ty.is_dynamic() {
                let (expected, found) = (tail.saturating_sub(base), self.number(at)?);
                if found != U256::from(expected) {
                    return Err(DecodeError { at, reason: DecodeReason::Offset { expected, found } });
                }
                let (value, end) = self.dynamic(ty, tail)?;
                values.push(value);
                tail = end;
            } else {
                values.push(self.fixed(ty, at)?);
            }
            at = at.saturating_add(ty.head_size());
        }
        Ok((values, tail))
    }

    /// Reads a dynamic value that starts at `at`; answers it and where it ends.
    fn dynamic(&self, ty: &Type, at: usize) -> Result<(Value, usize), DecodeError> {
        match ty.kind() {
            Kind::Bytes => {
                let (bytes, end) = self.counted_bytes(at)?;
                Ok((Value::Bytes(bytes.to_vec().into()), end))
            }
            Kind::String => {
                let (bytes, end) = self.counted_bytes(at)?;
                let text = std::str::from_utf8(bytes).map_err(|fault| DecodeError {
                    at: at.saturating_add(WORD).saturating_add(fault.valid_up_to()),
                    reason: DecodeReason::Utf8,
                })?;
                Ok((Value::String(text.to_owned()), end))
            }
            Kind::Array(item) => {
                let (length, start) = self.length(at, item.head_size())?;
                let (values, end) = self.sequence(std::iter::repeat_n(item.as_ref(), length), start)?;
                Ok((Value::Array(values), end))
            }
            Kind::FixedArray(item, length) => {
                let (values, end) = self.sequence(std::iter::repeat_n(item.as_ref(), *length), at)?;
                Ok((Value::Array(values), end))
            }
            Kind::Tuple(members) => {
                let (values, end) = self.sequence(members.iter().map(|member| &member.ty), at)?;
                Ok((Value::Tuple(values), end))
            }
            _ => Ok((self.fixed(ty, at)?, at.saturating_add(ty.head_size()))),
        }
    }

    /// Reads a static value that starts at `at`.
    fn fixed(&self, ty: &Type, at: usize) -> Result<Value, DecodeError> {
        let clean = |clean: bool| {
            if clean { Ok(()) } else { Err(DecodeError { at, reason: DecodeReason::DirtyBits }) }
        };
        match ty.kind() {
            Kind::Address => {
                let word = self.word(at)?;
                clean(word.iter().take(12).all(|byte| *byte == 0))?;
                Ok(Value::Address(Address::from_word(word)))
            }
            Kind::Bool => {
                let number = self.number(at)?;
                clean(number <= U256::ONE)?;
                Ok(Value::Bool(!number.is_zero()))
            }
            Kind::Uint(bits) => {
                let number = self.number(at)?;
                clean(uint_fits(number, *bits))?;
                Ok(Value::Uint(number))
            }
            Kind::Int(bits) => {
                let number = I256::from_raw(self.number(at)?);
                clean(int_fits(number, *bits))?;
                Ok(Value::Int(number))
            }
            Kind::FixedBytes(length) => {
                let word = self.word(at)?;
                clean(word.iter().skip(*length).all(|byte| *byte == 0))?;
                Ok(Value::FixedBytes(word))
            }
            Kind::FixedArray(item, length) => {
                Ok(Value::Array(self.sequence(std::iter::repeat_n(item.as_ref(), *length), at)?.0))
            }
            Kind::Tuple(members) => {
                Ok(Value::Tuple(self.sequence(members.iter().map(|member| &member.ty), at)?.0))
            }
            Kind::Bytes | Kind::String | Kind::Array(_) => Ok(self.dynamic(ty, at)?.0),
        }
    }

    /// Length word at `at`, for items of at least `item` bytes each; answers the length and where the items start.
    fn length(&self, at: usize, item: usize) -> Result<(usize, usize), DecodeError> {
        let found = self.number(at)?;
        let start = at.saturating_add(WORD);
        let available = self.data.len().saturating_sub(start);
        let fits = |length: &usize| length.checked_mul(item).is_some_and(|size| size <= available);
        match usize::try_from(found).ok().filter(fits) {
            Some(length) => Ok((length, start)),
            None => Err(DecodeError { at, reason: DecodeReason::Length { found, available } }),
        }
    }

    /// A length word, that many bytes, zeros up to the next word; answers the bytes and where the zeros end.
    fn counted_bytes(&self, at: usize) -> Result<(&[u8], usize), DecodeError> {
        let (length, start) = self.length(at, 1)?;
        let end = self.skip(start, length)?;
        let padded = self.skip(start, length.checked_next_multiple_of(WORD).unwrap_or(usize::MAX))?;
        let padding = self.data.get(end..padded).unwrap_or_default();
        match padding.iter().position(|byte| *byte != 0) {
            Some(dirty) => {
                Err(DecodeError { at: end.saturating_add(dirty), reason: DecodeReason::DirtyBits })
            }
            None => Ok((self.data.get(start..end).unwrap_or_default(), padded)),
        }
    }

    /// `at + size`, if the data reaches that far.
    fn skip(&self, at: usize, size: usize) -> Result<usize, DecodeError> {
        let end = at.saturating_add(size);
        match end.saturating_sub(self.data.len()) {
            0 => Ok(end),
            missing => Err(DecodeError { at: self.data.len(), reason: DecodeReason::Short { missing } }),
        }
    }

    fn word(&self, at: usize) -> Result<B256, DecodeError> {
        let end = self.skip(at, WORD)?;
        Ok(self.data.get(at..end).map(B256::from_slice).unwrap_or_default())
    }

    fn number(&self, at: usize) -> Result<U256, DecodeError> {
        Ok(U256::from_be_bytes(self.word(at)?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> Vec<u8> {
        U256::from(number).to_be_bytes_vec()
    }

    fn refuse(types: &[&str], data: &[u8]) -> (usize, DecodeReason) {
        let types: Vec<Type> = types.iter().map(|text| text.parse().unwrap()).collect();
        let fault = decode(&types, data).unwrap_err();
        (fault.at, fault.reason)
    }

    #[test]
    fn each_reason_is_told_with_its_place() {
        assert_eq!(refuse(&["bool"], &[0; 31]), (31, DecodeReason::Short { missing: 1 }));
        assert_eq!(refuse(&[], &[0]), (0, DecodeReason::Trailing { extra: 1 }));
        assert_eq!(refuse(&["bool"], &word(2)), (0, DecodeReason::DirtyBits));
        let moved = [word(64), word(0), word(0)].concat();
        let offset = DecodeReason::Offset { expected: 32, found: U256::from(64) };
        assert_eq!(refuse(&["bytes"], &moved), (0, offset));
        let long = [word(32), word(33), word(0)].concat();
        let length = DecodeReason::Length { found: U256::from(33), available: 32 };
        assert_eq!(refuse(&["bytes"], &long), (32, length));
        let dirty = [word(32), word(1), word(1)].concat();
        assert_eq!(refuse(&["bytes"], &dirty), (95, DecodeReason::DirtyBits));
        let mut text = [word(32), word(1), word(0)].concat();
        text[64] = 0xff;
        assert_eq!(refuse(&["string"], &text), (64, DecodeReason::Utf8));
    }

    #[test]
    fn a_length_is_believed_only_as_far_as_the_data_reaches() {
        let huge = [word(32), U256::MAX.to_be_bytes_vec()].concat();
        let length = DecodeReason::Length { found: U256::MAX, available: 0 };
        assert_eq!(refuse(&["(uint8,bytes)[]"], &huge), (32, length));
        assert_eq!(refuse(&["uint8[][]"], &huge), (32, length));
    }
}
