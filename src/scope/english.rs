//! Every sentence for owners, in English. Another language is another file with the same functions.

use alloy_primitives::{Address, U256};

use super::explain::amount_name;
use super::leaves::shown_value;
use super::{Asset, CallRule, Condition, Leaf, SignatureRule, SpendRule, Token, leaves};
use crate::abi::{Type, Value};
use crate::time::Timestamp;
use crate::units::format_units;

pub(super) const PLAIN_TRANSFER: &str = "plain transfer";

pub(super) fn acts(account: Address, owner: Address) -> String {
    match account == owner {
        true => format!("Your own account {account} acts."),
        false => format!(
            "Account {account}, which belongs to your wallet {owner}, acts; your wallet's own address does not."
        ),
    }
}

pub(super) fn starts(starts_at: Timestamp) -> String {
    format!("It begins on {starts_at}, enforced on chain.")
}

pub(super) fn ends(valid_until: Timestamp) -> String {
    format!("It ends on {valid_until}, enforced on chain.")
}

pub(super) const NO_END: &str = "Nothing ends it by itself.";
pub(super) const SOME_ACCOUNT: &str = "The bytes do not say which account acts.";

pub(super) fn account_acts(account: Address) -> String {
    format!("Account {account} acts.")
}

pub(super) fn gas_total(wei: u128) -> String {
    format!("At most {} for gas in all, enforced on chain.", ether(U256::from(wei)))
}

pub(super) fn gas_per_operation(wei: u128, first: u128) -> String {
    let [later, first] = [wei, first].map(|wei| ether(U256::from(wei)));
    format!(
        "One operation may cost at most {later} of it, the first one {first}: kept by this app only, not by the chain."
    )
}

pub(super) fn fee_cap(wei: u128) -> String {
    let fee = format_units(U256::from(wei), 9);
    format!("Fees above {fee} gwei per gas are refused by this app only, not by the chain.")
}

pub(super) const ACCOUNT_PAYS: &str = "The account pays for gas itself.";
pub(super) const ANY_PAYMASTER: &str = "Any paymaster may pay for gas, on its own terms.";

pub(super) fn paymaster_pays(address: Address) -> String {
    format!("Gas is paid by paymaster {address}.")
}

pub(super) fn operations(count: u64) -> String {
    format!("At most {count} operations in all, enforced on chain.")
}

pub(super) fn every(seconds: u64) -> String {
    format!("One operation every {seconds} seconds on average, and never ahead of that, enforced on chain.")
}

pub(super) const NO_GAS_BUDGET: &str = "Nothing limits what is paid for gas.";

pub(super) fn total(rule: &SpendRule, tokens: &[Token], on_chain: bool) -> String {
    let amount = match rule.asset {
        Asset::Native => ether(rule.limit),
        Asset::Token(address) => token_amount(rule.limit, address, tokens),
    };
    let time = rule
        .per
        .map_or_else(|| "in all".to_owned(), |seconds| format!("in each window of {}", duration(seconds)));
    let counted = match rule.asset {
        Asset::Native => "",
        Asset::Token(_) => " moved by transfers, approvals and burns",
    };
    let keeper = if on_chain { "enforced on chain" } else { "kept by this app only, not by the chain" };
    format!("At most {amount}{counted} {time}, {keeper}.")
}

pub(super) fn signature(rule: &SignatureRule) -> String {
    format!("It may sign messages of type {} for {} in the account's name.", rule.ty, rule.contract)
}

pub(super) fn accepted(name: &str, title: Option<&str>) -> String {
    match title {
        Some(title) => format!("Accepted by name: {name}. {title}"),
        None => format!("Accepted by name: {name}. This rule is kept by this app only, not by the chain."),
    }
}

pub(super) const VALUE_IS_PER_CALL: &str = "Each payment is limited, their sum is not limited by the chain: with many calls everything the account holds could be paid out.";

pub(super) const NEVER: &str =
    "It can never call another contract or function, sign messages, or change who owns the account.";
