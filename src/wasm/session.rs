//! An open session.

use std::rc::Rc;

use js_sys::{Function, Promise};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::client::{parse_end, provider, teller, text};
use super::error::throw;
use super::future::{abortable, promise};
use super::write;
use crate::browser::Browser;
use crate::call::{Call, calls_from_json};
use crate::error::Error;
use crate::hex;
use crate::json::{self, JsonError};
use crate::owner::Owner;
use crate::review::{
    balances_from_json, tokens_from_json, write_gas, write_report, write_risks, write_sentences,
};
use crate::scope::Scope;
use crate::session::{Elsewhere, News, OnChain, OperationStage, Session, SessionError, SessionEvent};
use crate::userop::{AbiVersion, UserOperation, from_rpc_text};

/// An open session.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SessionHandle {
    session: Rc<Session<Browser>>,
}

impl SessionHandle {
    pub(super) fn new(session: Session<Browser>) -> Self {
        Self { session: Rc::new(session) }
    }
}

#[wasm_bindgen]
impl SessionHandle {
    /// What is public of the session, as JSON text.
    #[must_use]
    pub fn summary(&self) -> String {
        write::summary(&self.session.summary()).to_string()
    }

    /// Where its key is kept, as JSON text: `tier`, `asked`, and `because` with `code` and `message` where they differ.
    #[must_use]
    pub fn custody(&self) -> String {
        write::custody(self.session.host(), &self.session.name()).to_string()
    }

    /// Violated rules of calls, as JSON text.
    ///
    /// # Errors
    /// Throws `input.json` for calls that cannot be read.
    pub fn check(&self, calls: &str) -> Result<String, JsValue> {
        let violations = self.session.check(&read_calls(calls).map_err(throw)?);
        Ok(json!(violations.iter().map(write::violation).collect::<Vec<_>>()).to_string())
    }

    /// What it may do, as JSON text.
    ///
    /// # Errors
    /// Throws `input.json` for `tokens` that cannot be read: JSON text, address to `symbol` and `decimals`.
    pub fn explain(&self, tokens: &str) -> Result<String, JsValue> {
        let tokens =
            json::parse(tokens, "tokens").and_then(|value| tokens_from_json(&value)).map_err(throw)?;
        Ok(write_sentences(&self.session.explain(&tokens)).to_string())
    }

    /// Who enforces which of its rules, as JSON text.
    ///
    /// # Errors
    /// Throws `compile.disagreement`.
    pub fn enforcement(&self) -> Result<String, JsValue> {
        Ok(write_report(&self.session.enforcement().map_err(throw)?).to_string())
    }

    /// Gas of its first and of every later operation, as JSON text.
    ///
    /// # Errors
    /// Throws `compile.disagreement`.
    pub fn costs(&self) -> Result<String, JsValue> {
        Ok(write_gas(&self.session.enforcement().map_err(throw)?.gas).to_string())
    }

    /// The most that a thief with its key could take, as JSON text; `balances` is JSON text: `native`, `deposit`, token addresses.
    ///
    /// # Errors
    /// Throws `input.json`.
    #[wasm_bindgen(js_name = worstCase)]
    pub fn worst_case(&self, balances: &str) -> Result<String, JsValue> {
        let balances =
            json::parse(balances, "balances").and_then(|value| balances_from_json(&value)).map_err(throw)?;
        Ok(write_risks(&self.session.worst_case(&balances)).to_string())
    }

    /// What is left of its budgets, as JSON text.
    #[must_use]
    pub fn remaining(&self) -> String {
        write::remaining(&self.session.remaining()).to_string()
    }

