//! The wire form of user operations: JSON with the field names of ERC-7769, quantities in hex without leading zeros.

use serde_json::{Map, Value};

use super::v07::EIP7702_FACTORY;
use super::{AbiVersion, Authorization, UserOperation, v06, v07};
use crate::hex::{self, HexError, quantity};
use crate::json::{self, JsonError, JsonReason, Node, json};
use alloy_primitives::{Address, U256};

const ROOT: &str = "userOperation";

const FIELDS_V06: [&str; 11] = [
    "sender",
    "nonce",
    "initCode",
    "callData",
    "callGasLimit",
    "verificationGasLimit",
    "preVerificationGas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "paymasterAndData",
    "signature",
];

const FIELDS_V07: [&str; 16] = [
    "sender",
    "nonce",
    "factory",
    "factoryData",
    "callData",
    "callGasLimit",
    "verificationGasLimit",
    "preVerificationGas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "paymaster",
    "paymasterVerificationGasLimit",
    "paymasterPostOpGasLimit",
    "paymasterData",
    "signature",
    "eip7702Auth",
];

/// Reads a user operation from JSON text. See [`UserOperation::from_rpc`].
///
/// # Errors
/// [`JsonError`] with the path of the fault.
pub fn from_rpc_text(abi: AbiVersion, text: &str) -> Result<UserOperation, JsonError> {
    UserOperation::from_rpc(abi, &json::parse(text, ROOT)?)
}

impl UserOperation {
    /// Reads a user operation in its wire form. `signature` may be absent (not signed yet); `factory` and `factoryData` come
    /// together; what a named paymaster has no field for is zero or empty; a field nobody asks for is refused, so that a misspelt
    /// one is not lost in silence.
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault.
    pub fn from_rpc(abi: AbiVersion, value: &Value) -> Result<Self, JsonError> {
        let op = Node::root(value, ROOT);
        match abi {
            AbiVersion::V06 => read_v06(&op).map(Self::V06),
            AbiVersion::V07 => read_v07(&op).map(Self::V07),
        }
    }

    /// The wire form, as `eth_sendUserOperation` takes it.
    #[must_use]
    pub fn to_rpc(&self) -> Value {
        match self {
            Self::V06(op) => json!({
                "sender": op.sender.to_string(),
                "nonce": quantity(op.nonce),
                "initCode": hex::data(&op.init_code),
                "callData": hex::data(&op.call_data),
                "callGasLimit": quantity(op.call_gas_limit),
                "verificationGasLimit": quantity(op.verification_gas_limit),
                "preVerificationGas": quantity(op.pre_verification_gas),
                "maxFeePerGas": quantity(op.max_fee_per_gas),
                "maxPriorityFeePerGas": quantity(op.max_priority_fee_per_gas),
                "paymasterAndData": hex::data(&op.paymaster_and_data),
                "signature": hex::data(&op.signature),
            }),
            Self::V07(op) => write_v07(op),
        }
    }
}

impl v07::UserOperation {
    /// The wire form of EntryPoint 0.7 and 0.8, see [`UserOperation::to_rpc`].
    #[must_use]
    pub fn to_rpc(&self) -> Value {
        write_v07(self)
    }

    /// Reads the wire form, see [`UserOperation::from_rpc`].
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault.
    pub(crate) fn from_node(op: Node<'_>) -> Result<Self, JsonError> {
        read_v07(&op)
    }
}

fn read_v06(op: &Node<'_>) -> Result<v06::UserOperation, JsonError> {
    op.deny_unknown(&FIELDS_V06)?;
    Ok(v06::UserOperation {
        sender: op.field("sender", json::address)?,
        nonce: op.field("nonce", json::quantity)?,
        init_code: op.field("initCode", json::data)?,
        call_data: op.field("callData", json::data)?,
        call_gas_limit: op.field("callGasLimit", json::quantity)?,
        verification_gas_limit: op.field("verificationGasLimit", json::quantity)?,
        pre_verification_gas: op.field("preVerificationGas", json::quantity)?,
        max_fee_per_gas: op.field("maxFeePerGas", json::quantity)?,
        max_priority_fee_per_gas: op.field("maxPriorityFeePerGas", json::quantity)?,
        paymaster_and_data: op.field("paymasterAndData", json::data)?,
        signature: op.optional("signature", json::data)?.unwrap_or_default(),
    })
}

