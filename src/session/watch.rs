//! What there is to tell of an open session: what changes in its stored state, here or in another tab, and what time brings.
//!
//! Tabs tell each other only that something changed; what it is, each reads from storage. Time is kept by whoever shows it to the user:
//! [`Session::next_mark`] says when to look again, [`Session::pass_time`] looks.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::engine::News;
use super::keep::{Phase, State, StoredTerms};
use super::{Client, EXPIRY_MARGIN, Session, SessionError, SessionFault, is_over};
use crate::endpoint::receipt::Receipt;
use crate::host::{Channel, Host, Mailbox, Tabs};

/// Seconds before its end at which a session is about to expire.
const EXPIRING: [u64; 2] = [300, 60];
/// Said on the channel of a session when its state was written or deleted.
const CHANGED: &str = "changed";
/// The same, when another session took over from it.
const RENEWED: &str = "renewed";

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// It ends in this many seconds: five minutes before, and one.
    Expiring(u64),
    /// It is over.
    Expired,
    /// It was locked.
    Locked,
    /// The lock was ended.
    Unlocked,
    /// It was taken back on chain.
    Revoked,
    /// It was deleted from storage.
    Forgotten,
    /// What is left of its budgets changed.
    Budget,
    /// The account, or the wallet, has another owner; it is locked.
    OwnerChanged,
    /// Another session took over from it.
    Renewed,
    /// The clock of this device is so many seconds behind the chain's latest block.
    Clock(u64),
    /// There are news of one of its operations.
    Operation {
        /// Id of the sending.
        id: String,
        /// What is new.
        news: Box<News>,
    },
    /// An operation landed after the app was told that nobody goes on with it.
    LandedLate {
        /// Id of the sending.
        id: String,
        /// Its receipt.
        receipt: Box<Receipt>,
    },
}

impl SessionEvent {
    /// Stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Expiring(_) => "expiring",
            Self::Expired => "expired",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Revoked => "revoked",
            Self::Forgotten => "forgotten",
            Self::Budget => "budget",
            Self::OwnerChanged => "owner-changed",
            Self::Renewed => "renewed",
            Self::Clock(_) => "clock",
            Self::Operation { .. } => "operation",
            Self::LandedLate { .. } => "landed-late",
        }
    }
}

/// What to do next for those who watch a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Tell them.
    Event(SessionEvent),
    /// Another tab changed something: give this to [`Session::read_anew`].
    Elsewhere(Elsewhere),
    /// The session object is gone.
    Over,
}

/// What another tab says that it did. Not believed before storage says so too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Wrote or deleted the state.
    Changed,
    /// Put another session in its place.
    Renewed,
}

/// News of a session. It outlives the session object, so waiting for news does not keep the key alive.
pub struct Watch<H: Host> {
    news: Mailbox<Watched>,
    channel: <H::Tabs as Tabs>::Channel,
    /// Seconds left when time was looked at last.
    seen: Cell<u64>,
    /// Whether it was told that the clock is behind.
    told_clock: Cell<bool>,
}

impl<H: Host> std::fmt::Debug for Watch<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl<H: Host> Watch<H> {
    pub(super) fn new(client: &Client<H>, terms: &StoredTerms) -> Self {
        let seen = Cell::new(terms.validity.valid_until().seconds().saturating_sub(client.now().seconds()));
        Self {
            news: Mailbox::default(),
            channel: client.host.tabs().join(&terms.name()),
            seen,
            told_clock: Cell::default(),
        }
    }

    /// The next news, once there are some. For one reader.
    pub async fn next(&self) -> Watched {
        match select(Box::pin(self.news.next()), Box::pin(self.channel.next())).await {
            Either::Left((news, _)) => news,
            Either::Right((said, _)) if said == RENEWED => Watched::Elsewhere(Elsewhere::Renewed),
            Either::Right(_) => Watched::Elsewhere(Elsewhere::Changed),
        }
    }

    pub(super) fn tell(&self, event: SessionEvent) {
        self.news.put(Watched::Event(event));
    }

