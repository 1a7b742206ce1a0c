//! Totals: how much of an asset all calls of a session together may spend.

use alloy_primitives::{Address, U256};

use super::known::known;
use crate::abi::Selector;
use crate::call::Call;
use crate::time::Timestamp;

/// What is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Asset {
    /// The chain's own coin, as value of calls. Gas has a budget of its own.
    Native,
    /// A token contract.
    Token(Address),
}

/// Most of an asset that may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpendRule {
    /// Asset.
    pub asset: Asset,
    /// Wei, or the token's smallest units.
    pub limit: U256,
    /// Seconds after which the count starts anew, with the first spending after them; `None` counts the whole session.
    pub per: Option<u64>,
}

/// What was spent of an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpentOn {
    /// When the count began.
    pub since: Timestamp,
    /// Wei or smallest units.
    pub amount: U256,
}

impl SpendRule {
    /// What was spent in the window that `now` falls in.
    pub(super) fn current(&self, spent: SpentOn, now: Timestamp) -> SpentOn {
        match self.per {
            Some(seconds) if now.seconds().saturating_sub(spent.since.seconds()) >= seconds => {
                SpentOn { since: now, amount: U256::ZERO }
            }
            _ => spent,
        }
    }

    /// What calls spend of the asset: value for the native coin; for a token what its known functions transfer, burn or approve.
    pub(super) fn spent_by(&self, calls: &[Call]) -> U256 {
        let amounts = calls.iter().map(|call| match self.asset {
            Asset::Native => call.value,
            Asset::Token(token) if call.to == token => token_amount(call),
            Asset::Token(_) => U256::ZERO,
        });
        amounts.fold(U256::ZERO, U256::saturating_add)
    }
}

/// Place of the fungible amount in a function that is known to move or approve one.
pub(crate) fn amount_place(selector: Selector) -> Option<usize> {
    known(selector).filter(|known| known.roles.fungible)?.roles.amount
}

/// The amount in a call that passed the check, so its calldata is canonical; 0 where the function is not known to move any.
fn token_amount(call: &Call) -> U256 {
    let Some((selector, arguments)) = call.data.split_first_chunk::<4>() else { return U256::ZERO };
    let place = amount_place(selector.into());
    let start = place.and_then(|place| place.checked_mul(32));
    let word = start.and_then(|start| arguments.get(start..)?.first_chunk::<32>());
    word.map_or(U256::ZERO, |word| U256::from_be_bytes(*word))
}