fn read_v07(op: &Node<'_>) -> Result<v07::UserOperation, JsonError> {
    op.deny_unknown(&FIELDS_V07)?;
    Ok(v07::UserOperation {
        sender: op.field("sender", json::address)?,
        nonce: op.field("nonce", json::quantity)?,
        factory: read_factory(op)?,
        call_data: op.field("callData", json::data)?,
        call_gas_limit: op.field("callGasLimit", json::quantity128)?,
        verification_gas_limit: op.field("verificationGasLimit", json::quantity128)?,
        pre_verification_gas: op.field("preVerificationGas", json::quantity)?,
        max_fee_per_gas: op.field("maxFeePerGas", json::quantity128)?,
        max_priority_fee_per_gas: op.field("maxPriorityFeePerGas", json::quantity128)?,
        paymaster: read_paymaster(op)?,
        signature: op.optional("signature", json::data)?.unwrap_or_default(),
        authorization: op.optional("eip7702Auth", read_authorization)?,
    })
}

fn read_factory(op: &Node<'_>) -> Result<Option<v07::Factory>, JsonError> {
    let data = op.optional("factoryData", json::data)?;
    match (op.optional("factory", factory_address)?, data) {
        (Some(address), Some(data)) => Ok(Some(v07::Factory { address, data })),
        (Some(_), None) => Err(op.field_error("factoryData", JsonReason::Missing)),
        (None, Some(_)) => Err(op.field_error("factory", JsonReason::Missing)),
        (None, None) => Ok(None),
    }
}

/// An address, or the EIP-7702 marker in its short form `0x7702`.
fn factory_address(node: Node<'_>) -> Result<Address, JsonError> {
    if node.text()? == "0x7702" { Ok(EIP7702_FACTORY) } else { json::address(node) }
}

fn read_paymaster(op: &Node<'_>) -> Result<Option<v07::Paymaster>, JsonError> {
    let verification_gas_limit = op.optional("paymasterVerificationGasLimit", json::quantity128)?;
    let post_op_gas_limit = op.optional("paymasterPostOpGasLimit", json::quantity128)?;
    let data = op.optional("paymasterData", json::data)?;
    let alone = verification_gas_limit.is_some() || post_op_gas_limit.is_some() || data.is_some();
    match op.optional("paymaster", json::address)? {
        Some(address) => Ok(Some(v07::Paymaster {
            address,
            verification_gas_limit: verification_gas_limit.unwrap_or_default(),
            post_op_gas_limit: post_op_gas_limit.unwrap_or_default(),
            data: data.unwrap_or_default(),
        })),
        None if alone => Err(op.field_error("paymaster", JsonReason::Missing)),
        None => Ok(None),
    }
}

fn read_authorization(node: Node<'_>) -> Result<Authorization, JsonError> {
    node.deny_unknown(&["chainId", "address", "nonce", "yParity", "r", "s"])?;
    Ok(Authorization {
        chain_id: node.field("chainId", json::quantity64)?,
        address: node.field("address", json::address)?,
        nonce: node.field("nonce", json::quantity64)?,
        y_parity: node.field("yParity", y_parity)?,
        r: node.field("r", scalar)?,
        s: node.field("s", scalar)?,
    })
}

/// Half of a signature: clients write it as a quantity or as 32 bytes.
fn scalar(node: Node<'_>) -> Result<U256, JsonError> {
    match hex::parse_fixed::<32>(node.text()?) {
        Ok(bytes) => Ok(U256::from_be_bytes(bytes)),
        Err(_) => json::quantity(node),
    }
}

/// Clients write it as `0x1`, `0x01` or 32 bytes.
fn y_parity(node: Node<'_>) -> Result<bool, JsonError> {
    let number = match node.text()? {
        "0x00" => U256::ZERO,
        "0x01" => U256::ONE,
        _ => scalar(node)?,
    };
    if number > U256::ONE { node.fail(HexError::TooLarge { bits: 1 }) } else { Ok(!number.is_zero()) }
}

