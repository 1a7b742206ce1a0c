//! Forms that a grant can take; other clients take others than this package.

use alloy_primitives::{Address, Bytes};

use super::EXECUTE;
use crate::abi::Tuple;

/// Which function the grant opens, and how that is said. It is always `execute`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectorData {
    /// The selector alone: cheapest.
    #[default]
    Compact,
    /// The selector with an entry for the account's selector table, as other clients send it.
    Table,
}

impl SelectorData {
    pub(super) fn encode(self) -> Bytes {
        match self {
            Self::Compact => Bytes::copy_from_slice(EXECUTE.as_slice()),
            Self::Table => {
                let entry = Tuple::new(2).bytes(&[0xff]).bytes(&[0, 0]).finish();
                [EXECUTE.as_slice(), Address::ZERO.as_slice(), Address::ZERO.as_slice(), &entry]
                    .concat()
                    .into()
            }
        }
    }
}

/// What the session key signs of an operation. The signer contract accepts both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashForm {
    /// The hash itself: cheapest to check.
    #[default]
    Raw,
    /// The hash as a personal message (EIP-191), as other clients sign it.
    PersonalMessage,
}

/// Choices in a grant. The default is the cheapest form, bound to one chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantOptions {
    /// Form of the selector data.
    pub selector_data: SelectorData,
    /// Form of the signed hash.
    pub hash_form: HashForm,
    /// One owner signature for every chain where the account has this address (3.2 and 3.3). The operation that enables it can
    /// be replayed on those chains while its nonce fits there; later operations are bound to their chain.
    pub chain_agnostic: bool,
}
