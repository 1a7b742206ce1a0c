//! EIP-7702 authorisations, as they travel beside a user operation.

use alloy_primitives::{Address, B256, ChainId, U256, keccak256};

/// A signed EIP-7702 authorisation: the owner's EOA takes the code of `address`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// Chain it is valid on, 0 for every chain.
    pub chain_id: ChainId,
    /// Delegate contract.
    pub address: Address,
    /// Transaction nonce of the EOA.
    pub nonce: u64,
    /// Parity of the signature point.
    pub y_parity: bool,
    /// Signature r.
    pub r: U256,
    /// Signature s.
    pub s: U256,
}

impl Authorization {
    /// The hash the owner signs: `keccak256(0x05 ‖ rlp([chain_id, address, nonce]))` (EIP-7702, "Parameters").
    #[must_use]
    pub fn signing_hash(chain_id: ChainId, address: Address, nonce: u64) -> B256 {
        let mut items = Vec::with_capacity(40);
        rlp_number(chain_id, &mut items);
        // A string of 20 bytes.
        items.push(0x80 | 20);
        items.extend_from_slice(address.as_slice());
        rlp_number(nonce, &mut items);
        // At most 9 + 21 + 9 bytes, so the short list form is always right.
        let length = u8::try_from(items.len()).unwrap_or(u8::MAX);
        keccak256([&[0x05, 0xc0 | length], items.as_slice()].concat())
    }
}

/// A number as RLP: big-endian without leading zeros; one byte below 0x80 stands for itself.
fn rlp_number(number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let significant = bytes.iter().copied().skip_while(|byte| *byte == 0);
    if number == 0 || number >= 0x80 {
        out.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or(u8::MAX));
    }
    out.extend(significant);
}
