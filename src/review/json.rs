//! Reviews as JSON, in and out.

use alloy_primitives::{Address, U256};
use serde_json::Value as Json;

use super::{Proposal, explain, review, worst_case};
use crate::hex::HexError;
use crate::json::{self, JsonError, Node, json};
use crate::protocol::{
    AssetRisk, Balances, EnforcedBy, EnforcementGas, EnforcementReport, GasPart, Protocol, ProtocolError,
    Recipients, by_name,
};
use crate::scope::lint::Finding;
use crate::scope::{Scope, ScopeError, Sentence, Token};
use crate::time::Timestamp;

const ROOT: &str = "";
/// How long a session lasts where the question does not say.
const DEFAULT_LENGTH: &str = "4h";
/// Stand for an account and owner that the question does not name.
const SOME_ACCOUNT: Address = Address::repeat_byte(0xac);
const SOME_OWNER: Address = Address::repeat_byte(0x0e);

/// A question that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Its scope.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// Anything else.
    #[error(transparent)]
    Json(#[from] JsonError),
}

/// Reviews a scope at a point in time. The question is an object: `scope`, and optionally `version` of Kernel, `account`, `owner`,
/// `startsAt` and `expiresIn` (a text such as `4h`, or `{ "at": <Unix seconds> }`), `storage`, `balances` (`native`, `deposit`, token
/// addresses), `tokens` (address to `symbol` and `decimals`).
///
/// # Errors
/// [`ReviewError`] with the path of the fault.
pub fn review_json(question: &Json, now: Timestamp) -> Result<Json, ReviewError> {
    let root = Node::root(question, ROOT);
    root.deny_unknown(&[&QUESTION[..], &["version", "storage"]].concat())?;
    let protocol = root.optional("version", protocol)?;
    let protocol = match protocol.or_else(|| by_name("kernel_v3/0.3.3")) {
        Some(protocol) => protocol,
        None => return Ok(root.fail("this build has no account protocol")?),
    };
    let tab = root.optional("storage", |node| Ok(node.text()? == "tab"))?.unwrap_or_default();
    let account = |owner| match owner == SOME_OWNER {
        true => SOME_ACCOUNT,
        false => protocol.account(owner, U256::ZERO).address,
    };
    review_of(protocol.as_ref(), &account, tab, root, now)
}

/// What every question may have.
pub(crate) const QUESTION: [&str; 7] =
    ["scope", "account", "owner", "startsAt", "expiresIn", "balances", "tokens"];

/// The same where it is known which protocol, which account an owner has, and whether its key is kept as long as a tab lives. Whether the
/// question has other names than [`QUESTION`] is looked at before.
///
/// # Errors
/// [`ReviewError`] with the path of the fault.
pub(crate) fn review_of(
    protocol: &dyn Protocol,
    account_of: &dyn Fn(Address) -> Address,
    tab: bool,
    root: Node<'_>,
    now: Timestamp,
) -> Result<Json, ReviewError> {
    let scope = root.field("scope", |node| Ok(Scope::from_json(node.value())))??;
    let owner = root.optional("owner", json::address)?.unwrap_or(SOME_OWNER);
    let account = root.optional("account", json::address)?.unwrap_or_else(|| account_of(owner));
    let time = |node: Node<'_>| json::instant(node, now);
    let starts_at = root.optional("startsAt", time)?.unwrap_or_default();
    let valid_until = match root.optional("expiresIn", time)? {
        Some(end) => end,
        None => json::instant(Node::root(&json!(DEFAULT_LENGTH), ROOT), now)?,
    };
    let balances = root.optional("balances", read_balances)?.unwrap_or_default();
    let tokens = root.optional("tokens", read_tokens)?.unwrap_or_default();
    let proposal = Proposal { scope: &scope, account, owner, now, starts_at, valid_until, tab };
    Ok(answer(protocol, &proposal, &balances, &tokens))
}

fn answer(protocol: &dyn Protocol, proposal: &Proposal<'_>, balances: &Balances, tokens: &[Token]) -> Json {
    let review = review(protocol, proposal);
    let worst_case = worst_case(protocol, proposal, balances).map(|risks| write_risks(&risks));
    let error = |fault: &ProtocolError| json!({ "code": fault.code(), "message": fault.to_string() });
    json!({
        "scope": proposal.scope.to_json(),
        "scopeHash": proposal.scope.hash().to_string(),
        "account": proposal.account.to_string(),
        "passes": review.passes(proposal.scope),
        "findings": write_findings(&review.findings),
        "notAccepted": review.not_accepted,
        "explain": write_sentences(&explain(protocol, proposal, tokens)),
        "enforcement": review.enforcement.as_ref().map_or(Json::Null, write_report),
        "worstCase": worst_case.unwrap_or(Json::Null),
        "compileError": review.enforcement.as_ref().err().map(error),
    })
}

