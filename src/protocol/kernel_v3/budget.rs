//! Budgets that the policy contracts keep: how much gas money and how many operations are left.

use alloy_primitives::{Address, B256, Bytes, Selector, fixed_bytes};

use super::KernelGrant;
use super::policy::{GAS, RATE_LIMIT};
use crate::abi::{self, Tuple, Type, Value, word_address};
use crate::protocol::{BudgetLeft, ProtocolError, ProtocolFault, Read};

/// `gasPolicyConfig(bytes32,address)`
const GAS_CONFIG: Selector = fixed_bytes!("0xf69414c9");
/// `rateLimitConfigs(bytes32,address)`
const RATE_CONFIG: Selector = fixed_bytes!("0x8712147a");

/// Policies that count, with the view of what they count and what it returns.
const COUNTING: [(Address, Selector, [&str; 3]); 2] = [
    (GAS, GAS_CONFIG, ["uint128", "bool", "address"]),
    (RATE_LIMIT, RATE_CONFIG, ["uint48", "uint48", "uint48"]),
];

fn counting(grant: &KernelGrant) -> impl Iterator<Item = (Address, Selector, [&'static str; 3])> {
    let has = |contract| grant.permission().policies().iter().any(|entry| entry.contract() == contract);
    COUNTING.into_iter().filter(move |(contract, ..)| has(*contract))
}

pub(super) fn reads(grant: &KernelGrant) -> Vec<Read> {
    let id = B256::right_padding_from(grant.id().as_slice());
    let arguments = Tuple::new(2).word(id).word(word_address(grant.account)).finish();
    counting(grant)
        .map(|(to, selector, _)| Read { to, data: [selector.as_slice(), &arguments].concat().into() })
        .collect()
}

pub(super) fn left(grant: &KernelGrant, answers: &[Bytes]) -> Result<BudgetLeft, ProtocolError> {
    let mut left = BudgetLeft::default();
    for (index, (contract, _, types)) in counting(grant).enumerate() {
        let types: Vec<Type> = types.iter().filter_map(|text| text.parse().ok()).collect();
        let values = answers.get(index).and_then(|answer| abi::decode(&types, answer).ok());
        match (contract, values.as_deref()) {
            (GAS, Some([Value::Uint(wei), ..])) => left.gas = Some(wei.wrapping_to()),
            (RATE_LIMIT, Some([_, Value::Uint(count), _])) => left.operations = Some(count.wrapping_to()),
            _ => return Err(ProtocolError::from(ProtocolFault::Answer { index })),
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Function;

    #[test]
    fn selectors_are_those_of_the_views() {
        for (text, selector) in [
            ("gasPolicyConfig(bytes32,address)", GAS_CONFIG),
            ("rateLimitConfigs(bytes32,address)", RATE_CONFIG),
        ] {
            assert_eq!(text.parse::<Function>().unwrap().selector(), selector, "{text}");
        }
    }
}
