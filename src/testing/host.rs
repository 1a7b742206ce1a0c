//! A platform of stand-ins, and its clock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::{Faults, FaultyStore, PlainSealer, ScriptedRpc, TestLocks, yield_once};
use crate::host::{Clock, Host, LocalTabs, Locks, SealError};
use crate::time::Timestamp;

/// A clock that stands still but for [`ManualClock::advance`] and for sleeping, which takes no real time.
#[derive(Clone, Debug)]
pub struct ManualClock(Rc<Cell<Duration>>);

impl ManualClock {
    /// A clock that shows these Unix seconds.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self(Rc::new(Cell::new(Duration::from_secs(seconds))))
    }

    /// Moves the clock.
    pub fn advance(&self, time: Duration) {
        self.0.set(self.0.get().saturating_add(time));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.get().as_secs()).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, time: Duration) {
        self.advance(time);
        yield_once().await;
    }
}

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

    /// Another tab of this platform, without records where each tab has its own.
    #[must_use]
    pub fn new_tab(&self) -> Self {
        let store = match self.per_tab {
            true => Rc::new(FaultyStore::new(self.faults.clone())),
            false => Rc::clone(&self.store),
        };
        let locks = if self.locks.reach_other_tabs() { self.locks.clone() } else { TestLocks::apart() };
        Self { store, locks, ..self.clone() }
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
