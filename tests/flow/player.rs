//! A player with a wallet who plays a game within a scope; on any platform.

use std::rc::Rc;

use alloy_primitives::{Address, U256, address};
use hallpass::abi::{Function, Value};
use hallpass::eip712::TypedData;
use hallpass::endpoint::bundler::Bundler;
use hallpass::endpoint::node::Node;
use hallpass::endpoint::owner::Chain as ChainInfo;
use hallpass::endpoint::paymaster::Paymaster;
use hallpass::hex::{data, quantity};
use hallpass::host::{Host, RpcError, RpcFault};
use hallpass::key::{SessionKey, SigningDigest};
use hallpass::protocol::Call;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::scope::Scope;
use hallpass::session::{AccountKind, Client, Endpoints, Terms};
use hallpass::testing::ScriptedRpc;
use hallpass::time::Timestamp;
use serde_json::{Value as Json, json};

use super::chain::{CHAIN_ID, Chain};

pub const NOW: u64 = 1_800_000_000;
pub const BOARD: Address = address!("0xb0A2D00000000000000000000000000000000000");

/// What a wallet is asked and may answer differently.
pub type WalletRule = Box<dyn FnMut(&str, &Json) -> Option<std::result::Result<Json, RpcError>>>;

pub fn no_rule() -> WalletRule {
    Box::new(|_, _| None)
}

/// A client on endpoints of this chain.
pub fn client<H: Host<Http = ScriptedRpc>>(host: H, chain: &Chain, sponsored: bool) -> Rc<Client<H>> {
    let rpc = || chain.rpc.clone();
    let endpoints = Endpoints {
        node: Node::new(rpc()),
        bundler: Bundler::new(rpc()),
        paymaster: sponsored.then(|| Paymaster::new(rpc(), json!({}))),
    };
    let info = ChainInfo::from_json(&json!({ "id": CHAIN_ID, "name": "Local" })).unwrap();
    let kind = AccountKind { protocol: Box::new(Kernel::new(KernelVersion::V3_3)), index: U256::ZERO };
    Rc::new(Client::new(host, "game", info, kind, endpoints))
}

/// A wallet as MetaMask is, with one account, unless `rule` answers.
pub fn wallet(key: Rc<SessionKey>, mut rule: WalletRule) -> ScriptedRpc {
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
                return Err(RpcError::from(RpcFault::Answer {
                    code: -32601,
                    message: format!("no {method}"),
                    data: Json::Null,
                }));
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
    RpcError::from(RpcFault::Answer { code, message: "as scripted".to_owned(), data: Json::Null })
}

pub fn terms(scope: &Scope, seconds: u64) -> Terms {
    Terms {
        scope: scope.clone(),
        starts_at: None,
        valid_until: Timestamp::from_seconds(NOW + seconds).unwrap(),
        owner: None,
        key: None,
    }
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
