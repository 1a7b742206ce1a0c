//! Sending: the first operation enables the session and everything else waits for it; later ones follow one another.

use std::time::Duration;

use alloy_primitives::{B256, Bytes};

use super::lanes::ENABLING_LANE;
use super::record::{Lane, Phase, State};
use super::{OperationHash, Session, SessionError, Status};
use crate::bundler::{BundlerError, Receipt};
use crate::call::Call;
use crate::host::{Clock, Host, LocalGuard, Locks};
use crate::protocol::GrantStatus;
use crate::time::Timestamp;
use crate::userop::v07::UserOperation;
use crate::userop::{UserOpHash, split_nonce};

/// Seconds after which an operation that is nowhere to be seen counts as dropped.
const DROPPED_AFTER: u64 = 60;
/// How often an operation is offered again while those before it are not included, and the pause between.
const NONCE_WAIT: (usize, Duration) = (300, Duration::from_millis(100));
/// How often it is offered again once its nonce is the next one on chain: the bundler may see the chain a little later.
const NONCE_TURNS: u32 = 10;
/// Pause between two questions for a receipt: short at first, longer later.
const POLL: [(usize, Duration); 3] =
    [(60, Duration::from_millis(100)), (120, Duration::from_millis(500)), (240, Duration::from_secs(2))];

/// Stages of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationStage {
    /// Its calls are in scope.
    Checked,
    /// It waits for the operation that enables the session.
    Queued,
    /// Gas limits and fees are known.
    Estimated,
    /// A paymaster pays.
    Sponsored,
    /// It is signed, and written down.
    Signed(B256),
    /// The bundler took it.
    Sent(B256),
}

impl OperationStage {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Queued => "queued",
            Self::Estimated => "estimated",
            Self::Sponsored => "sponsored",
            Self::Signed(_) => "signed",
            Self::Sent(_) => "sent",
        }
    }

    /// Hash of the operation, once it has its final form.
    #[must_use]
    pub const fn hash(self) -> Option<B256> {
        match self {
            Self::Signed(hash) | Self::Sent(hash) => Some(hash),
            _ => None,
        }
    }
}

/// A sent operation. While it enables the session, no other operation starts before this is given to [`Session::included`] or dropped.
pub struct Sent<H: Host> {
    hash: OperationHash,
    enabling: Option<<H::Locks as Locks>::Guard>,
}

impl<H: Host> std::fmt::Debug for Sent<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl<H: Host> Sent<H> {
    /// Hash of the operation.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }
}

impl<H: Host> Session<H> {
    /// Checks, signs and sends calls, all or none. Opens no prompt.
    ///
    /// # Errors
    /// [`SessionError::OutOfScope`] before any request when a rule is broken, [`SessionError::Expired`], [`SessionError::Locked`],
    /// [`SessionError::Revoked`], and those of bundler, node and paymaster.
    pub async fn send(
        &self,
        calls: &[Call],
        stage: &impl Fn(OperationStage),
    ) -> Result<Sent<H>, SessionError> {
        self.check_all(calls)?;
        stage(OperationStage::Checked);
        // Prepared side by side, but signed and sent in the order of the calls.
        let place = self.order.enqueue("send");
        match self.attempt(calls, &place, stage).await {
            Err(SessionError::Bundler(error)) if is_stale(&error) => {
                // The chain moved since it was read: another tab, another device, a revocation.
                self.forget_lane().await?;
                self.refresh().await?;
                self.attempt(calls, &place, stage).await
            }
            // A removed session is refused without a reason: the chain tells.
            Err(SessionError::Bundler(error)) if error.is_entry_point("AA23") => {
                match self.refresh().await? {
                    Status::Revoked => Err(SessionError::Revoked),
                    _ => Err(error.into()),
                }
            }
            outcome => outcome,
        }
    }

