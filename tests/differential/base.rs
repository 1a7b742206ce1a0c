//! A deployed account, and its validation as the EntryPoint asks for it.

use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use hallpass::abi::{Function, Value};
use hallpass::key::SessionKey;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::{Call, Protocol};
use hallpass::userop::EntryPoint;
use hallpass::userop::v07::UserOperation;
use revm::context_interface::result::{ExecutionResult, Output};
use revm::{ExecuteCommitEvm, MainBuilder, SystemCallEvm};

use super::evm::{Block, Chain, context};
use super::stack::Stack;

pub const KERNEL: Kernel = Kernel::new(KernelVersion::V3_1);

const PACKED: &str = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)";

/// A chain with an account on it that has no session yet. What it is forked for never changes it.
pub struct Base {
    pub chain: Chain,
    pub block: Block,
    pub entry_point: EntryPoint,
    pub owner: SessionKey,
    pub session: SessionKey,
    pub account: Address,
    validate: Function,
    check: Function,
}

/// What `validateUserOp` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The signature is good, and these are the first and last second in which it counts.
    Valid {
        after: u64,
        until: u64,
    },
    WrongSignature,
    Reverted(Bytes),
    Halted,
}

impl Base {
    pub fn new() -> Self {
        let mut stack = Stack::new();
        let entry_point = stack.entry_point();
        let (owner, session) = (key(0x51), key(0x52));
        let account = KERNEL.account(owner.address(), U256::ZERO);
        let factory = account.factory;
        let deployment = Call { to: factory.address, value: U256::ZERO, data: factory.data };
        stack.transact_call(owner.address(), &deployment);
        let function = |text: String| text.parse::<Function>().expect("a signature");
        Self {
            chain: stack.chain,
            block: stack.block,
            entry_point,
            owner,
            session,
            account: account.address,
            validate: function(format!("validateUserOp({PACKED},bytes32,uint256)")),
            check: function(format!("checkUserOpPolicy(bytes32,{PACKED})")),
        }
    }

    /// Asks the account, as the EntryPoint does; what it changes stays only with `commit`.
    pub fn validate(&self, chain: &mut Chain, op: &UserOperation, commit: bool) -> Answer {
        let mut evm = context(&mut chain.state, self.block).build_mainnet();
        let data = self.validation(op);
        // A transaction cannot come from a contract, a system call can.
        let ended = evm
            .system_call_with_caller(self.entry_point.address, self.account, data)
            .expect("nothing but the EVM to fail");
        if commit {
            evm.commit(ended.state);
        }
        match ended.result {
            ExecutionResult::Success { output: Output::Call(data) | Output::Create(data, _), .. } => {
                judged(&data)
            }
            ExecutionResult::Revert { output, .. } => Answer::Reverted(output),
            ExecutionResult::Halt { .. } => Answer::Halted,
        }
    }

    /// Calldata of `validateUserOp`, with nothing to pay.
    pub fn validation(&self, op: &UserOperation) -> Bytes {
        let hash = op.hash(&self.entry_point).expect("an operation of EntryPoint 0.7");
        let signature = op.signature.clone();
        let arguments = [packed(op, signature), Value::FixedBytes(*hash.as_b256()), Value::Uint(U256::ZERO)];
        self.validate.encode_call(&arguments).expect("arguments").into()
    }

    /// What the account calls each policy with: the operation without a signature, since no policy here has
    /// one of its own.
    pub fn policy_call(&self, op: &UserOperation) -> Vec<u8> {
        let id = &op.nonce.to_be_bytes::<32>()[2..6];
        let arguments = [Value::FixedBytes(B256::right_padding_from(id)), packed(op, Bytes::new())];
        self.check.encode_call(&arguments).expect("arguments")
    }
}

/// `PackedUserOperation` as an ABI value.
pub fn packed(op: &UserOperation, signature: Bytes) -> Value {
    let op = op.pack();
    Value::Tuple(vec![
        Value::Address(op.sender),
        Value::Uint(op.nonce),
        Value::Bytes(op.init_code),
        Value::Bytes(op.call_data),
        Value::FixedBytes(op.account_gas_limits),
        Value::Uint(op.pre_verification_gas),
        Value::FixedBytes(op.gas_fees),
        Value::Bytes(op.paymaster_and_data),
        Value::Bytes(signature),
    ])
}

/// Validation data (ERC-4337): signer, last second, first second.
fn judged(data: &[u8]) -> Answer {
    let word = U256::from_be_slice(&data[..32]);
    let time = |shift: usize| ((word >> shift) & U256::from((1_u64 << 48) - 1)).to::<u64>();
    if !(word & (U256::MAX >> 96_usize)).is_zero() {
        return Answer::WrongSignature;
    }
    let until = time(160);
    Answer::Valid { after: time(208), until: if until == 0 { u64::MAX } else { until } }
}

/// Runtime code of a contract that only tests have.
pub fn compiled(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contracts").join(format!("{name}.hex"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} is not there", file.display()));
    hex::decode(text.trim()).expect("hex")
}

/// A key that is the same in every run.
pub fn key(byte: u8) -> SessionKey {
    SessionKey::import(&[byte; 32]).expect("a key")
}
