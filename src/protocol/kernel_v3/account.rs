//! Creating accounts: initialisation data, factory calls, counterfactual addresses (CREATE2, EIP-1014).

use alloy_primitives::{Address, B256, Bytes, FixedBytes, Selector, U256, fixed_bytes, keccak256};

use super::{KernelVersion, META_FACTORY};
use crate::abi::{Tuple, array, word_address};
use crate::protocol::CounterfactualAccount;
use crate::userop::v07::Factory;

/// `initialize(bytes21,address,bytes,bytes,bytes[])`, from 0.3.1.
const INITIALIZE: Selector = fixed_bytes!("0x3c3b752b");
/// `initialize(bytes21,address,bytes,bytes)`, 0.3.0.
const INITIALIZE_V3_0: Selector = fixed_bytes!("0x12af322c");
/// `createAccount(bytes,bytes32)` of the factory.
const CREATE_ACCOUNT: Selector = fixed_bytes!("0xea6d13ac");
/// `deployWithFactory(address,bytes,bytes32)` of the meta factory.
const DEPLOY_WITH_FACTORY: Selector = fixed_bytes!("0xc5265d5d");

/// Which contract the operation names as factory. The account's address is the same either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployer {
    /// The staked meta factory, which bundlers accept.
    MetaFactory,
    /// The version's factory itself.
    Factory,
}

/// What a new account is initialised with: the ECDSA validator as root with this owner, no hook, nothing pre-installed.
#[must_use]
pub fn init_data(version: KernelVersion, owner: Address) -> Bytes {
    let root_id: FixedBytes<21> = FixedBytes::<1>::new([1]).concat_const(version.ecdsa_validator().0);
    let (selector, words) = match version {
        KernelVersion::V3_0 => (INITIALIZE_V3_0, 4),
        _ => (INITIALIZE, 5),
    };
    let arguments = Tuple::new(words)
        .word(B256::right_padding_from(root_id.as_slice()))
        .word(word_address(Address::ZERO))
        .bytes(owner.as_slice())
        .bytes(&[]);
    let arguments = match version {
        KernelVersion::V3_0 => arguments,
        _ => arguments.dynamic(&array(std::iter::empty::<Vec<u8>>())),
    };
    [selector.as_slice(), &arguments.finish()].concat().into()
}

/// The account of `owner` with this index. Its address depends on version, owner and index, not on the chain.
#[must_use]
pub fn counterfactual(
    version: KernelVersion,
    owner: Address,
    index: U256,
    deployer: Deployer,
) -> CounterfactualAccount {
    let init_data = init_data(version, owner);
    let salt = keccak256([init_data.as_ref(), &index.to_be_bytes::<32>()].concat());
    let factory = version.factory();
    let factory_call = match deployer {
        Deployer::MetaFactory => {
            let arguments = Tuple::new(3).word(word_address(factory)).bytes(&init_data).word(index).finish();
            (META_FACTORY, DEPLOY_WITH_FACTORY, arguments)
        }
        Deployer::Factory => (factory, CREATE_ACCOUNT, Tuple::new(2).bytes(&init_data).word(index).finish()),
    };
    let (address, selector, arguments) = factory_call;
    CounterfactualAccount {
        address: factory.create2(salt, version.init_code_hash()),
        factory: Factory { address, data: [selector.as_slice(), &arguments].concat().into() },
    }
}
