//! Typed-data JSON: reading what others wrote, writing what `eth_signTypedData_v4` takes.

use alloy_primitives::{B256, U256};
use serde_json::{Map, Value as Json};

use super::domain::{DOMAIN_TYPE, Domain, FIELDS};
use super::types::Types;
use super::{Field, FieldType, TypedData};
use crate::abi::{Kind, Value, read_fixed, read_uint};
use crate::hex;
use crate::json::{self, JsonError, JsonReason, Node, json};

const ROOT: &str = "typedData";

impl TypedData {
    /// Reads typed-data JSON text. See [`TypedData::from_json`].
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault.
    pub fn from_json_text(text: &str) -> Result<Self, JsonError> {
        Self::from_json(&json::parse(text, ROOT)?)
    }

    /// Reads typed data: an object of `types`, `primaryType`, `domain` and `message`. `types.EIP712Domain` may be absent; when
    /// there, it must list the domain's fields in the standard's order. Integers may be JSON integers, decimal strings or hex.
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault: a missing or unknown field, a value outside its type, a faulty type.
    pub fn from_json(value: &Json) -> Result<Self, JsonError> {
        let root = Node::root(value, ROOT);
        root.deny_unknown(&["types", "primaryType", "domain", "message"])?;
        let domain = root.field("domain", read_domain)?;
        let types = root.field("types", |node| read_types(node, &domain))?;
        let primary = root.field("primaryType", |node| Ok(node.text()?.to_owned()))?;
        if types.fields(&primary).is_none() {
            return Err(root.field_error("primaryType", "not one of the types".into()));
        }
        let message = root.field("message", |node| read_struct(&types, &primary, node))?;
        Ok(Self { domain, types, primary, message })
    }

    /// The object for the second parameter of `eth_signTypedData_v4`, `EIP712Domain` listed among the types. Integers up to
    /// 2^53 - 1 are numbers, larger ones decimal strings.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let field = |name: &str, ty: &str| json!({ "name": name, "type": ty });
        let mut types = Map::new();
        let domain_fields = self.domain.fields().map(|(name, ty)| field(name, ty)).collect();
        types.insert(DOMAIN_TYPE.to_owned(), Json::Array(domain_fields));
        for (name, fields) in self.types.iter() {
            let fields = fields.iter().map(|entry| field(&entry.name, &entry.ty.name())).collect();
            types.insert(name.to_owned(), Json::Array(fields));
        }
        json!({
            "types": types,
            "primaryType": self.primary,
            "domain": write_domain(&self.domain),
            "message": self.write_struct(&self.primary, &self.message),
        })
    }

    fn write_struct(&self, name: &str, values: &[Value]) -> Json {
        let fields = self.types.fields(name).unwrap_or_default().iter().zip(values);
        // Collecting a map would bring a sort along.
        let mut object = Map::new();
        for (field, value) in fields {
            object.insert(field.name.clone(), self.write_field(&field.ty, value));
        }
        Json::Object(object)
    }

    fn write_field(&self, ty: &FieldType, value: &Value) -> Json {
        match (ty, value) {
            (FieldType::Struct(name), Value::Tuple(values)) => self.write_struct(name, values),
            (FieldType::Array(item, _), Value::Array(values)) => {
                Json::Array(values.iter().map(|value| self.write_field(item, value)).collect())
            }
            (_, Value::Address(address)) => Json::String(address.to_string()),
            (_, Value::Bool(bool)) => Json::Bool(*bool),
            (_, Value::Uint(uint)) => write_uint(*uint),
            (_, Value::Int(int)) => match i64::try_from(*int) {
                Ok(small) if small.unsigned_abs() < (1 << 53) => Json::Number(small.into()),
                _ => Json::String(int.to_string()),
            },
            (FieldType::Basic(basic), Value::FixedBytes(word)) => {
                let length = if let Kind::FixedBytes(length) = basic.kind() { *length } else { 32 };
                Json::String(hex::data(word.get(..length).unwrap_or_default()))
            }
            (_, Value::Bytes(bytes)) => Json::String(hex::data(bytes)),
            (_, Value::String(text)) => Json::String(text.clone()),
            // No other pair passes the check made when the value was built.
            _ => Json::Null,
        }
    }
}

fn write_uint(uint: U256) -> Json {
    match u64::try_from(uint) {
        Ok(small) if small < (1 << 53) => Json::Number(small.into()),
        _ => Json::String(uint.to_string()),
    }
}

fn write_domain(domain: &Domain) -> Json {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        value.map(|value| fields.insert(name.to_owned(), value));
    };
    put("name", domain.name.clone().map(Json::String));
    put("version", domain.version.clone().map(Json::String));
    put("chainId", domain.chain_id.map(write_uint));
    put("verifyingContract", domain.verifying_contract.map(|address| Json::String(address.to_string())));
    put("salt", domain.salt.map(|salt| Json::String(hex::data(salt.as_slice()))));
    Json::Object(fields)
}

fn read_domain(node: Node<'_>) -> Result<Domain, JsonError> {
    node.deny_unknown(&FIELDS.map(|(name, _)| name))?;
    let text = |node: Node<'_>| Ok(node.text()?.to_owned());
    Ok(Domain {
        name: node.optional("name", text)?,
        version: node.optional("version", text)?,
        chain_id: node.optional("chainId", |node| read_uint(node, 256))?,
        verifying_contract: node.optional("verifyingContract", json::address)?,
        salt: node.optional("salt", |node| Ok(B256::from(read_fixed(node, 32)?)))?,
    })
}

