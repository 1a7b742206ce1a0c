//! A platform of stand-ins.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Faults, FaultyStore, ManualClock, Page, PlainSealer, ScriptedRpc, TestLocks};
use crate::host::{Clock, Host, LocalTabs, Locks, SealError, Task};

/// A platform of stand-ins. Clones share storage, keys, locks and time: two clones are two tabs.
#[derive(Clone, Debug)]
pub struct TestHost {
    /// Records.
    pub store: Rc<FaultyStore>,
    /// States.
    pub states: Rc<FaultyStore>,
    /// Keys.
    pub sealer: Rc<PlainSealer>,
    /// Time.
    pub clock: ManualClock,
    /// What upsets storage and sealing.
    pub faults: Faults,
    /// Why it went down, each time.
    pub downgrades: Rc<RefCell<Vec<SealError>>>,
    /// How often it still can.
    pub places_below: Rc<Cell<usize>>,
    /// Where its tasks run.
    pub page: Page,
    locks: TestLocks,
    tabs: LocalTabs,
    per_tab: bool,
}

impl TestHost {
    /// An empty platform at these Unix seconds, with records that all tabs share.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        let faults = Faults::default();
        let store = || Rc::new(FaultyStore::new(faults.clone()));
        Self {
            store: store(),
            states: store(),
            sealer: Rc::new(PlainSealer::new(faults.clone())),
            clock: ManualClock::at(seconds),
            faults,
            downgrades: Rc::default(),
            places_below: Rc::default(),
            page: Page::default(),
            locks: TestLocks::shared(),
            tabs: LocalTabs::default(),
            per_tab: false,
        }
    }

    /// The same, with records of its own; see [`TestHost::new_tab`].
    #[must_use]
    pub fn with_records_per_tab(self) -> Self {
        Self { per_tab: true, ..self }
    }

    /// The same without locks that reach other tabs.
    #[must_use]
    pub fn without_shared_locks(self) -> Self {
        Self { locks: TestLocks::apart(), ..self }
    }

    /// A platform of its own with the same things stored, at the same second.
    #[must_use]
    pub fn copied(&self) -> Self {
        let faults = Faults::default();
        let store = |of: &FaultyStore| Rc::new(of.copied(faults.clone()));
        Self {
            store: store(&self.store),
            states: store(&self.states),
            sealer: Rc::new(self.sealer.copied(faults.clone())),
            per_tab: self.per_tab,
            faults,
            ..Self::at(self.clock.now().seconds())
        }
    }

    /// Another tab of this platform, without records where each tab has its own.
    #[must_use]
    pub fn new_tab(&self) -> Self {
        let store = match self.per_tab {
            true => Rc::new(FaultyStore::new(self.faults.clone())),
            false => Rc::clone(&self.store),
        };
        let locks = if self.locks.reach_other_tabs() { self.locks.clone() } else { TestLocks::apart() };
        Self { store, locks, page: Page::default(), ..self.clone() }
    }
}

impl Host for TestHost {
    type Http = ScriptedRpc;
    type Store = FaultyStore;
    type Sealer = PlainSealer;
    type Clock = ManualClock;
    type Locks = TestLocks;
    type Tabs = LocalTabs;

    fn store(&self) -> &FaultyStore {
        &self.store
    }

    fn states(&self) -> &FaultyStore {
        &self.states
    }

    fn sealer(&self) -> &PlainSealer {
        &self.sealer
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }

    fn locks(&self) -> &TestLocks {
        &self.locks
    }

    fn tabs(&self) -> &LocalTabs {
        &self.tabs
    }

    fn spawn(&self, task: Task) {
        self.page.spawn(task);
    }

    fn origin(&self) -> &str {
        "https://game.example"
    }

    fn has_records_per_tab(&self) -> bool {
        self.per_tab
    }

    fn opens_silently(&self, _: &str) -> bool {
        true
    }

    fn downgrade(&self, cause: &SealError) -> bool {
        let below = self.places_below.get();
        if below > 0 {
            self.places_below.set(below.saturating_sub(1));
            self.downgrades.borrow_mut().push(cause.clone());
        }
        below > 0
    }
}
