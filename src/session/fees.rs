//! What operations pay per gas: as endpoints quote it, or as the app gives it.

use std::cell::Cell;

use super::{Client, SessionError};
use crate::endpoint::bundler::Price;
use crate::endpoint::node::Fees;
use crate::host::{Clock, Host};
use crate::json::{self, JsonError, Node};
use crate::scope::read_wei;

/// Milliseconds for which fees count as they were quoted.
const QUOTE_LASTS: u64 = 2_000;

/// Fees, and what the latest block took where that is known.
type Quote = (Fees, Option<u128>);

/// The last quote and when it was asked for, in milliseconds; nothing in it while it is awaited.
#[derive(Debug, Default)]
pub(super) struct Quoted(Cell<Option<(u64, Option<Quote>)>>);

/// Fees that the app gives for an operation, in wei per gas. What it does not give is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenFees {
    /// Highest fee.
    pub max_fee_per_gas: Option<u128>,
    /// Highest tip (EIP-1559).
    pub max_priority_fee_per_gas: Option<u128>,
}

impl GivenFees {
    /// From the JSON text `{ maxFeePerGas, maxPriorityFeePerGas }`, amounts as in a scope.
    ///
    /// # Errors
    /// [`JsonError`] with the path of the fault.
    pub fn from_json(text: &str) -> Result<Self, JsonError> {
        Self::read(Node::root(&json::parse(text, "fees")?, "fees"))
    }

    /// From `{ maxFeePerGas, maxPriorityFeePerGas }`, amounts as in a scope.
    ///
    /// # Errors
    /// [`JsonError`] for another field, an amount that is none, and a tip above the fee.
    pub(crate) fn read(node: Node<'_>) -> Result<Self, JsonError> {
        node.deny_unknown(&["maxFeePerGas", "maxPriorityFeePerGas"])?;
        let max_fee_per_gas = node.optional("maxFeePerGas", read_wei)?;
        let max_priority_fee_per_gas =
            node.optional("maxPriorityFeePerGas", |tip| match (read_wei(tip)?, max_fee_per_gas) {
                (wei, Some(most)) if wei > most => tip.fail("no more than maxFeePerGas"),
                (wei, _) => Ok(wei),
            })?;
        Ok(Self { max_fee_per_gas, max_priority_fee_per_gas })
    }

    /// Whether the app gives none.
    pub(super) const fn are_quoted(self) -> bool {
        self.max_fee_per_gas.is_none() && self.max_priority_fee_per_gas.is_none()
    }

    /// Both fees, if both are given.
    const fn both(self) -> Option<Fees> {
        match (self.max_fee_per_gas, self.max_priority_fee_per_gas) {
            (Some(max_fee_per_gas), Some(max_priority_fee_per_gas)) => {
                Some(Fees { max_fee_per_gas, max_priority_fee_per_gas })
            }
            _ => None,
        }
    }

    /// These, and the others as they were quoted: a fee that is not given has room for the tip, a tip that is not given fits the fee.
    fn over(self, quoted: Fees) -> Fees {
        let room = quoted.max_fee_per_gas.max(self.max_priority_fee_per_gas.unwrap_or_default());
        let max_fee_per_gas = self.max_fee_per_gas.unwrap_or(room);
        let tip = self.max_priority_fee_per_gas.unwrap_or(quoted.max_priority_fee_per_gas);
        Fees { max_fee_per_gas, max_priority_fee_per_gas: tip.min(max_fee_per_gas) }
    }
}

impl<H: Host> Client<H> {
    /// Fees for an operation: those that the app gives, else those that are quoted.
    pub(super) async fn fees_for(&self, given: GivenFees, most: Option<u128>) -> Result<Fees, SessionError> {
        match given.both() {
            Some(fees) => Ok(fees),
            None => Ok(given.over(self.fees(most).await?)),
        }
    }

    /// Whether fees are being asked for: a moment later they are known.
    pub(super) fn is_quoting(&self) -> bool {
        self.known_quote().is_some_and(|quote| quote.is_none())
    }

    /// The quote that counts now; nothing in it while it is awaited.
    fn known_quote(&self) -> Option<Option<Quote>> {
        let now = self.host.clock().millis();
        self.quoted
            .0
            .get()
            .filter(|(at, _)| now.checked_sub(*at).is_some_and(|age| age < QUOTE_LASTS))
            .map(|(_, quote)| quote)
    }

    /// Fees that the bundler asks for, else those that the node proposes; of many operations at once only one asks. They leave room for
    /// blocks to become dearer: where that is above `most`, they are held there, as long as it is enough for the latest block.
    pub(super) async fn fees(&self, most: Option<u128>) -> Result<Fees, SessionError> {
        let (mut fees, base) = match self.known_quote().flatten() {
            Some(quote) => quote,
            None => {
                let now = self.host.clock().millis();
                self.quoted.0.set(Some((now, None)));
                let quote = self.ask_for_fees().await;
                self.quoted.0.set(quote.as_ref().ok().map(|quote| (now, Some(*quote))));
                quote?
            }
        };
        let node = &self.endpoints.node;
        if let Some(most) = most.filter(|most| fees.max_fee_per_gas > *most) {
            let base = match base {
                Some(base) => base,
                None => node.base_fee().await?.unwrap_or_default(),
            };
            if most >= base.saturating_add(fees.max_priority_fee_per_gas) {
                fees.max_fee_per_gas = most;
            }
        }
        Ok(fees)
    }

    /// Fees, and what the latest block took where that was read for them.
    async fn ask_for_fees(&self) -> Result<Quote, SessionError> {
        let node = &self.endpoints.node;
        Ok(match self.endpoints.bundler.price().await? {
            Some(Price::Fees(fees)) => (fees, None),
            Some(Price::Tip(tip)) => {
                let base = node.base_fee().await?.unwrap_or_default();
                (Fees::over(base, tip), Some(base))
            }
            None => node.fees().await.map(|(fees, base)| (fees, Some(base)))?,
        })
    }
}
