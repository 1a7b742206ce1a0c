//! A player with a wallet, a game on a chain, and a session between them.

use std::rc::Rc;

use alloy_primitives::Address;
use hallpass::endpoint::owner::Owner;
use hallpass::key::SessionKey;
use hallpass::scope::Scope;
use hallpass::session::{Client, Session, SessionError};
use hallpass::testing::{ScriptedWallet, TestHost};

use super::chain::Chain;
pub use super::player::{BOARD, NOW, WalletRule, call, moved, rejected, scope, signed, terms};
use super::player::{client, no_rule, wallet};

pub const PAYMASTER: Address = Address::repeat_byte(0x77);

pub type Result<T> = std::result::Result<T, SessionError>;

/// A player's key, wallet, browser and chain.
pub struct World {
    pub key: Rc<SessionKey>,
    pub wallet: ScriptedWallet,
    pub host: TestHost,
    pub chain: Chain,
    pub client: Rc<Client<TestHost>>,
}

impl World {
    pub fn new() -> Self {
        Self::with(no_rule(), false, |host| host)
    }

    pub fn sponsored() -> Self {
        Self::with(no_rule(), true, |host| host)
    }

    pub fn with_wallet(rule: WalletRule) -> Self {
        Self::with(rule, false, |host| host)
    }

    pub fn with_host(change: impl FnOnce(TestHost) -> TestHost) -> Self {
        Self::with(no_rule(), false, change)
    }

    fn with(rule: WalletRule, sponsored: bool, change: impl FnOnce(TestHost) -> TestHost) -> Self {
        let key = Rc::new(SessionKey::generate().unwrap());
        let chain = Chain::new(key.address());
        let host = change(TestHost::at(NOW));
        let wallet = ScriptedWallet::new(wallet(Rc::clone(&key), rule));
        let client = client(host.clone(), &chain, sponsored);
        Self { key, wallet, host, chain, client }
    }

    /// Another tab, or this one after a reload: the same storage, nothing in memory.
    pub fn another_tab(&self) -> Rc<Client<TestHost>> {
        client(self.host.new_tab(), &self.chain, false)
    }

    pub fn owner(&self) -> Owner<ScriptedWallet> {
        Owner::new(self.wallet.clone())
    }

    pub fn account(&self) -> Address {
        self.client.account_of(self.key.address()).address
    }

    pub async fn request(&self) -> Result<Rc<Session<TestHost>>> {
        self.request_for(&scope(|_| ())).await
    }

    pub async fn request_for(&self, scope: &Scope) -> Result<Rc<Session<TestHost>>> {
        self.client.request(&self.owner(), &terms(scope, 3600), &|_| ()).await
    }

    /// A session that is enabled on chain.
    pub async fn enabled(&self) -> Rc<Session<TestHost>> {
        let session = self.request().await.unwrap();
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        session.included(sent).await.unwrap();
        session
    }
}
