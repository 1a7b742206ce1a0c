//! Nonce lanes: every open session object has one of its own, so that tabs never sign two operations for one nonce (threat model,
//! rule 27). A lane is claimed by a lock that the platform frees when the tab goes; its counter is stored.

use alloy_primitives::U256;

use super::record::{Lane, State};
use super::{Session, SessionError};
use crate::host::{Host, Locks};
use crate::protocol::Mode;
use crate::userop::nonce;

/// Lane of the operation that enables the session. Nonces that enable are counted apart, and only one tab enables.
pub(super) const ENABLING_LANE: u16 = 0;
/// Lane that estimates are made in. No operation is ever sent in it, so its first nonce is always the right one, whatever else is on
/// its way. A first use costs some 17,000 gas more than a later one: the limits are that much higher than needed.
pub(super) const ESTIMATION_LANE: u16 = u16::MAX;
/// Lanes that open session objects share among them.
const MOST_LANES: u16 = 64;
/// Lanes from which each session object draws its own where tabs do not see each other's locks, and how many it tries.
const UNSHARED_LANES: (u16, u16) = (MOST_LANES, 4);
/// Seconds for which the stored counter is trusted over the chain's: operations that are on their way.
const TRUST: u64 = 120;

impl<H: Host> Session<H> {
    /// Lane and nonce of the next operation, to be called while the state is locked. A lane in which something was sent that the chain
    /// does not show is left alone, whatever became of it: no nonce is ever signed for twice.
    ///
    /// # Errors
    /// [`SessionError::Busy`] when there is no such lane any more.
    pub(super) async fn next_nonce(&self, state: &State) -> Result<(u16, U256), SessionError> {
        let now = self.client.now().seconds();
        let claimed = self.lane.borrow().as_ref().map(|(lane, _)| *lane);
        let key = |lane| self.grant.nonce_key(Mode::Use, lane);
        if let Some(lane) = claimed
            && let Some(stored) = self.last_in(lane, state)
            && stored.at.seconds() <= now
            && now.saturating_sub(stored.at.seconds()) < TRUST
        {
            return Ok((lane, nonce(key(lane), stored.next)));
        }
        let lanes = match self.client.host.locks().reach_other_tabs() {
            true => 0..MOST_LANES,
            false => own_lanes()?,
        };
        for lane in claimed.into_iter().chain(lanes) {
            if !self.claim(lane).await {
                continue;
            }
            let node = &self.client.endpoints.node;
            let on_chain = node.sequence(&self.entry_point(), self.terms.account, key(lane)).await?;
            if self.last_in(lane, state).is_none_or(|stored| stored.next <= on_chain) {
                return Ok((lane, nonce(key(lane), on_chain)));
            }
            self.abandon_lane();
        }
        Err(SessionError::Busy)
    }

    /// The last operation in a lane, as stored or as signed here, whichever is later.
    fn last_in(&self, lane: u16, state: &State) -> Option<Lane> {
        let signed = self.signed.get().filter(|signed| signed.id == lane);
        state.lane(lane).into_iter().chain(signed).max_by_key(|last| last.next)
    }

    /// A page that sleeps may lose its locks, and with them the lane.
    pub(super) fn rest_lane(&self) {
        if self.client.host.locks().reach_other_tabs() {
            self.abandon_lane();
        }
    }

    /// Another lane next time.
    pub(super) fn abandon_lane(&self) {
        self.lane.replace(None);
    }

    async fn claim(&self, lane: u16) -> bool {
        if self.lane.borrow().as_ref().is_some_and(|(claimed, _)| *claimed == lane) {
            return true;
        }
        let name = format!("{}/lane/{lane}", self.terms.name());
        match self.client.host.locks().try_acquire(&name).await {
            Some(guard) => {
                self.lane.replace(Some((lane, guard)));
                true
            }
            None => false,
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

/// Abandons the lane when dropped: what was handed over may have arrived or not.
pub(super) struct Unresolved<'a, H: Host>(Option<&'a Session<H>>);

impl<'a, H: Host> Unresolved<'a, H> {
    pub(super) const fn new(session: &'a Session<H>) -> Self {
        Self(Some(session))
    }

    /// It is known what became of it.
    pub(super) fn resolved(mut self) {
        self.0 = None;
    }
}

impl<H: Host> Drop for Unresolved<'_, H> {
    fn drop(&mut self) {
        if let Some(session) = self.0 {
            session.abandon_lane();
        }
    }
}

impl State {
    /// What is stored of a lane.
    pub(super) fn lane(&self, id: u16) -> Option<Lane> {
        self.lanes.iter().find(|lane| lane.id == id).copied()
    }

    /// Replaces what is stored of a lane. Of drawn lanes only the latest are kept: nobody draws the others again.
    pub(super) fn set_lane(&mut self, id: u16, lane: Option<Lane>) {
        self.lanes.retain(|other| other.id != id);
        self.lanes.extend(lane);
        let over = self.lanes.len().saturating_sub(usize::from(MOST_LANES).saturating_mul(2));
        self.lanes.drain(..over);
    }
}
