//! User operations (ERC-4337): their forms, packing, hash and wire form.
//!
//! The ABI version (the fields of an operation) is kept apart from the EntryPoint version (how it is hashed): EntryPoint 0.7
//! and 0.8 share the fields of [`v07`].

mod authorization;
mod rpc;
pub mod v06;
pub mod v07;
mod v08;

use std::fmt;
use std::str::FromStr;

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, B256, Bytes, ChainId, U256, address};

pub use authorization::Authorization;
pub use rpc::from_rpc_text;

/// Which fields a user operation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbiVersion {
    /// `initCode`, `paymasterAndData` as single byte strings; 256-bit gas fields.
    V06,
    /// Factory and paymaster fields apart; 128-bit gas fields.
    V07,
}

/// Which EntryPoint contract an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryPointVersion {
    /// EntryPoint 0.6
    V06,
    /// EntryPoint 0.7
    V07,
    /// EntryPoint 0.8
    V08,
}

/// A version text that no contract of this crate has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} version {given:?}; known are {known}")]
pub struct UnknownVersion {
    /// Which contract.
    pub what: &'static str,
    /// The text given.
    pub given: String,
    /// The texts that are known.
    pub known: &'static str,
}

/// `0.6`, `0.7` or `0.8`.
impl FromStr for EntryPointVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text {
            "0.6" => Ok(Self::V06),
            "0.7" => Ok(Self::V07),
            "0.8" => Ok(Self::V08),
            _ => Err(UnknownVersion { what: "EntryPoint", given: text.to_owned(), known: "0.6, 0.7, 0.8" }),
        }
    }
}

impl EntryPointVersion {
    /// The fields its operations have.
    #[must_use]
    pub const fn abi(self) -> AbiVersion {
        match self {
            Self::V06 => AbiVersion::V06,
            Self::V07 | Self::V08 => AbiVersion::V07,
        }
    }

    /// The address it has on public chains.
    #[must_use]
    pub const fn address(self) -> Address {
        match self {
            Self::V06 => address!("0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"),
            Self::V07 => address!("0x0000000071727De22E5E9d8BAf0edAc6f37da032"),
            Self::V08 => address!("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"),
        }
    }
}

/// An EntryPoint contract on a chain: what a user operation's hash is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryPoint {
    /// Version, which decides the hash.
    pub version: EntryPointVersion,
    /// Address.
    pub address: Address,
    /// Chain id (EIP-155).
    pub chain_id: ChainId,
}

impl EntryPoint {
    /// The EntryPoint of this version at its public address.
    #[must_use]
    pub const fn canonical(version: EntryPointVersion, chain_id: ChainId) -> Self {
        Self { version, address: version.address(), chain_id }
    }
}

/// The nonce of an operation: key in the upper 192 bits, sequence in the lower 64 (ERC-4337, "Semi-abstracted Nonce Support").
#[must_use]
pub fn nonce(key: U192, sequence: u64) -> U256 {
    let [low, middle, high] = *key.as_limbs();
    U256::from_limbs([sequence, low, middle, high])
}

/// Key and sequence of a nonce: the reverse of [`nonce`].
#[must_use]
pub const fn split_nonce(nonce: U256) -> (U192, u64) {
    let [sequence, low, middle, high] = *nonce.as_limbs();
    (U192::from_limbs([low, middle, high]), sequence)
}

/// The hash an EntryPoint gives a user operation. Made only by hashing one, so what a session key signs was computed here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserOpHash(B256);

impl UserOpHash {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_b256(&self) -> &B256 {
        &self.0
    }
}

impl fmt::Debug for UserOpHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserOpHash({})", self.0)
    }
}

impl fmt::Display for UserOpHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A user operation of either ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserOperation {
    /// For EntryPoint 0.6.
    V06(v06::UserOperation),
    /// For EntryPoint 0.7 and 0.8.
    V07(v07::UserOperation),
}

/// Why a user operation cannot be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserOpError {
    /// The operation has the fields of another EntryPoint version.
    #[error("this user operation has the fields of {found:?}; EntryPoint {entry_point:?} takes others")]
    AbiMismatch {
        /// EntryPoint asked for.
        entry_point: EntryPointVersion,
        /// ABI of the operation.
        found: AbiVersion,
    },
    /// An operation whose factory is the EIP-7702 marker, without the authorisation that names the delegate.
    #[error(
        "the factory is the EIP-7702 marker 0x7702, but the operation has no eip7702Auth to name the delegate"
    )]
    DelegateUnknown,
}

impl UserOperation {
    /// Its ABI version.
    #[must_use]
    pub const fn abi(&self) -> AbiVersion {
        match self {
            Self::V06(_) => AbiVersion::V06,
            Self::V07(_) => AbiVersion::V07,
        }
    }

    /// Its hash for an EntryPoint; the signature does not enter it.
    ///
    /// # Errors
    /// [`UserOpError`] when the EntryPoint takes other fields, or (0.8) when the EIP-7702 delegate is not known.
    pub fn hash(&self, entry_point: &EntryPoint) -> Result<UserOpHash, UserOpError> {
        match (self, entry_point.version) {
            (Self::V06(op), EntryPointVersion::V06) => Ok(op.hash(entry_point.address, entry_point.chain_id)),
            (Self::V07(op), EntryPointVersion::V07 | EntryPointVersion::V08) => op.hash(entry_point),
            _ => Err(UserOpError::AbiMismatch { entry_point: entry_point.version, found: self.abi() }),
        }
    }

    /// The account that acts (`sender`).
    #[must_use]
    pub const fn sender(&self) -> Address {
        match self {
            Self::V06(op) => op.sender,
            Self::V07(op) => op.sender,
        }
    }

    /// The signature field, empty before signing.
    #[must_use]
    pub const fn signature(&self) -> &Bytes {
        match self {
            Self::V06(op) => &op.signature,
            Self::V07(op) => &op.signature,
        }
    }
}
