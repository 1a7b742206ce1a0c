//! Grants: the `Enable` typed data the owner signs, and the operations that use it.

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, B256, Bytes, ChainId, U256, keccak256};

use super::decompile::decompile;
use super::options::{GrantOptions, HashForm};
use super::worst_case::worst_case;
use super::{
    CHAIN_AGNOSTIC_MAGIC, KernelVersion, Permission, PermissionId, SkipFlag, ValidationId, budget, gas,
    invalidate_nonce, nonce_key, record, report, signature, status, uninstall_validation,
};
use crate::abi::{Tuple, Value};
use crate::eip712::{self, Domain, TypedData};
use crate::key::{Signature, SigningDigest, personal_message_hash};
use crate::protocol::{
    AssetRisk, Balances, BudgetLeft, Call, Grant, GrantStatus, Mode, ProtocolError, ProtocolFault, Read,
    Revocation, Verifying,
};
use crate::userop::v07::UserOperation;
use crate::userop::{EntryPoint, EntryPointVersion, split_nonce};

pub(super) const ENABLE_TYPE: &str = "Enable(bytes21 validationId,uint32 nonce,address hook,bytes validatorData,bytes hookData,\
                           bytes selectorData)";
/// What an account hashes before its validators see a message (`isValidSignature`).
const MESSAGE_TYPE: &str = "Kernel(bytes32 hash)";
const DOMAIN_NAME: &str = "Kernel";

/// The grant nonce that an enabling must be signed for.
///
/// `current` is the account's `currentNonce()`, 0 when it has no code; `stored` is the nonce of this permission in the account's
/// `validationConfig`, 0 when it was never enabled.
///
/// # Errors
/// [`ProtocolFault::IdUsed`] when the id was enabled before: the policy contracts never take it again.
pub fn enable_nonce(current: u32, stored: u32) -> Result<u32, ProtocolError> {
    match (current, stored) {
        (_, 1..) => Err(ProtocolError::from(ProtocolFault::IdUsed)),
        (0, _) => Ok(1),
        _ => Ok(current),
    }
}

/// A permission offered to one Kernel account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelGrant {
    pub(super) version: KernelVersion,
    pub(super) account: Address,
    pub(super) chain_id: ChainId,
    pub(super) id: PermissionId,
    pub(super) nonce: u32,
    pub(super) permission: Permission,
    pub(super) options: GrantOptions,
    request: TypedData,
}

impl KernelGrant {
    /// A grant of `permission` under `id` (see [`Permission::unused_id`]), for the grant nonce [`enable_nonce`] gives.
    ///
    /// # Errors
    /// [`ProtocolFault::Unsupported`] for Kernel 3.0, and for a chain-agnostic grant on 3.1.
    pub fn new(
        version: KernelVersion,
        (account, chain_id): (Address, ChainId),
        (id, nonce): (PermissionId, u32),
        permission: Permission,
        options: GrantOptions,
    ) -> Result<Self, ProtocolError> {
        let unsupported = |what| {
            Err(ProtocolError::from(ProtocolFault::Unsupported { version: version.protocol_name(), what }))
        };
        if version == KernelVersion::V3_0 {
            return unsupported("grant a session");
        }
        if options.chain_agnostic && !version.is_chain_agnostic_capable() {
            return unsupported("take one signature for every chain");
        }
        let domain_chain = if options.chain_agnostic { 0 } else { chain_id };
        let message = vec![
            Value::FixedBytes(ValidationId::permission(id).word()),
            Value::Uint(U256::from(nonce)),
            Value::Address(Address::ZERO),
            Value::Bytes(permission.data()),
            Value::Bytes(Bytes::new()),
            Value::Bytes(options.selector_data.encode()),
        ];
        let domain = Domain::new(DOMAIN_NAME, version.domain_version(), domain_chain, account);
        let request = TypedData::new(domain, ENABLE_TYPE, message)
            .map_err(|_| ProtocolFault::Record("the typed data does not hold the grant"))?;
        Ok(Self { version, account, chain_id, id, nonce, permission, options, request })
    }

    /// Kernel version of the account.
    #[must_use]
    pub const fn version(&self) -> KernelVersion {
        self.version
    }

    /// Id of the permission.
    #[must_use]
    pub const fn id(&self) -> PermissionId {
        self.id
    }

    /// How the account names the permission.
    #[must_use]
    pub fn validation_id(&self) -> ValidationId {
        ValidationId::permission(self.id)
    }

    /// The permission.
    #[must_use]
    pub const fn permission(&self) -> &Permission {
        &self.permission
    }

    /// Choices made.
    #[must_use]
    pub const fn options(&self) -> &GrantOptions {
        &self.options
    }

    /// What the session key signs so that the account answers for `app_hash` under ERC-1271: the account's own typed data around
    /// the app's hash. The account refuses it unless the permission's flag allows signatures.
    #[must_use]
    pub fn message_digest(&self, app_hash: B256, chain_agnostic: bool) -> SigningDigest {
        let chain_id = if chain_agnostic { 0 } else { self.chain_id };
        let domain = Domain::new(DOMAIN_NAME, self.version.domain_version(), chain_id, self.account);
        let encoded = Tuple::new(2).word(keccak256(MESSAGE_TYPE)).word(app_hash).finish();
        SigningDigest::new(eip712::digest(domain.separator(), keccak256(encoded)))
    }

