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
/// Lanes that tabs share among them; what opens the session beyond that many times shares the last.
const MOST_LANES: u16 = 64;
/// Seconds for which the stored nonce is trusted over the chain's: operations that are on their way.
const TRUST: u64 = 120;

impl<H: Host> Session<H> {
    /// The lane of this session object, claimed at its first use. To be called while the state is locked.
    pub(super) async fn lane(&self) -> u16 {
        if let Some((lane, _)) = self.lane.borrow().as_ref() {
            return *lane;
        }
        for lane in 0..MOST_LANES {
            let name = format!("{}/lane/{lane}", self.terms.name());
            if let Some(guard) = self.client.host.locks().try_acquire(&name).await {
                self.lane.replace(Some((lane, guard)));
                return lane;
            }
        }
        MOST_LANES
    }

    /// The next nonce of a lane: after operations that are on their way, else the chain's.
    pub(super) async fn next_nonce(&self, state: &State, lane: u16) -> Result<U256, SessionError> {
        let key = self.grant.nonce_key(Mode::Use, lane);
        let now = self.client.now().seconds();
        let sequence = match state.lane(lane) {
            Some(stored) if now.saturating_sub(stored.at.seconds()) < TRUST => stored.next,
            _ => self.client.endpoints.node.sequence(&self.entry_point(), self.terms.account, key).await?,
        };
        Ok(nonce(key, sequence))
    }
}

impl State {
    /// What is stored of a lane.
    pub(super) fn lane(&self, id: u16) -> Option<Lane> {
        self.lanes.iter().find(|lane| lane.id == id).copied()
    }

    /// Replaces what is stored of a lane.
    pub(super) fn set_lane(&mut self, id: u16, lane: Option<Lane>) {
        self.lanes.retain(|other| other.id != id);
        self.lanes.extend(lane);
    }
}
