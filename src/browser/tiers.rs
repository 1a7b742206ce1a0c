//! Which tier is in use, and what there is to use. Shared by everything that stores.

use std::cell::Cell;
use std::rc::Rc;

use super::{Custody, CustomStore, IndexedDb, SessionStorage};
use crate::host::{MemoryStore, SealError, Store, StoreError};

/// The tier in use. It only ever goes down.
#[derive(Debug)]
pub(super) struct Tiers {
    top: Custody,
    current: Cell<Custody>,
    /// Whether places above the current one have failed in a way that may last.
    doubtful: Cell<bool>,
}

impl Tiers {
    pub(super) fn new(top: Custody) -> Rc<Self> {
        Rc::new(Self { top, current: Cell::new(top), doubtful: Cell::new(false) })
    }

    /// The tier that this page began with: what lies there stays in use after a downgrade.
    pub(super) fn top(&self) -> Custody {
        self.top
    }

    pub(super) fn current(&self) -> Custody {
        self.current.get()
    }

    pub(super) fn go_down(&self, to: Custody, cause: &SealError) {
        self.current.set(to);
        // A full storage can still be read, and a lack of passkeys says nothing of storage.
        let reads = matches!(cause, SealError::Store(StoreError::Quota) | SealError::NoPasskey { .. });
        self.doubtful.set(self.doubtful.get() || !reads);
    }

    /// What a place above the current one answered. One that failed before, and so was left, may fail again: then nothing is there.
    pub(super) fn said_above<T: Default>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.doubtful.get() { Ok(answer.unwrap_or_default()) } else { answer }
    }
}

/// A place for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Custom,
    Database,
    Session,
    Memory,
}

/// All places that this page has.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) memory: MemoryStore,
    pub(super) session: Option<SessionStorage>,
    pub(super) database: Option<Rc<IndexedDb>>,
    pub(super) custom: Option<CustomStore>,
}

/// One call at a place; a place that is not there is missing.
macro_rules! at {
    ($places:ident, $place:ident, $store:ident => $call:expr) => {
        match $place {
            Place::Memory => {
                let $store = &$places.memory;
                $call.await
            }
            Place::Session => match &$places.session {
                Some($store) => $call.await,
                None => Err(SessionStorage::missing()),
            },
            Place::Database => match &$places.database {
                Some($store) => $call.await,
                None => Err(IndexedDb::missing()),
            },
            Place::Custom => match &$places.custom {
                Some($store) => $call.await,
                None => Err(StoreError::Unavailable { what: "store", detail: "none was given".to_owned() }),
            },
        }
    };
}

impl Places {
    pub(super) fn find(custom: Option<CustomStore>) -> Self {
        let database = IndexedDb::is_available().then(|| Rc::new(IndexedDb::new()));
        Self { memory: MemoryStore::default(), session: SessionStorage::new().ok(), database, custom }
    }

    pub(super) fn has(&self, place: Place) -> bool {
        match place {
            Place::Memory => true,
            Place::Session => self.session.is_some(),
            Place::Database => self.database.is_some(),
            Place::Custom => self.custom.is_some(),
        }
    }

    pub(super) async fn get(&self, place: Place, name: &str) -> Result<Option<String>, StoreError> {
        at!(self, place, store => store.get(name))
    }

    pub(super) async fn put(&self, place: Place, name: &str, text: &str) -> Result<(), StoreError> {
        at!(self, place, store => store.put(name, text))
    }

    pub(super) async fn remove(&self, place: Place, name: &str) -> Result<(), StoreError> {
        at!(self, place, store => store.remove(name))
    }

    pub(super) async fn names(&self, place: Place, prefix: &str) -> Result<Vec<String>, StoreError> {
        at!(self, place, store => store.names(prefix))
    }
}
