//! User operations.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use crate::hex::{self, HexError};
use crate::userop::{EntryPoint, EntryPointVersion, UserOpHash, from_rpc_text};

/// Hash of a user operation for the EntryPoint at its public address. `entry_point` is `0.6`, `0.7` or `0.8`; `chain_id` is a
/// quantity of at most 64 bits; `operation` is the wire form (ERC-7769) as JSON text.
///
/// # Errors
/// Throws `input.version` for another version, `input.hex` for a faulty chain id, `input.json` with the path of a faulty field.
#[wasm_bindgen(js_name = userOperationHash)]
pub fn user_operation_hash(operation: &str, entry_point: &str, chain_id: &str) -> Result<String, JsValue> {
    Ok(hash(operation, entry_point, chain_id)?.to_string())
}

pub(super) fn hash(operation: &str, entry_point: &str, chain_id: &str) -> Result<UserOpHash, JsValue> {
    let version: EntryPointVersion = entry_point.parse().map_err(throw)?;
    let chain_id = hex::parse_quantity(chain_id).map_err(throw)?;
    let chain_id = u64::try_from(chain_id).map_err(|_| throw(HexError::TooLarge { bits: 64 }))?;
    let operation = from_rpc_text(version.abi(), operation).map_err(throw)?;
    operation.hash(&EntryPoint::canonical(version, chain_id)).map_err(throw)
}
