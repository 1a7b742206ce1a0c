//! Does what the engine wants done: asks endpoints, signs, stores, waits, tells. No lock is held over a request, and no request lasts
//! longer than the app allows.

use std::rc::{Rc, Weak};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::engine::{Answer, Ask, Change, Effect, Event, Moment, News};
use super::keep::{Entry, Lane, Place, Standing, State};
use super::operation::Authorised;
use super::{Session, SessionError, Status};
use crate::endpoint::bundler::BundlerError;
use crate::host::{Clock, Host, RpcError};
use crate::userop::UserOperation as AnyOperation;
use crate::userop::v07::UserOperation;

/// Blocks that a node is asked for where it does not take more at once.
const FEW_BLOCKS: u64 = 900;

impl<H: Host> Session<H> {
    /// Tells the engine what happened, and does what it wants done.
    pub(super) fn feed(self: &Rc<Self>, event: Event) {
        let effects = {
            let state = self.state.borrow();
            let moment = Moment {
                now: self.client.host.clock().millis(),
                chance: self.chance(),
                state: &state,
                refusal: self.refusal(&state),
                valid_until: self.terms.validity.valid_until().seconds(),
                grant: self.grant.as_ref(),
            };
            self.engine.borrow_mut().handle(event, &moment)
        };
        for effect in effects {
            match effect {
                Effect::Tell { id, news } => self.tell(&id, news),
                Effect::ReleaseEnabling => self.release(Lane::Enabling),
                Effect::WakeAt { at, idle: true } => self.wake_if_alive(at),
                effect => self.client.host.spawn(Box::pin(perform(Rc::clone(self), effect))),
            }
        }
    }

    /// Why nothing is signed any more, if so.
    fn refusal(&self, state: &State) -> Option<SessionError> {
        let status = super::summary(&self.terms, state, self.client.now()).status;
        match status {
            _ if self.forgotten.get() => Some(SessionError::Forgotten),
            Status::Expired => Some(SessionError::Expired),
            Status::Revoked => Some(SessionError::Revoked),
            Status::Locked => Some(SessionError::Locked),
            _ if self.closed.get() => Some(SessionError::Locked),
            _ => None,
        }
    }

    /// Rings later, unless the session object is gone by then.
    fn wake_if_alive(self: &Rc<Self>, at: u64) {
        let (weak, host) = (Rc::downgrade(self), Rc::clone(&self.client));
        self.client.host.spawn(Box::pin(async move {
            host.host.clock().rest(until(&host.host, at)).await;
            if let Some(session) = Weak::upgrade(&weak) {
                session.feed(Event::Rang(at));
            }
        }));
    }

    fn chance(&self) -> u64 {
        // xorshift: it only spreads retries.
        let mut chance = self.chance.get();
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        chance
    }

    /// Asks, but no longer than the app allows.
    async fn ask(self: &Rc<Self>, ask: Ask) -> Result<Answer, SessionError> {
        let slow = |endpoint: &str| RpcError::Transport {
            endpoint: endpoint.to_owned(),
            detail: "no answer in time".to_owned(),
        };
        let late = match &ask {
            Ask::Send { .. } | Ask::Known(_) | Ask::Receipt(_) | Ask::Draft { .. } => {
                SessionError::Bundler(BundlerError::Rpc(slow("the bundler")))
            }
            Ask::Sponsor(_) => SessionError::Paymaster(slow("the paymaster")),
            _ => SessionError::Node(slow("the node")),
        };
        // A draft is several requests, one after the other.
        let times = if matches!(ask, Ask::Draft { .. } | Ask::Refresh) { 3 } else { 1 };
        let patience = self.client.patience.saturating_mul(times);
        let asked = Box::pin(self.answer(ask));
        match select(asked, Box::pin(self.client.host.clock().sleep(patience))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(late),
        }
    }

    async fn answer(self: &Rc<Self>, ask: Ask) -> Result<Answer, SessionError> {
        let (node, bundler) = (&self.client.endpoints.node, &self.client.endpoints.bundler);
        let (entry_point, account) = (self.entry_point(), self.terms.account);
        Ok(match ask {
            Ask::Draft { calls, enabling } => {
                let state = self.usable_state().await?;
                Answer::Draft(Box::new(self.draft(&state, enabling, &calls).await?))
            }
            Ask::Fees => Answer::Fees(self.client.fees().await?),
            Ask::Sponsor(mut operation) => {
                self.sponsor(&mut operation).await?;
                Answer::Sponsored(operation)
            }
            Ask::Send { operation, hash } => {
                bundler.send(&operation, &entry_point, hash).await?;
                Answer::Sent
            }
            Ask::Known(hash) => Answer::Known(bundler.knows(hash).await?),
            Ask::Receipt(hash) => Answer::Receipt(bundler.receipt(hash).await?.map(Box::new)),
            Ask::Landed { since } => match node.landed(&entry_point, account, since).await {
                Err(RpcError::Answer { .. }) => {
                    let few = node.block().await?.number.saturating_sub(FEW_BLOCKS).max(since);
                    Answer::Landed(node.landed(&entry_point, account, few).await?)
                }
                landed => Answer::Landed(landed?),
            },
            Ask::LandedIn(transaction) => {
                Answer::Landed(node.landed_in(&entry_point, account, transaction).await?)
            }
            Ask::Logs(transaction) => Answer::Logs(node.logs(transaction).await?),
            Ask::Sequence(lane) => {
                let state = self.state.borrow().clone();
                let key = self.nonce_key(&state, lane);
                Answer::Sequence(node.sequence(&entry_point, account, key).await?)
            }
            Ask::Blocks => {
                let (latest, last_final) =
                    futures_util::future::try_join(node.block(), node.final_block()).await?;
                Answer::Blocks { latest, last_final }
            }
            Ask::Refresh => {
                self.refresh().await?;
                Answer::Refreshed
            }
        })
    }

