//! The first operation enables the session on chain; everything else waits for it, in all tabs.

use std::time::Duration;

use super::record::Phase;
use super::send::OperationStage;
use super::{OperationHash, Session, SessionError};
use crate::host::{Clock, Host, LocalGuard, Locks};
use crate::time::Timestamp;

/// Seconds after which an operation that neither bundler nor chain knows counts as dropped.
const DROPPED_AFTER: u64 = 60;
/// Pause between two looks at it.
const PAUSE: Duration = Duration::from_millis(500);

/// The lock on enabling a session.
pub(super) type EnablingGuard<H> = <<H as Host>::Locks as Locks>::Guard;

impl<H: Host> Session<H> {
    /// Waits until an operation may go. Answers the lock on enabling if it is the one that enables the session.
    pub(super) async fn turn(
        &self,
        place: &LocalGuard,
        stage: &impl Fn(OperationStage),
    ) -> Result<Option<EnablingGuard<H>>, SessionError> {
        let state = self.usable_state().await?;
        if state.phase == Phase::Enabled {
            return Ok(None);
        }
        if matches!(state.phase, Phase::Enabling { .. }) {
            stage(OperationStage::Queued);
        }
        // Whoever takes the lock must be the first in this page too, or it would wait for one that waits for the lock.
        place.turn().await;
        let guard = self.client.lock_enabling(&self.terms.name()).await;
        let phase = match self.usable_state().await?.phase {
            // Whoever sent that operation is gone, since its lock is free.
            Phase::Enabling { hash, at } => self.settle(hash, at).await?,
            phase => phase,
        };
        if phase == Phase::Enabled {
            return Ok(None);
        }
        self.read_root_owner().await?;
        Ok(Some(guard))
    }

    /// Finds out what became of an operation that was to enable the session. It counts as dropped only when it is old enough, and
    /// neither the bundler nor the chain knows of it.
    async fn settle(&self, hash: OperationHash, at: Timestamp) -> Result<Phase, SessionError> {
        loop {
            let bundler = &self.client.endpoints.bundler;
            if bundler.receipt(hash).await.is_ok_and(|receipt| receipt.is_some()) {
                return self.set_phase(Phase::Enabled).await;
            }
            let state = self.read_state().await?;
            let (found, _) = self.view_of_chain(&state).await?;
            match found {
                Phase::Enabled => return self.set_phase(Phase::Enabled).await,
                Phase::Revoked => {
                    self.set_phase(Phase::Revoked).await?;
                    return Err(SessionError::Revoked);
                }
                _ => {}
            }
            let waited = self.client.now().seconds().saturating_sub(at.seconds());
            if waited > DROPPED_AFTER && !bundler.knows(hash).await? {
                return self.set_phase(Phase::Granted).await;
            }
            self.client.host.clock().sleep(PAUSE).await;
        }
    }

    /// Before its first operation: the account must still be the owner's (threat model, rule 36).
    async fn read_root_owner(&self) -> Result<(), SessionError> {
        let account = self.client.account_state(self.terms.account).await?;
        if account.deployed && account.owner != Some(self.terms.owner) {
            self.lock_for_owner().await?;
            return Err(SessionError::OwnerChanged { account: self.terms.account });
        }
        Ok(())
    }

    pub(super) async fn set_phase(&self, phase: Phase) -> Result<Phase, SessionError> {
        let mut changed = |state: &mut super::State| {
            // Revoked is for ever.
            if state.phase != Phase::Revoked {
                state.phase = phase;
            }
        };
        let phase = self.update(&mut changed).await?.phase;
        if phase == Phase::Enabled {
            self.end_renewed().await;
        }
        Ok(phase)
    }
}
