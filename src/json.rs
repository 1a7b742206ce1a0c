//! Reading JSON with the path of every fault, such as `userOperation.nonce: missing`.
//!
//! Numbers keep all their digits (`serde_json` with arbitrary precision), so a `uint256` written as a JSON number is exact.

use std::borrow::Cow;
use std::fmt;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Map, Value};

use crate::hex::{self, HexError};

/// A JSON value that is not what its place asks for. Thin, so that whoever hands it on costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .0.path, .0.reason)]
pub struct JsonError(Box<JsonFault>);

/// Where a JSON value is at fault, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    /// Where the fault is, such as `userOperation.paymasterData`.
    pub path: String,
    /// What is wrong there.
    pub reason: JsonReason,
}

impl JsonError {
    /// A fault at a place such as `userOperation.paymasterData`.
    #[must_use]
    pub fn new(path: impl Into<String>, reason: impl Into<JsonReason>) -> Self {
        Self(Box::new(JsonFault { path: path.into(), reason: reason.into() }))
    }
}

impl std::ops::Deref for JsonError {
    type Target = JsonFault;

    fn deref(&self) -> &JsonFault {
        &self.0
    }
}

/// What is wrong with a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonReason {
    /// The text is not JSON.
    #[error("not JSON (line {line}, column {column})")]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Another kind of value.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What the place asks for.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A field that must be there is not.
    #[error("missing")]
    Missing,
    /// A name that stands twice in one object.
    #[error("stands there twice")]
    Repeated,
    /// A field that nothing asks for.
    #[error("unknown field")]
    Unknown,
    /// Hex text that is not right.
    #[error(transparent)]
    Hex(#[from] HexError),
    /// A value that contradicts another or is outside its range; the text says which.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
}

impl From<&'static str> for JsonReason {
    fn from(text: &'static str) -> Self {
        Self::Invalid(text.into())
    }
}

/// Levels to which JSON text may be nested.
const DEEPEST: usize = 64;
/// Members that one object may have.
const MOST_MEMBERS: usize = 1_000;

/// Parses JSON text.
///
/// # Errors
/// [`JsonReason::Syntax`] with line and column, [`JsonReason::Repeated`], and [`JsonReason::Invalid`] for text that is nested deeper than
/// 64 levels or has an object of more than 1,000 members: nobody writes that, but to keep a reader busy.
pub fn parse(text: &str, root: &str) -> Result<Value, JsonError> {
    // With arbitrary precision the library reads an object of this one member as a number; nobody else does.
    if text.contains("$serde_json::private::Number") {
        return Err(JsonError::new(root, JsonReason::Unknown));
    }
    let odd = first_oddity(text);
    if let Some((path, reason @ JsonReason::Invalid(_))) = odd {
        return Err(JsonError::new(format!("{root}{path}"), reason));
    }
    let value = serde_json::from_str(text).map_err(|fault| {
        JsonError::new(root, JsonReason::Syntax { line: fault.line(), column: fault.column() })
    })?;
    match odd {
        None => Ok(value),
        Some((path, reason)) => Err(JsonError::new(format!("{root}{path}"), reason)),
    }
}

/// The first thing in JSON text that readers make different things of, or choke on, and where it is: a name that stands twice in one
/// object, deep nesting, very many members. What is not JSON is for others to tell.
fn first_oddity(text: &str) -> Option<(String, JsonReason)> {
    // Names of each object that is open; an array has none.
    let mut open: Vec<Option<Map<String, Value>>> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
        if open.len() > DEEPEST {
            return Some((String::new(), "nested deeper than 64 levels".into()));
        }
        let (_, from) = rest.split_at_checked(at)?;
        let mut after = from.get(1..)?;
        match from.as_bytes().first()? {
            b'{' => open.push(Some(Map::new())),
            b'[' => open.push(None),
            b'"' => {
                let end = end_of_string(after)?;
                let (name, behind) = after.split_at_checked(end)?;
                after = behind.get(1..)?;
                if after.trim_start().starts_with(':')
                    && let Some(Some(names)) = open.last_mut()
                {
                    if names.len() >= MOST_MEMBERS {
                        return Some((String::new(), "an object of more than 1,000 members".into()));
                    }
                    if names.insert(plain(name), Value::Null).is_some() {
                        return Some((format!(".{name}"), JsonReason::Repeated));
                    }
                }
            }
            _ => drop(open.pop()),
        }
        rest = after;
    }
    None
}

/// Where a string ends that began before `text`.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// A name as it reads, whatever of it is escaped.
fn plain(name: &str) -> String {
    let read = name.contains('\\').then(|| serde_json::from_str(&format!("\"{name}\"")).ok()).flatten();
    read.unwrap_or_else(|| name.to_owned())
}