fn protocol(node: Node<'_>) -> Result<Box<dyn Protocol>, JsonError> {
    let name = format!("kernel_v3/0.{}", node.text()?);
    match by_name(&name) {
        Some(protocol) => Ok(protocol),
        None => node.fail("one of 3.1, 3.2, 3.3"),
    }
}

/// What an account holds: amounts by name, `native`, `deposit`, token addresses.
pub(crate) fn read_balances(node: Node<'_>) -> Result<Balances, JsonError> {
    let mut balances = Balances::default();
    for name in node.object()?.keys() {
        let amount = node.field(name, json::amount)?;
        match name.as_str() {
            "native" => balances.native = Some(amount),
            "deposit" => balances.deposit = Some(amount),
            token => balances.tokens.push((address_key(node, token)?, amount)),
        }
    }
    Ok(balances)
}

fn address_key(node: Node<'_>, name: &str) -> Result<Address, JsonError> {
    crate::hex::parse_address(name).map_err(|fault: HexError| node.field_error(name, fault.into()))
}

/// How amounts of tokens are shown: address to `symbol` and `decimals`.
pub(crate) fn read_tokens(node: Node<'_>) -> Result<Vec<Token>, JsonError> {
    let mut tokens = Vec::new();
    for name in node.object()?.keys() {
        let address = address_key(node, name)?;
        tokens.push(node.field(name, |token| {
            token.deny_unknown(&["symbol", "decimals"])?;
            let decimals =
                token.optional("decimals", |node| match node.value().as_u64().map(u8::try_from) {
                    Some(Ok(decimals)) if decimals <= 77 => Ok(decimals),
                    _ => node.fail("a number of decimals"),
                })?;
            let symbol = token.optional("symbol", json::string)?.unwrap_or_default();
            Ok(Token { address, symbol, decimals: decimals.unwrap_or_default() })
        })?);
    }
    Ok(tokens)
}

/// Findings as the package gives them.
#[must_use]
pub fn write_findings(findings: &[Finding]) -> Json {
    let write = |finding: &Finding| {
        json!({
            "id": finding.rule.id,
            "severity": finding.rule.severity.name(),
            "path": finding.path,
            "message": format!("{}: {}.", finding.rule.title.trim_end_matches('.'), finding.message),
            "fix": finding.rule.fix,
            "accept": finding.acceptance(),
            "docs": format!("docs/lint/{}.md", finding.rule.id),
        })
    };
    findings.iter().map(write).collect()
}

/// Sentences for the owner.
#[must_use]
pub fn write_sentences(sentences: &[Sentence]) -> Json {
    sentences
        .iter()
        .map(|sentence| json!({ "topic": sentence.topic.name(), "text": sentence.text }))
        .collect()
}

/// An enforcement report.
#[must_use]
pub fn write_report(report: &EnforcementReport) -> Json {
    let rules = report.rules.iter().map(|rule| {
        let (by, contract, reason, implicit) = match &rule.by {
            EnforcedBy::Chain(contract) => {
                let contract = json!({
                    "name": contract.name,
                    "address": contract.address.to_string(),
                    "codeHash": contract.code_hash.map(|hash| hash.to_string()),
                });
                ("chain", contract, None, false)
            }
            EnforcedBy::Local { reason, implicit } => ("local", Json::Null, Some(*reason), *implicit),
        };
        json!({
            "path": rule.path, "rule": rule.rule, "enforcedBy": by, "contract": contract, "reason": reason,
            "implicit": implicit,
        })
    });
    json!({
        "rules": rules.collect::<Vec<_>>(),
        "gas": write_gas(&report.gas),
        "strictBundlers": {
            "accepted": report.refused_by_strict_bundlers.is_none(),
            "reason": report.refused_by_strict_bundlers,
        },
    })
}

/// Gas of a grant.
#[must_use]
pub fn write_gas(gas: &EnforcementGas) -> Json {
    let part = |part: &GasPart| {
        json!({
            "what": part.what,
            "first": part.first.to_string(),
            "later": part.later.to_string(),
            "perCall": part.per_call,
        })
    };
    json!({
        "first": gas.first().to_string(),
        "later": gas.later().to_string(),
        "parts": gas.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

/// Risks as the package gives them.
#[must_use]
pub fn write_risks(risks: &[AssetRisk]) -> Json {
    let write = |risk: &AssetRisk| {
        json!({
            "asset": risk.asset.name(),
            "token": risk.asset.contract().map(|address| address.to_string()),
            "most": risk.most.map(|most| most.to_string()),
            "boundBy": risk.bound_by.name(),
            "recipients": match &risk.recipients {
                Recipients::Only(list) => list.iter().map(ToString::to_string).collect(),
                Recipients::Anyone => Json::String("anyone".to_owned()),
                Recipients::Nobody => Json::Null,
            },
            "text": risk.text,
        })
    };
    risks.iter().map(write).collect()
}