    /// Waits until a sent operation is included.
    ///
    /// # Errors
    /// [`SessionError::NotIncluded`] after ten minutes, [`SessionError::Bundler`].
    pub async fn included(&self, sent: Sent<H>) -> Result<Receipt, SessionError> {
        for (times, pause) in POLL {
            for _ in 0..times {
                if let Some(receipt) = self.client.endpoints.bundler.receipt(sent.hash).await? {
                    if sent.enabling.is_some() {
                        self.set_phase(Phase::Enabled).await?;
                    }
                    return Ok(receipt);
                }
                self.client.host.clock().sleep(pause).await;
            }
        }
        // Whatever became of it: the next operation asks the chain for its nonce.
        self.forget_lane().await?;
        Err(SessionError::NotIncluded { hash: sent.hash })
    }

    /// Signs an operation of one's own making, if every part of it is as granted; debits it, and answers its signature field.
    ///
    /// # Errors
    /// [`SessionError::NotAsGranted`], [`SessionError::OutOfScope`], and those of [`Session::send`].
    pub async fn sign_operation(&self, op: &UserOperation) -> Result<Bytes, SessionError> {
        self.usable_state().await?;
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let state = self.usable_state().await?;
        let enabling = state.phase != Phase::Enabled;
        let lane = if enabling { ENABLING_LANE } else { self.lane().await };
        let (digest, cost) = self.authorise(&state, enabling, lane, op)?;
        let signature = self.sign(&state, enabling, &digest).await?;
        let hash = *self.hash(op)?.as_b256();
        self.write_down(state, (enabling, lane), op, hash, &cost).await?;
        Ok(signature)
    }

    async fn attempt(
        &self,
        calls: &[Call],
        place: &LocalGuard,
        stage: &impl Fn(OperationStage),
    ) -> Result<Sent<H>, SessionError> {
        let enabling = self.turn(place, stage).await?;
        let state = self.usable_state().await?;
        let draft = self.draft(&state, enabling.is_some(), calls).await?;
        stage(OperationStage::Estimated);
        place.turn().await;
        let hash = self.dispatch(draft, enabling.is_some(), stage).await?;
        Ok(Sent { hash, enabling })
    }

    /// Waits until this operation may go. Answers the lock on enabling if it is the one that enables the session.
    async fn turn(
        &self,
        place: &LocalGuard,
        stage: &impl Fn(OperationStage),
    ) -> Result<Option<<H::Locks as Locks>::Guard>, SessionError> {
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
        match self.usable_state().await?.phase {
            Phase::Enabled => Ok(None),
            // Whoever sent that operation is gone, since its lock is free.
            Phase::Enabling { hash, at } => match self.settle(hash, at).await? {
                Phase::Enabled => Ok(None),
                _ => Ok(Some(guard)),
            },
            _ => {
                self.read_root_owner().await?;
                Ok(Some(guard))
            }
        }
    }

    /// Finds out what became of an operation that was to enable the session.
    async fn settle(&self, hash: OperationHash, at: Timestamp) -> Result<Phase, SessionError> {
        loop {
            if self.client.endpoints.bundler.receipt(hash).await?.is_some() {
                return self.set_phase(Phase::Enabled).await;
            }
            let node = &self.client.endpoints.node;
            let answers = node.views(&self.grant.status_reads()).await?;
            match self.grant.status(&answers)? {
                GrantStatus::Enabled => return self.set_phase(Phase::Enabled).await,
                GrantStatus::Unused => {}
                _ => {
                    self.set_phase(Phase::Revoked).await?;
                    return Err(SessionError::Revoked);
                }
            }
            let waited = self.client.now().seconds().saturating_sub(at.seconds());
            if waited > DROPPED_AFTER {
                return self.set_phase(Phase::Granted).await;
            }
            self.client.host.clock().sleep(Duration::from_millis(500)).await;
        }
    }

    /// Before its first operation: the account must still be the owner's (threat model, rule 36).
    async fn read_root_owner(&self) -> Result<(), SessionError> {
        let account = self.client.account_state(self.terms.account).await?;
        if account.deployed && account.owner != Some(self.terms.owner) {
            self.lock().await?;
            return Err(SessionError::OwnerChanged { account: self.terms.account });
        }
        Ok(())
    }

