//! The hash of EntryPoint 0.8: EIP-712 typed data over the packed operation.

use alloy_primitives::{B256, Keccak256, b256};

use super::v07::{EIP7702_FACTORY, UserOperation};
use super::{EntryPoint, UserOpError, UserOpHash};
use crate::abi::Tuple;
use crate::eip712::{Domain, digest};

/// Hash of `PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits,uint256
/// preVerificationGas,bytes32 gasFees,bytes paymasterAndData)`.
const TYPE_HASH: B256 = b256!("0x29a0bca4af4be3421398da00295e58e6d7de38cb492214754cb6a47507dd6f8e");

pub(super) fn hash(op: &UserOperation, entry_point: &EntryPoint) -> Result<UserOpHash, UserOpError> {
    let domain = Domain::new("ERC4337", "1", entry_point.chain_id, entry_point.address);
    let fields = op.hash_fields(Tuple::new(9).word(TYPE_HASH), init_code_hash(op)?);
    Ok(UserOpHash(digest(domain.separator(), fields)))
}

/// For an EIP-7702 account the EntryPoint hashes the delegate in place of the marker (ERC-4337, "EIP-7702 support").
fn init_code_hash(op: &UserOperation) -> Result<B256, UserOpError> {
    match (&op.factory, &op.authorization) {
        (Some(factory), Some(authorization)) if factory.address == EIP7702_FACTORY => {
            let mut hasher = Keccak256::new();
            hasher.update(authorization.address);
            hasher.update(&factory.data);
            Ok(hasher.finalize())
        }
        (Some(factory), None) if factory.address == EIP7702_FACTORY => Err(UserOpError::DelegateUnknown),
        _ => Ok(op.init_code_hash()),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, keccak256};

    use super::*;
    use crate::userop::v07::Factory;
    use crate::userop::{Authorization, EntryPointVersion};

    #[test]
    fn the_type_hash_is_that_of_the_packed_operation() {
        let text = "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,\
                    bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)";
        assert_eq!(keccak256(text), TYPE_HASH);
    }

    #[test]
    fn an_eip7702_operation_is_hashed_with_its_delegate() {
        let entry_point = EntryPoint::canonical(EntryPointVersion::V08, 1);
        let factory = |address| Some(Factory { address, data: vec![1, 2].into() });
        let mut op = UserOperation { factory: factory(EIP7702_FACTORY), ..Default::default() };
        assert_eq!(op.hash(&entry_point), Err(UserOpError::DelegateUnknown));
        let delegate = Address::repeat_byte(0xd1);
        op.authorization = Some(Authorization { address: delegate, ..Default::default() });
        let marked = op.hash(&entry_point).unwrap();
        op.factory = factory(delegate);
        assert_eq!(op.hash(&entry_point).unwrap(), marked);
    }
}
