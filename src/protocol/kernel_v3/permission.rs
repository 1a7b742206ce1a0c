//! Permissions: the entries the account stores, and the id it stores them under.

use alloy_primitives::{Bytes, FixedBytes, keccak256};

use super::{PolicyEntry, Signer, SkipFlag};
use crate::abi::{Tuple, bytes_list};
use crate::protocol::{ProtocolError, ProtocolFault};

/// Id of a permission on an account.
pub type PermissionId = FixedBytes<4>;

/// Entries a permission may have, the signer not counted.
const MOST_POLICIES: usize = 253;

/// A permission: policies in order, then the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    policies: Vec<PolicyEntry>,
    flag: SkipFlag,
    signer: Signer,
}

impl Permission {
    /// A permission for user operations only: its signer entry refuses ERC-1271 signatures, which no policy but the signature
    /// caller list restricts.
    ///
    /// # Errors
    /// [`ProtocolFault::TooManyPolicies`] for more than 253.
    pub fn new(signer: Signer, policies: Vec<PolicyEntry>) -> Result<Self, ProtocolError> {
        Self::with_flag(signer, policies, SkipFlag::NOT_FOR_SIGNATURES)
    }

    /// A permission with another flag on its signer entry. [`SkipFlag::NONE`] lets the session key sign any ERC-1271 message
    /// in the account's name, whatever its policies say.
    ///
    /// # Errors
    /// [`ProtocolFault::TooManyPolicies`] for more than 253.
    pub fn with_flag(
        signer: Signer,
        policies: Vec<PolicyEntry>,
        flag: SkipFlag,
    ) -> Result<Self, ProtocolError> {
        if policies.len() > MOST_POLICIES {
            return Err(ProtocolError::from(ProtocolFault::TooManyPolicies {
                most: MOST_POLICIES,
                found: policies.len(),
            }));
        }
        Ok(Self { policies, flag, signer })
    }

    /// Policies in order.
    #[must_use]
    pub fn policies(&self) -> &[PolicyEntry] {
        &self.policies
    }

    /// Flag on the signer entry.
    #[must_use]
    pub const fn flag(&self) -> SkipFlag {
        self.flag
    }

    /// Signer.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The id clients derive from the content. The account accepts any id, see [`Permission::unused_id`].
    #[must_use]
    pub fn derived_id(&self) -> PermissionId {
        let policies = bytes_list(self.policies.iter().map(PolicyEntry::encode));
        let signer = [self.signer.contract.as_slice(), &self.signer.data].concat();
        let signer = Tuple::new(1).bytes(&signer).finish();
        let parts: [&[u8]; 3] = [&policies, self.flag.as_bytes(), &signer];
        let [a, b, c, d, ..] = keccak256(bytes_list(parts.iter())).0;
        PermissionId::new([a, b, c, d])
    }

    /// The derived id, or a random one if that was used on the account before: the policy contracts never take a used id again.
    ///
    /// # Errors
    /// [`ProtocolFault::IdUsed`] when sixteen random ids in a row count as used, which says that `is_used` is wrong.
    pub fn unused_id(
        &self,
        is_used: impl Fn(PermissionId) -> bool,
        mut random: impl FnMut() -> [u8; 4],
    ) -> Result<PermissionId, ProtocolError> {
        let candidates = std::iter::once_with(|| self.derived_id());
        candidates
            .chain(std::iter::repeat_with(|| PermissionId::new(random())).take(16))
            .find(|id| !is_used(*id))
            .ok_or_else(|| ProtocolError::from(ProtocolFault::IdUsed))
    }

    /// What the account is given to store: `abi(bytes[])` of the policy entries and the signer entry.
    #[must_use]
    pub fn data(&self) -> Bytes {
        let signer =
            PolicyEntry::new(self.signer.contract, self.signer.data.clone()).with_flag(self.flag).encode();
        let mut entries: Vec<Vec<u8>> = self.policies.iter().map(PolicyEntry::encode).collect();
        entries.push(signer);
        bytes_list(entries.iter()).into()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;

    #[test]
    fn a_used_id_is_replaced_by_a_random_one() {
        let permission = Permission::new(Signer::ecdsa(Address::repeat_byte(1)), Vec::new()).unwrap();
        let derived = permission.derived_id();
        let random = || [1, 2, 3, 4];
        assert_eq!(permission.unused_id(|_| false, random), Ok(derived));
        assert_eq!(permission.unused_id(|id| id == derived, random), Ok(PermissionId::new([1, 2, 3, 4])));
        assert_eq!(permission.unused_id(|_| true, random), Err(ProtocolError::from(ProtocolFault::IdUsed)));
    }

    #[test]
    fn policies_are_counted() {
        let policy = PolicyEntry::new(Address::ZERO, Bytes::new());
        let permission = |count| Permission::new(Signer::ecdsa(Address::ZERO), vec![policy.clone(); count]);
        assert!(permission(253).is_ok());
        assert_eq!(
            permission(254),
            Err(ProtocolError::from(ProtocolFault::TooManyPolicies { most: 253, found: 254 }))
        );
    }
}
