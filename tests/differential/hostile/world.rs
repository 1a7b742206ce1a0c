//! What the session sees of the world: a node that tells the truth, at times an old one, and a bundler that tells and does what it
//! likes.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{Address, U256};
use hallpass::abi::Function;
use hallpass::hex::{data, parse_address, parse_data, quantity};
use hallpass::host::{Clock, RpcError, RpcFault};
use hallpass::testing::{ManualClock, ScriptedRpc};
use hallpass::userop::EntryPointVersion;
use serde_json::{Value as Json, json};

use crate::differential::evm::Outcome;
use crate::differential::live::THIEF;
use crate::differential::rng::Rng;

use super::ledger::{Ledger, Signed};
use super::nature::Nature;

/// The chain with both endpoints.
pub struct World {
    pub ledger: Ledger,
    pub account: Address,
    pub nature: Nature,
    pub rng: Rng,
    /// Everything that was signed and shown to the bundler.
    pub signed: Vec<Rc<Signed>>,
    /// A request to send was left without an answer: what it carried is still to be taken.
    pub hangs: bool,
    /// From now on the bundler is a good one.
    pub is_honest: bool,
    pub seen: Seen,
    /// The chain before each operation that landed.
    before: Vec<Ledger>,
    clock: ManualClock,
    /// The endpoint of the tab that was opened last.
    bundler: Option<ScriptedRpc>,
}

/// What happened in a run, to tell whether enough did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub landed_and_refused: u64,
    pub kept_and_refused: u64,
    pub older_alternatives: u64,
    pub taken_back: u64,
    pub lies: u64,
}

/// The two endpoints of a world.
pub struct Endpoints {
    pub node: ScriptedRpc,
    pub bundler: ScriptedRpc,
}

impl World {
    pub fn new(ledger: Ledger, account: Address, nature: Nature, rng: Rng, clock: ManualClock) -> Self {
        let (signed, seen) = (Vec::new(), Seen::default());
        let (hangs, is_honest, before, bundler) = (false, false, Vec::new(), None);
        Self { ledger, account, nature, rng, signed, hangs, is_honest, seen, before, clock, bundler }
    }

    /// Endpoints that answer from it.
    pub fn endpoints(world: &Rc<RefCell<Self>>) -> Endpoints {
        let answering = |answer: fn(&mut Self, &str, &Json) -> Result<Json, RpcError>| {
            let world = Rc::clone(world);
            ScriptedRpc::new(move |method, params| {
                let mut world = world.borrow_mut();
                world.go_on();
                answer(&mut world, method, params)
            })
        };
        let (node, bundler) = (answering(Self::node), answering(Self::bundler));
        world.borrow_mut().bundler = Some(bundler.clone());
        Endpoints { node, bundler }
    }

    /// The next request to send is left without an answer.
    pub fn hang_next(&mut self) {
        self.hangs = true;
        if let Some(bundler) = &self.bundler {
            bundler.hang_next("eth_sendUserOperation");
        }
    }

    /// Lets go of what refers to it.
    pub fn close(&mut self) {
        self.bundler = None;
    }

    /// Time passes, and the bundler does what nobody asked it for.
    fn go_on(&mut self) {
        self.ledger.pass(self.clock.now().seconds());
        if let Some(bundler) = self.bundler.clone().filter(|_| self.hangs)
            && let Some(params) = bundler.last("eth_sendUserOperation")
        {
            let known = self.signed.len();
            self.take(&params[0]);
            self.hangs = self.signed.len() == known;
        }
        if !self.is_honest && Nature::happens(self.nature.reorganises, &mut self.rng) {
            self.reorganise();
        }
        if Nature::happens(self.nature.lands_any_time, &mut self.rng) {
            self.land_any();
        }
    }

    /// Takes back some of what is not final.
    fn reorganise(&mut self) {
        let last_final = self.last_final();
        let not_final = self.before.iter().filter(|before| before.block.number > last_final).count();
        if not_final > 0 {
            let at = self.before.len() - 1 - self.rng.index(not_final);
            self.seen.taken_back += (self.before.len() - at) as u64;
            self.ledger = self.before.swap_remove(at);
            self.before.truncate(at);
            self.ledger.pass(self.clock.now().seconds());
        }
    }

    /// Where the chain has no word for it, what is told by depth must be true nevertheless.
    fn last_final(&self) -> u64 {
        self.ledger.block.number.saturating_sub(self.nature.final_depth.unwrap_or(64)).max(1)
    }

