//! An open session.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::client::{provider, teller, text};
use super::error::{hide, throw, told};
use super::future::{abortable, promise};
use super::given;
use super::write;
use crate::abi::Function;
use crate::browser::Browser;
use crate::call::{Call, read_calls};
use crate::endpoint::owner::Owner;
use crate::error::Error;
use crate::hex;
use crate::json::{self, JsonReason, Node};
use crate::review::{read_balances, read_tokens, write_gas, write_report, write_risks, write_sentences};
use crate::session::{
    Elsewhere, GivenFees, OnChain, Session, SessionError, SessionEvent, SessionFault, TIMEOUT, Watched,
};
use crate::userop::{AbiVersion, UserOperation, from_rpc_text};

/// An open session.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SessionHandle {
    session: Rc<Session<Browser>>,
    /// Errors that the app's contracts declare.
    declared: Rc<RefCell<Vec<Function>>>,
}

/// How many declared errors are kept.
const MOST_ERRORS: usize = 256;

impl SessionHandle {
    pub(super) fn new(session: Rc<Session<Browser>>) -> Self {
        hide(&session.grant_signature());
        Self { session, declared: Rc::default() }
    }
}

#[wasm_bindgen]
impl SessionHandle {
    /// What is public of the session, as JSON text.
    #[must_use]
    pub fn summary(&self) -> String {
        json::text_of(&write::summary(&self.session.summary()))
    }

    /// Where its key is kept, as JSON text: `tier`, `asked`, and `because` with `code` and `message` where they differ.
    #[must_use]
    pub fn custody(&self) -> String {
        json::text_of(&write::custody(self.session.host(), &self.session.name()))
    }

    /// Violated rules of calls, as JSON text; `given` is JSON text: `calls`.
    ///
    /// # Errors
    /// Throws `input.invalid` for calls that cannot be read.
    pub fn check(&self, given: &str) -> Result<String, JsValue> {
        let calls = given::read(given, &["calls"], |root| Ok(root.field("calls", read_calls)?))?;
        let violations = self.session.check(&calls);
        Ok(json::text_of(&violations.iter().map(write::violation).collect()))
    }

