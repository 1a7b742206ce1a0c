//! Named texts.

/// Named texts that outlive the page, or not: that is the implementation's promise.
pub trait Store {
    /// The text under `name`.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be read.
    async fn get(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Puts a text under `name`, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be written; then the old text is still there.
    async fn put(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// Removes what is under `name`, if anything.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be written.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// Names that start with `prefix`, sorted.
    ///
    /// # Errors
    /// [`StoreError`] when the storage cannot be read.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Why storage fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The browser offers no such storage here (private mode, a sandboxed frame, a policy).
    #[error("this browser offers no {what} here: {detail}")]
    Unavailable {
        /// Which storage.
        what: &'static str,
        /// What the browser said.
        detail: String,
    },
    /// The storage is full.
    #[error("the browser's storage for this site is full")]
    Quota,
    /// Anything else the browser said.
    #[error("storage failed: {detail}")]
    Failed {
        /// What the browser said.
        detail: String,
    },
}
