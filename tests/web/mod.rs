//! What must hold in every scope of a browser: window and worker include this suite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, unreachable_pub, reason = "a test program")]

#[path = "../suite/mod.rs"]
mod suite;

#[allow(dead_code, reason = "written for more tests than these")]
#[path = "../flow/chain.rs"]
mod chain;
mod custody;
mod faults;
mod memory;
mod p256;
mod page;
#[allow(dead_code, reason = "written for more tests than these")]
#[path = "../flow/player.rs"]
mod player;
mod scan;
mod seams;

use hallpass::key::SessionKey;
use k256::elliptic_curve::bigint::Limb;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use suite::PROTOCOL_SUITES;

/// (set, file name, content), listed by `build.rs`.
const VECTOR_FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/vector_files.rs"));

#[wasm_bindgen_test]
fn protocol_vectors() {
    for (set, run) in PROTOCOL_SUITES {
        let (mut files, mut checks) = (0, 0);
        for (_, name, bytes) in VECTOR_FILES.iter().filter(|(other, ..)| *other == set) {
            let json = serde_json::from_slice(bytes).unwrap_or_else(|fault| panic!("{set}/{name}: {fault}"));
            if let Some(report) = run(&json) {
                assert!(report.failures.is_empty(), "{set}/{name}: {:?}", report.failures);
                files += 1;
                checks += report.checks;
            }
        }
        // Other folders may lack a set; our own has them all.
        assert!(files > 0 || option_env!("HALLPASS_VECTORS").is_some(), "{set}: the data is not here");
        console_log!("{set}: {files} files, {checks} checks, 0 failures");
    }
}

/// A lost flag doubles the time of every signature and nothing else would show it.
#[wasm_bindgen_test]
fn the_build_flags_are_on() {
    assert_eq!(Limb::BITS, 32, "--cfg cpubits=\"32\" is missing: .cargo/config.toml was not read");
    assert_eq!(align_of::<k256::AffinePoint>(), 4, "k256 does not use its field of 32-bit limbs");
    let simd128 = cfg!(target_feature = "simd128");
    assert!(simd128, "-Ctarget-feature=+simd128 is missing");
}

#[wasm_bindgen_test]
fn keys_come_from_the_platform_generator() {
    let first = SessionKey::generate().unwrap();
    let second = SessionKey::generate().unwrap();
    assert_ne!(first.address(), second.address());
}

#[wasm_bindgen_test]
fn no_copy_of_a_key_outlives_it() {
    memory::check_keys();
}

#[wasm_bindgen_test]
fn no_nonce_outlives_its_signature() {
    memory::check_nonces();
}
