//! Kernel versions and the public addresses of their contracts.

use std::str::FromStr;

use alloy_primitives::{Address, B256, address, b256};

use crate::userop::UnknownVersion;

/// Factory of factories, the staked one that operations name.
pub const META_FACTORY: Address = address!("0xd703aaE79538628d27099B8c4f621bE4CCd142d5");

/// ECDSA validator of Kernel 3.1 and later: the root validator, which knows the owner.
pub const ECDSA_VALIDATOR: Address = address!("0x845ADb2C711129d4f3966735eD98a9F09fC4cE57");

/// Contracts that belong to accounts, not to apps: EntryPoints, factories, implementations, validators, signers, policies and hooks,
/// of every version that is known.
pub(super) const MACHINERY: [Address; 36] = [
    address!("0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"), // EntryPoint 0.6
    address!("0x0000000071727De22E5E9d8BAf0edAc6f37da032"), // EntryPoint 0.7
    address!("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"), // EntryPoint 0.8
    META_FACTORY,
    address!("0x94F097E1ebEB4ecA3AAE54cabb08905B239A7D27"), // 0.3.0
    address!("0x6723b44Abeec4E71eBE3232BD5B455805baDD22f"),
    address!("0xBAC849bB641841b44E965fB01A4Bf5F074f84b4D"), // 0.3.1
    address!("0xaac5D4240AF87249B3f71BC8E4A2cae074A3E419"),
    address!("0xD830D15D3dc0C269F3dBAa0F3e8626d33CFdaBe1"), // 0.3.2
    address!("0x7a1dBAB750f12a90EB1B60D2Ae3aD17D4D81EfFe"),
    address!("0xd6CEDDe84be40893d153Be9d467CD6aD37875b28"), // 0.3.3
    address!("0x2577507b78c2008Ff367261CB6285d44ba5eF2E9"),
    address!("0xd3082872F8B06073A021b4602e022d5A070d7cfC"), // Kernel 2
    address!("0xD3F582F6B4814E989Ee8E96bc3175320B5A540ab"),
    address!("0x5de4839a76cf55d0c90e2061ef4386d962E15ae3"),
    address!("0x5C06CE2b673fD5E6e56076e40DD46aB67f5a72A5"), // session key validators of Kernel 2
    address!("0x8Df2bf61F849676f00C6883743E077d391da1dDA"),
    address!("0xd9AB5096a832b9ce79914329DAEE236f8Eea0390"), // ECDSA validators
    address!("0x8104e3Ad430EA6d354d013A6789fDFc71E671c43"),
    ECDSA_VALIDATOR,
    address!("0x6A6F069E2a08c2468e7724Ab3250CdBFBA14D4FF"), // signers
    address!("0x8AA55d4BfAE101609078681A69B5bc3181516612"),
    address!("0x58625164e306242c7613223bDeb68fbe11300606"),
    address!("0x615d8641B6Ce9406DE7c3C01f57c552Ab3A96f83"),
    address!("0x65DEeC8fEe717dc044D0CFD63cCf55F02cCaC2b3"),
    address!("0xe4Fec84B7B002273ecC86baa65a831ddB92d30a8"), // CallPolicy, all versions
    address!("0x67Fa43ca2D689beA4d10b9F2C96828828A2Ab275"),
    address!("0xB3CB5f502250360335614df1421f2AAbE98CE503"),
    address!("0x9a52283276A0ec8740DF50bF01B28A80D880eaf2"),
    address!("0x85770b902D1e503D5f5141d9eaC16d0d08eEaDd2"),
    address!("0xaeFC5AbC67FfD258abD0A3E54f65E70326F84b23"), // gas
    address!("0xf63d4139B25c836334edD76641356c6b74C86873"), // rate limits
    address!("0x6a06358e6b283921deceabe7e8a3741d506cca9b"),
    address!("0xF6A936c88D97E6fad13b98d2FD731Ff17eeD591d"), // signature callers
    address!("0x67b436caD8a6D025DF6C82C5BB43fbF11fC5B9B7"), // sudo
    address!("0xB9f8f524bE6EcD8C945b1b87f9ae5C192FdCE20F"), // time
];

/// A version of Kernel 3.
///
/// Accounts are of 3.3 where nothing else is said. This never changes: an owner's address depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KernelVersion {
    /// 0.3.0: addresses of existing accounts only; no grants.
    V3_0,
    /// 0.3.1
    V3_1,
    /// 0.3.2
    V3_2,
    /// 0.3.3, also as the delegate of EIP-7702 accounts
    #[default]
    V3_3,
}

