//! Sessions, grants and their keys.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "session.expired",
        cause: "The session is over.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "session.not-yet",
        cause: "The session does not begin before its `startsAt`.",
        remedy: "Wait until the session begins.",
    },
    Code { code: "session.locked", cause: "The session is locked.", remedy: "Unlock the session first." },
    Code {
        code: "session.revoked",
        cause: "The session was taken back on chain.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "session.pending",
        cause: "The owner has not signed yet.",
        remedy: "Call `resume`, or ask the owner again.",
    },
    Code {
        code: "session.forgotten",
        cause: "The session's record is no longer stored here.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "session.owner-changed",
        cause: "The account has another owner now than the session's.",
        remedy: "Revoke every session of the account, then ask its new owner.",
    },
    Code {
        code: "session.busy",
        cause: "Too many operations are on their way without being seen on chain.",
        remedy: "Wait until some of them are included.",
    },
    Code {
        code: "session.ends-in-the-past",
        cause: "A session that would end at once, or has ended.",
        remedy: "Give an end between now and seven days from now, such as `4h`.",
    },
    Code {
        code: "session.failed",
        cause: "A failure of a session that has no code of its own. None is known.",
        remedy: "Report this with what led to it.",
    },
    Code {
        code: "grant.other-operation",
        cause: "An operation to be signed differs from what was granted: account, nonce, limits, paymaster.",
        remedy: "Let `prepareCalls` build the operation.",
    },
    Code {
        code: "grant.record",
        cause: "A stored grant is not one of its account's kind.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "grant.id-used",
        cause: "The id of the grant was used on the account before.",
        remedy: "Ask again; the grant gets a fresh id.",
    },
    Code {
        code: "grant.too-large",
        cause: "A number that its field on chain cannot hold.",
        remedy: "Use a smaller number.",
    },
    Code {
        code: "grant.too-many-policies",
        cause: "More policies than a permission of the account may have.",
        remedy: "Use fewer rules.",
    },
    Code {
        code: "grant.nonce-exhausted",
        cause: "The account's counter of grants is used up.",
        remedy: "Use another account.",
    },
    Code {
        code: "account.key-kind",
        cause: "The account's contracts do not check this kind of session key.",
        remedy: "Leave `key` out, or use an account whose contracts check that kind.",
    },
    Code {
        code: "account.no-policy-contract",
        cause: "A contract that is to enforce the scope is not on this chain.",
        remedy: "Use a chain on which the contracts of this account kind are deployed.",
    },
    Code {
        code: "protocol.unsupported",
        cause: "This kind or version of account cannot do what was asked.",
        remedy: "Use an account of a newer version.",
    },
    Code {
        code: "funds.needed",
        cause: "The account lacks native coin: `wei` more at `address`.",
        remedy: "Send what is missing to the account. Gas alone can be left to a paymaster that the scope names.",
    },
    Code {
        code: "revoke.nothing-on-chain",
        cause: "The account is not deployed yet, so there is nothing to revoke on chain.",
        remedy: "Forget the session; nobody else has its key.",
    },
    Code {
        code: "revoke.failed",
        cause: "The revoking transaction failed.",
        remedy: "Look at the transaction, then revoke again.",
    },
    Code {
        code: "key.no-randomness",
        cause: "The platform has no generator of random numbers.",
        remedy: "Run in a browser or worker that offers crypto.getRandomValues.",
    },
    Code { code: "key.out-of-range", cause: "Bytes that are no key.", remedy: "Generate a new key." },
    Code {
        code: "key.self-check",
        cause: "A signature that does not prove to be the key's. Nothing was sent.",
        remedy: "Reload and try again; if it stays, report the device and engine.",
    },
    Code {
        code: "signature.invalid",
        cause: "A signature that is none. From the Rust crate only.",
        remedy: "Ask the owner to sign again with the account that was asked.",
    },
    Code {
        code: "execution.reverted",
        cause: "The operation is included and its calls were undone; the gas is paid. `receipt` and `revert` say why.",
        remedy: "The contract refused; correct the call.",
    },
    Code {
        code: "operation.not-included",
        cause: "A bundler took it, and nobody has news of it for ten minutes; or its nonce is used and the chain does not show by what. It may land.",
        remedy: "Nothing happens twice: send the same or other calls whenever you like. Listen to `landed-late`, or ask `hallpass.operation(id)` later.",
    },
    Code {
        code: "operation.unknown",
        cause: "The bundler's answer was lost, and the time for trying is over. It may land (`mayStillLand`).",
        remedy: "Nothing happens twice: send the same or other calls whenever you like. Listen to `landed-late`, or ask `hallpass.operation(id)` later.",
    },
    Code {
        code: "operation.replaced",
        cause: "Another operation used its nonce. It never lands, unless the other one's block is taken back.",
        remedy: "Send the calls again if they are still wanted.",
    },
    Code {
        code: "operation.dropped",
        cause: "The grant ended before it was included. It never lands.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "operation.cancelled",
        cause: "The calls were cancelled before they were signed.",
        remedy: "Nothing is lost: send them again if they are still wanted.",
    },
    Code {
        code: "operation.not-cancellable",
        cause: "It is on chain, or can never land, or the scope allows no call that does nothing (a plain transfer to somebody).",
        remedy: "Wait for it; a later operation is not affected.",
    },
    Code {
        code: "operation.not-found",
        cause: "No operation of this id is stored here: never signed, of another app, chain or browser, or 64 others ended after it.",
        remedy: "Use the id of a sending of this app, once it is signed.",
    },
    Code {
        code: "wait.timed-out",
        cause: "An operation was waited for as long as you allowed. It goes on all the same.",
        remedy: "Nothing is lost: wait again, or listen to the event `operation`.",
    },
    Code {
        code: "aborted",
        cause: "The wait was given up by an `AbortSignal`; calls that were not signed are withdrawn, everything else goes on.",
        remedy: "Nothing is lost: ask again, or call `resume` for a request.",
    },
];
