//! The seams in a browser: fetch, injected wallets, storage, WebCrypto, passkeys, Web Locks, channels, time. They work in windows and
//! workers, and those without storage in Node.js too.

mod clock;
mod custody;
mod custom_store;
mod eip1193;
mod error;
mod fetch;
mod frames;
mod global;
mod held;
mod indexed_db;
mod locks;
mod options;
mod p256;
mod passkey;
mod session_storage;
mod shared_hosts;
mod store;
mod tabs;
mod tiers;
mod vault;
mod webcrypto;
mod wrapping_keys;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::JsValue;

pub use clock::BrowserClock;
pub use custody::{Custody, Downgrade};
pub use custom_store::CustomStore;
pub use eip1193::Provider;
pub use fetch::Endpoint;
pub use global::aborted;
pub use held::let_go;
pub use indexed_db::IndexedDb;
pub use locks::{BrowserGuard, BrowserLocks, WebGuard};
pub use options::BrowserOptions;
pub use p256::WebCryptoP256;
pub use session_storage::SessionStorage;
pub use shared_hosts::is_shared_host;
pub use store::BrowserStore;
pub use tabs::{BrowserChannel, BrowserTabs, WebChannel};
pub use webcrypto::WebCryptoSealer;

use crate::host::{Host, SealError, Task};
use global::property;
use store::Kept;
use tiers::{Place, Places, Tiers};

/// A browser, or what is like one.
#[derive(Debug)]
pub struct Browser {
    asked: Custody,
    tiers: Rc<Tiers>,
    places: Rc<Places>,
    store: BrowserStore,
    states: BrowserStore,
    sealer: WebCryptoSealer,
    clock: BrowserClock,
    locks: BrowserLocks,
    tabs: BrowserTabs,
    origin: String,
    on_downgrade: Option<Function>,
    downgrades: RefCell<Vec<Downgrade>>,
}

impl Browser {
    /// This place. A tier that it does not offer becomes a weaker one at once, which is told as any other downgrade.
    ///
    /// # Errors
    /// [`SealError::NoWebCrypto`] outside a secure context, [`SealError::Store`] for a custom store that lacks a method.
    pub fn new(options: BrowserOptions) -> Result<Self, SealError> {
        let custom = match options.custom_store.is_undefined() || options.custom_store.is_null() {
            true => None,
            false => Some(CustomStore::from_js(&options.custom_store)?),
        };
        let asked = match &custom {
            Some(_) => Custody::Custom,
            None => options.custody.unwrap_or_else(options::usual_custody),
        };
        let places = Rc::new(Places::find(custom));
        let found = options::offered(asked, &places);
        let tier = found.as_ref().map_or(asked, |downgrade| downgrade.to);
        let tiers = Tiers::new(tier);
        let database = places.database.clone();
        let sealer = WebCryptoSealer::new(&options.app, database, Rc::clone(&tiers), options.allowed_frames)?;
        let browser = Self {
            asked,
            store: BrowserStore::new(Kept::Records, &places, &tiers),
            states: BrowserStore::new(Kept::States, &places, &tiers),
            tiers,
            places,
            sealer,
            clock: BrowserClock,
            locks: BrowserLocks::new(),
            tabs: BrowserTabs::new(),
            origin: origin(),
            on_downgrade: options.on_downgrade,
            downgrades: RefCell::default(),
        };
        if let Some(downgrade) = found {
            browser.tell(downgrade);
        }
        Ok(browser)
    }

    /// Where new sessions go.
    #[must_use]
    pub fn tier(&self) -> Custody {
        self.tiers.current()
    }

    /// What was asked for, or is usual here.
    #[must_use]
    pub const fn asked(&self) -> Custody {
        self.asked
    }

    /// Where the record of this name lies, or would go.
    #[must_use]
    pub fn custody_of(&self, record_name: &str) -> Custody {
        match self.store.seen(record_name) {
            None => self.tier(),
            Some(Place::Memory) => Custody::Memory,
            Some(Place::Session) => Custody::Tab,
            Some(Place::Custom) => Custody::Custom,
            Some(Place::Database) if self.sealer.is_guarded(record_name) => Custody::Passkey,
            Some(Place::Database) => Custody::Device,
        }
    }

    /// All downgrades so far, the first first.
    #[must_use]
    pub fn downgrades(&self) -> Vec<Downgrade> {
        self.downgrades.borrow().clone()
    }

    fn tell(&self, downgrade: Downgrade) {
        let names = [downgrade.from.name(), downgrade.to.name(), downgrade.code, &downgrade.message];
        let arguments: Array = names.into_iter().map(JsValue::from_str).collect();
        self.downgrades.borrow_mut().push(downgrade);
        if let Some(tell) = &self.on_downgrade {
            // What a listener of the app throws is the app's own affair.
            let _ = tell.apply(&JsValue::UNDEFINED, &arguments);
        }
    }
}

impl Host for Browser {
    type Http = Endpoint;
    type Store = BrowserStore;
    type Sealer = WebCryptoSealer;
    type Clock = BrowserClock;
    type Locks = BrowserLocks;
    type Tabs = BrowserTabs;

    fn store(&self) -> &BrowserStore {
        &self.store
    }

    fn states(&self) -> &BrowserStore {
        &self.states
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

    fn tabs(&self) -> &BrowserTabs {
        &self.tabs
    }

    fn spawn(&self, task: Task) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn origin(&self) -> &str {
        &self.origin
    }

    fn has_records_per_tab(&self) -> bool {
        self.tier() == Custody::Tab
    }

    fn opens_silently(&self, name: &str) -> bool {
        self.sealer.opens_silently(name)
    }

    fn downgrade(&self, cause: &SealError) -> bool {
        let from = self.tier();
        let Some((to, code)) = from.below(cause, self.places.has(Place::Session)) else { return false };
        self.tiers.go_down(to, cause);
        self.tell(Downgrade { from, to, code, message: cause.to_string() });
        true
    }
}

/// Origin of the page; a fixed name where there is none.
fn origin() -> String {
    let origin = property(&global::get("location"), "origin").as_string();
    origin.unwrap_or_else(|| "no-origin".to_owned())
}
