//! The scope in plain sentences for the owner: who acts first, money next, dangers marked, then what may be done, in order of what
//! can hurt.

use alloy_primitives::{Address, U256};

use super::spend::amount_place;
use super::{CallRule, Leaf, PaymasterRule, Scope, english, lint};
use crate::order::sort_by_key;
use crate::time::Timestamp;
use crate::units::format_units;

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
    /// First second of the session; 0 where it begins at once.
    pub starts_at: Timestamp,
    /// Last second of the session.
    pub valid_until: Timestamp,
}

/// What the account's contracts do beside the scope.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeper<'a> {
    /// Whether they keep totals of value and tokens.
    pub keeps_totals: bool,
    /// What they allow beside the scope, in sentences.
    pub cautions: &'a [&'a str],
}

/// How amounts of a token are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Contract.
    pub address: Address,
    /// `USDC`; may be empty.
    pub symbol: String,
    /// Decimals of its smallest unit.
    pub decimals: u8,
}

impl Token {
    pub(super) fn find(tokens: &[Self], address: Address) -> Option<&Self> {
        tokens.iter().find(|token| token.address == address)
    }

    /// `12.5 USDC`.
    #[must_use]
    pub fn amount(&self, units: U256) -> String {
        format!("{} {}", format_units(units, usize::from(self.decimals)), self.symbol).trim_end().to_owned()
    }
}

/// Whether a condition is on the amount of a function that is known to move a token.
pub(super) fn amount_name(rule: &CallRule, leaf: &Leaf<'_>) -> bool {
    rule.selector().and_then(amount_place) == Some(leaf.argument) && leaf.path.matches('[').count() == 1
}

impl Scope {
    /// What a session with this scope may do, cost and never do. `tokens` are those whose amounts can be shown in units; `keeper`
    /// is what the account's contracts make of it.
    #[must_use]
    pub fn explain(&self, actor: &Actor, tokens: &[Token], keeper: &Keeper<'_>) -> Vec<Sentence> {
        let mut sentences = Vec::new();
        let mut say = |topic, text| sentences.push(Sentence { topic, text });
        say(Topic::Actor, english::acts(actor.account, actor.owner));
        if actor.starts_at > Timestamp::default() {
            say(Topic::Actor, english::starts(actor.starts_at));
        }
        say(Topic::Actor, english::ends(actor.valid_until));
        self.explain_money(tokens, keeper.keeps_totals, &mut say);
        self.explain_cautions(&mut say);
        for caution in keeper.cautions {
            say(Topic::Caution, (*caution).to_owned());
        }
        let mut rules: Vec<&CallRule> = self.calls.iter().collect();
        sort_by_key(&mut rules, |rule| lint::harmlessness(rule));
        for rule in rules {
            say(Topic::Allowed, english::allowed(rule, tokens));
        }
        for rule in &self.signatures {
            say(Topic::Allowed, english::signature(rule));
        }
        if let Some(count) = self.limits.operations {
            say(Topic::Allowed, english::operations(count));
        }
        if let Some(seconds) = self.limits.every {
            say(Topic::Allowed, english::every(seconds));
        }
        let never = match self.signatures.is_empty() {
            _ if self.calls.iter().any(|rule| lint::harmlessness(rule) == 0) => {
                english::NEVER_BUT_WHAT_IT_CARRIES
            }
            true => english::NEVER,
            false => english::NEVER_BUT_SIGN,
        };
        say(Topic::Never, never.to_owned());
        sentences
    }

    /// The same of a scope that was read from a grant's bytes, which may say neither the account nor an end.
    #[must_use]
    pub(crate) fn explain_grant(
        &self,
        account: Option<Address>,
        window: Option<(u64, Option<u64>)>,
    ) -> Vec<Sentence> {
        let time = |seconds| Timestamp::from_seconds(seconds).ok();
        let (start, end) = window.map_or((None, None), |(start, end)| (time(start), end.and_then(time)));
        let account_or_none = account.unwrap_or_default();
        let actor = Actor {
            account: account_or_none,
            owner: account_or_none,
            starts_at: Timestamp::default(),
            valid_until: end.unwrap_or(Timestamp::MAX),
        };
        let mut sentences = self.explain(&actor, &[], &Keeper::default());
        sentences.retain(|sentence| sentence.topic != Topic::Actor && sentence.topic != Topic::Never);
        let own = |text| Sentence { topic: Topic::Actor, text };
        let end = end.map_or_else(|| english::NO_END.to_owned(), english::ends);
        let who = account.map_or_else(|| english::SOME_ACCOUNT.to_owned(), english::account_acts);
        let start = start.filter(|start| *start > Timestamp::default()).map(english::starts);
        let told = [Some(who), start, Some(end)].into_iter().flatten().map(own).collect();
        [told, sentences].concat()
    }

