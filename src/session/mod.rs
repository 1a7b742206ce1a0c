//! Sessions: asking the owner once, then acting within the scope without asking again.
//!
//! [`Client`] asks for sessions and takes them up again; [`Session`] acts. Neither names an account protocol or a platform: those
//! come in as [`crate::protocol::Protocol`] and [`crate::host::Host`].
//!
//! What is stored is always newer than what is done: a key is sealed before the owner is asked, and an operation is written down
//! before it is sent. So a page may die at any moment, and dropping a future is the same as that.
//!
//! - `engine/`: what becomes of operations; a machine without I/O. `driver` does what it wants done.
//! - `keep/`: the stored forms, the outbox among them. `storage` reads and writes them.

mod allowed;
mod client;
mod codes;
mod custody;
mod driver;
mod engine;
mod error;
mod fees;
mod keep;
mod lanes;
mod operation;
mod renew;
mod request;
mod restore;
mod revoke;
mod sending;
mod storage;
mod summary;
mod tabs;
mod targets;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use alloy_primitives::Bytes;

pub use client::{AccountInfo, AccountKind, Client, Endpoints, PATIENCE};
pub use engine::{News, Stage};
pub use error::{SessionError, SessionFault};
pub use fees::GivenFees;
pub use keep::Fate;
pub use operation::Prepared;
pub use request::{RequestStage, Terms};
pub use restore::{AtLeast, NoSession};
pub use revoke::OnChain;
pub use sending::{Operation, Sending, TIMEOUT};
pub use summary::{Remaining, Status, Summary};
pub use watch::{Elsewhere, SessionEvent, Watch, Watched};

use crate::host::Host;
use crate::key::SessionKey;
use crate::protocol::{Grant, Mode, Protocol, ProtocolError, ProtocolFault, by_name};
use crate::userop::EntryPoint;
use keep::{Phase, State, StoredTerms};
use storage::Stored;
use summary::{EXPIRY_MARGIN, is_early, is_over, remaining, starts_at, summary};

/// A session: a key that acts for an account within a scope.
pub struct Session<H: Host> {
    client: Rc<Client<H>>,
    terms: StoredTerms,
    protocol: Box<dyn Protocol>,
    grant: Box<dyn Grant>,
    /// In memory while in use; dropping it wipes it.
    key: RefCell<Option<Rc<SessionKey>>>,
    /// The state as last read or written.
    state: RefCell<State>,
    /// What becomes of operations.
    engine: RefCell<engine::Engine>,
    /// Whom to tell of them.
    listeners: sending::Listeners,
    /// Set before a lock is stored, so that nothing that waits meanwhile is signed.
    closed: Cell<bool>,
    /// Set when its record was deleted.
    forgotten: Cell<bool>,
    /// Nonce lanes of this object.
    lanes: RefCell<lanes::Held<H>>,
    /// Changes that are being stored, and news that are told once they are.
    storing: Cell<usize>,
    held_back: RefCell<Vec<(String, News)>>,
    /// Whether the account is there, as seen just before the session is to be enabled.
    seen_deployed: Cell<Option<bool>>,
    /// Spreads retries.
    chance: Cell<u64>,
    /// What there is to tell, here and in other tabs.
    watch: Rc<Watch<H>>,
    this: Weak<Self>,
}

impl<H: Host> std::fmt::Debug for Session<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.terms.id)
            .field("account", &self.terms.account)
            .finish_non_exhaustive()
    }
}

impl<H: Host> Session<H> {
    fn new(client: Rc<Client<H>>, stored: Stored) -> Result<Rc<Self>, SessionError> {
        let (terms, state) = (stored.record.terms, stored.state);
        let unknown = ProtocolError::from(ProtocolFault::Record(
            "made for an account protocol that this build does not have",
        ));
        let protocol = by_name(&terms.protocol).ok_or(unknown)?;
        let grant = protocol.restore_grant(&terms.grant)?;
        let same = grant.account() == terms.account
            && grant.session_key() == terms.key
            && grant.chain_id() == terms.chain_id
            && grant.request().digest() == terms.grant_hash;
        if !same {
            return Err(
                ProtocolError::from(ProtocolFault::Record("the grant is not that of its session")).into()
            );
        }
        let watch = Rc::new(Watch::new(&client, &terms));
        let mut seed = [1; 8];
        // Without randomness all pages retry alike, which does no harm.
        let _ = crate::random::fill(&mut seed);
        Ok(Rc::new_cyclic(|this| Self {
            client,
            terms,
            protocol,
            grant,
            key: RefCell::new(None),
            state: RefCell::new(state),
            engine: RefCell::default(),
            listeners: RefCell::default(),
            closed: Cell::new(false),
            forgotten: Cell::new(false),
            lanes: RefCell::default(),
            storing: Cell::new(0),
            held_back: RefCell::default(),
            seen_deployed: Cell::default(),
            chance: Cell::new(u64::from_le_bytes(seed) | 1),
            watch,
            this: Weak::clone(this),
        }))
    }

