//! Taking a session up again after a reload: found, proved whole, wide enough, and still alive on chain. No prompt.

use std::cmp::Reverse;
use std::rc::{Rc, Weak};
use std::time::Duration;

use alloy_primitives::{Address, U256};

use super::keep::{Phase, State};
use super::storage::Stored;
use super::{
    Client, Operation, Session, SessionError, SessionFault, Summary, is_early, is_over, remaining, summary,
};
use crate::host::{Clock, Host, SealError};
use crate::order::sort_by_key;
use crate::protocol::{BudgetLeft, GrantStatus};
use crate::scope::{PaymasterRule, Scope};
use crate::time::Timestamp;

/// Pause before what would end a session is looked at again.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// Pause between looks whether operations of a session that was not taken up have their fate.
pub(super) const FOLLOWED: Duration = Duration::from_secs(60);

/// Seconds after the last signature until a node shows everything that landed.
const QUIET: u64 = 600;

/// What contracts count down from where a scope has a rate and no number of operations.
const MOST_OPERATIONS: u64 = (1 << 48) - 1;

/// What must be left of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtLeast {
    /// Seconds.
    pub seconds: u64,
    /// Operations, where they are counted.
    pub operations: u64,
}

/// Why there is no session to take up, of the candidate that came furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoSession {
    /// Nothing is stored.
    None,
    /// It belongs to an account that the wallet does not show, or its account has another owner now.
    OtherOwner,
    /// It is over.
    Expired,
    /// It has not begun.
    NotYet,
    /// It was taken back on chain.
    Revoked,
    /// It does not allow everything that is wanted.
    ScopeWider,
    /// Too little is left of it.
    BudgetLow,
    /// Its key or record is gone or damaged.
    StorageLost,
}

impl NoSession {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OtherOwner => "other-owner",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::Revoked => "revoked",
            Self::ScopeWider => "scope-wider",
            Self::BudgetLow => "budget-low",
            Self::StorageLost => "storage-lost",
        }
    }
}

impl<H: Host> Client<H> {
    /// The newest session that covers `scope` and still works, or why there is none. With `owners`, only a session of one of them.
    /// Records that do not fit are passed over, never deleted.
    ///
    /// # Errors
    /// [`SessionFault::Node`] when the chain cannot be asked, [`SessionFault::Store`]; [`SessionFault::NewerRecord`] when there is no
    /// other session than one that a newer version stored.
    pub async fn restore(
        self: &Rc<Self>,
        scope: &Scope,
        owners: Option<&[Address]>,
        at_least: AtLeast,
    ) -> Result<Result<Rc<Session<H>>, NoSession>, SessionError> {
        let mut furthest = NoSession::None;
        let mut candidates = Vec::new();
        let mut newer = None;
        for stored in self.stored().await? {
            match stored {
                Ok(stored) => candidates.push(stored),
                Err(error) if matches!(*error, SessionFault::NewerRecord) => newer = Some(error),
                Err(_) => furthest = NoSession::StorageLost,
            }
        }
        if !candidates.is_empty() {
            self.check_chain().await?;
        }
        for stored in newest_first(candidates) {
            match self.take_up(stored.clone(), scope, owners, at_least).await? {
                Ok(session) => return Ok(Ok(session)),
                Err(reason) => furthest = furthest.max(reason),
            }
            self.follow(stored).await;
        }
        newer.map_or(Ok(Err(furthest)), Err)
    }

    /// A stored session of this id, without a look at the chain: for a page whose module was started afresh.
    ///
    /// # Errors
    /// [`SessionFault::Store`].
    pub async fn reopen(self: &Rc<Self>, id: &str) -> Result<Option<Rc<Session<H>>>, SessionError> {
        let found = self.stored().await?.into_iter().flatten().find(|stored| stored.record.terms.id == id);
        let Some(stored) = found else { return Ok(None) };
        let session = Session::new(Rc::clone(self), stored)?;
        session.adopt_what_is_left().await;
        Ok(Some(session))
    }

    /// All sessions stored here, newest first.
    ///
    /// # Errors
    /// [`SessionFault::Store`].
    pub async fn list(&self) -> Result<Vec<Summary>, SessionError> {
        let all = newest_first(self.stored().await?.into_iter().flatten().collect());
        Ok(all.iter().map(|Stored { record, state }| summary(&record.terms, state, self.now())).collect())
    }

