//! What sessions of one app on one chain share: endpoints, storage, the kind of account.

use std::cell::{Cell, RefCell};
use std::rc::Weak;
use std::time::Duration;

use alloy_primitives::{Address, ChainId, U256};
use futures_util::future::{Either, select, try_join};

use super::fees::Quoted;
use super::tabs::Presence;
use super::{Session, SessionError, SessionFault};
use crate::endpoint::bundler::Bundler;
use crate::endpoint::node::{Block, Node};
use crate::endpoint::owner::Chain;
use crate::endpoint::paymaster::Paymaster;
use crate::host::{Clock, Host, Patient};
use crate::protocol::{AccountState, CounterfactualAccount, Protocol};
use crate::time::Timestamp;
use crate::userop::EntryPoint;

/// Seconds that a block may be ahead of the local clock before it is looked at twice.
const FAR_AHEAD: u64 = 600;

/// Milliseconds for which the time of such a block is believed.
const FAR_AHEAD_LASTS: u64 = 60_000;

/// How long a request may take, where the app says nothing else.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Which account of an owner acts.
#[derive(Debug)]
pub struct AccountKind {
    /// Family and version.
    pub protocol: Box<dyn Protocol>,
    /// Tells several accounts of one owner apart.
    pub index: U256,
}

/// Endpoints of a chain.
#[derive(Debug)]
pub struct Endpoints<R> {
    /// A node.
    pub node: Node<R>,
    /// A bundler.
    pub bundler: Bundler<R>,
    /// A paymaster service.
    pub paymaster: Option<Paymaster<R>>,
}

/// Everything that sessions of one app on one chain share.
pub struct Client<H: Host> {
    pub(super) host: H,
    pub(super) app: String,
    pub(super) chain: Chain,
    pub(super) kind: AccountKind,
    pub(super) endpoints: Endpoints<Patient<H::Http, H::Clock>>,
    /// Fees as they were quoted last.
    pub(super) quoted: Quoted,
    /// Time of the latest block seen.
    block_time: Cell<Timestamp>,
    /// Its number.
    block_number: Cell<u64>,
    /// Seconds that the local clock is behind it, if that is far.
    behind: Cell<u64>,
    /// When it was read, in milliseconds of the local clock.
    block_seen: Cell<u64>,
    /// How long a request may take.
    pub(super) patience: Duration,
    /// What this tab shows of itself to others.
    pub(super) presence: Presence<H>,
    /// Sessions that are not open, whose operations have their fate looked for.
    pub(super) followed: RefCell<Vec<Weak<Session<H>>>>,
}

impl<H: Host> std::fmt::Debug for Client<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("app", &self.app).field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// An account as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Address, and how to create it.
    pub account: CounterfactualAccount,
    /// What it says of itself.
    pub state: AccountState,
    /// Native balance in wei.
    pub balance: U256,
    /// Wei deposited for gas.
    pub deposit: U256,
}

impl<H: Host> Client<H> {
    /// A client for sessions of `app`.
    pub fn new(host: H, app: &str, chain: Chain, kind: AccountKind, endpoints: Endpoints<H::Http>) -> Self {
        let presence = Presence::new();
        let patient = |rpc| Patient::new(rpc, host.clock().clone());
        let Endpoints { node, bundler, paymaster } = endpoints;
        let endpoints = Endpoints {
            node: node.over(patient),
            bundler: bundler.over(patient),
            paymaster: paymaster.map(|service| service.over(patient)),
        };
        Self {
            host,
            app: app.to_owned(),
            chain,
            kind,
            endpoints,
            quoted: Quoted::default(),
            block_time: Cell::default(),
            block_number: Cell::default(),
            behind: Cell::default(),
            block_seen: Cell::default(),
            patience: PATIENCE,
            presence,
            followed: RefCell::default(),
        }
    }

