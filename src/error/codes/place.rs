//! The place it runs in: storage and the module itself.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "storage.unavailable",
        cause: "The browser offers no such storage here: private mode, a sandboxed frame, a policy.",
        remedy: "Use `storage: 'memory'` where the browser offers none.",
    },
    Code {
        code: "storage.quota",
        cause: "The browser's storage for this site is full.",
        remedy: "Free storage of this site.",
    },
    Code {
        code: "storage.failed",
        cause: "A read or write failed, and again when it was repeated.",
        remedy: "Try again; if it stays, use `storage: 'memory'`.",
    },
    Code {
        code: "storage.damaged",
        cause: "A stored session cannot be read.",
        remedy: "Forget this session and ask the owner for a new one.",
    },
    Code {
        code: "storage.newer",
        cause: "A session was stored by a newer version of this package.",
        remedy: "Load the version of the page that stored it, or ask the owner for a new session.",
    },
    Code {
        code: "storage.other-key",
        cause: "The stored key is not the session's.",
        remedy: "Forget this session and ask the owner for a new one.",
    },
    Code {
        code: "storage.lost",
        cause: "The wrapping key of the session is gone.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "storage.altered",
        cause: "What is sealed does not open: it was altered, or belongs to another session.",
        remedy: "Ask the owner for a new session.",
    },
    Code {
        code: "storage.framed",
        cause: "The page is in a frame of another origin, where no key opens.",
        remedy: "Open the page by itself, or name the origin of the frame in `allowFramedBy` if you trust it.",
    },
    Code {
        code: "storage.no-passkey",
        cause: "The browser or authenticator has no passkeys that derive keys (WebAuthn PRF).",
        remedy: "Use `storage: 'tab'` or `'device'` where there are none.",
    },
    Code {
        code: "storage.passkey-declined",
        cause: "The user did not confirm with the passkey.",
        remedy: "Ask again when the user wants to go on.",
    },
    Code {
        code: "storage.no-webcrypto",
        cause: "WebCrypto is missing: the page is no secure context.",
        remedy: "Serve the page over https, or from localhost.",
    },
    Code {
        code: "wasm.not-started",
        cause: "A function of `hallpass/slim` was called before `init`.",
        remedy: "Call `init()` with hallpass.wasm first, or import from `hallpass`, which carries it.",
    },
    Code {
        code: "wasm.fetch",
        cause: "The module was not served where it was fetched.",
        remedy: "Serve hallpass/hallpass.wasm at the address you fetch.",
    },
    Code {
        code: "wasm.start",
        cause: "The module could not be started.",
        remedy: "If the page has a content security policy, allow 'wasm-unsafe-eval' in script-src.",
    },
    Code {
        code: "wasm.trap",
        cause: "The module stopped on an internal fault and was started afresh; sessions were taken up again from storage, but those in memory are lost.",
        remedy: "Do it again, and please report this with what led to it.",
    },
];
