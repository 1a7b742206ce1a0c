//! Node, bundler and paymaster.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "chain.unreachable",
        cause: "No answer from the node: the network, a blocked request, or a status of HTTP.",
        remedy: "Check its address, and that it allows requests from this page (CORS).",
    },
    Code {
        code: "bundler.unreachable",
        cause: "No answer from the bundler: the network, a blocked request, or a status of HTTP.",
        remedy: "Check its address, and that it allows requests from this page (CORS).",
    },
    Code {
        code: "paymaster.unreachable",
        cause: "No answer from the paymaster: the network, a blocked request, or a status of HTTP.",
        remedy: "Check its address, and that it allows requests from this page (CORS).",
    },
    Code {
        code: "chain.unsupported",
        cause: "The node does not know the method: probably the address of something else.",
        remedy: "Check that the address is that of such an endpoint for this chain: it does not know what it was asked for.",
    },
    Code {
        code: "bundler.unsupported",
        cause: "The bundler does not know the method: probably the address of something else.",
        remedy: "Check that the address is that of such an endpoint for this chain: it does not know what it was asked for.",
    },
    Code {
        code: "paymaster.unsupported",
        cause: "The paymaster does not know the method: probably the address of something else.",
        remedy: "Check that the address is that of such an endpoint for this chain: it does not know what it was asked for.",
    },
    Code {
        code: "chain.rate-limited",
        cause: "Too many requests to the node for now. Reads were repeated for five seconds.",
        remedy: "Try again a little later, or use an endpoint that takes more requests.",
    },
    Code {
        code: "bundler.rate-limited",
        cause: "Too many requests to the bundler for now. Reads were repeated for five seconds.",
        remedy: "Try again a little later, or use an endpoint that takes more requests.",
    },
    Code {
        code: "paymaster.rate-limited",
        cause: "Too many requests to the paymaster for now. Reads were repeated for five seconds.",
        remedy: "Try again a little later, or use an endpoint that takes more requests.",
    },
    Code {
        code: "chain.unauthorised",
        cause: "HTTP 401 or 403 of the node: the key in the address is wrong, or not for this page.",
        remedy: "Check the key in its address, and which pages it is for.",
    },
    Code {
        code: "bundler.unauthorised",
        cause: "HTTP 401 or 403 of the bundler: the key in the address is wrong, or not for this page.",
        remedy: "Check the key in its address, and which pages it is for.",
    },
    Code {
        code: "paymaster.unauthorised",
        cause: "HTTP 401 or 403 of the paymaster: the key in the address is wrong, or not for this page.",
        remedy: "Check the key in its address, and which pages it is for.",
    },
    Code {
        code: "chain.malformed",
        cause: "An answer of the node that cannot be read: `endpoint`, `method` and `path` say which and where.",
        remedy: "Check that the address is that of such an endpoint for this chain; if it is, report the answer to whoever runs it.",
    },
    Code {
        code: "bundler.malformed",
        cause: "An answer of the bundler that cannot be read: `endpoint`, `method` and `path` say which and where.",
        remedy: "Check that the address is that of such an endpoint for this chain; if it is, report the answer to whoever runs it.",
    },
    Code {
        code: "paymaster.malformed",
        cause: "An answer of the paymaster that cannot be read: `endpoint`, `method` and `path` say which and where.",
        remedy: "Check that the address is that of such an endpoint for this chain; if it is, report the answer to whoever runs it.",
    },
    Code {
        code: "chain.refused",
        cause: "The node answered with an error of its own.",
        remedy: "See what it said, and correct the calls or the configuration.",
    },
    Code {
        code: "paymaster.refused",
        cause: "The paymaster answered with an error of its own, or failed on chain (`aaCode` AA3x).",
        remedy: "See what it said, and correct the calls or the configuration.",
    },
    Code {
        code: "chain.mismatch",
        cause: "The node serves another chain than the configuration says.",
        remedy: "Give the `rpc` of the chain you configured.",
    },
    Code {
        code: "chain.answer",
        cause: "A contract answered something else than its type.",
        remedy: "Check that the node serves the right chain.",
    },
    Code {
        code: "bundler.simulation",
        cause: "The bundler refused the operation: `bundlerCode`, the EntryPoint's code in `aaCode`, what a contract said in `revert`. If it was signed already, `mayStillLand` is true: only the chain's word counts.",
        remedy: "The message and `revert` say why. With the contract's `abi` in the call its errors are told by name.",
    },
    Code {
        code: "bundler.estimate",
        cause: "The bundler asks for far more gas for verification than the operation takes.",
        remedy: "Use another bundler.",
    },
    Code {
        code: "bundler.other-operation",
        cause: "The bundler speaks of another operation than the one it was asked about.",
        remedy: "Use another bundler.",
    },
    Code {
        code: "paymaster.missing",
        cause: "The scope names a paymaster, and none is set up.",
        remedy: "Configure a paymaster service, or leave the paymaster out of the scope.",
    },
];
