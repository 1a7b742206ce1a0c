//! Reading policies back: what the bytes of a permission allow, in the terms of a scope.
//!
//! Nothing beside the bytes is believed. What cannot be said in those terms is named, never passed over.

mod conditions;

use alloy_primitives::{Address, U256};

use super::policy::{CALL_POLICIES, GAS, RATE_LIMIT, SIGNATURE_CALLER, TIMESTAMP};
use super::{PolicyEntry, SkipFlag};
use crate::abi::{self, Function, Selector, Type, Value};
use crate::order::sort_by_key;
use crate::scope::{CallRule, known};
use conditions::{Words, condition_at, head_size, opaque};

/// What policies allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decompiled {
    /// Rules for calls, in order of contract and selector. Without a call policy every call is allowed: see `any_call`.
    pub(super) calls: Vec<CallRule>,
    /// Whether no policy limits calls.
    pub(super) any_call: bool,
    /// Contracts that are called with the account's own rights.
    pub(super) delegate_calls: Vec<Address>,
    /// First and last second; 0 as last is for ever.
    pub(super) window: Option<(u64, u64)>,
    /// Wei for gas, and the paymaster that must pay.
    pub(super) gas: Option<(u128, Option<Address>)>,
    /// Whether a paymaster is demanded without a name, or named without being demanded: the contract then takes any.
    pub(super) idle_paymaster: bool,
    /// Seconds between operations, their number, start.
    pub(super) count: Option<(u64, u64, u64)>,
    /// Who may ask for signatures, where a policy restricts that.
    pub(super) signature_callers: Option<Vec<Address>>,
    /// What is not understood.
    pub(super) unknown: Vec<String>,
}

const CALL_POLICY_TYPE: &str = "(bytes1,address,bytes4,uint256,(uint8,uint64,bytes32[])[])[]";

/// What these entries allow. `functions` give names and types to selectors; what is none of them is told in plain words.
pub(super) fn decompile(entries: &[PolicyEntry], functions: &[Function]) -> Decompiled {
    let mut found = Decompiled { any_call: true, ..Decompiled::default() };
    for (index, entry) in entries.iter().enumerate() {
        let skipped = entry.flag().skips_user_operations();
        if entry.flag() != SkipFlag::NONE && !skipped {
            found.unknown.push(format!("policy {index} is switched off by flag {}", entry.flag()));
        }
        let known = !skipped && read_entry(entry, functions, &mut found).is_some();
        if !known {
            let why = if skipped {
                "is switched off for user operations"
            } else {
                "is not known, or not in its canonical form"
            };
            found.unknown.push(format!("policy {index} at {} {why}", entry.contract()));
        }
    }
    found
}

fn read_entry(entry: &PolicyEntry, functions: &[Function], found: &mut Decompiled) -> Option<()> {
    let data = entry.data();
    match entry.contract() {
        contract if CALL_POLICIES.contains(&contract) => {
            let values = decode(&[CALL_POLICY_TYPE], data)?;
            let [Value::Array(permissions)] = values.as_slice() else { return None };
            // Two call policies must both agree, which is not a list of rules.
            if !std::mem::take(&mut found.any_call) {
                return None;
            }
            for permission in permissions {
                read_permission(permission, functions, found)?;
            }
            crate::order::sort_by_key(&mut found.calls, |rule| (rule.to, rule.selector()));
        }
        TIMESTAMP => {
            let values = decode(&["uint48", "uint48"], data)?;
            let [Value::Uint(after), Value::Uint(until)] = values.as_slice() else { return None };
            found.window = Some((after.wrapping_to(), until.wrapping_to()));
        }
        GAS => {
            let values = decode(&["uint128", "bool", "address"], data)?;
            let [Value::Uint(allowed), Value::Bool(enforced), Value::Address(paymaster)] = values.as_slice()
            else {
                return None;
            };
            found.idle_paymaster = *enforced == paymaster.is_zero();
            // The contract demands no paymaster when it is told to demand nobody in particular.
            let paymaster = (*enforced && !paymaster.is_zero()).then_some(*paymaster);
            found.gas = Some((allowed.wrapping_to(), paymaster));
        }
        RATE_LIMIT => {
            let numbers: [u8; 18] = data.as_ref().try_into().ok()?;
            let number = |at: usize| {
                numbers.get(at..at.saturating_add(6)).map(|bytes| U256::from_be_slice(bytes).wrapping_to())
            };
            found.count = Some((number(0)?, number(6)?, number(12)?));
        }
        SIGNATURE_CALLER => {
            let values = decode(&["address[]"], data)?;
            let [Value::Array(callers)] = values.as_slice() else { return None };
            let callers = callers.iter().filter_map(|caller| match caller {
                Value::Address(address) => Some(*address),
                _ => None,
            });
            found.signature_callers = Some(callers.collect());
        }
        _ => return None,
    }
    Some(())
}

