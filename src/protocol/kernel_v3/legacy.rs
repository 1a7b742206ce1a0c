//! Contracts of earlier and later releases that grants may hold but this package does not choose: the other CallPolicy versions
//! and the WebAuthn signers. Their encodings are needed to read what others granted.

use alloy_primitives::{Address, B256, U256, address, hex};

use super::policy::{call_policy_data, call_policy_data_with, rule_data};
use super::{CallPermission, CallPolicyVersion, PolicyEntry, Rule, Signer};
use crate::abi::{Tuple, word_u64};

/// A CallPolicy entry of any version, by its version text: `0.0.1` to `0.0.5`. `SLICE_EQUAL` of 0.0.5 is condition 7 and is not
/// a [`super::Condition`], so `condition` gives each rule's byte.
///
/// 0.0.1 has one parameter per rule, so a rule with another number has no encoding there and gives `None`, as does an unknown
/// version.
#[must_use]
pub fn call_policy(
    version: &str,
    permissions: &[CallPermission],
    condition: impl Fn(&Rule) -> u8,
) -> Option<PolicyEntry> {
    let (contract, single_param) = match version {
        "0.0.1" => (address!("0xe4Fec84B7B002273ecC86baa65a831ddB92d30a8"), true),
        "0.0.2" => (address!("0x67Fa43ca2D689beA4d10b9F2C96828828A2Ab275"), false),
        "0.0.3" => (CallPolicyVersion::V0_0_3.address(), false),
        "0.0.4" => (CallPolicyVersion::V0_0_4.address(), false),
        "0.0.5" => (address!("0x85770b902D1e503D5f5141d9eaC16d0d08eEaDd2"), false),
        _ => return None,
    };
    if !single_param {
        let data =
            call_policy_data(permissions, |rule| rule_data(condition(rule), rule.offset, &rule.params));
        return Some(PolicyEntry::new(contract, data.into()));
    }
    if permissions.iter().flat_map(|permission| &permission.rules).any(|rule| rule.params.len() != 1) {
        return None;
    }
    // Rules of three static words each: no offsets.
    let data = call_policy_data_with(permissions, |rules| {
        let count = word_u64(u64::try_from(rules.len()).unwrap_or(u64::MAX));
        let words = rules.iter().flat_map(|rule| {
            let param = rule.params.first().copied().unwrap_or_default();
            [word_u64(u64::from(condition(rule))), word_u64(rule.offset), param]
        });
        std::iter::once(count).chain(words).flat_map(|word| word.0).collect()
    });
    Some(PolicyEntry::new(contract, data.into()))
}

/// Version of the WebAuthn signer contract. All before 0.0.4 have a known fault and must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebAuthnVersion {
    /// 0.0.1
    V0_0_1,
    /// 0.0.2
    V0_0_2,
    /// 0.0.3
    V0_0_3,
    /// 0.0.4
    V0_0_4,
}

impl WebAuthnVersion {
    const fn address(self) -> Address {
        match self {
            Self::V0_0_1 => address!("0x8AA55d4BfAE101609078681A69B5bc3181516612"),
            Self::V0_0_2 => address!("0x58625164e306242c7613223bDeb68fbe11300606"),
            Self::V0_0_3 => address!("0x615d8641B6Ce9406DE7c3C01f57c552Ab3A96f83"),
            Self::V0_0_4 => address!("0x65DEeC8fEe717dc044D0CFD63cCf55F02cCaC2b3"),
        }
    }
}

/// A passkey as signer: its public key, and the hash of its authenticator's id.
#[must_use]
pub fn webauthn(version: WebAuthnVersion, x: U256, y: U256, authenticator_id_hash: B256) -> Signer {
    let data = Tuple::new(3).word(x).word(y).word(authenticator_id_hash).finish();
    Signer { contract: version.address(), data: data.into(), dummy: webauthn_dummy().into() }
}

/// An assertion of the usual size, by nobody. Estimation depends on its length and on the challenge standing at index 23.
fn webauthn_dummy() -> Vec<u8> {
    const AUTHENTICATOR_DATA: [u8; 37] =
        hex!("49960de5880e8c687434170f6476605b8fe4aeb9a28632c7995cf3ba831d97631d00000000");
    const CLIENT_DATA: &str = concat!(
        r#"{"type":"webauthn.get","challenge":"tbxXNFS9X_4Byr1cMwqKrIGB-_30a0QhZ6y7ucM0BOE","#,
        r#""origin":"http://localhost:3000","crossOrigin":false, "other_keys_can_be_added_here":"#,
        r#""do not compare clientDataJSON against a template. See https://goo.gl/yabPex"}"#
    );
    Tuple::new(6)
        .bytes(&AUTHENTICATOR_DATA)
        .bytes(CLIENT_DATA.as_bytes())
        .word(word_u64(1))
        .word(hex!("635bc6d0f68ff895cae8a288ecf7542a6a9cd555df784b73e1e2ea7e9104b1db"))
        .word(hex!("15e9015d280cb19527881c625fee43fd3a405d5b0d199a8c8e6589a7381209e4"))
        .word(word_u64(0))
        .finish()
}
