//! Findings in one rule for calls.

use alloy_primitives::U256;

use super::{Finding, general};
use crate::abi::{Kind, Type, Value};
use crate::scope::known::{Class, Known, known};
use crate::scope::spend::amount_place;
use crate::scope::{Asset, CallRule, Condition, Leaf, Scope, leaves};

/// A million million of something with 24 decimals: more than anybody means.
const MOST: U256 = U256::from_limbs([0xb34b_9f10_0000_0000, 0x00c0_97ce_7bc9_0715, 0, 0]);

/// Words in parameter names that mean an amount of something.
const AMOUNT_NAMES: [&str; 10] =
    ["amount", "value", "wad", "qty", "quantity", "tokens", "price", "cost", "shares", "assets"];

pub(super) fn lint(scope: &Scope, index: usize, rule: &CallRule, found: &mut Vec<Finding>) {
    let Some(function) = &rule.function else {
        let message =
            "a plain transfer: on Kernel accounts it also allows any function whose selector is zero";
        found.push(Finding::new("zero-selector", format!("calls[{index}]"), message));
        return;
    };
    let leaves = leaves(rule);
    let signature = function.signature();
    if function.selector().is_zero() {
        let message =
            format!("the selector of {signature} is zero, which Kernel accounts read as empty calldata");
        found.push(Finding::new("zero-selector", format!("calls[{index}].function"), message));
    }
    let known = known(function.selector());
    if let Some(known) = known {
        let at = At { scope, rule, index, leaves: &leaves, signature: &signature };
        lint_known(known, &at, found);
    }
    match known.map(|known| known.class) {
        Some(Class::Swap) => general::lint_swap(function, &leaves, index, found),
        // What is done by a signature takes the signer's own.
        Some(Class::Governance) if function.name().ends_with("BySig") => {}
        // What is known of governance says too little.
        None | Some(Class::Governance) => general::lint(function, &leaves, index, found),
        Some(_) => {}
    }
    let is_counted = scope.spend().iter().any(|spend| spend.asset == Asset::Token(rule.to));
    if is_counted && amount_place(function.selector()).is_none() {
        let message = format!("the total on {} does not count what {signature} moves", rule.to);
        found.push(Finding::new("uncounted-spend", format!("calls[{index}].function"), message));
    }
    for leaf in &leaves {
        let path = format!("calls[{index}].args{}", leaf.path);
        lint_condition(leaf, &path, found);
        let is_known_amount = known.is_some_and(|known| known.roles.amount.is_some());
        if !is_known_amount
            && leaf.condition.is_capped()
            && !leaf.condition.is_fixed()
            && matches!(leaf.ty.kind(), Kind::Uint(_))
            && names_amount(&leaf.name)
            && !has_total(scope, rule)
        {
            let message = format!("{} of {signature} is capped for each call, not in all", leaf.name);
            found.push(Finding::new("per-call-cap-only", path, message));
        }
    }
}

/// Where a known function was found.
struct At<'a> {
    scope: &'a Scope,
    rule: &'a CallRule,
    index: usize,
    leaves: &'a [Leaf<'a>],
    signature: &'a str,
}

impl At<'_> {
    /// The condition on a word of the head; free where there is none of its own.
    fn condition(&self, word: usize) -> &Condition {
        let offset = word.saturating_mul(32);
        self.leaves.iter().find(|leaf| leaf.offset == offset).map_or(&Condition::Any, |leaf| leaf.condition)
    }

    fn path(&self, word: Option<usize>) -> String {
        let offset = word.map(|word| word.saturating_mul(32));
        match self.leaves.iter().find(|leaf| Some(leaf.offset) == offset) {
            Some(leaf) => format!("calls[{}].args{}", self.index, leaf.path),
            None => format!("calls[{}].function", self.index),
        }
    }

    /// Whether the number at a word is capped below everything its type can say.
    fn is_capped(&self, word: usize) -> bool {
        let condition = self.condition(word);
        let most = match condition {
            Condition::LessOrEqual(Value::Uint(most)) | Condition::Between(_, Value::Uint(most)) => {
                Some(*most)
            }
            Condition::Equal(Value::Uint(value)) => Some(*value),
            Condition::OneOf(values) => values.iter().filter_map(uint).max(),
            _ => None,
        };
        most.is_some_and(is_a_cap)
    }
}