fn decode(types: &[&str], data: &[u8]) -> Option<Vec<Value>> {
    let types: Vec<Type> = types.iter().filter_map(|text| text.parse().ok()).collect();
    abi::decode(&types, data).ok()
}

fn read_permission(permission: &Value, functions: &[Function], found: &mut Decompiled) -> Option<()> {
    let Value::Tuple(parts) = permission else { return None };
    let [
        Value::FixedBytes(call_type),
        Value::Address(target),
        Value::FixedBytes(selector),
        Value::Uint(limit),
        Value::Array(rules),
    ] = parts.as_slice()
    else {
        return None;
    };
    let selector = Selector::from_slice(selector.get(..4)?);
    match call_type.first() {
        Some(0) => {}
        Some(0xff) => {
            found.delegate_calls.push(*target);
            return Some(());
        }
        // The contract refuses every other type, so nothing is allowed by it.
        _ => return Some(()),
    }
    let mut words = Words::new();
    for rule in rules {
        let Value::Tuple(rule) = rule else { return None };
        let [Value::Uint(condition), Value::Uint(offset), Value::Array(params)] = rule.as_slice() else {
            return None;
        };
        let (offset, comparison) = (offset.wrapping_to(), (condition.wrapping_to(), params.as_slice()));
        match words.iter_mut().find(|(other, _)| *other == offset) {
            Some((_, comparisons)) => comparisons.push(comparison),
            None => words.push((offset, vec![comparison])),
        }
    }
    let named = functions.iter().find(|function| function.selector() == selector).cloned();
    let named = named.or_else(|| known(selector)?.signature.parse().ok());
    let function = match (named, selector.is_zero()) {
        (Some(function), _) => Some(function),
        (None, true) if words.is_empty() => None,
        (None, _) => Some(opaque(selector, &words)),
    };
    let (mut args, mut offset) = (Vec::new(), 0_u64);
    for param in function.iter().flat_map(Function::inputs) {
        args.push(condition_at(&param.ty, offset, &mut words));
        offset = offset.saturating_add(head_size(&param.ty));
    }
    sort_by_key(&mut words, |(offset, _)| *offset);
    for (offset, comparisons) in words {
        let count = comparisons.len();
        found
            .unknown
            .push(format!("{count} comparisons of byte {offset} of the arguments of {selector} at {target}"));
    }
    found.calls.push(CallRule { to: *target, function, args, max_value: *limit });
    Some(())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{B256, address};

    use super::*;
    use crate::abi::{Tuple, word_address, word_u64};
    use crate::protocol::kernel_v3::policy::{call_policy_data, rule_data};
    use crate::protocol::kernel_v3::{
        CallPermission, CallPolicyVersion, CallType, Condition as Kind, Rule, signature_caller,
    };
    use crate::scope::Condition;

    const TO: Address = address!("0x00000000000000000000000000000000000b0a2d");

    fn word(number: u64) -> B256 {
        B256::from(U256::from(number))
    }

    fn uint(number: u64) -> Value {
        Value::Uint(U256::from(number))
    }

    /// One permission whose rules have these condition bytes, offsets and parameters.
    fn entry(call_type: CallType, selector: Selector, rules: &[(u8, u64, &[u64])]) -> PolicyEntry {
        let rules: Vec<Rule> = rules
            .iter()
            .map(|(condition, offset, params)| Rule {
                // The byte travels in the offset's place until it is encoded below.
                condition: Kind::Equal,
                offset: (u64::from(*condition) << 32) | offset,
                params: params.iter().map(|number| word(*number)).collect(),
            })
            .collect();
        let permission =
            CallPermission { call_type, target: TO, selector, value_limit: U256::from(7), rules };
        let data = call_policy_data(&[permission], |rule| {
            rule_data(u8::try_from(rule.offset >> 32).unwrap(), rule.offset & 0xffff_ffff, &rule.params)
        });
        PolicyEntry::new(CallPolicyVersion::default().address(), data.into())
    }

    fn read(rules: &[(u8, u64, &[u64])]) -> Decompiled {
        let function: Function = "f(uint8 a,int8 b,(bool c,uint256 d) e,bytes g)".parse().unwrap();
        let entry = entry(CallType::Call, function.selector(), rules);
        decompile(&[entry], &[function])
    }

    #[test]
    fn every_comparison_has_its_condition() {
        let first = |rules: &[(u8, u64, &[u64])]| {
            let found = read(rules);
            assert_eq!(found.unknown, [] as [String; 0], "{rules:?}");
            found.calls[0].args[0].clone()
        };
        assert_eq!(first(&[(0, 0, &[5])]), Condition::Equal(uint(5)));
        assert_eq!(first(&[(1, 0, &[5]), (4, 0, &[255])]), Condition::GreaterOrEqual(uint(6)));
        assert_eq!(first(&[(2, 0, &[5])]), Condition::LessOrEqual(uint(4)));
        assert_eq!(first(&[(3, 0, &[5]), (4, 0, &[255])]), Condition::GreaterOrEqual(uint(5)));
        assert_eq!(first(&[(4, 0, &[5])]), Condition::LessOrEqual(uint(5)));
        assert_eq!(first(&[(5, 0, &[5]), (4, 0, &[255])]), Condition::NotEqual(uint(5)));
        assert_eq!(first(&[(6, 0, &[5, 4])]), Condition::OneOf(vec![uint(4), uint(5)]));
        let between = Condition::Between(uint(2), uint(5));
        assert_eq!(first(&[(3, 0, &[2]), (4, 0, &[5])]), between);
        assert_eq!(first(&[(4, 0, &[5]), (3, 0, &[2])]), between, "in either order");
        let signed = read(&[(4, 32, &[5])]);
        let int = |number: i64| Value::Int(alloy_primitives::I256::try_from(number).unwrap());
        assert_eq!(signed.calls[0].args[1], Condition::Between(int(0), int(5)));
    }

    #[test]
    fn members_are_found_at_their_words() {
        let found = read(&[(0, 64, &[1]), (4, 96, &[9])]);
        let members = vec![Condition::Equal(Value::Bool(true)), Condition::LessOrEqual(uint(9))];
        assert_eq!(
            found.calls[0].args,
            [Condition::Any, Condition::Any, Condition::Members(members), Condition::Any]
        );
        assert_eq!(found.calls[0].max_value, U256::from(7));
        assert!(!found.any_call && found.unknown.is_empty());
    }

    #[test]
    fn what_no_condition_says_is_named() {
        for rules in [
            vec![(4_u8, 32_u64, &[200_u64][..])], // no int8 is so large
            vec![(3, 32, &[5])],                  // negative numbers are larger words
            vec![(3, 0, &[5])],                   // words above a uint8 would pass
            vec![(5, 0, &[5])],                   // here too
            vec![(0, 64, &[2])],                  // no bool
            vec![(0, 0, &[256])],                 // no uint8
            vec![(0, 128, &[5])],                 // the offset word of bytes
            vec![(0, 7, &[5])],                   // between two words
            vec![(7, 0, &[5])],                   // a condition of another version
            vec![(0, 0, &[5, 6])],                // one too many
            vec![(3, 0, &[5]), (4, 0, &[2])],     // never met
            vec![(0, 0, &[5]), (0, 0, &[6])],     // two values at once
            vec![(3, 0, &[1]), (4, 0, &[5]), (5, 0, &[2])],
        ] {
            let found = read(&rules);
            assert_eq!(found.unknown.len(), 1, "{rules:?}: {:?}", found.unknown);
            assert_eq!(found.calls[0].args, vec![Condition::Any; 4], "{rules:?}");
        }
    }

    #[test]
    fn unknown_functions_have_a_word_for_each_that_is_compared() {
        let selector = Selector::new([1, 2, 3, 4]);
        let far = decompile(&[entry(CallType::Call, selector, &[(0, 64, &[5])])], &[]);
        assert_eq!(far.calls[0].args, [Condition::Any, Condition::Any, Condition::Equal(uint(5))]);
        assert_eq!(far.calls[0].signature(), "0x01020304(uint256,uint256,uint256)");
        // A word keeps its place, however wide its comparisons make it.
        for most in [0, 1, 255, 511] {
            let rules: [(u8, u64, &[u64]); 3] = [(5, 0, &[7]), (4, 0, &[most]), (0, 32, &[5])];
            let wide = decompile(&[entry(CallType::Call, selector, &rules)], &[]);
            assert_eq!(wide.calls[0].args.len(), 2, "{most}");
            assert_eq!(wide.calls[0].args[1], Condition::Equal(uint(5)), "{most}");
        }
        let last = decompile(&[entry(CallType::Call, selector, &[(0, 32 * 63, &[5])])], &[]);
        assert_eq!((last.calls[0].args.len(), last.unknown.len()), (64, 0));
        let beyond = decompile(&[entry(CallType::Call, selector, &[(0, 32 * 64, &[5])])], &[]);
        assert_eq!(
            (beyond.calls[0].args.len(), beyond.unknown.len()),
            (0, 1),
            "nobody has so many arguments"
        );
        let plain = decompile(&[entry(CallType::Call, Selector::ZERO, &[])], &[]);
        assert_eq!(plain.calls[0].function, None);
        let zero = decompile(&[entry(CallType::Call, Selector::ZERO, &[(0, 0, &[5])])], &[]);
        assert!(zero.calls[0].function.is_some(), "empty calldata has no words");
    }

    #[test]
    fn other_entries_are_read_or_named() {
        let foreign = decompile(&[entry(CallType::DelegateCall, Selector::ZERO, &[])], &[]);
        assert_eq!((foreign.delegate_calls.as_slice(), foreign.calls.len()), ([TO].as_slice(), 0));
        let gas = |enforced: u64, paymaster: Address| {
            let data = Tuple::new(3)
                .word(word_u64(9))
                .word(word_u64(enforced))
                .word(word_address(paymaster))
                .finish();
            let found = decompile(&[PolicyEntry::new(GAS, data.into())], &[]);
            (found.gas.unwrap(), found.idle_paymaster)
        };
        assert_eq!(gas(0, Address::ZERO), ((9, None), false));
        assert_eq!(gas(1, TO), ((9, Some(TO)), false));
        assert_eq!(gas(1, Address::ZERO), ((9, None), true));
        assert_eq!(gas(0, TO), ((9, None), true));
        assert_eq!(decompile(&[signature_caller(&[TO])], &[]).signature_callers, Some(vec![TO]));
        let nothing = decompile(&[], &[]);
        assert!(nothing.any_call && nothing.unknown.is_empty());
        let unknown = decompile(&[PolicyEntry::new(TO, vec![1].into())], &[]);
        assert!(unknown.any_call && unknown.unknown.len() == 1);
        let flagged = |flag| {
            let entry = entry(CallType::Call, Selector::ZERO, &[]).with_flag(flag);
            let found = decompile(&[entry], &[]);
            (found.any_call, found.unknown.len())
        };
        assert_eq!(flagged(SkipFlag::NONE), (false, 0));
        assert_eq!(flagged(SkipFlag::NOT_FOR_USER_OPERATIONS), (true, 1), "it limits nothing");
        assert_eq!(flagged(SkipFlag::NOT_FOR_SIGNATURES), (false, 1));
        assert_eq!(flagged(SkipFlag::from_bytes([0xff, 3])), (true, 1), "the account looks at bits");
        let two = [entry(CallType::Call, Selector::ZERO, &[]), entry(CallType::Call, Selector::ZERO, &[])];
        assert_eq!(decompile(&two, &[]).unknown.len(), 1, "two lists that must both agree");
    }
}