    /// Where it lives.
    #[must_use]
    pub fn host(&self) -> &H {
        self.client.host()
    }

    /// Name under which it is stored.
    #[must_use]
    pub fn name(&self) -> String {
        self.terms.name()
    }

    /// What is public of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        summary(&self.terms, &self.state.borrow(), self.client.now())
    }

    /// What is left of its budgets, as counted here.
    #[must_use]
    pub fn remaining(&self) -> Remaining {
        remaining(&self.terms, &self.state.borrow(), self.client.now())
    }

    /// Reads the session's state again, from storage and from the chain.
    ///
    /// # Errors
    /// [`SessionFault::Node`] when the chain cannot be asked, [`SessionFault::Forgotten`], [`SessionFault::OwnerChanged`].
    pub async fn refresh(&self) -> Result<Status, SessionError> {
        let state = self.read_state().await?;
        if state.phase != Phase::Pending {
            let (phase, budget) = self.view_of_chain(&state).await?;
            self.take_over(&state, phase, budget).await?;
        }
        Ok(self.summary().status)
    }

    /// The owner's signature of the grant; empty before it is there.
    #[must_use]
    pub fn grant_signature(&self) -> Bytes {
        self.state.borrow().grant_signature.0.clone()
    }

    fn entry_point(&self) -> EntryPoint {
        EntryPoint::canonical(self.protocol.entry_point(), self.terms.chain_id)
    }

    /// Reads the state, and refuses a session that cannot act.
    async fn usable_state(&self) -> Result<State, SessionError> {
        let state = self.read_state().await?;
        if state.phase != Phase::Enabled
            && state.phase != Phase::Revoked
            && state.grant_signature.0.is_empty()
        {
            return Err(SessionError::from(SessionFault::Pending));
        }
        if self.closed.get() {
            return Err(SessionError::from(SessionFault::Locked));
        }
        let refusal = match summary(&self.terms, &state, self.client.now()).status {
            Status::Expired => SessionError::from(SessionFault::Expired),
            Status::Revoked => SessionError::from(SessionFault::Revoked),
            Status::Locked => SessionError::from(SessionFault::Locked),
            _ if is_early(&self.terms, self.client.now()) => SessionError::from(SessionFault::NotYet),
            _ => return Ok(state),
        };
        self.suspend();
        Err(refusal)
    }

    /// Has the engine look at what changed.
    fn ring(&self) {
        if let Some(this) = self.this.upgrade() {
            this.feed(engine::Event::Changed);
        }
    }

    async fn update(&self, change: &mut dyn FnMut(&mut State)) -> Result<State, SessionError> {
        let (state, changed) = self.client.update(&self.terms, change).await?;
        self.take_state(&state);
        if changed {
            self.watch.tell_others();
        }
        Ok(state)
    }

    /// Writes a state, to be called while the state is locked.
    async fn save_state(&self, state: State) -> Result<(), SessionError> {
        self.client.save_state(&self.terms, &state).await?;
        self.take_state(&state);
        self.watch.tell_others();
        Ok(())
    }
}

/// How an operation uses the grant.
fn mode(enabling: bool, grant_signature: &[u8]) -> Mode<'_> {
    if enabling { Mode::Enable { grant_signature } } else { Mode::Use }
}

/// A random id of 16 bytes in hex.
fn random_id() -> Result<String, SessionError> {
    let mut bytes = [0; 16];
    crate::random::fill(&mut bytes).map_err(|_| crate::key::KeyError::NoRandomness)?;
    Ok(alloy_primitives::hex::encode(bytes))
}
