//! Storage that lives as long as the page: for Node.js, for tests, and where a browser offers nothing else.

use super::{Named, Store, StoreError};

/// Texts in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Named<String>);

impl Store for MemoryStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.get(name))
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.0.put(name, text.to_owned());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.names(prefix))
    }
}
