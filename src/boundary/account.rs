//! Accounts that may not be deployed yet.

use alloy_primitives::U256;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::client::kernel_version;
use super::given;
use crate::abi::read_uint;
use crate::hex;
use crate::json::{self, json};
use crate::protocol::Protocol;
use crate::protocol::kernel_v3::Kernel;

/// Address and factory call of an owner's Kernel account, as JSON text; `given` is JSON text: `owner`, `version` (`3.1`, `3.2`, `3.3`),
/// `index`.
///
/// # Errors
/// Throws `input.invalid`.
#[wasm_bindgen(js_name = kernelAccount)]
pub fn kernel_account(given: &str) -> Result<String, JsValue> {
    let account = given::read(given, &["owner", "version", "index"], |root| {
        let version = root.optional("version", kernel_version)?.unwrap_or_default();
        let index = root.optional("index", |node| read_uint(node, 256))?.unwrap_or(U256::ZERO);
        Ok(Kernel::new(version).account(root.field("owner", json::address)?, index))
    })?;
    Ok(json!({
        "address": account.address.to_string(),
        "factory": account.factory.address.to_string(),
        "factoryData": hex::data(&account.factory.data),
    })
    .to_string())
}