pub(super) fn uint(value: &Value) -> Option<U256> {
    match value {
        Value::Uint(number) => Some(*number),
        _ => None,
    }
}

fn lint_known(known: &Known, at: &At<'_>, found: &mut Vec<Finding>) {
    let refused =
        |id: &'static str| Finding::new(id, at.path(None), format!("{} of {}", at.signature, at.rule.to));
    let id = match known.class {
        Class::NestedCalls => "nested-calls",
        Class::AccountExecute => "account-execute",
        Class::AccountAdmin => "account-admin",
        Class::SessionAdmin => "session-admin",
        Class::EntryPoint => "entry-point",
        Class::OperatorApproval => "operator-approval",
        Class::SignedAllowance => "signed-allowance",
        Class::SignedMessage => "signed-message",
        Class::Governance => "governance",
        Class::Wrap => "wrap",
        Class::Deposit => "deposit",
        Class::Allowance => return lint_bound("unbounded-allowance", false, known, at, found),
        Class::Swap => return lint_swap(known, at, found),
        Class::Transfer | Class::ThirdPartyTransfer => {
            lint_source(known, at, found);
            return lint_bound("unbounded-transfer", known.roles.fungible, known, at, found);
        }
    };
    found.push(refused(id));
}

fn lint_source(known: &Known, at: &At<'_>, found: &mut Vec<Finding>) {
    if let Some(word) = known.roles.source
        && *at.condition(word) != Condition::SelfAccount
    {
        let message = format!("the source of {} is not fixed to the account itself", at.signature);
        found.push(Finding::new("third-party-transfer", at.path(Some(word)), message));
    }
}

/// Recipient fixed, amount capped and, where asked for, a total.
fn lint_bound(id: &'static str, total: bool, known: &Known, at: &At<'_>, found: &mut Vec<Finding>) {
    let roles = &known.roles;
    if let Some(word) = roles.recipient
        && !at.condition(word).is_fixed()
    {
        let message = format!("who receives from {} is not fixed", at.signature);
        found.push(Finding::new(id, at.path(Some(word)), message));
    }
    if let Some(word) = roles.amount
        && !at.is_capped(word)
    {
        let message = format!("how much {} moves is not capped", at.signature);
        found.push(Finding::new(id, at.path(Some(word)), message));
    }
    if total && !has_total(at.scope, at.rule) {
        let message = format!("{} has no total in spend", at.signature);
        found.push(Finding::new(id, at.path(None), message));
    }
    if roles.hook {
        let message = format!("{} calls the recipient's code", at.signature);
        found.push(Finding::new("token-hook", at.path(None), message));
    }
}

fn lint_swap(known: &Known, at: &At<'_>, found: &mut Vec<Finding>) {
    let roles = &known.roles;
    if let Some(word) = roles.recipient
        && *at.condition(word) != Condition::SelfAccount
    {
        let message = format!("who receives from {} is not the account itself", at.signature);
        found.push(Finding::new("unbounded-swap", at.path(Some(word)), message));
    }
    let is_some = |value: &Value| uint(value).is_some_and(|number| !number.is_zero());
    let at_least = |condition: &Condition| match condition {
        Condition::GreaterOrEqual(least) | Condition::Between(least, _) => is_some(least),
        other => other.listed().is_some_and(|values| values.iter().all(is_some)),
    };
    if let Some(word) = roles.least
        && !at_least(at.condition(word))
    {
        let message = format!("{} has no minimum output", at.signature);
        found.push(Finding::new("unbounded-swap", at.path(Some(word)), message));
    }
}

fn lint_condition(leaf: &Leaf<'_>, path: &str, found: &mut Vec<Finding>) {
    let name = &leaf.name;
    match (leaf.condition, leaf.ty.kind()) {
        (Condition::NotEqual(_), Kind::Address) => {
            found.push(Finding::new(
                "not-equal-address",
                path,
                format!("{name} may be every address but one"),
            ));
        }
        (Condition::NotEqual(_), Kind::Bool) => {}
        (Condition::NotEqual(_) | Condition::GreaterOrEqual(_), _) => {
            found.push(Finding::new("open-ended", path, format!("{name} has no upper bound")));
        }
        (Condition::Any, _) if holds_bytes(leaf.ty) => {
            found.push(Finding::new("free-bytes", path, format!("{name} may be any bytes")));
        }
        (Condition::Any, _) => {}
        (_, Kind::Bytes | Kind::String) => {
            let message = format!("{name} is not of one word, so contracts cannot compare it");
            found.push(Finding::new("behind-dynamic", path, message));
        }
        _ => {}
    }
}

