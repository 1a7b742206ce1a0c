//! A player's browser and an app in it that insists: it buys and buys, and after every error it tries again.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::U256;
use hallpass::abi::{Function, Value};
use hallpass::eip712::TypedData;
use hallpass::endpoint::bundler::Bundler;
use hallpass::endpoint::node::Node;
use hallpass::endpoint::owner::{Chain as ChainInfo, Owner};
use hallpass::hex::data;
use hallpass::host::{Clock, Host, RpcError, Store};
use hallpass::key::{SessionKey, SigningDigest};
use hallpass::protocol::Call;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::scope::Scope;
use hallpass::session::{AccountKind, Client, Endpoints, News, Session, Terms};
use hallpass::testing::{Faults, FaultyStore, ScriptedRpc, ScriptedWallet, TestHost};
use hallpass::time::Timestamp;
use serde_json::{Value as Json, json};

use super::BOARD;
use super::world::{World, number, unknown};

/// Wei per item.
pub const PRICE: u64 = 10;
/// Most items per purchase.
pub const MOST: u64 = 20;

/// A purchase that an app asked for, and what it was told of it.
pub struct Purchase {
    pub item: u64,
    pub told: Vec<News>,
}

/// A tab with an open session.
pub struct Tab {
    host: TestHost,
    session: Rc<Session<TestHost>>,
}

pub struct Player {
    pub purchases: Rc<RefCell<Vec<Purchase>>>,
    pub tabs: Vec<Tab>,
    host: TestHost,
    world: Rc<RefCell<World>>,
    scope: Scope,
}

impl Player {
    /// A player who has a session with this scope.
    pub async fn new(host: TestHost, world: Rc<RefCell<World>>, key: SessionKey, scope: Scope) -> Self {
        let client = client(host.clone(), &world);
        let terms = Terms {
            scope: scope.clone(),
            starts_at: None,
            valid_until: Timestamp::from_seconds(host.clock.now().seconds() + 6 * 3600).expect("a time"),
            owner: None,
            key: None,
        };
        let owner = Owner::new(wallet(key, world.borrow().ledger.block.chain_id));
        let session = client.request(&owner, &terms, &|_| ()).await.expect("a session");
        let tabs = vec![Tab { host: host.clone(), session }];
        Self { purchases: Rc::default(), tabs, host, world, scope }
    }

    /// Opens a tab; fails where the session cannot be restored, and then the page is closed again.
    pub async fn open(&self, host: TestHost) -> Option<Tab> {
        let client = client(host.clone(), &self.world);
        match client.restore(&self.scope, None, Default::default()).await {
            Ok(Ok(session)) => Some(Tab { host, session }),
            _ => {
                host.page.close();
                None
            }
        }
    }

    pub async fn open_tab(&mut self) {
        let tab = self.open(self.host.new_tab()).await;
        self.tabs.extend(tab);
    }

    /// A tab that does not share the state of the others: as if nothing held the totals together.
    pub async fn open_copy(&mut self) {
        let mut host = self.host.new_tab().without_shared_locks();
        let states = Rc::new(FaultyStore::new(Faults::default()));
        for name in self.host.states().names("").await.expect("names") {
            let text = self.host.states().get(&name).await.expect("a state").expect("a state");
            states.put(&name, &text).await.expect("room");
        }
        host.states = states;
        let tab = self.open(host).await;
        self.tabs.extend(tab);
    }

    /// The page dies, and is opened again; fails where the session cannot be restored.
    pub async fn reload(&mut self, at: usize) {
        let dead = self.tabs.remove(at);
        dead.host.page.close();
        drop(dead);
        self.open_tab().await;
    }

    /// Asks for as many pieces of an item. Whether the scope's totals let it be asked for.
    pub fn buy(&mut self, tab: usize, (item, amount): (u64, u64), timeout: u64) -> bool {
        let Some(Tab { host, session }) = self.tabs.get(tab) else { return false };
        let Ok(sending) = session.begin(&[purchase(item, amount)], timeout) else { return false };
        let purchases = Rc::clone(&self.purchases);
        let at = purchases.borrow().len();
        purchases.borrow_mut().push(Purchase { item, told: Vec::new() });
        host.spawn(Box::pin(async move {
            loop {
                let news = sending.next().await;
                purchases.borrow_mut()[at].told.push(news);
            }
        }));
        true
    }

    /// Waits for the last purchase, but no longer than so many seconds.
    pub async fn wait(&self, seconds: u64) {
        let ends = self.host.clock.now().seconds() + seconds;
        while self.host.clock.now().seconds() < ends {
            self.host.clock.sleep(Duration::from_millis(500)).await;
            let purchases = self.purchases.borrow();
            if purchases.last().is_none_or(|last| last.told.iter().any(News::is_last)) {
                return;
            }
        }
    }

    pub async fn rest(&self, seconds: u64) {
        self.host.clock.sleep(Duration::from_secs(seconds)).await;
    }

    pub fn close(&mut self) {
        for tab in self.tabs.drain(..) {
            tab.host.page.close();
        }
    }
}

fn purchase(item: u64, amount: u64) -> Call {
    let function: Function = "buy(uint256,uint256)".parse().expect("a signature");
    let arguments = [item, amount].map(|number| Value::Uint(U256::from(number)));
    let data = function.encode_call(&arguments).expect("arguments").into();
    Call { to: BOARD, value: U256::from(amount * PRICE), data }
}

fn client(host: TestHost, world: &Rc<RefCell<World>>) -> Rc<Client<TestHost>> {
    let rpc = World::endpoints(world);
    let endpoints =
        Endpoints { node: Node::new(rpc.node), bundler: Bundler::new(rpc.bundler), paymaster: None };
    let chain = json!({ "id": world.borrow().ledger.block.chain_id, "name": "Local" });
    let kind = AccountKind { protocol: Box::new(Kernel::new(KernelVersion::V3_1)), index: U256::ZERO };
    Rc::new(Client::new(host, "game", ChainInfo::from_json(&chain).expect("a chain"), kind, endpoints))
}

fn wallet(key: SessionKey, chain_id: u64) -> ScriptedWallet {
    let answer = move |method: &str, params: &Json| -> Result<Json, RpcError> {
        Ok(match method {
            "eth_accounts" | "eth_requestAccounts" => json!([key.address().to_string()]),
            "eth_chainId" => number(chain_id),
            "eth_signTypedData_v4" => {
                let typed_data =
                    TypedData::from_json_text(params[1].as_str().expect("text")).expect("typed data");
                let signature = key.sign(&SigningDigest::raw(typed_data.digest())).expect("a signature");
                json!(data(&signature.to_bytes()))
            }
            _ => return Err(unknown(method)),
        })
    };
    ScriptedWallet::new(ScriptedRpc::new(answer))
}
