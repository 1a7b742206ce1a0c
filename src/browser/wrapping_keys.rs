//! Wrapping keys by name, in IndexedDB or in memory, as the tier says.

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::global::{object, property};
use super::indexed_db::{IndexedDb, KEYS};
use super::tiers::Tiers;
use crate::host::{Named, StoreError};
use crate::order::sort_by_key;

/// What the names of passkeys start with; the name of the app follows.
const PASSKEYS: &str = "passkey/hallpass/";

/// Wrapping keys of one page.
#[derive(Debug)]
pub(super) struct WrappingKeys {
    memory: Named<JsValue>,
    database: Option<Rc<IndexedDb>>,
    tiers: Rc<Tiers>,
}

/// What is kept under a name.
#[derive(Debug)]
pub(super) struct Entry {
    /// A key that scripts cannot export. It seals states, and the session key too unless a passkey guards that.
    pub(super) key: JsValue,
    pub(super) guard: Option<Guard>,
}

/// What derives the wrapping key of a session key. Neither is secret.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// Says which passkey, as `vault.js` gave it.
    pub(super) passkey: JsValue,
    /// What the passkey hashes into the secret.
    pub(super) salt: Vec<u8>,
}

impl Entry {
    fn to_js(&self) -> JsValue {
        match &self.guard {
            None => self.key.clone(),
            Some(guard) => object(&[
                ("key", self.key.clone()),
                ("passkey", guard.passkey.clone()),
                ("salt", Uint8Array::from(guard.salt.as_slice()).into()),
            ])
            .into(),
        }
    }

    fn from_js(value: JsValue) -> Option<Self> {
        let passkey = property(&value, "passkey");
        match (value.is_object(), passkey.is_object()) {
            (false, _) => None,
            (true, false) => Some(Self { key: value, guard: None }),
            (true, true) => {
                let salt = property(&value, "salt").dyn_into::<Uint8Array>().ok()?.to_vec();
                Some(Self { key: property(&value, "key"), guard: Some(Guard { passkey, salt }) })
            }
        }
    }
}

impl WrappingKeys {
    pub(super) fn new(database: Option<Rc<IndexedDb>>, tiers: Rc<Tiers>) -> Self {
        Self { memory: Named::default(), database, tiers }
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<Entry>, StoreError> {
        Ok(Entry::from_js(self.value(name).await?))
    }

    pub(super) async fn put(&self, name: &str, entry: &Entry) -> Result<(), StoreError> {
        self.put_value(name, entry.to_js()).await
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.memory.remove(name);
        match self.looked_at() {
            Some(database) => self.settled(database.remove_value(KEYS, name).await),
            None => Ok(()),
        }
    }

    /// Names that start with `prefix`, sorted.
    pub(super) async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut names = match self.looked_at() {
            Some(database) => self.settled(database.names_in(KEYS, prefix).await)?,
            None => Vec::new(),
        };
        names.extend(self.memory.names(prefix));
        sort_by_key(&mut names, String::clone);
        names.dedup();
        Ok(names)
    }

    /// The passkey of an app, if it has one here.
    pub(super) async fn passkey(&self, app: &str) -> Result<Option<JsValue>, StoreError> {
        let passkey = self.value(&format!("{PASSKEYS}{app}")).await?;
        Ok(Some(passkey).filter(JsValue::is_object))
    }

    pub(super) async fn put_passkey(&self, app: &str, passkey: &JsValue) -> Result<(), StoreError> {
        self.put_value(&format!("{PASSKEYS}{app}"), passkey.clone()).await
    }

    async fn value(&self, name: &str) -> Result<JsValue, StoreError> {
        let held = self.memory.get(name);
        match (held, self.looked_at()) {
            (Some(value), _) => Ok(value),
            (None, Some(database)) => self.settled(database.get_value(KEYS, name).await),
            (None, None) => Ok(JsValue::UNDEFINED),
        }
    }

    async fn put_value(&self, name: &str, value: JsValue) -> Result<(), StoreError> {
        match &self.database {
            Some(database) if self.tiers.current().keeps_keys() => {
                database.put_value(KEYS, name, &value).await?;
                // Some browsers take keys and keep nothing of them.
                match database.get_value(KEYS, name).await?.is_object() {
                    true => Ok(()),
                    false => Err(StoreError::Unavailable {
                        what: "storage of keys",
                        detail: "it takes them and keeps nothing".to_owned(),
                    }),
                }
            }
            _ => {
                self.memory.put(name, value);
                Ok(())
            }
        }
    }

    /// The database, where this page began with keys in it.
    fn looked_at(&self) -> Option<&IndexedDb> {
        self.database.as_deref().filter(|_| self.tiers.top().keeps_keys())
    }

    /// An answer of the database, which is above once keys go to memory.
    fn settled<T: Default>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.tiers.current().keeps_keys() { answer } else { self.tiers.said_above(answer) }
    }
}