    /// Sends calls and resolves to the receipt, as JSON text, once they are included. `stage` is called with the name of each stage
    /// and the operation's hash, where there is one. Calls that were undone on chain reject.
    ///
    /// # Errors
    /// Throws `input.json` for calls that cannot be read.
    pub fn perform(&self, calls: &str, stage: &Function, signal: &JsValue) -> Result<Promise, JsValue> {
        let calls = read_calls(calls).map_err(throw)?;
        let (session, stage) = (Rc::clone(&self.session), stage.clone());
        Ok(abortable(signal, async move {
            let tell = |reached: OperationStage| {
                let hash =
                    reached.hash().map_or(JsValue::UNDEFINED, |hash| JsValue::from_str(&hash.to_string()));
                // What a listener of the app throws is the app's own affair.
                let _ = stage.call2(&JsValue::UNDEFINED, &JsValue::from_str(reached.name()), &hash);
            };
            let sent = session.send(&calls, &tell).await?;
            let receipt = session.included(sent).await?;
            match receipt.success {
                true => Ok(text(&write::receipt(&receipt))),
                false => Err(SessionError::Reverted(Box::new(receipt)).into()),
            }
        }))
    }

    /// The operation that sending these calls would send, as JSON text.
    ///
    /// # Errors
    /// Throws `input.json` for calls that cannot be read.
    pub fn prepare(&self, calls: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        let calls = read_calls(calls).map_err(throw)?;
        let session = Rc::clone(&self.session);
        Ok(abortable(signal, async move { Ok(text(&write::prepared(&session.prepare(&calls).await?))) }))
    }

    /// The signature field of an operation in its wire form.
    ///
    /// # Errors
    /// Throws `input.json` for an operation that cannot be read.
    #[wasm_bindgen(js_name = signOperation)]
    pub fn sign_operation(&self, operation: &str) -> Result<Promise, JsValue> {
        let UserOperation::V07(operation) = from_rpc_text(AbiVersion::V07, operation).map_err(throw)? else {
            return Err(throw(SessionError::NotAsGranted { field: "EntryPoint version" }));
        };
        let session = Rc::clone(&self.session);
        Ok(promise(
            async move { Ok(JsValue::from_str(&hex::data(&session.sign_operation(&operation).await?))) },
        ))
    }

    /// Resolves to the hash of the owner's transaction.
    ///
    /// # Errors
    /// Throws `wallet.unsupported-method` for an owner that takes no requests.
    pub fn revoke(&self, owner: &JsValue, signal: &JsValue) -> Result<Promise, JsValue> {
        let owner = Owner::new(provider(owner)?);
        let session = Rc::clone(&self.session);
        Ok(abortable(
            signal,
            async move { Ok(JsValue::from_str(&session.revoke(&owner).await?.to_string())) },
        ))
    }

    /// Holds the session to a narrower scope from now on; JSON text.
    ///
    /// # Errors
    /// Throws `scope.invalid`; the promise rejects with `scope.wider`.
    pub fn narrow(&self, scope: &str) -> Result<Promise, JsValue> {
        let scope = Scope::from_json_text(scope).map_err(|fault| throw(SessionError::Scope(fault)))?;
        let session = Rc::clone(&self.session);
        Ok(promise(async move { Ok(session.narrow(&scope).await.map(|()| JsValue::UNDEFINED)?) }))
    }

    /// Resolves to a session with the same scope and a new key, which takes the place of this one once it is enabled.
    ///
    /// # Errors
    /// Throws `input.amount`, `wallet.unsupported-method` for an owner that takes no requests.
    pub fn renew(
        &self,
        owner: &JsValue,
        expires: &str,
        stage: &Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let (valid_until, owner) = (parse_end(expires)?, Owner::new(provider(owner)?));
        let (session, stage) = (Rc::clone(&self.session), stage.clone());
        Ok(abortable(signal, async move {
            Ok(Self::new(session.renew(&owner, valid_until, &teller(&stage)).await?).into())
        }))
    }

