//! The contract ABI (Solidity documentation, "Contract ABI Specification"): types, human-readable signatures, selectors,
//! an encoder and a strict decoder.
//!
//! The decoder accepts canonical encodings only: whatever it accepts, the encoder turns back into the same bytes. That is what
//! makes a scope check on decoded values mean anything to a contract that reads the calldata its own way.
//!
//! Nothing here recurses deeper than [`MAX_DEPTH`] or allocates more than a bounded multiple of its input.

mod decode;
mod encode;
mod function;
mod json;
mod parse;
mod types;
mod value;
mod writer;

pub use decode::{DecodeError, DecodeReason, decode};
pub use encode::{EncodeError, EncodeReason, encode};
pub use function::{CalldataError, Function, Selector};
pub(crate) use json::{read_arguments, read_fixed, read_function, read_uint, read_value, write_value};
pub use parse::{ParseError, ParseReason};
pub use types::{Kind, MAX_DEPTH, Param, Type, TypeError};
pub use value::Value;
pub(crate) use value::last_uint;
pub(crate) use writer::{Tuple, array, bytes_list, word_address, word_u64, words};

/// Bytes of an ABI word.
pub const WORD: usize = 32;
