//! Sessions: asking the owner once, then acting within the scope without asking again.
//!
//! [`Client`] asks for sessions and takes them up again; [`Session`] acts. Neither names an account protocol or a platform: those
//! come in as [`crate::protocol::Protocol`] and [`crate::host::Host`].
//!
//! What is stored is always newer than what is done: a key is sealed before the owner is asked, and an operation is written down
//! before it is sent. So a page may die at any moment, and dropping a future is the same as that.

mod client;
mod custody;
mod enable;
mod error;
mod lanes;
mod operation;
mod record;
mod renew;
mod request;
mod restore;
mod revoke;
mod send;
mod storage;
mod tabs;
mod targets;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use alloy_primitives::{Address, B256, ChainId, U256};

pub use client::{AccountInfo, AccountKind, Client, Endpoints};
pub use error::SessionError;
pub use operation::Prepared;
pub use request::{RequestStage, Terms};
pub use restore::{AtLeast, NoSession};
pub use revoke::OnChain;
pub use send::{OperationStage, Sent};
pub use watch::{Elsewhere, News, SessionEvent, Watch};

use crate::call::Call;
use crate::host::{Host, LocalLocks, Locks};
use crate::key::SessionKey;
use crate::protocol::{
    AssetRisk, Balances, EnforcementReport, Grant, Mode, Protocol, ProtocolError, by_name,
};
use crate::scope::{Actor, Scope, Sentence, Spent, Token, Violation};
use crate::time::Timestamp;
use crate::userop::EntryPoint;
use record::{Lane, Phase, State, StoredTerms};
use storage::Stored;

/// Seconds before its end at which a session counts as expired: an operation needs time to be included.
const EXPIRY_MARGIN: u64 = 10;

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The owner has been asked.
    Pending,
    /// Signed; the next operation enables it on chain.
    Granted,
    /// The operation that enables it is on its way.
    Enabling,
    /// The account knows it.
    Enabled,
    /// Locked by decision, until unlocked.
    Locked,
    /// Over.
    Expired,
    /// Taken back on chain.
    Revoked,
}

impl Status {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Enabling => "enabling",
            Self::Enabled => "enabled",
            Self::Locked => "locked",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// What of a session's budgets is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Operations, where they are counted.
    pub operations: Option<u64>,
    /// Wei for gas.
    pub gas: U256,
    /// Seconds until it expires.
    pub seconds: u64,
}

/// What is public of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Random id.
    pub id: String,
    /// Account that acts.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Address of the session key.
    pub key: Address,
    /// Chain (EIP-155).
    pub chain_id: ChainId,
    /// What it may do.
    pub scope: Scope,
    /// Last second of the session.
    pub valid_until: Timestamp,
    /// Where it is in its life.
    pub status: Status,
}

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
    /// Operations of this page, in the order they were asked for.
    order: LocalLocks,
    /// Set before a lock is stored, so that nothing that waits meanwhile is signed.
    closed: Cell<bool>,
    /// Nonce lane of this object, once it is claimed.
    lane: RefCell<Option<ClaimedLane<H>>>,
    /// What this object signed last in its lane: where tabs do not see each other's locks, another may overwrite what is stored.
    signed: Cell<Option<Lane>>,
    /// What there is to tell, here and in other tabs.
    watch: Rc<Watch<H>>,
}

/// A nonce lane, and the lock that claims it.
type ClaimedLane<H> = (u16, <<H as Host>::Locks as Locks>::Guard);

impl<H: Host> std::fmt::Debug for Session<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.terms.id)
            .field("account", &self.terms.account)
            .finish_non_exhaustive()
    }
}

