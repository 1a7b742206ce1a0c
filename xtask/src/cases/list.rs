//! Which cases from the field must pass, and which of them we dispute.

/// Topics, rows (`F4`) and single cases (`F4a`) that must pass; the stage `cases` runs no others.
pub const LISTED: &[&str] = &[
    "lost-answers",
    "dropped",
    "receipts",
    "promise-totals",
    "promise-hang",
    "quantities",
    "fees",
    "errors",
    "rate-limits",
    "paymaster",
    "nodes",
    "promise-freed",
    "promise-deep",
    "promise-secrets",
    "promise-told",
    "promise-caps",
    "promise-lint",
    "abi",
    "calls",
    "times-and-inspect",
    "words",
    "storage",
    "M3",
    "M11",
];

/// Cases that ask for what we hold to be wrong: the case and the reason. Such a case is run wherever the list is run, and its outcome
/// told, but it fails nothing.
pub const DISPUTED: &[(&str, &str)] = &[
    (
        "F9a",
        "wants less than 524,288 gas for verification of each operation, and the first one, which deploys and enables, takes 750,000 on the \
         real EntryPoint",
    ),
    ("C-quantity-4", "as F9a"),
    (
        "C-promise-freed-5",
        "wants `buy(address to,uint256 amount)` to pass with everything free, and a free receiver and a free amount have to be accepted by name \
         in a function that is not known to be harmless",
    ),
    ("C-promise-freed-6", "as C-promise-freed-5, of the amount"),
];
