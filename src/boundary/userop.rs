//! User operations.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use super::given;
use crate::abi::read_uint;
use crate::json::JsonReason;
use crate::userop::{EntryPoint, EntryPointVersion, UnknownVersion, UserOpHash, from_rpc_text};

/// Hash of a user operation for the EntryPoint at its public address. `operation` is the wire form (ERC-7769) as JSON text, `given` is
/// JSON text: `entryPoint` (`0.6`, `0.7`, `0.8`), `chainId`.
///
/// # Errors
/// Throws `input.invalid` with the path of a faulty field.
#[wasm_bindgen(js_name = userOperationHash)]
pub fn user_operation_hash(operation: &str, given: &str) -> Result<String, JsValue> {
    let (version, chain_id) = given::read(given, &["entryPoint", "chainId"], |root| {
        let version = root.optional("entryPoint", |node| {
            node.text()?
                .parse()
                .or_else(|fault: UnknownVersion| node.fail(JsonReason::Invalid(fault.to_string().into())))
        })?;
        let chain_id = root.field("chainId", |node| {
            u64::try_from(read_uint(node, 64)?).or_else(|_| node.fail("more than 64 bits"))
        })?;
        Ok((version.unwrap_or(EntryPointVersion::V07), chain_id))
    })?;
    Ok(hash(operation, version, chain_id)?.to_string())
}

pub(super) fn hash(
    operation: &str,
    version: EntryPointVersion,
    chain_id: u64,
) -> Result<UserOpHash, JsValue> {
    let operation = from_rpc_text(version.abi(), operation).map_err(throw)?;
    operation.hash(&EntryPoint::canonical(version, chain_id)).map_err(throw)
}