    /// Gives an operation its nonce, signs it, writes it down and sends it, alone among all tabs.
    async fn dispatch(
        &self,
        mut op: UserOperation,
        enabling: bool,
        stage: &impl Fn(OperationStage),
    ) -> Result<OperationHash, SessionError> {
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let state = self.usable_state().await?;
        let lane = if enabling { ENABLING_LANE } else { self.lane().await };
        if !enabling {
            op.nonce = self.next_nonce(&state, lane).await?;
        }
        self.sponsor(&mut op).await?;
        if op.paymaster.is_some() {
            stage(OperationStage::Sponsored);
        }
        let (digest, cost) = self.authorise(&state, enabling, lane, &op)?;
        op.signature = self.sign(&state, enabling, &digest).await?;
        let hash = self.hash(&op)?;
        let before = state.clone();
        self.write_down(state, (enabling, lane), &op, *hash.as_b256(), &cost).await?;
        stage(OperationStage::Signed(*hash.as_b256()));
        if let Err(fault) = self.hand_over(&op, &hash).await {
            // The same nonce will be used again, so no more than one of the operations signed for it can ever be included.
            let refused = matches!(fault, SessionError::Bundler(BundlerError::Refused(_)));
            let mut record = self.client.load(&self.terms.name()).await?;
            record.state.set_lane(lane, before.lane(lane));
            if refused {
                record.state.spent = before.spent;
                record.state.phase = before.phase;
            }
            self.client.save(&record).await?;
            self.state.replace(record.state);
            return Err(fault);
        }
        stage(OperationStage::Sent(*hash.as_b256()));
        Ok(*hash.as_b256())
    }

    /// Gives an operation to the bundler. Bundlers that take only a few operations of an account at a time, or only the next one,
    /// refuse later nonces: then it waits until those before it are included.
    async fn hand_over(&self, op: &UserOperation, hash: &UserOpHash) -> Result<(), SessionError> {
        let entry_point = self.entry_point();
        let (key, sequence) = split_nonce(op.nonce);
        let mut turns = 0_u32;
        for _ in 0..NONCE_WAIT.0 {
            let fault = match self.client.endpoints.bundler.send(op, &entry_point, hash).await {
                Err(fault) if fault.is_entry_point("AA25") => fault,
                outcome => return Ok(outcome?),
            };
            let on_chain = self.client.endpoints.node.sequence(&entry_point, self.terms.account, key).await?;
            turns = if on_chain == sequence { turns.saturating_add(1) } else { 0_u32 };
            if on_chain > sequence || turns > NONCE_TURNS {
                return Err(fault.into());
            }
            self.client.host.clock().sleep(NONCE_WAIT.1).await;
        }
        Err(SessionError::NotIncluded { hash: *hash.as_b256() })
    }

    /// Debits an operation and keeps what is needed to find it again, before anybody gets it.
    async fn write_down(
        &self,
        mut state: State,
        (enabling, lane): (bool, u16),
        op: &UserOperation,
        hash: OperationHash,
        cost: &crate::scope::OperationCost,
    ) -> Result<(), SessionError> {
        let at = self.client.now();
        state.spent.operations = state.spent.operations.saturating_add(1);
        state.spent.gas = state.spent.gas.saturating_add(cost.wei());
        if enabling {
            state.phase = Phase::Enabling { hash, at };
        } else {
            let (_, sequence) = split_nonce(op.nonce);
            state.set_lane(lane, Some(Lane { id: lane, next: sequence.saturating_add(1), at }));
        }
        let mut record = self.client.load(&self.terms.name()).await?;
        record.state = state.clone();
        self.client.save(&record).await?;
        self.state.replace(state);
        Ok(())
    }

    /// Asks the chain for the next nonce of this object's lane, whatever was stored.
    async fn forget_lane(&self) -> Result<(), SessionError> {
        let lane = self.lane.borrow().as_ref().map(|(lane, _)| *lane);
        if let Some(lane) = lane {
            self.update(|state| state.set_lane(lane, None)).await?;
        }
        Ok(())
    }

    async fn set_phase(&self, phase: Phase) -> Result<Phase, SessionError> {
        Ok(self.update(|state| state.phase = phase).await?.phase)
    }
}

/// Failures that a newer look at the chain explains.
fn is_stale(error: &BundlerError) -> bool {
    error.is_entry_point("AA10")
        || error.is_entry_point("AA25")
        || error.is_revert("InvalidNonce()")
        || error.is_revert("EnableNotApproved()")
}
