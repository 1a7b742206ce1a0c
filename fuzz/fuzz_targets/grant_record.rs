//! Stored grants: read whole or refused; and answers of the chain, whatever they are.
#![no_main]

use hallpass::protocol::Protocol;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::known_error;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = known_error(data);
    for version in KernelVersion::ALL {
        if let Ok(grant) = Kernel::new(version).restore_grant(data) {
            assert_eq!(grant.record().as_ref(), data);
            let answers: Vec<_> = data.chunks(96).map(|chunk| chunk.to_vec().into()).collect();
            let _ = grant.status(&answers);
        }
    }
});