    /// What is stored of an operation of any session of this app.
    ///
    /// # Errors
    /// [`SessionFault::UnknownOperation`], [`SessionFault::Store`].
    pub async fn operation(&self, id: &str) -> Result<Operation, SessionError> {
        let sessions = self.stored().await?.into_iter().flatten();
        let found = sessions.filter_map(|Stored { state, .. }| Operation::of(&state, id)).next();
        found.ok_or_else(|| SessionFault::UnknownOperation { id: id.to_owned() }.into())
    }

    async fn take_up(
        self: &Rc<Self>,
        stored: Stored,
        scope: &Scope,
        owners: Option<&[Address]>,
        at_least: AtLeast,
    ) -> Result<Result<Rc<Session<H>>, NoSession>, SessionError> {
        let (terms, state) = (&stored.record.terms, &stored.state);
        if state.phase == Phase::Pending || terms.account != self.account_of(terms.owner).address {
            return Ok(Err(NoSession::None));
        }
        if owners.is_some_and(|owners| !owners.contains(&terms.owner)) {
            return Ok(Err(NoSession::OtherOwner));
        }
        if is_over(terms, self.now()) {
            return Ok(Err(NoSession::Expired));
        }
        if is_early(terms, self.now()) {
            return Ok(Err(NoSession::NotYet));
        }
        if state.phase == Phase::Revoked {
            return Ok(Err(NoSession::Revoked));
        }
        let widest = state.narrowed.as_ref().map_or(&terms.scope, |(narrowed, _)| narrowed);
        if !widest.covers(scope) {
            return Ok(Err(NoSession::ScopeWider));
        }
        let left = remaining(terms, state, self.now());
        if left.seconds < at_least.seconds
            || left.operations.is_some_and(|operations| operations < at_least.operations.max(1))
            || left.gas.is_zero()
        {
            return Ok(Err(NoSession::BudgetLow));
        }
        self.open(stored).await
    }

    /// What was left open of a session that is not taken up has a fate all the same: it is looked for until it is known, and
    /// [`Client::operation`] tells it.
    async fn follow(self: &Rc<Self>, stored: Stored) {
        if stored.state.left().next().is_some()
            && self.followed(&stored.record.terms.name()).is_none()
            && let Ok(session) = Session::new(Rc::clone(self), stored)
        {
            self.followed.borrow_mut().push(Rc::downgrade(&session));
            session.adopt_what_is_left().await;
            let client = Rc::clone(self);
            self.host.spawn(Box::pin(async move {
                while session.state.borrow().left().next().is_some() {
                    client.host.clock().rest(FOLLOWED).await;
                }
            }));
        }
    }

    /// The session of this name, if it is followed.
    fn followed(&self, name: &str) -> Option<Rc<Session<H>>> {
        let mut all = self.followed.borrow_mut();
        all.retain(|session| session.strong_count() > 0);
        all.iter().filter_map(Weak::upgrade).find(|session| session.name() == name)
    }

    /// Asks the chain, then opens the key, unless that takes a gesture: then its first use does.
    async fn open(
        self: &Rc<Self>,
        stored: Stored,
    ) -> Result<Result<Rc<Session<H>>, NoSession>, SessionError> {
        let state = stored.state.clone();
        // One that is followed has the lanes and operations already.
        let followed = self.followed(&stored.record.terms.name());
        let Some(session) = followed.or_else(|| Session::new(Rc::clone(self), stored).ok()) else {
            return Ok(Err(NoSession::StorageLost));
        };
        let (phase, budget) = match session.view_of_chain(&state).await {
            Err(error) if matches!(*error, SessionFault::OwnerChanged { .. }) => {
                session.lock_for_owner().await?;
                return Ok(Err(NoSession::OtherOwner));
            }
            view => view?,
        };
        session.take_over(&state, phase, budget).await?;
        session.adopt_what_is_left().await;
        if phase == Phase::Revoked {
            return Ok(Err(NoSession::Revoked));
        }
        if state.locked || !self.host.opens_silently(&session.name()) {
            return Ok(Ok(session));
        }
        match session.key().await {
            Ok(_) => Ok(Ok(session)),
            Err(error)
                if matches!(
                    *error,
                    SessionFault::Seal(SealError::NoWrappingKey | SealError::NotOpened)
                        | SessionFault::OtherKey
                ) =>
            {
                Ok(Err(NoSession::StorageLost))
            }
            Err(fault) => Err(fault),
        }
    }
}

