//! The session's key: opened for use, dropped between uses, locked by decision, deleted.

use std::rc::Rc;

use super::{Session, SessionError, Status, is_over};
use crate::host::{Host, Sealer};
use crate::key::SessionKey;

impl<H: Host> Session<H> {
    /// Drops the key from memory. The next use brings it back.
    pub fn suspend(&self) {
        self.key.replace(None);
    }

    /// Locks the session until [`Session::unlock`], in all tabs and over reloads.
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Forgotten`]. The key is dropped from memory all the same.
    pub async fn lock(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.suspend();
        self.update(|state| state.locked = true).await?;
        // Whatever was being signed while the lock was waited for is done by now.
        self.suspend();
        Ok(())
    }

    /// Ends a lock, once the key has proved to be whole.
    ///
    /// # Errors
    /// [`SessionError::Seal`] when the key does not open.
    pub async fn unlock(&self) -> Result<(), SessionError> {
        self.open().await?;
        self.update(|state| state.locked = false).await?;
        self.closed.set(false);
        Ok(())
    }

    /// Deletes the key and the record here. The grant itself ends only by expiry or by [`Session::revoke`].
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Seal`].
    pub async fn forget(&self) -> Result<(), SessionError> {
        self.closed.set(true);
        self.suspend();
        self.client.delete(&self.terms).await
    }

    /// The key, opened if it is not in memory. A session that is over does not open.
    pub(super) async fn key(&self) -> Result<Rc<SessionKey>, SessionError> {
        if is_over(&self.terms, self.client.now()) {
            self.suspend();
            return Err(SessionError::Expired);
        }
        if self.closed.get() || self.summary().status == Status::Locked {
            return Err(SessionError::Locked);
        }
        let held = self.key.borrow().clone();
        match held {
            Some(key) => Ok(key),
            None => self.open().await,
        }
    }

    async fn open(&self) -> Result<Rc<SessionKey>, SessionError> {
        let record = self.client.load(&self.terms.name()).await?;
        if record.terms != self.terms {
            return Err(SessionError::OtherKey);
        }
        let bound = self.terms.bound(self.client.host.origin());
        let key = self.client.host.sealer().open(&self.terms.id, &record.sealed, &bound).await?;
        if key.address() != self.terms.key {
            return Err(SessionError::OtherKey);
        }
        let key = Rc::new(key);
        self.key.replace(Some(Rc::clone(&key)));
        Ok(key)
    }
}
