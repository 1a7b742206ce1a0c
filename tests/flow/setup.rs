//! A player with a wallet, a game on a chain, and a session between them.

use std::rc::Rc;

use alloy_primitives::{Address, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::bundler::Bundler;
use hallpass::eip712::TypedData;
use hallpass::hex::{data, quantity};
use hallpass::host::RpcError;
use hallpass::key::{SessionKey, SigningDigest};
use hallpass::node::Node;
use hallpass::owner::{Chain as ChainInfo, Owner};
use hallpass::paymaster::Paymaster;
use hallpass::protocol::Call;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::scope::Scope;
use hallpass::session::{AccountKind, Client, Endpoints, Session, SessionError, Terms};
use hallpass::testing::{ScriptedRpc, ScriptedWallet, TestHost};
use hallpass::time::Timestamp;
use serde_json::{Value as Json, json};

use super::chain::{CHAIN_ID, Chain};

pub const NOW: u64 = 1_800_000_000;
pub const BOARD: Address = address!("0xb0A2D00000000000000000000000000000000000");
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

/// What a wallet is asked and may answer differently.
pub type WalletRule = Box<dyn FnMut(&str, &Json) -> Option<std::result::Result<Json, RpcError>>>;

impl World {
    pub fn new() -> Self {
        Self::with(Box::new(|_, _| None), false)
    }

    pub fn sponsored() -> Self {
        Self::with(Box::new(|_, _| None), true)
    }

    pub fn with_wallet(rule: WalletRule) -> Self {
        Self::with(rule, false)
    }

    fn with(rule: WalletRule, sponsored: bool) -> Self {
        let key = Rc::new(SessionKey::generate().unwrap());
        let chain = Chain::new(key.address());
        let host = TestHost::at(NOW);
        let wallet = ScriptedWallet::new(wallet(Rc::clone(&key), rule));
        let client = client(&host, &chain, sponsored);
        Self { key, wallet, host, chain, client }
    }

    /// Another tab, or this one after a reload: the same storage, nothing in memory.
    pub fn another_tab(&self) -> Rc<Client<TestHost>> {
        client(&self.host, &self.chain, false)
    }

    pub fn owner(&self) -> Owner<ScriptedWallet> {
        Owner::new(self.wallet.clone())
    }

    pub fn account(&self) -> Address {
        self.client.account_of(self.key.address()).address
    }

    pub async fn request(&self) -> Result<Session<TestHost>> {
        self.request_for(&scope(|_| ())).await
    }

    pub async fn request_for(&self, scope: &Scope) -> Result<Session<TestHost>> {
        self.client.request(&self.owner(), &terms(scope, 3600), &|_| ()).await
    }

    /// A session that is enabled on chain.
    pub async fn enabled(&self) -> Session<TestHost> {
        let session = self.request().await.unwrap();
        let sent = session.send(&[moved(1, 1)], &|_| ()).await.unwrap();
        session.included(sent).await.unwrap();
        session
    }
}

fn client(host: &TestHost, chain: &Chain, sponsored: bool) -> Rc<Client<TestHost>> {
    let rpc = || chain.rpc.clone();
    let endpoints = Endpoints {
        node: Node::new(rpc()),
        bundler: Bundler::new(rpc()),
        paymaster: sponsored.then(|| Paymaster::new(rpc(), json!({}))),
    };
    let info = ChainInfo::from_json(&json!({ "id": CHAIN_ID, "name": "Local" })).unwrap();
    let kind = AccountKind { protocol: Box::new(Kernel::new(KernelVersion::V3_3)), index: U256::ZERO };
    Rc::new(Client::new(host.clone(), "game", info, kind, endpoints))
}

/// A wallet as MetaMask is, with one account, unless `rule` answers.
fn wallet(key: Rc<SessionKey>, mut rule: WalletRule) -> ScriptedRpc {
    ScriptedRpc::new(move |method, params| {
        if let Some(answer) = rule(method, params) {
            return answer;
        }
        Ok(match method {
            "eth_accounts" | "eth_requestAccounts" => json!([key.address().to_string()]),
            "eth_chainId" => json!(quantity(U256::from(CHAIN_ID))),
            "eth_signTypedData_v4" => json!(data(&signed(&key, params))),
            "eth_sendTransaction" => json!(format!("0x{}", "11".repeat(32))),
            _ => {
                return Err(RpcError::Answer {
                    code: -32601,
                    message: format!("no {method}"),
                    data: Json::Null,
                });
            }
        })
    })
}

/// The owner's signature over the typed data of a request.
pub fn signed(key: &SessionKey, params: &Json) -> Vec<u8> {
    let typed_data = TypedData::from_json_text(params[1].as_str().unwrap()).unwrap();
    key.sign(&SigningDigest::raw(typed_data.digest())).unwrap().to_bytes().to_vec()
}

pub fn rejected(code: i64) -> RpcError {
    RpcError::Answer { code, message: "as scripted".to_owned(), data: Json::Null }
}

pub fn terms(scope: &Scope, seconds: u64) -> Terms {
    Terms { scope: scope.clone(), valid_until: Timestamp::from_seconds(NOW + seconds).unwrap(), owner: None }
}

/// Moves without conditions, purchases within limits, with budgets.
pub fn scope(change: impl FnOnce(&mut Json)) -> Scope {
    let mut scope = json!({
        "calls": [
            { "to": BOARD.to_string(), "function": "move(uint8 x,uint8 y)" },
            { "to": BOARD.to_string(), "function": "buy(uint256 item,uint256 amount)", "args": [{ "any": true }, { "lte": 5 }],
              "value": { "max": 50 } },
        ],
        "limits": { "gas": { "maxFeePerGas": "5 gwei", "total": "0.1 ether" } },
        "spend": [{ "token": "native", "limit": 500 }],
        "accept": ["local:spend[0]"],
    });
    change(&mut scope);
    Scope::from_json(&scope).unwrap()
}

pub fn call(text: &str, value: u64, arguments: &[u64]) -> Call {
    let function: Function = text.parse().unwrap();
    let arguments: Vec<Value> = arguments.iter().map(|number| Value::Uint(U256::from(*number))).collect();
    Call { to: BOARD, value: U256::from(value), data: function.encode_call(&arguments).unwrap().into() }
}

pub fn moved(x: u64, y: u64) -> Call {
    call("move(uint8,uint8)", 0, &[x, y])
}
