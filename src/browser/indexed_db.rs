//! IndexedDB: records that outlive the tab, and the wrapping keys of all sessions.

use std::cell::RefCell;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::error::store_error;
use super::global;
use crate::host::{Store, StoreError};

const WHAT: &str = "IndexedDB";
const NAME: &str = "hallpass";
const VERSION: u32 = 1;
const RECORDS: &str = "records";
/// Object store of wrapping keys.
pub(super) const KEYS: &str = "keys";

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

    pub(super) async fn get_value(&self, store: &str, key: &str) -> Result<JsValue, StoreError> {
        let (transaction, store) = self.begin(store, IdbTransactionMode::Readonly).await?;
        let request = store.get(&JsValue::from_str(key)).map_err(failed)?;
        let value = answered(&request).await?;
        drop(transaction);
        Ok(value)
    }

    pub(super) async fn put_value(&self, store: &str, key: &str, value: &JsValue) -> Result<(), StoreError> {
        let (transaction, store) = self.begin(store, IdbTransactionMode::Readwrite).await?;
        store.put_with_key(value, &JsValue::from_str(key)).map_err(failed)?;
        completed(&transaction).await
    }

    pub(super) async fn remove_value(&self, store: &str, key: &str) -> Result<(), StoreError> {
        let (transaction, store) = self.begin(store, IdbTransactionMode::Readwrite).await?;
        store.delete(&JsValue::from_str(key)).map_err(failed)?;
        completed(&transaction).await
    }

    /// A transaction over one object store. It commits by itself once nothing more is asked of it, so callers ask at once.
    async fn begin(
        &self,
        store: &str,
        mode: IdbTransactionMode,
    ) -> Result<(IdbTransaction, web_sys::IdbObjectStore), StoreError> {
        let transaction = match self.open().await?.transaction_with_str_and_mode(store, mode) {
            Ok(transaction) => transaction,
            // Browsers close connections of their own accord, such as when the user clears the site's data.
            Err(_) => {
                self.0.replace(None);
                self.open().await?.transaction_with_str_and_mode(store, mode).map_err(failed)?
            }
        };
        let store = transaction.object_store(store).map_err(failed)?;
        Ok((transaction, store))
    }

    async fn open(&self) -> Result<IdbDatabase, StoreError> {
        if let Some(database) = self.0.borrow().clone() {
            return Ok(database);
        }
        let missing = || StoreError::Unavailable { what: WHAT, detail: "it is missing".to_owned() };
        let factory: IdbFactory = global::get("indexedDB").dyn_into().map_err(|_| missing())?;
        let request = factory.open_with_u32(NAME, VERSION).map_err(failed)?;
        let opening = request.clone();
        // Runs once, for a database that is not there yet.
        let create = Closure::once(move || {
            if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                for store in [RECORDS, KEYS] {
                    let _ = database.create_object_store(store);
                }
            }
        });
        request.set_onupgradeneeded(Some(create.as_ref().unchecked_ref()));
        let database: IdbDatabase = answered(&request).await?.dyn_into().map_err(failed)?;
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
        let (transaction, store) = self.begin(RECORDS, IdbTransactionMode::Readonly).await?;
        let request = store.get_all_keys().map_err(failed)?;
        let keys: Array = answered(&request).await?.dyn_into().map_err(failed)?;
        drop(transaction);
        let names = keys.iter().filter_map(|key| key.as_string());
        Ok(names.filter(|name| name.starts_with(prefix)).collect())
    }
}

fn failed(thrown: JsValue) -> StoreError {
    store_error(WHAT, &thrown)
}

/// The result of a request, once it is there.
async fn answered(request: &IdbRequest) -> Result<JsValue, StoreError> {
    let events = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(events).await {
        Ok(_) => request.result().map_err(failed),
        Err(_) => Err(failed(request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from))),
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