/// A JSON value together with its path.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    path: Path<'a>,
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root(&'a str),
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl<'a> Node<'a> {
    pub(crate) const fn root(value: &'a Value, name: &'a str) -> Self {
        Self { value, path: Path::Root(name) }
    }

    pub(crate) const fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn fail<T>(&self, reason: impl Into<JsonReason>) -> Result<T, JsonError> {
        Err(JsonError::new(self.path.to_string(), reason))
    }

    pub(crate) fn fail_kind<T>(&self, expected: &'static str) -> Result<T, JsonError> {
        self.fail(JsonReason::Kind { expected, found: kind(self.value) })
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, JsonError> {
        match self.value {
            Value::Object(map) => Ok(map),
            _ => self.fail_kind("an object"),
        }
    }

    pub(crate) fn array(&self) -> Result<&'a [Value], JsonError> {
        match self.value {
            Value::Array(items) => Ok(items),
            _ => self.fail_kind("an array"),
        }
    }

    pub(crate) fn text(&self) -> Result<&'a str, JsonError> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => self.fail_kind("a string"),
        }
    }

    /// Refuses fields other than `known`.
    pub(crate) fn deny_unknown(&self, known: &[&str]) -> Result<(), JsonError> {
        match self.object()?.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(self.field_error(key, JsonReason::Unknown)),
            None => Ok(()),
        }
    }

    pub(crate) fn field_error(&self, name: &str, reason: JsonReason) -> JsonError {
        JsonError::new(Path::Field(&self.path, name).to_string(), reason)
    }

    /// Runs `read` on a field that must be there.
    pub(crate) fn field<T>(
        &self,
        name: &str,
        read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<T, JsonError> {
        self.optional(name, read)?.ok_or_else(|| self.field_error(name, JsonReason::Missing))
    }

    /// Runs `read` on a field if it is there; `null` counts as absent.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<Option<T>, JsonError> {
        match self.object()?.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(Node { value, path: Path::Field(&self.path, name) }).map(Some),
        }
    }

    /// Runs `read` on every item of an array.
    pub(crate) fn items<T>(
        &self,
        mut read: impl FnMut(Node<'_>) -> Result<T, JsonError>,
    ) -> Result<Vec<T>, JsonError> {
        let read_one = |(index, value)| read(Node { value, path: Path::Item(&self.path, index) });
        self.array()?.iter().enumerate().map(read_one).collect()
    }

    fn hex<T>(&self, parse: impl FnOnce(&str) -> Result<T, HexError>) -> Result<T, JsonError> {
        parse(self.text()?).or_else(|fault| self.fail(fault))
    }
}

/// Whole bytes in hex.
pub(crate) fn data(node: Node<'_>) -> Result<Bytes, JsonError> {
    node.hex(hex::parse_data)
}

/// An address in hex.
pub(crate) fn address(node: Node<'_>) -> Result<Address, JsonError> {
    node.hex(hex::parse_address)
}

/// 32 bytes in hex.
pub(crate) fn hash(node: Node<'_>) -> Result<B256, JsonError> {
    node.hex(hex::parse_fixed::<32>).map(B256::from)
}

/// A string of its own.
pub(crate) fn string(node: Node<'_>) -> Result<String, JsonError> {
    node.text().map(str::to_owned)
}

/// `true` or `false`.
pub(crate) fn boolean(node: Node<'_>) -> Result<bool, JsonError> {
    match node.value {
        Value::Bool(bool) => Ok(*bool),
        _ => node.fail_kind("a boolean"),
    }
}

/// A quantity of up to 256 bits.
pub(crate) fn quantity(node: Node<'_>) -> Result<U256, JsonError> {
    node.hex(hex::parse_quantity)
}

/// A quantity of up to 128 bits.
pub(crate) fn quantity128(node: Node<'_>) -> Result<u128, JsonError> {
    u128::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 128 }))
}

/// A quantity of up to 64 bits.
pub(crate) fn quantity64(node: Node<'_>) -> Result<u64, JsonError> {
    u64::try_from(quantity(node)?).or_else(|_| node.fail(HexError::TooLarge { bits: 64 }))
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_carry_their_path() {
        let value = parse(r#"{"a":{"b":[1,"0x0g"]}}"#, "it").unwrap();
        let fault = Node::root(&value, "it").field("a", |a| a.field("b", |b| b.items(data)));
        assert_eq!(fault.unwrap_err().to_string(), "it.a.b[0]: expected a string, found a number");
        let fault = Node::root(&value, "it").deny_unknown(&[]).unwrap_err();
        assert_eq!(fault.to_string(), "it.a: unknown field");
        assert!(parse(r#"{"$serde_json::private::Number":"5"}"#, "it").is_err());
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(64), "it").is_ok());
        assert!(parse(&nested(65), "it").unwrap_err().to_string().contains("deeper than 64"));
        assert!(parse(&"[".repeat(100_000), "it").unwrap_err().to_string().contains("deeper than 64"));
        let wide = |members: usize| {
            let members: Vec<String> = (0..members).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(&wide(1_000), "it").is_ok());
        assert!(parse(&wide(1_001), "it").unwrap_err().to_string().contains("more than 1,000"));
        for text in [r#"{"a":1,"a":2}"#, r#"{"b":[{"a":{},"c":"\"","a":2}]}"#, r#"{"a":1,"\u0061":2}"#] {
            let fault = parse(text, "it").unwrap_err();
            assert_eq!(fault.reason, JsonReason::Repeated, "{text}");
        }
        assert!(parse(r#"{"a":{"a":[{"a":1},{"a":"{\"a\":1,\"a\":2}"}]},"b":"a"}"#, "it").is_ok());
        assert_eq!(parse("{", "it").unwrap_err().to_string(), "it: not JSON (line 1, column 1)");
    }
}
