//! Locks between tabs that are clones of one platform.

use crate::host::{LocalGuard, LocalLocks, Locks};

/// Locks of one page that pass for those of a browser.
#[derive(Clone, Debug)]
pub struct TestLocks {
    locks: LocalLocks,
    reach: bool,
}

impl TestLocks {
    /// Locks that all clones share.
    #[must_use]
    pub fn shared() -> Self {
        Self { locks: LocalLocks::default(), reach: true }
    }

    /// Locks of one tab, as where there are no Web Locks.
    #[must_use]
    pub fn apart() -> Self {
        Self { locks: LocalLocks::default(), reach: false }
    }
}

impl Locks for TestLocks {
    type Guard = LocalGuard;

    async fn acquire(&self, name: &str) -> LocalGuard {
        self.locks.acquire(name).await
    }

    async fn try_acquire(&self, name: &str) -> Option<LocalGuard> {
        self.locks.try_acquire(name).await
    }

    async fn held(&self, prefix: &str) -> Vec<String> {
        self.locks.held(prefix).await
    }

    fn reach_other_tabs(&self) -> bool {
        self.reach
    }
}
