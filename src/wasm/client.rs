//! The client: everything before there is a session.

use std::rc::Rc;

use alloy_primitives::{Address, U256};
use js_sys::{Function, Promise};
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use super::future::{abortable, promise};
use super::session::SessionHandle;
use super::write;
use crate::browser::{Browser, Custody, Endpoint, Provider};
use crate::bundler::Bundler;
use crate::error::Error;
use crate::hex;
use crate::host::Clock;
use crate::json::{self, JsonError, Node as JsonNode};
use crate::node::Node;
use crate::owner::{Chain, Owner, OwnerError};
use crate::paymaster::Paymaster;
use crate::protocol::kernel_v3::{Kernel, KernelVersion};
use crate::review::{tokens_from_json, write_findings, write_sentences};
use crate::scope::{Actor, Scope};
use crate::session::{AccountKind, AtLeast, Client, Endpoints, RequestStage, SessionError, Terms};
use crate::time::Timestamp;
use crate::units::parse_duration;

const ROOT: &str = "options";

/// Sessions of one app on one chain.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ClientHandle {
    client: Rc<Client<Browser>>,
    custody: Custody,
}

#[wasm_bindgen]
impl ClientHandle {
    /// `options` is JSON text: `app`, `chain`, `account: { version, index }`, `storage`, `paymasterContext`. The endpoints are URLs or
    /// objects with `request`; `paymaster` may be `undefined`.
    ///
    /// # Errors
    /// Throws `input.json` with the path of a faulty option, `storage.*` where the tier is not offered.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &str,
        rpc: &JsValue,
        bundler: &JsValue,
        paymaster: &JsValue,
    ) -> Result<Self, JsValue> {
        let value = json::parse(options, ROOT).map_err(throw)?;
        let root = JsonNode::root(&value, ROOT);
        let read = || {
            let app = root.field("app", app_name)?;
            let chain = root.field("chain", |node| Chain::from_json(node.value()))?;
            let custody = root.optional("storage", |node| match Custody::by_name(node.text()?) {
                Some(custody) => Ok(custody),
                None => node.fail("one of memory, tab, device"),
            })?;
            Ok((app, chain, custody.unwrap_or_else(Custody::suitable)))
        };
        let (app, chain, custody) = read().map_err(|fault: JsonError| throw(fault))?;
        let kind = account_kind(&value).map_err(throw)?;
        let endpoint = |name: &'static str, value: &JsValue| {
            let faulty = || root.field_error(name, "a URL, or an object that takes requests".into());
            Endpoint::from_js(value).ok_or_else(|| throw(faulty()))
        };
        let chain_url = chain.rpc_url().map(JsValue::from_str).unwrap_or_default();
        let node = if rpc.is_undefined() { endpoint("rpc", &chain_url)? } else { endpoint("rpc", rpc)? };
        let context = value.get("paymasterContext").filter(|context| context.is_object());
        let paymaster = match paymaster.is_undefined() {
            true => None,
            false => {
                let context = context.cloned().unwrap_or_else(|| json!({}));
                Some(Paymaster::new(endpoint("paymaster", paymaster)?, context))
            }
        };
        let bundler = Bundler::new(endpoint("bundler", bundler)?);
        let endpoints = Endpoints { node: Node::new(node), bundler, paymaster };
        let host = Browser::new(custody).map_err(|fault| throw(SessionError::from(fault)))?;
        Ok(Self { client: Rc::new(Client::new(host, &app, chain, kind, endpoints)), custody })
    }

    /// The account of an owner, as JSON text.
    ///
    /// # Errors
    /// Throws `input.hex`; the promise rejects with `chain.unreachable`.
    pub fn account(&self, owner: &str) -> Result<Promise, JsValue> {
        let owner = hex::parse_address(owner).map_err(throw)?;
        let client = Rc::clone(&self.client);
        Ok(promise(async move {
            let info = client.account(owner).await?;
            let kind = client.kind();
            let usable = !info.state.deployed || info.state.owner == Some(owner);
            Ok(text(&write::account(&info, kind.protocol.name(), kind.index, usable)))
        }))
    }

    /// Stored sessions, as JSON text.
    pub fn list(&self) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move {
            let sessions = client.list().await?;
            Ok(text(&sessions.iter().map(write::summary).collect()))
        })
    }

    /// What a scope allows the account of an owner, as JSON text.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.hex`, `input.json`.
    pub fn explain(&self, scope: &str, owner: &str, expires: &str, tokens: &str) -> Result<String, JsValue> {
        let tokens =
            json::parse(tokens, "tokens").and_then(|value| tokens_from_json(&value)).map_err(throw)?;
        let owner = hex::parse_address(owner).map_err(throw)?;
        let actor =
            Actor { account: self.client.account_of(owner).address, owner, valid_until: self.end(expires)? };
        let keeper = self.client.kind().protocol.keeper();
        Ok(write_sentences(&read_scope(scope)?.explain(&actor, &tokens, &keeper)).to_string())
    }

    /// Resolves to the findings in a scope that need the chain, as JSON text.
    ///
    /// # Errors
    /// Throws `scope.invalid`; the promise rejects with `chain.unreachable`.
    #[wasm_bindgen(js_name = lintTargets)]
    pub fn lint_targets(&self, scope: &str) -> Result<Promise, JsValue> {
        let (scope, client) = (read_scope(scope)?, Rc::clone(&self.client));
        Ok(promise(async move { Ok(text(&write_findings(&client.lint_targets(&scope).await?))) }))
    }

    /// Hash of a scope's canonical form.
    ///
    /// # Errors
    /// Throws `scope.invalid`.
    #[wasm_bindgen(js_name = scopeHash)]
    pub fn scope_hash(&self, scope: &str) -> Result<String, JsValue> {
        Ok(read_scope(scope)?.hash().to_string())
    }

    /// Resolves to a session, or to the reason why there is none. `owner` is a provider or `undefined`; `at_least` is JSON text:
    /// `{ time, operations }`.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.*`.
    pub fn restore(&self, scope: &str, owner: &JsValue, at_least: &str) -> Result<Promise, JsValue> {
        let scope = read_scope(scope)?;
        let at_least = read_at_least(at_least).map_err(throw)?;
        let owner = Provider::from_js(owner).map(Owner::new);
        let (client, custody) = (Rc::clone(&self.client), self.custody);
        Ok(promise(async move {
            let owners = match &owner {
                Some(owner) => Some(owner.accounts().await.map_err(SessionError::from)?),
                None => None,
            };
            Ok(match client.restore(&scope, owners.as_deref(), at_least).await? {
                Ok(session) => SessionHandle::new(session, custody).into(),
                Err(reason) => JsValue::from_str(reason.name()),
            })
        }))
    }

    /// Resolves to a session. `address` is the owner that it must be, or `undefined`; `stage` is called with the name of each stage.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.*`, `wallet.unsupported-method` for an owner that takes no requests.
    pub fn request(
        &self,
        owner: &JsValue,
        address: Option<String>,
        scope: &str,
        expires: &str,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let terms = Terms {
            scope: read_scope(scope)?,
            valid_until: self.end(expires)?,
            owner: parse_owner(address.as_deref())?,
        };
        let owner = Owner::new(provider(owner)?);
        let (client, custody, stage) = (Rc::clone(&self.client), self.custody, stage.clone());
        Ok(abortable(signal, async move {
            let session = client.request(&owner, &terms, &teller(&stage)).await?;
            Ok(SessionHandle::new(session, custody).into())
        }))
    }

    /// Resolves to the session of a request that a reload cut off, or to `null`.
    ///
    /// # Errors
    /// Throws `input.hex`, `wallet.unsupported-method`.
    pub fn resume(
        &self,
        owner: &JsValue,
        signature: Option<String>,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let signature = signature.map(|text| hex::parse_data(&text)).transpose().map_err(throw)?;
        let owner = Owner::new(provider(owner)?);
        let (client, custody, stage) = (Rc::clone(&self.client), self.custody, stage.clone());
        Ok(abortable(signal, async move {
            let session = client.resume(&owner, signature, &teller(&stage)).await?;
            Ok(session.map_or(JsValue::NULL, |session| SessionHandle::new(session, custody).into()))
        }))
    }
}

