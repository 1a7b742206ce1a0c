//! From comparisons of words to conditions on arguments.

use alloy_primitives::B256;

use crate::abi::{self, Function, Kind, Param, Selector, Type, Value};
use crate::scope::{Condition, is_one_word};

/// A comparison of the word at an offset.
pub(super) type Comparison<'a> = (u64, &'a [Value]);
/// Comparisons by the offset of their word.
pub(super) type Words<'a> = Vec<(u64, Vec<Comparison<'a>>)>;

/// A function that only its selector is known of, with a word for each that is compared.
pub(super) fn opaque(selector: Selector, words: &Words<'_>) -> Function {
    let last =
        words.iter().map(|(offset, _)| *offset).filter(|offset| offset % 32 == 0 && *offset < 32 * 64).max();
    let count = last.map_or(0, |last| (last / 32).saturating_add(1));
    let inputs = (0..count).filter_map(|index| {
        Some(Param { name: format!("word{index}"), ty: Type::new(Kind::Uint(256)).ok()? })
    });
    Function::with_selector(selector, inputs.collect())
}

pub(super) fn head_size(ty: &Type) -> u64 {
    u64::try_from(ty.head_size()).unwrap_or(u64::MAX)
}

/// The condition on a value whose head stands at an offset; takes the comparisons that it could say.
pub(super) fn condition_at(ty: &Type, offset: u64, words: &mut Words<'_>) -> Condition {
    let each = |types: Vec<&Type>, words: &mut Words<'_>| {
        let mut at = offset;
        let conditions = types.into_iter().map(|ty| {
            let condition = condition_at(ty, at, words);
            at = at.saturating_add(head_size(ty));
            condition
        });
        Condition::members(conditions.collect())
    };
    match ty.kind() {
        _ if ty.is_dynamic() => Condition::Any,
        Kind::Tuple(members) => each(members.iter().map(|member| &member.ty).collect(), words),
        Kind::FixedArray(item, length) => each(vec![item.as_ref(); *length], words),
        _ => {
            let place = words.iter().position(|(other, _)| *other == offset);
            let said =
                place.and_then(|place| condition_of(ty, &words.get(place)?.1).map(|said| (place, said)));
            said.map_or(Condition::Any, |(place, said)| {
                words.swap_remove(place);
                said
            })
        }
    }
}

/// Comparisons of one word as a condition on its type; none where they say something that no condition says.
fn condition_of(ty: &Type, comparisons: &[Comparison<'_>]) -> Option<Condition> {
    let value = |param: &Value| match param {
        Value::FixedBytes(word) => value_of(ty, *word),
        _ => None,
    };
    let one = |params: &[Value]| match params {
        [param] => value(param),
        _ => None,
    };
    let ordered = |params: &[Value]| one(params).filter(|value| matches!(value, Value::Uint(_)));
    let single = |(condition, params): &Comparison<'_>| {
        Some(match condition {
            0 => Condition::Equal(one(params)?),
            1 => Condition::at_least_after(ordered(params)?)?,
            2 => Condition::at_most_before(ordered(params)?)?,
            3 => Condition::GreaterOrEqual(ordered(params)?),
            4 => Condition::LessOrEqual(ordered(params)?),
            5 => Condition::NotEqual(one(params)?),
            6 => Condition::one_of(params.iter().map(value).collect::<Option<_>>()?),
            _ => return None,
        })
    };
    match comparisons {
        [only] => single(only),
        [a, b] => match (single(a)?, single(b)?) {
            (Condition::GreaterOrEqual(least), Condition::LessOrEqual(most))
            | (Condition::LessOrEqual(most), Condition::GreaterOrEqual(least)) => {
                Condition::between(least, most)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A word as a value of its type; none for one that no canonical calldata holds.
fn value_of(ty: &Type, word: B256) -> Option<Value> {
    if !is_one_word(ty) {
        return None;
    }
    abi::decode([ty], word.as_slice()).ok()?.pop()
}