pub(super) const NEVER_BUT_WHAT_IT_CARRIES: &str = "It can call no other contract or function itself; what the functions above do or carry on in turn is not limited by it.";
pub(super) const NEVER_BUT_SIGN: &str =
    "It can never call another contract or function, sign other messages, or change who owns the account.";

/// What one rule allows.
pub(super) fn allowed(rule: &CallRule, tokens: &[Token]) -> String {
    let value = match rule.max_value.is_zero() {
        true => "without payment".to_owned(),
        false => format!("paying at most {} per call", ether(rule.max_value)),
    };
    let often = "as often as the gas budget allows";
    let Some(function) = &rule.function else {
        return format!("It may send the chain's coin to {}, {value}, {often}.", rule.to);
    };
    let conditions: Vec<String> = leaves(rule)
        .iter()
        .map(|leaf| {
            let decimals = amount_name(rule, leaf).then(|| Token::find(tokens, rule.to)).flatten();
            format!("{}: {}", leaf.name, condition_in(leaf.condition, leaf.ty, None, decimals))
        })
        .collect();
    let arguments =
        if conditions.is_empty() { String::new() } else { format!(" with {}", conditions.join("; ")) };
    format!("It may call {} of {}{arguments}, {value}, {often}.", function.name(), rule.to)
}

/// For tables: a rule in a few words.
pub(crate) const BRIEF_EMPTY_CALLDATA: &str = "empty calldata only";
pub(crate) const BRIEF_WINDOW: &str = "only until it expires";
pub(crate) const BRIEF_NO_PAYMASTER: &str = "the account itself pays for gas";
pub(crate) const BRIEF_NO_SIGNATURES: &str = "no messages are signed (ERC-1271)";
pub(crate) const BRIEF_CANONICAL: &str = "canonical calldata only";
pub(crate) const BRIEF_FUNCTION: &str = "only the named function, not the contract's fallback";
pub(crate) const BRIEF_MODE: &str = "single calls and batches that are undone as a whole";

pub(crate) fn brief_condition(leaf: &Leaf<'_>) -> String {
    format!("{}: {}", leaf.name, shown_condition(leaf.condition, leaf.ty, None))
}

pub(crate) fn brief_value(most: U256) -> String {
    if most.is_zero() { "no payment".to_owned() } else { format!("at most {} per call", ether(most)) }
}

pub(crate) fn brief_total(rule: &SpendRule) -> String {
    let sentence = total(rule, &[], true);
    format!("at {}", sentence.trim_start_matches("At ").trim_end_matches(", enforced on chain."))
}

pub(crate) fn brief_gas_total(wei: u128) -> String {
    format!("at most {} for gas in all", ether(U256::from(wei)))
}

pub(crate) fn brief_gas_per_operation(wei: u128) -> String {
    format!("at most {} for gas in one operation", ether(U256::from(wei)))
}

pub(crate) fn brief_fee(wei: u128) -> String {
    format!("at most {} gwei per gas", format_units(U256::from(wei), 9))
}

pub(crate) fn brief_operations(most: u64) -> String {
    format!("at most {most} operations")
}

pub(crate) fn brief_every(seconds: u64) -> String {
    format!("one operation every {seconds} s on average")
}

pub(crate) fn brief_paymaster(address: Address) -> String {
    format!("{address} pays for gas")
}

pub(crate) fn risk_everything(way: &str) -> String {
    format!("Everything, the account itself included: {way}.")
}

pub(crate) const RISK_SIGNATURES: &str = "Everything that a signature of the account opens, such as permits, orders and logins, also after the session ends.";

pub(crate) fn risk_gas(most: Option<U256>) -> String {
    match most {
        Some(most) if most.is_zero() => {
            "Nothing for gas: a named paymaster pays for every operation. One that charges tokens takes them by an allowance.".to_owned()
        }
        Some(most) => format!("{} for gas, in all operations together.", ether(most)),
        None => "All native coin and the gas deposit, spent on gas.".to_owned(),
    }
}

/// What figures that count calls rest on.
const CALLS_COUNTED: &str =
    " Counted for transactions of at most 2^24 gas (EIP-7825); chains that allow more allow more calls.";

