//! The scope in plain sentences for the owner: who acts first, money next, then what may be done.

use alloy_primitives::{Address, U256};

use super::check::shown;
use super::{CallRule, PaymasterRule, Scope};
use crate::time::Timestamp;

/// A sentence for the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// The sentence.
    pub text: String,
}

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// Which account acts, and how long.
    Actor,
    /// What it can cost.
    Money,
    /// Something it may do.
    Allowed,
    /// Something that only this browser enforces, or that can hurt.
    Caution,
    /// What it can never do.
    Never,
}

impl Topic {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Money => "money",
            Self::Allowed => "allowed",
            Self::Caution => "caution",
            Self::Never => "never",
        }
    }
}

/// Who acts in a session, as the sentences name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: Address,
    /// Its owner.
    pub owner: Address,
    /// Last second of the session.
    pub valid_until: Timestamp,
}

impl Scope {
    /// What a session with this scope may do, cost and never do. `cautions` are what the account's contracts allow beside it.
    #[must_use]
    pub fn explain(&self, actor: &Actor, cautions: &[&str]) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        let mut say = |topic, text| sentences.push(Sentence { topic, text });
        let Actor { account, owner, valid_until } = actor;
        say(
            Topic::Actor,
            match account == owner {
                true => format!("Your own account {account} acts."),
                false => format!(
                    "Account {account}, which belongs to your wallet {owner}, acts; your wallet's own address does not."
                ),
            },
        );
        say(Topic::Actor, format!("It ends on {valid_until}, enforced on chain."));
        self.explain_money(&mut say);
        for rule in &self.calls {
            say(Topic::Allowed, allowed(rule));
        }
        if self.calls.iter().any(|rule| !rule.max_value.is_zero()) {
            say(Topic::Caution, "Each payment is limited, their sum is not: with many calls everything the account holds could be paid out.".to_owned());
        }
        for caution in cautions {
            say(Topic::Caution, (*caution).to_owned());
        }
        say(
            Topic::Never,
            "It can never call another contract or function, sign messages, or change who owns the account."
                .to_owned(),
        );
        sentences
    }

    fn explain_money(&self, say: &mut impl FnMut(Topic, String)) {
        let total = ether(U256::from(self.limits.gas_total));
        say(Topic::Money, format!("At most {total} for gas in all, enforced on chain."));
        match self.paymaster {
            PaymasterRule::None => say(Topic::Money, "The account pays for gas itself.".to_owned()),
            PaymasterRule::Any => say(Topic::Caution, "Any paymaster may pay for gas.".to_owned()),
            PaymasterRule::Only(address) => say(Topic::Money, format!("Gas is paid by paymaster {address}.")),
        }
        if let Some(fee) = self.limits.max_fee_per_gas {
            say(
                Topic::Caution,
                format!(
                    "Fees above {} per gas are refused by this app only, not by the chain.",
                    gwei(U256::from(fee))
                ),
            );
        }
        if let Some(count) = self.limits.operations {
            say(Topic::Allowed, format!("At most {count} operations in all, enforced on chain."));
        }
    }
}

fn allowed(rule: &CallRule) -> String {
    let conditions: Vec<String> = rule
        .args
        .iter()
        .zip(rule.function.inputs())
        .enumerate()
        .map(|(index, (arg, param))| {
            let name = if param.name.is_empty() { format!("argument {index}") } else { param.name.clone() };
            format!("{name}: {}", shown(&arg.condition, param, Address::ZERO))
        })
        .collect();
    let arguments =
        if conditions.is_empty() { String::new() } else { format!(" with {}", conditions.join("; ")) };
    let value = match rule.max_value.is_zero() {
        true => "without payment".to_owned(),
        false => format!("paying at most {} per call", ether(rule.max_value)),
    };
    format!(
        "It may call {} of {}{arguments}, {value}, as often as the gas budget allows.",
        rule.function.name(),
        rule.to
    )
}

/// An amount of native coin, exact.
fn ether(wei: U256) -> String {
    match wei < U256::from(1_000_000_u64) {
        true => format!("{wei} wei"),
        false => format!("{} ETH", decimal(wei, 18)),
    }
}

fn gwei(wei: U256) -> String {
    format!("{} gwei", decimal(wei, 9))
}

/// A number with its decimal point moved, no zeros at the end.
fn decimal(number: U256, decimals: usize) -> String {
    let digits = format!("{number:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) =
        digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or((&digits, ""));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(ether(U256::from(20_000_000_000_000_000_u64)), "0.02 ETH");
        assert_eq!(ether(U256::from(10_u64.pow(18))), "1 ETH");
        assert_eq!(ether(U256::from(5)), "5 wei");
        assert_eq!(gwei(U256::from(50_000_000)), "0.05 gwei");
    }

    #[test]
    fn who_acts_comes_first_and_what_it_never_does_last() {
        let scope = Scope::from_json(&serde_json::json!({
            "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "buy(uint256 item,uint256)",
                        "args": [{ "lte": 3 }, { "any": true }], "value": { "max": 10 } }],
            "limits": { "operations": 20, "gas": { "maxFeePerGas": "0.05 gwei", "total": "0.02 ether" } },
        }))
        .unwrap();
        let actor = Actor {
            account: Address::repeat_byte(1),
            owner: Address::repeat_byte(2),
            valid_until: Timestamp::MAX,
        };
        let sentences = scope.explain(&actor, &["Mind the gap."]);
        assert_eq!(sentences.first().unwrap().topic, Topic::Actor);
        assert_eq!(sentences.last().unwrap().topic, Topic::Never);
        let text = sentences.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join("\n");
        for part in [
            "0.02 ETH",
            "0.05 gwei",
            "item: at most 3; argument 1: anything",
            "10 wei per call",
            "20 operations",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