    /// Lands something that can be.
    pub fn land_any(&mut self) {
        let next: Vec<_> = self.signed.iter().filter(|signed| self.ledger.is_next(signed)).cloned().collect();
        if !next.is_empty() {
            let signed = Rc::clone(self.rng.pick(&next));
            self.land(&signed);
        }
    }

    pub fn land(&mut self, signed: &Rc<Signed>) {
        self.ledger.pass(self.clock.now().seconds());
        let newest = self.signed.iter().rfind(|other| other.op.nonce == signed.op.nonce);
        let is_older = newest.is_some_and(|newest| newest.hash != signed.hash);
        let before = self.ledger.clone();
        if self.ledger.land(signed) {
            self.before.push(before);
            self.seen.older_alternatives += u64::from(is_older);
        }
    }

    fn node(&mut self, method: &str, params: &Json) -> Result<Json, RpcError> {
        let is_late = !self.is_honest && Nature::happens(self.nature.node_is_late, &mut self.rng);
        let latest = self.ledger.block.number;
        Ok(match method {
            "eth_chainId" => number(self.ledger.block.chain_id),
            "eth_getBlockByNumber" => match (params[0].as_str(), self.nature.final_depth) {
                (Some("finalized"), None) => Json::Null,
                (Some("finalized"), Some(_)) => self.block(self.last_final()),
                _ => self.block(latest),
            },
            "eth_maxPriorityFeePerGas" => json!("0x1"),
            "eth_getBalance" => {
                json!(quantity(self.ledger.chain.balance(address(&params[0]))))
            }
            "eth_getCode" => {
                let code = self.ledger.chain.code(address(&params[0]));
                json!(data(&code))
            }
            "eth_getStorageAt" => json!(data(&[0; 32])),
            "eth_call" => return self.view(params, is_late),
            "eth_getLogs" if !self.nature.has_logs => return Err(unknown(method)),
            "eth_getLogs" => {
                let from = params[0]["fromBlock"].as_str().and_then(|text| text.strip_prefix("0x"));
                let from = u64::from_str_radix(from.expect("a block"), 16).expect("a number");
                let until = if is_late { latest - 1 } else { latest };
                let landings = self.ledger.landings.iter();
                let found = landings.filter(|landing| landing.block >= from && landing.block <= until);
                found.map(|landing| landing.event(self.account)).collect()
            }
            "eth_getTransactionReceipt" => {
                let landings = self.ledger.landings.iter();
                let mut found = landings
                    .filter(|landing| Some(landing.transaction.to_string().as_str()) == params[0].as_str());
                found.next().map_or(Json::Null, |landing| json!({ "status": "0x1", "logs": landing.logs() }))
            }
            _ => return Err(unknown(method)),
        })
    }

    fn block(&self, block: u64) -> Json {
        let time = self.ledger.time_of(block);
        json!({ "number": number(block), "timestamp": number(time), "baseFeePerGas": "0x1" })
    }

    fn view(&mut self, params: &Json, is_late: bool) -> Result<Json, RpcError> {
        let to = address(&params[0]["to"]);
        let calldata = parse_data(params[0]["data"].as_str().expect("calldata")).expect("hex");
        let get_nonce: Function = "getNonce(address,uint192)".parse().expect("a signature");
        let asks_nonce =
            to == EntryPointVersion::V07.address() && calldata.starts_with(get_nonce.selector().as_slice());
        match self.ledger.chain.call(self.ledger.block, THIEF, to, calldata.clone()) {
            Outcome::Ok(answer) if is_late && asks_nonce => {
                let answer = U256::from_be_slice(&answer);
                let recent = self.ledger.landings.iter().filter(|landing| {
                    landing.block == self.ledger.block.number && landing.signed.op.nonce >> 64 == answer >> 64
                });
                let before = answer - U256::from(recent.count());
                Ok(json!(data(&before.to_be_bytes::<32>())))
            }
            Outcome::Ok(answer) => Ok(json!(data(&answer))),
            failure => Err(RpcError::from(RpcFault::Answer {
                code: 3,
                message: format!("reverted: {failure:?}"),
                data: Json::Null,
            })),
        }
    }
}

pub fn number(number: u64) -> Json {
    json!(quantity(U256::from(number)))
}

pub fn unknown(method: &str) -> RpcError {
    RpcError::from(RpcFault::Answer { code: -32601, message: format!("no {method}"), data: Json::Null })
}

fn address(text: &Json) -> Address {
    parse_address(text.as_str().expect("text")).expect("an address")
}
