//! The operation as a whole against the limits, and what a session has used up of them.

use alloy_primitives::{Address, U256};

use super::{Violation, ViolationKind};
use crate::call::Call;
use crate::scope::{Asset, PaymasterRule, Scope, SpentOn};
use crate::time::Timestamp;

/// What an operation costs at most: debited when it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationCost {
    /// Sum of all gas limits, the paymaster's included.
    pub gas: U256,
    /// Highest fee per gas, in wei.
    pub max_fee_per_gas: u128,
}

impl OperationCost {
    /// Wei at most.
    #[must_use]
    pub fn wei(&self) -> U256 {
        self.gas.saturating_mul(U256::from(self.max_fee_per_gas))
    }
}

/// An operation as the limits see it.
#[derive(Clone, Copy, Debug)]
pub struct Usage<'a> {
    /// Its calls, which have been checked.
    pub calls: &'a [Call],
    /// Its cost.
    pub cost: OperationCost,
    /// Who pays for gas, if not the account.
    pub paymaster: Option<Address>,
    /// Time of the chain, from below.
    pub now: Timestamp,
    /// When the session began: `valid_after` of its grant.
    pub start: Timestamp,
}

/// What a session has used up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Operations signed.
    pub operations: u64,
    /// Wei debited for gas.
    pub gas: U256,
    /// For each total of the scope, in its order; shorter means nothing yet.
    pub assets: Vec<SpentOn>,
}

impl Scope {
    /// Every limit that an operation breaks, after what was spent before it.
    #[must_use]
    pub fn check_operation(&self, spent: &Spent, usage: &Usage<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut violation = |kind, path: &str, wanted: String, got: String| {
            found.push(Violation { kind, call: None, path: path.to_owned(), wanted, got });
        };
        let Usage { cost, paymaster, .. } = usage;
        if let Some(most) = self.limits.operations
            && spent.operations >= most
        {
            let wanted = format!("{most} in all");
            violation(ViolationKind::Operations, "limits.operations", wanted, "one more".to_owned());
        }
        if let Some(every) = self.limits.every {
            let earliest = usage.start.seconds().saturating_add(every.saturating_mul(spent.operations));
            if usage.now.seconds() < earliest {
                let wanted = format!(
                    "one every {every} s, the next in {} s",
                    earliest.saturating_sub(usage.now.seconds())
                );
                violation(ViolationKind::Rate, "limits.rate.every", wanted, "one now".to_owned());
            }
        }
        if let Some(most) = self.limits.max_fee_per_gas
            && cost.max_fee_per_gas > most
        {
            let got = format!("{} wei", cost.max_fee_per_gas);
            violation(ViolationKind::Fee, "limits.gas.maxFeePerGas", format!("at most {most} wei"), got);
        }
        let left = U256::from(self.limits.gas_total).saturating_sub(spent.gas);
        if cost.wei() > left {
            let wanted = format!("{left} wei more of {}", self.limits.gas_total);
            violation(ViolationKind::GasTotal, "limits.gas.total", wanted, format!("{} wei", cost.wei()));
        }
        for (index, rule) in self.spend.iter().enumerate() {
            let before = rule.current(spent.on(index), usage.now).amount;
            let (asked, left) = (rule.spent_by(usage.calls), rule.limit.saturating_sub(before));
            if asked > left {
                let path = format!("spend[{index}].limit");
                violation(
                    ViolationKind::Spend,
                    &path,
                    format!("{left} more of {}", rule.limit),
                    asked.to_string(),
                );
            }
        }
        let payer = paymaster.map_or_else(|| "the account itself".to_owned(), |address| address.to_string());
        let wanted = match self.paymaster {
            PaymasterRule::None if paymaster.is_some() => "the account itself to pay".to_owned(),
            PaymasterRule::Only(allowed) if *paymaster != Some(allowed) => format!("{allowed} to pay"),
            _ => return found,
        };
        violation(ViolationKind::Paymaster, "paymaster", wanted, payer);
        found
    }

