//! The stored form of a grant: strict ABI encoding behind a version number. No secrets.

use alloy_primitives::{B256, Bytes, U256};

use super::{
    GrantOptions, HashForm, KernelGrant, KernelVersion, Permission, PermissionId, PolicyEntry, SelectorData,
    Signer, SkipFlag,
};
use crate::abi::{self, Tuple, Type, Value, word_address, word_u64};
use crate::protocol::{ProtocolError, ProtocolFault};

/// Version of the record.
pub const VERSION: u64 = 1;

const TYPES: [&str; 9] = ["uint64", "address", "uint64", "bytes4", "uint32", "bool", "bool", "bool", "bytes"];

pub(super) fn write(grant: &KernelGrant) -> Bytes {
    let options = grant.options();
    let bool = |bool: bool| word_u64(u64::from(bool));
    Tuple::new(TYPES.len())
        .word(word_u64(VERSION))
        .word(word_address(grant.account))
        .word(word_u64(grant.chain_id))
        .word(B256::right_padding_from(grant.id.as_slice()))
        .word(word_u64(u64::from(grant.nonce)))
        .word(bool(options.selector_data == SelectorData::Table))
        .word(bool(options.hash_form == HashForm::PersonalMessage))
        .word(bool(options.chain_agnostic))
        .bytes(&grant.permission.data())
        .finish()
        .into()
}

pub(super) fn read(version: KernelVersion, bytes: &[u8]) -> Result<KernelGrant, ProtocolError> {
    let not_a_record = ProtocolError::from(ProtocolFault::Record("not the record of a Kernel grant"));
    let types: Vec<Type> = TYPES.iter().filter_map(|text| text.parse().ok()).collect();
    let stored_version = bytes.first_chunk::<32>().map(|word| U256::from_be_bytes(*word));
    if stored_version.is_some_and(|stored| stored > U256::from(VERSION)) {
        return Err(ProtocolError::from(ProtocolFault::Record(
            "written by a newer version of this package; update it to read this",
        )));
    }
    let values = abi::decode(&types, bytes).map_err(|_| not_a_record.clone())?;
    let [
        Value::Uint(format),
        Value::Address(account),
        Value::Uint(chain_id),
        Value::FixedBytes(id),
        Value::Uint(nonce),
        Value::Bool(table),
        Value::Bool(personal),
        Value::Bool(chain_agnostic),
        Value::Bytes(data),
    ] = values.as_slice()
    else {
        return Err(not_a_record);
    };
    if *format != U256::from(VERSION) {
        return Err(not_a_record);
    }
    let chain_id = u64::try_from(*chain_id).map_err(|_| not_a_record.clone())?;
    let nonce = u32::try_from(*nonce).map_err(|_| not_a_record.clone())?;
    let id = PermissionId::from_slice(id.get(..4).unwrap_or_default());
    let options = GrantOptions {
        selector_data: if *table { SelectorData::Table } else { SelectorData::Compact },
        hash_form: if *personal { HashForm::PersonalMessage } else { HashForm::Raw },
        chain_agnostic: *chain_agnostic,
    };
    KernelGrant::new(version, (*account, chain_id), (id, nonce), read_permission(data)?, options)
}

/// A permission from its entries. The signer must be one this package can sign for.
pub(super) fn read_permission(data: &[u8]) -> Result<Permission, ProtocolError> {
    let not_entries = ProtocolError::from(ProtocolFault::Record("the permission's entries are damaged"));
    let ty: Type = "bytes[]".parse().map_err(|_| not_entries.clone())?;
    let values = abi::decode([&ty], data).map_err(|_| not_entries.clone())?;
    let [Value::Array(items)] = values.as_slice() else {
        return Err(not_entries);
    };
    let mut entries = items.iter().map(|item| match item {
        Value::Bytes(entry) => read_entry(entry).ok_or(not_entries.clone()),
        _ => Err(not_entries.clone()),
    });
    let signer = entries.next_back().ok_or(not_entries.clone())??;
    let policies = entries.collect::<Result<Vec<_>, _>>()?;
    let session_key = signer.data().as_ref().try_into().map_err(|_| not_entries)?;
    let known = Signer::ecdsa(session_key);
    if known.contract() != signer.contract() {
        return Err(ProtocolError::from(ProtocolFault::Record(
            "the permission's signer is not a secp256k1 key",
        )));
    }
    Permission::with_flag(known, policies, signer.flag())
}

/// `flag ‖ contract ‖ data`.
fn read_entry(entry: &[u8]) -> Option<PolicyEntry> {
    let (flag, rest) = entry.split_first_chunk::<2>()?;
    let (contract, data) = rest.split_first_chunk::<20>()?;
    let entry = PolicyEntry::new(contract.into(), Bytes::copy_from_slice(data));
    Some(entry.with_flag(SkipFlag::from_bytes(*flag)))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;
    use crate::protocol::kernel_v3::{Kernel, signature_caller};
    use crate::protocol::{Grant, Protocol};

    fn grant(options: GrantOptions) -> KernelGrant {
        let policy = signature_caller(&[Address::repeat_byte(7)]).with_flag(SkipFlag::NOT_FOR_SIGNATURES);
        let permission =
            Permission::with_flag(Signer::ecdsa(Address::repeat_byte(1)), vec![policy], SkipFlag::NONE);
        let account = (Address::repeat_byte(0xac), 10);
        let id = (PermissionId::repeat_byte(5), 7);
        KernelGrant::new(KernelVersion::V3_2, account, id, permission.unwrap(), options).unwrap()
    }

    #[test]
    fn every_field_survives() {
        for bits in 0..8_u8 {
            let options = GrantOptions {
                selector_data: if bits & 1 > 0 { SelectorData::Table } else { SelectorData::Compact },
                hash_form: if bits & 2 > 0 { HashForm::PersonalMessage } else { HashForm::Raw },
                chain_agnostic: bits & 4 > 0,
            };
            let grant = grant(options);
            assert_eq!(read(KernelVersion::V3_2, &grant.record()), Ok(grant));
        }
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let record = grant(GrantOptions::default()).record();
        let kernel = Kernel::new(KernelVersion::V3_2);
        assert!(kernel.restore_grant(&record).is_ok());
        for length in 0..record.len() {
            assert!(kernel.restore_grant(&record[..length]).is_err(), "cut to {length}");
        }
        let mut newer = record.to_vec();
        newer[31] = 2;
        assert_eq!(
            kernel.restore_grant(&newer).unwrap_err(),
            ProtocolError::from(ProtocolFault::Record(
                "written by a newer version of this package; update it to read this"
            ))
        );
    }
}
