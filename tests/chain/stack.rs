//! The contracts of the local chain at their public addresses: EntryPoint 0.7, Kernel 3.1 with its factories and modules, a game.

use std::path::Path;

use alloy_primitives::{Address, Bytes, TxKind, U256, address, b256, hex};
use hallpass::abi::{Function, Value, decode};
use hallpass::protocol::kernel_v3::{KernelVersion, META_FACTORY};
use hallpass::protocol::{Call, Read};
use hallpass::userop::v07::UserOperation;
use hallpass::userop::{EntryPoint, EntryPointVersion};

use super::evm::{Block, Chain, Outcome, Receipt};
use super::modules;

/// Whom the EntryPoint pays.
const BUNDLER: Address = address!("0xb00000000000000000000000000000000000000d");
const DEPLOYER: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");
/// Salt with which the deployer put EntryPoint 0.7 at its public address.
const ENTRY_POINT_SALT: alloy_primitives::B256 =
    b256!("0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3");

/// A chain with everything on it, and its clock.
pub struct Stack {
    pub chain: Chain,
    pub block: Block,
}

/// Why the EntryPoint refused an operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `AA23 reverted` and the like.
    pub reason: String,
    /// What the account reverted with.
    pub inner: Bytes,
}

/// What a bundle of one operation came to.
pub type Inclusion = Result<Included, Refusal>;

#[derive(Debug, PartialEq, Eq)]
pub struct Included {
    /// Whether the account's calls went through.
    pub success: bool,
    pub gas_used: u64,
}

impl Stack {
    pub fn new() -> Self {
        let block = Block { timestamp: 1_795_000_000, number: 1, base_fee: 1, chain_id: 31_337 };
        let mut stack = Self { chain: Chain::default(), block };
        stack.place_entry_point();
        stack.place_kernel();
        stack
    }

    pub const fn entry_point(&self) -> EntryPoint {
        EntryPoint::canonical(EntryPointVersion::V07, self.block.chain_id)
    }

    /// Through the deterministic deployer, since its constructor creates a contract of its own.
    fn place_entry_point(&mut self) {
        self.chain.place(DEPLOYER, &runtime("DeterministicDeployer"));
        let data = [ENTRY_POINT_SALT.as_slice(), &creation("EntryPointV07")].concat();
        let created = self.chain.call(self.block, BUNDLER, DEPLOYER, data.into());
        let wanted = EntryPointVersion::V07.address();
        assert_eq!(created, Outcome::Ok(Bytes::copy_from_slice(wanted.as_slice())), "EntryPoint 0.7");
    }

    /// Created anywhere, then placed: their constructors only write immutables.
    fn place_kernel(&mut self) {
        let version = KernelVersion::V3_1;
        self.chain.place(version.implementation(), &kernel_code(self.block));
        let code =
            [creation("KernelFactory").as_slice(), version.implementation().into_word().as_slice()].concat();
        let code = self.chain.create(self.block, code.into());
        self.chain.place(version.factory(), &code);
        modules::place_all(&mut self.chain);
        let approval = [Value::Address(version.factory()), Value::Bool(true)];
        self.transact(Address::ZERO, META_FACTORY, "approveFactory(address,bool)", &approval);
    }

    /// Sends a function call as a plain transaction, which must succeed.
    pub fn transact(&mut self, from: Address, to: Address, function: &str, arguments: &[Value]) {
        let function: Function = function.parse().expect("a signature");
        let data = function.encode_call(arguments).expect("arguments").into();
        self.transact_call(from, &Call { to, value: U256::ZERO, data });
    }

    /// Sends calldata as a plain transaction, which must succeed.
    pub fn transact_call(&mut self, from: Address, call: &Call) {
        let outcome = self.chain.call(self.block, from, call.to, call.data.clone());
        assert!(matches!(outcome, Outcome::Ok(_)), "transaction to {}: {outcome:?}", call.to);
    }

