//! Sending: the first operation enables the session and everything else waits for it; later ones follow one another.

use std::time::Duration;

use alloy_primitives::{B256, Bytes};

use super::enable::EnablingGuard;
use super::lanes::Unresolved;
use super::operation::{Authorised, Debit};
use super::record::{Lane, Phase, State};
use super::{OperationHash, Session, SessionError, Status};
use crate::bundler::{BundlerError, Receipt};
use crate::call::Call;
use crate::host::{Clock, Host, LocalGuard};
use crate::userop::v07::UserOperation;
use crate::userop::{UserOpHash, split_nonce};

/// The queue of this page's operations.
const ORDER: &str = "send";
/// How often the same bytes are offered again when the answer is lost.
const LOST_ANSWERS: u32 = 3;
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
    enabling: Option<EnablingGuard<H>>,
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
        let place = self.order.enqueue(ORDER);
        match self.attempt(calls, &place, stage).await {
            Err(SessionError::Bundler(error)) if is_stale(&error) => {
                // The chain moved since it was read: another tab, another device, a revocation.
                self.abandon_lane();
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
                match self.client.endpoints.bundler.receipt(sent.hash).await {
                    Ok(Some(receipt)) => {
                        if sent.enabling.is_some() {
                            self.set_phase(Phase::Enabled).await?;
                        }
                        return Ok(receipt);
                    }
                    Err(fault @ BundlerError::OtherHash { .. }) => return Err(fault.into()),
                    // Not there yet; or the question failed, which says nothing about the operation.
                    Ok(None) | Err(_) => {}
                }
                self.client.host.clock().sleep(pause).await;
            }
        }
        self.abandon_lane();
        Err(SessionError::NotIncluded { hash: sent.hash })
    }

    /// Signs an operation of one's own making, if every part of it is as granted; debits it, and answers its signature field.
    ///
    /// # Errors
    /// [`SessionError::NotAsGranted`], [`SessionError::OutOfScope`], and those of [`Session::send`].
    pub async fn sign_operation(&self, op: &UserOperation) -> Result<Bytes, SessionError> {
        let place = self.order.enqueue(ORDER);
        let enabling = self.turn(&place, &|_| ()).await?;
        let enables = enabling.is_some();
        place.turn().await;
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let state = self.usable_state().await?;
        let (lane, nonce) = self.place(&state, enables).await?;
        if op.nonce != nonce {
            return Err(SessionError::NotAsGranted { field: "nonce" });
        }
        let Authorised { digest, debit, .. } = self.authorise(&state, enables, lane, op)?;
        let signature = self.sign(&state, enables, &digest).await?;
        let hash = *self.hash(op)?.as_b256();
        self.write_down(state, (enables, lane), op, hash, debit).await?;
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
        self.check_totals(&state, calls)?;
        let draft = self.draft(&state, enabling.is_some(), calls).await?;
        stage(OperationStage::Estimated);
        place.turn().await;
        let hash = self.dispatch(draft, enabling.is_some(), stage).await?;
        Ok(Sent { hash, enabling })
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
        let lane;
        (lane, op.nonce) = self.place(&state, enabling).await?;
        self.sponsor(&mut op).await?;
        if op.paymaster.is_some() {
            stage(OperationStage::Sponsored);
        }
        let Authorised { digest, debit, .. } = self.authorise(&state, enabling, lane, &op)?;
        op.signature = self.sign(&state, enabling, &digest).await?;
        let hash = self.hash(&op)?;
        let before = state.clone();
        self.write_down(state, (enabling, lane), &op, *hash.as_b256(), debit).await?;
        stage(OperationStage::Signed(*hash.as_b256()));
        let unresolved = Unresolved::new(self);
        if let Err(fault) = self.hand_over(&op, &hash).await {
            let SessionError::Bundler(error) = fault else { return Err(fault) };
            if !error.is_refusal() {
                return Err(SessionError::Unknown { hash: *hash.as_b256(), cause: Box::new(error) });
            }
            // Nobody has it, so its nonce and its cost are free again.
            self.signed.set(before.lane(lane));
            let mut state = self.client.state(&self.terms).await?;
            state.set_lane(lane, before.lane(lane));
            (state.spent, state.narrowed, state.phase) = (before.spent, before.narrowed, before.phase);
            self.save_state(state).await?;
            unresolved.resolved();
            return Err(error.into());
        }
        unresolved.resolved();
        stage(OperationStage::Sent(*hash.as_b256()));
        Ok(*hash.as_b256())
    }

    /// Gives an operation to the bundler. Bundlers that take only a few operations of an account at a time, or only the next one,
    /// refuse later nonces: then it waits until those before it are included. Where the answer is lost, the same bytes are offered
    /// again, which changes nothing if they had arrived.
    async fn hand_over(&self, op: &UserOperation, hash: &UserOpHash) -> Result<(), SessionError> {
        let bundler = &self.client.endpoints.bundler;
        let entry_point = self.entry_point();
        let (key, sequence) = split_nonce(op.nonce);
        let (mut turns, mut lost) = (0_u32, 0_u32);
        let mut last = None;
        for _ in 0..NONCE_WAIT.0 {
            let fault = match bundler.send(op, &entry_point, hash).await {
                Ok(()) => return Ok(()),
                Err(fault) => fault,
            };
            if fault.is_entry_point("AA25") {
                let on_chain =
                    self.client.endpoints.node.sequence(&entry_point, self.terms.account, key).await?;
                // Refused because it is there already.
                if on_chain > sequence || lost > 0 {
                    let there = bundler.receipt(*hash.as_b256()).await?.is_some()
                        || bundler.knows(*hash.as_b256()).await?;
                    if there {
                        return Ok(());
                    }
                }
                turns = if on_chain == sequence { turns.saturating_add(1) } else { 0_u32 };
                if on_chain > sequence || turns > NONCE_TURNS {
                    return Err(fault.into());
                }
            } else if fault.is_refusal() || lost >= LOST_ANSWERS {
                return Err(fault.into());
            } else {
                lost = lost.saturating_add(1);
            }
            last = Some(fault);
            self.client.host.clock().sleep(NONCE_WAIT.1).await;
        }
        Err(last.map_or(SessionError::NotIncluded { hash: *hash.as_b256() }, SessionError::from))
    }

    /// Debits an operation and keeps what is needed to find it again, before anybody gets it.
    async fn write_down(
        &self,
        mut state: State,
        (enabling, lane): (bool, u16),
        op: &UserOperation,
        hash: OperationHash,
        debit: Debit,
    ) -> Result<(), SessionError> {
        let at = self.client.now();
        (state.spent, state.signed_at) = (debit.spent, at);
        if let (Some((_, spent)), Some(debited)) = (&mut state.narrowed, debit.narrowed) {
            *spent = debited;
        }
        if enabling {
            state.phase = Phase::Enabling { hash, at };
        } else {
            let (_, sequence) = split_nonce(op.nonce);
            let signed = Some(Lane { id: lane, next: sequence.saturating_add(1), at });
            self.signed.set(signed);
            state.set_lane(lane, signed);
        }
        // Forgotten meanwhile: what is deleted stays deleted.
        self.client.state(&self.terms).await?;
        self.save_state(state).await
    }
}

/// Failures that a newer look at the chain explains.
fn is_stale(error: &BundlerError) -> bool {
    error.is_entry_point("AA10")
        || error.is_entry_point("AA25")
        || error.is_revert("InvalidNonce()")
        || error.is_revert("EnableNotApproved()")
}
