//! User operations.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use crate::userop::{EntryPoint, EntryPointVersion, UserOpHash, from_rpc_text};

/// Hash of a user operation for the EntryPoint at its public address. `entry_point` is `0.6`, `0.7` or `0.8`, which TypeScript
/// ensures; `operation` is the wire form (ERC-7769) as JSON text.
///
/// # Errors
/// Throws `input.json` with the path of a faulty field, `userop.invalid` for fields of another version.
#[wasm_bindgen(js_name = userOperationHash)]
pub fn user_operation_hash(operation: &str, entry_point: &str, chain_id: u64) -> Result<String, JsValue> {
    let version = match entry_point {
        "0.6" => EntryPointVersion::V06,
        "0.8" => EntryPointVersion::V08,
        _ => EntryPointVersion::V07,
    };
    Ok(hash(operation, &EntryPoint::canonical(version, chain_id))?.to_string())
}

pub(super) fn hash(operation: &str, entry_point: &EntryPoint) -> Result<UserOpHash, JsValue> {
    let operation = from_rpc_text(entry_point.version.abi(), operation).map_err(throw)?;
    operation.hash(entry_point).map_err(throw)
}
