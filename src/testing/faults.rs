//! Storage that fails or stops at a chosen step.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::host::{MemoryStore, Store, StoreError};

/// What happens at the chosen step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and nothing is done.
    Fails(StoreError),
    /// The page dies before anything is done: the step never ends.
    DiesBefore,
    /// The page dies when it is done: the step never ends.
    DiesAfter,
}

/// Counts the steps of all storage that shares it, and upsets one. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Faults(Rc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    steps: Cell<usize>,
    planned: RefCell<Option<(usize, Fault)>>,
    struck: Cell<bool>,
}

impl Faults {
    /// Upsets the step of this number, counted from 0 from now on.
    pub fn plan(&self, step: usize, fault: Fault) {
        self.0.steps.set(0);
        self.0.struck.set(false);
        self.0.planned.replace(Some((step, fault)));
    }

    /// Upsets nothing any more, and counts from 0.
    pub fn clear(&self) {
        self.0.steps.set(0);
        self.0.struck.set(false);
        self.0.planned.replace(None);
    }

    /// Steps since then.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.0.steps.get()
    }

    /// Whether the chosen step was reached.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.0.struck.get()
    }

    /// Takes a step: does `work`, unless it is the chosen one.
    pub(super) async fn step<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let step = self.0.steps.replace(self.0.steps.get().saturating_add(1));
        let planned = self.0.planned.borrow().clone();
        let Some((_, fault)) = planned.filter(|(at, _)| *at == step) else { return work.await };
        self.0.struck.set(true);
        match fault {
            Fault::Fails(error) => return Err(error.into()),
            Fault::DiesBefore => {}
            Fault::DiesAfter => drop(work.await),
        }
        std::future::pending().await
    }
}

/// Storage in memory whose steps can be upset.
#[derive(Debug, Default)]
pub struct FaultyStore {
    store: MemoryStore,
    faults: Faults,
}

impl FaultyStore {
    /// An empty one.
    #[must_use]
    pub fn new(faults: Faults) -> Self {
        Self { store: MemoryStore::default(), faults }
    }

    /// Another one with the same texts.
    #[must_use]
    pub fn copied(&self, faults: Faults) -> Self {
        Self { store: self.store.clone(), faults }
    }
}

impl Store for FaultyStore {
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.faults.step(self.store.get(name)).await
    }

    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.faults.step(self.store.put(name, text)).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.faults.step(self.store.remove(name)).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.faults.step(self.store.names(prefix)).await
    }
}
