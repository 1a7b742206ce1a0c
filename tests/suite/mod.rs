//! The vector suites: each reads one set of golden data and checks this crate against it. Shared by the native runner
//! (`tests/vectors.rs`) and the browser one (`tests/web.rs`).

#[cfg(not(target_arch = "wasm32"))]
pub mod abi;
#[cfg(not(target_arch = "wasm32"))]
pub mod ecdsa;
#[cfg(not(target_arch = "wasm32"))]
pub mod eip712;
#[cfg(not(target_arch = "wasm32"))]
pub mod hashes;
pub mod kernel_v3;
#[cfg(not(target_arch = "wasm32"))]
pub mod runner;
#[cfg(not(target_arch = "wasm32"))]
pub mod scope_lint;
pub mod scope_tricks;
pub mod userop_hash;

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde_json::{Map, Value};

/// What a suite found in one file.
#[derive(Debug, Default)]
pub struct Report {
    pub checks: usize,
    pub failures: Vec<String>,
}

impl Report {
    /// Counts a comparison and keeps a difference.
    pub fn equal<T: PartialEq + Debug>(&mut self, what: impl AsRef<str>, got: T, want: T) {
        self.checks += 1;
        if got != want {
            self.failures.push(format!("{}: got {got:?}, want {want:?}", what.as_ref()));
        }
    }

    /// Counts a condition.
    pub fn holds(&mut self, what: impl AsRef<str>, condition: bool) {
        self.equal(what, condition, true);
    }

    /// Counts the comparison of bytes with a vector's hex text.
    pub fn hex(&mut self, what: impl AsRef<str>, got: impl AsRef<[u8]>, want: &Value) {
        let want = want.as_str().unwrap_or_default().to_lowercase();
        self.equal(what, alloy_primitives::hex::encode_prefixed(got), want);
    }
}

/// One object of a vector, all of whose members must be looked at.
pub struct Section<'a> {
    name: String,
    members: Option<&'a Map<String, Value>>,
    seen: BTreeSet<String>,
}

impl<'a> Section<'a> {
    pub fn new(case: &'a Value, id: &str, name: &str) -> Self {
        Self { name: format!("{id} {name}"), members: case[name].as_object(), seen: BTreeSet::new() }
    }

    pub fn has(&self, key: &str) -> bool {
        self.members.is_some_and(|members| members.contains_key(key))
    }

    /// The member, marked as looked at.
    pub fn take(&mut self, key: &str) -> &'a Value {
        self.seen.insert(key.to_owned());
        self.members.and_then(|members| members.get(key)).unwrap_or(&Value::Null)
    }

    /// Compares bytes with a member, if it is there.
    pub fn hex(&mut self, report: &mut Report, key: &str, got: impl AsRef<[u8]>) {
        if self.has(key) {
            let what = format!("{}.{key}", self.name);
            report.hex(what, got, self.take(key));
        }
    }

    /// Every member that no check looked at is a failure.
    pub fn finish(self, report: &mut Report) {
        for key in self.members.into_iter().flat_map(Map::keys) {
            report.holds(format!("{}.{key} is checked", self.name), self.seen.contains(key));
        }
    }
}

/// The rows of a file that is a list whose first row has a text in this member: what tells a suite that the file is its own. Later
/// rows of another form are failures, not a reason to pass the file over.
pub fn rows<'a>(file: &'a Value, member: &str) -> Option<&'a [Value]> {
    let rows = file.as_array()?;
    rows.first()?[member].as_str()?;
    Some(rows)
}

/// A suite: reads a file's JSON; `None` when the file is not of its form.
pub type Suite = fn(&Value) -> Option<Report>;

/// The suites that also run in the browser, by folder name.
pub const PROTOCOL_SUITES: [(&str, Suite); 3] =
    [("kernel-v3", kernel_v3::run), ("userop-hash", userop_hash::run), ("scope-tricks", scope_tricks::run)];

/// The other suites by folder name.
#[cfg(not(target_arch = "wasm32"))]
pub const PRIMITIVE_SUITES: [(&str, Suite); 7] = [
    ("scope-lint", scope_lint::run),
    ("abi", abi::run),
    ("eip712", eip712::run),
    ("create2", hashes::create2),
    ("keccak", hashes::keccak),
    ("ecdsa-rfc6979-secp256k1", ecdsa::rfc6979),
    ("wycheproof", ecdsa::wycheproof),
];

/// Hex text of a vector as bytes, with or without prefix.
pub fn bytes(value: &Value) -> Vec<u8> {
    alloy_primitives::hex::decode(value.as_str().expect("hex text")).expect("hex")
}

/// 32 bytes of hex text.
pub fn word(value: &Value) -> [u8; 32] {
    bytes(value).try_into().expect("32 bytes")
}

/// A number of a vector: JSON number, decimal or hex text.
pub fn number(value: &Value) -> alloy_primitives::U256 {
    match value {
        Value::Number(number) => number.to_string().parse().expect("number"),
        Value::String(text) => text.parse().expect("number"),
        _ => panic!("expected a number, found {value}"),
    }
}

/// The same, in a narrower type.
pub fn small<T: TryFrom<u64, Error: Debug>>(value: &Value) -> T {
    u64::try_from(number(value)).expect("64 bits").try_into().expect("in range")
}

/// An address of a vector.
pub fn address(value: &Value) -> alloy_primitives::Address {
    hallpass::hex::parse_address(value.as_str().expect("address text")).expect("address")
}
