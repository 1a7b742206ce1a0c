//! What a session reads from the chain, through any node (Ethereum JSON-RPC). Read only.

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, B256, Bytes, ChainId, Selector, U256, fixed_bytes};
use serde_json::Value as Json;

use super::lenient;
use super::receipt::{Landed, Log, OPERATION_EVENT, read_landed, read_logs};
use crate::abi::{Tuple, word_address};
use crate::hex::{data, quantity};
use crate::host::{Rpc, RpcError, RpcFault, batch, read_result};
use crate::json::{self, JsonError, Node as JsonNode, json};
use crate::protocol::Read;
use crate::time::Timestamp;
use crate::userop::EntryPoint;

/// `getNonce(address,uint192)` of the EntryPoint.
const GET_NONCE: Selector = fixed_bytes!("0x35567e1a");
/// `balanceOf(address)` of the EntryPoint: what is deposited for gas.
const BALANCE_OF: Selector = fixed_bytes!("0x70a08231");

/// A node of one chain.
#[derive(Debug)]
pub struct Node<R> {
    rpc: R,
}

/// A block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Number.
    pub number: u64,
    /// Time.
    pub time: Timestamp,
}

/// Fees per gas in wei (EIP-1559).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// Highest fee per gas, base fee included.
    pub max_fee_per_gas: u128,
    /// Highest tip per gas.
    pub max_priority_fee_per_gas: u128,
}

impl Fees {
    /// A tip over twice what the latest block took, so that it is enough for some blocks to come.
    #[must_use]
    pub const fn over(base: u128, tip: u128) -> Self {
        Self { max_fee_per_gas: base.saturating_mul(2).saturating_add(tip), max_priority_fee_per_gas: tip }
    }
}

/// Whether the endpoint answered, but not with a result.
fn is_refused<T>(answer: &Result<T, RpcError>) -> bool {
    answer.as_ref().is_err_and(|fault| matches!(**fault, RpcFault::Answer { .. }))
}

impl<R: Rpc> Node<R> {
    /// A node behind `rpc`.
    pub const fn new(rpc: R) -> Self {
        Self { rpc }
    }

    /// The same behind another way of asking.
    pub(crate) fn over<S>(self, way: impl FnOnce(R) -> S) -> Node<S> {
        Node { rpc: way(self.rpc) }
    }

