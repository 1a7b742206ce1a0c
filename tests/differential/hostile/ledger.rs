//! The chain under a hostile bundler: what landed on it, and what everything that was signed could still do to it.

use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::{Address, B256, Log, TxKind, U256, keccak256};
use hallpass::endpoint::receipt::OPERATION_EVENT;
use hallpass::hex::data;
use hallpass::protocol::Protocol;
use hallpass::userop::v07::UserOperation;
use hallpass::userop::{EntryPoint, EntryPointVersion, UserOperation as AnyOperation, split_nonce};
use serde_json::{Value as Json, json};

use crate::differential::base::KERNEL;
use crate::differential::evm::{Block, Chain, Outcome};
use crate::differential::live::{THIEF, bundle};

use super::BOARD;

/// Seconds between two blocks.
pub const BLOCK_TIME: u64 = 2;

/// A signed operation that somebody was shown.
#[derive(Debug)]
pub struct Signed {
    pub hash: B256,
    pub op: UserOperation,
    /// Wei that its calls send away, and what it is about.
    pub value: U256,
    pub item: u64,
    /// Wei of gas that it is counted with.
    pub gas: U256,
}

impl Signed {
    pub fn new(op: UserOperation, entry_point: &EntryPoint) -> Self {
        let hash = *AnyOperation::V07(op.clone()).hash(entry_point).expect("version 0.7").as_b256();
        let calls = KERNEL.decode_calls(&op.call_data).expect("calls");
        let limits = U256::from(op.call_gas_limit + op.verification_gas_limit) + op.pre_verification_gas;
        Self {
            hash,
            value: calls.iter().map(|call| call.value).sum(),
            item: calls[0].data.get(4..36).map_or(0, |word| U256::from_be_slice(word).to::<u64>()),
            gas: limits * U256::from(op.max_fee_per_gas),
            op,
        }
    }
}

/// An operation that landed.
#[derive(Clone, Debug)]
pub struct Landing {
    pub signed: Rc<Signed>,
    pub success: bool,
    pub block: u64,
    pub transaction: B256,
    cost: [U256; 2],
    logs: Vec<Log>,
}

/// The chain and what landed on it. A clone is a trial.
#[derive(Clone)]
pub struct Ledger {
    pub chain: Chain,
    pub block: Block,
    pub landings: Vec<Landing>,
    start: u64,
    /// The next number of each nonce key.
    next: BTreeMap<U256, u64>,
}

impl Ledger {
    pub const fn new(chain: Chain, block: Block) -> Self {
        Self { chain, block, landings: Vec::new(), start: block.timestamp, next: BTreeMap::new() }
    }

    /// Blocks come with time, whether anything is in them or not.
    pub fn pass(&mut self, now: u64) {
        self.block.timestamp = self.block.timestamp.max(now);
        self.block.number = 1 + (self.block.timestamp - self.start) / BLOCK_TIME;
    }

    pub fn time_of(&self, block: u64) -> u64 {
        self.start + block.saturating_sub(1) * BLOCK_TIME
    }

    /// Whether its nonce is the next one.
    pub fn is_next(&self, signed: &Signed) -> bool {
        let (key, sequence) = split_nonce(signed.op.nonce);
        self.next.get(&U256::from(key)).copied().unwrap_or_default() == sequence
    }

    /// Bundles it; answers whether the EntryPoint took it.
    pub fn land(&mut self, signed: &Rc<Signed>) -> bool {
        if !self.is_next(signed) {
            return false;
        }
        let to = TxKind::Call(EntryPointVersion::V07.address());
        let receipt = self.chain.send(self.block, THIEF, to, bundle(&signed.op));
        if !matches!(receipt.outcome, Outcome::Ok(_)) {
            return false;
        }
        let event = receipt.logs.iter().find(|log| log.topics().first() == Some(&OPERATION_EVENT));
        let words = &event.expect("UserOperationEvent").data.data;
        let word = |at: usize| U256::from_be_slice(&words[32 * at..32 * at + 32]);
        *self.next.entry(U256::from(split_nonce(signed.op.nonce).0)).or_default() += 1;
        self.landings.push(Landing {
            signed: Rc::clone(signed),
            success: word(1) == U256::ONE,
            block: self.block.number,
            transaction: keccak256(signed.hash),
            cost: [word(2), word(3)],
            logs: receipt.logs,
        });
        true
    }

    /// Bundles whatever can be, in this order of preference, until nothing can any more.
    pub fn land_all(&mut self, order: &[Rc<Signed>]) {
        let mut left: Vec<_> = order.iter().filter(|signed| !self.has(signed.hash)).cloned().collect();
        // One of a nonce is in the way of the others, and lets those of the next nonce go: from the start again.
        while let Some(at) = left.iter().position(|signed| self.is_next(signed)) {
            let signed = left.remove(at);
            self.land(&signed);
        }
    }

    pub fn has(&self, hash: B256) -> bool {
        self.landing(hash).is_some()
    }

    pub fn landing(&self, hash: B256) -> Option<&Landing> {
        self.landings.iter().find(|landing| landing.signed.hash == hash)
    }

    /// Wei that the shop got.
    pub fn spent(&mut self) -> U256 {
        self.chain.balance(BOARD)
    }

    /// Wei of gas as budgets count them.
    pub fn gas(&self) -> U256 {
        self.landings.iter().map(|landing| landing.signed.gas).sum()
    }

    /// What was bought, as often as it was.
    pub fn bought(&self) -> Vec<u64> {
        let event = keccak256("Bought(address,uint256,uint256)");
        let logs = self.landings.iter().flat_map(|landing| &landing.logs);
        let bought = logs.filter(|log| log.address == BOARD && log.topics().first() == Some(&event));
        bought.map(|log| U256::from_be_slice(&log.data.data[..32]).to::<u64>()).collect()
    }
}

impl Landing {
    /// The EntryPoint's event, as a node shows it.
    pub fn event(&self, account: Address) -> Json {
        let success = U256::from(u64::from(self.success));
        let words = [self.signed.op.nonce, success, self.cost[0], self.cost[1]];
        let words = words.map(|word| word.to_be_bytes::<32>()).concat();
        let topics = [OPERATION_EVENT, self.signed.hash, account.into_word(), B256::ZERO];
        let topics = topics.map(|topic| topic.to_string());
        json!({
            "address": EntryPointVersion::V07.address().to_string(),
            "topics": topics,
            "data": data(&words),
            "blockNumber": format!("{:#x}", self.block),
            "transactionHash": self.transaction.to_string(),
            "removed": false,
        })
    }

    /// Everything that its transaction logged.
    pub fn logs(&self) -> Json {
        let log = |log: &Log| {
            let topics: Vec<String> = log.topics().iter().map(ToString::to_string).collect();
            json!({ "address": log.address.to_string(), "topics": topics, "data": data(&log.data.data) })
        };
        self.logs.iter().map(log).collect()
    }
}
