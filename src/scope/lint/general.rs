//! Functions that are in no list: what their names and types say, argument by argument. `docs/lint/README.md` has the rules in words.

use alloy_primitives::U256;

use super::Finding;
use super::calls::{is_a_cap, uint};
use super::names::{
    ACCEPTS, AMOUNTS, ASSETS, CARRIES, COUNTS, GRANTS, HARMLESS, LEAST, LENDS, MOVES, POWER, RECEIVES,
    REPLACES, SETS, SIGNED, TERMS, TRADES, VOUCHES, words,
};
use crate::abi::{Function, Kind, Param, Type, Value};
use crate::scope::{Condition, Leaf};

/// Numbers of fewer bits count things, they are no amounts of money.
const FEWEST_BITS: usize = 64;

/// What a function seems to do.
struct Nature {
    moves: bool,
    trades: bool,
    lends: bool,
    grants: bool,
    sets: bool,
    accepts: bool,
    name: Vec<String>,
}

impl Nature {
    fn of(function: &Function) -> Self {
        let name = words(function.name());
        Self {
            moves: MOVES.is_in(&name),
            trades: TRADES.is_in(&name),
            lends: LENDS.is_in(&name),
            grants: GRANTS.is_in(&name),
            sets: SETS.begins(&name),
            accepts: ACCEPTS.begins(&name) && TERMS.is_in(&name),
            name,
        }
    }

    const fn is_about_money(&self) -> bool {
        self.moves || self.trades || self.lends
    }
}

