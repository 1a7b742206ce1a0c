//! Grants: what is signed, what is refused, and how they end.

use super::*;
use crate::key::SessionKey;
use crate::protocol::kernel_v3::Signer;
use crate::userop::nonce;

const GRANT_SIGNATURE: [u8; 65] = [7; 65];
const ENABLE: Mode<'static> = Mode::Enable { grant_signature: &GRANT_SIGNATURE };

fn grant(version: KernelVersion, options: GrantOptions) -> Result<KernelGrant, ProtocolError> {
    let permission = Permission::new(Signer::ecdsa(Address::repeat_byte(1)), Vec::new())?;
    let account = (Address::repeat_byte(0xac), 10);
    KernelGrant::new(version, account, (PermissionId::repeat_byte(5), 7), permission, options)
}

fn operation(grant: &KernelGrant, mode: Mode<'_>) -> UserOperation {
    UserOperation {
        sender: grant.account,
        nonce: nonce(grant.nonce_key(mode, 513), 3),
        ..UserOperation::default()
    }
}

#[test]
fn by_default_the_hash_itself_is_signed() {
    let entry_point = EntryPoint::canonical(EntryPointVersion::V07, 10);
    let grant = grant(KernelVersion::V3_3, GrantOptions::default()).unwrap();
    for mode in [ENABLE, Mode::Use] {
        let op = operation(&grant, mode);
        let digest = grant.digest(mode, &op, &entry_point).unwrap();
        assert_eq!(digest.as_b256(), op.hash(&entry_point).unwrap().as_b256());
        let signature = SessionKey::generate().unwrap().sign(&digest).unwrap();
        let field = grant.signature(mode, &signature);
        assert!(field.windows(65).any(|window| window == signature.to_bytes()));
        assert_eq!(field.len(), grant.dummy_signature(mode).len());
    }
}

#[test]
fn only_operations_of_the_grant_are_signed() {
    let entry_point = EntryPoint::canonical(EntryPointVersion::V07, 10);
    let grant = grant(KernelVersion::V3_3, GrantOptions::default()).unwrap();
    let refused = |mode, op: &UserOperation, entry_point: &EntryPoint| match *grant
        .digest(mode, op, entry_point)
        .unwrap_err()
    {
        ProtocolFault::NotOfThisGrant { field } => field,
        ref other => panic!("{other:?}"),
    };
    let op = operation(&grant, Mode::Use);
    assert!(grant.digest(Mode::Use, &op, &entry_point).is_ok());
    let other = UserOperation { sender: Address::ZERO, ..op.clone() };
    assert_eq!(refused(Mode::Use, &other, &entry_point), "sender");
    assert_eq!(refused(ENABLE, &op, &entry_point), "nonce key");
    let other = UserOperation { nonce: op.nonce ^ (U256::from(1) << 80), ..op.clone() };
    assert_eq!(refused(Mode::Use, &other, &entry_point), "nonce key");
    let other = EntryPoint { chain_id: 11, ..entry_point };
    assert_eq!(refused(Mode::Use, &op, &other), "chain");
    let other = EntryPoint::canonical(EntryPointVersion::V08, 10);
    assert_eq!(refused(Mode::Use, &op, &other), "EntryPoint version");
}

#[test]
fn versions_refuse_what_they_cannot_do() {
    let agnostic = GrantOptions { chain_agnostic: true, ..GrantOptions::default() };
    let unsupported = |result: Result<KernelGrant, ProtocolError>| {
        result.is_err_and(|error| matches!(*error, ProtocolFault::Unsupported { .. }))
    };
    assert!(unsupported(grant(KernelVersion::V3_0, GrantOptions::default())));
    assert!(unsupported(grant(KernelVersion::V3_1, agnostic)));
    let grant = grant(KernelVersion::V3_2, agnostic).unwrap();
    assert!(!grant.is_chain_bound());
    let op = operation(&grant, ENABLE);
    let on =
        |chain_id, mode, op| grant.digest(mode, op, &EntryPoint::canonical(EntryPointVersion::V07, chain_id));
    assert_eq!(on(10, ENABLE, &op), on(11, ENABLE, &op), "enabling is the same on every chain");
    let op = operation(&grant, Mode::Use);
    assert_ne!(on(10, Mode::Use, &op), on(11, Mode::Use, &op), "later operations are bound");
}

#[test]
fn a_nonce_is_signed_for_once() {
    assert_eq!(enable_nonce(0, 0), Ok(1));
    assert_eq!(enable_nonce(1, 0), Ok(1));
    assert_eq!(enable_nonce(7, 0), Ok(7));
    for (current, stored) in [(1, 1), (7, 7), (7, 3)] {
        assert_eq!(enable_nonce(current, stored), Err(ProtocolError::from(ProtocolFault::IdUsed)));
    }
}

#[test]
fn revoking_raises_the_nonce_as_far_as_it_goes() {
    let grant = grant(KernelVersion::V3_1, GrantOptions::default()).unwrap();
    let raised = |current_nonce| grant.revocation(Revocation::InvalidateAll { current_nonce });
    assert_eq!(raised(0), raised(1), "a first grant is signed for 1, whatever the account says");
    assert_eq!(raised(7).unwrap().data, invalidate_nonce(8));
    assert_eq!(raised(u32::MAX), Err(ProtocolError::from(ProtocolFault::NonceExhausted)));
}