pub(crate) fn risk_native(per_call: U256, most: Option<U256>, counted: bool) -> String {
    let per_call = ether(per_call);
    let note = if counted { CALLS_COUNTED } else { "" };
    match most {
        Some(most) => format!("{} of native coin, at most {per_call} with each call.{note}", ether(most)),
        None => format!("All native coin, at most {per_call} with each of any number of calls."),
    }
}

pub(crate) fn risk_token(
    token: Address,
    per_call: Option<U256>,
    most: Option<U256>,
    counted: bool,
) -> String {
    let note = if counted { CALLS_COUNTED } else { "" };
    let each = per_call.map(|units| format!(", at most {units} with each call")).unwrap_or_default();
    match most {
        Some(most) => format!("{most} units of token {token}{each}.{note}"),
        None => format!("All that the account has of token {token}{each}; calls can be repeated."),
    }
}

pub(crate) fn risk_contract(contract: Address) -> String {
    format!(
        "What the account has deposited with {contract} or owes to it, and every token that it has approved to it: what the allowed functions do with these is up to that contract."
    )
}

pub(crate) const RISK_HOOKS: &str = "What the account has with any contract that acts when it is sent tokens: the receiver and its instructions are free.";

pub(crate) fn risk_hook(contract: Address) -> String {
    format!(
        "What the account has deposited with {contract} or owes to it: it is sent tokens with instructions of the key's choosing, and what it does then is up to that contract."
    )
}

/// A condition in words: `at most 5`.
pub(crate) fn shown_condition(condition: &Condition, ty: &Type, account: Option<Address>) -> String {
    condition_in(condition, ty, account, None)
}

fn condition_in(condition: &Condition, ty: &Type, account: Option<Address>, token: Option<&Token>) -> String {
    let value = |value: &Value| match (value, token) {
        (Value::Uint(number), Some(token)) => token.amount(*number),
        _ => shown_value(ty, value),
    };
    match condition {
        Condition::Any => "anything".to_owned(),
        Condition::SelfAccount => match account {
            Some(account) => format!("the account itself ({account})"),
            None => "the account itself".to_owned(),
        },
        Condition::Equal(wanted) => value(wanted),
        Condition::NotEqual(unwanted) => format!("anything but {}", value(unwanted)),
        Condition::LessOrEqual(most) => format!("at most {}", value(most)),
        Condition::GreaterOrEqual(least) => format!("at least {}", value(least)),
        Condition::Between(least, most) => format!("from {} to {}", value(least), value(most)),
        Condition::OneOf(values) => {
            format!("one of {}", values.iter().map(value).collect::<Vec<_>>().join(", "))
        }
        Condition::StartsWith(start) => match std::str::from_utf8(start) {
            Ok(text) if *ty.kind() == crate::abi::Kind::String => format!("starting with {text:?}"),
            _ => format!("starting with {}", crate::hex::data(start)),
        },
        Condition::Members(_) => "as its members say".to_owned(),
    }
}

fn token_amount(number: U256, address: Address, tokens: &[Token]) -> String {
    match Token::find(tokens, address) {
        Some(token) => token.amount(number),
        None => format!("{number} units of token {address}"),
    }
}

/// An amount of native coin, exact.
pub(crate) fn ether(wei: U256) -> String {
    match wei < U256::from(1_000_000_u64) {
        true => format!("{wei} wei"),
        false => format!("{} ETH", format_units(wei, 18)),
    }
}

fn duration(seconds: u64) -> String {
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let whole = units.into_iter().find(|(_, length)| seconds.is_multiple_of(*length));
    let (unit, count) = whole
        .map_or(("second", seconds), |(unit, length)| (unit, seconds.checked_div(length).unwrap_or(seconds)));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(ether(U256::from(20_000_000_000_000_000_u64)), "0.02 ETH");
        assert_eq!(ether(U256::from(10_u64.pow(18))), "1 ETH");
        assert_eq!(ether(U256::from(5)), "5 wei");
        assert_eq!(duration(86_400), "1 day");
        assert_eq!(duration(90), "90 seconds");
    }
}
