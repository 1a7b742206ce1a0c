//! Typed structured data (EIP-712): from our own structures or from arbitrary typed-data JSON to a digest, and to the JSON
//! that `eth_signTypedData_v4` takes.
//!
//! Reading is strict, because wallets differ in what they make of odd input: every field must be there, none may be added,
//! types may not be recursive, and values must fit their types.

mod domain;
mod hash;
mod json;
mod types;

use alloy_primitives::{B256, keccak256};

pub use domain::{DOMAIN_TYPE, Domain};
pub use types::{Field, FieldType, MAX_TYPES, TypesError, TypesReason};

use crate::abi::{EncodeError, Value};
use types::Types;

/// Typed data: what a wallet shows and signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData {
    domain: Domain,
    types: Types,
    primary: String,
    message: Vec<Value>,
}

impl TypedData {
    /// Typed data of our own making. `type_text` is the `encodeType` string of the primary type (EIP-712, "Definition of
    /// `encodeType`"): the primary type first, then those it refers to.
    ///
    /// # Errors
    /// [`TypedDataError`] when the text is not a type, or a value does not fit its field.
    pub fn new(domain: Domain, type_text: &str, message: Vec<Value>) -> Result<Self, TypedDataError> {
        let (primary, types) = Types::parse(type_text)?;
        let data = Self { domain, types, primary, message };
        data.encode_message()?;
        Ok(data)
    }

    /// Domain.
    #[must_use]
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Name of the primary type.
    #[must_use]
    pub fn primary_type(&self) -> &str {
        &self.primary
    }

    /// Fields of a type of this data, in order.
    #[must_use]
    pub fn fields(&self, type_name: &str) -> Option<&[Field]> {
        self.types.fields(type_name)
    }

    /// Values of the primary type's fields, in order; structs are tuples.
    #[must_use]
    pub fn message(&self) -> &[Value] {
        &self.message
    }

    /// `typeHash ‖ encodeData(message)` (EIP-712, "Definition of `encodeData`").
    ///
    /// # Errors
    /// [`EncodeError`] when a value does not fit its field, which a [`TypedData`] rules out when it is made.
    pub fn encode_message(&self) -> Result<Vec<u8>, EncodeError> {
        self.types.encode_struct(&self.primary, &self.message)
    }

    /// `hashStruct(message)`.
    #[must_use]
    pub fn message_hash(&self) -> B256 {
        // Encoding was tried when the value was made.
        keccak256(self.encode_message().unwrap_or_default())
    }

    /// What is signed: `keccak256(0x1901 ‖ domainSeparator ‖ hashStruct(message))`.
    #[must_use]
    pub fn digest(&self) -> B256 {
        digest(self.domain.separator(), self.message_hash())
    }
}

/// `keccak256(0x1901 ‖ domainSeparator ‖ structHash)` (EIP-712, "Specification").
#[must_use]
pub fn digest(domain_separator: B256, struct_hash: B256) -> B256 {
    let mut bytes = [0; 66];
    let (prefix, rest) = bytes.split_at_mut(2);
    let (left, right) = rest.split_at_mut(32);
    prefix.copy_from_slice(&[0x19, 0x01]);
    left.copy_from_slice(domain_separator.as_slice());
    right.copy_from_slice(struct_hash.as_slice());
    keccak256(bytes)
}

/// Why typed data of our own making is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedDataError {
    /// The types are not right.
    #[error(transparent)]
    Types(#[from] TypesError),
    /// A value does not fit its field.
    #[error(transparent)]
    Value(#[from] EncodeError),
}
