//! Whether a permission works: what to ask the account, and what its answers mean.

use alloy_primitives::{Address, Bytes, Selector, U256, fixed_bytes};

use super::{EXECUTE, KernelGrant, KernelVersion, PolicyEntry};
use crate::abi::{self, Tuple, Type, Value};
use crate::protocol::{AccountState, GrantStatus, ProtocolError, ProtocolFault, Read};

/// `permissionConfig(bytes4)`
const PERMISSION_CONFIG: Selector = fixed_bytes!("0xc3e58978");
/// `validationConfig(bytes21)`
const VALIDATION_CONFIG: Selector = fixed_bytes!("0xb8afe17d");
/// `currentNonce()`
const CURRENT_NONCE: Selector = fixed_bytes!("0xadb610a3");
/// `validNonceFrom()`
const VALID_NONCE_FROM: Selector = fixed_bytes!("0x90ef8862");
/// `isAllowedSelector(bytes21,bytes4)`
const IS_ALLOWED_SELECTOR: Selector = fixed_bytes!("0x6e6fa0c6");

/// What each read returns, in the order of [`reads`].
const ANSWERS: [&str; 5] = ["(bytes2,address,bytes22[])", "(uint32,address)", "uint32", "uint32", "bool"];

/// `rootValidator()`
const ROOT_VALIDATOR: Selector = fixed_bytes!("0xf1f7f0f9");
/// `ecdsaValidatorStorage(address)` of the ECDSA validator: the owner of an account.
const OWNER_OF: Selector = fixed_bytes!("0x20709efc");

pub(super) fn account_reads(version: KernelVersion, account: Address) -> Vec<Read> {
    let read = |to, selector: Selector, arguments: Tuple| Read {
        to,
        data: [selector.as_slice(), &arguments.finish()].concat().into(),
    };
    vec![
        read(account, ROOT_VALIDATOR, Tuple::new(0)),
        read(account, CURRENT_NONCE, Tuple::new(0)),
        read(version.ecdsa_validator(), OWNER_OF, Tuple::new(1).word(abi::word_address(account))),
    ]
}

pub(super) fn account_state(
    version: KernelVersion,
    answers: &[Bytes],
) -> Result<AccountState, ProtocolError> {
    let [root, nonce, owner] = answers else {
        return Err(ProtocolError::from(ProtocolFault::Answer { index: answers.len() }));
    };
    if root.is_empty() && nonce.is_empty() {
        return Ok(AccountState::default());
    }
    let one = |index, text: &str, answer: &Bytes| {
        let ty: Option<Type> = text.parse().ok();
        let values = ty.and_then(|ty| abi::decode([&ty], answer).ok()).unwrap_or_default();
        values.into_iter().next().ok_or_else(|| ProtocolError::from(ProtocolFault::Answer { index }))
    };
    let (Value::FixedBytes(root), Value::Uint(nonce), Value::Address(owner)) =
        (one(0, "bytes21", root)?, one(1, "uint32", nonce)?, one(2, "address", owner)?)
    else {
        return Err(ProtocolError::from(ProtocolFault::Answer { index: 0 }));
    };
    let by_ecdsa = [[1].as_slice(), version.ecdsa_validator().as_slice()].concat();
    let known = root.starts_with(&by_ecdsa) && !owner.is_zero();
    Ok(AccountState {
        deployed: true,
        owner: known.then_some(owner),
        grant_nonce: nonce.wrapping_to::<u32>(),
    })
}

pub(super) fn reads(grant: &KernelGrant) -> Vec<Read> {
    let id = grant.validation_id().word();
    let permission_id = alloy_primitives::B256::right_padding_from(grant.id().as_slice());
    let execute = alloy_primitives::B256::right_padding_from(EXECUTE.as_slice());
    let read = |selector: Selector, arguments: Tuple| Read {
        to: grant.account,
        data: [selector.as_slice(), &arguments.finish()].concat().into(),
    };
    vec![
        read(PERMISSION_CONFIG, Tuple::new(1).word(permission_id)),
        read(VALIDATION_CONFIG, Tuple::new(1).word(id)),
        read(CURRENT_NONCE, Tuple::new(0)),
        read(VALID_NONCE_FROM, Tuple::new(0)),
        read(IS_ALLOWED_SELECTOR, Tuple::new(2).word(id).word(execute)),
    ]
}

