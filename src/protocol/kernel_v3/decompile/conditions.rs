//! From comparisons of words to conditions on arguments.

use alloy_primitives::{B256, U256};

use crate::abi::{self, Function, Kind, Param, Selector, Type, Value};
use crate::protocol::kernel_v3::compile::last_word;
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
        let word = words.iter().find(|(offset, _)| *offset == index.saturating_mul(32));
        let bits = word.and_then(|(_, comparisons)| bits_of(comparisons)).unwrap_or(256);
        Some(Param { name: format!("word{index}"), ty: Type::new(Kind::Uint(bits)).ok()? })
    });
    Function::with_selector(selector, inputs.collect())
}

/// The type that a word must have for its comparisons to say "anything but": what is above its last number is kept out beside.
fn bits_of(comparisons: &[Comparison<'_>]) -> Option<usize> {
    let most = comparisons.iter().find(|(condition, _)| *condition == 4)?;
    comparisons.iter().find(|(condition, _)| *condition == 5)?;
    let [Value::FixedBytes(most)] = most.1 else { return None };
    let most = U256::from_be_bytes(most.0);
    let is_a_type =
        most.count_ones() == most.bit_len() && most.bit_len().is_multiple_of(8) && !most.is_zero();
    is_a_type.then(|| most.bit_len())
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

/// Comparisons of one word as a condition on its type; none where they say something that no condition says, such as a least number
/// without an end at the type's last one: words above it would pass too.
fn condition_of(ty: &Type, comparisons: &[Comparison<'_>]) -> Option<Condition> {
    let value = |param: &Value| match param {
        Value::FixedBytes(word) => value_of(ty, *word),
        _ => None,
    };
    match comparisons {
        [(0, [param])] => return value(param).map(Condition::Equal),
        [(6, params)] => return params.iter().map(value).collect::<Option<_>>().map(Condition::one_of),
        _ => {}
    }
    let (mut least, mut most, mut unwanted) = (None, None, None);
    for (condition, params) in comparisons {
        let [Value::FixedBytes(word)] = params else { return None };
        let word = U256::from_be_bytes(word.0);
        let (place, word) = match condition {
            1 => (&mut least, word.checked_add(U256::ONE)?),
            2 => (&mut most, word.checked_sub(U256::ONE)?),
            3 => (&mut least, word),
            4 => (&mut most, word),
            5 => (&mut unwanted, word),
            _ => return None,
        };
        if place.replace(word).is_some() {
            return None;
        }
    }
    let last = most.unwrap_or(U256::MAX);
    match unwanted {
        Some(word) => (least.is_none() && last_word(ty) == Some(last))
            .then(|| value_of(ty, word.into()).map(Condition::NotEqual))?,
        None => Condition::from_to(
            ty,
            value_of(ty, least.unwrap_or_default().into())?,
            value_of(ty, last.into())?,
        ),
    }
    .map(|condition| condition.normal(ty))
}

/// A word as a value of its type; none for one that no canonical calldata holds.
fn value_of(ty: &Type, word: B256) -> Option<Value> {
    if !is_one_word(ty) {
        return None;
    }
    abi::decode([ty], word.as_slice()).ok()?.pop()
}
