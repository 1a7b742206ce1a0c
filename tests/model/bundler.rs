//! A bundler: what it has, what it takes, what it says, and what it puts into blocks.

use alloy_primitives::{B256, U256};
use hallpass::abi::Function;
use hallpass::hex::data;
use hallpass::host::{RpcError, RpcFault};
use hallpass::userop::v07::UserOperation as Fields;
use hallpass::userop::{AbiVersion, EntryPoint, EntryPointVersion, UserOperation};
use serde_json::{Value as Json, json};

use super::chain::CHAIN_ID;
use super::ledger::{Included, Validity};
use super::rng::Rng;
use super::world::World;

/// An operation that may get into a block.
pub struct Pooled {
    pub hash: B256,
    pub op: Fields,
    /// Milliseconds.
    pub due: u64,
    /// Whether the bundler says that it has it.
    pub is_shown: bool,
}

/// What bundlers say of an operation that they have.
const KNOWN: [(i64, &str); 5] = [
    (-32602, "Already known"),
    (-32602, "UserOperation already known: same hash in mempool"),
    (-32000, "already known"),
    (-32602, "AA25 invalid account nonce: User operation already present in mempool"),
    (-32603, "known transaction"),
];
/// What they say to refuse one, true or not.
const REFUSALS: [(i64, &str); 8] = [
    (-32500, "AA23 reverted 0x59d52e40"),
    (-32500, "AA21 didn't pay prefund"),
    (-32500, "AA25 invalid account nonce"),
    (-32500, "AA10 sender already constructed"),
    (-32602, "replacement underpriced"),
    (-32507, "signature is not valid"),
    (-32601, "no such method"),
    (-32000, "internal error"),
];

pub fn says((code, message): (i64, &str)) -> RpcError {
    RpcError::from(RpcFault::Answer { code, message: message.to_owned(), data: Json::Null })
}

pub fn parsed(operation: &Json) -> (B256, Fields) {
    let op = UserOperation::from_rpc(AbiVersion::V07, operation).unwrap();
    let hash = *op.hash(&EntryPoint::canonical(EntryPointVersion::V07, CHAIN_ID)).unwrap().as_b256();
    let UserOperation::V07(fields) = op else { panic!("another version") };
    (hash, fields)
}

impl World {
    /// What the bundler says to an operation in its eyes.
    pub fn objection(&mut self, op: &Fields) -> Option<RpcError> {
        let view = self.view_of(super::luck::Role::Bundler);
        let refused = |error: &str| {
            let selector: Function = error.parse().unwrap();
            RpcError::from(RpcFault::Answer {
                code: -32500,
                message: format!("AA23 reverted {}", data(selector.selector().as_slice())),
                data: Json::Null,
            })
        };
        match self.ledger.validity(op, view) {
            Validity::Good => None,
            Validity::Early if self.is_behind_pooled(op) => None,
            Validity::Early | Validity::Late => Some(says((-32500, "AA25 invalid account nonce"))),
            Validity::Deployed => Some(says((-32500, "AA10 sender already constructed"))),
            Validity::Refused if op.nonce >> 248 == U256::from(1) => Some(refused("EnableNotApproved()")),
            Validity::Refused => Some(refused("InvalidNonce()")),
        }
    }

    /// Whether the bundler has all before it in its lane.
    fn is_behind_pooled(&self, op: &Fields) -> bool {
        let before = op.nonce - U256::ONE;
        self.pool.iter().any(|pooled| pooled.is_shown && pooled.op.nonce == before)
    }

    /// An honest bundler's answer to an operation, after it took it or not.
    pub fn offered(&mut self, hash: B256, op: Fields) -> Result<Json, RpcError> {
        if self.has(hash) || self.ledger.included.iter().any(|included| included.hash == hash) {
            let in_pool = self.has(hash);
            let known = *self.rng.pick(&KNOWN);
            return Err(says(if in_pool { known } else { (-32500, "AA25 invalid account nonce") }));
        }
        if let Some(objection) = self.objection(&op) {
            return Err(objection);
        }
        let rival = self.pool.iter().position(|pooled| pooled.is_shown && pooled.op.nonce == op.nonce);
        if let Some(at) = rival {
            let old = &self.pool[at].op;
            let pays = |new: u128, old: u128| new * 100 >= old * 110;
            if !pays(op.max_fee_per_gas, old.max_fee_per_gas)
                || !pays(op.max_priority_fee_per_gas, old.max_priority_fee_per_gas)
            {
                return Err(says((-32602, "replacement underpriced")));
            }
            // Another bundler may have got the old one.
            if self.is_honest || self.rng.once_in(2) {
                self.pool.remove(at);
            } else {
                self.pool[at].is_shown = false;
            }
        }
        let forgets = !self.is_honest && self.rng.below(100) < self.luck.forgets;
        if !forgets {
            self.put(hash, op, true);
        }
        Ok(json!(hash.to_string()))
    }