fn write_v07(op: &v07::UserOperation) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: String| fields.insert(name.to_owned(), Value::String(value));
    put("sender", op.sender.to_string());
    put("nonce", quantity(op.nonce));
    if let Some(factory) = &op.factory {
        let marker = factory.address == EIP7702_FACTORY;
        put("factory", if marker { "0x7702".to_owned() } else { factory.address.to_string() });
        put("factoryData", hex::data(&factory.data));
    }
    put("callData", hex::data(&op.call_data));
    put("callGasLimit", quantity(U256::from(op.call_gas_limit)));
    put("verificationGasLimit", quantity(U256::from(op.verification_gas_limit)));
    put("preVerificationGas", quantity(op.pre_verification_gas));
    put("maxFeePerGas", quantity(U256::from(op.max_fee_per_gas)));
    put("maxPriorityFeePerGas", quantity(U256::from(op.max_priority_fee_per_gas)));
    if let Some(paymaster) = &op.paymaster {
        put("paymaster", paymaster.address.to_string());
        put("paymasterVerificationGasLimit", quantity(U256::from(paymaster.verification_gas_limit)));
        put("paymasterPostOpGasLimit", quantity(U256::from(paymaster.post_op_gas_limit)));
        put("paymasterData", hex::data(&paymaster.data));
    }
    put("signature", hex::data(&op.signature));
    if let Some(authorization) = &op.authorization {
        fields.insert("eip7702Auth".to_owned(), write_authorization(authorization));
    }
    Value::Object(fields)
}

fn write_authorization(authorization: &Authorization) -> Value {
    json!({
        "chainId": quantity(U256::from(authorization.chain_id)),
        "address": authorization.address.to_string(),
        "nonce": quantity(U256::from(authorization.nonce)),
        "yParity": quantity(U256::from(u8::from(authorization.y_parity))),
        "r": quantity(authorization.r),
        "s": quantity(authorization.s),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Value {
        json!({
            "sender": "0x1111111111111111111111111111111111111111", "nonce": "0x0", "callData": "0x",
            "callGasLimit": "0x1", "verificationGasLimit": "0x2", "preVerificationGas": "0x3",
            "maxFeePerGas": "0x4", "maxPriorityFeePerGas": "0x5",
        })
    }

    fn fault(change: impl FnOnce(&mut Value)) -> String {
        let mut value = base();
        change(&mut value);
        UserOperation::from_rpc(AbiVersion::V07, &value).unwrap_err().to_string()
    }

    #[test]
    fn faults_name_their_field() {
        assert_eq!(
            fault(|op| op["nonce"] = json!(1)),
            "userOperation.nonce: expected a string, found a number"
        );
        assert_eq!(fault(|op| op["nonce"] = Value::Null), "userOperation.nonce: missing");
        assert_eq!(
            fault(|op| op["callGasLimit"] = json!("0x01")),
            "userOperation.callGasLimit: a quantity must not have leading zeros"
        );
        assert_eq!(
            fault(|op| op["callGasLimit"] = json!(format!("0x1{}", "0".repeat(32)))),
            "userOperation.callGasLimit: the quantity does not fit 128 bits"
        );
        assert_eq!(fault(|op| op["factoryData"] = json!("0x")), "userOperation.factory: missing");
        let sender = base()["sender"].clone();
        assert_eq!(fault(|op| op["factory"] = sender), "userOperation.factoryData: missing");
        assert_eq!(fault(|op| op["paymasterData"] = json!("0x")), "userOperation.paymaster: missing");
        assert_eq!(
            fault(|op| op["callGaslimit"] = json!("0x1")),
            "userOperation.callGaslimit: unknown field; did you mean callGasLimit?"
        );
        assert_eq!(
            fault(|op| op["eip7702Auth"] = json!({"chainId": "0x1"})),
            "userOperation.eip7702Auth.address: missing"
        );
    }

    #[test]
    fn a_parity_is_read_in_every_form_and_written_in_one() {
        for (text, odd) in [("0x0", false), ("0x00", false), ("0x1", true), ("0x01", true)] {
            let mut value = base();
            let address = value["sender"].clone();
            value["eip7702Auth"] = json!({
                "chainId": "0x1", "address": address, "nonce": "0x0", "yParity": text, "r": "0x0", "s": format!("0x{:064x}", 5),
            });
            let UserOperation::V07(op) = UserOperation::from_rpc(AbiVersion::V07, &value).unwrap() else {
                panic!("another form");
            };
            assert_eq!(op.authorization.unwrap().y_parity, odd);
            assert_eq!(write_v07(&op)["eip7702Auth"]["yParity"], if odd { "0x1" } else { "0x0" });
        }
    }

    #[test]
    fn the_marker_factory_is_short_on_the_wire() {
        let mut value = base();
        value["factory"] = json!("0x7702");
        value["factoryData"] = json!("0x01");
        value["signature"] = json!("0x");
        let op = UserOperation::from_rpc(AbiVersion::V07, &value).unwrap();
        assert!(
            matches!(&op, UserOperation::V07(op) if op.factory.as_ref().unwrap().address == EIP7702_FACTORY)
        );
        assert_eq!(op.to_rpc(), value);
    }
}
