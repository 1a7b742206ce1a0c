//! The client: everything before there is a session.

use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::U256;
use js_sys::{Function, Promise};
use serde_json::Value as Json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::throw;
use super::future::{abortable, promise};
use super::given;
use super::session::SessionHandle;
use super::write;
use crate::abi::read_uint;
use crate::browser::{Browser, BrowserClock, BrowserOptions, Custody, Endpoint, Provider};
use crate::endpoint::bundler::Bundler;
use crate::endpoint::node::Node;
use crate::endpoint::owner::{Chain, Owner, OwnerError};
use crate::endpoint::paymaster::Paymaster;
use crate::host::{Channel, Clock, Host};
use crate::json::{self, JsonError, JsonReason, Node as JsonNode, json};
use crate::key::KeyKind;
use crate::protocol::kernel_v3::{Kernel, KernelVersion};
use crate::review::{QUESTION, read_tokens, review_of, write_findings, write_sentences};
use crate::scope::Actor;
use crate::session::{
    AccountKind, AtLeast, Client, Endpoints, PATIENCE, RequestStage, SessionError, SessionFault, Terms,
};
use crate::userop::UnknownVersion;

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
    /// `options` is JSON text: what the app gave but endpoints and its own storage. The endpoints are URLs or objects with `request`;
    /// `paymaster` may be `undefined`. So may `store`, the app's own storage, which goes before `storage`. `on_downgrade` is called with
    /// the names of two tiers, a code and a sentence.
    ///
    /// # Errors
    /// Throws `input.invalid` with the path of a faulty option, `storage.no-webcrypto` outside a secure context.
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
            root.deny_unknown_beside(&OPTIONS, &["rpc", "bundler"])?;
            let app = root.field("app", app_name)?;
            let chain = root.field("chain", |node| Chain::from_json(node.value()))?;
            let custody = root.optional("storage", |node| match Custody::by_name(node.text()?) {
                Some(custody) => Ok(custody),
                None => node.fail("one of memory, tab, device, passkey, or a store of your own"),
            })?;
            let frames = root.optional("allowFramedBy", |node| node.items(json::string))?;
            let idle = root.optional("suspend", suspend)?;
            let patience = root.optional("requestTimeout", json::duration)?;
            let idle = idle.unwrap_or(Some(IDLE));
            let context = root.optional("paymaster", |node| {
                node.deny_unknown(&["context"])?;
                node.optional("context", |context| context.object().map(|_| context.value().clone()))
            })?;
            let kind = root.optional("account", account_kind)?.unwrap_or_else(|| of_version(<_>::default()));
            Ok((app, chain, custody, frames.unwrap_or_default(), idle, patience, context.flatten(), kind))
        };
        let (app, chain, custody, allowed_frames, idle, patience, context, kind) =
            read().map_err(|fault: JsonError| throw(fault))?;
        let patience = patience.map_or(PATIENCE, Duration::from_secs);
        let endpoint = |name: &'static str, value: &JsValue| {
            let faulty = || {
                root.field_error(
                    name,
                    "an address that begins with http:// or https://, or an object that takes requests"
                        .into(),
                )
            };
            Endpoint::from_js(value, patience).ok_or_else(|| throw(faulty()))
        };
        let chain_url = chain.rpc_url().map(JsValue::from_str).unwrap_or_default();
        let node = if rpc.is_undefined() { endpoint("rpc", &chain_url)? } else { endpoint("rpc", rpc)? };
        let paymaster = match paymaster.is_undefined() {
            // Its other options say that one was meant.
            true if value.get("paymaster").is_some() => {
                return Err(throw(root.field_error("paymaster.url", JsonReason::Missing)));
            }
            true => None,
            false => {
                let context = context.unwrap_or_else(|| json!({}));
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

    /// The account of an owner, as JSON text; `given` is JSON text: `owner`.
    ///
    /// # Errors
    /// Throws `input.invalid`; the promise rejects with `chain.unreachable`.
    pub fn account(&self, given: &str) -> Result<Promise, JsValue> {
        let owner = given::read(given, &["owner"], |root| Ok(root.field("owner", json::address)?))?;
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

    /// What a scope allows the account of an owner, as JSON text; `given` is JSON text: `scope`, `owner`, `startsAt`, `expiresIn`,
    /// `tokens`.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.invalid`.
    pub fn explain(&self, given: &str) -> Result<String, JsValue> {
        given::read(given, &["scope", "owner", "startsAt", "expiresIn", "tokens"], |root| {
            let owner = root.field("owner", json::address)?;
            let actor = Actor {
                account: self.client.account_of(owner).address,
                owner,
                starts_at: root.optional("startsAt", given::time)?.unwrap_or_default(),
                valid_until: root.field("expiresIn", given::time)?,
            };
            if actor.starts_at >= actor.valid_until {
                return Err(SessionError::from(SessionFault::EndsInThePast).into());
            }
            let tokens = root.optional("tokens", read_tokens)?.unwrap_or_default();
            let keeper = self.client.kind().protocol.keeper();
            Ok(write_sentences(&given::scope(root)?.explain(&actor, &tokens, &keeper)).to_string())
        })
    }

    /// What there is to say of a scope for this app's kind of account, as JSON text, see [`crate::review::review_json`].
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.invalid`.
    pub fn review(&self, question: &str) -> Result<String, JsValue> {
        let tab = self.client.host().asked() == Custody::Tab;
        let account = |owner| self.client.account_of(owner).address;
        let protocol = self.client.kind().protocol.as_ref();
        given::read(question, &QUESTION, |root| {
            Ok(review_of(protocol, &account, tab, root, BrowserClock.now())?.to_string())
        })
    }

    /// Resolves to the findings in a scope that need the chain, as JSON text; `given` is JSON text: `scope`.
    ///
    /// # Errors
    /// Throws `scope.invalid`; the promise rejects with `chain.unreachable`.
    #[wasm_bindgen(js_name = lintTargets)]
    pub fn lint_targets(&self, given: &str) -> Result<Promise, JsValue> {
        let (scope, client) = (given::read(given, &["scope"], given::scope)?, Rc::clone(&self.client));
        Ok(promise(async move { Ok(text(&write_findings(&client.lint_targets(&scope).await?))) }))
    }

    /// Resolves to a session, or to the reason why there is none. `owner` is a provider or `undefined`; `given` is JSON text: `scope`,
    /// `atLeast: { time, operations }`.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.invalid`.
    pub fn restore(&self, owner: &JsValue, given: &str) -> Result<Promise, JsValue> {
        let (scope, at_least) = given::read(given, &["scope", "atLeast"], |root| {
            let at_least = root.optional("atLeast", read_at_least)?.unwrap_or_default();
            Ok((given::scope(root)?, at_least))
        })?;
        let owner = if owner.is_undefined() { None } else { Some(Owner::new(provider(owner)?)) };
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

    /// Takes up a session of this page again by its id, after the module was started afresh. Resolves to `null` where it is not stored.
    pub fn reopen(&self, id: String) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move {
            let session = client.reopen(&id).await?;
            Ok(session.map_or(JsValue::NULL, |session| SessionHandle::new(session).into()))
        })
    }

    /// Resolves to a session. `given` is JSON text: `scope`, `startsAt`, `expiresIn`, `owner` (whom the wallet must show), `key` (kind
    /// of the session key). `stage` is called with the name of each stage.
    ///
    /// # Errors
    /// Throws `scope.invalid`, `input.invalid`, `wallet.unsupported-method` for a wallet that takes no requests.
    pub fn request(
        &self,
        wallet: &JsValue,
        given: &str,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let terms = given::read(given, &["scope", "startsAt", "expiresIn", "owner", "key"], |root| {
            Ok(Terms {
                scope: given::scope(root)?,
                starts_at: root.optional("startsAt", given::time)?,
                valid_until: root.field("expiresIn", given::time)?,
                owner: root.optional("owner", json::address)?,
                key: root.optional("key", key_kind)?,
            })
        })?;
        let owner = Owner::new(provider(wallet)?);
        let (client, stage) = (Rc::clone(&self.client), stage.clone());
        Ok(abortable(signal, async move {
            let session = client.request(&owner, &terms, &teller(&stage)).await?;
            Ok(SessionHandle::new(session).into())
        }))
    }

    /// Resolves to the session of a request that a reload cut off, or to `null`; `given` is JSON text: `signature`.
    ///
    /// # Errors
    /// Throws `input.invalid`, `wallet.unsupported-method`.
    pub fn resume(
        &self,
        owner: &JsValue,
        given: &str,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let signature =
            given::read(given, &["signature"], |root| Ok(root.optional("signature", json::data)?))?;
        let owner = Owner::new(provider(owner)?);
        let (client, stage) = (Rc::clone(&self.client), stage.clone());
        Ok(abortable(signal, async move {
            let session = client.resume(&owner, signature, &teller(&stage)).await?;
            Ok(session.map_or(JsValue::NULL, |session| SessionHandle::new(session).into()))
        }))
    }
}

/// What an app sets, beside what lives: its endpoints and its own storage.
const OPTIONS: [&str; 8] =
    ["app", "chain", "storage", "allowFramedBy", "suspend", "requestTimeout", "paymaster", "account"];

/// After how many seconds keys leave memory; `None` for never. What the page does is for TypeScript to do.
fn suspend(node: JsonNode<'_>) -> Result<Option<u64>, JsonError> {
    node.deny_unknown(&["idle", "pagehide", "freeze"])?;
    for name in ["pagehide", "freeze"] {
        node.optional(name, json::boolean)?;
    }
    let idle = node.optional("idle", |node| match node.value() {
        Json::Bool(false) => Ok(None),
        _ => json::duration(node).map(Some),
    })?;
    Ok(idle.unwrap_or(Some(IDLE)))
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

fn key_kind(node: JsonNode<'_>) -> Result<KeyKind, JsonError> {
    match KeyKind::by_name(node.text()?) {
        Some(kind) => Ok(kind),
        None => node.fail("one of secp256k1, p256"),
    }
}

/// `kernel`, or which one of them.
fn account_kind(node: JsonNode<'_>) -> Result<AccountKind, JsonError> {
    let known = |node: JsonNode<'_>| match node.text()? {
        "kernel" => Ok(()),
        _ => node.fail("only accounts of kind kernel are known"),
    };
    if let Json::String(_) = node.value() {
        return known(node).map(|()| of_version(<_>::default()));
    }
    node.deny_unknown(&["kind", "version", "index"])?;
    node.field("kind", known)?;
    let version = node.optional("version", kernel_version)?;
    let index = node.optional("index", |node| read_uint(node, 256))?.unwrap_or(U256::ZERO);
    Ok(AccountKind { index, ..of_version(version.unwrap_or_default()) })
}

pub(super) fn kernel_version(node: JsonNode<'_>) -> Result<KernelVersion, JsonError> {
    let parsed = node.text()?.parse();
    parsed.or_else(|fault: UnknownVersion| node.fail(JsonReason::Invalid(fault.to_string().into())))
}

fn of_version(version: KernelVersion) -> AccountKind {
    AccountKind { protocol: Box::new(Kernel::new(version)), index: U256::ZERO }
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

fn read_at_least(node: JsonNode<'_>) -> Result<AtLeast, JsonError> {
    node.deny_unknown(&["time", "operations"])?;
    let seconds = node.optional("time", json::duration)?.unwrap_or_default();
    let operations = node.optional("operations", |node| {
        u64::try_from(read_uint(node, 64)?).or_else(|_| node.fail("a number of operations"))
    })?;
    Ok(AtLeast { seconds, operations: operations.unwrap_or_default() })
}

pub(super) fn text(value: &Json) -> JsValue {
    JsValue::from_str(&json::text_of(value))
}
