//! One schedule: a time of bad luck in which the app acts and pages die, then a time in which all is well, then the reckoning.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::U256;
use hallpass::call::Call;
use hallpass::host::Clock;
use hallpass::session::{Fate, Stage};
use hallpass::testing::{TestHost, block_on, repeat_randomness};

use super::chain::GWEI;
use super::history::{History, Told};
use super::player::moved;
use super::rng::Rng;
use super::start::{GRANTED, Kind, client, granted};
use super::tab::{Book, Tab};
use super::world::{Shared, World};

/// Milliseconds after which everything must have been told an end, once all is well.
const SETTLED: u64 = 1_500_000;
/// The same for a fresh call.
const FRESH: u64 = 600_000;

pub struct Schedule {
    pub rng: Rng,
    kind: Kind,
    pub host: TestHost,
    pub world: Shared,
    pub book: Rc<RefCell<Book>>,
    pub tabs: Vec<Option<Tab>>,
    /// Whether a step of storage is to go wrong.
    pub is_doomed: bool,
    pub calls: u64,
}

/// Runs the schedule of a seed.
pub fn run(seed: u64) -> History {
    let mut rng = Rng::new(seed, 0);
    let kind = Kind::drawn(&mut rng);
    let (host, ledger) = granted(kind);
    repeat_randomness(seed);
    let world = World::shared(Rng::new(seed, 1), host.clock.clone(), ledger);
    world.borrow_mut().say(format!("{kind:?}"));
    let book = Rc::default();
    let mut schedule =
        Schedule { rng, kind, host, world, book, tabs: vec![None, None], is_doomed: false, calls: 0 };
    block_on(schedule.play())
}

impl Schedule {
    async fn play(&mut self) -> History {
        self.open(0);
        self.open(1);
        self.rest(3_000).await;
        for _ in 0..self.rng.between(6, 16) {
            self.act().await;
            let pause = match self.rng.below(4) {
                0 => 0,
                1 => self.rng.below(300),
                2 => self.rng.below(5_000),
                _ => self.rng.below(60_000),
            };
            self.rest(pause).await;
        }
        self.make_well();
        self.settle().await;
        let fresh = self.act_afresh().await;
        if self.rng.once_in(8) {
            self.rest(GRANTED * 1_000).await;
        }
        self.reckon(fresh).await
    }

    pub fn open(&mut self, at: usize) {
        let tab = Tab::open(&self.host, &self.world, &self.book, self.kind);
        self.tabs[at] = Some(tab);
    }

    pub fn close(&mut self, at: usize) {
        if let Some(tab) = self.tabs[at].take() {
            tab.close();
        }
    }

    /// Lets time pass. A page that hangs at a step of storage is one that died there, and the browser with it.
    pub async fn rest(&mut self, mut millis: u64) {
        loop {
            let step = if self.is_doomed { millis.min(50) } else { millis };
            self.host.clock.sleep(Duration::from_millis(step)).await;
            self.crash_if_struck();
            millis -= step;
            if millis == 0 {
                return;
            }
        }
    }

    fn crash_if_struck(&mut self) {
        if self.is_doomed && self.host.faults.has_struck() {
            self.is_doomed = false;
            self.host.faults.clear();
            for at in 0..2 {
                self.close(at);
                self.open(at);
            }
        }
    }

    /// From now on all endpoints are honest and quick.
    fn make_well(&mut self) {
        self.crash_if_struck();
        self.is_doomed = false;
        self.host.faults.clear();
        let mut world = self.world.borrow_mut();
        world.advance();
        world.is_honest = true;
        world.down = [0; 3];
        if self.rng.once_in(2) {
            world.fee = GWEI;
        }
        world.say("all is well".to_owned());
        drop(world);
        for at in 0..2 {
            if self.tabs[at].is_none() {
                self.open(at);
            }
        }
    }

    fn has_open(&self) -> bool {
        let book = self.book.borrow();
        let is_open = |told: Option<&Told>| told.is_none_or(|told| !told.is_end());
        book.sends.iter().any(|wanted| is_open(wanted.send.told.last()) && !wanted.send.is_orphan)
    }

    async fn settle(&mut self) {
        // A lock that was never undone is nobody's fault.
        self.rest(15_000).await;
        for at in 0..2 {
            if let Some(session) = self.tabs[at].as_ref().and_then(Tab::session) {
                let _ = session.unlock().await;
            }
        }
        let end = self.world.borrow().now() + SETTLED;
        // As long as an operation is waited for whose page died.
        self.rest(700_000).await;
        while self.has_open() && self.world.borrow().now() < end {
            self.rest(20_000).await;
        }
    }

    /// A fresh call, if there is room for it: how it ended.
    async fn act_afresh(&mut self) -> Option<Told> {
        let session = self.tabs[0].as_ref()?.session()?;
        let left = session.remaining();
        let fee = self.world.borrow().fee;
        // Twice what one costs: it may have to outbid another.
        let needed = U256::from(10_100_000 * fee);
        if left.operations == Some(0) || left.gas < needed {
            return None;
        }
        self.calls += 1;
        let at = self.tabs[0].as_ref()?.send(moved(2, self.calls), 120_000)?;
        let last = |schedule: &Self| schedule.book.borrow().sends[at].send.told.last().copied();
        let end = self.world.borrow().now() + FRESH;
        while last(self).is_none_or(|told| !told.is_end()) && self.world.borrow().now() < end {
            self.rest(2_000).await;
        }
        // What landed together with it is told a moment later.
        self.rest(5_000).await;
        last(self)
    }

    async fn reckon(&mut self, fresh: Option<Told>) -> History {
        self.world.borrow_mut().advance();
        let asking = client(&self.host, &self.world, 0, self.kind);
        let mut sends = Vec::new();
        let wanted: Vec<_> = self.book.borrow_mut().sends.drain(..).collect();
        for wanted in wanted {
            let mut send = wanted.send;
            if let Some(id) = &wanted.id {
                send.stored = asking.operation(id).await.ok().map(|operation| stored(&operation));
            }
            let is_it = |found: &Call| found.data == wanted.call.data && found.value == wanted.call.value;
            let world = self.world.borrow();
            let done = world.ledger.included.iter().filter(|included| included.success);
            send.effects = u64::try_from(done.flat_map(|it| it.calls()).filter(is_it).count()).unwrap();
            sends.push(send);
        }
        self.close(0);
        self.close(1);
        let odd = self.book.borrow().odd.clone();
        let mut world = self.world.borrow_mut();
        History {
            sends,
            odd,
            handed: std::mem::take(&mut world.handed),
            used: std::mem::take(&mut world.used),
            limits: self.kind.limits(),
            fresh,
            log: std::mem::take(&mut world.log),
        }
    }
}

fn stored(operation: &hallpass::session::Operation) -> Told {
    match (operation.stage, operation.fate) {
        (_, Some(Fate::Included { success, is_final: true, .. })) => Told::Final(success),
        (_, Some(Fate::Included { success, .. })) => Told::Included(success),
        (_, Some(Fate::Replaced { .. })) => Told::Replaced,
        (_, Some(Fate::Dropped)) => Told::Dropped,
        (Stage::Unknown, _) => Told::Unknown,
        _ => Told::Goes,
    }
}
