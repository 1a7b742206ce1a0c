//! The domain of typed data (EIP-712, "Definition of `domainSeparator`").

use alloy_primitives::{Address, B256, ChainId, U256, keccak256};

use crate::abi::{Tuple, word_address};

/// Name of the domain type.
pub const DOMAIN_TYPE: &str = "EIP712Domain";

/// The standard's fields and their types, in the only order they may stand in.
pub(super) const FIELDS: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];

/// A domain: the fields that are there are part of its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    /// Name of the signing domain.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Chain id (EIP-155). 0 is a value like any other: some accounts use it for "every chain".
    pub chain_id: Option<U256>,
    /// Contract that verifies.
    pub verifying_contract: Option<Address>,
    /// Last resort to tell domains apart.
    pub salt: Option<B256>,
}

impl Domain {
    /// A domain of the four usual fields.
    #[must_use]
    pub fn new(name: &str, version: &str, chain_id: ChainId, verifying_contract: Address) -> Self {
        Self {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            chain_id: Some(U256::from(chain_id)),
            verifying_contract: Some(verifying_contract),
            salt: None,
        }
    }

    /// Fields that are there, with their words in `encodeData`.
    fn present(&self) -> impl Iterator<Item = (&'static str, &'static str, B256)> {
        let text = |text: &String| keccak256(text);
        let words = [
            self.name.as_ref().map(text),
            self.version.as_ref().map(text),
            self.chain_id.map(B256::from),
            self.verifying_contract.map(word_address),
            self.salt,
        ];
        FIELDS.into_iter().zip(words).filter_map(|((name, ty), word)| Some((name, ty, word?)))
    }

    /// Names and types of the fields that are there.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.present().map(|(name, ty, _)| (name, ty))
    }

    /// `hashStruct(domain)`.
    #[must_use]
    pub fn separator(&self) -> B256 {
        let fields: Vec<String> = self.fields().map(|(name, ty)| format!("{ty} {name}")).collect();
        let type_hash = keccak256(format!("{DOMAIN_TYPE}({})", fields.join(",")));
        let words = fields.len().saturating_add(1);
        let encoded =
            self.present().fold(Tuple::new(words).word(type_hash), |tuple, (_, _, word)| tuple.word(word));
        keccak256(encoded.finish())
    }
}
