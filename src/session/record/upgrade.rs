//! Records of older versions, which are read, proved whole and written anew.

use alloy_primitives::{Bytes, keccak256};
use serde_json::json;

use super::StoredTerms;
use super::state::{self, State};
use crate::json::{self, JsonError, Node};

/// A record of version 1: its state was part of it and not sealed, and its wrapping key went by the session's id alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct OldRecord {
    pub(in crate::session) terms: StoredTerms,
    pub(in crate::session) sealed: Bytes,
    pub(in crate::session) state: State,
}

impl OldRecord {
    pub(super) const VERSION: u64 = 1;

    pub(super) fn from_node(root: Node<'_>) -> Result<Self, JsonError> {
        Ok(Self {
            terms: StoredTerms::from_node(root)?,
            sealed: root.field("sealed", json::data)?,
            state: root.field("state", state::read_state)?,
        })
    }

    /// What its sealed key is bound to.
    pub(in crate::session) fn bound(&self, origin: &str) -> Vec<u8> {
        let terms = &self.terms;
        let validity = [terms.validity.valid_after().seconds(), terms.validity.valid_until().seconds()];
        json!([
            "hallpass",
            Self::VERSION,
            origin,
            terms.app,
            terms.id,
            terms.protocol,
            terms.chain_id,
            terms.account.to_string(),
            terms.owner.to_string(),
            terms.index.to_string(),
            terms.key.to_string(),
            validity,
            terms.scope.hash().to_string(),
            terms.grant_hash.to_string(),
            keccak256(&terms.grant).to_string(),
        ])
        .to_string()
        .into_bytes()
    }
}