impl ClientHandle {
    /// Unix seconds, or a duration from now.
    fn end(&self, text: &str) -> Result<Timestamp, JsValue> {
        let seconds = match text.parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => {
                let length = parse_duration(text).map_err(|fault| throw(SessionError::Unit(fault)))?;
                crate::browser::BrowserClock.now().seconds().saturating_add(length)
            }
        };
        Timestamp::from_seconds(seconds).map_err(throw)
    }
}

fn read_scope(text: &str) -> Result<Scope, JsValue> {
    Scope::from_json_text(text).map_err(|fault| throw(SessionError::Scope(fault)))
}

/// The wallet behind what the app gave.
pub(super) fn provider(owner: &JsValue) -> Result<Provider, JsValue> {
    let message = "the owner given is not a wallet's provider (EIP-1193)".to_owned();
    let none = || throw(SessionError::Owner(OwnerError::UnsupportedMethod { message }));
    Provider::from_js(owner).ok_or_else(none)
}

fn teller(stage: &Function) -> impl Fn(RequestStage) {
    move |reached| {
        // What a listener of the app throws is the app's own affair.
        let _ = stage.call1(&JsValue::UNDEFINED, &JsValue::from_str(reached.name()));
    }
}

fn parse_owner(address: Option<&str>) -> Result<Option<Address>, JsValue> {
    address.map(hex::parse_address).transpose().map_err(throw)
}

fn account_kind(options: &Json) -> Result<AccountKind, Error> {
    let none = json!({});
    let account = JsonNode::root(options.get("account").unwrap_or(&none), "account");
    let version = account.optional("version", |node| Ok(node.text()?.to_owned()))?;
    let version: KernelVersion = version.as_deref().unwrap_or("3.3").parse()?;
    let index = account.optional("index", json::quantity)?.unwrap_or(U256::ZERO);
    Ok(AccountKind { protocol: Box::new(Kernel::new(version)), index })
}

/// Part of the names of everything stored, so plain.
fn app_name(node: JsonNode<'_>) -> Result<String, JsonError> {
    let name = node.text()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) {
        true => Ok(name.to_owned()),
        false => node.fail("1 to 64 lower-case letters, digits and dashes"),
    }
}

fn read_at_least(text: &str) -> Result<AtLeast, Error> {
    let value = json::parse(text, "atLeast")?;
    let node = JsonNode::root(&value, "atLeast");
    let time = node.optional("time", |node| match node.value() {
        Json::Number(seconds) => Ok(seconds.as_u64()),
        _ => Ok(parse_duration(node.text()?).ok()),
    })?;
    let seconds = match time {
        None => 0,
        Some(Some(seconds)) => seconds,
        Some(None) => return Err(node.field_error("time", "seconds, or a text such as 20m".into()).into()),
    };
    let operations = node.optional("operations", |node| Ok(node.value().as_u64()))?.flatten();
    Ok(AtLeast { seconds, operations: operations.unwrap_or_default() })
}

pub(super) fn text(value: &Json) -> JsValue {
    JsValue::from_str(&value.to_string())
}
