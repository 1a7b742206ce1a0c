//! What the chain does with an operation, and which rules it broke if it took one.

use alloy_primitives::U256;
use hallpass::protocol::known_error;

use super::base::Answer;
use super::classes::Tally;
use super::conditions::Kind;
use super::granted::{Granted, Life, Shape};
use super::model::{PayerRule, RuleModel};
use super::validator::{PolicyCall, Seen};

/// Why the EntryPoint would not include the operation in a block of this time; `None` when it would.
pub fn refused(answer: &Answer, shape: &Shape, now: u64) -> Option<String> {
    if !shape.fits_the_entry_point() {
        return Some("gas that the EntryPoint does not take".to_owned());
    }
    match answer {
        Answer::Valid { after, until } if now < *after || now > *until => {
            Some(format!("outside of {after} to {until}"))
        }
        Answer::Valid { .. } => None,
        Answer::WrongSignature => Some("a wrong signature, or a policy that says no".to_owned()),
        Answer::Reverted(data) => {
            let error = known_error(data).map_or("an unknown error", |error| error.declaration);
            Some(format!("{error} ({data})"))
        }
        Answer::Halted => Some("out of gas".to_owned()),
    }
}

/// The first rule that an accepted operation breaks, of those that the report says the chain enforces.
pub fn broken(
    (granted, life): (&Granted<'_>, &Life),
    policy_call: Vec<u8>,
    (shape, now): (&Shape, u64),
    tally: &mut Tally,
) -> Option<String> {
    let call = PolicyCall(policy_call);
    let seen = match call.calls() {
        Ok(seen) => seen,
        Err(why) => return Some(format!("the policy was to refuse {why}")),
    };
    let by_calls = seen.iter().find_map(|seen| broken_by_call(granted, &call, seen, tally));
    by_calls.or_else(|| broken_limit(granted, life, shape, now))
}

/// Several rules for one function are alternatives.
fn broken_by_call(
    granted: &Granted<'_>,
    call: &PolicyCall,
    seen: &Seen,
    tally: &mut Tally,
) -> Option<String> {
    let rules = granted.model.rules.iter().enumerate();
    let rules = rules.filter(|(_, rule)| rule.to == seen.target && rule.selector() == seen.selector);
    let mut broken = format!("no rule for {seen:?}");
    for rule in rules {
        broken = broken_rule(granted, call, seen, rule, tally)?;
    }
    Some(broken)
}

fn broken_rule(
    granted: &Granted<'_>,
    call: &PolicyCall,
    seen: &Seen,
    (at, rule): (usize, &RuleModel),
    tally: &mut Tally,
) -> Option<String> {
    let enforced = &granted.enforced;
    if enforced.by_chain(&format!("calls[{at}].value.max")) && seen.value > rule.max_value {
        return Some(format!("calls[{at}].value.max with {}", seen.value));
    }
    for leaf in rule.leaves() {
        let Some(kind) = leaf.condition.kind() else { continue };
        let path = format!("calls[{at}].args{}", leaf.path);
        if !enforced.by_chain(&path) {
            continue;
        }
        let word = match call.argument(seen, leaf.place) {
            Ok(word) => word,
            Err(why) => return Some(format!("{path} with {why}")),
        };
        if !leaf.condition.holds(&leaf.ty, word, granted.base.account) {
            return Some(format!("{path} with the word {word:#066x}"));
        }
        tally.enforced(kind);
        if leaf.is_member {
            tally.enforced(Kind::Member);
        }
    }
    None
}

fn broken_limit(granted: &Granted<'_>, life: &Life, shape: &Shape, now: u64) -> Option<String> {
    let (model, enforced) = (granted.model, &granted.enforced);
    if now < granted.start() || now > granted.end() {
        return Some(format!("the window, at {now}"));
    }
    if let Some(most) = model.operations
        && enforced.by_chain("limits.operations")
        && life.operations >= most
    {
        return Some(format!("limits.operations, after {}", life.operations));
    }
    if let Some(every) = model.every
        && enforced.by_chain("limits.rate.every")
        && now < granted.start() + every * life.operations
    {
        return Some(format!("limits.rate, at {now} after {}", life.operations));
    }
    if enforced.by_chain("limits.gas.total") && life.charged + shape.charge() > U256::from(model.gas_total) {
        return Some(format!("limits.gas.total with {} after {}", shape.charge(), life.charged));
    }
    match model.payer {
        PayerRule::Only(payer)
            if enforced.by_chain("paymaster") && shape.payer.map(|(payer, _)| payer) != Some(payer) =>
        {
            Some(format!("paymaster with {:?}", shape.payer))
        }
        _ => None,
    }
}
