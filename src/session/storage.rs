//! Reading and writing what is stored: records once, states over and over.
//!
//! A new session is written key first, record last, and forgotten in the same order: whatever is cut off in between has no record or no
//! key, so it is no session, and the next start sweeps what is left of it.

use alloy_primitives::hex as hex_text;

use super::keep::{Purpose, Record, State, StoredTerms};
use super::{Client, SessionError, SessionFault};
use crate::host::{Host, Locks, SealError, Sealer, Store, StoreError};
use crate::key::SessionKey;

/// What the name of a state starts with; the name of its record follows.
pub(super) const STATES: &str = "state/";

/// A record and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) record: Record,
    pub(super) state: State,
}

impl<H: Host> Client<H> {
    /// All sessions of this app on this chain, or why one cannot be read.
    pub(super) async fn stored(&self) -> Result<Vec<Result<Stored, SessionError>>, SessionError> {
        self.start_where_possible(false).await?;
        let mut all = Vec::new();
        for name in self.host.store().names(&StoredTerms::prefix(&self.app, self.chain.id)).await? {
            let stored = match self.record(&name).await {
                Ok(record) => self.state(&record.terms).await.map(|state| Stored { record, state }),
                Err(fault) => Err(fault),
            };
            match stored {
                // Nothing can be said about it before storage answers again.
                Err(error) if matches!(*error, SessionFault::Store(_)) => return Err(error),
                stored => all.push(stored),
            }
        }
        Ok(all)
    }

    /// The record of this name.
    pub(super) async fn record(&self, name: &str) -> Result<Record, SessionError> {
        let text =
            self.host.store().get(name).await?.ok_or_else(|| SessionError::from(SessionFault::Forgotten))?;
        let record = Record::from_text(&text)?;
        // A record under another's name is not the one that was asked for.
        if record.terms.name() == name { Ok(record) } else { Err(SessionError::from(SessionFault::OtherKey)) }
    }

    /// The state of a session as it is stored now.
    pub(super) async fn state(&self, terms: &StoredTerms) -> Result<State, SessionError> {
        let name = terms.name();
        let text = self.in_time(self.host.states().get(&format!("{STATES}{name}"))).await?;
        let text = text.ok_or_else(|| SessionError::from(SessionFault::Forgotten))?;
        let sealed = hex_text::decode(&text).map_err(|_| SealError::NotOpened)?;
        if hex_text::encode(&sealed) != text {
            return Err(SealError::NotOpened.into());
        }
        let bound = terms.bound(Purpose::State, self.host.origin());
        let plain = self.host.sealer().open(&name, &sealed, &bound).await?;
        let text = String::from_utf8(plain).map_err(|_| SealError::NotOpened)?;
        State::from_text(&text).map_err(|fault| SessionError::from(SessionFault::Damaged(fault)))
    }

    pub(super) async fn save_state(&self, terms: &StoredTerms, state: &State) -> Result<(), SessionError> {
        let name = terms.name();
        let bound = terms.bound(Purpose::State, self.host.origin());
        let sealed = self.host.sealer().seal(&name, state.to_text().as_bytes(), &bound).await?;
        self.in_time(self.host.states().put(&format!("{STATES}{name}"), &hex_text::encode(sealed))).await
    }

    /// Storage that does not answer has failed: the state is locked meanwhile, in every tab.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, SessionError> {
        let late = || StoreError::Failed { detail: "no answer in time".to_owned() };
        Ok(self.within(self.patience, work).await.unwrap_or_else(|| Err(late()))?)
    }

    /// Stores a new session. Where the platform refuses, the next weaker place is taken, as far as there is one.
    pub(super) async fn store_new(
        &self,
        terms: StoredTerms,
        state: State,
        key: &SessionKey,
    ) -> Result<Stored, SessionError> {
        self.show(&terms.name()).await;
        loop {
            let fault = match self.try_store(&terms, &state, key).await {
                Ok(record) => return Ok(Stored { record, state }),
                Err(fault) => fault,
            };
            // Half a session is none.
            let _ = self.delete(&terms).await;
            let cause = match &*fault {
                SessionFault::Store(fault) => SealError::Store(fault.clone()),
                SessionFault::Seal(fault) => fault.clone(),
                _ => return Err(fault),
            };
            if !self.host.downgrade(&cause) {
                return Err(fault);
            }
            self.show(&terms.name()).await;
        }
    }

    async fn try_store(
        &self,
        terms: &StoredTerms,
        state: &State,
        key: &SessionKey,
    ) -> Result<Record, SessionError> {
        let (name, bound) = (terms.name(), terms.bound(Purpose::Key, self.host.origin()));
        let sealed = self.host.sealer().seal_key(&name, key, &bound).await?;
        self.save_state(terms, state).await?;
        let record = Record { terms: terms.clone(), sealed: sealed.into() };
        self.host.store().put(&name, &record.to_text()).await?;
        Ok(record)
    }

    /// Changes the state of a stored session, alone; answers the new state, and whether it is another than before.
    pub(super) async fn update(
        &self,
        terms: &StoredTerms,
        change: &mut dyn FnMut(&mut State),
    ) -> Result<(State, bool), SessionError> {
        let _alone = self.lock_state(&terms.name()).await;
        let before = self.state(terms).await?;
        let mut state = before.clone();
        change(&mut state);
        let changed = state != before;
        if changed {
            self.save_state(terms, &state).await?;
        }
        Ok((state, changed))
    }

    /// Held while a state is read, changed and written.
    pub(super) async fn lock_state(&self, name: &str) -> <H::Locks as Locks>::Guard {
        self.host.locks().acquire(&format!("{name}/state")).await
    }

    /// Deletes a session's key, state and record.
    pub(super) async fn delete(&self, terms: &StoredTerms) -> Result<(), SessionError> {
        let name = terms.name();
        self.delete_shared(&name).await?;
        self.delete_own(&name).await
    }

    /// Deletes this tab's record, and shows it no more.
    pub(super) async fn delete_own(&self, name: &str) -> Result<(), SessionError> {
        self.host.store().remove(name).await?;
        self.hide(name);
        Ok(())
    }

    /// Deletes what tabs share of a session: without it every record of it is dead.
    pub(super) async fn delete_shared(&self, name: &str) -> Result<(), SessionError> {
        self.host.sealer().forget(name).await?;
        Ok(self.host.states().remove(&format!("{STATES}{name}")).await?)
    }
}
