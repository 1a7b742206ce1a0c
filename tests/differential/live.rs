//! A session on the real EntryPoint, whose key signs whatever it is told to.

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, address, b256};
use hallpass::abi::{Function, Value};
use hallpass::key::{SessionKey, SigningDigest};
use hallpass::protocol::{CounterfactualAccount, Grant, Mode, Protocol, Terms, entry_point_failure};
use hallpass::scope::Scope;
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::v07::{Paymaster, UserOperation};
use hallpass::userop::{EntryPointVersion, nonce};
use serde_json::Value as Json;

use super::base::{KERNEL, compiled, key, packed};
use super::evm::{Block, Outcome};
use super::granted::Shape;
use super::stack::Stack;

/// Who bundles, and gets what accounts pay for gas. It has all the money it needs.
pub const THIEF: Address = address!("0x00000000000000000000000000000000000717ef");

/// A paymaster that pays for every operation.
pub const PAYER: Address = address!("0x00000000000000000000000000000000000a0000");

const OPERATION_EVENT: B256 = b256!("0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f");

pub struct Live {
    pub stack: Stack,
    pub account: CounterfactualAccount,
    pub grant: Box<dyn Grant>,
    owner: SessionKey,
    session: SessionKey,
    /// Operations that were included.
    pub operations: u64,
}

/// An operation that the EntryPoint included.
#[derive(Clone, Copy, Debug)]
pub struct Included {
    /// Whether its calls went through.
    pub success: bool,
    /// Wei that the account paid for gas.
    pub paid: U256,
}

impl Live {
    /// A session with this scope, on an account that its first operation deploys.
    pub fn new(scope: &Json) -> Self {
        Self::with(|account, session_key, block| {
            let scope = Scope::from_json(scope).expect("a scope");
            let at = |seconds| Timestamp::from_seconds(seconds).expect("a time");
            let terms = Terms {
                scope: &scope,
                account,
                chain_id: block.chain_id,
                session_key,
                validity: Validity::new(at(0), at(block.timestamp + 3600)).expect("a window"),
                grant_nonce: 0,
            };
            KERNEL.grant(&terms).expect("a scope that can be granted")
        })
    }

    pub fn with(make: impl FnOnce(Address, Address, Block) -> Box<dyn Grant>) -> Self {
        let stack = Stack::new();
        let (owner, session) = (key(0x61), key(0x62));
        let account = KERNEL.account(owner.address(), U256::ZERO);
        let grant = make(account.address, session.address(), stack.block);
        Self { stack, account, grant, owner, session, operations: 0 }
    }

    /// The next operation, or one further `ahead`. The first deploys the account and enables the session.
    pub fn operation(&self, call_data: Vec<u8>, shape: &Shape, ahead: u64) -> UserOperation {
        let first = self.operations + ahead == 0;
        let mode = if first { Mode::Enable { grant_signature: &[] } } else { Mode::Use };
        let sequence = (self.operations + ahead).saturating_sub(1);
        let op = UserOperation {
            sender: self.account.address,
            nonce: nonce(self.grant.nonce_key(mode, 0), sequence),
            factory: first.then(|| self.account.factory.clone()),
            call_data: call_data.into(),
            call_gas_limit: shape.call,
            verification_gas_limit: shape.verification,
            pre_verification_gas: shape.pre,
            max_fee_per_gas: shape.fee,
            max_priority_fee_per_gas: shape.tip,
            paymaster: shape.payer.map(|(address, gas)| Paymaster {
                address,
                verification_gas_limit: gas,
                post_op_gas_limit: gas,
                data: Bytes::new(),
            }),
            ..UserOperation::default()
        };
        self.signed(op, first)
    }