    /// The ERC-1271 signature around the session key's, for a deployed account.
    #[must_use]
    pub fn message_signature(&self, session_signature: &Signature, chain_agnostic: bool) -> Bytes {
        signature::message(self.id, chain_agnostic, &session_signature.to_bytes())
    }

    /// The hash of an operation as the account checks it. A chain-agnostic grant is enabled by an operation hashed for chain 0.
    ///
    /// # Errors
    /// [`ProtocolFault::NotOfThisGrant`] when the operation is not one of this grant in this mode.
    pub fn signed_hash(
        &self,
        mode: Mode<'_>,
        op: &UserOperation,
        entry_point: &EntryPoint,
    ) -> Result<B256, ProtocolError> {
        let differs = |field| ProtocolError::from(ProtocolFault::NotOfThisGrant { field });
        let (key, _) = split_nonce(op.nonce);
        // The lowest 16 bits of the key are the lane, which is free.
        let lane = key.wrapping_to::<u16>();
        for (field, same) in [
            ("EntryPoint version", entry_point.version == EntryPointVersion::V07),
            ("chain", self.options.chain_agnostic || entry_point.chain_id == self.chain_id),
            ("sender", op.sender == self.account),
            ("nonce key", key == self.nonce_key(mode, lane)),
        ] {
            if !same {
                return Err(differs(field));
            }
        }
        let chain_id = if self.is_agnostic_in(mode) { 0 } else { entry_point.chain_id };
        let hash = op.hash(&EntryPoint { chain_id, ..*entry_point });
        Ok(*hash.map_err(|_| differs("EntryPoint version"))?.as_b256())
    }

    const fn is_agnostic_in(&self, mode: Mode<'_>) -> bool {
        self.options.chain_agnostic && matches!(mode, Mode::Enable { .. })
    }

    fn wrap(&self, mode: Mode<'_>, signer_signature: &[u8]) -> Bytes {
        let signature = match mode {
            Mode::Use => signature::user_operation(signer_signature),
            Mode::Enable { grant_signature } => signature::enable(
                &self.permission.data(),
                &self.options.selector_data.encode(),
                grant_signature,
                signer_signature,
            ),
        };
        if self.is_agnostic_in(mode) {
            [CHAIN_AGNOSTIC_MAGIC.as_slice(), &signature].concat().into()
        } else {
            signature.into()
        }
    }
}

impl Grant for KernelGrant {
    fn account(&self) -> Address {
        self.account
    }

    fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    fn is_chain_bound(&self) -> bool {
        !self.options.chain_agnostic
    }

    fn session_key(&self) -> Address {
        Address::try_from(self.permission.signer().data().as_ref()).unwrap_or_default()
    }

    fn request(&self) -> &TypedData {
        &self.request
    }

    fn nonce_key(&self, mode: Mode<'_>, lane: u16) -> U192 {
        nonce_key(matches!(mode, Mode::Enable { .. }), self.validation_id(), lane)
    }

    fn digest(
        &self,
        mode: Mode<'_>,
        op: &UserOperation,
        entry_point: &EntryPoint,
    ) -> Result<SigningDigest, ProtocolError> {
        let hash = self.signed_hash(mode, op, entry_point)?;
        Ok(SigningDigest::new(match self.options.hash_form {
            HashForm::Raw => hash,
            HashForm::PersonalMessage => personal_message_hash(hash.as_slice()),
        }))
    }

    fn signature(&self, mode: Mode<'_>, session_signature: &Signature) -> Bytes {
        self.wrap(mode, &session_signature.to_bytes())
    }

    fn dummy_signature(&self, mode: Mode<'_>) -> Bytes {
        self.wrap(mode, self.permission.signer().dummy_signature())
    }

    fn status_reads(&self) -> Vec<Read> {
        status::reads(self)
    }

    fn status(&self, answers: &[Bytes]) -> Result<GrantStatus, ProtocolError> {
        status::judge(self, answers)
    }

    fn budget_reads(&self) -> Vec<Read> {
        budget::reads(self)
    }

    fn budget(&self, answers: &[Bytes]) -> Result<BudgetLeft, ProtocolError> {
        budget::left(self, answers)
    }

    fn revocation(&self, how: Revocation) -> Result<Call, ProtocolError> {
        let data = match how {
            Revocation::Remove => uninstall_validation(self.validation_id(), &self.permission.data()),
            Revocation::InvalidateAll { current_nonce } => {
                // An account that never enabled anything says 0, but its first grant is signed for 1.
                invalidate_nonce(
                    current_nonce
                        .max(1)
                        .checked_add(1)
                        .ok_or_else(|| ProtocolError::from(ProtocolFault::NonceExhausted))?,
                )
            }
        };
        Ok(Call { to: self.account, value: U256::ZERO, data })
    }

    fn worst_case(&self, balances: &Balances) -> Vec<AssetRisk> {
        let read = decompile(self.permission.policies(), &[]);
        let messages = self.permission.flag() != SkipFlag::NOT_FOR_SIGNATURES;
        worst_case(self.version, self.account, messages, &read, balances)
    }

    fn contracts(&self) -> Vec<Address> {
        report::contracts(&self.permission)
    }

    fn first_use_gas(&self, deployed: bool) -> U256 {
        gas::first_use(&self.permission, deployed)
    }

    fn verification_gas(&self, verifying: Verifying, calls: &[Call]) -> u64 {
        gas::verification(&self.permission, verifying, calls)
    }

    fn record(&self) -> Bytes {
        record::write(self)
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
