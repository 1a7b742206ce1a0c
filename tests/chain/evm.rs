//! An EVM with its state.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};

/// Gas of every call: the most a transaction may have.
const GAS: u64 = 16_000_000;

/// What a call ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Returned data.
    Ok(Bytes),
    /// Revert data.
    Revert(Bytes),
    /// The EVM's own reason, such as running out of gas.
    Halt,
}

/// The block a call runs in.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub timestamp: u64,
    pub number: u64,
    pub base_fee: u64,
    pub chain_id: u64,
}

/// State that successful calls change.
#[derive(Default)]
pub struct Chain {
    state: CacheDB<EmptyDB>,
}

impl Chain {
    /// Puts runtime code at an address.
    pub fn place(&mut self, address: Address, code: &[u8]) {
        let code = Bytecode::new_raw(Bytes::copy_from_slice(code));
        self.state.insert_account_info(address, AccountInfo::default().with_code(code));
    }

    /// Calls a contract without value; a call that does not succeed changes nothing.
    pub fn call(&mut self, block: Block, caller: Address, to: Address, data: Bytes) -> Outcome {
        let rich = AccountInfo { balance: U256::MAX >> 8, ..AccountInfo::default() };
        self.state.insert_account_info(caller, rich);
        let environment = BlockEnv {
            timestamp: U256::from(block.timestamp),
            number: U256::from(block.number),
            basefee: block.base_fee,
            ..BlockEnv::default()
        };
        let mut evm = Context::mainnet()
            .with_db(&mut self.state)
            .with_block(environment)
            .modify_cfg_chained(|cfg| {
                cfg.chain_id = block.chain_id;
                cfg.disable_nonce_check = true;
            })
            .build_mainnet();
        let transaction = TxEnv {
            caller,
            kind: TxKind::Call(to),
            data,
            gas_limit: GAS,
            gas_price: u128::from(block.base_fee),
            chain_id: Some(block.chain_id),
            ..TxEnv::default()
        };
        match evm.transact_commit(transaction).expect("a valid transaction") {
            ExecutionResult::Success { output: Output::Call(data), .. } => Outcome::Ok(data),
            ExecutionResult::Revert { output, .. } => Outcome::Revert(output),
            _ => Outcome::Halt,
        }
    }
}
