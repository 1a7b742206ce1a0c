//! Hashing structs (EIP-712, "Definition of `hashStruct`" and "`encodeData`").

use alloy_primitives::{B256, keccak256};

use super::FieldType;
use super::types::Types;
use crate::abi::{EncodeError, EncodeReason, Kind, Value, encode};

impl Types {
    /// `typeHash ‖ encodeData`.
    pub(super) fn encode_struct(&self, name: &str, values: &[Value]) -> Result<Vec<u8>, EncodeError> {
        let fields = self.fields(name).unwrap_or_default();
        if fields.len() != values.len() {
            let reason = EncodeReason::Count { expected: fields.len(), found: values.len() };
            return Err(EncodeError { path: Vec::new(), reason });
        }
        let mut encoded = self.hash(name).to_vec();
        for (index, (field, value)) in fields.iter().zip(values).enumerate() {
            let word = self.encode_field(&field.ty, value).map_err(|fault| inside(index, fault))?;
            encoded.extend_from_slice(word.as_slice());
        }
        Ok(encoded)
    }

    fn encode_field(&self, ty: &FieldType, value: &Value) -> Result<B256, EncodeError> {
        match (ty, value) {
            (FieldType::Basic(basic), _) => {
                let encoded = encode([basic], std::slice::from_ref(value))
                    .map_err(|fault| EncodeError { path: Vec::new(), ..fault })?;
                match (basic.kind(), value) {
                    (Kind::Bytes, Value::Bytes(bytes)) => Ok(keccak256(bytes)),
                    (Kind::String, Value::String(text)) => Ok(keccak256(text)),
                    _ => Ok(B256::try_from(encoded.as_slice()).unwrap_or_default()),
                }
            }
            (FieldType::Struct(name), Value::Tuple(values)) => {
                self.encode_struct(name, values).map(keccak256)
            }
            (FieldType::Array(item, length), Value::Array(values)) => {
                if let Some(expected) = length.filter(|length| *length != values.len()) {
                    let reason = EncodeReason::Count { expected, found: values.len() };
                    return Err(EncodeError { path: Vec::new(), reason });
                }
                let mut encoded = Vec::new();
                for (index, value) in values.iter().enumerate() {
                    let word = self.encode_field(item, value).map_err(|fault| inside(index, fault))?;
                    encoded.extend_from_slice(word.as_slice());
                }
                Ok(keccak256(encoded))
            }
            _ => {
                let reason = EncodeReason::Kind { expected: ty.name(), found: value.kind() };
                Err(EncodeError { path: Vec::new(), reason })
            }
        }
    }
}

fn inside(index: usize, mut fault: EncodeError) -> EncodeError {
    fault.path.insert(0, index);
    fault
}
