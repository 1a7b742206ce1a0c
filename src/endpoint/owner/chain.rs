//! A chain as wallets are told of it.

use alloy_primitives::{ChainId, U256};
use serde_json::Value as Json;

use crate::hex;
use crate::json::{JsonError, Node, json};

/// A chain, with what a wallet needs to add it (EIP-3085).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Chain id (EIP-155).
    pub id: ChainId,
    /// Name for people.
    pub name: String,
    /// Name, symbol and decimals of the native coin, as the wallet takes them.
    native_currency: Json,
    rpc_urls: Vec<String>,
    explorer_urls: Vec<String>,
}

impl Chain {
    /// Reads a chain from JSON: its id alone, or an object in viem's form (`id`, `name`, `nativeCurrency`, `rpcUrls.default.http`,
    /// `blockExplorers.default.url`), of which all but the id may be missing. Other fields are passed over.
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault.
    pub fn from_json(value: &Json) -> Result<Self, JsonError> {
        let root = Node::root(value, "chain");
        let id = match value {
            Json::Object(_) => root.field("id", read_id)?,
            _ => read_id(root)?,
        };
        let text = |pointer: &str| value.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        let urls = value.pointer("/rpcUrls/default/http").and_then(Json::as_array);
        let rpc_urls = urls.into_iter().flatten().filter_map(|url| url.as_str().map(str::to_owned)).collect();
        let ether = || json!({ "name": "Ether", "symbol": "ETH", "decimals": 18 });
        Ok(Self {
            id,
            name: text("/name").unwrap_or_else(|| format!("Chain {id}")),
            native_currency: value.get("nativeCurrency").cloned().unwrap_or_else(ether),
            rpc_urls,
            explorer_urls: text("/blockExplorers/default/url").into_iter().collect(),
        })
    }

    /// Node that the chain's description names, if any.
    #[must_use]
    pub fn rpc_url(&self) -> Option<&str> {
        self.rpc_urls.first().map(String::as_str)
    }

    pub(super) fn id_text(&self) -> String {
        hex::quantity(U256::from(self.id))
    }

    /// The parameter of `wallet_addEthereumChain`.
    pub(super) fn to_add(&self) -> Json {
        let mut chain = json!({
            "chainId": self.id_text(),
            "chainName": self.name,
            "nativeCurrency": self.native_currency,
            "rpcUrls": self.rpc_urls,
        });
        if !self.explorer_urls.is_empty()
            && let Json::Object(fields) = &mut chain
        {
            fields.insert("blockExplorerUrls".to_owned(), json!(self.explorer_urls));
        }
        chain
    }
}

fn read_id(node: Node<'_>) -> Result<ChainId, JsonError> {
    match node.value().as_u64() {
        Some(id) if id > 0 => Ok(id),
        _ => node.fail("a chain id is a number from 1 on, not text"),
    }
}