    /// Chain id (`eth_chainId`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn chain_id(&self) -> Result<ChainId, RpcError> {
        self.get("eth_chainId", json!([]), lenient::quantity64).await
    }

    /// Code of an account, empty for none (`eth_getCode`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn code(&self, address: Address) -> Result<Bytes, RpcError> {
        self.get("eth_getCode", json!([address.to_string(), "latest"]), lenient::code).await
    }

    /// Codes of accounts, in order, in one request.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn codes(&self, addresses: &[Address]) -> Result<Vec<Bytes>, RpcError> {
        const METHOD: &str = "eth_getCode";
        let params = |address: &Address| json!([address.to_string(), "latest"]);
        let requests = addresses.iter().map(|address| (METHOD, params(address))).collect();
        let answers = batch(&self.rpc, requests).await?;
        answers.iter().map(|answer| read_result(&self.rpc, METHOD, answer, lenient::code)).collect()
    }

    /// A storage slot of several contracts, in order, in one request (`eth_getStorageAt`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn slots(&self, addresses: &[Address], slot: B256) -> Result<Vec<B256>, RpcError> {
        const METHOD: &str = "eth_getStorageAt";
        let params = |address: &Address| json!([address.to_string(), slot.to_string(), "latest"]);
        let requests = addresses.iter().map(|address| (METHOD, params(address))).collect();
        let answers = batch(&self.rpc, requests).await?;
        answers.iter().map(|answer| read_result(&self.rpc, METHOD, answer, json::hash)).collect()
    }

    /// Native balance in wei (`eth_getBalance`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn balance(&self, address: Address) -> Result<U256, RpcError> {
        self.get("eth_getBalance", json!([address.to_string(), "latest"]), lenient::quantity).await
    }

    /// Answers of views at the latest block (`eth_call`), in order; empty where there is no code.
    ///
    /// # Errors
    /// [`RpcError`], also when a view reverts.
    pub async fn views(&self, reads: &[Read]) -> Result<Vec<Bytes>, RpcError> {
        const METHOD: &str = "eth_call";
        let requests = reads.iter().map(|read| (METHOD, call_params(read))).collect();
        let answers = batch(&self.rpc, requests).await?;
        answers.iter().map(|answer| read_result(&self.rpc, METHOD, answer, json::data)).collect()
    }

    /// Next sequence number under a nonce key of an account.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn sequence(
        &self,
        entry_point: &EntryPoint,
        account: Address,
        key: U192,
    ) -> Result<u64, RpcError> {
        let arguments = Tuple::new(2).word(word_address(account)).word(U256::from(key));
        let nonce = self.entry_point_number(entry_point, GET_NONCE, arguments).await?;
        Ok(crate::userop::split_nonce(nonce).1)
    }

    /// Wei that an account has deposited for gas.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn deposit(&self, entry_point: &EntryPoint, account: Address) -> Result<U256, RpcError> {
        self.entry_point_number(entry_point, BALANCE_OF, Tuple::new(1).word(word_address(account))).await
    }

    /// Fees that get an operation into one of the next blocks, and the fee that the latest one took: the tip the node proposes over
    /// twice that. On a chain without EIP-1559 both fees are the price.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn fees(&self) -> Result<(Fees, u128), RpcError> {
        let base = self.base_fee().await?;
        let tip = self.tip(base).await?;
        Ok((Fees::over(base.unwrap_or_default(), tip), base.unwrap_or_default()))
    }

    /// Fee per gas that the latest block took, in wei; `None` on a chain without EIP-1559.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn base_fee(&self) -> Result<Option<u128>, RpcError> {
        let read = |block: JsonNode<'_>| block.optional("baseFeePerGas", lenient::quantity128);
        self.get("eth_getBlockByNumber", json!(["latest", false]), read).await
    }

    /// The tip by whichever method the node has: its own proposal, what others paid in the last block, or what its price leaves.
    async fn tip(&self, base: Option<u128>) -> Result<u128, RpcError> {
        if base.is_some() {
            let proposed = self.get("eth_maxPriorityFeePerGas", json!([]), lenient::quantity128).await;
            if !is_refused(&proposed) {
                return proposed;
            }
            let rewards = |rewards: JsonNode<'_>| rewards.items(lenient::quantity128);
            let read = |history: JsonNode<'_>| history.field("reward", |blocks| blocks.items(rewards));
            let paid = self.get("eth_feeHistory", json!(["0x1", "latest", [50]]), read).await;
            if let Some(tip) = paid.ok().and_then(|blocks| blocks.last()?.first().copied()) {
                return Ok(tip);
            }
        }
        let price = self.get("eth_gasPrice", json!([]), lenient::quantity128).await?;
        Ok(price.saturating_sub(base.unwrap_or_default()))
    }

    /// The latest block.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn block(&self) -> Result<Block, RpcError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let found = self.block_of("latest").await?;
        found.ok_or_else(|| self.malformed(METHOD, "no latest block"))
    }

    /// The latest block that no reorganisation takes back; `None` where the chain has no such tag.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn final_block(&self) -> Result<Option<Block>, RpcError> {
        match self.block_of("finalized").await {
            Err(error) if matches!(*error, RpcFault::Answer { .. }) => Ok(None),
            found => found,
        }
    }

    async fn block_of(&self, tag: &str) -> Result<Option<Block>, RpcError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let answer = self.rpc.request(METHOD, json!([tag, false])).await?;
        if answer.is_null() {
            return Ok(None);
        }
        let time = |node: JsonNode<'_>| {
            Timestamp::from_seconds(lenient::quantity64(node)?).or_else(|_| node.fail("beyond all times"))
        };
        let read = |block: JsonNode<'_>| {
            let (number, time) =
                (block.field("number", lenient::quantity64)?, block.field("timestamp", time)?);
            Ok(Block { number, time })
        };
        read_result(&self.rpc, METHOD, &answer, read).map(Some)
    }

    /// Operations of an account that are included in blocks from `since` on (`eth_getLogs`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn landed(
        &self,
        entry_point: &EntryPoint,
        account: Address,
        since: u64,
    ) -> Result<Vec<Landed>, RpcError> {
        let topics = json!([OPERATION_EVENT.to_string(), null, account.into_word().to_string()]);
        let filter = json!([{
            "address": entry_point.address.to_string(),
            "fromBlock": quantity(U256::from(since)),
            "toBlock": "latest",
            "topics": topics,
        }]);
        let read = |log: JsonNode<'_>| landed_of(entry_point, account, log);
        let events = self.get("eth_getLogs", filter, |logs| logs.items(read)).await?;
        Ok(events.into_iter().flatten().collect())
    }

    /// Operations of an account that are included in a transaction (`eth_getTransactionReceipt`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn landed_in(
        &self,
        entry_point: &EntryPoint,
        account: Address,
        transaction: B256,
    ) -> Result<Vec<Landed>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let answer = self.rpc.request(METHOD, json!([transaction.to_string()])).await?;
        if answer.is_null() {
            return Ok(Vec::new());
        }
        let read = |log: JsonNode<'_>| landed_of(entry_point, account, log);
        let events = read_result(&self.rpc, METHOD, &answer, |receipt| {
            receipt.field("logs", |logs| logs.items(read))
        })?;
        Ok(events.into_iter().flatten().collect())
    }

    /// What a transaction logged (`eth_getTransactionReceipt`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn logs(&self, transaction: B256) -> Result<Vec<Log>, RpcError> {
        let read = |receipt: JsonNode<'_>| Ok(receipt.optional("logs", read_logs)?.unwrap_or_default());
        self.get("eth_getTransactionReceipt", json!([transaction.to_string()]), read).await
    }

    /// Whether a transaction succeeded; `None` while it is not included (`eth_getTransactionReceipt`).
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn transaction_status(&self, hash: B256) -> Result<Option<bool>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let answer = self.rpc.request(METHOD, json!([hash.to_string()])).await?;
        if answer.is_null() {
            return Ok(None);
        }
        let status =
            read_result(&self.rpc, METHOD, &answer, |receipt| receipt.field("status", lenient::quantity))?;
        Ok(Some(!status.is_zero()))
    }

    async fn entry_point_number(
        &self,
        entry_point: &EntryPoint,
        selector: Selector,
        arguments: Tuple,
    ) -> Result<U256, RpcError> {
        let calldata = [selector.as_slice(), &arguments.finish()].concat();
        let read = Read { to: entry_point.address, data: calldata.into() };
        let word = self.get("eth_call", call_params(&read), json::data).await?;
        let word = <[u8; 32]>::try_from(word.as_ref());
        let no_code = |_| self.malformed("eth_call", "there is no EntryPoint on this chain");
        word.map(U256::from_be_bytes).map_err(no_code)
    }

    fn malformed(&self, method: &str, what: &'static str) -> RpcError {
        RpcError::malformed(self.rpc.origin(), method, JsonError::new("result", what))
    }

    async fn get<T>(
        &self,
        method: &str,
        params: Json,
        read: impl FnOnce(JsonNode<'_>) -> Result<T, JsonError>,
    ) -> Result<T, RpcError> {
        read_result(&self.rpc, method, &self.rpc.request(method, params).await?, read)
    }
}

/// The operation of an account that a log tells of. Any contract can log what looks like the EntryPoint's event, and some nodes answer
/// more than they were asked for.
fn landed_of(
    entry_point: &EntryPoint,
    account: Address,
    log: JsonNode<'_>,
) -> Result<Option<Landed>, JsonError> {
    let address = log.field("address", json::address).ok();
    let topics = log.field("topics", |topics| topics.items(json::hash)).unwrap_or_default();
    let is_of_account = address == Some(entry_point.address) && topics.get(2) == Some(&account.into_word());
    if is_of_account { read_landed(log) } else { Ok(None) }
}

fn call_params(read: &Read) -> Json {
    json!([{ "to": read.to.to_string(), "data": data(&read.data) }, "latest"])
}