    fn explain_money(&self, tokens: &[Token], keeps_totals: bool, say: &mut impl FnMut(Topic, String)) {
        match self.limits.gas_total {
            // More than there is of any coin: what a grant without a gas policy says.
            u128::MAX => say(Topic::Caution, english::NO_GAS_BUDGET.to_owned()),
            total => {
                say(Topic::Money, english::gas_total(total));
                let [later, first] = [false, true].map(|enables| self.limits.most_per_operation(enables));
                if later < total {
                    say(Topic::Money, english::gas_per_operation(later, first));
                }
            }
        }
        match self.paymaster {
            PaymasterRule::None => say(Topic::Money, english::ACCOUNT_PAYS.to_owned()),
            PaymasterRule::Any => say(Topic::Caution, english::ANY_PAYMASTER.to_owned()),
            PaymasterRule::Only(address) => say(Topic::Money, english::paymaster_pays(address)),
        }
        for rule in &self.spend {
            say(Topic::Money, english::total(rule, tokens, keeps_totals));
        }
    }

    fn explain_cautions(&self, say: &mut impl FnMut(Topic, String)) {
        // Totals say themselves who keeps them.
        for name in self.accept.iter().filter(|name| !name.starts_with("local:spend[")) {
            let title = name.strip_prefix("danger:").and_then(lint::title);
            say(Topic::Caution, english::accepted(name, title));
        }
        if self.calls.iter().any(|rule| !rule.max_value.is_zero()) {
            say(Topic::Caution, english::VALUE_IS_PER_CALL.to_owned());
        }
        if let Some(fee) = self.limits.max_fee_per_gas {
            say(Topic::Caution, english::fee_cap(fee));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(scope: serde_json::Value, tokens: &[Token]) -> Vec<Sentence> {
        let actor = Actor {
            account: Address::repeat_byte(1),
            owner: Address::repeat_byte(2),
            starts_at: Timestamp::default(),
            valid_until: Timestamp::MAX,
        };
        Scope::from_json(&scope).unwrap().explain(
            &actor,
            tokens,
            &Keeper { keeps_totals: false, cautions: &["Mind the gap."] },
        )
    }

    #[test]
    fn who_acts_comes_first_and_what_it_never_does_last() {
        let sentences = said(
            serde_json::json!({
                "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "buy(uint256 item,uint256,(uint8 x,uint8 y) at)",
                            "args": [{ "lte": 3 }, { "any": true }, [1, { "any": true }]], "value": { "max": 10 } }],
                "limits": { "operations": 20, "rate": { "every": "30s" }, "gas": { "maxFeePerGas": "0.05 gwei", "total": "0.02 ether" } },
                "spend": [{ "token": "native", "limit": "0.5 ether", "per": "1d" }],
                "accept": ["local:spend[0]", "danger:long-expiry"],
            }),
            &[],
        );
        assert_eq!(sentences.first().unwrap().topic, Topic::Actor);
        assert_eq!(sentences.last().unwrap().topic, Topic::Never);
        let text = sentences.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join("\n");
        for part in [
            "0.02 ETH",
            "0.05 gwei",
            "item: at most 3; argument 1: anything; at.x: 1; at.y: anything",
            "10 wei per call",
            "20 operations",
            "every 30 seconds",
            "0.5 ETH in each window of 1 day",
            "kept by this app only",
            "danger:long-expiry",
            "Mind the gap.",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn amounts_of_known_tokens_are_in_units() {
        let token = Address::repeat_byte(0x70);
        let scope = serde_json::json!({
            "calls": [{ "to": token.to_string(), "function": "transfer(address to,uint256 amount)", "args": [{ "self": true }, { "lte": 2_500_000 }] }],
            "limits": { "gas": { "total": 5 } },
            "spend": [{ "token": token.to_string(), "limit": 10_000_000 }],
        });
        let tokens = [Token { address: token, symbol: "USDC".to_owned(), decimals: 6 }];
        let text = format!("{:?}", said(scope, &tokens));
        assert!(
            text.contains("amount: at most 2.5 USDC")
                && text.contains("At most 10 USDC moved by transfers, approvals and burns in all"),
            "{text}"
        );
    }
}