    fn signed(&self, mut op: UserOperation, first: bool) -> UserOperation {
        let owner_signature = self.owner.sign(&SigningDigest::raw(self.grant.request().digest()));
        let owner_signature = owner_signature.expect("a signature").to_bytes();
        let mode = if first { Mode::Enable { grant_signature: &owner_signature } } else { Mode::Use };
        let digest =
            self.grant.digest(mode, &op, &self.stack.entry_point()).expect("an operation of this grant");
        op.signature = self.grant.signature(mode, &self.session.sign(&digest).expect("a signature"));
        op
    }

    /// The operation that enables the session, on an account that is there already.
    pub fn enabling(&self, call_data: Vec<u8>, shape: &Shape) -> UserOperation {
        let op = UserOperation { factory: None, ..self.operation(call_data, shape, 0) };
        self.signed(op, true)
    }

    /// Sends a bundle of this operation. What is refused changes nothing.
    pub fn send(&mut self, op: &UserOperation) -> Result<Included, String> {
        let to = TxKind::Call(EntryPointVersion::V07.address());
        let receipt = self.stack.chain.send(self.stack.block, THIEF, to, bundle(op));
        match receipt.outcome {
            Outcome::Ok(_) => {
                self.operations += 1;
                Ok(included(&receipt.logs))
            }
            Outcome::Revert(data) => Err(reason(&data)),
            Outcome::Halt => Err("out of gas".to_owned()),
        }
    }

    /// Sends a bundle as a trial: nothing stays. Whether its calls would go through.
    pub fn would_succeed(&mut self, op: &UserOperation) -> bool {
        let (chain, operations) = (self.stack.chain.clone(), self.operations);
        let outcome = self.send(op);
        (self.stack.chain, self.operations) = (chain, operations);
        outcome.is_ok_and(|included| included.success)
    }

    /// Puts a paymaster with a deposit on the chain.
    pub fn place_payer(&mut self) {
        self.stack.chain.place(PAYER, &compiled("OpenPaymaster"));
        self.stack.chain.fund(PAYER, U256::from(10_u64.pow(19)));
        self.stack.transact(THIEF, PAYER, "fill()", &[]);
    }

    /// Wei of the account, with what the EntryPoint keeps for it.
    pub fn held(&mut self) -> U256 {
        let account = self.account.address;
        self.stack.chain.balance(account) + self.tokens(EntryPointVersion::V07.address(), account)
    }

    /// Units of a token that an address has.
    pub fn tokens(&mut self, token: Address, of: Address) -> U256 {
        match self.stack.view(token, "balanceOf(address)", &[Value::Address(of)], "uint256").remove(0) {
            Value::Uint(units) => units,
            other => panic!("{other:?}"),
        }
    }
}

/// `handleOps` with one operation.
pub fn bundle(op: &UserOperation) -> Bytes {
    let function: Function =
        "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)"
            .parse()
            .expect("a signature");
    let operations = Value::Array(vec![packed(op, op.signature.clone())]);
    function.encode_call(&[operations, Value::Address(THIEF)]).expect("arguments").into()
}

/// `UserOperationEvent`: payer as a topic; nonce, success, wei and gas as data.
fn included(logs: &[Log]) -> Included {
    let event = logs.iter().find(|log| log.topics().first() == Some(&OPERATION_EVENT));
    let event = event.expect("UserOperationEvent");
    let data = &event.data.data;
    let by_account = event.topics()[3].is_zero();
    let cost = U256::from_be_slice(&data[64..96]);
    Included { success: data[63] == 1, paid: if by_account { cost } else { U256::ZERO } }
}

/// What the EntryPoint says in `FailedOp` or `FailedOpWithRevert`.
fn reason(data: &[u8]) -> String {
    for text in ["FailedOp(uint256,string)", "FailedOpWithRevert(uint256,string,bytes)"] {
        let error: Function = text.parse().expect("a signature");
        if let Ok(values) = error.decode_call(data)
            && let Value::String(reason) = &values[1]
        {
            let code = entry_point_failure(reason).map_or("", |failure| failure.code);
            return format!("{code} {:?}", &values[1..]);
        }
    }
    format!("{data:02x?}")
}
