//! Whether one scope allows everything that another does.

use super::{CallRule, Limits, PaymasterRule, Scope, SpendRule};

/// A scope that was to be narrower than another allows something more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope allows something that the session's does not; only a new grant can widen a session")]
pub struct WiderThanScope;

impl Scope {
    /// Whether everything that `other` allows is allowed here too, budgets included. May say no where the answer is yes, never the
    /// reverse.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.covers_calls_of(other)
            && self.spend.iter().all(|own| other.spend.iter().any(|spend| own.covers(spend)))
            && self.limits.cover(&other.limits)
            && (self.paymaster == PaymasterRule::Any || self.paymaster == other.paymaster)
            && other.signatures.iter().all(|rule| self.signatures.contains(rule))
    }

    /// [`Scope::covers`], for calls only.
    #[must_use]
    pub fn covers_calls_of(&self, other: &Self) -> bool {
        other.calls.iter().all(|wanted| self.calls.iter().any(|own| own.covers(wanted)))
    }

    /// `narrower`, if this scope covers it: what a session may go on with without a new grant.
    ///
    /// # Errors
    /// [`WiderThanScope`].
    pub fn narrow(&self, narrower: &Self) -> Result<Self, WiderThanScope> {
        if self.covers(narrower) { Ok(narrower.clone()) } else { Err(WiderThanScope) }
    }
}

impl CallRule {
    /// Whether this rule allows everything that the other does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // What is quick to tell comes first: rules are compared in pairs.
        let mut args = self.args.iter().zip(&other.args);
        self.to == other.to
            && self.max_value >= other.max_value
            && args.all(|(own, other)| own.covers(other))
            && self.selector() == other.selector()
            // Equal signatures have equal argument types, and so as many conditions.
            && self.signature() == other.signature()
    }
}

impl SpendRule {
    fn covers(&self, other: &Self) -> bool {
        // A total for the whole session is also one for each of its windows, not the reverse.
        let window = self.per == other.per || other.per.is_none();
        self.asset == other.asset && self.limit >= other.limit && window
    }
}

impl Limits {
    fn cover(&self, other: &Self) -> bool {
        // No limit of a kind is more than any.
        let enough = |own: Option<u128>, other: Option<u128>| match (own, other) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        };
        let slower = match (self.every, other.every) {
            (None, _) => true,
            (Some(own), Some(other)) => own <= other,
            (Some(_), None) => false,
        };
        enough(self.operations.map(u128::from), other.operations.map(u128::from))
            && enough(self.max_fee_per_gas, other.max_fee_per_gas)
            && self.gas_total >= other.gas_total
            && [false, true]
                .iter()
                .all(|enables| self.most_per_operation(*enables) >= other.most_per_operation(*enables))
            && slower
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn scope(change: impl FnOnce(&mut Json)) -> Scope {
        let mut value = json!({
            "calls": [{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "buy(uint256 item,uint256 n)",
                        "args": [{ "oneOf": [1, 2] }, { "lte": 5 }], "value": { "max": 10 } }],
            "limits": { "operations": 20, "gas": { "maxFeePerGas": 7, "total": 100 } },
        });
        change(&mut value);
        Scope::from_json(&value).unwrap()
    }

    #[test]
    fn totals_rates_and_signatures_count_too() {
        let spending = |token: &str, limit: u64, per: Json| {
            scope(|json| json["spend"] = json!([{ "token": token, "limit": limit, "per": per }]))
        };
        let (token, day) = ("0x00000000000000000000000000000000000b0a2d", json!("1d"));
        let own = spending("native", 10, day.clone());
        assert!(
            own.covers(&spending("native", 10, day.clone()))
                && own.covers(&spending("native", 9, day.clone()))
        );
        assert!(own.covers(&spending("native", 10, Json::Null)), "a total for all is one for a day");
        assert!(
            !own.covers(&spending("native", 11, day.clone()))
                && !own.covers(&spending(token, 9, day.clone()))
        );
        assert!(!own.covers(&spending("native", 9, json!("1h"))), "a shorter window allows more");
        assert!(!own.covers(&scope(|_| {})), "no total");
        assert!(scope(|_| {}).covers(&own));
        let every =
            |seconds: u64| scope(|json| json["limits"]["rate"] = json!({ "every": format!("{seconds}s") }));
        assert!(every(5).covers(&every(5)) && every(5).covers(&every(6)) && !every(5).covers(&every(4)));
        assert!(!every(5).covers(&scope(|_| {})) && scope(|_| {}).covers(&every(5)));
        let signing = scope(|json| {
            json["signatures"] = json!([{ "verifyingContract": token, "type": "Mail(string text)" }])
        });
        assert!(signing.covers(&scope(|_| {})) && !scope(|_| {}).covers(&signing));
        let fee = |fee: Json| scope(|json| json["limits"]["gas"]["maxFeePerGas"] = fee);
        assert!(!fee(json!(7)).covers(&fee(json!(8))) && !fee(json!(7)).covers(&fee(Json::Null)));
        assert_eq!(own.narrow(&spending("native", 9, day.clone())), Ok(spending("native", 9, day.clone())));
        assert_eq!(own.narrow(&spending("native", 11, day)), Err(WiderThanScope));
        let paid = |by: &str| scope(|json| json["paymaster"] = json!(by));
        assert!(
            paid("any").covers(&paid(token))
                && paid("any").covers(&paid("none"))
                && !paid(token).covers(&paid("any"))
        );
    }

    #[test]
    fn every_part_counts() {
        let own = scope(|_| {});
        assert!(own.covers(&own));
        let narrower: [fn(&mut Json); 6] = [
            |json| json["calls"][0]["args"] = json!([1, { "lte": 4 }]),
            |json| json["calls"][0]["value"]["max"] = json!(9),
            |json| json["limits"]["operations"] = json!(19),
            |json| json["limits"]["gas"] = json!({ "maxFeePerGas": 6, "total": 99 }),
            |json| json["calls"][0]["function"] = json!("buy(uint256 a,uint256 b)"),
            |json| json["calls"][0]["args"][0] = json!({ "oneOf": [2, 1] }),
        ];
        for change in narrower {
            assert!(own.covers(&scope(change)));
        }
        let wider: [fn(&mut Json); 7] = [
            |json| json["calls"][0]["args"][0] = json!(3),
            |json| json["calls"][0]["args"] = json!([1, { "any": true }]),
            |json| json["calls"][0]["to"] = json!("0x00000000000000000000000000000000000b0a2e"),
            |json| json["calls"][0]["value"]["max"] = json!(11),
            |json| json["limits"]["operations"] = Json::Null,
            |json| json["limits"]["gas"]["total"] = json!(101),
            |json| json["paymaster"] = json!("any"),
        ];
        for change in wider {
            assert!(!own.covers(&scope(change)), "{:?}", scope(change));
        }
    }
}