fn read_types(node: Node<'_>, domain: &Domain) -> Result<Types, JsonError> {
    let fields = |node: Node<'_>| {
        node.items(|field| {
            field.deny_unknown(&["name", "type"])?;
            let text = |name| field.field(name, |node| Ok(node.text()?.to_owned()));
            Ok((text("name")?, text("type")?))
        })
    };
    let mut structs = Vec::new();
    for name in node.object()?.keys() {
        let listed = node.field(name, fields)?;
        if name != DOMAIN_TYPE {
            structs.push((name.clone(), listed));
            continue;
        }
        let present = domain.fields().map(|(name, ty)| (name.to_owned(), ty.to_owned()));
        if !present.eq(listed) {
            let reason = "does not list the fields of the domain, in the order of EIP-712";
            return Err(node.field_error(name, reason.into()));
        }
    }
    Types::new(structs).map_err(|fault| {
        node.field_error(&fault.type_name, JsonReason::Invalid(fault.reason.to_string().into()))
    })
}

fn read_struct(types: &Types, name: &str, node: Node<'_>) -> Result<Vec<Value>, JsonError> {
    let fields = types.fields(name).unwrap_or_default();
    // All fields are there once they have been read, so a longer object has one that the type has not.
    let read = |field: &Field| node.field(&field.name, |node| read_value(types, &field.ty, node));
    let values = fields.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if node.object()?.len() > fields.len() {
        let is_unknown = |key: &&String| fields.iter().all(|field| field.name != **key);
        let unknown = node.object()?.keys().find(is_unknown);
        return Err(node.field_error(unknown.map_or("", String::as_str), JsonReason::Unknown { meant: None }));
    }
    Ok(values)
}

fn read_value(types: &Types, ty: &FieldType, node: Node<'_>) -> Result<Value, JsonError> {
    match ty {
        FieldType::Struct(name) => read_struct(types, name, node).map(Value::Tuple),
        FieldType::Array(item, length) => {
            if length.is_some_and(|length| Ok(length) != node.array().map(<[_]>::len)) {
                node.array()?;
                return node.fail("an array of another length than its type says");
            }
            node.items(|node| read_value(types, item, node)).map(Value::Array)
        }
        FieldType::Basic(basic) => crate::abi::read_value(basic, node),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::I256;
    use serde_json::json;

    use super::*;

    fn sample() -> Json {
        json!({
            "types": { "Mail": [{ "name": "to", "type": "Person[]" }, { "name": "n", "type": "int8" }],
                       "Person": [{ "name": "id", "type": "bytes3" }] },
            "primaryType": "Mail",
            "domain": { "name": "App", "chainId": 1 },
            "message": { "to": [{ "id": "0x010203" }], "n": -128 },
        })
    }

    fn fault(change: impl FnOnce(&mut Json)) -> String {
        let mut value = sample();
        change(&mut value);
        TypedData::from_json(&value).unwrap_err().to_string()
    }

    #[test]
    fn what_is_read_is_what_is_written() {
        let data = TypedData::from_json(&sample()).unwrap();
        let written = data.to_json();
        assert_eq!(written["message"], sample()["message"]);
        assert_eq!(TypedData::from_json(&written).unwrap(), data);
        let ours = TypedData::new(
            data.domain().clone(),
            "Mail(Person[] to,int8 n)Person(bytes3 id)",
            data.message().to_vec(),
        );
        assert_eq!(ours.unwrap().digest(), data.digest());
    }

    #[test]
    fn integers_may_be_written_three_ways() {
        for text in [json!(-5), json!("-5"), json!("-0x5")] {
            let mut value = sample();
            value["message"]["n"] = text;
            let data = TypedData::from_json(&value).unwrap();
            assert_eq!(data.message()[1], Value::Int(I256::unchecked_from(-5)));
        }
    }

    #[test]
    fn faults_are_told_with_their_path() {
        assert_eq!(
            fault(|data| data["message"]["n"] = json!(128)),
            "typedData.message.n: the number is outside its type"
        );
        assert_eq!(
            fault(|data| data["message"]["n"] = json!(1.5)),
            "typedData.message.n: not an integer of at most 256 bits"
        );
        assert_eq!(
            fault(|data| data["message"]["to"][0]["id"] = json!("0x01")),
            "typedData.message.to[0].id: expected 3 bytes, found 1"
        );
        assert_eq!(fault(|data| data["message"]["x"] = json!(1)), "typedData.message.x: unknown field");
        assert_eq!(fault(|data| data["message"]["to"] = Json::Null), "typedData.message.to: missing");
        assert_eq!(
            fault(|data| data["primaryType"] = json!("Nail")),
            "typedData.primaryType: not one of the types"
        );
        assert_eq!(
            fault(|data| data["types"]["Person"][0]["type"] = json!("Mail")),
            "typedData.types.Mail: contains itself"
        );
        assert_eq!(
            fault(|data| data["types"]["EIP712Domain"] = json!([])),
            "typedData.types.EIP712Domain: does not list the fields of the domain, in the order of EIP-712"
        );
    }
}
