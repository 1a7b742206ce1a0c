//! The most that a stolen session key can cost on a Kernel account: what the contracts were measured to enforce, and nothing else.
//!
//! No policy keeps a sum of value or of an argument, and a batch holds as many calls as fit in its gas. So the only totals are the
//! gas budget and, where operations are counted, their number times the calls of one.

use alloy_primitives::{Address, U256};

use super::KernelVersion;
use super::compile::is_forbidden;
use super::decompile::Decompiled;
use crate::abi::{Kind, Value};
use crate::protocol::{AssetKind, AssetRisk, Balances, BoundBy, Recipients};
use crate::scope::{CallRule, Class, Condition, Known, Leaf, english, known, leaves};

/// Gas that one transaction may have (EIP-7825). Chains that allow more allow more calls.
const TRANSACTION_GAS: u64 = 1 << 24;
/// Gas of one more call in a batch that sends value, from below.
const GAS_OF_PAYMENT: u64 = 9_500;
/// Gas of one more call in a batch that moves a token, from below: a figure needs a rule on the amount, whose check alone is 8,500.
const GAS_OF_TRANSFER: u64 = 9_500;

/// What can be lost, worst first.
pub(super) fn worst_case(
    version: KernelVersion,
    account: Address,
    messages_allowed: bool,
    read: &Decompiled,
    balances: &Balances,
) -> Vec<AssetRisk> {
    let mut risks = Vec::new();
    if let Some(way) = takes_everything(account, read) {
        risks.push(up_to(AssetKind::Everything, english::risk_everything(way)));
    }
    // Who may ask is not who gains: a token may ask about its own permits.
    if messages_allowed {
        risks.push(up_to(AssetKind::Signatures, english::RISK_SIGNATURES.to_owned()));
    }
    risks.push(gas(read, balances));
    risks.extend(native(version, read, balances));
    let mut targets: Vec<Address> = read.calls.iter().map(|rule| rule.to).collect();
    targets.dedup();
    for target in targets {
        let rules: Vec<&CallRule> = read.calls.iter().filter(|rule| rule.to == target).collect();
        risks.extend(token((account, target), &rules, read, balances));
        if rules
            .iter()
            // A plain transfer is any call whose selector is zero.
            .any(|rule| known_of(rule).is_none_or(|known| !moves_token(known)))
        {
            risks.push(up_to(AssetKind::Contract(target), english::risk_contract(target)));
        }
    }
    for rule in &read.calls {
        for risk in receivers(rule) {
            // What is said of an allowed contract says more.
            if !risks.iter().any(|told| told.asset == risk.asset) {
                risks.push(risk);
            }
        }
    }
    risks
}

/// A risk that only a contract's own code bounds.
fn up_to(asset: AssetKind, text: String) -> AssetRisk {
    AssetRisk { text, ..AssetRisk::least_of(asset, None, None, Recipients::Anyone) }
}

/// The contracts whose code a token calls with bytes that the key chooses. They take the account for the sender.
fn receivers(rule: &CallRule) -> Vec<AssetRisk> {
    let leaves = leaves(rule);
    let is_free = |leaf: &Leaf<'_>| *leaf.condition == Condition::Any && *leaf.ty.kind() == Kind::Bytes;
    let Some(known) = known_of(rule).filter(|known| known.roles.hook) else { return Vec::new() };
    if !leaves.iter().any(is_free) || !is_satisfiable(rule) {
        return Vec::new();
    }
    let offset = known.roles.recipient.map(|word| word.saturating_mul(32));
    let recipient = leaves.iter().find(|leaf| Some(leaf.offset) == offset);
    match recipient.and_then(|leaf| leaf.condition.listed()) {
        Some(listed) => addresses(listed)
            .map(|address| up_to(AssetKind::Contract(address), english::risk_hook(address)))
            .collect(),
        None => vec![up_to(AssetKind::Contracts, english::RISK_HOOKS.to_owned())],
    }
}

fn addresses(values: &[Value]) -> impl Iterator<Item = Address> {
    values.iter().filter_map(|value| match value {
        Value::Address(address) => Some(*address),
        _ => None,
    })
}

fn known_of(rule: &CallRule) -> Option<&'static Known> {
    known(rule.selector()?)
}

/// Whether a function moves or approves tokens of the very contract that is called. Routers and the like move tokens of others.
const fn moves_token(known: &Known) -> bool {
    matches!(known.class, Class::OperatorApproval) || known.roles.fungible || known.roles.hook
}

/// How the key could take the account itself.
fn takes_everything(account: Address, read: &Decompiled) -> Option<&'static str> {
    let admin = |rule: &CallRule| rule.to.is_zero() || is_forbidden(rule.to, account);
    if read.any_call {
        Some("no policy limits which calls it makes")
    } else if !read.delegate_calls.is_empty() {
        Some("code of its choice may run as the account")
    } else if read.calls.iter().any(admin) {
        Some("it may call the account, its modules, or every contract")
    } else {
        None
    }
}

