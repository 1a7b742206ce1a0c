//! The list of rules. Ids never change their meaning; each has a page of its own in the package's `docs/lint`.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Stops a request unless it is accepted by name.
    Error,
    /// Shown.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// Stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A rule of the linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether a scope can accept it by name.
    pub acceptable: bool,
    /// What it means, in a sentence.
    pub title: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

const fn error(id: &'static str, title: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Error, acceptable: true, title, fix }
}

const fn never(id: &'static str, title: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Error, acceptable: false, title, fix }
}

const fn warning(id: &'static str, title: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Warning, acceptable: true, title, fix }
}

const fn info(id: &'static str, title: &'static str, fix: &'static str) -> Rule {
    Rule { id, severity: Severity::Info, acceptable: true, title, fix }
}

/// The rule with an id; the first where there is none, which no test would let pass.
pub(super) fn by_id(id: &str) -> &'static Rule {
    const FIRST: &Rule = {
        let [first, ..] = &RULES;
        first
    };
    RULES.iter().find(|rule| rule.id == id).unwrap_or(FIRST)
}

/// All rules, worst first.
#[rustfmt::skip]
pub static RULES: [Rule; 49] = [
    never("forbidden-target", "The contract belongs to the account itself: its key could change what sessions may do.", "Name only contracts of your app."),
    never("signatures-unsupported", "The account's contracts cannot limit which messages a session signs.", "Leave `signatures` empty."),
    never("any-call", "The key may call every contract, the account itself included.", "Do not sign this; ask for a grant that names contracts."),
    never("delegatecall", "Code of another contract runs as the account, and can do everything.", "Do not sign this."),
    never("no-expiry", "The grant never ends by itself.", "Do not sign this; ask for a grant with an end."),
    never("no-gas-budget", "Everything that the account holds can be spent on gas.", "Do not sign this; ask for a grant with a gas budget."),
    never("open-signatures", "The key can sign permits, orders and logins for the account, also after the session ends.", "Do not sign this; ask for a grant whose key signs operations only."),
    error("nested-calls", "The function carries further calls, which no rule can see into.", "Allow the inner functions themselves."),
    error("account-execute", "The function makes an account act as its owner.", "Allow the function that is called in the end."),
    error("account-admin", "The function changes who controls an account or contract, or what code it runs.", "Leave it to the owner's own transactions."),
    error("session-admin", "The function changes what session keys may do, so the key could widen its own rights.", "Leave it to the owner's own transactions."),
    error("entry-point", "The function moves the account's gas deposit, stake or nonces.", "Leave it to the owner's own transactions."),
    error("operator-approval", "The function gives somebody a right over every token of the contract, which outlives the session.", "Allow a transfer of single tokens to a fixed recipient."),
    error("signed-allowance", "The function gives an allowance by a signature among its arguments.", "Allow approve with a fixed spender and a capped amount."),
    error("signed-message", "The function makes the account vouch for a hash, which order books and permits accept.", "Leave it to the owner's own transactions."),
    error("unbounded-allowance", "The allowance has no fixed spender or no capped amount, and it outlives the session.", "Fix the spender with eq or oneOf and cap the amount with lte."),
    error("unbounded-transfer", "The transfer has no fixed recipient, no capped amount, or no total.", "Fix the recipient with eq or oneOf, cap the amount with lte, and add a total to spend."),
    error("third-party-transfer", "The function moves tokens of whoever gave the account an allowance.", "Fix the source with self."),
    error("unbounded-swap", "The swap can pay out to others, or at any price.", "Fix the recipient with self and set a minimum output."),
    error("free-power", "An address that may act or decide from then on is free: an attacker puts himself there.", "Fix the address with eq, oneOf or self."),
    error("free-recipient", "Whoever receives is free: an attacker takes it.", "Fix the receiver with self, eq or oneOf."),
    error("free-asset", "Any token, pool or market may be used, one of the attacker's own too.", "Fix each contract with eq or oneOf."),
    error("free-amount", "An amount has no cap, or a least return no floor.", "Cap amounts with lte, and set a floor to returns with gte."),
    error("long-expiry", "The session lasts longer than seven days.", "Ask for a shorter session and renew it."),
    error("uncapped-value", "Calls may send the chain's coin, and nothing limits their sum.", "Add { token: 'native', limit } to spend."),
    error("gas-budget-large", "The gas budget bounds nothing: it is more than the account will ever hold.", "Set limits.gas.total to what the session may cost."),
    error("not-equal-address", "Every address but one is allowed: an attacker takes another.", "List the addresses that are meant with oneOf."),
    warning("token-hook", "The recipient's code runs during the call and can call back.", "Allow only recipients whose code is known."),
    warning("governance", "The function moves voting power.", "Fix the delegate with eq."),
    warning("wrap", "Native value becomes a token, which other rules of the scope may move.", "Keep a total on native value."),
    warning("deposit", "Native value becomes a gas deposit, which others may own.", "Fix the owner of the deposit with self."),
    warning("open-ended", "The condition has no upper bound.", "Use between, lte or oneOf."),
    warning("per-call-cap-only", "Each call is capped, their sum is not: an attacker repeats the call.", "Add a total to spend, or keep only that much in the account."),
    warning("uncounted-spend", "The total on this token does not count what the function moves.", "Use the token's own transfer, approve or burn, or leave the total out."),
    warning("free-bytes", "The function takes bytes that no condition looks at.", "Make sure that the contract treats them as plain data."),
    warning("behind-dynamic", "The condition is on bytes or a string, which most account contracts cannot enforce.", "Give the contract a function with a fixed-size argument."),
    warning("any-paymaster", "Any paymaster may pay for gas, on terms that nobody checks.", "Name the paymaster."),
    warning("no-fee-cap", "The gas budget can be used up by a few operations at a high fee.", "Set limits.gas.maxFeePerGas."),
    warning("gas-budget-small", "The gas budget pays for fewer operations than the scope allows.", "Raise limits.gas.total, or lower limits.operations."),
    warning("gas-share-small", "What one operation may cost pays for none at that fee.", "Raise limits.gas.total or limits.gas.perOperation."),
    warning("zero-selector", "The account's contracts cannot tell a plain transfer from a call whose selector is zero.", "Allow plain transfers only to addresses without such a function."),
    warning("split-view", "Accounts of this version let the key send the allowed value without calling the allowed function.", "Use Kernel 3.3."),
    warning("unused-accept", "Nothing in the scope needs this acceptance.", "Remove it from accept."),
    warning("large-scope", "Enabling so many rules may cost more gas than bundlers allow.", "Split the scope, or merge rules."),
    warning("upgradeable-target", "The contract's code can be replaced while the session lives.", "Ask who can upgrade it, or keep the session short."),
    warning("no-code-target", "There is no contract at this address: calls succeed and do nothing.", "Check the address and the chain."),
    info("paymaster", "A paymaster pays for gas; while it does not answer, the session cannot act.", "Nothing, or paymaster: 'any' with a fallback of your own."),
    info("mergeable-rules", "Two rules differ in one argument only; one rule would be cheaper to enable.", "Write one rule with oneOf."),
    info("outlives-tab", "The session lasts longer than a tab usually lives, and its key goes with the tab.", "Use storage: 'device', or a shorter session."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_ordered_by_severity() {
        for (index, rule) in RULES.iter().enumerate() {
            assert_eq!(RULES.iter().filter(|other| other.id == rule.id).count(), 1, "{}", rule.id);
            assert!(RULES.iter().take(index).all(|earlier| earlier.severity <= rule.severity), "{}", rule.id);
        }
    }
}
