//! The client: everything before there is a session.

use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, U256};
use js_sys::{Function, Promise};
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use super::future::{abortable, promise};
use super::session::SessionHandle;
use super::write;
use crate::browser::{Browser, BrowserOptions, Custody, Endpoint, Provider};
use crate::endpoint::bundler::Bundler;
use crate::endpoint::node::Node;
use crate::endpoint::owner::{Chain, Owner, OwnerError};
use crate::endpoint::paymaster::Paymaster;
use crate::error::Error;
use crate::hex;
use crate::host::{Channel, Clock, Host};
use crate::json::{self, JsonError, Node as JsonNode};
use crate::key::KeyKind;
use crate::protocol::kernel_v3::{Kernel, KernelVersion};
use crate::review::{tokens_from_json, write_findings, write_sentences};
use crate::scope::{Actor, Scope};
use crate::session::{
    AccountKind, AtLeast, Client, Endpoints, PATIENCE, RequestStage, SessionError, SessionFault, Terms,
};
use crate::time::Timestamp;
use crate::units::parse_duration;

const ROOT: &str = "options";
/// Seconds without use after which a key leaves memory, where the app says nothing else.
const IDLE: u64 = 300;

/// Sessions of one app on one chain.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ClientHandle {
    client: Rc<Client<Browser>>,
    idle: Option<u64>,
}

#[wasm_bindgen]
impl ClientHandle {
    /// `options` is JSON text: `app`, `chain`, `account: { version, index }`, `storage`, `allowFramedBy`, `idle`, `paymasterContext`. The
    /// endpoints are URLs or objects with `request`; `paymaster` may be `undefined`. So may `store`, the app's own storage, which goes
    /// before `storage`. `on_downgrade` is called with the names of two tiers, a code and a sentence.
    ///
    /// # Errors
    /// Throws `input.json` with the path of a faulty option, `storage.no-webcrypto` outside a secure context.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &str,
        rpc: &JsValue,
        bundler: &JsValue,
        paymaster: &JsValue,
        store: &JsValue,
        on_downgrade: &Function,
    ) -> Result<Self, JsValue> {
        let value = json::parse(options, ROOT).map_err(throw)?;
        let root = JsonNode::root(&value, ROOT);
        let read = || {
            let app = root.field("app", app_name)?;
            let chain = root.field("chain", |node| Chain::from_json(node.value()))?;
            let custody = root.optional("storage", |node| match Custody::by_name(node.text()?) {
                Some(custody) => Ok(custody),
                None => node.fail("one of memory, tab, device, passkey, or a store of your own"),
            })?;
            let frames = root.optional("allowFramedBy", |node| node.items(json::string))?;
            let idle = root.optional("idle", idle)?;
            let patience = root.optional("requestTimeout", |node| match parse_duration(node.text()?) {
                Ok(seconds) if seconds > 0 => Ok(seconds),
                _ => node.fail("a duration such as 10s"),
            })?;
            let idle = idle.unwrap_or(Some(IDLE));
            Ok((app, chain, custody, frames.unwrap_or_default(), idle, patience))
        };
        let (app, chain, custody, allowed_frames, idle, patience) =
            read().map_err(|fault: JsonError| throw(fault))?;
        let kind = account_kind(&value).map_err(throw)?;
        let patience = patience.map_or(PATIENCE, Duration::from_secs);
        let endpoint = |name: &'static str, value: &JsValue| {
            let faulty = || root.field_error(name, "a URL, or an object that takes requests".into());
            Endpoint::from_js(value, patience).ok_or_else(|| throw(faulty()))
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
        let options = BrowserOptions {
            app: app.clone(),
            custody: if store.is_undefined() { custody } else { Some(Custody::Custom) },
            custom_store: store.clone(),
            allowed_frames,
            on_downgrade: Some(on_downgrade.clone()),
        };
        let host = Browser::new(options).map_err(|fault| throw(SessionError::from(fault)))?;
        let client = Rc::new(Client::new(host, &app, chain, kind, endpoints).with_patience(patience));
        answer_other_tabs(&client);
        Ok(Self { client, idle })
    }

    /// Seconds without use after which the key of a session leaves memory; `undefined` for never.
    #[must_use]
    #[wasm_bindgen(getter)]
    pub fn idle(&self) -> Option<f64> {
        self.idle.map(|seconds| seconds as f64)
    }

    /// For a page that comes back from the back-forward cache: other tabs see its sessions again.
    #[wasm_bindgen(js_name = pageShown)]
    pub fn page_shown(&self) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move { Ok(client.show_all().await.map(|()| JsValue::UNDEFINED)?) })
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

    /// What is stored of an operation, as JSON text; the promise rejects with `operation.not-found`.
    pub fn operation(&self, id: String) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move { Ok(text(&write::operation(&client.operation(&id).await?))) })
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
            Actor { account: self.client.account_of(owner).address, owner, valid_until: parse_end(expires)? };
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
        let client = Rc::clone(&self.client);
        Ok(promise(async move {
            let owners = match &owner {
                Some(owner) => Some(owner.accounts().await.map_err(SessionError::from)?),
                None => None,
            };
            Ok(match client.restore(&scope, owners.as_deref(), at_least).await? {
                Ok(session) => SessionHandle::new(session).into(),
                Err(reason) => JsValue::from_str(reason.name()),
            })
        }))
    }

    /// Resolves to a session. `wishes` is JSON text: `expires`, `owner` (whom the wallet must show), `key` (kind of the session key).
    /// `stage` is called with the name of each stage.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.*`, `wallet.unsupported-method` for a wallet that takes no requests.
    pub fn request(
        &self,
        wallet: &JsValue,
        scope: &str,
        wishes: &str,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let Wishes { expires, owner, key } = read_wishes(wishes).map_err(throw)?;
        let terms = Terms { scope: read_scope(scope)?, valid_until: parse_end(&expires)?, owner, key };
        let owner = Owner::new(provider(wallet)?);
        let (client, stage) = (Rc::clone(&self.client), stage.clone());
        Ok(abortable(signal, async move {
            let session = client.request(&owner, &terms, &teller(&stage)).await?;
            Ok(SessionHandle::new(session).into())
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
        let (client, stage) = (Rc::clone(&self.client), stage.clone());
        Ok(abortable(signal, async move {
            let session = client.resume(&owner, signature, &teller(&stage)).await?;
            Ok(session.map_or(JsValue::NULL, |session| SessionHandle::new(session).into()))
        }))
    }
}

/// Unix seconds, or a duration from now.
pub(super) fn parse_end(text: &str) -> Result<Timestamp, JsValue> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let length =
                parse_duration(text).map_err(|fault| throw(SessionError::from(SessionFault::Unit(fault))))?;
            crate::browser::BrowserClock.now().seconds().saturating_add(length)
        }
    };
    Timestamp::from_seconds(seconds).map_err(throw)
}