fn gas(read: &Decompiled, balances: &Balances) -> AssetRisk {
    let rule = match read.gas {
        // An operation that another pays for costs the account nothing.
        Some((_, Some(_))) => Some(U256::ZERO),
        Some((allowed, None)) => Some(U256::from(allowed)),
        None => None,
    };
    let risk = AssetRisk::least_of(AssetKind::Gas, rule, balances.for_gas(), Recipients::Nobody);
    AssetRisk { text: english::risk_gas(risk.most), ..risk }
}

/// Calls that a thief can make in all, each of at least this gas; none where operations are not counted.
fn most_calls(read: &Decompiled, gas_of_call: u64) -> Option<U256> {
    let (_, count, _) = read.count?;
    Some(U256::from(count).saturating_mul(U256::from(TRANSACTION_GAS.checked_div(gas_of_call)?)))
}

fn native(version: KernelVersion, read: &Decompiled, balances: &Balances) -> Option<AssetRisk> {
    // On 3.1 the value goes through without the function, so that its conditions do not matter.
    let split_view = matches!(version, KernelVersion::V3_0 | KernelVersion::V3_1);
    let pays = |rule: &&CallRule| !rule.max_value.is_zero() && (split_view || is_satisfiable(rule));
    let paying: Vec<&CallRule> = read.calls.iter().filter(pays).collect();
    let most = paying.iter().map(|rule| rule.max_value).max()?;
    let rule = most_calls(read, GAS_OF_PAYMENT).map(|calls| calls.saturating_mul(most));
    let recipients = match paying.iter().any(|rule| rule.to.is_zero()) {
        true => Recipients::Anyone,
        false => {
            let mut targets: Vec<Address> = paying.iter().map(|rule| rule.to).collect();
            targets.dedup();
            Recipients::Only(targets)
        }
    };
    let risk = AssetRisk::least_of(AssetKind::Native, rule, balances.native, recipients);
    let text = english::risk_native(most, risk.most, risk.bound_by == BoundBy::Rule);
    Some(AssetRisk { text, ..risk })
}

/// A list of no values is never met.
fn is_satisfiable(rule: &CallRule) -> bool {
    !leaves(rule).iter().any(|leaf| matches!(leaf.condition, Condition::OneOf(values) if values.is_empty()))
}

/// What known functions of a token can move away from the account.
fn token(
    (account, target): (Address, Address),
    rules: &[&CallRule],
    read: &Decompiled,
    balances: &Balances,
) -> Option<AssetRisk> {
    let movers: Vec<(&CallRule, &Known)> = rules
        .iter()
        .filter_map(|rule| Some((*rule, known_of(rule)?)))
        .filter(|(rule, known)| moves_token(known) && is_satisfiable(rule))
        .collect();
    let mut per_call = Some(U256::ZERO);
    let mut recipients = Some(Vec::new());
    let mut of_others = false;
    for (rule, known) in &movers {
        let condition = |word: Option<usize>| {
            let offset = word?.saturating_mul(32);
            leaves(rule).into_iter().find(|leaf| leaf.offset == offset).map(|leaf| leaf.condition.clone())
        };
        per_call = match (per_call, condition(known.roles.amount).as_ref().and_then(most_of)) {
            // The same functions of an ERC-721 contract take an id, and 0 is one.
            (Some(sum), Some(most)) if known.roles.fungible => Some(sum.max(most).max(U256::ONE)),
            _ => None,
        };
        let own = Condition::Equal(Value::Address(account));
        of_others |= known.roles.source.is_some() && condition(known.roles.source) != Some(own);
        match (&mut recipients, condition(known.roles.recipient)) {
            (Some(list), Some(condition)) if condition.listed().is_some() => {
                list.extend(addresses(condition.listed().unwrap_or_default()));
            }
            // Burnt and unwrapped tokens go to nobody.
            (Some(_), _) if known.roles.recipient.is_none() && known.roles.fungible => {}
            (recipients, _) => *recipients = None,
        }
    }
    if movers.is_empty() {
        return None;
    }
    let rule = match (per_call, most_calls(read, GAS_OF_TRANSFER)) {
        (Some(most), Some(calls)) => Some(most.saturating_mul(calls)),
        _ => None,
    };
    let recipients = match recipients {
        None => Recipients::Anyone,
        Some(list) if list.is_empty() => Recipients::Nobody,
        Some(mut list) => {
            crate::order::sort_by_key(&mut list, |address| *address);
            list.dedup();
            Recipients::Only(list)
        }
    };
    // What others gave the account an allowance for is not among its own.
    let held = if of_others { None } else { balances.token(target) };
    let risk = AssetRisk::least_of(AssetKind::Token(target), rule, held, recipients);
    let text = english::risk_token(target, per_call, risk.most, risk.bound_by == BoundBy::Rule);
    Some(AssetRisk { text, ..risk })
}

