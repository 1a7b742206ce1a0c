//! What is wrong with an operation, rule by rule.

use std::fmt;

/// A rule of the scope that an operation breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which kind of rule.
    pub kind: ViolationKind,
    /// Index of the call, for rules on calls.
    pub call: Option<usize>,
    /// The rule's place in the scope as it was written, such as `calls[1].args[0]`.
    pub path: String,
    /// What the scope allows.
    pub wanted: String,
    /// What was asked.
    pub got: String,
}

/// Kinds of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// No calls.
    Empty,
    /// A call of the account to itself.
    SelfCall,
    /// A contract that no rule names.
    Target,
    /// A function that no rule names.
    Function,
    /// Calldata that is not the canonical encoding of the function's arguments.
    Calldata,
    /// An argument outside its condition.
    Argument,
    /// More value than allowed.
    Value,
    /// More of an asset in all than allowed.
    Spend,
    /// More operations than allowed.
    Operations,
    /// Sooner than allowed.
    Rate,
    /// More gas money than is left.
    GasTotal,
    /// More gas money at once than one operation may take.
    GasShare,
    /// A higher fee than allowed.
    Fee,
    /// Another payer of gas than allowed.
    Paymaster,
}

impl ViolationKind {
    /// Stable code of an error with this kind of violation.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "scope.empty",
            Self::SelfCall => "scope.self-call",
            Self::Target => "scope.target",
            Self::Function => "scope.function",
            Self::Calldata => "scope.calldata",
            Self::Argument => "scope.argument",
            Self::Value => "scope.value",
            Self::Spend => "scope.spend",
            Self::Operations => "scope.operations",
            Self::Rate => "scope.rate",
            Self::GasTotal => "scope.gas",
            Self::GasShare => "scope.gas-share",
            Self::Fee => "scope.fee",
            Self::Paymaster => "scope.paymaster",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = self.call {
            write!(f, "call {call}: ")?;
        }
        write!(f, "{} allows {}, not {}", self.path, self.wanted, self.got)
    }
}
