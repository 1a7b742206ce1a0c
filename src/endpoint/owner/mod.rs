//! The owner's wallet (EIP-1193): who is connected, on which chain, and the one signature.
//!
//! Wallet methods that open a prompt: `eth_requestAccounts`, `wallet_switchEthereumChain`, `wallet_addEthereumChain`,
//! `eth_signTypedData_v4`, `eth_sendTransaction`. None of the others here does.

mod chain;
mod error;

use alloy_primitives::{Address, B256, ChainId};
use futures_util::future::{Either, select};
use serde_json::Value as Json;

pub use chain::Chain;
pub use error::OwnerError;

use super::lenient;
use crate::eip712::TypedData;
use crate::hex;
use crate::host::{RpcError, Wallet, read_result};
use crate::json::{self, json};
use crate::key::{Signature, recover_address};
use crate::protocol::Call;

/// The owner, asked through a wallet.
#[derive(Debug)]
pub struct Owner<W> {
    wallet: W,
}

impl<W: Wallet> Owner<W> {
    /// The owner behind `wallet`.
    pub const fn new(wallet: W) -> Self {
        Self { wallet }
    }

    /// Accounts the wallet shows to this page (`eth_accounts`). Never opens a prompt.
    ///
    /// # Errors
    /// [`OwnerError`].
    pub async fn accounts(&self) -> Result<Vec<Address>, OwnerError> {
        self.read_accounts("eth_accounts").await
    }

    /// The same, after asking to be connected (`eth_requestAccounts`). Opens a prompt unless the page is connected.
    ///
    /// # Errors
    /// [`OwnerError`].
    pub async fn connect(&self) -> Result<Vec<Address>, OwnerError> {
        self.read_accounts("eth_requestAccounts").await
    }

    /// Chain the wallet is on (`eth_chainId`).
    ///
    /// # Errors
    /// [`OwnerError`].
    pub async fn chain_id(&self) -> Result<ChainId, OwnerError> {
        const METHOD: &str = "eth_chainId";
        let answer = self.wallet.request(METHOD, json!([])).await?;
        Ok(read_result(&self.wallet, METHOD, &answer, lenient::quantity64)?)
    }

    /// Brings the wallet to a chain: `wallet_switchEthereumChain` (EIP-3326), and `wallet_addEthereumChain` (EIP-3085) where the
    /// wallet does not know the chain. Each may open a prompt.
    ///
    /// # Errors
    /// [`OwnerError::WrongChain`] when the wallet has no way to switch, or stays where it was.
    pub async fn switch_chain(&self, chain: &Chain) -> Result<(), OwnerError> {
        let params = json!([{ "chainId": chain.id_text() }]);
        match self.wallet.request("wallet_switchEthereumChain", params).await.map_err(OwnerError::from) {
            Err(OwnerError::UnknownChain { .. }) => {
                self.wallet.request("wallet_addEthereumChain", json!([chain.to_add()])).await?;
            }
            Err(OwnerError::UnsupportedMethod { .. }) => {
                return Err(OwnerError::WrongChain { wanted: chain.id, found: self.chain_id().await? });
            }
            answer => {
                answer?;
            }
        }
        match self.chain_id().await? {
            found if found == chain.id => Ok(()),
            found => Err(OwnerError::WrongChain { wanted: chain.id, found }),
        }
    }

    /// What wallets refuse to sign, told before they are asked: typed data for a contract at the owner's own address, which some
    /// wallets keep for themselves since accounts can have code (EIP-7702).
    ///
    /// # Errors
    /// [`OwnerError::OwnAccount`].
    pub fn preflight(owner: Address, typed_data: &TypedData) -> Result<(), OwnerError> {
        match typed_data.domain().verifying_contract == Some(owner) {
            true => Err(OwnerError::OwnAccount { owner }),
            false => Ok(()),
        }
    }