/// The account's view of the permission.
struct Stored {
    flag: Value,
    signer: Address,
    policies: Vec<Value>,
    /// Grant nonce it was enabled with, 0 if never.
    nonce: U256,
    /// Zero once removed.
    hook: Address,
    /// Grants are signed for this nonce, or for 1 while it is 0.
    current_nonce: U256,
    /// Permissions enabled with a nonce below this one are dead.
    valid_nonce_from: U256,
    may_execute: bool,
}

pub(super) fn judge(grant: &KernelGrant, answers: &[Bytes]) -> Result<GrantStatus, ProtocolError> {
    // No code, no state: an EIP-7702 account without its delegation, or one not deployed yet.
    if answers.iter().all(|answer| answer.is_empty()) && answers.len() == ANSWERS.len() {
        return Ok(GrantStatus::Unused);
    }
    let stored = read_answers(answers)?;
    if stored.nonce.is_zero() && stored.signer.is_zero() {
        let accepted = stored.current_nonce.max(U256::ONE) == U256::from(grant.nonce);
        return Ok(if accepted { GrantStatus::Unused } else { GrantStatus::Invalidated });
    }
    if stored.hook.is_zero() || stored.signer.is_zero() || !stored.may_execute {
        return Ok(GrantStatus::Removed);
    }
    if !is_ours(grant, &stored) {
        return Ok(GrantStatus::Foreign);
    }
    Ok(match stored.nonce >= stored.valid_nonce_from {
        true => GrantStatus::Enabled,
        false => GrantStatus::Invalidated,
    })
}

fn is_ours(grant: &KernelGrant, stored: &Stored) -> bool {
    let permission = grant.permission();
    let head = |entry: &PolicyEntry| {
        let bytes = [entry.flag().as_bytes().as_slice(), entry.contract().as_slice()].concat();
        Value::FixedBytes(alloy_primitives::B256::right_padding_from(&bytes))
    };
    let flag = alloy_primitives::B256::right_padding_from(permission.flag().as_bytes());
    stored.signer == permission.signer().contract()
        && stored.flag == Value::FixedBytes(flag)
        && permission.policies().iter().map(head).eq(stored.policies.iter().cloned())
}