/// `3.1`, `3.2` or `3.3`: the versions that sessions are for.
impl FromStr for KernelVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text {
            "3.1" => Ok(Self::V3_1),
            "3.2" => Ok(Self::V3_2),
            "3.3" => Ok(Self::V3_3),
            _ => Err(UnknownVersion { what: "Kernel", given: text.to_owned(), known: "3.1, 3.2, 3.3" }),
        }
    }
}

impl KernelVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 4] = [Self::V3_0, Self::V3_1, Self::V3_2, Self::V3_3];

    /// The version as the contract's EIP-712 domain has it.
    #[must_use]
    pub const fn domain_version(self) -> &'static str {
        match self {
            Self::V3_0 => "0.3.0-beta",
            Self::V3_1 => "0.3.1",
            Self::V3_2 => "0.3.2",
            Self::V3_3 => "0.3.3",
        }
    }

    pub(super) const fn protocol_name(self) -> &'static str {
        match self {
            Self::V3_0 => "kernel_v3/0.3.0",
            Self::V3_1 => "kernel_v3/0.3.1",
            Self::V3_2 => "kernel_v3/0.3.2",
            Self::V3_3 => "kernel_v3/0.3.3",
        }
    }

    /// Code behind the account's proxy.
    #[must_use]
    pub const fn implementation(self) -> Address {
        match self {
            Self::V3_0 => address!("0x94F097E1ebEB4ecA3AAE54cabb08905B239A7D27"),
            Self::V3_1 => address!("0xBAC849bB641841b44E965fB01A4Bf5F074f84b4D"),
            Self::V3_2 => address!("0xD830D15D3dc0C269F3dBAa0F3e8626d33CFdaBe1"),
            Self::V3_3 => address!("0xd6CEDDe84be40893d153Be9d467CD6aD37875b28"),
        }
    }

    /// Factory that creates accounts; their addresses derive from it.
    #[must_use]
    pub const fn factory(self) -> Address {
        match self {
            Self::V3_0 => address!("0x6723b44Abeec4E71eBE3232BD5B455805baDD22f"),
            Self::V3_1 => address!("0xaac5D4240AF87249B3f71BC8E4A2cae074A3E419"),
            Self::V3_2 => address!("0x7a1dBAB750f12a90EB1B60D2Ae3aD17D4D81EfFe"),
            Self::V3_3 => address!("0x2577507b78c2008Ff367261CB6285d44ba5eF2E9"),
        }
    }

    /// Hash of the proxy's init code, which names the implementation.
    #[must_use]
    pub const fn init_code_hash(self) -> B256 {
        match self {
            Self::V3_0 => b256!("0x6fe6e6ea30eddce942b9618033ab8429f9ddac594053bec8a6744fffc71976e2"),
            Self::V3_1 => b256!("0x85d96aa1c9a65886d094915d76ccae85f14027a02c1647dde659f869460f03e6"),
            Self::V3_2 => b256!("0xc7c48c9dd12de68b8a4689b6f8c8c07b61d4d6fa4ddecdd86a6980d045fa67eb"),
            Self::V3_3 => b256!("0xc452397f1e7518f8cea0566ac057e243bb1643f6298aba8eec8cdee78ee3b3dd"),
        }
    }

    /// ECDSA root validator.
    #[must_use]
    pub const fn ecdsa_validator(self) -> Address {
        match self {
            Self::V3_0 => address!("0x8104e3Ad430EA6d354d013A6789fDFc71E671c43"),
            _ => ECDSA_VALIDATOR,
        }
    }

    /// Whether the account knows chain-agnostic signatures.
    #[must_use]
    pub const fn is_chain_agnostic_capable(self) -> bool {
        matches!(self, Self::V3_2 | Self::V3_3)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{hex, keccak256};

    use super::*;

    #[test]
    fn init_code_hashes_name_the_implementations() {
        for version in KernelVersion::ALL {
            let init_code = [
                hex!("603d3d8160223d3973").as_slice(),
                version.implementation().as_slice(),
                &hex!("60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076"),
                &hex!("cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"),
            ]
            .concat();
            assert_eq!(keccak256(init_code), version.init_code_hash(), "{version:?}");
        }
    }
}