    /// What it may do, as JSON text; `given` is JSON text: `tokens`, addresses to `symbol` and `decimals`.
    ///
    /// # Errors
    /// Throws `input.invalid`.
    pub fn explain(&self, given: &str) -> Result<String, JsValue> {
        let tokens = given::read(given, &["tokens"], |root| Ok(root.optional("tokens", read_tokens)?))?;
        Ok(write_sentences(&self.session.explain(&tokens.unwrap_or_default())).to_string())
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

    /// The most that a thief with its key could take, as JSON text; `given` is JSON text: `balances`, which are `native`, `deposit` and
    /// those of token addresses.
    ///
    /// # Errors
    /// Throws `input.invalid`.
    #[wasm_bindgen(js_name = worstCase)]
    pub fn worst_case(&self, given: &str) -> Result<String, JsValue> {
        let balances =
            given::read(given, &["balances"], |root| Ok(root.optional("balances", read_balances)?))?;
        Ok(write_risks(&self.session.worst_case(&balances.unwrap_or_default())).to_string())
    }

    /// What is left of its budgets, as JSON text.
    #[must_use]
    pub fn remaining(&self) -> String {
        json::text_of(&write::remaining(&self.session.remaining()))
    }

    /// Starts to check, sign and send calls, and gives the id of their sending; `given` is JSON text: `calls`, `fees` that the app gives,
    /// and `timeout`, for how long it may be tried to hand them over. Everything else is told by the event `operation`, see
    /// [`SessionHandle::watch`].
    ///
    /// # Errors
    /// Throws `input.invalid`, `scope.*` for calls out of scope, `session.*` for a session that cannot act.
    #[wasm_bindgen(js_name = sendCalls)]
    pub fn send_calls(&self, given: &str) -> Result<String, JsValue> {
        let (calls, fees, timeout) = given::read(given, &["calls", "fees", "timeout"], |root| {
            let timeout = root.optional("timeout", json::duration)?;
            let (calls, fees) = read_calls_and_fees(root)?;
            Ok((calls, fees, timeout.map_or(TIMEOUT, |seconds| seconds.saturating_mul(1000))))
        })?;
        Ok(self.session.begin_at(&calls, timeout, fees).map_err(throw)?.id().to_owned())
    }

    /// Errors that contracts declare, as JSON text: a list of texts such as `NotYourTurn(address player)`. Reverts are read by them.
    ///
    /// # Errors
    /// Throws `input.invalid` for what is no list of texts.
    pub fn declare(&self, errors: &str) -> Result<(), JsValue> {
        let texts = json::parse(errors, "errors")
            .and_then(|value| json::Node::root(&value, "errors").items(json::string))
            .map_err(throw)?;
        let mut declared = self.declared.borrow_mut();
        for text in texts {
            // What is not written as a function is, such as with names of structs, is not known by its name then.
            let Ok(error) = text.parse::<Function>() else { continue };
            if declared.len() < MOST_ERRORS
                && declared.iter().all(|known| known.selector() != error.selector())
            {
                declared.push(error);
            }
        }
        Ok(())
    }

    /// Withdraws calls, unless they are signed already.
    #[wasm_bindgen(js_name = giveUp)]
    pub fn give_up(&self, id: &str) {
        self.session.give_up(id);
    }

    /// Tries to replace an operation by one that does nothing, and gives the id of that one.
    ///
    /// # Errors
    /// Throws `operation.not-cancellable`, `operation.not-found`.
    pub fn cancel(&self, id: &str) -> Result<String, JsValue> {
        self.session.cancel(id).map_err(throw)
    }

    /// From now on it is watched whether an operation's block is final.
    #[wasm_bindgen(js_name = awaitFinal)]
    pub fn await_final(&self, id: &str) {
        self.session.await_final(id);
    }

    /// Operations whose fate is open, as JSON text.
    #[must_use]
    pub fn operations(&self) -> String {
        json::text_of(&self.session.operations().iter().map(write::operation).collect())
    }

    /// The operation that sending these calls for these fees would send, as JSON text; `given` is JSON text: `calls`, `fees`.
    ///
    /// # Errors
    /// Throws `input.invalid`.
    pub fn prepare(&self, given: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        let (calls, fees) = given::read(given, &["calls", "fees"], read_calls_and_fees)?;
        let session = Rc::clone(&self.session);
        Ok(abortable(
            signal,
            async move { Ok(text(&write::prepared(&session.prepare(&calls, fees).await?))) },
        ))
    }

    /// The signature field of an operation in its wire form.
    ///
    /// # Errors
    /// Throws `input.invalid` for an operation that cannot be read.
    #[wasm_bindgen(js_name = signOperation)]
    pub fn sign_operation(&self, operation: &str) -> Result<Promise, JsValue> {
        let UserOperation::V07(operation) = from_rpc_text(AbiVersion::V07, operation).map_err(throw)? else {
            return Err(throw(SessionError::from(SessionFault::NotAsGranted {
                field: "EntryPoint version",
            })));
        };
        let session = Rc::clone(&self.session);
        Ok(promise(
            async move { Ok(JsValue::from_str(&hex::data(&session.sign_operation(&operation).await?))) },
        ))
    }

    /// Resolves to the hash of the owner's transaction; `given` is JSON text without anything.
    ///
    /// # Errors
    /// Throws `wallet.unsupported-method` for an owner that takes no requests.
    pub fn revoke(&self, owner: &JsValue, given: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        given::read(given, &[], |_| Ok(()))?;
        let owner = Owner::new(provider(owner)?);
        let session = Rc::clone(&self.session);
        Ok(abortable(
            signal,
            async move { Ok(JsValue::from_str(&session.revoke(&owner).await?.to_string())) },
        ))
    }

    /// Holds the session to a narrower scope from now on; `given` is JSON text: `scope`.
    ///
    /// # Errors
    /// Throws `scope.invalid`; the promise rejects with `scope.wider`.
    pub fn narrow(&self, given: &str) -> Result<Promise, JsValue> {
        let scope = given::read(given, &["scope"], given::scope)?;
        let session = Rc::clone(&self.session);
        Ok(promise(async move { Ok(session.narrow(&scope).await.map(|()| JsValue::UNDEFINED)?) }))
    }

    /// Resolves to a session with the same scope and a new key, which takes the place of this one once it is enabled; `given` is JSON
    /// text: `expiresIn`.
    ///
    /// # Errors
    /// Throws `input.invalid`, `wallet.unsupported-method` for an owner that takes no requests.
    pub fn renew(
        &self,
        owner: &JsValue,
        given: &str,
        stage: &js_sys::Function,
        signal: &JsValue,
    ) -> Result<Promise, JsValue> {
        let valid_until =
            given::read(given, &["expiresIn"], |root| Ok(root.field("expiresIn", given::time)?))?;
        let owner = Owner::new(provider(owner)?);
        let (session, stage) = (Rc::clone(&self.session), stage.clone());
        Ok(abortable(signal, async move {
            Ok(Self::new(session.renew(&owner, valid_until, &teller(&stage)).await?).into())
        }))
    }

    /// Takes the grant back as `given` says (JSON text: `onChain`, one of `now`, `try`, `no`), deletes key and record; resolves to the
    /// hash of the owner's transaction, or to `null`.
    ///
    /// # Errors
    /// Throws `input.invalid`, `wallet.unsupported-method` for an owner that takes no requests.
    pub fn end(&self, owner: &JsValue, given: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        let on_chain = |node: Node<'_>| match OnChain::by_name(node.text()?) {
            Some(on_chain) => Ok(on_chain),
            None => node.fail("one of now, try, no"),
        };
        let on_chain = given::read(given, &["onChain"], |root| Ok(root.field("onChain", on_chain)?))?;
        let owner = if owner.is_undefined() { None } else { Some(Owner::new(provider(owner)?)) };
        let session = Rc::clone(&self.session);
        Ok(abortable(signal, async move {
            let hash = session.end(owner.as_ref(), on_chain).await?;
            Ok(hash.map_or(JsValue::NULL, |hash| JsValue::from_str(&hash.to_string())))
        }))
    }

