//! The operation of EntryPoint 0.6 and its hash.

use alloy_primitives::{Address, Bytes, ChainId, U256, keccak256};

use super::UserOpHash;
use crate::abi::{Tuple, word_address, word_u64};

/// A user operation for EntryPoint 0.6 (ERC-4337 as of that release). Gas in units, fees in wei.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserOperation {
    /// Account.
    pub sender: Address,
    /// Key (192 bits) and sequence (64 bits).
    pub nonce: U256,
    /// Factory address and its calldata, or empty.
    pub init_code: Bytes,
    /// Calldata for the account.
    pub call_data: Bytes,
    /// Gas for the call.
    pub call_gas_limit: U256,
    /// Gas for validation.
    pub verification_gas_limit: U256,
    /// Gas for what the bundler pays outside the EntryPoint.
    pub pre_verification_gas: U256,
    /// Highest fee per gas.
    pub max_fee_per_gas: U256,
    /// Highest tip per gas.
    pub max_priority_fee_per_gas: U256,
    /// Paymaster address and its data, or empty.
    pub paymaster_and_data: Bytes,
    /// Signature, empty before signing.
    pub signature: Bytes,
}

impl UserOperation {
    /// The hash EntryPoint 0.6 computes (`getUserOpHash`). The signature does not enter it.
    #[must_use]
    pub fn hash(&self, entry_point: Address, chain_id: ChainId) -> UserOpHash {
        let inner = Tuple::new(10)
            .word(word_address(self.sender))
            .word(self.nonce)
            .word(keccak256(&self.init_code))
            .word(keccak256(&self.call_data))
            .word(self.call_gas_limit)
            .word(self.verification_gas_limit)
            .word(self.pre_verification_gas)
            .word(self.max_fee_per_gas)
            .word(self.max_priority_fee_per_gas)
            .word(keccak256(&self.paymaster_and_data))
            .finish();
        let outer = Tuple::new(3)
            .word(keccak256(inner))
            .word(word_address(entry_point))
            .word(word_u64(chain_id))
            .finish();
        UserOpHash(keccak256(outer))
    }
}
