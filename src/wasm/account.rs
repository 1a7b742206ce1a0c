//! Accounts that may not be deployed yet.

use alloy_primitives::U256;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use crate::hex;
use crate::protocol::Protocol;
use crate::protocol::kernel_v3::{Kernel, KernelVersion};

/// Address and factory call of an owner's Kernel account, as JSON text. `version` is `3.1`, `3.2` or `3.3`; `index` is a quantity.
///
/// # Errors
/// Throws `input.version` for another version, `input.hex` for a faulty owner or index.
#[wasm_bindgen(js_name = kernelAccount)]
pub fn kernel_account(version: &str, owner: &str, index: &str) -> Result<String, JsValue> {
    let version: KernelVersion = version.parse().map_err(throw)?;
    let owner = hex::parse_address(owner).map_err(throw)?;
    let index: U256 = hex::parse_quantity(index).map_err(throw)?;
    let account = Kernel::new(version).account(owner, index);
    Ok(json!({
        "address": account.address.to_string(),
        "factory": account.factory.address.to_string(),
        "factoryData": hex::data(&account.factory.data),
    })
    .to_string())
}
