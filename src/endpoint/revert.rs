//! What contracts revert with, in words.

use std::fmt;

use alloy_primitives::{Bytes, U256};
use serde_json::Value as Json;

use crate::abi::{self, Function, Type, Value, write_value};
use crate::protocol::known_error;

/// `Error(string)` of Solidity.
const ERROR_STRING: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// `Panic(uint256)` of Solidity.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];
/// Codes of `Panic(uint256)` (Solidity, "Panic via assert and Error via require").
const PANICS: [(u64, &str); 9] = [
    (0x01, "an assertion failed"),
    (0x11, "arithmetic overflow or underflow"),
    (0x12, "division by zero"),
    (0x21, "a number that no member of the enumeration has"),
    (0x22, "badly encoded storage"),
    (0x31, "pop from an empty array"),
    (0x32, "an index out of bounds"),
    (0x41, "too much memory"),
    (0x51, "a call of an uninitialised function"),
];

/// Data that a contract reverted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert(pub Bytes);

impl Revert {
    /// The error as its contract declares it, where it is known: `Error(string)`, `PolicyFailed(uint256)`.
    #[must_use]
    pub fn declaration(&self) -> Option<&'static str> {
        match *self.0.first_chunk::<4>()? {
            ERROR_STRING => Some("Error(string)"),
            PANIC => Some("Panic(uint256)"),
            _ => known_error(&self.0).map(|error| error.declaration),
        }
    }

    /// What it says by one of these errors, which their contracts declare; `None` when it is none of them.
    #[must_use]
    pub fn declared<'a>(&self, errors: &'a [Function]) -> Option<Declared<'a>> {
        let selector = self.0.first_chunk::<4>()?;
        let error = errors.iter().find(|error| error.selector() == *selector)?;
        let arguments = error.decode_call(&self.0).ok()?;
        Some(Declared { error, arguments })
    }

    /// The code of a `Panic(uint256)`.
    fn panic_code(&self) -> Option<u64> {
        let word = self.0.strip_prefix(&PANIC)?.first_chunk::<32>()?;
        U256::from_be_bytes(*word).try_into().ok()
    }

    /// The text of an `Error(string)`.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let arguments = self.0.strip_prefix(&ERROR_STRING)?;
        let ty: Type = "string".parse().ok()?;
        match abi::decode([&ty], arguments).ok()?.into_iter().next() {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

/// What the data of a revert says by an error that the app declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared<'a> {
    /// The error.
    pub error: &'a Function,
    /// Its arguments, in order.
    pub arguments: Vec<Value>,
}

impl fmt::Display for Declared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(plain).collect();
        write!(f, "{}({})", self.error.name(), arguments.join(", "))
    }
}

/// A value as people write it; integers in decimal.
fn plain(value: &Value) -> String {
    match write_value(value) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            return write!(f, "reverted with \"{text}\"");
        }
        if let Some(code) = self.panic_code() {
            let cause =
                PANICS.iter().find(|(known, _)| *known == code).map_or("unknown cause", |(_, cause)| cause);
            return write!(f, "reverted with Panic(0x{code:02x}): {cause}");
        }
        match (known_error(&self.0), self.declaration()) {
            (Some(error), _) => write!(f, "reverted with {}: {}", error.declaration, error.cause),
            (None, Some(declaration)) => write!(f, "reverted with {declaration}"),
            (None, None) if self.0.is_empty() => f.write_str("reverted without a reason"),
            (None, None) => match self.0.first_chunk::<4>() {
                // The rest is in the data, and too long for a sentence.
                Some(selector) => {
                    write!(
                        f,
                        "reverted with the error {}, which no given ABI declares",
                        crate::hex::data(selector)
                    )
                }
                None => write!(f, "reverted with {}", self.0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_an_app_declares_are_read_with_their_arguments() {
        let error: Function = "NotYourTurn(address player, int8 row)".parse().unwrap();
        let values =
            [Value::Address(alloy_primitives::Address::repeat_byte(1)), Value::Int("-3".parse().unwrap())];
        let revert = Revert(error.encode_call(&values).unwrap().into());
        let errors = ["Other()".parse().unwrap(), error];
        let declared = revert.declared(&errors).unwrap();
        assert_eq!(declared.arguments, values);
        assert_eq!(declared.to_string(), "NotYourTurn(0x0101010101010101010101010101010101010101, -3)");
        assert_eq!(Revert(revert.0.slice(..20)).declared(&errors), None, "cut");
        assert_eq!(Revert(vec![1, 2].into()).declared(&errors), None);
    }

    #[test]
    fn revert_data_is_put_into_words() {
        let text = abi::encode([&"string".parse().unwrap()], &[Value::String("too late".into())]).unwrap();
        let revert = Revert([ERROR_STRING.as_slice(), &text].concat().into());
        assert_eq!(revert.to_string(), "reverted with \"too late\"");
        assert_eq!(Revert(Bytes::new()).to_string(), "reverted without a reason");
        let unknown = "reverted with the error 0x01020304, which no given ABI declares";
        assert_eq!(Revert(vec![1, 2, 3, 4, 5].into()).to_string(), unknown);
        let overflow = [PANIC.as_slice(), &U256::from(0x11).to_be_bytes::<32>()].concat();
        assert_eq!(
            Revert(overflow.into()).to_string(),
            "reverted with Panic(0x11): arithmetic overflow or underflow"
        );
        assert!(Revert(PANIC.to_vec().into()).to_string().contains("Panic(uint256)"), "cut");
    }
}
