//! The seams in a browser: fetch, injected wallets, storage, WebCrypto, Web Locks, time. They work in windows and workers, and those
//! without storage in Node.js too.

mod clock;
mod eip1193;
mod error;
mod fetch;
mod global;
mod indexed_db;
mod locks;
mod session_storage;
mod store;
mod webcrypto;

use std::rc::Rc;

use wasm_bindgen::JsValue;

pub use clock::BrowserClock;
pub use eip1193::Provider;
pub use fetch::Endpoint;
pub use global::aborted;
pub use indexed_db::IndexedDb;
pub use locks::{BrowserGuard, BrowserLocks, WebGuard};
pub use session_storage::SessionStorage;
pub use store::BrowserStore;
pub use webcrypto::WebCryptoSealer;

use crate::host::{Host, MemoryStore, SealError, StoreError};

/// Where sealed keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// In memory: gone with the page.
    Memory,
    /// Records in sessionStorage, wrapping keys in IndexedDB: gone with the tab.
    Tab,
    /// Both in IndexedDB: stays with the browser profile.
    Device,
}

impl Custody {
    /// The tier of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "memory" => Some(Self::Memory),
            "tab" => Some(Self::Tab),
            "device" => Some(Self::Device),
            _ => None,
        }
    }

    /// The tier that suits this place: `Tab` in a window with storage, else `Memory`.
    #[must_use]
    pub fn suitable() -> Self {
        match SessionStorage::new().is_ok() && IndexedDb::is_available() {
            true => Self::Tab,
            false => Self::Memory,
        }
    }

    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Tab => "tab",
            Self::Device => "device",
        }
    }
}

/// A browser, or what is like one.
#[derive(Debug)]
pub struct Browser {
    store: BrowserStore,
    sealer: WebCryptoSealer,
    clock: BrowserClock,
    locks: BrowserLocks,
    origin: String,
}

impl Browser {
    /// This place, with sealed keys in this tier.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`] outside a secure context, [`SealError::Store`] where the tier's storage is not offered.
    pub fn new(custody: Custody) -> Result<Self, SealError> {
        let database = || match IndexedDb::is_available() {
            true => Ok(Rc::new(IndexedDb::new())),
            false => Err(StoreError::Unavailable { what: "IndexedDB", detail: "it is missing".to_owned() }),
        };
        let (store, sealer) = match custody {
            Custody::Memory => (BrowserStore::Memory(MemoryStore::default()), WebCryptoSealer::in_memory()?),
            Custody::Tab => {
                (BrowserStore::Session(SessionStorage::new()?), WebCryptoSealer::in_database(database()?)?)
            }
            Custody::Device => {
                let database = database()?;
                (BrowserStore::Device(Rc::clone(&database)), WebCryptoSealer::in_database(database)?)
            }
        };
        Ok(Self { store, sealer, clock: BrowserClock, locks: BrowserLocks::new(), origin: origin() })
    }
}

impl Host for Browser {
    type Http = Endpoint;
    type Store = BrowserStore;
    type Sealer = WebCryptoSealer;
    type Clock = BrowserClock;
    type Locks = BrowserLocks;

    fn store(&self) -> &BrowserStore {
        &self.store
    }

    fn sealer(&self) -> &WebCryptoSealer {
        &self.sealer
    }

    fn clock(&self) -> &BrowserClock {
        &self.clock
    }

    fn locks(&self) -> &BrowserLocks {
        &self.locks
    }

    fn origin(&self) -> &str {
        &self.origin
    }
}

/// Origin of the page; a fixed name where there is none.
fn origin() -> String {
    let location = global::get("location");
    js_sys::Reflect::get(&location, &JsValue::from_str("origin"))
        .ok()
        .and_then(|origin| origin.as_string())
        .unwrap_or_else(|| "no-origin".to_owned())
}