impl<H: Host> Session<H> {
    fn new(client: Rc<Client<H>>, stored: Stored) -> Result<Self, SessionError> {
        let (terms, state) = (stored.record.terms, stored.state);
        let unknown = ProtocolError::Record("made for an account protocol that this build does not have");
        let protocol = by_name(&terms.protocol).ok_or(unknown)?;
        let grant = protocol.restore_grant(&terms.grant)?;
        let same = grant.account() == terms.account
            && grant.session_key() == terms.key
            && grant.chain_id() == terms.chain_id
            && grant.request().digest() == terms.grant_hash;
        if !same {
            return Err(ProtocolError::Record("the grant is not that of its session").into());
        }
        let key = RefCell::new(None);
        let (state, lane) = (RefCell::new(state), RefCell::new(None));
        let watch = Rc::new(Watch::new(&client, &terms));
        Ok(Self {
            client,
            terms,
            protocol,
            grant,
            key,
            state,
            order: LocalLocks::default(),
            closed: Cell::new(false),
            lane,
            signed: Cell::new(None),
            watch,
        })
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

    /// Every rule that calls break; none means they are in scope. No network.
    #[must_use]
    pub fn check(&self, calls: &[Call]) -> Vec<Violation> {
        let mut violations = self.terms.scope.check_calls(self.terms.account, calls);
        if violations.is_empty()
            && let Some((narrower, _)) = &self.state.borrow().narrowed
        {
            violations = narrower.check_calls(self.terms.account, calls);
        }
        violations
    }

    /// Holds this session to a narrower scope from now on, in every tab and over reloads; its budgets are counted from here. Only this
    /// package keeps it: the grant on chain stays as wide as it was.
    ///
    /// # Errors
    /// [`SessionError::Wider`] when the scope allows anything that the session does not.
    pub async fn narrow(&self, scope: &Scope) -> Result<(), SessionError> {
        let mut is_narrower = false;
        let mut narrow = |state: &mut State| {
            let (widest, spent) = match &state.narrowed {
                Some((narrowed, spent)) => (narrowed, spent.clone()),
                None => (&self.terms.scope, Spent::default()),
            };
            if let Ok(narrower) = widest.narrow(scope) {
                is_narrower = true;
                // What was used up of the narrower budgets stays used up.
                let assets = narrower.spend().iter().map(|rule| {
                    let before = widest.spend().iter().position(|other| other.asset == rule.asset);
                    before.map(|index| spent.on(index)).unwrap_or_default()
                });
                let spent = Spent { assets: assets.collect(), ..spent };
                state.narrowed = Some((narrower, spent));
            }
        };
        self.update(&mut narrow).await?;
        if is_narrower { Ok(()) } else { Err(SessionError::Wider) }
    }

    /// What the session may do, in sentences for its owner; amounts of these tokens in their units.
    #[must_use]
    pub fn explain(&self, tokens: &[Token]) -> Vec<Sentence> {
        let valid_until = self.terms.validity.valid_until();
        let actor = Actor { account: self.terms.account, owner: self.terms.owner, valid_until };
        self.terms.scope.explain(&actor, tokens, &self.protocol.keeper())
    }

    /// Who enforces which of its rules.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] when the stored grant does not say what the scope says.
    pub fn enforcement(&self) -> Result<EnforcementReport, SessionError> {
        let report = self.protocol.enforcement(&crate::protocol::Terms {
            scope: &self.terms.scope,
            account: self.terms.account,
            chain_id: self.terms.chain_id,
            session_key: self.terms.key,
            validity: self.terms.validity,
            grant_nonce: 0,
        })?;
        Ok(report.with_code_hashes(&self.terms.codes))
    }

    /// The most that a thief with its key could take, from what the chain enforces alone.
    #[must_use]
    pub fn worst_case(&self, balances: &Balances) -> Vec<AssetRisk> {
        self.grant.worst_case(balances)
    }

    /// What is left of its budgets, as counted here.
    #[must_use]
    pub fn remaining(&self) -> Remaining {
        remaining(&self.terms, &self.state.borrow(), self.client.now())
    }

    /// Reads the session's state again, from storage and from the chain.
    ///
    /// # Errors
    /// [`SessionError::Node`] when the chain cannot be asked, [`SessionError::Forgotten`], [`SessionError::OwnerChanged`].
    pub async fn refresh(&self) -> Result<Status, SessionError> {
        let state = self.read_state().await?;
        if state.phase != Phase::Pending {
            let (phase, budget) = self.view_of_chain(&state).await?;
            self.take_over(&state, phase, budget).await?;
        }
        Ok(self.summary().status)
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
            return Err(SessionError::Pending);
        }
        if self.closed.get() {
            return Err(SessionError::Locked);
        }
        match summary(&self.terms, &state, self.client.now()).status {
            Status::Expired => {
                self.suspend();
                Err(SessionError::Expired)
            }
            Status::Revoked => {
                self.suspend();
                Err(SessionError::Revoked)
            }
            Status::Locked => {
                self.suspend();
                Err(SessionError::Locked)
            }
            _ => Ok(state),
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

fn is_over(terms: &StoredTerms, now: Timestamp) -> bool {
    now.seconds().saturating_add(EXPIRY_MARGIN) >= terms.validity.valid_until().seconds()
}

fn summary(terms: &StoredTerms, state: &State, now: Timestamp) -> Summary {
    let status = match state.phase {
        Phase::Revoked => Status::Revoked,
        _ if is_over(terms, now) => Status::Expired,
        _ if state.locked => Status::Locked,
        Phase::Pending => Status::Pending,
        Phase::Granted => Status::Granted,
        Phase::Enabling { .. } => Status::Enabling,
        Phase::Enabled => Status::Enabled,
    };
    Summary {
        id: terms.id.clone(),
        account: terms.account,
        owner: terms.owner,
        key: terms.key,
        chain_id: terms.chain_id,
        scope: terms.scope.clone(),
        valid_until: terms.validity.valid_until(),
        status,
    }
}

fn remaining(terms: &StoredTerms, state: &State, now: Timestamp) -> Remaining {
    let of = |scope: &Scope, spent: &Spent| {
        let limits = scope.limits();
        let operations = limits.operations.map(|most| most.saturating_sub(spent.operations));
        (operations, U256::from(limits.gas_total).saturating_sub(spent.gas))
    };
    let (mut operations, mut gas) = of(&terms.scope, &state.spent);
    if let Some((scope, spent)) = &state.narrowed {
        let narrowed = of(scope, spent);
        operations = operations.into_iter().chain(narrowed.0).min();
        gas = gas.min(narrowed.1);
    }
    Remaining {
        operations,
        gas,
        seconds: terms.validity.valid_until().seconds().saturating_sub(now.seconds()),
    }
}

/// A random id of 16 bytes in hex.
fn random_id() -> Result<String, SessionError> {
    let mut bytes = [0; 16];
    crate::random::fill(&mut bytes).map_err(|_| crate::key::KeyError::NoRandomness)?;
    Ok(alloy_primitives::hex::encode(bytes))
}

/// The hash that a receipt is asked for.
type OperationHash = B256;
