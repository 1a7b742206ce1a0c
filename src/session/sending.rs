//! Acting: calls go in, news of them come out. What happens in between is the engine's.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{B256, Bytes};

use super::engine::{Asked, Event, News, Stage};
use super::keep::{Entry, Lane, Place, Standing, State};
use super::{GivenFees, Session, SessionError, SessionEvent, SessionFault, random_id};
use crate::call::Call;
use crate::endpoint::receipt::Receipt;
use crate::host::{Host, Mailbox};
use crate::userop::split_nonce;
use crate::userop::v07::UserOperation;

/// Milliseconds for which it is tried to hand calls over, where the app says nothing else.
pub const TIMEOUT: u64 = 120_000;

/// Calls on their way. They go on whether anybody waits for them or not.
#[derive(Debug)]
pub struct Sending {
    id: String,
    news: Mailbox<News>,
    last: RefCell<Option<News>>,
}

/// Whom to tell of an operation.
pub(super) type Listeners = RefCell<Vec<(String, Mailbox<News>)>>;

impl Sending {
    /// Stable id; it is stored with the operation.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The next news. For one reader.
    pub async fn next(&self) -> News {
        let news = self.news.next().await;
        self.last.replace(Some(news.clone()));
        news
    }

    /// Waits until a bundler took it; `stage` is told each stage on the way.
    ///
    /// # Errors
    /// Why nobody goes on with it.
    pub async fn sent(&self, stage: &impl Fn(Stage, Option<B256>)) -> Result<B256, SessionError> {
        loop {
            match self.next().await {
                News::Reached(reached, hash) => {
                    stage(reached, hash);
                    if let (Stage::Sent, Some(hash)) = (reached, hash) {
                        return Ok(hash);
                    }
                }
                news => {
                    let receipt = outcome(news)?;
                    return Ok(receipt.user_op_hash);
                }
            }
        }
    }

    /// Waits until it is on chain.
    ///
    /// # Errors
    /// Why nobody goes on with it, or what took its place.
    pub async fn included(&self) -> Result<Receipt, SessionError> {
        let told = self.last.borrow().clone();
        if let Some(news) = told.filter(News::is_last) {
            return outcome(news);
        }
        loop {
            match self.next().await {
                News::Reached(..) => {}
                news => return outcome(news),
            }
        }
    }
}

fn outcome(news: News) -> Result<Receipt, SessionError> {
    match news {
        News::Included(receipt) | News::Final { receipt, .. } | News::LandedLate(receipt) => Ok(*receipt),
        News::Failed { fault, .. } => Err(*fault),
        News::Replaced { hash, by } => Err(SessionError::from(SessionFault::Replaced { hash, by })),
        News::Dropped(hash) | News::Reached(_, Some(hash)) => {
            Err(SessionError::from(SessionFault::Dropped { hash }))
        }
        News::Reached(_, None) => Err(SessionError::from(SessionFault::Dropped { hash: B256::ZERO })),
    }
}

impl<H: Host> Session<H> {
    /// Starts to check, sign and send calls, all or none. Opens no prompt.
    ///
    /// # Errors
    /// [`SessionFault::OutOfScope`] when a rule is broken, before anything is asked; [`SessionFault::Expired`],
    /// [`SessionFault::Locked`], [`SessionFault::Revoked`].
    pub fn begin(self: &Rc<Self>, calls: &[Call], timeout: u64) -> Result<Sending, SessionError> {
        self.begin_at(calls, timeout, GivenFees::default())
    }

