//! The chain: which operation is in which block, what that did, and what a node sees that is some blocks behind.

use alloy_primitives::{Address, B256, U256, keccak256};
use hallpass::endpoint::receipt::OPERATION_EVENT;
use hallpass::hex::{data, quantity};
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::{Call, Protocol};
use hallpass::userop::v07::UserOperation as Fields;
use hallpass::userop::{UserOperation, split_nonce};
use serde_json::{Value as Json, json};

use super::chain::{Chain, State};

/// Milliseconds between blocks.
pub const BLOCK: u64 = 2_000;
const ENTRY_POINT: &str = "0x0000000071727De22E5E9d8BAf0edAc6f37da032";

/// An operation in a block.
#[derive(Clone)]
pub struct Included {
    pub hash: B256,
    pub op: Fields,
    pub success: bool,
    pub block: u64,
}

impl Included {
    pub fn transaction(&self) -> B256 {
        keccak256([self.hash.as_slice(), &self.block.to_be_bytes()].concat())
    }

    pub fn calls(&self) -> Vec<Call> {
        Kernel::new(KernelVersion::V3_3).decode_calls(&self.op.call_data).unwrap()
    }

    /// Wei that its calls took with them.
    pub fn value(&self) -> u64 {
        if !self.success {
            return 0;
        }
        self.calls().iter().map(|call| call.value.to::<u64>()).sum()
    }

    /// All its gas at its highest fee.
    pub fn cost(&self) -> U256 {
        cost(&self.op)
    }

    /// The EntryPoint's event for it.
    pub fn event(&self) -> Json {
        let success = U256::from(u64::from(self.success));
        let words =
            [self.op.nonce, success, U256::ONE, U256::from(200_000)].map(|word| word.to_be_bytes::<32>());
        json!({
            "address": ENTRY_POINT, "blockNumber": quantity(U256::from(self.block)),
            "transactionHash": self.transaction().to_string(),
            "topics": [OPERATION_EVENT.to_string(), self.hash.to_string(), self.op.sender.into_word().to_string(), B256::ZERO.to_string()],
            "data": data(&words.concat()), "logIndex": "0x0", "removed": false,
        })
    }
}

pub fn cost(op: &Fields) -> U256 {
    let paymaster = op.paymaster.as_ref().map_or(0, |it| it.verification_gas_limit + it.post_op_gas_limit);
    let gas = U256::from(op.call_gas_limit + op.verification_gas_limit + paymaster) + op.pre_verification_gas;
    gas * U256::from(op.max_fee_per_gas)
}

/// What validation on chain says of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    Good,
    /// Its nonce is not used yet, but an earlier one of its lane is not either.
    Early,
    /// Its nonce is used.
    Late,
    /// It would create the account, which is there.
    Deployed,
    /// The account is not there, or does not know the session, or knows it already.
    Refused,
}

pub struct Ledger {
    /// When block 0 was, in milliseconds.
    start: u64,
    pub included: Vec<Included>,
    /// The flows' chain, as it was after the first so many of these operations.
    state: State,
    seen: Option<usize>,
    operations: u64,
}

impl Ledger {
    /// An empty chain; sessions may be granted so many operations.
    pub fn new(owner: Address, now: u64, operations: u64) -> Self {
        let chain = Chain::new(owner);
        let Chain { state, rpc, .. } = chain;
        drop(rpc);
        let Ok(state) = std::rc::Rc::try_unwrap(state) else { panic!("nobody else has it") };
        let mut state = state.into_inner();
        state.patience = 0;
        Self { start: now - 100 * BLOCK, included: Vec::new(), state, seen: None, operations }
    }

    /// The same chain with other memory.
    pub fn copied(&self, owner: Address) -> Self {
        let copy = Self::new(owner, self.start + 100 * BLOCK, self.operations);
        Self { included: self.included.clone(), ..copy }
    }

    pub fn height(&self, now: u64) -> u64 {
        (now - self.start) / BLOCK
    }

    /// Milliseconds at which a block is made.
    pub fn time(&self, block: u64) -> u64 {
        self.start + block * BLOCK
    }

    /// What is in blocks up to this one.
    pub fn up_to(&self, block: u64) -> &[Included] {
        let end = self.included.iter().take_while(|included| included.block <= block).count();
        &self.included[..end]
    }

    /// Takes the latest blocks back, and gives what was in them.
    pub fn undo(&mut self, from: u64) -> Vec<Included> {
        let keep = self.up_to(from.saturating_sub(1)).len();
        self.seen = None;
        self.included.split_off(keep)
    }

    pub fn include(&mut self, included: Included) {
        self.included.push(included);
    }

    /// The flows' chain as it was at a block.
    pub fn state(&mut self, block: u64) -> &mut State {
        let count = self.up_to(block).len();
        if self.seen != Some(count) {
            let state = &mut self.state;
            (state.deployed, state.gas_used) = (false, U256::ZERO);
            state.enabled.clear();
            state.sequences.clear();
            state.operations.clear();
            for included in &self.included[..count] {
                state.include(included.hash, UserOperation::V07(included.op.clone()));
                state.gas_used += included.cost();
            }
            state.operations_left = self.operations.saturating_sub(u64::try_from(count).unwrap());
            self.seen = Some(count);
        }
        &mut self.state
    }

    pub fn validity(&mut self, op: &Fields, block: u64) -> Validity {
        let state = self.state(block);
        let (key, sequence) = split_nonce(op.nonce);
        let next = state.sequences.get(&U256::from(key)).copied().unwrap_or_default();
        let enables = op.nonce >> 248 == U256::from(1);
        if sequence < next {
            Validity::Late
        } else if op.factory.is_some() && state.deployed {
            Validity::Deployed
        } else if enables != state.enabled.is_empty() || op.factory.is_none() && !state.deployed {
            Validity::Refused
        } else if sequence > next {
            Validity::Early
        } else {
            Validity::Good
        }
    }
}
