//! `ecdsa-rfc6979-secp256k1` and `wycheproof`: our signatures, and our verdicts on those of others.

use alloy_primitives::B256;
use hallpass::key::{SessionKey, Signature, SigningDigest, recover_address, verify};
use k256::elliptic_curve::bigint::U256;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Report, bytes, rows, word};

pub fn rfc6979(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    if let Some(cases) = rows(file, "sig") {
        cases.iter().enumerate().for_each(|(index, case)| sign(&mut report, &format!("sign {index}"), case));
        return Some(report);
    }
    if let Some(cases) = rows(file, "k0") {
        cases
            .iter()
            .enumerate()
            .for_each(|(index, case)| nonces(&mut report, &format!("nonce {index}"), case));
        return Some(report);
    }
    for case in file["sign"].as_array()? {
        let refused = <[u8; 32]>::try_from(bytes(&case["d"])).is_ok_and(|d| SessionKey::import(&d).is_err());
        report.holds(case["description"].as_str().unwrap(), refused);
    }
    for case in file["verify"].as_array()? {
        let refused = match <[u8; 32]>::try_from(bytes(&case["m"])) {
            Ok(hash) => verify(&bytes(&case["Q"]), &B256::from(hash), &bytes(&case["signature"])).is_err(),
            Err(_) => true, // a digest of another length cannot be given to the function at all
        };
        report.holds(case["description"].as_str().unwrap(), refused);
    }
    Some(report)
}

fn sign(report: &mut Report, id: &str, case: &Value) {
    let key = SessionKey::import(&word(&case["d"])).unwrap();
    let hash = B256::from(word(&case["m"]));
    let signature = key.sign(&SigningDigest::raw(hash)).unwrap();
    let bytes = signature.to_bytes();
    report.equal(id, alloy_primitives::hex::encode(&bytes[..64]), case["sig"].as_str().unwrap().to_owned());
    report.equal(format!("{id} recovered"), recover_address(&hash, &signature), Ok(key.address()));
    report.equal(format!("{id} read back"), Signature::from_bytes(&bytes), Ok(signature));
}

/// Candidates 1, 2 and 16 of RFC 6979, section 3.2, from the generator that signing uses.
fn nonces(report: &mut Report, id: &str, case: &Value) {
    let order = U256::from_be_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let mut generator =
        rfc6979::KGenerator::<Sha256, U256>::new(&word(&case["d"]), &word(&case["m"]), &[], &order);
    for index in 0..16 {
        let mut k = k256::FieldBytes::default();
        generator.fill_next_k(&mut k);
        let key = format!("k{index}");
        if let Some(want) = case[&key].as_str() {
            report.equal(format!("{id} {key}"), alloy_primitives::hex::encode(k), want.to_owned());
        }
    }
}

/// ECDSA over secp256k1 with SHA-256; files for other curves and ciphers are not for this crate's code.
pub fn wycheproof(file: &Value) -> Option<Report> {
    let cases = file.as_array()?;
    let is_secp256k1 = cases.first().is_some_and(|case| {
        case["pub"].as_str().is_some_and(|key| key.len() == 130) && is_on_secp256k1(&case["pub"])
    });
    if !is_secp256k1 {
        return None;
    }
    let mut report = Report::default();
    for case in cases {
        let signature = bytes(&case["sig"]);
        let hash = B256::from_slice(&Sha256::digest(bytes(&case["msg"])));
        verdict(&mut report, &case["tcId"].to_string(), &bytes(&case["pub"]), &hash, &signature, case);
    }
    Some(report)
}

fn is_on_secp256k1(key: &Value) -> bool {
    k256::PublicKey::from_sec1_bytes(&bytes(key)).is_ok()
}

/// A valid signature must pass unless its s is high, which we refuse; an invalid one must not.
pub fn verdict(report: &mut Report, id: &str, key: &[u8], hash: &B256, signature: &[u8], case: &Value) {
    // The P1363 form is ours; DER goes through the curve library's parser.
    let der = signature.first() == Some(&0x30) && signature.len() != 64;
    let scalars = if der {
        k256::ecdsa::Signature::from_der(signature).map(|signature| signature.to_bytes().to_vec()).ok()
    } else {
        Some(signature.to_vec())
    };
    let high_s = scalars
        .as_deref()
        .and_then(|scalars| k256::ecdsa::Signature::from_slice(scalars).ok())
        .is_some_and(|signature| signature.normalize_s() != signature);
    let accepted = scalars.is_some_and(|scalars| verify(key, hash, &scalars).is_ok());
    let want = case["result"] == "valid" && !high_s;
    report.equal(format!("wycheproof {id} {}", case["comment"]), accepted, want);
}
