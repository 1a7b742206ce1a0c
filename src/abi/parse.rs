//! Human-readable signatures: `transfer(address to, uint256 amount)`.
//!
//! Accepted around it are the words Solidity source has there: a leading `function`, data locations, visibility, mutability,
//! and `returns (…)`, whose types are checked and then forgotten.

use std::str::FromStr;

use super::{Function, Kind, MAX_DEPTH, Param, Type, TypeError};

/// A text that is not a type or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {reason}")]
pub struct ParseError {
    /// Byte position in the text, from 0.
    pub at: usize,
    /// What is wrong there.
    pub reason: ParseReason,
}

/// What is wrong with a type or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseReason {
    /// Something else was expected.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A word that is no type.
    #[error("unknown type; user-defined names are written as the type behind them")]
    UnknownType,
    /// A type that breaks a rule.
    #[error(transparent)]
    Type(#[from] TypeError),
}

impl FromStr for Type {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser { text, at: 0 };
        let ty = parser.ty(1)?;
        parser.end()?;
        Ok(ty)
    }
}

impl FromStr for Function {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser { text, at: 0 };
        let mut name = parser.identifier()?;
        if name == "function" {
            name = parser.identifier()?;
        }
        let inputs = parser.params(1)?;
        parser.modifiers()?;
        parser.take(';');
        parser.end()?;
        Ok(Self::new(name, inputs))
    }
}

const MODIFIERS: [&str; 9] =
    ["external", "public", "internal", "private", "pure", "view", "payable", "nonpayable", "virtual"];
const LOCATIONS: [&str; 3] = ["calldata", "memory", "storage"];

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, reason: impl Into<ParseReason>) -> Result<T, ParseError> {
        Err(ParseError { at: self.at, reason: reason.into() })
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.advance(rest.len().saturating_sub(rest.trim_start().len()));
    }

    fn end(&mut self) -> Result<(), ParseError> {
        self.spaces();
        if self.rest().is_empty() { Ok(()) } else { self.fail(ParseReason::Expected("the end")) }
    }

    fn take(&mut self, token: char) -> bool {
        self.spaces();
        let found = self.rest().starts_with(token);
        if found {
            self.advance(token.len_utf8());
        }
        found
    }

    /// A word of identifier characters, possibly empty.
    fn word(&mut self) -> &'a str {
        self.spaces();
        let rest = self.rest();
        let end = rest.find(|c: char| !is_identifier(c)).unwrap_or(rest.len());
        self.advance(end);
        rest.get(..end).unwrap_or_default()
    }

    /// Goes past this word, if it comes next.
    fn take_word(&mut self, wanted: &str) {
        let before = self.at;
        if self.word() != wanted {
            self.at = before;
        }
    }

    fn identifier(&mut self) -> Result<&'a str, ParseError> {
        self.spaces();
        let start = self.at;
        let word = self.word();
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(ParseError { at: start, reason: ParseReason::Expected("a name") });
        }
        Ok(word)
    }

    fn modifiers(&mut self) -> Result<(), ParseError> {
        loop {
            self.spaces();
            let start = self.at;
            match self.word() {
                "" => return Ok(()),
                "returns" => drop(self.params(1)?),
                word if MODIFIERS.contains(&word) => {}
                _ => {
                    return Err(ParseError {
                        at: start,
                        reason: ParseReason::Expected("a visibility, a mutability or returns"),
                    });
                }
            }
        }
    }

    /// `(type name, …)`, possibly empty.
    fn params(&mut self, depth: usize) -> Result<Vec<Param>, ParseError> {
        if !self.take('(') {
            return self.fail(ParseReason::Expected("("));
        }
        let mut params = Vec::new();
        if self.take(')') {
            return Ok(params);
        }
        loop {
            let ty = self.ty(depth)?;
            self.spaces();
            let mut name = self.word();
            if LOCATIONS.contains(&name) {
                name = self.word();
            }
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return self.fail(ParseReason::Expected("a name"));
            }
            params.push(Param { name: name.to_owned(), ty });
            if self.take(')') {
                return Ok(params);
            }
            if !self.take(',') {
                return self.fail(ParseReason::Expected(", or )"));
            }
        }
    }

    /// A type that stands `depth` deep; the bound here keeps the parser from recursing without end.
    fn ty(&mut self, depth: usize) -> Result<Type, ParseError> {
        self.spaces();
        let start = self.at;
        let at_start = |fault: TypeError| ParseError { at: start, reason: fault.into() };
        if depth > MAX_DEPTH {
            return Err(at_start(TypeError::TooDeep));
        }
        let word = self.word();
        let kind = if (word.is_empty() || word == "tuple") && self.rest().starts_with('(') {
            Kind::Tuple(self.params(depth.saturating_add(1))?)
        } else {
            elementary(word).ok_or(ParseError { at: start, reason: ParseReason::UnknownType })?
        };
        let mut ty = Type::new(kind).map_err(at_start)?;
        if word == "address" {
            self.take_word("payable");
        }
        while self.take('[') {
            let digits = self.word();
            if !self.take(']') {
                return self.fail(ParseReason::Expected("]"));
            }
            let item = Box::new(ty);
            let kind = match digits {
                "" => Kind::Array(item),
                _ => match number(digits) {
                    Some(length) => Kind::FixedArray(item, length),
                    None => return self.fail(ParseReason::Expected("a length")),
                },
            };
            ty = Type::new(kind).map_err(at_start)?;
        }
        Ok(ty)
    }
}

const fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// A decimal number without sign or leading zeros.
fn number(digits: &str) -> Option<usize> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// `uint` and `int` stand for their 256-bit forms; widths are checked by [`Type::new`].
fn elementary(word: &str) -> Option<Kind> {
    Some(match word {
        "address" => Kind::Address,
        "bool" => Kind::Bool,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        "uint" => Kind::Uint(256),
        "int" => Kind::Int(256),
        _ => {
            if let Some(bits) = word.strip_prefix("uint") {
                Kind::Uint(number(bits)?)
            } else if let Some(bits) = word.strip_prefix("int") {
                Kind::Int(number(bits)?)
            } else {
                Kind::FixedBytes(number(word.strip_prefix("bytes")?)?)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        text.parse::<Function>().unwrap().signature()
    }

    fn fault(text: &str) -> (usize, ParseReason) {
        let fault = text.parse::<Function>().unwrap_err();
        (fault.at, fault.reason)
    }

    #[test]
    fn signatures_as_people_write_them() {
        assert_eq!(canonical("send(address payable[] calldata a, uint n);"), "send(address[],uint256)");
        assert_eq!(
            canonical("send(address payable[2] memory, address payable) ;"),
            "send(address[2],address)"
        );
        let canonical_transfer = "transfer(address,uint256)";
        assert_eq!(canonical("transfer(address to, uint256 amount)"), canonical_transfer);
        assert_eq!(canonical("transfer(address,uint)"), canonical_transfer);
        assert_eq!(
            canonical("function transfer(address payable to, uint amount) external returns (bool ok)"),
            canonical_transfer
        );
        assert_eq!(canonical(" f ( ) view"), "f()");
        assert_eq!(
            canonical("f((uint8 a, bytes b)[2][] memory x, tuple(bool) y)"),
            "f((uint8,bytes)[2][],(bool))"
        );
    }

    #[test]
    fn faults_are_placed() {
        assert_eq!(fault("f"), (1, ParseReason::Expected("(")));
        assert_eq!(fault("f(uint7)"), (2, TypeError::IntegerBits { bits: 7 }.into()));
        assert_eq!(fault("f(uint256"), (9, ParseReason::Expected(", or )")));
        assert_eq!(fault("f(Token t)"), (2, ParseReason::UnknownType));
        assert_eq!(fault("f(uint08)"), (2, ParseReason::UnknownType));
        assert_eq!(fault("f(bytes33)"), (2, TypeError::FixedBytesLength { bytes: 33 }.into()));
        assert_eq!(fault("f(bool[0])"), (2, TypeError::EmptyArray.into()));
        assert_eq!(fault("f(())"), (2, TypeError::EmptyTuple.into()));
        assert_eq!(
            fault("f() sometimes"),
            (4, ParseReason::Expected("a visibility, a mutability or returns"))
        );
        assert_eq!(fault("f(bool) é"), (8, ParseReason::Expected("the end")));
        assert_eq!(fault("9f()"), (0, ParseReason::Expected("a name")));
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let deep = format!("f({}bool{})", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(fault(&deep).1, TypeError::TooDeep.into());
        let deep = format!("f(bool{})", "[]".repeat(5000));
        assert_eq!(fault(&deep).1, TypeError::TooDeep.into());
        assert_eq!(fault("f(bool[4294967295][4294967295])").1, TypeError::TooLarge.into());
    }

    #[test]
    fn only_tuples_have_members() {
        for text in ["uint8(uint8 a)", "tuple", "tuple uint8", "f(uint8 a)"] {
            assert!(text.parse::<Type>().is_err(), "{text}");
        }
        assert_eq!("tuple(uint8 a)".parse::<Type>(), "(uint8 a)".parse::<Type>());
        assert_eq!(("int".parse::<Type>(), "uint".parse::<Type>()), ("int256".parse(), "uint256".parse()));
    }
}
