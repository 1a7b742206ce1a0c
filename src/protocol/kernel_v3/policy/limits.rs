//! Policies that limit time, gas and number of operations.

use alloy_primitives::{Address, U256, address};

use super::PolicyEntry;
use crate::abi::{Tuple, word_address, word_u64};
use crate::protocol::{ProtocolError, ProtocolFault};
use crate::time::{Timestamp, Validity};

pub(in crate::protocol::kernel_v3) const TIMESTAMP: Address =
    address!("0xB9f8f524bE6EcD8C945b1b87f9ae5C192FdCE20F");
pub(in crate::protocol::kernel_v3) const GAS: Address =
    address!("0xaeFC5AbC67FfD258abD0A3E54f65E70326F84b23");
pub(in crate::protocol::kernel_v3) const RATE_LIMIT: Address =
    address!("0xf63d4139B25c836334edD76641356c6b74C86873");
const RATE_LIMIT_WITH_RESET: Address = address!("0x6a06358e6b283921deceabe7e8a3741d506cca9b");

/// User operations only within this window. ERC-1271 signatures are not bound by it.
#[must_use]
pub fn timestamp(validity: Validity) -> PolicyEntry {
    window(validity.valid_after().seconds(), validity.valid_until().seconds())
}

/// A window that may never end.
#[cfg(feature = "testing")]
#[must_use]
pub fn timestamp_unbounded(valid_after: u64, valid_until: u64) -> PolicyEntry {
    window(valid_after, valid_until)
}

fn window(valid_after: u64, valid_until: u64) -> PolicyEntry {
    let data = Tuple::new(2).word(word_u64(valid_after)).word(word_u64(valid_until)).finish();
    PolicyEntry::new(TIMESTAMP, data.into())
}

/// A budget in wei for gas, over all operations: each counts its gas limits times its fee cap, whoever pays. Paymaster gas is not
/// counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasPolicy {
    /// Wei in total.
    pub allowed: u128,
    /// Whether a paymaster must pay. The contract enforces this only together with an address.
    pub enforce_paymaster: bool,
    /// Which paymaster; zero is none in particular.
    pub allowed_paymaster: Address,
}

impl From<GasPolicy> for PolicyEntry {
    fn from(policy: GasPolicy) -> Self {
        let data = Tuple::new(3)
            .word(U256::from(policy.allowed))
            .word(word_u64(u64::from(policy.enforce_paymaster)))
            .word(word_address(policy.allowed_paymaster))
            .finish();
        Self::new(GAS, data.into())
    }
}

/// A number of operations. Every number is of at most 48 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// `count` in all; operation k is valid from `start_at + k × interval`, so an interval of 0 is a pure count.
    Total {
        /// Seconds between operations.
        interval: u64,
        /// Operations in all.
        count: u64,
        /// When the first is valid.
        start_at: Timestamp,
    },
    /// `count` per window; a window starts with the first operation after the last one ended. Reads the block time while
    /// validating, which strict bundlers (ERC-7562) refuse.
    PerWindow {
        /// Seconds of a window.
        interval: u64,
        /// Operations per window.
        count: u64,
    },
}

/// Fails with [`ProtocolFault::TooLarge`] for a number of more than 48 bits.
impl TryFrom<RateLimit> for PolicyEntry {
    type Error = ProtocolError;

    fn try_from(limit: RateLimit) -> Result<Self, ProtocolError> {
        let (contract, mut data) = match limit {
            RateLimit::Total { interval, count, .. } => (RATE_LIMIT, pair(interval, count)?),
            RateLimit::PerWindow { interval, count } => (RATE_LIMIT_WITH_RESET, pair(interval, count)?),
        };
        if let RateLimit::Total { start_at, .. } = limit {
            data.extend(packed("start", start_at.seconds())?);
        }
        Ok(Self::new(contract, data.into()))
    }
}

fn pair(interval: u64, count: u64) -> Result<Vec<u8>, ProtocolError> {
    Ok([packed("interval", interval)?, packed("count", count)?].concat())
}

/// 48 bits, without padding.
fn packed(field: &'static str, number: u64) -> Result<[u8; 6], ProtocolError> {
    let [0, 0, bytes @ ..] = number.to_be_bytes() else {
        return Err(ProtocolError::from(ProtocolFault::TooLarge { field, bits: 48 }));
    };
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_cut() {
        let most = (1 << 48) - 1;
        let limit = |interval, count| PolicyEntry::try_from(RateLimit::PerWindow { interval, count });
        assert_eq!(limit(most, most).unwrap().data().as_ref(), [0xff; 12]);
        assert_eq!(
            limit(most + 1, 1),
            Err(ProtocolError::from(ProtocolFault::TooLarge { field: "interval", bits: 48 }))
        );
        assert_eq!(
            limit(1, most + 1),
            Err(ProtocolError::from(ProtocolFault::TooLarge { field: "count", bits: 48 }))
        );
    }
}