    pub fn has(&self, hash: B256) -> bool {
        self.pool.iter().any(|pooled| pooled.is_shown && pooled.hash == hash)
    }

    pub fn put(&mut self, hash: B256, op: Fields, is_shown: bool) {
        if self.pool.iter().any(|pooled| pooled.hash == hash) {
            return;
        }
        let slow = !self.is_honest && self.rng.below(100) < self.luck.slow;
        let wait = if slow { self.rng.between(10_000, 400_000) } else { self.rng.between(0, 6_000) };
        self.pool.push(Pooled { hash, op, due: self.now() + wait, is_shown });
    }

    /// An answer to an operation that is not true.
    pub fn lied_to(&mut self, hash: B256, op: Fields) -> Result<Json, RpcError> {
        match self.rng.below(5) {
            // Refused and taken.
            0 | 1 => {
                let is_shown = self.rng.once_in(2);
                self.put(hash, op, is_shown);
                Err(says(*self.rng.pick(&REFUSALS)))
            }
            2 => Err(says(*self.rng.pick(&REFUSALS))),
            // Taken, in words only.
            3 => {
                let known = *self.rng.pick(&KNOWN);
                if self.rng.once_in(2) { Ok(json!(hash.to_string())) } else { Err(says(known)) }
            }
            _ => {
                self.put(hash, op, true);
                Ok(json!(B256::repeat_byte(7).to_string()))
            }
        }
    }

    /// Puts what is due into a block.
    pub fn make_block(&mut self, block: u64) {
        let time = self.ledger.time(block);
        let mut at = 0;
        self.pool.sort_by_key(|pooled| pooled.due);
        while let Some(pooled) = self.pool.get(at) {
            if pooled.due > time {
                return;
            }
            let op = pooled.op.clone();
            match self.ledger.validity(&op, block) {
                Validity::Good if self.pays(at) => {
                    let Pooled { hash, op, .. } = self.pool.remove(at);
                    let success = self.is_honest || self.rng.below(100) >= self.luck.reverts;
                    self.ledger.include(Included { hash, op, success, block });
                    self.note_used();
                    at = 0;
                }
                Validity::Late | Validity::Deployed => _ = self.pool.remove(at),
                Validity::Good | Validity::Early | Validity::Refused => at += 1,
            }
        }
    }

    /// Whether an operation pays what the market asks for, or did so before its block was undone.
    fn pays(&self, at: usize) -> bool {
        let Pooled { hash, op, .. } = &self.pool[at];
        op.max_fee_per_gas >= u128::from(self.fee) || self.undone.contains(hash)
    }

    /// The latest blocks are others now.
    pub fn reorganise(&mut self, depth: u64) {
        let (now, height) = (self.now(), self.ledger.height(self.now()));
        let from = (height + 1).saturating_sub(depth);
        let undone = self.ledger.undo(from);
        self.say(format!("{} operations of {depth} blocks undone", undone.len()));
        for Included { hash, op, .. } in undone {
            let due = now + self.rng.between(0, 20_000);
            self.undone.push(hash);
            if self.rng.below(4) == 0 {
                self.say(format!("{} is lost", &hash.to_string()[..8]));
            } else {
                self.pool.push(Pooled { hash, op, due, is_shown: true });
            }
        }
    }
}

/// A false receipt, or one that nobody can read.
pub fn false_receipt(rng: &mut Rng, hash: &str, real: Json, height: u64) -> Json {
    let mut made_up = json!({
        "userOpHash": hash, "success": true, "actualGasUsed": "0x5", "actualGasCost": "0x1", "logs": [],
        "receipt": { "transactionHash": B256::repeat_byte(9).to_string(), "blockNumber": format!("{height:#x}"), "logs": [] },
    });
    match rng.below(5) {
        0 => Json::Null,
        1 => made_up,
        2 => {
            made_up["success"] = json!("perhaps");
            made_up
        }
        3 => {
            made_up["userOpHash"] = json!(B256::repeat_byte(8).to_string());
            made_up
        }
        _ => {
            let mut real = real;
            if let Some(success) = real["success"].as_bool() {
                real["success"] = json!(!success);
            }
            real
        }
    }
}
