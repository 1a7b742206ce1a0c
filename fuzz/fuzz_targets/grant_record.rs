//! Stored grants: read whole or refused; and answers of the chain, whatever they are.
//!
//! Most inputs are changes to a good record, since random bytes never get past its first word.
#![no_main]

use hallpass::protocol::kernel_v3::{
    GrantOptions, Kernel, KernelGrant, KernelVersion, Permission, PermissionId, Signer, signature_caller,
};
use hallpass::protocol::{Grant, Protocol, entry_point_failure, known_error};
use libfuzzer_sys::fuzz_target;

fn grant() -> KernelGrant {
    let policies = vec![signature_caller(&[[7; 20].into()]), signature_caller(&[])];
    let permission = Permission::new(Signer::ecdsa([1; 20].into()), policies).expect("few policies");
    let account = ([0xac; 20].into(), 10);
    let id = (PermissionId::repeat_byte(5), 7);
    KernelGrant::new(KernelVersion::V3_3, account, id, permission, GrantOptions::default()).expect("a grant")
}

fuzz_target!(|input: (Vec<(u16, u8)>, u16, &[u8])| {
    let (changes, cut, data) = input;
    let good = grant();
    let mut record = good.record().to_vec();
    let length = record.len();
    for (at, byte) in changes {
        record[usize::from(at) % length] = byte;
    }
    record.truncate(length - usize::from(cut) % 64 / 32 * 32);
    for bytes in [record.as_slice(), data] {
        for version in KernelVersion::ALL {
            if let Ok(grant) = Kernel::new(version).restore_grant(bytes) {
                assert_eq!(grant.record().as_ref(), bytes);
            }
        }
    }
    // Five answers of any length, one of them long enough for the permission's configuration.
    let answers: Vec<_> = data.chunks(data.len() / 5 + 1).map(|chunk| chunk.to_vec().into()).collect();
    let _ = good.status(&answers);
    let _ = (known_error(data), entry_point_failure(&String::from_utf8_lossy(data)));
});
