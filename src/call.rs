//! Calls an account makes: what a scope is checked against and a protocol encodes.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::Value as Json;

use crate::abi::{EncodeError, read_arguments, read_function};
use crate::json::{self, JsonError, JsonReason, Node};

/// One call the account makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Contract or recipient.
    pub to: Address,
    /// Native value in wei.
    pub value: U256,
    /// Calldata; empty for a plain transfer.
    pub data: Bytes,
}

/// Reads a list of calls from JSON: each has `to`, and either `data` or `function` with `args` (a list in order, or an object by
/// name); `value` is wei, decimal or as a hex quantity, or a text such as `0.01 ether`.
///
/// # Errors
/// [`JsonError`] with the path of the fault.
pub fn calls_from_json(value: &Json) -> Result<Vec<Call>, JsonError> {
    read_calls(Node::root(value, "calls"))
}

/// The same from a value of any place.
pub(crate) fn read_calls(node: Node<'_>) -> Result<Vec<Call>, JsonError> {
    node.items(read_call)
}

fn read_call(node: Node<'_>) -> Result<Call, JsonError> {
    node.deny_unknown(&["to", "value", "data", "function", "args"])?;
    let has = |name| node.object().is_ok_and(|fields| fields.contains_key(name));
    let data = match node.optional("function", read_function)? {
        None if has("args") => {
            return Err(node.field_error(
                "args",
                "of no function; name it by function, or by abi and functionName".into(),
            ));
        }
        None => node.optional("data", json::data)?.unwrap_or_default(),
        Some(_) if has("data") => {
            return Err(node.field_error("data", "either data or a function, not both".into()));
        }
        Some(function) => {
            let read = |node: Node<'_>| {
                let arguments = read_arguments(function.inputs(), node)?;
                function
                    .encode_call(&arguments)
                    .or_else(|fault: EncodeError| node.fail(JsonReason::Invalid(fault.to_string().into())))
            };
            let none = Json::Array(Vec::new());
            match node.optional("args", read)? {
                Some(data) => data.into(),
                None => read(Node::root(&none, "args"))?.into(),
            }
        }
    };
    let value = node.optional("value", json::amount)?;
    Ok(Call { to: node.field("to", json::address)?, value: value.unwrap_or_default(), data })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TO: &str = "0x00000000000000000000000000000000000b0a2d";

    #[test]
    fn a_call_is_data_or_a_function_with_arguments() {
        let given = json!([
            { "to": TO, "data": "0x1249c58b" },
            { "to": TO, "function": "mint()", "value": "1 gwei" },
            { "to": TO, "function": "move(uint8 x,uint8 y)", "args": [3, "4"] },
            { "to": TO, "function": "move(uint8 x,uint8 y)", "args": { "y": 4, "x": 3 }, "value": 5 },
            { "to": TO, "value": "0x7" },
        ]);
        let calls = calls_from_json(&given).unwrap();
        assert_eq!(calls[0].data, calls[1].data);
        assert_eq!(calls[1].value, U256::from(1_000_000_000));
        assert_eq!(calls[2].data, calls[3].data);
        assert_eq!((calls[3].value, calls[4].value), (U256::from(5), U256::from(7)));
        assert!(calls[4].data.is_empty());
    }

    #[test]
    fn faults_are_told_with_their_path() {
        let fault = |call: Json| calls_from_json(&json!([call])).unwrap_err().to_string();
        assert_eq!(fault(json!({})), "calls[0].to: missing");
        assert_eq!(
            fault(json!({ "to": TO, "date": "0x" })),
            "calls[0].date: unknown field; did you mean data?"
        );
        assert!(fault(json!({ "to": TO, "data": "0x", "function": "f()" })).contains("not both"));
        assert!(
            fault(json!({ "to": TO, "function": "f(uint8)", "args": [256] }))
                .starts_with("calls[0].args[0]: ")
        );
        assert!(fault(json!({ "to": TO, "function": "f(uint8)" })).contains("fewer values"));
        assert!(fault(json!({ "to": TO, "function": "f(uin)" })).starts_with("calls[0].function: "));
        assert_eq!(
            fault(json!({ "to": TO, "fucntion": "f()" })),
            "calls[0].fucntion: unknown field; did you mean function?"
        );
        assert!(
            fault(json!({ "to": TO, "args": [5], "value": 1 })).starts_with("calls[0].args: of no function")
        );
        assert!(fault(json!({ "to": TO, "args": [5], "data": "0x12345678" })).contains("of no function"));
        assert!(
            fault(json!({ "to": TO, "function": "receive() external payable" })).contains("plainTransfer")
        );
        assert!(
            fault(json!({ "to": TO, "function": "constructor(address a)" })).contains("cannot be called")
        );
        assert!(fault(json!({ "to": TO, "value": "-1" })).starts_with("calls[0].value: "));
    }
}
