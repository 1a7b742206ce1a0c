//! What an app gives: options, scopes, calls, functions.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "input.invalid",
        cause: "An option or a field of it is not what its place asks for, or is not known; the message names the place.",
        remedy: "Correct the field that the message names.",
    },
    Code {
        code: "input.type",
        cause: "A value that is no plain data (a function, a class, a promise, a getter, `undefined`), or none of the declared type; `path` names the place.",
        remedy: "Pass plain data of the declared types; TypeScript shows which value is not.",
    },
    Code {
        code: "input.number",
        cause: "A number with a fraction, or one that JavaScript does not hold exactly.",
        remedy: "Pass a bigint, a safe integer, or text: an amount with its unit as in '0.02 ether', a version as in '3.1'.",
    },
    Code {
        code: "input.hex",
        cause: "Text that is no `0x`-prefixed hex of the right length. From the Rust crate only.",
        remedy: "Write the value as 0x-prefixed hex of the right length.",
    },
    Code {
        code: "input.version",
        cause: "A version that this package does not know. From the Rust crate only.",
        remedy: "Use one of the versions the message names.",
    },
    Code {
        code: "abi.function",
        cause: "An ABI that has no such function or several, or cannot be read; or both an ABI and a text.",
        remedy: "Give the function as text, such as `move(uint8 x,uint8 y)`, or an `abi` and a `functionName` that is in it.",
    },
    Code {
        code: "abi.signature",
        cause: "The text of a function or type is no Solidity. From the Rust crate only.",
        remedy: "Write the function as in Solidity: name(type name, type name).",
    },
    Code {
        code: "abi.argument",
        cause: "A value does not fit its argument. From the Rust crate only.",
        remedy: "Pass a value that fits the argument's type.",
    },
    Code {
        code: "abi.not-canonical",
        cause: "Calldata that is not the one canonical encoding of its arguments.",
        remedy: "Encode the call with a standard ABI encoder; extra or shifted bytes are refused.",
    },
    Code {
        code: "typed-data.invalid",
        cause: "Typed data (EIP-712) whose message does not fit its types. From the Rust crate only.",
        remedy: "Make the message fit the types, field by field.",
    },
    Code {
        code: "userop.invalid",
        cause: "A user operation with fields its EntryPoint does not have, or without those it has.",
        remedy: "Use the fields of the EntryPoint version the account is on.",
    },
    Code {
        code: "time.invalid",
        cause: "A time beyond what a chain can hold, or an end before its start.",
        remedy: "Give an end after the start, in seconds.",
    },
    Code { code: "calls.empty", cause: "An operation without calls.", remedy: "Pass at least one call." },
    Code {
        code: "calls.not-execute",
        cause: "Calldata of an operation that is not a call of the account's execute function.",
        remedy: "Let this package encode the calls.",
    },
    Code {
        code: "calls.mode",
        cause: "A batch of one, a delegatecall, a static or a try mode: never signed.",
        remedy: "Let this package encode the calls.",
    },
    Code {
        code: "calls.not-canonical",
        cause: "Calldata of an operation that is not the one encoding of its calls.",
        remedy: "Let this package encode the calls.",
    },
    Code {
        code: "scope.invalid",
        cause: "A scope that cannot be read, or has something in it that is no plain data; the message names the place.",
        remedy: "Correct the scope where the message says.",
    },
    Code {
        code: "scope.not-accepted",
        cause: "A scope with dangers, or with rules that only this package enforces, which it does not accept by name: `notAccepted` has the strings, `findings` the reasons.",
        remedy: "Make the scope narrower; or, if the owner is to bear it, add exactly these texts to its `accept`.",
    },
    Code {
        code: "scope.wider",
        cause: "A scope that was to narrow the session allows something that the session does not.",
        remedy: "Only a new grant can widen a session: ask the owner.",
    },
    Code {
        code: "scope.unknown-interface",
        cause: "Contracts that do not say what they are, or are something that `byInterface` has no rules for.",
        remedy: "Write rules for these contracts by hand, or leave them out.",
    },
    Code { code: "scope.empty", cause: "An operation without calls.", remedy: "Pass at least one call." },
    Code {
        code: "scope.self-call",
        cause: "A call of the account to itself.",
        remedy: "Call contracts of your app only.",
    },
    Code {
        code: "scope.target",
        cause: "A contract that no rule of the scope names.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.function",
        cause: "A function, or a plain transfer, that no rule of the scope names.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.calldata",
        cause: "Calldata that is not the canonical encoding of the function's arguments.",
        remedy: "Encode the call with a standard ABI encoder; extra or shifted bytes are refused.",
    },
    Code {
        code: "scope.argument",
        cause: "An argument outside its condition.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.value",
        cause: "More value than a rule allows for one call.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.spend",
        cause: "More of an asset than a total of the scope has left, beside all that may still land.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.operations",
        cause: "More operations than the scope has left.",
        remedy: "Do what the scope allows, or ask the owner for a wider session.",
    },
    Code {
        code: "scope.rate",
        cause: "Sooner after the last operation than the scope allows.",
        remedy: "Wait as long as the scope's rate says.",
    },
    Code {
        code: "scope.gas",
        cause: "An operation for which the gas budget has no room left, beside all that may still land.",
        remedy: "Ask the owner for a session with a larger gas budget.",
    },
    Code {
        code: "scope.gas-share",
        cause: "An operation that could cost more than `limits.gas.perOperation`, or a fifth of the gas budget where that is left out.",
        remedy: "Make fewer calls at once, or ask for a session with the `perOperation` that the message names.",
    },
    Code {
        code: "scope.fee",
        cause: "A fee above the scope's `maxFeePerGas`.",
        remedy: "Wait until fees are lower, or ask for a session with a higher one.",
    },
    Code {
        code: "scope.paymaster",
        cause: "Another payer of gas than the scope allows.",
        remedy: "Use the paymaster that the scope names.",
    },
    Code {
        code: "compile.duplicate-function",
        cause: "Two rules for one function of one contract, which the account's contracts cannot tell apart.",
        remedy: "Merge the rules into one, with `oneOf` where they differ.",
    },
    Code {
        code: "compile.not-enforceable",
        cause: "A rule that no contract of the account enforces.",
        remedy: "Leave the rule out, or give the contract another function.",
    },
    Code {
        code: "compile.forbidden-target",
        cause: "A target that belongs to the account's own machinery.",
        remedy: "Name only contracts of your app.",
    },
    Code {
        code: "compile.disagreement",
        cause: "The compiled policies, read back, are not the scope.",
        remedy: "Report this with the scope; nothing was asked of the owner.",
    },
];