    /// Answers of views; empty where there is no code.
    pub fn read_all(&mut self, reads: &[Read]) -> Vec<Bytes> {
        let mut read = |read: &Read| match self.chain.call(self.block, BUNDLER, read.to, read.data.clone()) {
            Outcome::Ok(data) => data,
            failure => panic!("view of {}: {failure:?}", read.to),
        };
        reads.iter().map(&mut read).collect()
    }

    /// One view's answer as values.
    pub fn view(&mut self, to: Address, function: &str, arguments: &[Value], returns: &str) -> Vec<Value> {
        let function: Function = function.parse().expect("a signature");
        let data = function.encode_call(arguments).expect("arguments").into();
        let answer = self.read_all(&[Read { to, data }]).remove(0);
        let types: Vec<_> = returns.split(' ').map(|text| text.parse().expect("a type")).collect();
        decode(&types, &answer).expect("the declared answer")
    }

    /// Bundles one operation.
    pub fn handle_op(&mut self, op: &UserOperation) -> Inclusion {
        let packed = op.pack();
        let tuple = Value::Tuple(vec![
            Value::Address(packed.sender),
            Value::Uint(packed.nonce),
            Value::Bytes(packed.init_code),
            Value::Bytes(packed.call_data),
            Value::FixedBytes(packed.account_gas_limits),
            Value::Uint(packed.pre_verification_gas),
            Value::FixedBytes(packed.gas_fees),
            Value::Bytes(packed.paymaster_and_data),
            Value::Bytes(packed.signature),
        ]);
        let handle_ops: Function =
            "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)"
                .parse()
                .unwrap();
        let arguments = [Value::Array(vec![tuple]), Value::Address(BUNDLER)];
        let data = handle_ops.encode_call(&arguments).expect("arguments");
        let to = TxKind::Call(EntryPointVersion::V07.address());
        let receipt = self.chain.send(self.block, BUNDLER, to, data.into());
        match &receipt.outcome {
            Outcome::Ok(_) => Ok(Included { success: succeeded(&receipt), gas_used: receipt.gas_used }),
            Outcome::Revert(data) => Err(refusal(data)),
            Outcome::Halt => panic!("the bundle ran out of gas"),
        }
    }
}

/// Code of Kernel 3.1 for EntryPoint 0.7.
pub fn kernel_code(block: Block) -> Bytes {
    let entry_point = EntryPointVersion::V07.address().into_word();
    let code = [creation("Kernel").as_slice(), entry_point.as_slice()].concat();
    Chain::default().create(block, code.into())
}

/// The flag of `UserOperationEvent`.
fn succeeded(receipt: &Receipt) -> bool {
    let topic = b256!("0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f");
    let event =
        receipt.logs.iter().find(|log| log.topics().first() == Some(&topic)).expect("UserOperationEvent");
    event.data.data[63] == 1
}

/// `FailedOp(uint256,string)` or `FailedOpWithRevert(uint256,string,bytes)`.
fn refusal(data: &[u8]) -> Refusal {
    for text in ["FailedOp(uint256,string)", "FailedOpWithRevert(uint256,string,bytes)"] {
        let error: Function = text.parse().unwrap();
        if let Ok(values) = error.decode_call(data) {
            let Value::String(reason) = values[1].clone() else { unreachable!("declared as a string") };
            let inner = match values.get(2) {
                Some(Value::Bytes(inner)) => inner.clone(),
                _ => Bytes::new(),
            };
            return Refusal { reason, inner };
        }
    }
    panic!("the EntryPoint reverted with {}", hex::encode_prefixed(data));
}

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/contracts").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is not there", path.display()));
    hex::decode(text.trim()).expect("hex")
}

fn runtime(name: &str) -> Vec<u8> {
    file(&format!("{name}.hex"))
}

fn creation(name: &str) -> Vec<u8> {
    file(&format!("{name}.creation.hex"))
}