    /// The owner's signature over typed data (`eth_signTypedData_v4`, EIP-712), checked here. Opens a prompt. Ends early when the
    /// wallet tells that it left the owner's account or the chain.
    ///
    /// # Errors
    /// [`OwnerError`]; [`OwnerError::OtherSigner`] when another key signed, or other data.
    pub async fn sign(
        &self,
        owner: Address,
        chain_id: ChainId,
        typed_data: &TypedData,
    ) -> Result<Signature, OwnerError> {
        const METHOD: &str = "eth_signTypedData_v4";
        let params = json!([owner.to_string(), json::text_of(&typed_data.to_json())]);
        let answer = self.while_unchanged(owner, chain_id, self.wallet.request(METHOD, params)).await?;
        let bytes = read_result(&self.wallet, METHOD, &answer, json::data)?;
        read_signature(&bytes, owner, &typed_data.digest())
    }

    /// Sends a plain transaction from the owner's own address (`eth_sendTransaction`). Opens a prompt.
    ///
    /// # Errors
    /// [`OwnerError`].
    pub async fn send_transaction(
        &self,
        owner: Address,
        chain_id: ChainId,
        call: &Call,
    ) -> Result<B256, OwnerError> {
        const METHOD: &str = "eth_sendTransaction";
        let transaction = json!({
            "from": owner.to_string(),
            "to": call.to.to_string(),
            "value": hex::quantity(call.value),
            "data": hex::data(&call.data),
        });
        let request = self.wallet.request(METHOD, json!([transaction]));
        let answer = self.while_unchanged(owner, chain_id, request).await?;
        Ok(read_result(&self.wallet, METHOD, &answer, json::hash)?)
    }

    /// Waits for an answer while the wallet stays with this owner and chain. A refusal after it moved on is told as the move.
    async fn while_unchanged(
        &self,
        owner: Address,
        chain_id: ChainId,
        request: impl Future<Output = Result<Json, RpcError>>,
    ) -> Result<Json, OwnerError> {
        let mut request = Box::pin(request);
        loop {
            let changed = Box::pin(self.wallet.changed());
            match select(request, changed).await {
                Either::Left((Ok(answer), _)) => return Ok(answer),
                Either::Left((Err(fault), _)) => {
                    self.unchanged(owner, chain_id).await?;
                    return Err(fault.into());
                }
                Either::Right(((), pending)) => {
                    self.unchanged(owner, chain_id).await?;
                    request = pending;
                }
            }
        }
    }

    async fn unchanged(&self, owner: Address, chain_id: ChainId) -> Result<(), OwnerError> {
        let accounts = self.accounts().await?;
        if !accounts.contains(&owner) {
            return Err(OwnerError::AccountChanged { wanted: owner, found: accounts.first().copied() });
        }
        match self.chain_id().await? {
            found if found == chain_id => Ok(()),
            found => Err(OwnerError::ChainChanged { wanted: chain_id, found }),
        }
    }

    async fn read_accounts(&self, method: &str) -> Result<Vec<Address>, OwnerError> {
        let answer = self.wallet.request(method, json!([])).await?;
        Ok(read_result(&self.wallet, method, &answer, |node| node.items(json::address))?)
    }
}

/// A wallet's signature: 65 bytes whose last is 0, 1, 27 or 28, and that recovers to the owner. An owner whose address has code but
/// still signs with its key (EIP-7702) passes.
fn read_signature(bytes: &[u8], owner: Address, digest: &B256) -> Result<Signature, OwnerError> {
    let signature = Signature::from_bytes(bytes).map_err(|fault| match bytes.len() {
        // A signature checked by a contract (ERC-1271, ERC-6492) can be of any other length.
        65 => OwnerError::Signature(fault),
        _ => OwnerError::ContractOwner { owner },
    })?;
    match recover_address(digest, &signature) {
        Ok(signer) if signer == owner => Ok(signature),
        Ok(signer) => Err(OwnerError::OtherSigner { owner, signer }),
        Err(fault) => Err(OwnerError::Signature(fault)),
    }
}
