//! `execute(bytes32 mode, bytes executionCalldata)` (ERC-7579, "Account"): what the account is told to do.
//!
//! The product writes and reads two modes only: one call, and a batch of two or more, both in default mode (all or none).
//! Delegatecall and try mode exist for test vectors, under feature `testing`.

use alloy_primitives::{Address, B256, Bytes, Selector, U256, fixed_bytes};

use crate::abi::{self, DecodeError, DecodeReason, Tuple, Type, Value, array};
use crate::protocol::{Call, ProtocolError, ProtocolFault};

/// `execute(bytes32,bytes)`: the one function a session may call on its account.
pub const EXECUTE: Selector = fixed_bytes!("0xe9ae5c53");

const SINGLE: B256 = B256::ZERO;
const BATCH: B256 = fixed_bytes!("0x0100000000000000000000000000000000000000000000000000000000000000");

/// Calldata of the account for these calls: a single call for one, a batch for more.
///
/// # Errors
/// [`ProtocolFault::EmptyBatch`] without calls.
pub fn encode_calls(calls: &[Call]) -> Result<Bytes, ProtocolError> {
    Ok(match calls {
        [] => return Err(ProtocolError::from(ProtocolFault::EmptyBatch)),
        [call] => execute(SINGLE, &encode_single(call)),
        calls => execute(BATCH, &encode_batch(calls)),
    })
}

/// The calls in calldata that [`encode_calls`] made, or would have made.
///
/// # Errors
/// [`ProtocolFault::NotACall`] for another function, [`ProtocolFault::Mode`] for another mode or a batch of one,
/// [`ProtocolFault::Calldata`] for anything not canonical.
pub fn decode_calls(call_data: &[u8]) -> Result<Vec<Call>, ProtocolError> {
    let arguments = call_data
        .strip_prefix(EXECUTE.as_slice())
        .ok_or_else(|| ProtocolError::from(ProtocolFault::NotACall))?;
    let types = parse(["bytes32", "bytes"])?;
    let arguments = abi::decode(&types, arguments)
        .map_err(|fault| DecodeError { at: fault.at.saturating_add(4), ..fault })
        .map_err(|fault| ProtocolError::from(ProtocolFault::Calldata(fault)))?;
    let [Value::FixedBytes(mode), Value::Bytes(execution)] = arguments.as_slice() else {
        return Err(ProtocolError::from(ProtocolFault::NotACall));
    };
    match *mode {
        SINGLE => decode_single(execution).map(|call| vec![call]),
        BATCH => match decode_batch(execution)? {
            calls if calls.len() < 2 => Err(ProtocolError::from(ProtocolFault::Mode { mode: *mode })),
            calls => Ok(calls),
        },
        mode => Err(ProtocolError::from(ProtocolFault::Mode { mode })),
    }
}

fn execute(mode: B256, execution: &[u8]) -> Bytes {
    [EXECUTE.as_slice(), &Tuple::new(2).word(mode).bytes(execution).finish()].concat().into()
}

/// `target ‖ value ‖ data`, packed.
fn encode_single(call: &Call) -> Vec<u8> {
    [call.to.as_slice(), &call.value.to_be_bytes::<32>(), &call.data].concat()
}

/// `abi((address target,uint256 value,bytes callData)[])`.
fn encode_batch(calls: &[Call]) -> Vec<u8> {
    let items = calls.iter().map(|call| {
        Tuple::new(3).word(abi::word_address(call.to)).word(call.value).bytes(&call.data).finish()
    });
    Tuple::new(1).dynamic(&array(items)).finish()
}

/// Offsets of faults count from the start of the execution bytes.
fn decode_single(execution: &[u8]) -> Result<Call, ProtocolError> {
    let short = DecodeError {
        at: execution.len(),
        reason: DecodeReason::Short { missing: 52_usize.saturating_sub(execution.len()) },
    };
    let (to, rest) = execution
        .split_first_chunk::<20>()
        .ok_or_else(|| ProtocolError::from(ProtocolFault::Calldata(short)))?;
    let (value, data) =
        rest.split_first_chunk::<32>().ok_or_else(|| ProtocolError::from(ProtocolFault::Calldata(short)))?;
    Ok(Call { to: Address::new(*to), value: U256::from_be_bytes(*value), data: Bytes::copy_from_slice(data) })
}

