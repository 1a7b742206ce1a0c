//! What wallets say when they do not sign (EIP-1193, "Provider Errors"; EIP-1474, "Error codes").

use alloy_primitives::{Address, ChainId};
use serde_json::Value as Json;

use crate::host::{RpcError, RpcFault};
use crate::key::SignatureError;

/// Why the owner's answer is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnerError {
    /// 4001: the owner said no.
    #[error("the owner declined in the wallet")]
    Rejected,
    /// 4100: this page may not ask for that account or method.
    #[error("the wallet has not authorised this page")]
    Unauthorized,
    /// 4200, -32601: the wallet does not know the method.
    #[error("the wallet does not offer what was asked: {message}")]
    UnsupportedMethod {
        /// What the wallet said.
        message: String,
    },
    /// 4900: the wallet has no connection at all.
    #[error("the wallet is disconnected from every chain")]
    Disconnected,
    /// 4901: the wallet has no connection to this chain.
    #[error("the wallet is not connected to this chain")]
    ChainDisconnected,
    /// 4902: the wallet does not know the chain.
    #[error("the wallet does not know this chain: {message}")]
    UnknownChain {
        /// What the wallet said.
        message: String,
    },
    /// -32002: the wallet has a prompt open already.
    #[error("the wallet already has a request open")]
    Busy,
    /// The wallet is connected to no account.
    #[error("the wallet shows no account to this page")]
    NoAccount,
    /// The wallet shows other accounts than the one that is needed.
    #[error("the wallet does not show account {wanted} to this page")]
    WrongAccount {
        /// The account needed.
        wanted: Address,
    },
    /// The owner changed accounts while the prompt was open.
    #[error("the wallet left account {wanted} while it was asked to sign")]
    AccountChanged {
        /// The account asked.
        wanted: Address,
        /// The account shown now.
        found: Option<Address>,
    },
    /// The wallet changed chains while the prompt was open.
    #[error("the wallet went from chain {wanted} to chain {found} while it was asked to sign")]
    ChainChanged {
        /// The chain asked for.
        wanted: ChainId,
        /// The chain it is on now.
        found: ChainId,
    },
    /// The wallet is on another chain and does not leave it.
    #[error("the wallet is on chain {found}, not on {wanted}")]
    WrongChain {
        /// The chain needed.
        wanted: ChainId,
        /// The chain it is on.
        found: ChainId,
    },
    /// Wallets do not sign typed data for a contract at the owner's own address.
    #[error("wallets refuse to sign session grants for their own account {owner}")]
    OwnAccount {
        /// The owner.
        owner: Address,
    },
    /// The owner is a contract: its signature is checked by code, not by recovering a key.
    #[error("owner {owner} signs as a contract; this account takes signatures of a key only")]
    ContractOwner {
        /// The owner.
        owner: Address,
    },
    /// The signature is by another key, or over other data than was shown.
    #[error("the wallet's signature is by {signer}, not by {owner}")]
    OtherSigner {
        /// The account asked.
        owner: Address,
        /// Who signed.
        signer: Address,
    },
    /// The signature has a faulty form.
    #[error("the wallet's signature is faulty: {0}")]
    Signature(SignatureError),
    /// Anything else.
    #[error("the wallet failed: {0}")]
    Failed(RpcError),
}

impl From<RpcError> for OwnerError {
    fn from(error: RpcError) -> Self {
        let RpcFault::Answer { code, message, data } = &*error else { return Self::Failed(error) };
        // Mobile wallets put the code they mean behind an internal error.
        let inner = || data.pointer("/originalError/code").and_then(Json::as_i64);
        let code = if *code == -32603 { inner().unwrap_or(*code) } else { *code };
        let message = || message.clone();
        match code {
            4001 => Self::Rejected,
            4100 => Self::Unauthorized,
            4200 | -32601 | -32004 => Self::UnsupportedMethod { message: message() },
            4900 => Self::Disconnected,
            4901 => Self::ChainDisconnected,
            4902 => Self::UnknownChain { message: message() },
            -32002 => Self::Busy,
            _ => Self::Failed(error),
        }
    }
}

impl OwnerError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected => "wallet.rejected",
            Self::Unauthorized => "wallet.unauthorized",
            Self::UnsupportedMethod { .. } => "wallet.unsupported-method",
            Self::Disconnected => "wallet.disconnected",
            Self::ChainDisconnected => "wallet.chain-disconnected",
            Self::UnknownChain { .. } => "wallet.unknown-chain",
            Self::Busy => "wallet.busy",
            Self::NoAccount => "wallet.no-account",
            Self::WrongAccount { .. } => "wallet.wrong-account",
            Self::AccountChanged { .. } => "wallet.account-changed",
            Self::ChainChanged { .. } => "wallet.chain-changed",
            Self::WrongChain { .. } => "wallet.wrong-chain",
            Self::OwnAccount { .. } => "wallet.own-account",
            Self::ContractOwner { .. } => "wallet.contract-owner",
            Self::OtherSigner { .. } => "wallet.other-signer",
            Self::Signature(_) => "wallet.signature",
            Self::Failed(_) => "wallet.failed",
        }
    }

    /// Whether asking again may help without anything else being changed.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Rejected | Self::Busy | Self::AccountChanged { .. } | Self::ChainChanged { .. })
    }
}
