//! IndexedDB: records and states that outlive the tab, and the wrapping keys of all sessions.

use std::cell::RefCell;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::error::store_error;
use super::global::{self, property};
use crate::host::{Store, StoreError};
use crate::order::sort_by_key;

const WHAT: &str = "IndexedDB";
const NAME: &str = "hallpass";
const VERSION: u32 = 2;
const RECORDS: &str = "records";
/// Object store of wrapping keys.
pub(super) const KEYS: &str = "keys";

/// What is asked of an object store.
#[derive(Clone, Copy)]
enum Work<'a> {
    Get(&'a str),
    Put(&'a str, &'a JsValue),
    Remove(&'a str),
    Names,
}

/// The database of this origin, opened at its first use.
#[derive(Debug, Default)]
pub struct IndexedDb(RefCell<Option<IdbDatabase>>);

impl IndexedDb {
    /// The database.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the browser offers IndexedDB here. It may still refuse to open a database.
    #[must_use]
    pub fn is_available() -> bool {
        global::get("indexedDB").is_object()
    }

    /// What [`StoreError`] says where there is none.
    pub(super) fn missing() -> StoreError {
        StoreError::Unavailable { what: WHAT, detail: "it is missing".to_owned() }
    }

    pub(super) async fn get_value(&self, store: &str, key: &str) -> Result<JsValue, StoreError> {
        self.perform(store, Work::Get(key)).await
    }

    pub(super) async fn put_value(&self, store: &str, key: &str, value: &JsValue) -> Result<(), StoreError> {
        self.perform(store, Work::Put(key, value)).await.map(drop)
    }

    pub(super) async fn remove_value(&self, store: &str, key: &str) -> Result<(), StoreError> {
        self.perform(store, Work::Remove(key)).await.map(drop)
    }

    /// Keys of an object store that start with `prefix`, sorted.
    pub(super) async fn names_in(&self, store: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let keys: Array = self.perform(store, Work::Names).await?.dyn_into().map_err(failed)?;
        let names = keys.iter().filter_map(|key| key.as_string());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        // The database sorts by UTF-16 units.
        sort_by_key(&mut names, String::clone);
        Ok(names)
    }

    /// Does a piece of work, and once more over a new connection where it failed: browsers close connections and abort transactions of
    /// their own accord. Each piece may be done twice.
    async fn perform(&self, store: &str, work: Work<'_>) -> Result<JsValue, StoreError> {
        let mut may_repeat = true;
        loop {
            match self.attempt(store, work).await {
                Err(StoreError::Failed { .. } | StoreError::Unavailable { what: WHAT, .. }) if may_repeat => {
                }
                answer => return answer,
            }
            may_repeat = false;
            if let Some(database) = self.0.replace(None) {
                database.close();
            }
        }
    }

    /// One transaction over one object store. It commits by itself once nothing more is asked of it.
    async fn attempt(&self, store: &str, work: Work<'_>) -> Result<JsValue, StoreError> {
        let mode = match work {
            Work::Get(_) | Work::Names => IdbTransactionMode::Readonly,
            Work::Put(..) | Work::Remove(_) => IdbTransactionMode::Readwrite,
        };
        let database = self.open().await?;
        let transaction = database.transaction_with_str_and_mode(store, mode).map_err(failed)?;
        let store = transaction.object_store(store).map_err(failed)?;
        let request = match work {
            Work::Get(key) => store.get(&JsValue::from_str(key)),
            Work::Put(key, value) => store.put_with_key(value, &JsValue::from_str(key)),
            Work::Remove(key) => store.delete(&JsValue::from_str(key)),
            Work::Names => store.get_all_keys(),
        };
        let request = request.map_err(failed)?;
        if mode == IdbTransactionMode::Readonly {
            return answered(&request).await.map_err(failed);
        }
        completed(&transaction).await.map(|()| JsValue::UNDEFINED)
    }

    async fn open(&self) -> Result<IdbDatabase, StoreError> {
        if let Some(database) = self.0.borrow().clone() {
            return Ok(database);
        }
        let factory: IdbFactory = global::get("indexedDB").dyn_into().map_err(|_| Self::missing())?;
        let opened = match create(&factory).await {
            // A later version of this package was here. What it added is its own affair.
            Err(thrown) if property(&thrown, "name") == "VersionError" => {
                let request = factory.open(NAME).map_err(failed)?;
                answered(&request).await
            }
            opened => opened,
        };
        let database: IdbDatabase = opened.and_then(JsCast::dyn_into).map_err(failed)?;
        let stores = database.object_store_names();
        if !(stores.contains(RECORDS) && stores.contains(KEYS)) {
            database.close();
            let detail = "the database is of another version of this package, without its records".to_owned();
            return Err(StoreError::Failed { detail });
        }
        // Another tab may want to delete the database or bring a newer version: let it.
        let closing = database.clone();
        let close = Closure::once_into_js(move || closing.close());
        database.set_onversionchange(Some(close.unchecked_ref()));
        self.0.replace(Some(database.clone()));
        Ok(database)
    }
}

impl Store for IndexedDb {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.get_value(RECORDS, name).await?.as_string())
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.put_value(RECORDS, name, &JsValue::from_str(text)).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.remove_value(RECORDS, name).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.names_in(RECORDS, prefix).await
    }
}

fn failed(thrown: JsValue) -> StoreError {
    store_error(WHAT, &thrown)
}

/// Opens the database of this version; makes what it lacks, and leaves what is there.
async fn create(factory: &IdbFactory) -> Result<JsValue, JsValue> {
    let request = factory.open_with_u32(NAME, VERSION)?;
    let opening = request.clone();
    let upgrade = Closure::once(move || {
        if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
            let there = database.object_store_names();
            for store in [RECORDS, KEYS].into_iter().filter(|store| !there.contains(store)) {
                let _ = database.create_object_store(store);
            }
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let opened = answered(&request).await;
    if opened.is_err() && is_pending(&request) {
        // Should it open after all, nobody is there to use it.
        let late = request.clone();
        let close = Closure::once_into_js(move || {
            if let Ok(database) = late.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                database.close();
            }
        });
        request.set_onsuccess(Some(close.unchecked_ref()));
        upgrade.forget();
        return Err(JsValue::from_str("another tab keeps an older version of the database open"));
    }
    opened
}

fn is_pending(request: &IdbRequest) -> bool {
    property(request, "readyState") == "pending"
}

/// The result of a request, once it is there, or what it failed with.
async fn answered(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let events = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
        // Opening alone can be blocked: by a tab with an older version that does not let go of it.
        if let Some(request) = request.dyn_ref::<IdbOpenDbRequest>() {
            request.set_onblocked(Some(&reject));
        }
    });
    match JsFuture::from(events).await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from)),
    }
}

/// Ends when everything asked of a transaction is on disk, or nothing is.
async fn completed(transaction: &IdbTransaction) -> Result<(), StoreError> {
    let events = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(events).await {
        Ok(_) => Ok(()),
        Err(_) => Err(failed(transaction.error().map_or(JsValue::UNDEFINED, JsValue::from))),
    }
}
