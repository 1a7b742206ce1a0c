//! The operation as a whole against the limits, and what a session has used up of them.

use alloy_primitives::{Address, U256};

use super::{Violation, ViolationKind};
use crate::call::Call;
use crate::scope::{PaymasterRule, Scope, SpentOn};
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

    /// What is used up once this operation is signed too.
    #[must_use]
    pub fn debit(&self, spent: &Spent, usage: &Usage<'_>) -> Spent {
        let assets = self.spend.iter().enumerate().map(|(index, rule)| {
            let asked = rule.spent_by(usage.calls);
            // A window starts with the first spending, not with an operation that spends nothing.
            if asked.is_zero() {
                return spent.on(index);
            }
            let before = rule.current(spent.on(index), usage.now);
            SpentOn { amount: before.amount.saturating_add(asked), ..before }
        });
        Spent {
            operations: spent.operations.saturating_add(1),
            gas: spent.gas.saturating_add(usage.cost.wei()),
            assets: assets.collect(),
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
