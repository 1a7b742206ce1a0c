//! Encoding values of known types.

use alloy_primitives::U256;

use super::types::head_size;
use super::value::{int_fits, uint_fits};
use super::{Kind, Type, Value, WORD};

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("argument {}: {reason}", display_path(path))]
pub struct EncodeError {
    /// Index of the argument, then of the member or item within it.
    pub path: Vec<usize>,
    /// What is wrong there.
    pub reason: EncodeReason,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeReason {
    /// Another kind of value than the type asks for.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// Canonical type.
        expected: String,
        /// Kind of the value.
        found: &'static str,
    },
    /// A number or fixed-bytes value too large for its type.
    #[error("the value does not fit {expected}")]
    Range {
        /// Canonical type.
        expected: String,
    },
    /// A sequence with the wrong number of items.
    #[error("expected {expected} items, found {found}")]
    Count {
        /// Items wanted.
        expected: usize,
        /// Items given.
        found: usize,
    },
}

fn display_path(path: &[usize]) -> String {
    let parts: Vec<String> = path.iter().map(ToString::to_string).collect();
    if parts.is_empty() { "list".to_owned() } else { parts.join(".") }
}

/// Encodes a sequence of values, as function arguments are (without selector).
///
/// # Errors
/// [`EncodeError`] when the counts differ or a value does not fit its type.
pub fn encode<'a>(
    types: impl IntoIterator<Item = &'a Type>,
    values: &[Value],
) -> Result<Vec<u8>, EncodeError> {
    let types: Vec<&Type> = types.into_iter().collect();
    let mut out = Vec::new();
    let mut path = Vec::new();
    sequence(&types, values, &mut out, &mut path).map_err(|reason| EncodeError { path, reason })?;
    Ok(out)
}

/// On failure `path` leads to the value at fault.
fn sequence(
    types: &[&Type],
    values: &[Value],
    out: &mut Vec<u8>,
    path: &mut Vec<usize>,
) -> Result<(), EncodeReason> {
    if types.len() != values.len() {
        return Err(EncodeReason::Count { expected: types.len(), found: values.len() });
    }
    // Valid types cannot overflow here: a longer list than memory holds is needed first.
    let head = head_size(types.iter().copied())
        .ok_or(EncodeReason::Count { expected: types.len(), found: values.len() })?;
    let mut tail = Vec::new();
    for (index, (ty, value)) in types.iter().zip(values).enumerate() {
        path.push(index);
        if ty.is_dynamic() {
            out.extend_from_slice(&U256::from(head.saturating_add(tail.len())).to_be_bytes::<WORD>());
            one(ty, value, &mut tail, path)?;
        } else {
            one(ty, value, out, path)?;
        }
        path.pop();
    }
    out.append(&mut tail);
    Ok(())
}

fn one(ty: &Type, value: &Value, out: &mut Vec<u8>, path: &mut Vec<usize>) -> Result<(), EncodeReason> {
    let fits = |fits: bool| {
        if fits { Ok(()) } else { Err(EncodeReason::Range { expected: ty.to_string() }) }
    };
    match (ty.kind(), value) {
        (Kind::Address, Value::Address(address)) => out.extend_from_slice(address.into_word().as_slice()),
        (Kind::Bool, Value::Bool(bool)) => {
            out.extend_from_slice(&U256::from(u8::from(*bool)).to_be_bytes::<WORD>());
        }
        (Kind::Uint(bits), Value::Uint(uint)) => {
            fits(uint_fits(*uint, *bits))?;
            out.extend_from_slice(&uint.to_be_bytes::<WORD>());
        }
        (Kind::Int(bits), Value::Int(int)) => {
            fits(int_fits(*int, *bits))?;
            out.extend_from_slice(&int.to_be_bytes::<WORD>());
        }
        (Kind::FixedBytes(length), Value::FixedBytes(word)) => {
            fits(word.iter().skip(*length).all(|byte| *byte == 0))?;
            out.extend_from_slice(word.as_slice());
        }
        (Kind::Bytes, Value::Bytes(bytes)) => counted_bytes(bytes, out),
        (Kind::String, Value::String(text)) => counted_bytes(text.as_bytes(), out),
        (Kind::Array(item), Value::Array(values)) => {
            out.extend_from_slice(&U256::from(values.len()).to_be_bytes::<WORD>());
            sequence(&vec![item.as_ref(); values.len()], values, out, path)?;
        }
        (Kind::FixedArray(item, length), Value::Array(values)) => {
            if values.len() != *length {
                return Err(EncodeReason::Count { expected: *length, found: values.len() });
            }
            sequence(&vec![item.as_ref(); *length], values, out, path)?;
        }
        (Kind::Tuple(members), Value::Tuple(values)) => {
            let types: Vec<&Type> = members.iter().map(|member| &member.ty).collect();
            sequence(&types, values, out, path)?;
        }
        _ => return Err(EncodeReason::Kind { expected: ty.to_string(), found: value.kind() }),
    }
    Ok(())
}

/// Length word, bytes, zeros up to the next word.
pub(super) fn counted_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&U256::from(bytes.len()).to_be_bytes::<WORD>());
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(WORD), 0);
}

#[cfg(test)]
mod tests {
    use alloy_primitives::I256;

    use super::*;

    fn refuse(ty: &str, value: Value) -> EncodeError {
        encode([&ty.parse().unwrap()], &[value]).unwrap_err()
    }

    #[test]
    fn values_must_fit() {
        let fault = refuse("uint8", Value::Uint(U256::from(256)));
        assert_eq!(fault.to_string(), "argument 0: the value does not fit uint8");
        assert!(encode([&"int8".parse().unwrap()], &[Value::Int(I256::unchecked_from(-128))]).is_ok());
        refuse("int8", Value::Int(I256::unchecked_from(-129)));
        refuse("int8", Value::Int(I256::unchecked_from(128)));
        let fault = refuse("(bool,uint8[2])", Value::Tuple(vec![Value::Bool(true), Value::Array(vec![])]));
        assert_eq!(fault.path, [0, 1]);
        assert_eq!(fault.reason, EncodeReason::Count { expected: 2, found: 0 });
        let fault = refuse("address", Value::Bool(true));
        assert_eq!(fault.to_string(), "argument 0: expected address, found a bool");
        assert_eq!(encode([], &[Value::Bool(true)]).unwrap_err().path, [0usize; 0]);
    }
}
