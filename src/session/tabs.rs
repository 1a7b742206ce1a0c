//! What tabs of one app are to each other: each shows by a lock which sessions it can open, a new one gets the records of living ones,
//! and keys that no tab can use any more are swept.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::keep::{Record, StoredTerms};
use super::storage::STATES;
use super::{Client, SessionError, SessionFault, random_id};
use crate::host::{
    Channel, Clock, Host, LocalLocks, Locks, Named, SealError, Sealer, Store, StoreError, Tabs,
};
use crate::order::sort_by_key;
use crate::time::Timestamp;

/// What the name of a tab's lock on a session starts with; the record's name and the tab's id follow.
const ALIVE: &str = "alive/";
/// What marks a key that nobody showed any more when it was last looked at, and since when.
const ORPHANS: &str = "orphan/";
/// What a new tab says to get the records of living ones.
const WANT: &str = "want";
/// How long it waits for them.
const GATHERING: Duration = Duration::from_millis(300);
/// Seconds for which nobody must show a key before it is swept: a tab that is loaded anew shows nothing meanwhile.
const ORPHANED: u64 = 600;
/// The same where tabs do not see each other's locks: longer than sessions live.
const ORPHANED_UNSEEN: u64 = 8 * 86_400;
/// Seconds for which the record of a session that is over is kept.
const KEPT: u64 = 86_400;

/// What this tab shows of itself to others.
pub(super) struct Presence<H: Host> {
    id: RefCell<String>,
    alive: Named<<H::Locks as Locks>::Guard>,
    starting: LocalLocks,
    started: Cell<bool>,
}

impl<H: Host> Presence<H> {
    pub(super) fn new() -> Self {
        Self {
            id: RefCell::default(),
            alive: Named::default(),
            starting: LocalLocks::default(),
            started: Cell::new(false),
        }
    }
}

impl<H: Host> Client<H> {
    /// Before anything is read for the first time: gets records from other tabs, shows its own, sweeps what nobody can use.
    pub(super) async fn start(&self) -> Result<(), SessionError> {
        let _alone = self.presence.starting.acquire("start").await;
        if self.presence.started.get() {
            return Ok(());
        }
        if self.host.has_records_per_tab() {
            self.gather().await?;
        }
        self.show_all().await?;
        // Sweeping is housekeeping: what fails today is done another day.
        let _ = self.sweep().await;
        self.presence.started.set(true);
        Ok(())
    }

    /// Starts at the place that was asked for; where the browser does not offer it, at the next weaker one. To keep something new,
    /// one that fails for another reason is left too.
    pub(super) async fn start_where_possible(&self, to_keep: bool) -> Result<(), SessionError> {
        loop {
            let error = match self.start().await {
                Err(error) => error,
                Ok(()) => return Ok(()),
            };
            let SessionFault::Store(fault) = &*error else { return Err(error) };
            let is_refused = matches!(fault, StoreError::Unavailable { .. });
            if !(to_keep || is_refused) || !self.host.downgrade(&SealError::Store(fault.clone())) {
                return Err(error);
            }
        }
    }

    /// Shows the sessions of this tab again. For a page that comes back from the back-forward cache: its locks may be gone.
    ///
    /// # Errors
    /// [`SessionFault::Store`].
    pub async fn show_all(&self) -> Result<(), SessionError> {
        drop(self.presence.alive.take_all());
        for name in self.own_names().await? {
            self.show(&name).await;
        }
        Ok(())
    }

    /// The channel on which tabs ask each other for records; what is said there goes to [`Client::answer`].
    #[must_use]
    pub fn records_channel(&self) -> <H::Tabs as Tabs>::Channel {
        self.host.tabs().join(&format!("{}records", StoredTerms::app_prefix(&self.app)))
    }

    /// Gives the records of this tab to one that wants them. They are ciphertext: whoever gets one can open it only with the wrapping
    /// key.
    pub async fn answer(&self, channel: &<H::Tabs as Tabs>::Channel, said: &str) {
        if said != WANT || !self.host.has_records_per_tab() {
            return;
        }
        for name in self.own_names().await.unwrap_or_default() {
            if let Ok(Some(text)) = self.host.store().get(&name).await {
                channel.post(&text);
            }
        }
    }