    /// What one operation may cost ([`Limits::most_per_operation`](crate::scope::Limits::most_per_operation)).
    #[must_use]
    pub fn check_share(&self, cost: OperationCost, enables: bool) -> Option<Violation> {
        let (most, wei) = (self.limits.most_per_operation(enables), cost.wei());
        let would_do = match wei > U256::from(self.limits.gas_total) {
            true => "only a larger total would do".to_owned(),
            false => format!("perOperation {wei} would do"),
        };
        (wei > U256::from(most)).then(|| Violation {
            kind: ViolationKind::GasShare,
            call: None,
            path: "limits.gas.perOperation".to_owned(),
            wanted: format!("{most} wei for this operation"),
            got: format!("{wei} wei ({} gas at {} wei); {would_do}", cost.gas, cost.max_fee_per_gas),
        })
    }

    /// What an operation takes of the budgets at most.
    #[must_use]
    pub fn reserve(&self, calls: &[Call], cost: OperationCost) -> Reserve {
        let assets = self.spend.iter().map(|rule| (rule.asset, rule.spent_by(calls)));
        Reserve {
            operations: 1,
            gas: cost.wei(),
            assets: assets.filter(|(_, amount)| !amount.is_zero()).collect(),
        }
    }

    /// What is used up with `reserve` too.
    #[must_use]
    pub fn add(&self, spent: &Spent, reserve: &Reserve, now: Timestamp) -> Spent {
        let assets = self.spend.iter().enumerate().map(|(index, rule)| {
            // A window starts with the first spending, not with an operation that spends nothing.
            let Some((_, amount)) = reserve.assets.iter().find(|(asset, _)| *asset == rule.asset) else {
                return spent.on(index);
            };
            let before = rule.current(spent.on(index), now);
            SpentOn { amount: before.amount.saturating_add(*amount), ..before }
        });
        Spent {
            operations: spent.operations.saturating_add(reserve.operations),
            gas: spent.gas.saturating_add(reserve.gas),
            assets: assets.collect(),
        }
    }
}

impl Scope {
    /// What is used up without `reserve`. Totals of a window stay as they are: nobody knows any more in which it was counted.
    #[must_use]
    pub fn subtract(&self, spent: &Spent, reserve: &Reserve) -> Spent {
        let assets = self.spend.iter().enumerate().map(|(index, rule)| {
            let on = spent.on(index);
            let less = reserve.assets.iter().find(|(asset, _)| *asset == rule.asset && rule.per.is_none());
            let less = less.map_or(U256::ZERO, |(_, amount)| *amount);
            SpentOn { amount: on.amount.saturating_sub(less), ..on }
        });
        Spent {
            operations: spent.operations.saturating_sub(reserve.operations),
            gas: spent.gas.saturating_sub(reserve.gas),
            assets: assets.collect(),
        }
    }
}

/// What is set apart of the budgets for an operation that may land.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserve {
    /// Operations.
    pub operations: u64,
    /// Wei for gas.
    pub gas: U256,
    /// Amounts of the assets that the scope has totals for.
    pub assets: Vec<(Asset, U256)>,
}

impl Reserve {
    /// What it has beyond another.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let of = |asset: &Asset| other.assets.iter().find(|(own, _)| own == asset).map(|(_, amount)| *amount);
        let assets = self
            .assets
            .iter()
            .map(|(asset, amount)| (*asset, amount.saturating_sub(of(asset).unwrap_or_default())));
        Self {
            operations: self.operations.saturating_sub(other.operations),
            gas: self.gas.saturating_sub(other.gas),
            assets: assets.collect(),
        }
    }

    /// The most of either, once per budget: of two operations of which one can land.
    pub fn dearest(&mut self, other: &Self) {
        self.operations = self.operations.max(other.operations);
        self.gas = self.gas.max(other.gas);
        for (asset, amount) in &other.assets {
            match self.assets.iter_mut().find(|(own, _)| own == asset) {
                Some((_, own)) => *own = (*own).max(*amount),
                None => self.assets.push((*asset, *amount)),
            }
        }
    }
}

impl Spent {
    /// What was spent of the scope's total at `index`.
    #[must_use]
    pub fn on(&self, index: usize) -> SpentOn {
        self.assets.get(index).copied().unwrap_or_default()
    }
}
