//! Nonce lanes: each page has one of its own, so that tabs never sign for one nonce (threat model, rule 27). A lane is claimed by a
//! lock that the platform frees when the page goes.

use std::rc::Rc;

use super::driver::no_answer;
use super::engine::{Event, Wanted};
use super::keep::{Entry, Lane};
use super::{Session, SessionError, SessionFault};
use crate::host::{Host, Locks};

/// Lane of the operation that enables the session. Nonces that enable are counted apart, and only one page enables.
pub(super) const ENABLING_LANE: u16 = 0;
/// Lane that estimates are made in. No operation is ever sent in it, so its first nonce is always the right one, whatever else is on
/// its way. A first use costs some 17,000 gas more than a later one: the limits are that much higher than needed.
pub(super) const ESTIMATION_LANE: u16 = u16::MAX;
/// Lanes that open session objects share among them.
const MOST_LANES: u16 = 64;
/// Lanes from which each session object draws its own where tabs do not see each other's locks, and how many it tries.
const UNSHARED_LANES: (u16, u16) = (MOST_LANES, 4);

/// Lanes of a page, and the locks that claim them.
pub(super) type Held<H> = Vec<(Lane, <<H as Host>::Locks as Locks>::Guard)>;

impl<H: Host> Session<H> {
    /// Claims a lane as the engine wants it.
    pub(super) async fn claim(self: &Rc<Self>, wanted: Wanted) -> Event {
        match wanted {
            Wanted::Enabling => {
                if !self.holds(Lane::Enabling) {
                    let guard = self.client.host.locks().acquire(&self.lock_name(Lane::Enabling)).await;
                    self.lanes.borrow_mut().push((Lane::Enabling, guard));
                }
                match self.read_for_enabling().await {
                    Ok(()) => Event::Claimed(wanted, Lane::Enabling),
                    Err(fault) => {
                        self.release(Lane::Enabling);
                        Event::NotClaimed(wanted, fault)
                    }
                }
            }
            Wanted::Use { ref but } => match self.claim_any(but).await {
                Ok(lane) => Event::Claimed(wanted, lane),
                Err(fault) => Event::NotClaimed(wanted, fault),
            },
            Wanted::This(lane) => match self.claim_this(lane).await {
                Ok(()) => Event::Claimed(wanted, lane),
                Err(fault) => Event::NotClaimed(wanted, fault),
            },
        }
    }

    /// Whoever had the lane before may have left something in it; and the account must still be the owner's (threat model, rule 36).
    async fn read_for_enabling(self: &Rc<Self>) -> Result<(), SessionError> {
        let state = self.read_state().await?;
        self.adopt(&state, Lane::Enabling);
        if state.phase == super::Phase::Granted {
            // The lane is held meanwhile: a node that hangs must not keep it from all tabs.
            let asked = self.client.account_state(self.terms.account);
            let account = self.client.within(self.client.patience, asked).await;
            let account = account.unwrap_or_else(|| Err(no_answer("the node").into()))?;
            self.seen_deployed.set(Some(account.deployed));
            if account.deployed && account.owner != Some(self.terms.owner) {
                self.lock_for_owner().await?;
                return Err(SessionError::from(SessionFault::OwnerChanged { account: self.terms.account }));
            }
        }
        Ok(())
    }

    async fn claim_this(self: &Rc<Self>, lane: Lane) -> Result<(), SessionError> {
        if self.holds(lane) || self.try_claim(lane).await {
            let state = self.read_state().await?;
            self.adopt(&state, lane);
            return Ok(());
        }
        Err(SessionFault::Busy.into())
    }

    async fn claim_any(self: &Rc<Self>, but: &[u16]) -> Result<Lane, SessionError> {
        let lanes = match self.client.host.locks().reach_other_tabs() {
            true => 0..MOST_LANES,
            false => own_lanes()?,
        };
        for id in lanes.filter(|id| !but.contains(id)) {
            let lane = Lane::Use(id);
            match self.claim_this(lane).await {
                Err(error) if matches!(*error, SessionFault::Busy) => {}
                claimed => return claimed.map(|()| lane),
            }
        }
        Err(SessionError::from(SessionFault::Busy))
    }

    /// Takes the lanes of pages that are gone, with the operations they left open.
    pub(super) async fn adopt_what_is_left(self: &Rc<Self>) {
        let state = self.state.borrow().clone();
        let mut seen = Vec::new();
        for lane in state.left().map(|(entry, _)| entry.place.lane) {
            if seen.contains(&lane) {
                continue;
            }
            seen.push(lane);
            if self.holds(lane) || self.try_claim(lane).await {
                self.adopt(&state, lane);
            }
        }
    }

    fn adopt(self: &Rc<Self>, state: &super::State, lane: Lane) {
        let of_lane = state.left().filter(|(entry, _)| entry.place.lane == lane);
        let entries: Vec<_> = of_lane.map(|(entry, fate)| (Entry::clone(entry), fate)).collect();
        if !entries.is_empty() {
            self.feed(Event::Adopted(entries));
        }
    }

    pub(super) fn holds(&self, lane: Lane) -> bool {
        self.lanes.borrow().iter().any(|(held, _)| *held == lane)
    }

    async fn try_claim(&self, lane: Lane) -> bool {
        match self.client.host.locks().try_acquire(&self.lock_name(lane)).await {
            Some(guard) => {
                self.lanes.borrow_mut().push((lane, guard));
                true
            }
            None => false,
        }
    }

    pub(super) fn release(&self, lane: Lane) {
        self.lanes.borrow_mut().retain(|(held, _)| *held != lane);
    }

    /// A page that sleeps may lose its locks, and with them its lanes.
    pub(super) fn rest_lanes(self: &Rc<Self>) {
        if self.client.host.locks().reach_other_tabs() {
            drop(self.lanes.take());
            self.feed(Event::LanesLost);
        }
    }

    fn lock_name(&self, lane: Lane) -> String {
        match lane {
            Lane::Enabling => format!("{}/enabling", self.terms.name()),
            Lane::Use(id) => format!("{}/lane/{id}", self.terms.name()),
        }
    }
}

/// Lanes that another tab draws too once in some 65,000 times; then the chain refuses one of two operations.
fn own_lanes() -> Result<std::ops::Range<u16>, SessionError> {
    let mut bytes = [0; 2];
    crate::random::fill(&mut bytes).map_err(|_| crate::key::KeyError::NoRandomness)?;
    let (first, tried) = UNSHARED_LANES;
    let room = ESTIMATION_LANE.saturating_sub(first).saturating_sub(tried);
    let lane = u16::from_le_bytes(bytes).checked_rem(room).unwrap_or_default().saturating_add(first);
    Ok(lane..lane.saturating_add(tried))
}
