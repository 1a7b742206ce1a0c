//! The session's key: opened for use, dropped between uses, locked by decision, deleted.

use std::rc::Rc;

use alloy_primitives::Address;

use super::engine::Event;
use super::keep::Purpose;
use super::{Session, SessionError, SessionEvent, SessionFault, Status, is_over};
use crate::host::{Host, Sealer};
use crate::key::SessionKey;

impl<H: Host> Session<H> {
    /// Drops the key from memory. The next use brings it back; where a passkey guards it, that takes a gesture.
    pub fn suspend(&self) {
        self.key.replace(None);
        self.client.host.sealer().rest(&self.terms.name());
        if let Some(this) = self.this.upgrade() {
            this.rest_lanes();
        }
    }

    /// Nothing more is signed, and the key leaves memory.
    pub(super) fn refuse(&self, fault: SessionError) {
        self.suspend();
        if let Some(this) = self.this.upgrade() {
            this.feed(Event::Refused(fault));
        }
    }

    /// Locks the session unless the wallet still shows its owner.
    ///
    /// # Errors
    /// As [`Session::lock`].
    pub async fn owner_changed(&self, accounts: &[Address]) -> Result<(), SessionError> {
        match accounts.contains(&self.terms.owner) || self.summary().status == Status::Locked {
            true => Ok(()),
            false => self.lock_for_owner().await,
        }
    }

    /// Locks, and tells that the owner is why.
    pub(super) async fn lock_for_owner(&self) -> Result<(), SessionError> {
        self.lock().await?;
        self.watch.tell(SessionEvent::OwnerChanged);
        Ok(())
    }

    /// Locks the session until [`Session::unlock`], in all tabs and over reloads.
    ///
    /// # Errors
    /// [`SessionFault::Store`], [`SessionFault::Forgotten`]. The key is dropped from memory all the same.
    pub async fn lock(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.refuse(SessionError::from(SessionFault::Locked));
        self.update(&mut |state| state.locked = true).await?;
        // Whatever was being signed while the lock was waited for is done by now.
        self.suspend();
        Ok(())
    }

    /// Ends a lock, once the key has proved to be whole.
    ///
    /// # Errors
    /// [`SessionFault::Seal`] when the key does not open.
    pub async fn unlock(&self) -> Result<(), SessionError> {
        self.open().await?;
        self.update(&mut |state| state.locked = false).await?;
        self.closed.set(false);
        self.ring();
        Ok(())
    }

    /// Deletes the key and the record here. The grant itself ends only by expiry or by [`Session::revoke`].
    ///
    /// # Errors
    /// [`SessionFault::Store`], [`SessionFault::Seal`].
    pub async fn forget(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.forgotten.set(true);
        self.refuse(SessionError::from(SessionFault::Forgotten));
        self.client.delete(&self.terms).await?;
        self.watch.tell(SessionEvent::Forgotten);
        self.watch.tell_others();
        Ok(())
    }

    /// The key, opened if it is not in memory. A session that is over does not open.
    pub(super) async fn key(&self) -> Result<Rc<SessionKey>, SessionError> {
        if is_over(&self.terms, self.client.now()) {
            self.suspend();
            return Err(SessionError::from(SessionFault::Expired));
        }
        if self.closed.get() || self.summary().status == Status::Locked {
            return Err(SessionError::from(SessionFault::Locked));
        }
        let held = self.key.borrow().clone();
        match held {
            Some(key) => Ok(key),
            None => self.open().await,
        }
    }

    async fn open(&self) -> Result<Rc<SessionKey>, SessionError> {
        let name = self.terms.name();
        let record = self.client.record(&name).await?;
        if record.terms != self.terms {
            return Err(SessionError::from(SessionFault::OtherKey));
        }
        let bound = self.terms.bound(Purpose::Key, self.client.host.origin());
        let key = self.client.host.sealer().open_key(&name, &record.sealed, &bound).await?;
        if key.address() != self.terms.key {
            return Err(SessionError::from(SessionFault::OtherKey));
        }
        let key = Rc::new(key);
        self.key.replace(Some(Rc::clone(&key)));
        Ok(key)
    }
}
