//! The JSON of a scope: what is read is what its canonical form is read as, explains every rule, and compiles to policies that say
//! the same, or to nothing.
#![no_main]

use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::{Protocol, Terms};
use hallpass::scope::Scope;
use hallpass::scope::lint::Circumstances;
use hallpass::time::{Timestamp, Validity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(scope) = Scope::from_json_text(text) else { return };
    let canonical = scope.to_json().to_string();
    assert_eq!(Scope::from_json_text(&canonical).expect("the canonical form is a scope"), scope);
    assert!(scope.covers(&scope));
    let _ = scope.lint(&Circumstances::default());
    let terms = Terms {
        scope: &scope,
        account: [0xac; 20].into(),
        chain_id: 1,
        session_key: [1; 20].into(),
        validity: Validity::new(Timestamp::default(), Timestamp::MAX).expect("a window"),
        grant_nonce: 0,
    };
    let kernel = Kernel::new(KernelVersion::V3_3);
    let (grant, report) = (kernel.grant(&terms), kernel.enforcement(&terms));
    assert_eq!(grant.map(drop), report.map(drop), "read back, the policies say something else");
});
