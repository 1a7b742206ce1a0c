//! Functions: their canonical signature, selector and calldata.

pub use alloy_primitives::Selector;
use alloy_primitives::keccak256;

use super::types::write_list;
use super::{DecodeError, EncodeError, Kind, Param, Type, Value, decode, encode};

/// A contract function as a caller sees it: name and arguments. Parsed from human-readable text
/// (`"transfer(address to, uint256 amount)".parse()`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    name: String,
    inputs: Vec<Param>,
    selector: Selector,
}

/// Calldata that is not a canonical call of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalldataError {
    /// Fewer than the four bytes of a selector.
    #[error("calldata of {length} bytes has no selector")]
    NoSelector {
        /// Bytes present.
        length: usize,
    },
    /// The selector of another function.
    #[error("selector {found}, expected {expected}")]
    Selector {
        /// The function's selector.
        expected: Selector,
        /// The calldata's selector.
        found: Selector,
    },
    /// Arguments that are not canonical; `at` counts from the start of the calldata.
    #[error(transparent)]
    Arguments(DecodeError),
}

impl Function {
    /// A function of this name with these arguments.
    #[must_use]
    pub fn new(name: &str, inputs: Vec<Param>) -> Self {
        let mut function = Self { name: name.to_owned(), inputs, selector: Selector::ZERO };
        let [a, b, c, d, ..] = keccak256(function.signature()).0;
        function.selector = Selector::new([a, b, c, d]);
        function
    }

    /// A function that only its selector is known of; its name is the selector in hex. Its signature does not hash to it.
    #[must_use]
    pub(crate) fn with_selector(selector: Selector, inputs: Vec<Param>) -> Self {
        Self { name: selector.to_string(), inputs, selector }
    }

    /// Name without arguments.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Arguments in order.
    #[must_use]
    pub fn inputs(&self) -> &[Param] {
        &self.inputs
    }

    /// Canonical signature: `transfer(address,uint256)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut text = self.name.clone();
        // Writing to a String cannot fail.
        let _ = write_list(&mut text, &self.inputs);
        text
    }

    /// The signature with argument names, as one writes it: `transfer(address to,uint256 amount)`.
    #[must_use]
    pub fn declaration(&self) -> String {
        let inputs: Vec<String> = self.inputs.iter().map(named).collect();
        format!("{}({})", self.name, inputs.join(","))
    }

    /// First four bytes of the hash of [`Function::signature`].
    #[must_use]
    pub const fn selector(&self) -> Selector {
        self.selector
    }

    /// Selector and encoded arguments.
    ///
    /// # Errors
    /// [`EncodeError`] when a value does not fit its argument.
    pub fn encode_call(&self, arguments: &[Value]) -> Result<Vec<u8>, EncodeError> {
        let arguments = encode(self.inputs.iter().map(|param| &param.ty), arguments)?;
        Ok([self.selector.as_slice(), &arguments].concat())
    }

    /// Arguments of a canonical call of this function.
    ///
    /// # Errors
    /// [`CalldataError`] when it is another call, or not the canonical encoding of one.
    pub fn decode_call(&self, calldata: &[u8]) -> Result<Vec<Value>, CalldataError> {
        let (selector, arguments) =
            calldata.split_first_chunk::<4>().ok_or(CalldataError::NoSelector { length: calldata.len() })?;
        if self.selector != *selector {
            return Err(CalldataError::Selector { expected: self.selector, found: selector.into() });
        }
        decode(self.inputs.iter().map(|param| &param.ty), arguments).map_err(|fault| {
            CalldataError::Arguments(DecodeError { at: fault.at.saturating_add(4), ..fault })
        })
    }
}

/// Type and name, with those of tuple members.
fn named(param: &Param) -> String {
    let ty = named_type(&param.ty);
    if param.name.is_empty() { ty } else { format!("{ty} {}", param.name) }
}

fn named_type(ty: &Type) -> String {
    match ty.kind() {
        Kind::Tuple(members) => {
            let members: Vec<String> = members.iter().map(named).collect();
            format!("({})", members.join(","))
        }
        Kind::Array(item) => format!("{}[]", named_type(item)),
        Kind::FixedArray(item, length) => format!("{}[{length}]", named_type(item)),
        _ => ty.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256, hex};

    use super::*;
    use crate::abi::DecodeReason;

    #[test]
    fn a_declaration_parses_to_the_same_function() {
        let text = "f(address to,(uint256 a,bytes[] b)[2] pairs,(bool on)[] list,bool)";
        let function: Function = text.parse().unwrap();
        assert_eq!(function.declaration(), text);
        assert_eq!(function.declaration().parse(), Ok(function));
    }

    #[test]
    fn a_call_round_trips_and_nothing_else_passes() {
        let transfer: Function = "transfer(address to, uint256 amount)".parse().unwrap();
        assert_eq!(transfer.selector(), hex!("a9059cbb"));
        let arguments = [Value::Address(Address::repeat_byte(0x11)), Value::Uint(U256::from(5))];
        let mut calldata = transfer.encode_call(&arguments).unwrap();
        assert_eq!(transfer.decode_call(&calldata).unwrap(), arguments);
        assert_eq!(transfer.decode_call(&[1, 2, 3]), Err(CalldataError::NoSelector { length: 3 }));
        calldata.push(0);
        let trailing = DecodeError { at: 68, reason: DecodeReason::Trailing { extra: 1 } };
        assert_eq!(transfer.decode_call(&calldata), Err(CalldataError::Arguments(trailing)));
        calldata[0] = 0;
        assert!(matches!(transfer.decode_call(&calldata), Err(CalldataError::Selector { .. })));
    }
}