/// The largest number that meets a condition, where there is one below the type's own.
fn most_of(condition: &Condition) -> Option<U256> {
    let number = |value: &Value| match value {
        Value::Uint(number) => Some(*number),
        _ => None,
    };
    match condition {
        Condition::LessOrEqual(most) | Condition::Between(_, most) => number(most),
        other => other.listed()?.iter().filter_map(number).max(),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    const ACCOUNT: Address = Address::repeat_byte(0xac);
    const TOKEN: Address = address!("0x0000000000000000000000000000000000601d01");

    fn rule(to: Address, function: &str, args: Vec<Condition>, value: u64) -> CallRule {
        CallRule { to, function: Some(function.parse().unwrap()), args, max_value: U256::from(value) }
    }

    fn grant(calls: Vec<CallRule>) -> Decompiled {
        Decompiled { calls, gas: Some((9, None)), ..Decompiled::default() }
    }

    fn kinds(version: KernelVersion, messages: bool, read: &Decompiled) -> Vec<AssetKind> {
        let risks = worst_case(version, ACCOUNT, messages, read, &Balances::default());
        risks.into_iter().map(|risk| risk.asset).collect()
    }

    #[test]
    fn what_takes_everything_comes_first() {
        let free = |to| grant(vec![rule(to, "f()", Vec::new(), 0)]);
        let everything =
            |read: &Decompiled| kinds(KernelVersion::V3_3, false, read).contains(&AssetKind::Everything);
        assert!(!everything(&free(TOKEN)));
        assert!(everything(&free(Address::ZERO)), "every contract");
        assert!(everything(&free(ACCOUNT)) && everything(&free(super::super::ECDSA_VALIDATOR)));
        assert!(everything(&Decompiled { any_call: true, ..free(TOKEN) }));
        assert!(everything(&Decompiled { delegate_calls: vec![TOKEN], ..free(TOKEN) }));
        let first = kinds(KernelVersion::V3_3, true, &free(ACCOUNT));
        assert_eq!(first[..2], [AssetKind::Everything, AssetKind::Signatures]);
        let told = worst_case(KernelVersion::V3_3, ACCOUNT, false, &free(ACCOUNT), &Balances::default());
        assert_eq!(
            told[0].text,
            "Everything, the account itself included: it may call the account, its modules, or every contract."
        );
    }

    #[test]
    fn signatures_are_open_unless_ruled_out_or_restricted() {
        let read = grant(Vec::new());
        let open = |messages, read: &Decompiled| {
            kinds(KernelVersion::V3_3, messages, read).contains(&AssetKind::Signatures)
        };
        assert!(open(true, &read) && !open(false, &read));
        let asked = Decompiled { signature_callers: Some(vec![TOKEN]), ..grant(Vec::new()) };
        assert!(open(true, &asked), "the token may be the one that asks");
    }

    /// The list of no values that contracts take, and the scope language refuses.
    #[test]
    fn a_rule_that_is_never_met_pays_on_3_1_only() {
        let never = || vec![Condition::OneOf(Vec::new())];
        let paid = grant(vec![rule(TOKEN, "f(uint8 a)", never(), 5)]);
        let native = |version| kinds(version, false, &paid).contains(&AssetKind::Native);
        assert!(native(KernelVersion::V3_1) && !native(KernelVersion::V3_2) && !native(KernelVersion::V3_3));
        let moves = grant(vec![rule(TOKEN, "burn(uint256 n)", never(), 0)]);
        assert!(!kinds(KernelVersion::V3_3, false, &moves).contains(&AssetKind::Token(TOKEN)));
    }

    #[test]
    fn payments_to_every_contract_go_to_anyone() {
        let read = grant(vec![rule(Address::ZERO, "f()", Vec::new(), 5), rule(TOKEN, "f()", Vec::new(), 7)]);
        let risks = worst_case(KernelVersion::V3_3, ACCOUNT, false, &read, &Balances::default());
        let native = risks.iter().find(|risk| risk.asset == AssetKind::Native).unwrap();
        assert_eq!((&native.recipients, native.bound_by), (&Recipients::Anyone, BoundBy::Nothing));
        let known = grant(vec![rule(TOKEN, "f()", Vec::new(), 7)]);
        let risks = worst_case(KernelVersion::V3_3, ACCOUNT, false, &known, &Balances::default());
        let native = risks.iter().find(|risk| risk.asset == AssetKind::Native).unwrap();
        assert_eq!(native.recipients, Recipients::Only(vec![TOKEN]));
    }

    #[test]
    fn only_what_moves_tokens_counts_as_that() {
        let class = |function: &str| {
            let args = function.parse::<crate::abi::Function>().unwrap().inputs().len();
            let read = grant(vec![rule(TOKEN, function, vec![Condition::Any; args], 0)]);
            let kinds = kinds(KernelVersion::V3_3, false, &read);
            (kinds.contains(&AssetKind::Token(TOKEN)), kinds.contains(&AssetKind::Contract(TOKEN)))
        };
        assert_eq!(class("setApprovalForAll(address a,bool b)"), (true, false));
        assert_eq!(class("delegate(address a)"), (false, true));
        assert_eq!(class("frobnicate()"), (false, true));
    }
}