fn read_answers(answers: &[Bytes]) -> Result<Stored, ProtocolError> {
    let mut values = Vec::with_capacity(ANSWERS.len());
    for (index, text) in ANSWERS.iter().enumerate() {
        let wrong = ProtocolError::from(ProtocolFault::Answer { index });
        let ty: Type = text.parse().map_err(|_| wrong.clone())?;
        let answer = answers.get(index).ok_or(wrong.clone())?;
        values.extend(abi::decode([&ty], answer).map_err(|_| wrong)?);
    }
    if let [
        Value::Tuple(permission),
        Value::Tuple(validation),
        Value::Uint(current_nonce),
        Value::Uint(valid_nonce_from),
        Value::Bool(may_execute),
    ] = values.as_slice()
        && let [flag, Value::Address(signer), Value::Array(policies)] = permission.as_slice()
        && let [Value::Uint(nonce), Value::Address(hook)] = validation.as_slice()
    {
        return Ok(Stored {
            flag: flag.clone(),
            signer: *signer,
            policies: policies.clone(),
            nonce: *nonce,
            hook: *hook,
            current_nonce: *current_nonce,
            valid_nonce_from: *valid_nonce_from,
            may_execute: *may_execute,
        });
    }
    Err(ProtocolError::from(ProtocolFault::Answer { index: 0 }))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;
    use crate::protocol::Grant;
    use crate::protocol::kernel_v3::{
        GrantOptions, KernelVersion, Permission, PermissionId, Signer, SkipFlag, signature_caller,
    };

    const SIGNER: Address = Address::repeat_byte(0x51);

    fn grant() -> KernelGrant {
        let permission = Permission::new(Signer::ecdsa(SIGNER), vec![signature_caller(&[])]).unwrap();
        let account = (Address::repeat_byte(0xac), 31337);
        let id = (PermissionId::repeat_byte(9), 3);
        KernelGrant::new(KernelVersion::V3_3, account, id, permission, GrantOptions::default()).unwrap()
    }

    /// Answers of an account that has this grant enabled with nonce 3, then changed.
    fn judged(change: impl FnOnce(&mut [Value; 5])) -> GrantStatus {
        let grant = grant();
        let entry = &grant.permission().policies()[0];
        let word = |bytes: &[u8]| Value::FixedBytes(B256::right_padding_from(bytes));
        let mut answers = [
            Value::Tuple(vec![
                word(SkipFlag::NOT_FOR_SIGNATURES.as_bytes()),
                Value::Address(grant.permission().signer().contract()),
                Value::Array(vec![word(&entry.encode()[..22])]),
            ]),
            Value::Tuple(vec![Value::Uint(U256::from(3)), Value::Address(Address::with_last_byte(1))]),
            Value::Uint(U256::from(3)),
            Value::Uint(U256::from(2)),
            Value::Bool(true),
        ];
        change(&mut answers);
        let encoded: Vec<Bytes> = ANSWERS
            .iter()
            .zip(answers)
            .map(|(ty, value)| abi::encode([&ty.parse().unwrap()], &[value]).unwrap().into())
            .collect();
        grant.status(&encoded).unwrap()
    }

    fn nothing(answers: &mut [Value; 5]) {
        answers[0] = Value::Tuple(vec![
            Value::FixedBytes(B256::ZERO),
            Value::Address(Address::ZERO),
            Value::Array(vec![]),
        ]);
        answers[1] = Value::Tuple(vec![Value::Uint(U256::ZERO), Value::Address(Address::ZERO)]);
        answers[4] = Value::Bool(false);
    }

    #[test]
    fn every_state_is_told_apart() {
        assert_eq!(judged(|_| {}), GrantStatus::Enabled);
        assert_eq!(judged(|answers| answers[3] = Value::Uint(U256::from(4))), GrantStatus::Invalidated);
        assert_eq!(judged(|answers| answers[4] = Value::Bool(false)), GrantStatus::Removed);
        assert_eq!(judged(nothing), GrantStatus::Unused);
        let removed = |answers: &mut [Value; 5]| {
            nothing(answers);
            answers[1] = Value::Tuple(vec![Value::Uint(U256::from(3)), Value::Address(Address::ZERO)]);
        };
        assert_eq!(judged(removed), GrantStatus::Removed);
        let never_used = |answers: &mut [Value; 5]| {
            nothing(answers);
            answers[2] = Value::Uint(U256::from(4));
        };
        assert_eq!(judged(never_used), GrantStatus::Invalidated);
        let other_policies = |answers: &mut [Value; 5]| {
            if let Value::Tuple(permission) = &mut answers[0] {
                permission[2] = Value::Array(vec![]);
            }
        };
        assert_eq!(judged(other_policies), GrantStatus::Foreign);
        assert!(GrantStatus::Removed.is_revoked() && !GrantStatus::Unused.is_revoked());
    }

    #[test]
    fn reads_are_calls_of_the_account_s_views() {
        let grant = grant();
        let declared = [
            "permissionConfig(bytes4)",
            "validationConfig(bytes21)",
            "currentNonce()",
            "validNonceFrom()",
            "isAllowedSelector(bytes21,bytes4)",
        ];
        for (read, text) in grant.status_reads().iter().zip(declared) {
            let view: abi::Function = text.parse().unwrap();
            let arguments = view.decode_call(&read.data).unwrap();
            assert_eq!(read.to, grant.account);
            if let Some(Value::FixedBytes(id)) = arguments.first() {
                let named = grant.validation_id();
                let id_bytes: &[u8] = if arguments.len() == 1 && text.contains("bytes4") {
                    grant.id.as_slice()
                } else {
                    named.as_bytes().as_slice()
                };
                assert_eq!(*id, B256::right_padding_from(id_bytes), "{text}");
            }
        }
    }

    #[test]
    fn answers_must_be_of_their_type() {
        let grant = grant();
        assert_eq!(grant.status(&vec![Bytes::new(); 5]), Ok(GrantStatus::Unused));
        assert_eq!(grant.status(&[]), Err(ProtocolError::from(ProtocolFault::Answer { index: 0 })));
        let cut = vec![Bytes::from(vec![0; 31]); 5];
        assert_eq!(grant.status(&cut), Err(ProtocolError::from(ProtocolFault::Answer { index: 0 })));
    }
}
