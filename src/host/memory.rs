//! Storage that lives as long as the page: for Node.js, for tests, and where a browser offers nothing else.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Store, StoreError};

/// Texts in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<BTreeMap<String, String>>);

impl Store for MemoryStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.borrow().get(name).cloned())
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }
}
