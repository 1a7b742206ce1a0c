//! Records in sessionStorage: they live as long as the tab.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

use super::error::store_error;
use super::global;
use crate::host::{Store, StoreError};
use crate::order::sort_by_key;

const WHAT: &str = "sessionStorage";

/// The tab's storage.
#[derive(Debug)]
pub struct SessionStorage(Storage);

impl SessionStorage {
    /// The storage of this tab.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] in workers, in sandboxed frames, and where the user switched it off.
    pub fn new() -> Result<Self, StoreError> {
        global::get(WHAT).dyn_into::<Storage>().map(Self).map_err(|_| Self::missing())
    }

    /// What [`StoreError`] says where there is none.
    pub(super) fn missing() -> StoreError {
        StoreError::Unavailable { what: WHAT, detail: "it is missing".to_owned() }
    }

    fn failed(thrown: JsValue) -> StoreError {
        store_error(WHAT, &thrown)
    }
}

impl Store for SessionStorage {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.0.get_item(name).map_err(Self::failed)
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.0.set_item(name, text).map_err(Self::failed)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.remove_item(name).map_err(Self::failed)
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for index in 0..self.0.length().map_err(Self::failed)? {
            let name = self.0.key(index).map_err(Self::failed)?;
            names.extend(name.filter(|name| name.starts_with(prefix)));
        }
        sort_by_key(&mut names, String::clone);
        Ok(names)
    }
}