/// Seconds or a duration; `false` for never.
fn idle(node: JsonNode<'_>) -> Result<Option<u64>, JsonError> {
    let seconds = match node.value() {
        Json::Bool(false) => return Ok(None),
        Json::Number(seconds) => seconds.as_u64(),
        Json::String(text) => parse_duration(text).ok(),
        _ => None,
    };
    match seconds {
        Some(seconds) => Ok(Some(seconds)),
        None => node.fail("whole seconds, a text such as 5m, or false for never"),
    }
}

/// New tabs get the records of this one, where each has its own.
fn answer_other_tabs(client: &Rc<Client<Browser>>) {
    if !client.host().has_records_per_tab() {
        return;
    }
    let (channel, client) = (client.records_channel(), Rc::downgrade(client));
    wasm_bindgen_futures::spawn_local(async move {
        loop {
            let said = channel.next().await;
            let Some(client) = client.upgrade() else { return };
            client.answer(&channel, &said).await;
        }
    });
}

fn read_scope(text: &str) -> Result<Scope, JsValue> {
    Scope::from_json_text(text).map_err(|fault| throw(SessionError::from(SessionFault::Scope(fault))))
}

/// The wallet behind what the app gave.
pub(super) fn provider(owner: &JsValue) -> Result<Provider, JsValue> {
    let message = "the owner given is not a wallet's provider (EIP-1193)".to_owned();
    let none = || throw(SessionError::from(SessionFault::Owner(OwnerError::UnsupportedMethod { message })));
    Provider::from_js(owner).ok_or_else(none)
}

pub(super) fn teller(stage: &Function) -> impl Fn(RequestStage) {
    move |reached| {
        // What a listener of the app throws is the app's own affair.
        let _ = stage.call1(&JsValue::UNDEFINED, &JsValue::from_str(reached.name()));
    }
}

/// What of a request is not its scope.
struct Wishes {
    /// Unix seconds, or a duration from now.
    expires: String,
    /// Whom the wallet must show.
    owner: Option<Address>,
    key: Option<KeyKind>,
}

fn read_wishes(text: &str) -> Result<Wishes, JsonError> {
    let value = json::parse(text, "request")?;
    let node = JsonNode::root(&value, "request");
    let key = |node: JsonNode<'_>| match KeyKind::by_name(node.text()?) {
        Some(kind) => Ok(kind),
        None => node.fail("one of secp256k1, p256"),
    };
    Ok(Wishes {
        expires: node.field("expires", json::string)?,
        owner: node.optional("owner", json::address)?,
        key: node.optional("key", key)?,
    })
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
