//! Where sessions are kept, and the way down where a place is refused.

use crate::host::{SealError, StoreError};

/// Where records, states and wrapping keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// All in memory: gone with the page.
    Memory,
    /// Records in sessionStorage, states and wrapping keys in IndexedDB: gone with the last tab of the app.
    Tab,
    /// All in IndexedDB: stays with the browser profile.
    Device,
    /// As [`Custody::Device`], and the wrapping key of the session key comes from a passkey (WebAuthn, PRF extension): each opening
    /// after a rest needs a gesture.
    Passkey,
    /// Records and states in a store of the app's, wrapping keys in IndexedDB, or in memory where there is none.
    Custom,
}

impl Custody {
    /// The tier of this name, among those that an app can ask for by name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "memory" => Some(Self::Memory),
            "tab" => Some(Self::Tab),
            "device" => Some(Self::Device),
            "passkey" => Some(Self::Passkey),
            _ => None,
        }
    }

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Tab => "tab",
            Self::Device => "device",
            Self::Passkey => "passkey",
            Self::Custom => "custom",
        }
    }

    /// Whether wrapping keys are kept in IndexedDB.
    pub(super) const fn keeps_keys(self) -> bool {
        !matches!(self, Self::Memory)
    }

    /// The next weaker tier that `cause` does not rule out, and the code of the way there. `None` where there is none, or where
    /// weaker storage would not help.
    pub(super) fn below(self, cause: &SealError, has_session_storage: bool) -> Option<(Self, &'static str)> {
        let code = match cause {
            SealError::NoPasskey { .. } => NO_PASSKEY,
            SealError::Store(StoreError::Quota) => "storage.quota",
            SealError::Store(StoreError::Unavailable { .. }) => UNAVAILABLE,
            SealError::Store(StoreError::Failed { .. }) => "storage.failed",
            _ => return None,
        };
        match (self, code) {
            (Self::Passkey, _) => Some((Self::Memory, code)),
            (Self::Memory | Self::Custom, _) | (_, NO_PASSKEY) => None,
            // Wrapping keys of a tab are in IndexedDB too.
            (Self::Device, UNAVAILABLE) | (Self::Tab, _) => Some((Self::Memory, code)),
            (Self::Device, _) if has_session_storage => Some((Self::Tab, code)),
            (Self::Device, _) => Some((Self::Memory, code)),
        }
    }
}

/// Codes that are told apart.
const NO_PASSKEY: &str = "storage.no-passkey";
const UNAVAILABLE: &str = "storage.unavailable";

/// A way down from one tier to a weaker one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downgrade {
    /// Tier before.
    pub from: Custody,
    /// Tier from then on, for new sessions.
    pub to: Custody,
    /// Why: `shared-host`, `storage.quota`, `storage.unavailable`, `storage.failed` or `storage.no-passkey`.
    pub code: &'static str,
    /// Why, in words.
    pub message: String,
}