    /// Checks an operation, signs it and writes it down, in one step that no other tab can come between.
    pub(super) async fn sign_and_store(
        self: &Rc<Self>,
        id: &str,
        place: Place,
        mut operation: UserOperation,
        standing: Standing,
    ) -> Result<Entry, SessionError> {
        // The chain says when the next one is due, by its own clock.
        if self.terms.scope.limits().every.is_some() {
            self.client.read_time().await?;
        }
        // Opened before the lock is taken: it may take a gesture.
        let key = self.key().await?;
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let mut state = self.usable_state().await?;
        let Authorised { digest, reserve, .. } = self.authorise(&state, place, &operation)?;
        operation.signature = self.signature(&state, place.lane, &key.sign(&digest)?);
        let hash = *self.hash(&operation)?.as_b256();
        let entry = Entry {
            id: id.to_owned(),
            hash,
            place,
            standing,
            at: self.client.now(),
            since: self.client.block_number(),
            reserve,
            operation,
        };
        state.signed_at = entry.at;
        state.outbox.push(entry.clone());
        self.save_state(state).await?;
        Ok(entry)
    }

    /// Changes what is stored. Where storage does not take it, this page still goes by it.
    async fn store(self: &Rc<Self>, change: Change) {
        let now = self.client.now();
        let mut apply = |state: &mut State| self.apply(state, &change, now);
        let before = self.state.borrow().phase;
        if self.update(&mut apply).await.is_err() {
            let mut state = self.state.borrow().clone();
            self.apply(&mut state, &change, now);
            self.take_state(&state);
        }
        let after = self.state.borrow().phase;
        if before != after && after == super::Phase::Enabled {
            self.end_renewed().await;
        }
    }

    fn apply(&self, state: &mut State, change: &Change, now: crate::time::Timestamp) {
        match change {
            Change::Standing(hash, standing) => state.set_standing(*hash, *standing),
            Change::Settled { place, by, fate } => {
                let ours = state.at(*place).any(|entry| entry.hash == *by);
                state.settle(&self.terms.scope, *place, (*by, *fate), now);
                // Even calls that were undone enable the session. Revoked is for ever.
                if ours && place.lane == Lane::Enabling && state.phase == super::Phase::Granted {
                    state.phase = super::Phase::Enabled;
                }
            }
            Change::Dropped(place) => state.drop_at(*place),
            Change::Reopened(entry) => state.reopen(entry),
        }
    }

    pub(super) fn hash(&self, op: &UserOperation) -> Result<crate::userop::UserOpHash, SessionError> {
        let hash = AnyOperation::V07(op.clone()).hash(&self.entry_point());
        hash.map_err(|_| SessionError::NotAsGranted { field: "EntryPoint version" })
    }
}

async fn perform<H: Host>(session: Rc<Session<H>>, effect: Effect) {
    let event = match effect {
        Effect::Ask { request, ask } => Event::Answered { request, answer: session.ask(ask).await },
        Effect::Sign { id, place, operation } => {
            let outcome = session.sign_and_store(&id, place, *operation, Standing::Signed).await;
            Event::Signed { id, outcome: outcome.map(Box::new) }
        }
        Effect::Store(change) => {
            session.store(change).await;
            Event::Changed
        }
        Effect::Claim(wanted) => session.claim(wanted).await,
        Effect::WakeAt { at, .. } => {
            session.client.host.clock().sleep(until(&session.client.host, at)).await;
            Event::Rang(at)
        }
        Effect::Tell { .. } | Effect::ReleaseEnabling => return,
    };
    session.feed(event);
}

fn until<H: Host>(host: &H, at: u64) -> Duration {
    Duration::from_millis(at.saturating_sub(host.clock().millis()))
}

impl News {
    /// Whether nothing more is awaited after it, unless the chain is reorganised.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        !matches!(self, Self::Reached(..))
    }
}