fn newest_first(mut all: Vec<Stored>) -> Vec<Stored> {
    sort_by_key(&mut all, |stored| Reverse(stored.record.terms.created_at));
    all
}

impl<H: Host> Session<H> {
    /// Where the chain says that it is. What would end it is looked at twice, since nodes behind one address may not all be at the same
    /// block.
    ///
    /// # Errors
    /// [`SessionFault::OwnerChanged`], [`SessionFault::Node`].
    pub(super) async fn view_of_chain(&self, state: &State) -> Result<(Phase, BudgetLeft), SessionError> {
        if state.phase == Phase::Revoked {
            return Ok((Phase::Revoked, BudgetLeft::default()));
        }
        let first = self.look(state.phase).await;
        let ends = match &first {
            Ok((phase, _)) => *phase == Phase::Revoked,
            Err(error) => matches!(**error, SessionFault::OwnerChanged { .. }),
        };
        if !ends {
            return first;
        }
        self.client.host.clock().sleep(SECOND_LOOK).await;
        self.look(state.phase).await
    }

    async fn look(&self, stored: Phase) -> Result<(Phase, BudgetLeft), SessionError> {
        let (client, grant) = (&self.client, self.grant.as_ref());
        let account = client.account_state(self.terms.account).await?;
        if account.deployed && account.owner != Some(self.terms.owner) {
            return Err(SessionError::from(SessionFault::OwnerChanged { account: self.terms.account }));
        }
        let mut reads = grant.status_reads();
        let status_reads = reads.len();
        reads.extend(grant.budget_reads());
        let answers = match account.deployed {
            true => client.endpoints.node.views(&reads).await?,
            false => Vec::new(),
        };
        let status = match answers.get(..status_reads) {
            Some(answers) => grant.status(answers)?,
            None => GrantStatus::Unused,
        };
        let budget = match status {
            GrantStatus::Enabled => grant.budget(answers.get(status_reads..).unwrap_or_default())?,
            _ => BudgetLeft::default(),
        };
        let phase = match (status, stored) {
            (GrantStatus::Enabled, _) => Phase::Enabled,
            // Not seen there yet: as stored, unless it was seen there before and the chain took it back.
            (GrantStatus::Unused, Phase::Enabled) => Phase::Granted,
            (GrantStatus::Unused, phase) => phase,
            // Removed, invalidated, or the id taken by something else.
            _ => Phase::Revoked,
        };
        Ok((phase, budget))
    }

    /// Takes over what the chain says, unless what was stored meanwhile is newer than what was read.
    pub(super) async fn take_over(
        &self,
        read: &State,
        phase: Phase,
        budget: BudgetLeft,
    ) -> Result<(), SessionError> {
        let now = self.client.now();
        let mut change = |state: &mut State| {
            if state.phase == read.phase {
                if (state.phase, phase) == (Phase::Enabled, Phase::Granted) {
                    state.reopen_all();
                }
                state.phase = phase;
            }
            self.correct(state, budget, now);
        };
        self.update(&mut change).await.map(|_| ())
    }

    /// Counters by those of the chain. What the chain has counted is spent, whatever a stale or replayed record says. Once nothing is on
    /// its way the chain is right: what this side counted beyond it is free again. A paymaster's gas is counted by this side alone, so
    /// there nothing is freed.
    fn correct(&self, state: &mut State, budget: BudgetLeft, now: Timestamp) {
        let scope = &self.terms.scope;
        let is_quiet = scope.paymaster() == PaymasterRule::None
            && state.outbox.is_empty()
            && now.seconds().saturating_sub(state.signed_at.seconds()) >= QUIET;
        if let Some(left) = budget.gas {
            let used = U256::from(scope.limits().gas_total.saturating_sub(left));
            state.spent.gas = if is_quiet { used } else { used.max(state.spent.gas) };
        }
        if let Some(left) = budget.operations {
            // A rate alone is counted down from the largest number there is.
            let most = scope.limits().operations.unwrap_or(MOST_OPERATIONS);
            let used = most.saturating_sub(left);
            state.spent.operations = if is_quiet { used } else { used.max(state.spent.operations) };
        }
    }
}