/// What a known swap leaves free beside its receiver and the least that comes back: tokens, the way between them, how much is sold.
pub(super) fn lint_swap(function: &Function, leaves: &[Leaf<'_>], index: usize, found: &mut Vec<Finding>) {
    let nature = Nature { trades: true, ..Nature::of(function) };
    for part in leaves.iter().flat_map(Part::of) {
        let path = format!("calls[{index}].args{}", part.path);
        if let Some((_, what)) = part.judged(&nature)
            && !found.iter().any(|finding| finding.path == path)
        {
            found.push(Finding::new("unbounded-swap", path, format!("{what} of {}", function.signature())));
        }
    }
}

/// Findings in a function that is not known by its selector.
pub(super) fn lint(function: &Function, leaves: &[Leaf<'_>], index: usize, found: &mut Vec<Finding>) {
    let nature = Nature::of(function);
    let parts: Vec<Part<'_>> = leaves.iter().flat_map(Part::of).collect();
    let signature = function.signature();
    let whole = |id| Finding::new(id, format!("calls[{index}].function"), signature.clone());
    if carries_calls(&nature, &parts) {
        return found.push(whole("nested-calls"));
    }
    if is_harmless(&nature, &parts) {
        return;
    }
    if let Some(id) = as_a_whole(&nature, &parts) {
        return found.push(whole(id));
    }
    let mut last = None;
    for part in &parts {
        if last != Some(part.path)
            && let Some((id, what)) = part.judged(&nature)
        {
            let path = format!("calls[{index}].args{}", part.path);
            found.push(Finding::new(id, path, format!("{what} of {signature}")));
            last = Some(part.path);
        }
    }
}

/// Rights and offers that are taken back, talk, and what a list proves to be the account's own.
fn is_harmless(nature: &Nature, parts: &[Part<'_>]) -> bool {
    let proved = |part: &Part<'_>| part.is(&["proof"]) && matches!(part.ty.kind(), Kind::FixedBytes(32));
    HARMLESS.is_in(&nature.name) && !nature.lends || parts.iter().any(proved)
}

/// Whether calls that no rule sees may be in it.
fn carries_calls(nature: &Nature, parts: &[Part<'_>]) -> bool {
    let has = |test: &dyn Fn(&Part<'_>) -> bool| parts.iter().any(|part| !part.is_fixed() && test(part));
    let bytes = has(&|part| matches!(part.ty.kind(), Kind::Bytes));
    let list_of_bytes = has(&|part| matches!(part.ty.kind(), Kind::Bytes) && part.is_listed);
    let address = has(&|part| matches!(part.ty.kind(), Kind::Address));
    let payload = has(&|part| {
        matches!(part.ty.kind(), Kind::Bytes) && part.is(&["data", "calldata", "payload", "call", "function"])
    });
    // All that such a function does is in its bytes.
    let nothing_else =
        parts.iter().all(|part| matches!(part.ty.kind(), Kind::Bytes) || COUNTS.is_in(&part.words));
    list_of_bytes && !nature.trades
        || bytes && CARRIES.is_in(&nature.name)
        || address && payload && !nature.is_about_money()
        || bytes && nothing_else && nature.is_about_money()
}

/// What no bound of one word would mend.
fn as_a_whole(nature: &Nature, parts: &[Part<'_>]) -> Option<&'static str> {
    let has = |test: &dyn Fn(&Part<'_>) -> bool| parts.iter().any(|part| !part.is_fixed() && test(part));
    let bytes = has(&|part| matches!(part.ty.kind(), Kind::Bytes));
    let hash = has(&|part| matches!(part.ty.kind(), Kind::FixedBytes(32) | Kind::Bytes));
    if hash && VOUCHES.is_in(&nature.name) {
        return Some("signed-message");
    }
    let parity = has(&|part| matches!(part.ty.kind(), Kind::Uint(8)) && part.is(&["v"]));
    if SIGNED.is_in(&nature.name) && (bytes || parity) {
        return Some("signed-allowance");
    }
    let gives_up = nature.sets
        && POWER.is_in(&nature.name)
        && !parts.iter().any(|part| matches!(part.ty.kind(), Kind::Address));
    gives_up.then_some("account-admin")
}

/// A single value of the arguments, or of a list or tuple among them that is free as a whole.
struct Part<'a> {
    /// Place of the argument below `args`.
    path: &'a str,
    words: Vec<String>,
    ty: &'a Type,
    condition: &'a Condition,
    is_listed: bool,
}

impl<'a> Part<'a> {
    fn of(leaf: &'a Leaf<'_>) -> Vec<Self> {
        let name = match leaf.name.rsplit('.').next() {
            // What has no name of its own is called by its place.
            Some(name) if !name.starts_with("argument ") => words(name),
            _ => Vec::new(),
        };
        let mut parts = Vec::new();
        Self::collect(leaf, name, leaf.ty, false, &mut parts);
        parts
    }

    fn collect(leaf: &'a Leaf<'_>, name: Vec<String>, ty: &'a Type, is_listed: bool, parts: &mut Vec<Self>) {
        match ty.kind() {
            Kind::Array(item) | Kind::FixedArray(item, _) => Self::collect(leaf, name, item, true, parts),
            Kind::Tuple(members) => {
                for Param { name, ty } in members {
                    Self::collect(leaf, words(name), ty, is_listed, parts);
                }
            }
            _ => parts.push(Self { path: &leaf.path, words: name, ty, condition: leaf.condition, is_listed }),
        }
    }

    fn is(&self, names: &[&str]) -> bool {
        self.words.iter().any(|word| names.contains(&word.as_str()))
    }

    const fn is_fixed(&self) -> bool {
        matches!(self.condition, Condition::Equal(_) | Condition::OneOf(_) | Condition::SelfAccount)
    }

    /// The rule that this value needs a bound by, and what is said of it.
    fn judged(&self, nature: &Nature) -> Option<(&'static str, String)> {
        let name = match self.words.as_slice() {
            [] => format!("argument {}", self.path.trim_matches(['[', ']'])),
            words => words.join(" "),
        };
        match self.ty.kind() {
            _ if self.is_fixed() => None,
            Kind::Address if self.is_power(nature) => Some(("free-power", format!("{name} may be anybody:"))),
            Kind::Address if self.receives(nature) => {
                Some(("free-recipient", format!("{name} may be anybody:")))
            }
            Kind::Address if self.is_asset(nature) => {
                Some(("free-asset", format!("{name} may be any contract:")))
            }
            Kind::Bytes if nature.trades && ASSETS.is_in(&self.words) => {
                Some(("free-asset", format!("{name} may lead through any contract:")))
            }
            Kind::Bytes | Kind::String | Kind::FixedBytes(_)
                if nature.is_about_money() && RECEIVES.is_in(&self.words) =>
            {
                Some(("free-recipient", format!("{name} may be anybody:")))
            }
            Kind::Uint(_) | Kind::FixedBytes(32) if nature.accepts => {
                Some(("free-amount", format!("{name} may be any, on any terms:")))
            }
            Kind::Uint(bits) | Kind::Int(bits) if *bits >= FEWEST_BITS => match self.amount(nature) {
                Amount::None => None,
                Amount::Least => {
                    (!self.has_floor()).then(|| ("free-amount", format!("{name} may be nothing:")))
                }
                Amount::Most => {
                    (!self.has_cap()).then(|| ("free-amount", format!("{name} may be any amount:")))
                }
            },
            _ => None,
        }
    }

    fn is_power(&self, nature: &Nature) -> bool {
        // Whoever stands in such a function without a word for it.
        let is_given = nature.sets && (POWER.is_in(&nature.name) || REPLACES.begins(&nature.name))
            || nature.grants && !nature.is_about_money();
        !RECEIVES.is_in(&self.words) && (POWER.is_in(&self.words) || is_given && !ASSETS.is_in(&self.words))
    }

    fn receives(&self, nature: &Nature) -> bool {
        let is_named = RECEIVES.is_in(&self.words);
        // Whoever stands in such a function without a word for it.
        is_named || (nature.moves || nature.lends) && !ASSETS.is_in(&self.words)
    }

    fn is_asset(&self, nature: &Nature) -> bool {
        nature.is_about_money() || ASSETS.is_in(&self.words) && nature.grants
    }

    fn amount(&self, nature: &Nature) -> Amount {
        if COUNTS.is_in(&self.words) {
            return Amount::None;
        }
        let is_named = AMOUNTS.is_in(&self.words);
        let has_least = LEAST.is_in(&self.words);
        match self.words.is_empty() {
            true if nature.is_about_money() => Amount::Most,
            true => Amount::None,
            false if has_least && (is_named || nature.is_about_money()) => Amount::Least,
            false if is_named => Amount::Most,
            false => Amount::None,
        }
    }

    fn has_cap(&self) -> bool {
        let most = match self.condition {
            Condition::LessOrEqual(most) | Condition::Between(_, most) => most,
            // A price that is asked is bounded from below.
            Condition::GreaterOrEqual(least) => return self.is(&["price", "cost"]) && is_some(least),
            _ => return false,
        };
        uint(most).is_none_or(is_a_cap)
    }

    fn has_floor(&self) -> bool {
        match self.condition {
            Condition::GreaterOrEqual(least) | Condition::Between(least, _) => is_some(least),
            _ => false,
        }
    }
}

/// What a number is.
enum Amount {
    /// None that matters.
    None,
    /// The least that comes back: it needs a floor.
    Least,
    /// What is moved or paid: it needs a cap.
    Most,
}

fn is_some(value: &Value) -> bool {
    uint(value).is_none_or(|number| number != U256::ZERO)
}
