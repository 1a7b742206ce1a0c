//! The outbox: operations that were signed and whose fate is open, and what became of the latest others. It is part of a session's
//! sealed state, so an operation is written down in the same step in which its budgets are set apart.
//!
//! Of operations signed for one nonce the chain lets one land. So each nonce takes the dearest of them from the budgets, until the
//! chain shows which one used it.

use alloy_primitives::B256;

use super::State;
use crate::scope::{Reserve, Scope, Spent};
use crate::time::Timestamp;
use crate::userop::v07::UserOperation;

/// How many settled operations are remembered.
const REMEMBERED: usize = 64;
/// Of how many of them what was signed is kept too, in case that their block is taken back. Deeper reorganisations than that many
/// operations are not made up for.
const KEPT: usize = 16;

/// A nonce lane of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) enum Lane {
    /// Of the operation that enables the session.
    Enabling,
    /// Of a tab.
    Use(u16),
}

/// A nonce of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session) struct Place {
    pub(in crate::session) lane: Lane,
    pub(in crate::session) sequence: u64,
}

/// How far an open operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Standing {
    /// Signed; it may have been handed over.
    Signed,
    /// A bundler took it.
    Accepted,
    /// Signed for the app, which hands it over itself.
    Handed,
    /// The app was told that nobody goes on with it. It may land all the same.
    GivenUp,
}

/// A signed operation whose fate is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Entry {
    /// Id of the sending; all its tries have the same.
    pub(in crate::session) id: String,
    pub(in crate::session) hash: B256,
    pub(in crate::session) place: Place,
    pub(in crate::session) standing: Standing,
    pub(in crate::session) at: Timestamp,
    /// A block from before it was signed.
    pub(in crate::session) since: u64,
    pub(in crate::session) reserve: Reserve,
    pub(in crate::session) operation: Box<UserOperation>,
}

/// An operation whose fate is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Settled {
    pub(in crate::session) id: String,
    pub(in crate::session) hash: B256,
    pub(in crate::session) place: Place,
    pub(in crate::session) fate: Fate,
    /// What is spent beyond its own cost until its block is final.
    pub(in crate::session) over: Reserve,
    /// What was signed, until the block of the one that landed is final: were it taken back, this could land again.
    pub(in crate::session) entry: Option<Box<Entry>>,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in this block.
    Included {
        /// The block.
        block: u64,
        /// Its transaction.
        transaction: B256,
        /// Whether its calls were made.
        success: bool,
        /// Whether the block is final.
        is_final: bool,
    },
    /// Another operation used its nonce: this one.
    Replaced {
        /// The other operation.
        by: B256,
    },
    /// Its time ended, or the grant was taken back, before it was included.
    Dropped,
}

impl State {
    /// What is used up of a scope's budgets, with everything that may land; but for one nonce, if another operation is to be signed
    /// for it.
    pub(in crate::session) fn committed(
        &self,
        scope: &Scope,
        spent: &Spent,
        now: Timestamp,
        but: Option<Place>,
    ) -> Spent {
        let places = self.outbox.iter().enumerate().filter(|(at, entry)| {
            Some(entry.place) != but
                && self.outbox.iter().position(|other| other.place == entry.place) == Some(*at)
        });
        places.fold(spent.clone(), |spent, (_, first)| scope.add(&spent, &self.dearest(first.place), now))
    }

    /// What a nonce takes at most.
    fn dearest(&self, place: Place) -> Reserve {
        let mut dearest = Reserve::default();
        for entry in self.at(place) {
            dearest.dearest(&entry.reserve);
        }
        dearest
    }

    /// The largest limit for verification gas among operations that enable the session, or among the others.
    pub(in crate::session) fn most_verification_gas(&self, enabling: bool) -> u128 {
        let settled = self.history.iter().filter_map(|settled| settled.entry.as_deref());
        let alike = self
            .outbox
            .iter()
            .chain(settled)
            .filter(|entry| (entry.place.lane == Lane::Enabling) == enabling);
        alike.map(|entry| entry.operation.verification_gas_limit).max().unwrap_or_default()
    }

    /// Open operations signed for a nonce.
    pub(in crate::session) fn at(&self, place: Place) -> impl Iterator<Item = &Entry> {
        self.outbox.iter().filter(move |entry| entry.place == place)
    }

    /// The next nonce in a lane, given the chain's own: behind what bundlers have, at what nobody goes on with. `is_given_up` knows of
    /// some of the latter before they are stored as such, `is_taken` of nonces that are used whatever is stored.
    pub(in crate::session) fn next_sequence(
        &self,
        lane: Lane,
        on_chain: u64,
        is_given_up: impl Fn(B256) -> bool,
        is_taken: impl Fn(Place) -> bool,
    ) -> u64 {
        let used = self.lanes.iter().find(|(used, _)| *used == lane).map_or(0, |(_, next)| *next);
        let mut sequence = on_chain.max(used);
        let goes_on = |entry: &Entry| entry.standing != Standing::GivenUp && !is_given_up(entry.hash);
        while self.at(Place { lane, sequence }).any(goes_on) || is_taken(Place { lane, sequence }) {
            sequence = sequence.saturating_add(1);
        }
        sequence
    }

    /// The number behind everything that was signed in a lane, as far as is stored.
    pub(in crate::session) fn signed_up_to(&self, lane: Lane) -> u64 {
        let used = self.lanes.iter().find(|(used, _)| *used == lane).map_or(0, |(_, next)| *next);
        let open = self.outbox.iter().map(|entry| entry.place).filter(|place| place.lane == lane);
        open.map(|place| place.sequence.saturating_add(1)).fold(used, u64::max)
    }

