//! The 256-bit nonce: mode, validation, lane, sequence.

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, FixedBytes};

use super::PermissionId;

/// A validation as the account names it: type byte and identifier, 21 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValidationId(FixedBytes<21>);

impl ValidationId {
    /// A permission: `0x02 ‖ id ‖ 16 zeros`.
    #[must_use]
    pub fn permission(id: PermissionId) -> Self {
        Self(FixedBytes::<21>::right_padding_from(&[&[2], id.as_slice()].concat()))
    }

    /// The 21 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &FixedBytes<21> {
        &self.0
    }

    /// As an ABI word: padded on the right.
    pub(super) fn word(self) -> alloy_primitives::B256 {
        alloy_primitives::B256::right_padding_from(self.0.as_slice())
    }
}

/// Nonce key of a permission: mode byte (`0x01` enables), validation id, lane.
#[must_use]
pub fn nonce_key(enable: bool, id: ValidationId, lane: u16) -> U192 {
    key([&[u8::from(enable)], id.0.as_slice()].concat(), lane)
}

/// Nonce key of the owner's own (root) operations: the root validator's address, or zeros on an EIP-7702 account, where the
/// validator is none.
#[must_use]
pub fn root_nonce_key(root_validator: Option<Address>, lane: u16) -> U192 {
    key([&[0, 0], root_validator.unwrap_or_default().as_slice()].concat(), lane)
}

/// 22 bytes and the lane.
fn key(mut bytes: Vec<u8>, lane: u16) -> U192 {
    bytes.extend_from_slice(&lane.to_be_bytes());
    U192::try_from_be_slice(&bytes).unwrap_or_default()
}