    /// Calls back with the name of each event and what belongs to it: for `expiring` the seconds left, for `clock` the
    /// seconds that the clock is behind, for `operation` JSON text, as
    /// `write::news` writes it. One at a time.
    pub fn watch(&self, on_event: js_sys::Function) {
        let (watch, session) = (self.session.watch(), Rc::downgrade(&self.session));
        let declared = Rc::clone(&self.declared);
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                match watch.next().await {
                    Watched::Event(event) => {
                        let detail = match &event {
                            SessionEvent::Expiring(seconds) | SessionEvent::Clock(seconds) => {
                                JsValue::from_f64(*seconds as f64)
                            }
                            SessionEvent::Operation { id, news } => {
                                JsValue::from_str(&told(&write::news(id, news, &declared.borrow())))
                            }
                            // The operation's own news say that it is late.
                            SessionEvent::LandedLate { .. } => continue,
                            _ => JsValue::UNDEFINED,
                        };
                        // What a listener of the app throws is the app's own affair.
                        let _ =
                            on_event.call2(&JsValue::UNDEFINED, &JsValue::from_str(event.name()), &detail);
                    }
                    Watched::Elsewhere(said) => {
                        let Some(session) = session.upgrade() else { return };
                        session.read_anew(said).await;
                    }
                    Watched::Over => return,
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
    /// Throws `input.invalid`.
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

fn read_calls_and_fees(root: Node<'_>) -> Result<(Vec<Call>, GivenFees), Error> {
    let fees = root.optional("fees", GivenFees::read)?.unwrap_or_default();
    Ok((root.field("calls", read_calls)?, fees))
}

/// For how many seconds to wait; `given` is JSON text: `timeout`, a duration, or nothing for as long as it takes; `until`, `revert`.
///
/// # Errors
/// Throws `input.invalid`.
#[wasm_bindgen]
pub fn patience(given: &str) -> Result<Option<f64>, JsValue> {
    given::read(given, &["timeout", "until", "revert"], |root| {
        one_of(root, "until", &["included", "final"])?;
        one_of(root, "revert", &["throw", "return"])?;
        Ok(root.optional("timeout", json::duration)?.map(|seconds| seconds as f64))
    })
}

/// Refuses an option that is none of these texts.
fn one_of(root: Node<'_>, name: &str, known: &[&str]) -> Result<(), Error> {
    let read = |node: Node<'_>| match known.contains(&node.text()?) {
        true => Ok(()),
        false => node.fail(JsonReason::Invalid(format!("one of {}", known.join(", ")).into())),
    };
    root.optional(name, read)?;
    Ok(())
}