    pub(super) fn tell_others(&self) {
        self.channel.post(CHANGED);
    }
}

/// Tells all who have a session open that another took over from it.
pub(super) fn tell_renewed<H: Host>(client: &Client<H>, name: &str) {
    client.host.tabs().join(name).post(RENEWED);
}

impl<H: Host> Drop for Session<H> {
    fn drop(&mut self) {
        self.watch.news.put(Watched::Over);
    }
}

impl<H: Host> Session<H> {
    /// News of this session, for one reader.
    #[must_use]
    pub fn watch(&self) -> Rc<Watch<H>> {
        self.tell_clock();
        Rc::clone(&self.watch)
    }

    /// Tells once that the clock of this device is far behind the chain.
    pub(super) fn tell_clock(&self) {
        let behind = self.client.behind();
        if !self.watch.told_clock.replace(behind > 0) && behind > 0 {
            self.watch.tell(SessionEvent::Clock(behind));
        }
    }

    /// Reads what another tab changed; what it finds becomes news.
    pub async fn read_anew(&self, said: Elsewhere) {
        match self.read_state().await {
            Ok(state) if state.phase == Phase::Revoked => {
                self.refuse(SessionError::from(SessionFault::Revoked))
            }
            Ok(state) if state.locked => self.refuse(SessionError::from(SessionFault::Locked)),
            Err(error) if matches!(*error, SessionFault::Forgotten) => {
                self.closed.set(true);
                self.forgotten.set(true);
                self.refuse(SessionError::from(SessionFault::Forgotten));
                // Each tab may have a record of its own, which is dead without its key.
                let _ = self.client.delete_own(&self.terms.name()).await;
                self.watch.tell(match said {
                    Elsewhere::Changed => SessionEvent::Forgotten,
                    Elsewhere::Renewed => SessionEvent::Renewed,
                });
            }
            // Storage that does not answer says nothing about the session.
            Ok(_) | Err(_) => {}
        }
        self.ring();
    }

    /// Seconds until time brings something to tell; `None` when there is nothing more to come.
    #[must_use]
    pub fn next_mark(&self) -> Option<u64> {
        if is_over(&self.terms, self.client.now()) {
            return None;
        }
        let left = self.remaining().seconds;
        let marks = EXPIRING.into_iter().chain([EXPIRY_MARGIN]);
        marks.filter(|mark| *mark < left).map(|mark| left.saturating_sub(mark)).min()
    }

    /// Tells what time has brought since it was looked at last.
    pub fn pass_time(&self) {
        let left = self.remaining().seconds;
        let before = self.watch.seen.replace(left);
        let passed = |mark: u64| before > mark && left <= mark;
        if passed(EXPIRY_MARGIN) {
            self.refuse(SessionError::from(SessionFault::Expired));
            self.watch.tell(SessionEvent::Expired);
        } else if let Some(mark) = EXPIRING.into_iter().filter(|mark| passed(*mark)).min() {
            self.watch.tell(SessionEvent::Expiring(mark));
        }
    }

    /// The state as it is stored now.
    pub(super) async fn read_state(&self) -> Result<State, SessionError> {
        let state = self.client.state(&self.terms).await?;
        self.take_state(&state);
        Ok(state)
    }

    /// Takes a state over that was read or written, and tells what is new in it.
    pub(super) fn take_state(&self, state: &State) {
        let before = self.state.replace(state.clone());
        match (before.locked, state.locked) {
            (false, true) => self.watch.tell(SessionEvent::Locked),
            (true, false) => {
                self.closed.set(false);
                self.watch.tell(SessionEvent::Unlocked);
            }
            _ => {}
        }
        if before.phase != Phase::Revoked && state.phase == Phase::Revoked {
            self.watch.tell(SessionEvent::Revoked);
        }
        let budgets = |state: &State| super::remaining(&self.terms, state, self.client.now());
        if (budgets(&before), &before.spent, &before.narrowed)
            != (budgets(state), &state.spent, &state.narrowed)
        {
            self.watch.tell(SessionEvent::Budget);
        }
    }
}