    /// Takes the grant back as `on_chain` says (`now`, `try`, `no`), deletes key and record; resolves to the hash of the owner's
    /// transaction, or to `null`.
    ///
    /// # Errors
    /// Throws `input.json` for another choice, `wallet.unsupported-method` for an owner that takes no requests.
    pub fn end(&self, owner: &JsValue, on_chain: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        let unknown =
            || throw(JsonError { path: "onChain".to_owned(), reason: "one of now, try, no".into() });
        let on_chain = OnChain::by_name(on_chain).ok_or_else(unknown)?;
        let owner = if owner.is_undefined() { None } else { Some(Owner::new(provider(owner)?)) };
        let session = Rc::clone(&self.session);
        Ok(abortable(signal, async move {
            let hash = session.end(owner.as_ref(), on_chain).await?;
            Ok(hash.map_or(JsValue::NULL, |hash| JsValue::from_str(&hash.to_string())))
        }))
    }

    /// Calls back with the name of each event and a number, which says something for `expiring` only: the seconds left. One at a time.
    pub fn watch(&self, on_event: Function) {
        let (watch, session) = (self.session.watch(), Rc::downgrade(&self.session));
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                match watch.next().await {
                    News::Event(event) => {
                        let seconds = if let SessionEvent::Expiring(seconds) = event { seconds } else { 0 };
                        let (name, seconds) =
                            (JsValue::from_str(event.name()), JsValue::from_f64(seconds as f64));
                        // What a listener of the app throws is the app's own affair.
                        let _ = on_event.call2(&JsValue::UNDEFINED, &name, &seconds);
                    }
                    News::Elsewhere(said) => {
                        let Some(session) = session.upgrade() else { return };
                        session.read_anew(said).await;
                    }
                    News::Over => return,
                }
            }
        });
    }

    /// Seconds until `passTime` has something to tell; `undefined` when nothing more is to come.
    #[must_use]
    #[wasm_bindgen(js_name = nextMark)]
    pub fn next_mark(&self) -> Option<f64> {
        self.session.next_mark().map(|seconds| seconds as f64)
    }

    /// Tells what time has brought.
    #[wasm_bindgen(js_name = passTime)]
    pub fn pass_time(&self) {
        self.session.pass_time();
    }

    /// Reads what other tabs may have changed while this page slept.
    #[wasm_bindgen(js_name = readAnew)]
    pub fn read_anew(&self) -> Promise {
        let session = Rc::clone(&self.session);
        promise(async move {
            session.read_anew(Elsewhere::Changed).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Locks unless the wallet still shows the owner; `accounts` is JSON text, a list of addresses.
    ///
    /// # Errors
    /// Throws `input.json`.
    #[wasm_bindgen(js_name = ownerChanged)]
    pub fn owner_changed(&self, accounts: &str) -> Result<Promise, JsValue> {
        let accounts = json::parse(accounts, "accounts")
            .and_then(|value| json::Node::root(&value, "accounts").items(json::address))
            .map_err(throw)?;
        let session = Rc::clone(&self.session);
        Ok(promise(async move { Ok(session.owner_changed(&accounts).await.map(|()| JsValue::UNDEFINED)?) }))
    }

    /// Drops the key from memory until its next use.
    pub fn suspend(&self) {
        self.session.suspend();
    }

    /// Locks until `unlock`.
    pub fn lock(&self) -> Promise {
        let session = Rc::clone(&self.session);
        promise(async move { Ok(session.lock().await.map(|()| JsValue::UNDEFINED)?) })
    }

    /// Ends a lock.
    pub fn unlock(&self) -> Promise {
        let session = Rc::clone(&self.session);
        promise(async move { Ok(session.unlock().await.map(|()| JsValue::UNDEFINED)?) })
    }

    /// Deletes key and record.
    pub fn forget(&self) -> Promise {
        let session = Rc::clone(&self.session);
        promise(async move { Ok(session.forget().await.map(|()| JsValue::UNDEFINED)?) })
    }

    /// Reads the state again; resolves to the status.
    pub fn refresh(&self) -> Promise {
        let session = Rc::clone(&self.session);
        promise(async move { Ok(JsValue::from_str(session.refresh().await?.name())) })
    }
}

fn read_calls(text: &str) -> Result<Vec<Call>, Error> {
    Ok(calls_from_json(&json::parse(text, "calls")?)?)
}