    /// The same for fees that the app gives. No others are paid: where they are too low, the refusal is told.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub fn begin_at(
        self: &Rc<Self>,
        calls: &[Call],
        timeout: u64,
        fees: GivenFees,
    ) -> Result<Sending, SessionError> {
        self.check_all(calls)?;
        if let Some(refusal) = self.refused_here() {
            return Err(refusal);
        }
        self.check_totals(&self.state.borrow(), calls)?;
        let sending = Sending { id: random_id()?, news: Mailbox::default(), last: RefCell::default() };
        self.listeners.borrow_mut().push((sending.id.clone(), sending.news.clone()));
        self.feed(Event::Asked(Asked { id: sending.id.clone(), calls: calls.to_vec(), timeout, fees }));
        Ok(sending)
    }

    /// The same, and waits until a bundler took them.
    ///
    /// # Errors
    /// As [`Session::begin`], and why nobody goes on with it.
    pub async fn send(
        self: &Rc<Self>,
        calls: &[Call],
        stage: &impl Fn(Stage),
    ) -> Result<Sending, SessionError> {
        let sending = self.begin(calls, TIMEOUT)?;
        sending.sent(&|reached, _| stage(reached)).await?;
        Ok(sending)
    }

    /// Waits until sent calls are on chain.
    ///
    /// # Errors
    /// As [`Sending::included`].
    pub async fn included(&self, sent: Sending) -> Result<Receipt, SessionError> {
        sent.included().await
    }

    /// Withdraws calls, unless they are signed already.
    pub fn give_up(self: &Rc<Self>, id: &str) {
        self.feed(Event::GivenUp(id.to_owned()));
    }

    /// From now on it is watched whether an operation's block is final.
    pub fn await_final(self: &Rc<Self>, id: &str) {
        self.feed(Event::AwaitsFinal(id.to_owned()));
    }

    /// Replaces an operation that is not on chain yet by one that does nothing, and gives the id of that one. Whether it works, the news
    /// of the first tell: it ends as withdrawn, as replaced, or as included after all. Those of the other tell why it is not tried
    /// any more; it has none where the first was only withdrawn.
    ///
    /// # Errors
    /// [`SessionFault::NotCancellable`] when the scope has no call that does nothing, or the operation is on chain;
    /// [`SessionFault::UnknownOperation`].
    pub fn cancel(self: &Rc<Self>, id: &str) -> Result<String, SessionError> {
        let not = |why| SessionError::from(SessionFault::NotCancellable { id: id.to_owned(), why });
        let (stage, hash) = self
            .engine
            .borrow()
            .stage(id)
            .ok_or_else(|| SessionFault::UnknownOperation { id: id.to_owned() })?;
        let empty = self.terms.scope.call_without_effect();
        let empty = empty.filter(|call| self.check(std::slice::from_ref(call)).is_empty());
        let calls = match (stage, hash, empty) {
            (Stage::Included | Stage::Final, ..) => return Err(not("it is on chain")),
            (Stage::Replaced | Stage::Dropped, ..) => return Err(not("it can never land")),
            (_, Some(_), None) => return Err(not("the scope allows no call that does nothing")),
            (.., empty) => empty.into_iter().collect(),
        };
        let by = Asked { id: random_id()?, calls, timeout: TIMEOUT, fees: GivenFees::default() };
        let other = by.id.clone();
        self.feed(Event::Cancelled { id: id.to_owned(), by });
        Ok(other)
    }

    /// Signs an operation of one's own making, if every part of it is as granted; sets its budgets apart, and gives its signature
    /// field. Whoever asked hands it over; its fate is told by the session's events.
    ///
    /// # Errors
    /// [`SessionFault::NotAsGranted`], [`SessionFault::OutOfScope`], and those of [`Session::send`].
    pub async fn sign_operation(self: &Rc<Self>, op: &UserOperation) -> Result<Bytes, SessionError> {
        let state = self.usable_state().await?;
        let lane = match state.phase {
            super::Phase::Enabled => self.own_lane().await?,
            _ => self.enabling_lane().await?,
        };
        let signed = self.sign_in(&state, lane, op).await;
        match &signed {
            Ok(entry) => self.feed(Event::Adopted(vec![(Entry::clone(entry), None)])),
            // Nothing needs the lane any more, unless something else does.
            Err(_) if lane == Lane::Enabling => {
                self.feed(Event::Claimed(super::engine::Wanted::Enabling, lane));
            }
            Err(_) => {}
        }
        Ok(signed?.operation.signature)
    }

    async fn sign_in(
        self: &Rc<Self>,
        state: &State,
        lane: Lane,
        op: &UserOperation,
    ) -> Result<Box<Entry>, SessionError> {
        let key = self.nonce_key(state, lane);
        let node = &self.client.endpoints.node;
        let on_chain = node.sequence(&self.entry_point(), self.terms.account, key).await?;
        let place = Place { lane, sequence: state.next_sequence(lane, on_chain, |_| false, |_| false) };
        if split_nonce(op.nonce) != (key, place.sequence) {
            return Err(SessionError::from(SessionFault::NotAsGranted { field: "nonce" }));
        }
        self.sign_and_store(&random_id()?, place, Box::new(op.clone()), Standing::Handed).await
    }

    /// The lane of this page, claimed if it has none.
    pub(super) async fn own_lane(self: &Rc<Self>) -> Result<Lane, SessionError> {
        let held = self.lanes.borrow().iter().map(|(lane, _)| *lane).find(|lane| *lane != Lane::Enabling);
        if let Some(lane) = held {
            return Ok(lane);
        }
        match self.claim(super::engine::Wanted::Use { but: Vec::new() }).await {
            Event::NotClaimed(_, fault) => Err(fault),
            Event::Claimed(wanted, lane) => {
                self.feed(Event::Claimed(wanted, lane));
                Ok(lane)
            }
            _ => Err(SessionError::from(SessionFault::Busy)),
        }
    }

    async fn enabling_lane(self: &Rc<Self>) -> Result<Lane, SessionError> {
        match self.claim(super::engine::Wanted::Enabling).await {
            Event::NotClaimed(_, fault) => Err(fault),
            _ => Ok(Lane::Enabling),
        }
    }

    /// Operations whose fate is open, and those of this page that are on their way.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let state = self.state.borrow();
        let is_first = |(at, entry): &(usize, &Entry)| {
            state.outbox.iter().position(|other| other.id == entry.id) == Some(*at)
        };
        let firsts = state.outbox.iter().enumerate().filter(is_first);
        let engine = self.engine.borrow();
        let told = |operation: Operation| match engine.stage(&operation.id) {
            // It is stored a moment after it is told.
            Some((Stage::Sent, _)) => Operation { stage: Stage::Sent, ..operation },
            _ => operation,
        };
        firsts.filter_map(|(_, entry)| Operation::of(&state, &entry.id)).map(told).collect()
    }

    /// Tells whoever watches an operation; what the app may not be waiting for becomes an event of the session.
    pub(super) fn tell(&self, id: &str, news: News) {
        if let News::LandedLate(receipt) = &news {
            self.watch.tell(SessionEvent::LandedLate { id: id.to_owned(), receipt: receipt.clone() });
        }
        self.watch.tell(SessionEvent::Operation { id: id.to_owned(), news: Box::new(news.clone()) });
        let mut listeners = self.listeners.borrow_mut();
        // Nobody listens any more where the sending is gone.
        listeners.retain(|(_, mailbox)| !mailbox.is_alone());
        if let Some((_, mailbox)) = listeners.iter().find(|(of, _)| of == id) {
            mailbox.put(news);
        }
    }
}