/// Whether there are bytes of any length in a value.
fn holds_bytes(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Bytes => true,
        Kind::Array(item) | Kind::FixedArray(item, _) => holds_bytes(item),
        Kind::Tuple(members) => members.iter().any(|member| holds_bytes(&member.ty)),
        _ => false,
    }
}

fn names_amount(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    AMOUNT_NAMES.iter().any(|word| name.contains(word))
}

/// Whether a total counts what this rule's function moves.
fn has_total(scope: &Scope, rule: &CallRule) -> bool {
    rule.selector().and_then(amount_place).is_some()
        && scope.spend().iter().any(|spend| spend.asset == Asset::Token(rule.to) && is_a_cap(spend.limit))
}

/// Whether an amount is below every supply there is: allowances of 2^256 - 1, 2^160 - 1 and the like are without end.
pub(super) fn is_a_cap(amount: U256) -> bool {
    let is_a_mask = amount.bit_len() >= 96 && amount.count_ones() == amount.bit_len();
    amount <= MOST && !is_a_mask
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::scope::Scope;
    use crate::scope::lint::Circumstances;

    const TOKEN: &str = "0x0000000000000000000000000000000000601d01";

    /// Ids and paths found in one rule, the scope's own fees and gas aside.
    fn found(function: &str, args: Json, spend: Json) -> Vec<(&'static str, String)> {
        let scope = Scope::from_json(&json!({
            "calls": [{ "to": TOKEN, "function": function, "args": args }],
            "spend": spend,
            "limits": { "gas": { "maxFeePerGas": 1, "total": 2_000_000 } },
        }))
        .unwrap();
        let findings = scope.lint(&Circumstances::default());
        findings.into_iter().map(|finding| (finding.rule.id, finding.path)).collect()
    }

    fn total() -> Json {
        json!([{ "token": TOKEN, "limit": 9 }])
    }

    #[test]
    fn each_bound_of_a_transfer_is_asked_for() {
        let transfer = |args: Json, spend| found("transfer(address to,uint256 amount)", args, spend);
        let at = |path: &str| vec![("unbounded-transfer", path.to_owned())];
        let friend = TOKEN;
        assert_eq!(transfer(json!([friend, { "lte": 5 }]), total()), []);
        assert_eq!(
            transfer(
                json!([{ "oneOf": [friend, "0x0000000000000000000000000000000000601d02"] }, 5]),
                total()
            ),
            []
        );
        assert_eq!(transfer(json!([{ "any": true }, { "lte": 5 }]), total()), at("calls[0].args[0]"));
        assert_eq!(transfer(json!([friend, { "any": true }]), total()), at("calls[0].args[1]"));
        assert_eq!(transfer(json!([friend, { "lte": 5 }]), json!([])), at("calls[0].function"));
        let all =
            json!([friend, { "lte": "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" }]);
        assert_eq!(transfer(all, total()), at("calls[0].args[1]"), "that is no cap");
        let other = json!([{ "token": "0x0000000000000000000000000000000000601d02", "limit": 9 }, { "token": "native", "limit": 9 }]);
        assert_eq!(transfer(json!([friend, 5]), other), at("calls[0].function"), "a total of another asset");
    }

    #[test]
    fn a_cap_is_below_every_supply() {
        let power = |bits: usize| alloy_primitives::U256::from(1) << bits;
        let one = alloy_primitives::U256::from(1);
        let millions =
            alloy_primitives::U256::from(10_u64.pow(18)).saturating_pow(alloy_primitives::U256::from(2));
        for cap in [alloy_primitives::U256::ZERO, power(96), power(96) - one - one, power(112), millions] {
            assert!(super::is_a_cap(cap), "{cap}");
        }
        for none in [
            power(96) - one,
            power(112) - one,
            millions + one,
            power(127),
            power(128) - one - one,
            power(255),
        ] {
            assert!(!super::is_a_cap(none), "{none}");
        }
    }

    #[test]
    fn the_source_of_a_transfer_is_the_account() {
        let from = |source: Json| {
            found(
                "transferFrom(address from,address to,uint256 n)",
                json!([source, TOKEN, { "lte": 5 }]),
                total(),
            )
        };
        assert_eq!(from(json!({ "self": true })), []);
        assert_eq!(from(json!(TOKEN)), [("third-party-transfer", "calls[0].args[0]".to_owned())]);
    }

    #[test]
    fn allowances_need_a_spender_and_a_cap_but_no_total() {
        let approve = |args: Json| found("approve(address spender,uint256 amount)", args, json!([]));
        assert_eq!(approve(json!([TOKEN, { "between": [1, 5] }])), []);
        let unlimited =
            json!([TOKEN, { "eq": "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" }]);
        assert_eq!(approve(unlimited), [("unbounded-allowance", "calls[0].args[1]".to_owned())]);
        let hook = found("approveAndCall(address spender,uint256 amount)", json!([TOKEN, 5]), json!([]));
        assert_eq!(hook, [("token-hook", "calls[0].function".to_owned())]);
    }

    #[test]
    fn swaps_pay_out_to_the_account_and_for_something() {
        let swap = |bounds: Json| {
            let function = "exactInputSingle((address a,address b,uint24 fee,address to,uint256 in,uint256 least,uint160 p) q)";
            let mut tuple = json!({ "a": TOKEN, "b": TOKEN, "in": { "lte": 5 } });
            for (name, bound) in bounds.as_object().unwrap() {
                tuple[name] = bound.clone();
            }
            found(function, json!([tuple]), json!([]))
        };
        let (own, some) = (json!({ "self": true }), json!({ "eq": 3 }));
        assert_eq!(swap(json!({ "to": own, "least": some })), []);
        let path = |path: &str| vec![("unbounded-swap", path.to_owned())];
        assert_eq!(swap(json!({ "to": TOKEN, "least": some })), path("calls[0].args[0][3]"));
        assert_eq!(swap(json!({ "to": own, "least": { "eq": 0 } })), path("calls[0].args[0][5]"));
        assert_eq!(swap(json!({ "to": own, "least": { "lte": 3 } })), path("calls[0].args[0][5]"));
        assert_eq!(swap(json!({ "to": own })), path("calls[0].args[0][5]"));
        let free = json!({ "any": true });
        assert_eq!(swap(json!({ "to": own, "least": some, "a": free })), path("calls[0].args[0][0]"));
        assert_eq!(swap(json!({ "to": own, "least": some, "b": free })), path("calls[0].args[0][1]"));
    }

    #[test]
    fn conditions_that_bound_too_little_are_told() {
        let of = |function: &str, args: Json| -> Vec<&'static str> {
            found(function, args, json!([])).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(of("f(address a)", json!([{ "neq": TOKEN }])), ["not-equal-address"]);
        assert_eq!(of("f(uint8 a)", json!([{ "gte": 3 }])), ["open-ended"]);
        assert_eq!(of("f(uint8 a)", json!([{ "neq": 3 }])), ["open-ended"]);
        assert_eq!(of("f(bool a)", json!([{ "neq": true }])), [] as [&str; 0]);
        assert_eq!(of("f(uint8 a,int8 b)", json!([{ "between": [3, 4] }, { "lte": 4 }])), [] as [&str; 0]);
        assert_eq!(of("f(bytes a,string b)", json!([{ "any": true }, { "any": true }])), ["free-bytes"]);
        assert_eq!(of("f(bytes a,string b)", json!(["0x01", "text"])), ["behind-dynamic", "behind-dynamic"]);
        assert_eq!(of("f(uint8 amount)", json!([{ "lte": 4 }])), ["per-call-cap-only"]);
        assert_eq!(of("f(uint8 amount)", json!([4])), [] as [&str; 0], "one value is not a cap");
        assert_eq!(of("f(int8 amount,address value)", json!([{ "lte": 4 }, TOKEN])), [] as [&str; 0]);
        let uncounted = found("f(uint8 amount)", json!([{ "lte": 4 }]), total());
        let ids: Vec<&str> = uncounted.into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["uncounted-spend", "per-call-cap-only"], "the total does not count it");
        assert_eq!(
            of(
                "f(bytes[] a,(bytes4 b,bytes c) d,bytes32[] e)",
                json!([{ "any": true }, { "any": true }, { "any": true }])
            ),
            ["nested-calls", "free-bytes", "free-bytes"]
        );
        assert_eq!(of("blockHashAskewLimitary(uint256)", json!([{ "any": true }])), ["zero-selector"]);
    }
}
