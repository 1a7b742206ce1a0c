//! An EVM with its state.

use alloy_primitives::{Address, Bytes, Log, TxKind, U256};
use revm::context::{BlockEnv, TxEnv};
use revm::context_interface::ContextTr;
use revm::context_interface::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::MainnetContext;
use revm::interpreter::{CallInputs, CallOutcome, CallScheme};
use revm::state::{AccountInfo, Bytecode};
use revm::{Context, ExecuteCommitEvm, InspectEvm, Inspector, MainBuilder, MainContext};

/// Gas of every call: the most a transaction may have.
const GAS: u64 = 16_000_000;

/// Who creates contracts whose address does not matter.
const CREATOR: Address = Address::repeat_byte(0xc7);

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

/// What a transaction left behind.
#[derive(Debug)]
pub struct Receipt {
    pub outcome: Outcome,
    pub logs: Vec<Log>,
    pub gas_used: u64,
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
#[derive(Clone, Default)]
pub struct Chain {
    pub state: CacheDB<EmptyDB>,
}

impl Chain {
    /// Puts runtime code at an address.
    pub fn place(&mut self, address: Address, code: &[u8]) {
        let code = Bytecode::new_raw(Bytes::copy_from_slice(code));
        self.state.insert_account_info(address, AccountInfo::default().with_code(code));
    }

    /// Gives an address this balance, and leaves the rest of it.
    pub fn fund(&mut self, address: Address, balance: U256) {
        let mut info = self.state.load_account(address).expect("an empty database answers").info.clone();
        info.balance = balance;
        self.state.insert_account_info(address, info);
    }

    pub fn balance(&mut self, address: Address) -> U256 {
        self.state.load_account(address).expect("an empty database answers").info.balance
    }

    #[allow(dead_code, reason = "not every test program looks at code")]
    pub fn code(&mut self, address: Address) -> Bytes {
        let info = self.state.load_account(address).expect("an empty database answers").info.clone();
        let stored = || self.state.cache.contracts.get(&info.code_hash).cloned();
        info.code.or_else(stored).map(|code| code.original_bytes()).unwrap_or_default()
    }

    /// Runs creation code, of any size, and answers the runtime code.
    pub fn create(&mut self, block: Block, creation: Bytes) -> Bytes {
        match self.send(block, CREATOR, TxKind::Create, creation).outcome {
            Outcome::Ok(runtime) => runtime,
            failure => panic!("creation failed: {failure:?}"),
        }
    }

    /// Calls a contract without value; a call that does not succeed changes nothing.
    pub fn call(&mut self, block: Block, caller: Address, to: Address, data: Bytes) -> Outcome {
        self.send(block, caller, TxKind::Call(to), data).outcome
    }

    /// Sends a transaction without value. The caller has all the money it needs.
    pub fn send(&mut self, block: Block, caller: Address, kind: TxKind, data: Bytes) -> Receipt {
        self.fund(caller, U256::MAX >> 8);
        let mut evm = context(&mut self.state, block).build_mainnet();
        let result =
            evm.transact_commit(transaction(block, caller, kind, data)).expect("a valid transaction");
        let gas_used = result.tx_gas_used();
        match result {
            ExecutionResult::Success {
                output: Output::Call(data) | Output::Create(data, _), logs, ..
            } => Receipt { outcome: Outcome::Ok(data), logs, gas_used },
            ExecutionResult::Revert { output, .. } => {
                Receipt { outcome: Outcome::Revert(output), logs: Vec::new(), gas_used }
            }
            ExecutionResult::Halt { .. } => Receipt { outcome: Outcome::Halt, logs: Vec::new(), gas_used },
        }
    }

    /// What an account does when it is called: the calls it makes itself, or nothing where it reverts. Changes nothing.
    pub fn actions(
        &mut self,
        block: Block,
        caller: Address,
        account: Address,
        data: Bytes,
    ) -> Option<Vec<Action>> {
        self.fund(caller, U256::MAX >> 8);
        let recorder = Recorder { account, actions: Vec::new() };
        let mut evm = context(&mut self.state, block).build_mainnet_with_inspector(recorder);
        let transaction = transaction(block, caller, TxKind::Call(account), data);
        let success = evm.inspect_one_tx(transaction).expect("a valid transaction").is_success();
        success.then_some(evm.inspector.actions)
    }
}

/// A call that an account makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub delegate: bool,
    pub target: Address,
    pub value: U256,
    pub data: Bytes,
}

/// Notes the calls of one account.
struct Recorder {
    account: Address,
    actions: Vec<Action>,
}

impl<C: ContextTr> Inspector<C> for Recorder {
    fn call(&mut self, context: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let delegate = inputs.scheme == CallScheme::DelegateCall && inputs.target_address == self.account;
        if delegate || inputs.caller == self.account {
            let data = Bytes::copy_from_slice(&inputs.input.as_bytes(context));
            let value = if delegate { U256::ZERO } else { inputs.value.get() };
            self.actions.push(Action { delegate, target: inputs.bytecode_address, value, data });
        }
        None
    }
}

pub type Database<'a> = &'a mut CacheDB<EmptyDB>;

pub fn context(state: Database<'_>, block: Block) -> MainnetContext<Database<'_>> {
    let environment = BlockEnv {
        timestamp: U256::from(block.timestamp),
        number: U256::from(block.number),
        basefee: block.base_fee,
        ..BlockEnv::default()
    };
    Context::mainnet().with_db(state).with_block(environment).modify_cfg_chained(|cfg| {
        cfg.chain_id = block.chain_id;
        cfg.disable_nonce_check = true;
        cfg.limit_contract_code_size = Some(usize::MAX);
        cfg.limit_contract_initcode_size = Some(usize::MAX);
    })
}

pub fn transaction(block: Block, caller: Address, kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv {
        caller,
        kind,
        data,
        gas_limit: GAS,
        gas_price: u128::from(block.base_fee),
        chain_id: Some(block.chain_id),
        ..TxEnv::default()
    }
}