/// What is known of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Id of its sending.
    pub id: String,
    /// Where it is.
    pub stage: Stage,
    /// Everything that was signed for it, the latest last.
    pub hashes: Vec<B256>,
    /// Its nonce, while its fate is open.
    pub nonce: Option<alloy_primitives::U256>,
    /// What became of it.
    pub fate: Option<super::Fate>,
}

impl Operation {
    /// What a state says of an operation.
    pub(super) fn of(state: &State, id: &str) -> Option<Self> {
        let open: Vec<_> = state.outbox.iter().filter(|entry| entry.id == id).collect();
        if let Some(last) = open.last() {
            return Some(Self {
                id: id.to_owned(),
                stage: match last.standing {
                    Standing::Signed => Stage::Signed,
                    Standing::Accepted | Standing::Handed => Stage::Sent,
                    Standing::GivenUp => Stage::Unknown,
                },
                hashes: open.iter().map(|entry| entry.hash).collect(),
                nonce: Some(last.operation.nonce),
                fate: None,
            });
        }
        let settled: Vec<_> = state.history.iter().filter(|settled| settled.id == id).collect();
        // Of several tries the one that landed counts.
        let is_included =
            |settled: &&&super::keep::Settled| matches!(settled.fate, super::Fate::Included { .. });
        let told = settled.iter().find(is_included).or(settled.last())?;
        Some(Self {
            id: id.to_owned(),
            stage: match told.fate {
                super::Fate::Included { is_final: true, .. } => Stage::Final,
                super::Fate::Included { .. } => Stage::Included,
                super::Fate::Replaced { .. } => Stage::Replaced,
                super::Fate::Dropped => Stage::Dropped,
            },
            hashes: settled.iter().map(|settled| settled.hash).collect(),
            nonce: None,
            fate: Some(told.fate),
        })
    }
}
