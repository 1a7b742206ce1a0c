//! Where schedules begin: a session that the owner granted, made once for each kind and copied for each schedule.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{Address, U256};
use hallpass::endpoint::bundler::Bundler;
use hallpass::endpoint::node::Node;
use hallpass::endpoint::owner::{Chain as ChainInfo, Owner};
use hallpass::endpoint::paymaster::Paymaster;
use hallpass::host::Clock;
use hallpass::key::SessionKey;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::scope::Scope;
use hallpass::session::{AccountKind, Client, Endpoints};
use hallpass::testing::{ScriptedWallet, TestHost, block_on, repeat_randomness};
use serde_json::json;

use super::chain::CHAIN_ID;
use super::history::Used;
use super::ledger::Ledger;
use super::luck::Role;
use super::player::{BOARD, NOW, moved, no_rule, terms, wallet};
use super::rng::Rng;
use super::world::{Shared, World, endpoint};

/// Seconds for which sessions are granted.
pub const GRANTED: u64 = 5_400;

/// What schedules differ in from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Whether operations are counted.
    pub is_counted: bool,
    pub is_sponsored: bool,
    /// Whether the chain knows the session.
    pub is_enabled: bool,
}

impl Kind {
    pub fn drawn(rng: &mut Rng) -> Self {
        let mut flip = || rng.once_in(2);
        Self { is_counted: flip(), is_sponsored: flip(), is_enabled: flip() }
    }

    pub fn limits(self) -> Used {
        let operations = if self.is_counted { 7 } else { u64::MAX };
        Used { value: 100, operations, gas: U256::from(10_u64.pow(17)) }
    }

    pub fn scope(self) -> Scope {
        let board = BOARD.to_string();
        let mut scope = json!({
            "calls": [
                { "to": board, "function": "move(uint8 x,uint8 y)" },
                { "to": board, "function": "buy(uint256 item,uint256 amount)", "value": { "max": 50 } },
                // For what does nothing.
                { "to": board, "plainTransfer": true, "value": { "max": 1 } },
            ],
            "limits": { "gas": { "maxFeePerGas": "5 gwei", "total": "0.1 ether" } },
            "spend": [{ "token": "native", "limit": 100 }],
            "accept": ["local:spend[0]", "danger:free-amount"],
        });
        if self.is_counted {
            scope["limits"]["operations"] = json!(self.limits().operations);
        }
        if self.is_sponsored {
            scope["paymaster"] = json!(Address::repeat_byte(0x77).to_string());
        }
        Scope::from_json(&scope).unwrap()
    }
}

/// A granted session: where it is stored, and its chain.
struct Start {
    kind: Kind,
    host: TestHost,
    world: Shared,
    owner: Address,
}

thread_local! {
    static STARTS: RefCell<Vec<Start>> = const { RefCell::new(Vec::new()) };
}

/// A platform and a chain of one's own, with a granted session.
pub fn granted(kind: Kind) -> (TestHost, Ledger) {
    STARTS.with_borrow_mut(|starts| {
        if !starts.iter().any(|start| start.kind == kind) {
            starts.push(grant(kind));
        }
        let start = starts.iter().find(|start| start.kind == kind).unwrap();
        (start.host.copied(), start.world.borrow().ledger.copied(start.owner))
    })
}

fn grant(kind: Kind) -> Start {
    repeat_randomness(1);
    let key = Rc::new(SessionKey::generate().unwrap());
    let owner = key.address();
    let host = TestHost::at(NOW);
    let ledger = Ledger::new(owner, Clock::millis(&host.clock), kind.limits().operations);
    let world = World::shared(Rng::new(1, 0), host.clock.clone(), ledger);
    world.borrow_mut().is_honest = true;
    world.borrow_mut().pages.push((false, 0));
    let client = client(&host, &world, 0, kind);
    let owner_wallet = Owner::new(ScriptedWallet::new(wallet(key, no_rule())));
    block_on(async {
        let granted = terms(&kind.scope(), GRANTED);
        let session = client.request(&owner_wallet, &granted, &|_| ()).await.unwrap();
        if kind.is_enabled {
            let sent = session.send(&[moved(255, 255)], &|_| ()).await.unwrap();
            session.included(sent).await.unwrap();
            // Until it is final for any node.
            host.clock.sleep(std::time::Duration::from_secs(300)).await;
        }
    });
    host.page.close();
    Start { kind, host, world, owner }
}

/// A client of a page on the endpoints of this world.
pub fn client(host: &TestHost, world: &Shared, page: u64, kind: Kind) -> Rc<Client<TestHost>> {
    let of = |role| endpoint(world, role, page);
    let endpoints = Endpoints {
        node: Node::new(of(Role::Node)),
        bundler: Bundler::new(of(Role::Bundler)),
        paymaster: kind.is_sponsored.then(|| Paymaster::new(of(Role::Paymaster), json!({}))),
    };
    let chain = ChainInfo::from_json(&json!({ "id": CHAIN_ID, "name": "Local" })).unwrap();
    let protocol = Box::new(Kernel::new(KernelVersion::V3_3));
    Rc::new(Client::new(host.clone(), "game", chain, AccountKind { protocol, index: U256::ZERO }, endpoints))
}
