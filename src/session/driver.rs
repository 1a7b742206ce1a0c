//! Does what the engine wants done: asks endpoints, signs, stores, waits, tells. No lock is held over a request, and no request lasts
//! longer than the app allows.

use std::rc::{Rc, Weak};
use std::time::Duration;

use super::engine::{Answer, Ask, Change, Effect, Event, Moment, News};
use super::keep::{Entry, Lane, Place, Standing, State};
use super::operation::Authorised;
use super::{Session, SessionError, SessionFault, Status};
use crate::endpoint::bundler::BundlerError;
use crate::host::{Clock, Host, RpcError, RpcFault};
use crate::userop::v07::UserOperation;

/// Blocks before the one that an operation was signed in: a reorganisation may put it there.
const MARGIN: u64 = 32;
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
            if matches!(effect, Effect::Store(_)) {
                self.storing.set(self.storing.get().saturating_add(1));
            }
            match effect {
                // What is told is stored: whoever acts on it finds the session as it was told.
                Effect::Tell { id, news } if self.storing.get() > 0 && self.must_wait(&news) => {
                    self.held_back.borrow_mut().push((id, news));
                }
                Effect::Tell { id, news } => self.tell(&id, news),
                Effect::ReleaseEnabling => self.release(Lane::Enabling),
                Effect::WakeAt { at, idle: true } => self.wake_if_alive(at),
                effect => self.client.host.spawn(Box::pin(perform(Rc::clone(self), effect))),
            }
        }
    }

    /// News of a fate wait until it is stored, and others do not overtake them.
    fn must_wait(&self, news: &News) -> bool {
        news.is_last() || !self.held_back.borrow().is_empty()
    }

    /// A change is stored.
    fn stored(self: &Rc<Self>) {
        self.storing.set(self.storing.get().saturating_sub(1));
        if self.storing.get() == 0 {
            for (id, news) in self.held_back.take() {
                self.tell(&id, news);
            }
        }
    }

    /// Why nothing is signed any more, if so.
    fn refusal(&self, state: &State) -> Option<SessionError> {
        let status = super::summary(&self.terms, state, self.client.now()).status;
        self.refused_here().or(match status {
            Status::Revoked => Some(SessionFault::Revoked.into()),
            Status::Locked => Some(SessionFault::Locked.into()),
            _ => None,
        })
    }

    /// The same, as far as this page knows without reading what others stored.
    pub(super) fn refused_here(&self) -> Option<SessionError> {
        let now = self.client.now();
        let is_over = super::is_over(&self.terms, now);
        match (self.forgotten.get(), is_over, self.closed.get()) {
            (true, ..) => Some(SessionFault::Forgotten.into()),
            (_, true, _) => Some(SessionFault::Expired.into()),
            (.., true) => Some(SessionFault::Locked.into()),
            _ if super::is_early(&self.terms, now) => Some(SessionFault::NotYet.into()),
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
        let late = match &ask {
            Ask::Send { .. } | Ask::Known(_) | Ask::Receipt(_) | Ask::Draft { .. } => {
                SessionError::from(SessionFault::Bundler(BundlerError::Rpc(no_answer("the bundler"))))
            }
            Ask::Sponsor(_) => SessionError::from(SessionFault::Paymaster(no_answer("the paymaster"))),
            _ => SessionError::from(SessionFault::Node(no_answer("the node"))),
        };
        // A draft is several requests, one after the other.
        let times = if matches!(ask, Ask::Draft { .. } | Ask::Refresh) { 3 } else { 1 };
        let patience = self.client.patience.saturating_mul(times);
        let asked = Box::pin(self.answer(ask));
        self.client.within(patience, asked).await.unwrap_or(Err(late))
    }

    async fn answer(self: &Rc<Self>, ask: Ask) -> Result<Answer, SessionError> {
        let (node, bundler) = (&self.client.endpoints.node, &self.client.endpoints.bundler);
        let (entry_point, account) = (self.entry_point(), self.terms.account);
        Ok(match ask {
            Ask::Draft { calls, enabling, fees, least } => {
                let state = self.usable_state().await?;
                Answer::Draft(self.draft(&state, enabling, &calls, (fees, least)).await?)
            }
            Ask::Fees => Answer::Fees(self.client.fees(self.terms.scope.limits().max_fee_per_gas).await?),
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
            Ask::Landed { since } => {
                let since = since.min(self.client.block_number()).saturating_sub(MARGIN);
                match node.landed(&entry_point, account, since).await {
                    // A limit may be one on blocks or events, too.
                    Err(error) if matches!(*error, RpcFault::Answer { .. } | RpcFault::Limited { .. }) => {
                        let few = node.block().await?.number.saturating_sub(FEW_BLOCKS).max(since);
                        Answer::Landed { from: few, events: node.landed(&entry_point, account, few).await? }
                    }
                    landed => Answer::Landed { from: since, events: landed? },
                }
            }
            Ask::LandedIn(transaction) => {
                let events = node.landed_in(&entry_point, account, transaction).await?;
                Answer::Landed { from: u64::MAX, events }
            }
            Ask::Logs(transaction) => Answer::Logs(node.logs(transaction).await?),
            Ask::Sequence(lane) => {
                let state = self.state.borrow().clone();
                let key = self.nonce_key(&state, lane);
                Answer::Sequence(node.sequence(&entry_point, account, key).await?)
            }
            Ask::Blocks => {
                let (latest, last_final) =
                    futures_util::future::join(self.client.read_block(), node.final_block()).await;
                let latest = latest?;
                self.tell_clock();
                // A chain whose word for it cannot be had is one without.
                Answer::Blocks { latest, last_final: last_final.unwrap_or_default() }
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
        mut operation: Box<UserOperation>,
        standing: Standing,
    ) -> Result<Box<Entry>, SessionError> {
        // The chain says when the next one is due, by its own clock.
        if self.terms.scope.limits().every.is_some() {
            self.client.read_time().await?;
        }
        // Opened before the lock is taken: it may take a gesture.
        let key = self.key().await?;
        let _alone = self.client.lock_state(&self.terms.name()).await;
        let mut state = self.usable_state().await?;
        if !self.holds(place.lane) {
            return Err(SessionFault::Busy.into());
        }
        let Authorised { digest, reserve, .. } = self.authorise(&state, place, &operation)?;
        operation.signature = self.signature(&state, place.lane, &key.sign(&digest)?);
        let hash = *self.hash(&operation)?.as_b256();
        let entry = Box::new(Entry {
            id: id.to_owned(),
            hash,
            place,
            standing,
            at: self.client.now(),
            since: self.client.block_number(),
            reserve,
            operation,
        });
        state.signed_at = entry.at;
        state.outbox.push(Entry::clone(&entry));
        if let Err(fault) = self.save_state(state).await {
            // It may be stored all the same, and then the next page hands it over.
            let is_stored = |state: State| state.at(place).any(|other| other.hash == hash);
            if !self.read_state().await.is_ok_and(is_stored) {
                return Err(fault);
            }
        }
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
        let hash = op.hash(&self.entry_point());
        hash.map_err(|_| SessionFault::NotAsGranted { field: "EntryPoint version" }.into())
    }
}

async fn perform<H: Host>(session: Rc<Session<H>>, effect: Effect) {
    let event = match effect {
        Effect::Ask { request, ask } => Event::Answered { request, answer: session.ask(ask).await },
        Effect::Sign { id, place, operation } => {
            let outcome = session.sign_and_store(&id, place, operation, Standing::Signed).await;
            Event::Signed { id, outcome }
        }
        Effect::Store(change) => {
            session.store(change).await;
            session.stored();
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

/// What is told of an endpoint that did not answer in time.
pub(super) fn no_answer(endpoint: &str) -> RpcError {
    RpcFault::Transport { endpoint: endpoint.to_owned(), detail: "no answer in time".to_owned() }.into()
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
