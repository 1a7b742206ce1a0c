//! The owner's wallet.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "wallet.rejected",
        cause: "The owner declined.",
        remedy: "Tell the player what the session is for, and offer to ask again.",
    },
    Code {
        code: "wallet.unauthorized",
        cause: "The wallet is not connected to this page.",
        remedy: "Connect the wallet to this page first.",
    },
    Code {
        code: "wallet.unsupported-method",
        cause: "The owner given takes no requests (EIP-1193), or the wallet cannot do what is needed.",
        remedy: "Pass a wallet's provider, or ask the player to use another wallet.",
    },
    Code {
        code: "wallet.disconnected",
        cause: "The wallet has no connection to any network.",
        remedy: "Ask the player to check the wallet's network connection.",
    },
    Code {
        code: "wallet.chain-disconnected",
        cause: "The wallet has no connection to this network.",
        remedy: "Ask the player to check the wallet's network connection.",
    },
    Code {
        code: "wallet.unknown-chain",
        cause: "The wallet does not know the chain and cannot add it.",
        remedy: "Give the chain's `rpcUrls`, so that the wallet can add it.",
    },
    Code {
        code: "wallet.busy",
        cause: "The wallet has another request open.",
        remedy: "Ask the player to open the wallet and answer there.",
    },
    Code {
        code: "wallet.no-account",
        cause: "The wallet shows no account.",
        remedy: "Ask the player to unlock the wallet and connect an account.",
    },
    Code {
        code: "wallet.wrong-account",
        cause: "The wallet does not show the account that is to own the session.",
        remedy: "Ask the player to choose this account in the wallet, then ask again.",
    },
    Code {
        code: "wallet.account-changed",
        cause: "The account was changed while the wallet was asked.",
        remedy: "Ask the player to choose this account in the wallet, then ask again.",
    },
    Code {
        code: "wallet.chain-changed",
        cause: "The network was changed while the wallet was asked.",
        remedy: "Ask the player to change the network in the wallet, then ask again.",
    },
    Code {
        code: "wallet.wrong-chain",
        cause: "The wallet stays on another network.",
        remedy: "Ask the player to change the network in the wallet, then ask again.",
    },
    Code {
        code: "wallet.own-account",
        cause: "Wallets do not sign grants for a contract at the owner's own address.",
        remedy: "Use an account of its own for the session: `account: 'kernel'`.",
    },
    Code {
        code: "wallet.contract-owner",
        cause: "The owner signs as a contract; this account takes signatures of a key only.",
        remedy: "Ask the player for a wallet whose account is a plain key.",
    },
    Code {
        code: "wallet.other-signer",
        cause: "The signature is by another account than the one asked.",
        remedy: "Ask again with the account that is to own the session.",
    },
    Code {
        code: "wallet.signature",
        cause: "The wallet's signature has a faulty form.",
        remedy: "Ask again; if it stays, report the wallet.",
    },
    Code {
        code: "wallet.failed",
        cause: "The wallet failed in another way.",
        remedy: "Try again; if it stays, report the wallet.",
    },
];