    /// Shows that this tab can open a session.
    pub(super) async fn show(&self, name: &str) {
        if !self.host.has_records_per_tab() || self.presence.alive.holds(name) {
            return;
        }
        if self.presence.id.borrow().is_empty() {
            self.presence.id.replace(random_id().unwrap_or_default());
        }
        let lock = format!("{ALIVE}{name}/{}", self.presence.id.borrow());
        let guard = self.host.locks().acquire(&lock).await;
        self.presence.alive.put(name, guard);
    }

    /// This tab cannot open it any more.
    pub(super) fn hide(&self, name: &str) {
        self.presence.alive.remove(name);
    }

    /// Records of living tabs that this one lacks.
    async fn gather(&self) -> Result<(), SessionError> {
        let mut missing = self.shown().await;
        let own = self.own_names().await?;
        missing.retain(|name| !own.contains(name));
        if missing.is_empty() {
            return Ok(());
        }
        let channel = self.records_channel();
        channel.post(WANT);
        let mut time = Box::pin(self.host.clock().sleep(GATHERING));
        while !missing.is_empty() {
            let Either::Left((text, _)) = select(Box::pin(channel.next()), &mut time).await else { break };
            // Anything on the origin can post: only what opens under its wrapping key is believed.
            if let Ok(record) = Record::from_text(&text)
                && let terms = record.terms
                && let Some(at) = missing.iter().position(|name| *name == terms.name())
                && self.state(&terms).await.is_ok()
            {
                self.host.store().put(&missing.swap_remove(at), &text).await?;
            }
        }
        Ok(())
    }

    /// Deletes keys and states whose record no tab has, and records of sessions that are long over.
    async fn sweep(&self) -> Result<(), SessionError> {
        let now = self.host.clock().now();
        for name in self.own_names().await? {
            if let Ok(record) = self.record(&name).await
                && record.terms.validity.valid_until().seconds().saturating_add(KEPT) < now.seconds()
            {
                self.delete(&record.terms).await?;
            }
        }
        let (own, shown) = (self.own_names().await?, self.shown().await);
        let prefix = StoredTerms::app_prefix(&self.app);
        let mut names = self.host.sealer().names(&prefix).await?;
        for state in self.host.states().names(&format!("{STATES}{prefix}")).await? {
            names.extend(state.strip_prefix(STATES).map(str::to_owned));
        }
        for name in each_once(names) {
            let is_record = self.host.states().get(&name).await?.is_some();
            let is_used = is_record || own.contains(&name) || shown.contains(&name);
            self.sweep_one(&name, is_used, now).await?;
        }
        Ok(())
    }

    async fn sweep_one(&self, name: &str, is_used: bool, now: Timestamp) -> Result<(), SessionError> {
        let (states, mark) = (self.host.states(), format!("{ORPHANS}{name}"));
        let marked = states.get(&mark).await?;
        if is_used {
            return if marked.is_some() { Ok(states.remove(&mark).await?) } else { Ok(()) };
        }
        let Some(since) = marked.and_then(|since| since.parse::<u64>().ok()) else {
            return Ok(states.put(&mark, &now.seconds().to_string()).await?);
        };
        let most = if self.host.locks().reach_other_tabs() { ORPHANED } else { ORPHANED_UNSEEN };
        if now.seconds().saturating_sub(since) >= most {
            self.delete_shared(name).await?;
            states.remove(&mark).await?;
        }
        Ok(())
    }

    async fn own_names(&self) -> Result<Vec<String>, SessionError> {
        Ok(self.host.store().names(&StoredTerms::app_prefix(&self.app)).await?)
    }

    /// Names of the sessions that some tab shows.
    async fn shown(&self) -> Vec<String> {
        let prefix = format!("{ALIVE}{}", StoredTerms::app_prefix(&self.app));
        let locks = self.host.locks().held(&prefix).await;
        let name = |lock: String| Some(lock.strip_prefix(ALIVE)?.rsplit_once('/')?.0.to_owned());
        each_once(locks.into_iter().filter_map(name).collect())
    }
}

fn each_once(mut names: Vec<String>) -> Vec<String> {
    sort_by_key(&mut names, String::clone);
    names.dedup();
    names
}