fn decode_batch(execution: &[u8]) -> Result<Vec<Call>, ProtocolError> {
    let types = parse(["(address,uint256,bytes)[]"])?;
    let values = abi::decode(&types, execution)
        .map_err(|fault| ProtocolError::from(ProtocolFault::Calldata(fault)))?;
    let Some(Value::Array(items)) = values.into_iter().next() else {
        return Err(ProtocolError::from(ProtocolFault::NotACall));
    };
    items.into_iter().map(call_of).collect()
}

fn call_of(item: Value) -> Result<Call, ProtocolError> {
    if let Value::Tuple(fields) = item
        && let Ok([Value::Address(to), Value::Uint(value), Value::Bytes(data)]) =
            <[Value; 3]>::try_from(fields)
    {
        return Ok(Call { to, value, data });
    }
    Err(ProtocolError::from(ProtocolFault::NotACall))
}

/// Types written in this file, so they parse.
fn parse<const N: usize>(texts: [&str; N]) -> Result<Vec<Type>, ProtocolError> {
    texts.iter().map(|text| text.parse().map_err(|_| ProtocolFault::NotACall.into())).collect()
}

/// Executions that the product never makes.
#[cfg(feature = "testing")]
pub mod testing {
    use super::{Call, EXECUTE, encode_batch, encode_single};
    use crate::abi::Tuple;
    use alloy_primitives::{B256, Bytes, Selector, fixed_bytes};

    /// `executeUserOp(PackedUserOperation,bytes32)`, put before `execute` where a hook is installed.
    const EXECUTE_USER_OP: Selector = fixed_bytes!("0x8dd7712f");

    /// Calldata with a free choice of mode bytes and hook prefix: `call_type` 0 and more than one call is a batch (`0x01`).
    #[must_use]
    pub fn encode(call_type: u8, exec_type: u8, hooked: bool, calls: &[Call]) -> Bytes {
        let (call_type, execution) = match calls {
            [call] if call_type == 0xff => (0xff, [call.to.as_slice(), &call.data].concat()),
            [call] => (call_type, encode_single(call)),
            calls => (1, encode_batch(calls)),
        };
        let mode = B256::right_padding_from(&[call_type, exec_type]);
        let execute = Tuple::new(2).word(mode).bytes(&execution).finish();
        let prefix = if hooked { EXECUTE_USER_OP.as_slice() } else { &[] };
        [prefix, EXECUTE.as_slice(), &execute].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(byte: u8, data: &[u8]) -> Call {
        Call { to: Address::repeat_byte(byte), value: U256::from(byte), data: Bytes::copy_from_slice(data) }
    }

    #[test]
    fn calls_round_trip() {
        let one = vec![call(1, b"")];
        let many = vec![call(1, b""), call(2, &[7; 40])];
        for calls in [one, many] {
            assert_eq!(decode_calls(&encode_calls(&calls).unwrap()), Ok(calls));
        }
        assert_eq!(encode_calls(&[]), Err(ProtocolError::from(ProtocolFault::EmptyBatch)));
    }

    #[test]
    fn other_modes_are_refused() {
        let one = [call(1, b"")];
        let batch_of_one = execute(BATCH, &encode_batch(&one));
        assert_eq!(
            decode_calls(&batch_of_one),
            Err(ProtocolError::from(ProtocolFault::Mode { mode: BATCH }))
        );
        assert_eq!(
            decode_calls(&execute(BATCH, &encode_batch(&[]))),
            Err(ProtocolError::from(ProtocolFault::Mode { mode: BATCH }))
        );
        for mode in ["0x0001", "0x0101", "0xff", "0xfe", "0x000000000001"] {
            let mode = B256::right_padding_from(&alloy_primitives::hex::decode(mode).unwrap());
            assert_eq!(
                decode_calls(&execute(mode, &encode_single(&one[0]))),
                Err(ProtocolError::from(ProtocolFault::Mode { mode }))
            );
        }
        assert_eq!(decode_calls(&[0; 4]), Err(ProtocolError::from(ProtocolFault::NotACall)));
        let short = decode_calls(&execute(SINGLE, &[0; 51])).unwrap_err();
        assert_eq!(short.to_string(), "calldata: byte 51: 1 bytes are missing");
    }
}
