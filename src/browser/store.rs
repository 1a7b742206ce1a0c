//! The storage of each tier behind one type.

use std::rc::Rc;

use super::{IndexedDb, SessionStorage};
use crate::host::{MemoryStore, Store, StoreError};

/// Records in memory, in the tab, or in the browser profile.
#[derive(Debug)]
pub enum BrowserStore {
    /// Gone with the page.
    Memory(MemoryStore),
    /// Gone with the tab.
    Session(SessionStorage),
    /// Stays.
    Device(Rc<IndexedDb>),
}

macro_rules! each {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Memory($store) => $call.await,
            Self::Session($store) => $call.await,
            Self::Device($store) => $call.await,
        }
    };
}

impl Store for BrowserStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        each!(self, store => store.get(name))
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        each!(self, store => store.put(name, text))
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        each!(self, store => store.remove(name))
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        each!(self, store => store.names(prefix))
    }
}