    /// The same, but requests may take this long.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Chain (EIP-155).
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain.id
    }

    /// Where it lives.
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// Which account of an owner acts.
    #[must_use]
    pub const fn kind(&self) -> &AccountKind {
        &self.kind
    }

    /// Account of an owner that acts. No network.
    #[must_use]
    pub fn account_of(&self, owner: Address) -> CounterfactualAccount {
        self.kind.protocol.account(owner, self.kind.index)
    }

    /// The same account as the chain has it.
    ///
    /// # Errors
    /// [`SessionFault::Node`], [`SessionFault::Protocol`].
    pub async fn account(&self, owner: Address) -> Result<AccountInfo, SessionError> {
        let account = self.account_of(owner);
        let node = &self.endpoints.node;
        let entry_point = self.entry_point();
        let money = try_join(node.balance(account.address), node.deposit(&entry_point, account.address));
        let (state, (balance, deposit)) =
            try_join(self.account_state(account.address), async { Ok(money.await?) }).await?;
        Ok(AccountInfo { account, state, balance, deposit })
    }

    pub(super) async fn account_state(&self, account: Address) -> Result<AccountState, SessionError> {
        let node = &self.endpoints.node;
        // The views of an account without code would be answered by nobody, but its validator may know the address.
        if node.code(account).await?.is_empty() {
            return Ok(AccountState::default());
        }
        let answers = node.views(&self.kind.protocol.account_reads(account)).await?;
        Ok(self.kind.protocol.account_state(&answers)?)
    }

    pub(super) fn entry_point(&self) -> EntryPoint {
        EntryPoint::canonical(self.kind.protocol.entry_point(), self.chain.id)
    }

    /// Refuses a node of another chain, and reads the chain's time.
    pub(super) async fn check_chain(&self) -> Result<(), SessionError> {
        let found = self.endpoints.node.chain_id();
        let (found, _) = try_join(async { Ok(found.await?) }, self.read_block()).await?;
        match found == self.chain.id {
            true => Ok(()),
            false => Err(SessionError::from(SessionFault::OtherChain { wanted: self.chain.id, found })),
        }
    }

    /// Reads the chain's time.
    pub(super) async fn read_time(&self) -> Result<(), SessionError> {
        self.read_block().await.map(|_| ())
    }

    /// The latest block. One whose time is far ahead of the local clock is asked for twice: the clock may be wrong, but one answer may be
    /// wrong too.
    pub(super) async fn read_block(&self) -> Result<Block, SessionError> {
        let node = &self.endpoints.node;
        let mut block = node.block().await?;
        let now = self.host.clock().now().seconds();
        if block.time.seconds() > now.saturating_add(FAR_AHEAD) {
            let again = node.block().await?;
            block = if again.time < block.time { again } else { block };
        }
        let behind = block.time.seconds().saturating_sub(now);
        self.behind.set(if behind > FAR_AHEAD { behind } else { 0 });
        // The latest, not the highest: what is wrong once does not stand for ever.
        self.block_time.set(block.time);
        self.block_seen.set(self.host.clock().millis());
        self.block_number.set(block.number);
        Ok(block)
    }

    /// Does something, but for no longer than this.
    pub(super) async fn within<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
        match select(Box::pin(work), Box::pin(self.host.clock().sleep(patience))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// Seconds that the local clock is behind the latest block, if that is far.
    pub(super) fn behind(&self) -> u64 {
        self.behind.get()
    }

    /// Number of the latest block seen.
    pub(super) fn block_number(&self) -> u64 {
        self.block_number.get()
    }

    /// Time of the latest block seen.
    pub(super) fn block_time(&self) -> Timestamp {
        self.block_time.get()
    }

    /// The later of the local clock and the latest block seen; a block far ahead counts for a minute.
    pub(super) fn now(&self) -> Timestamp {
        let clock = self.host.clock();
        let is_old = clock.millis().saturating_sub(self.block_seen.get()) > FAR_AHEAD_LASTS;
        match self.behind() > 0 && is_old {
            true => clock.now(),
            false => clock.now().max(self.block_time.get()),
        }
    }
}