    /// Whether an operation is on its way that enables the session.
    pub(in crate::session) fn is_enabling(&self) -> bool {
        self.outbox
            .iter()
            .any(|entry| entry.place.lane == Lane::Enabling && entry.standing != Standing::GivenUp)
    }

    pub(in crate::session) fn set_standing(&mut self, hash: B256, standing: Standing) {
        if let Some(entry) = self.outbox.iter_mut().find(|entry| entry.hash == hash) {
            entry.standing = standing;
        }
    }

    /// The chain shows that a nonce was used by the operation `by`: it is spent, and the others signed for that nonce are replaced.
    /// Before its block is final another of them could still take its place, so the dearest stays spent until then.
    pub(in crate::session) fn settle(
        &mut self,
        scope: &Scope,
        place: Place,
        (by, fate): (B256, Fate),
        now: Timestamp,
    ) {
        if self.at(place).next().is_some() {
            let dearest = self.dearest(place);
            let landed = self.at(place).find(|entry| entry.hash == by).map(|entry| entry.reserve.clone());
            self.spend(scope, &dearest, now);
            let entries: Vec<Entry> = self.outbox.extract_if(.., |entry| entry.place == place).collect();
            for entry in entries {
                let (id, hash) = (entry.id.clone(), entry.hash);
                self.history.retain(|settled| settled.hash != hash);
                let over = match &landed {
                    Some(landed) if hash == by => dearest.without(landed),
                    _ => Reserve::default(),
                };
                let fate = if hash == by { fate } else { Fate::Replaced { by } };
                let entry = landed.is_some().then(|| Box::new(entry));
                self.history.push(Settled { id, hash, place, fate, over, entry });
            }
            for settled in self.history.iter_mut().rev().skip(KEPT) {
                settled.entry = None;
            }
            let too_many = self.history.len().saturating_sub(REMEMBERED);
            self.history.drain(..too_many);
        }
        // A reorganisation may have put another one there before.
        let others = |settled: &&mut Settled| settled.place == place && settled.hash != by;
        for settled in self.history.iter_mut().filter(others) {
            settled.fate = Fate::Replaced { by };
        }
        if let Some(settled) = self.history.iter_mut().find(|settled| settled.hash == by) {
            settled.fate = fate;
            if matches!(fate, Fate::Included { is_final: true, .. }) {
                let over = std::mem::take(&mut settled.over);
                self.give_back(scope, &over);
                self.let_go(place);
            }
        }
        let next = place.sequence.saturating_add(1);
        match self.lanes.iter_mut().find(|(lane, _)| *lane == place.lane) {
            Some((_, used)) => *used = next.max(*used),
            None => self.lanes.push((place.lane, next)),
        }
    }

    /// Nothing signed for this nonce can land any more.
    pub(in crate::session) fn drop_at(&mut self, place: Place) {
        let entries: Vec<Entry> = self.outbox.extract_if(.., |entry| entry.place == place).collect();
        self.history.extend(entries.into_iter().map(|Entry { id, hash, .. }| Settled {
            id,
            hash,
            place,
            fate: Fate::Dropped,
            over: Reserve::default(),
            entry: None,
        }));
        self.let_go(place);
    }

    /// Nothing that was signed for a nonce can land any more.
    fn let_go(&mut self, place: Place) {
        for settled in self.history.iter_mut().filter(|settled| settled.place == place) {
            settled.entry = None;
        }
    }

    /// What may still land or land again, in the order in which it was signed for each nonce, with what the chain last showed of it.
    pub(in crate::session) fn left(&self) -> impl Iterator<Item = (&Entry, Option<Fate>)> {
        let settled =
            self.history.iter().filter_map(|settled| Some((&**settled.entry.as_ref()?, Some(settled.fate))));
        settled.chain(self.outbox.iter().map(|entry| (entry, None)))
    }

    /// The block of an operation is gone: it may land again. What it took of the budgets stays spent.
    pub(in crate::session) fn reopen(&mut self, entry: &Entry) {
        self.history.retain(|settled| settled.hash != entry.hash);
        if !self.outbox.iter().any(|other| other.hash == entry.hash) {
            let spent_already = Reserve::default();
            self.outbox.push(Entry { reserve: spent_already, ..entry.clone() });
        }
        self.lanes.retain(|(lane, next)| *lane != entry.place.lane || *next <= entry.place.sequence);
    }

    /// The chain does not know the session any more, so nothing of it is there: a reorganisation took all blocks since it was enabled, or
    /// a chain of the same id was started anew.
    pub(in crate::session) fn reopen_all(&mut self) {
        self.lanes.clear();
        let gone: Vec<_> = self.history.iter_mut().filter_map(|settled| settled.entry.take()).collect();
        for entry in gone {
            self.reopen(&entry);
        }
    }

    fn spend(&mut self, scope: &Scope, reserve: &Reserve, now: Timestamp) {
        self.spent = scope.add(&self.spent, reserve, now);
        if let Some((scope, spent)) = &mut self.narrowed {
            *spent = scope.add(spent, reserve, now);
        }
    }

    fn give_back(&mut self, scope: &Scope, reserve: &Reserve) {
        self.spent = scope.subtract(&self.spent, reserve);
        if let Some((scope, spent)) = &mut self.narrowed {
            *spent = scope.subtract(spent, reserve);
        }
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
