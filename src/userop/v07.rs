//! The operation of EntryPoint 0.7 and 0.8: unpacked as clients and bundlers exchange it, packed as contracts see it.

use alloy_primitives::{Address, B256, Bytes, Keccak256, U256, address, keccak256};

use super::{Authorization, EntryPoint, EntryPointVersion, UserOpError, UserOpHash, v08};
use crate::abi::{Tuple, word_address, word_u64};

/// What stands in the place of a factory for an EIP-7702 account on EntryPoint 0.8: `0x7702`, padded on the right.
pub const EIP7702_FACTORY: Address = address!("0x7702000000000000000000000000000000000000");

/// A user operation in the unpacked form of ERC-4337 0.7. Gas in units, fees in wei.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserOperation {
    /// Account.
    pub sender: Address,
    /// Key (192 bits) and sequence (64 bits).
    pub nonce: U256,
    /// Creates the account, if it is not there yet.
    pub factory: Option<Factory>,
    /// Calldata for the account.
    pub call_data: Bytes,
    /// Gas for the call.
    pub call_gas_limit: u128,
    /// Gas for validation.
    pub verification_gas_limit: u128,
    /// Gas for what the bundler pays outside the EntryPoint.
    pub pre_verification_gas: U256,
    /// Highest fee per gas.
    pub max_fee_per_gas: u128,
    /// Highest tip per gas.
    pub max_priority_fee_per_gas: u128,
    /// Who pays, if not the account.
    pub paymaster: Option<Paymaster>,
    /// Signature, empty before signing.
    pub signature: Bytes,
    /// EIP-7702 authorisation that travels with the operation (`eip7702Auth`, ERC-7769); not part of the hash, except that
    /// EntryPoint 0.8 hashes its delegate when the factory is [`EIP7702_FACTORY`].
    pub authorization: Option<Authorization>,
}

/// A factory and the calldata that makes it create the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factory {
    /// Factory contract.
    pub address: Address,
    /// Its calldata.
    pub data: Bytes,
}

/// A paymaster and what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paymaster {
    /// Paymaster contract.
    pub address: Address,
    /// Gas for its validation.
    pub verification_gas_limit: u128,
    /// Gas for its `postOp`.
    pub post_op_gas_limit: u128,
    /// Its data, usually a signature of its own.
    pub data: Bytes,
}

/// `PackedUserOperation`: the form contracts see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedUserOperation {
    /// Account.
    pub sender: Address,
    /// Key and sequence.
    pub nonce: U256,
    /// Factory address and data, or empty.
    pub init_code: Bytes,
    /// Calldata for the account.
    pub call_data: Bytes,
    /// Verification and call gas limits, 128 bits each.
    pub account_gas_limits: B256,
    /// Gas outside the EntryPoint.
    pub pre_verification_gas: U256,
    /// Tip and fee caps, 128 bits each.
    pub gas_fees: B256,
    /// Paymaster address, its two gas limits (128 bits each) and data, or empty.
    pub paymaster_and_data: Bytes,
    /// Signature.
    pub signature: Bytes,
}

/// Two 128-bit numbers in one word, `high` first.
fn pack(high: u128, low: u128) -> B256 {
    let mut word = B256::ZERO;
    let (left, right) = word.split_at_mut(16);
    left.copy_from_slice(&high.to_be_bytes());
    right.copy_from_slice(&low.to_be_bytes());
    word
}

impl UserOperation {
    /// The packed form.
    #[must_use]
    pub fn pack(&self) -> PackedUserOperation {
        let init_code = match &self.factory {
            Some(factory) => [factory.address.as_slice(), &factory.data].concat(),
            None => Vec::new(),
        };
        let paymaster_and_data = match &self.paymaster {
            Some(paymaster) => {
                [paymaster.address.as_slice(), paymaster.gas_limits().as_slice(), &paymaster.data].concat()
            }
            None => Vec::new(),
        };
        PackedUserOperation {
            sender: self.sender,
            nonce: self.nonce,
            init_code: init_code.into(),
            call_data: self.call_data.clone(),
            account_gas_limits: self.account_gas_limits(),
            pre_verification_gas: self.pre_verification_gas,
            gas_fees: self.gas_fees(),
            paymaster_and_data: paymaster_and_data.into(),
            signature: self.signature.clone(),
        }
    }

    /// The hash an EntryPoint of version 0.7 or 0.8 computes. The signature does not enter it.
    ///
    /// # Errors
    /// [`UserOpError::DelegateUnknown`] for EntryPoint 0.8 when the factory is [`EIP7702_FACTORY`] and no authorisation names
    /// the delegate; [`UserOpError::AbiMismatch`] for EntryPoint 0.6.
    pub fn hash(&self, entry_point: &EntryPoint) -> Result<UserOpHash, UserOpError> {
        match entry_point.version {
            EntryPointVersion::V07 => {
                let inner = self.hash_fields(Tuple::new(8), self.init_code_hash());
                let outer = Tuple::new(3)
                    .word(inner)
                    .word(word_address(entry_point.address))
                    .word(word_u64(entry_point.chain_id))
                    .finish();
                Ok(UserOpHash(keccak256(outer)))
            }
            EntryPointVersion::V08 => v08::hash(self, entry_point),
            version @ EntryPointVersion::V06 => {
                Err(UserOpError::AbiMismatch { entry_point: version, found: super::AbiVersion::V07 })
            }
        }
    }

    /// Hash of the eight fields, after whatever words `tuple` already holds.
    pub(super) fn hash_fields(&self, tuple: Tuple, init_code_hash: B256) -> B256 {
        let encoded = tuple
            .word(word_address(self.sender))
            .word(self.nonce)
            .word(init_code_hash)
            .word(keccak256(&self.call_data))
            .word(self.account_gas_limits())
            .word(self.pre_verification_gas)
            .word(self.gas_fees())
            .word(self.paymaster_hash())
            .finish();
        keccak256(encoded)
    }

    fn account_gas_limits(&self) -> B256 {
        pack(self.verification_gas_limit, self.call_gas_limit)
    }

    fn gas_fees(&self) -> B256 {
        pack(self.max_priority_fee_per_gas, self.max_fee_per_gas)
    }

    pub(super) fn init_code_hash(&self) -> B256 {
        let mut hasher = Keccak256::new();
        if let Some(factory) = &self.factory {
            hasher.update(factory.address);
            hasher.update(&factory.data);
        }
        hasher.finalize()
    }

    fn paymaster_hash(&self) -> B256 {
        let mut hasher = Keccak256::new();
        if let Some(paymaster) = &self.paymaster {
            hasher.update(paymaster.address);
            hasher.update(paymaster.gas_limits());
            hasher.update(&paymaster.data);
        }
        hasher.finalize()
    }
}

impl Paymaster {
    fn gas_limits(&self) -> B256 {
        pack(self.verification_gas_limit, self.post_op_gas_limit)
    }
}
