//! What happens in the time of bad luck: the app acts, pages die, chain and endpoints have their troubles.

use std::time::Duration;

use hallpass::call::Call;
use hallpass::host::{Clock, StoreError};
use hallpass::testing::Fault;

use super::chain::GWEI;
use super::history::Told;
use super::player::{call, moved};
use super::schedule::Schedule;
use super::tab::Tab;

impl Schedule {
    /// One thing that happens.
    pub async fn act(&mut self) {
        let at = self.rng.index(2);
        let now = self.world.borrow().now();
        match self.rng.below(24) {
            0..=9 => {
                let count = if self.rng.once_in(3) { 2 } else { 1 };
                for _ in 0..count {
                    self.want(at);
                }
            }
            10..=12 => self.kill(at).await,
            13 => {
                let step = self.rng.index(60);
                let fault = match self.rng.below(3) {
                    0 => Fault::DiesBefore,
                    1 => Fault::DiesAfter,
                    _ => Fault::Fails(StoreError::Quota),
                };
                self.world.borrow_mut().say(format!("storage step {step}: {fault:?}"));
                self.is_doomed = !matches!(fault, Fault::Fails(_));
                self.host.faults.plan(step, fault);
            }
            14..=16 => {
                let depth = self.rng.between(1, 2);
                let mut world = self.world.borrow_mut();
                world.advance();
                world.reorganise(depth);
            }
            17 => {
                let (role, until) = (self.rng.index(3), now + self.rng.between(2_000, 90_000));
                self.world.borrow_mut().down[role] = until;
                self.world.borrow_mut().say(format!("endpoint {role} is down"));
            }
            18 => {
                let fee = self.rng.between(1, 3) * GWEI;
                self.world.borrow_mut().fee = fee;
                self.world.borrow_mut().say(format!("fee {fee}"));
            }
            19 | 20 => self.cancel(at),
            21 => self.repeat(at),
            _ => self.rest_or_lock(at).await,
        }
    }

    /// Asks for a call that nobody asked for before.
    fn want(&mut self, at: usize) -> Option<usize> {
        let call = self.new_call();
        let timeout = *self.rng.pick(&[8_000, 60_000, 120_000]);
        self.tabs[at].as_ref()?.send(call, timeout)
    }

    fn new_call(&mut self) -> Call {
        self.calls += 1;
        match self.rng.once_in(2) {
            true => moved(1, self.calls),
            false => call("buy(uint256,uint256)", 10 * self.rng.between(1, 5), &[self.calls, 1]),
        }
    }

    /// An app that wants again what it was told is not done.
    fn repeat(&mut self, at: usize) {
        let failed =
            |told: Option<&Told>| matches!(told, Some(Told::NotSent | Told::Unknown | Told::Replaced));
        let values: Vec<_> = {
            let book = self.book.borrow();
            let failed = book.sends.iter().filter(|wanted| failed(wanted.send.told.last()));
            failed.map(|wanted| wanted.call.value.to::<u64>()).collect()
        };
        for value in values.into_iter().take(3) {
            self.calls += 1;
            if let Some(tab) = &self.tabs[at] {
                tab.send(call("buy(uint256,uint256)", value, &[self.calls, 1]), 60_000);
            }
        }
    }

    fn cancel(&mut self, at: usize) {
        let ids: Vec<String> =
            self.book.borrow().sends.iter().filter_map(|wanted| wanted.id.clone()).collect();
        let Some(session) = self.tabs[at].as_ref().and_then(Tab::session).filter(|_| !ids.is_empty()) else {
            return;
        };
        let id = self.rng.pick(&ids).clone();
        match self.rng.below(4) {
            0 => session.give_up(&id),
            1 => session.await_final(&id),
            _ => {
                let outcome = session.cancel(&id);
                self.world.borrow_mut().say(format!("cancel: {outcome:?}"));
            }
        }
    }

    /// A page dies after so many turns, and opens again now or later.
    async fn kill(&mut self, at: usize) {
        if self.rng.once_in(2) {
            self.want(at);
        }
        for _ in 0..self.rng.below(40) {
            self.host.clock.sleep(Duration::ZERO).await;
        }
        if self.rng.once_in(2) {
            let pause = self.rng.below(4_000);
            self.rest(pause).await;
        }
        self.close(at);
        let pause = if self.rng.once_in(2) { 0 } else { self.rng.below(30_000) };
        self.rest(pause).await;
        self.open(at);
    }

    /// A page that sleeps, or a lock for a while.
    async fn rest_or_lock(&mut self, at: usize) {
        let Some(session) = self.tabs[at].as_ref().and_then(Tab::session) else { return };
        let page = self.tabs[at].as_ref().unwrap().page;
        if self.rng.below(3) > 0 {
            self.world.borrow_mut().say(format!("page {page} sleeps"));
            session.suspend();
            self.world.borrow_mut().note_rest(page);
            return;
        }
        self.world.borrow_mut().say(format!("page {page} locks"));
        let pause = Duration::from_millis(self.rng.below(10_000));
        let clock = self.host.clock.clone();
        self.tabs[at].as_ref().unwrap().host.page.spawn(Box::pin(async move {
            let _ = session.lock().await;
            clock.sleep(pause).await;
            let _ = session.unlock().await;
        }));
        self.rest(12_000).await;
        let pages = self.world.borrow().pages.len();
        for page in 0..pages {
            self.world.borrow_mut().note_rest(u64::try_from(page).unwrap());
        }
    }
}
