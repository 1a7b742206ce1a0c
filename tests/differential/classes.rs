//! What was tried, and how it went: a run that did not try everything proves little.

use std::collections::BTreeMap;

use super::conditions::Kind;

/// Kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    InScope,
    Batch,
    /// A condition at one of its boundaries.
    Edge,
    ValueAtLimit,
    ValueOverLimit,
    OtherTarget,
    OtherSelector,
    ZeroTarget,
    SelfCall,
    /// No calldata where a function is allowed.
    EmptyData,
    /// One to three bytes.
    ShortData,
    CutData,
    TrailingData,
    SoiledWord,
    TailMoved,
    TailShared,
    TailFarAway,
    BatchOfOne,
    BatchOfNone,
    BatchWithOneBad,
    Delegatecall,
    StaticCall,
    UnknownCallType,
    TryMode,
    ModeBits,
    OtherOuterFunction,
    CutOuter,
    ExecutionMoved,
    ExecutionTooLong,
    ListMoved,
    ListPastTheEnd,
    ListTooLong,
    /// Items before the list that names them: negative offsets.
    ItemsBehind,
    ItemsShared,
    DataBehind,
    /// The policy reads a function from the operation's fees where the account reads nothing.
    SplitView,
    GasAtBudget,
    GasOverBudget,
    FeeOverLimit,
    CountSpent,
    WindowEdge,
    RateEdge,
    NoPayer,
    OtherPayer,
    RightPayer,
}

impl Class {
    pub const ALL: [Self; 45] = [
        Self::InScope,
        Self::Batch,
        Self::Edge,
        Self::ValueAtLimit,
        Self::ValueOverLimit,
        Self::OtherTarget,
        Self::OtherSelector,
        Self::ZeroTarget,
        Self::SelfCall,
        Self::EmptyData,
        Self::ShortData,
        Self::CutData,
        Self::TrailingData,
        Self::SoiledWord,
        Self::TailMoved,
        Self::TailShared,
        Self::TailFarAway,
        Self::BatchOfOne,
        Self::BatchOfNone,
        Self::BatchWithOneBad,
        Self::Delegatecall,
        Self::StaticCall,
        Self::UnknownCallType,
        Self::TryMode,
        Self::ModeBits,
        Self::OtherOuterFunction,
        Self::CutOuter,
        Self::ExecutionMoved,
        Self::ExecutionTooLong,
        Self::ListMoved,
        Self::ListPastTheEnd,
        Self::ListTooLong,
        Self::ItemsBehind,
        Self::ItemsShared,
        Self::DataBehind,
        Self::SplitView,
        Self::GasAtBudget,
        Self::GasOverBudget,
        Self::FeeOverLimit,
        Self::CountSpent,
        Self::WindowEdge,
        Self::RateEdge,
        Self::NoPayer,
        Self::OtherPayer,
        Self::RightPayer,
    ];
}

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Tally {
    pub scopes: u64,
    /// Scopes that the package refused, by its reason.
    pub refused: BTreeMap<String, u64>,
    /// Pairs, those that the package accepts, and those that the chain does.
    classes: BTreeMap<Class, [u64; 3]>,
    /// By kind of condition: pairs just inside, and just outside.
    edges: BTreeMap<Kind, [u64; 2]>,
    /// Rules that were seen to hold on the chain.
    enforced: BTreeMap<Kind, u64>,
}

impl Tally {
    pub fn pair(&mut self, class: Class, edge: Option<(&[Kind], bool)>, ours: bool, chain: bool) {
        let counts = self.classes.entry(class).or_default();
        counts[0] += 1;
        counts[1] += u64::from(ours);
        counts[2] += u64::from(chain);
        if let Some((kinds, inside)) = edge {
            for kind in kinds {
                self.edges.entry(*kind).or_default()[usize::from(!inside)] += 1;
            }
        }
    }

    pub fn enforced(&mut self, kind: Kind) {
        *self.enforced.entry(kind).or_default() += 1;
    }

    pub fn pairs(&self) -> [u64; 3] {
        let add = |sum: [u64; 3], counts: &[u64; 3]| std::array::from_fn(|at| sum[at] + counts[at]);
        self.classes.values().fold([0; 3], add)
    }

    pub fn add(&mut self, other: Self) {
        self.scopes += other.scopes;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        for (class, counts) in other.classes {
            let own = self.classes.entry(class).or_default();
            *own = std::array::from_fn(|at| own[at] + counts[at]);
        }
        for (kind, counts) in other.edges {
            let own = self.edges.entry(kind).or_default();
            *own = std::array::from_fn(|at| own[at] + counts[at]);
        }
        for (kind, count) in other.enforced {
            *self.enforced.entry(kind).or_default() += count;
        }
    }

    pub fn print(&self) {
        println!("{:<20} {:>8} {:>8} {:>8}", "", "tried", "ours", "chain");
        for class in Class::ALL {
            let [tried, ours, chain] = self.classes.get(&class).copied().unwrap_or_default();
            println!("{:<20} {tried:>8} {ours:>8} {chain:>8}", format!("{class:?}"));
        }
        println!("{:<20} {:>8} {:>8} {:>8}", "", "inside", "outside", "on chain");
        for kind in Kind::ALL {
            let [inside, outside] = self.edges.get(&kind).copied().unwrap_or_default();
            let enforced = self.enforced.get(&kind).copied().unwrap_or_default();
            println!("{:<20} {inside:>8} {outside:>8} {enforced:>8}", format!("{kind:?}"));
        }
        let refused: u64 = self.refused.values().sum();
        println!("{} scopes, {refused} refused by the package", self.scopes);
        for (reason, count) in &self.refused {
            println!("  {count} x {reason}");
        }
    }

    /// What this run did not try enough.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let [tried, ours, _] = self.pairs();
        if ours * 5 < tried || ours * 5 > tried * 4 {
            faults.push(format!("the package accepts {ours} of {tried}, not between 20 and 80 %"));
        }
        let refused: u64 = self.refused.values().sum();
        if refused * 5 >= self.scopes {
            faults.push(format!("the package refuses {refused} of {} scopes", self.scopes));
        }
        for class in Class::ALL {
            if !self.classes.contains_key(&class) {
                faults.push(format!("{class:?} was never tried"));
            }
        }
        for kind in Kind::ALL {
            if self.edges.get(&kind).is_none_or(|counts| counts.contains(&0)) {
                faults.push(format!("{kind:?} was not tried on both sides of its boundary"));
            }
            if !self.enforced.contains_key(&kind) {
                faults.push(format!("no {kind:?} was seen to be enforced on the chain"));
            }
        }
        faults
    }
}
