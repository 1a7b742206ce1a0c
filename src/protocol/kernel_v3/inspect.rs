//! Reading what others made: Enable typed data, enabling signatures, operations.

use alloy_primitives::{Address, Bytes, U256};

use super::SelectorData;
use super::decompile::{Decompiled, decompile};
use super::grant::ENABLE_TYPE;
use super::signer::ECDSA_SIGNER;
use super::worst_case::worst_case;
use super::{
    CHAIN_AGNOSTIC_MAGIC, EXECUTE, KernelVersion, META_FACTORY, PolicyEntry, SkipFlag, decode_calls, lint,
};
use crate::abi::{self, Function, Type, Value};
use crate::eip712::{Domain, TypedData};
use crate::protocol::{Chains, Exhibit, InspectedOperation, Inspection};
use crate::scope::lint::{Circumstances, Finding, sort};
use crate::scope::{Scope, Sentence, Topic, is_gas_budget};
use crate::time::Timestamp;
use crate::userop::v07::UserOperation;

/// What an exhibit says, read as Kernel would; none where it is nothing of Kernel's.
pub(in crate::protocol) fn inspect(exhibit: &Exhibit, functions: &[Function]) -> Option<Inspection> {
    let mut found = Inspection::default();
    let read = match exhibit {
        Exhibit::TypedData(data) => read_typed_data(data, functions, &mut found)?,
        Exhibit::Signature(bytes) => read_enabling(bytes, functions, &mut found)?,
        Exhibit::Operation(operation) => read_operation(operation, functions, &mut found),
    };
    if let Some(read) = read {
        judge(read, &mut found);
    }
    Some(found)
}

/// The grant's own parts, once its bytes are read.
fn judge(read: Decompiled, found: &mut Inspection) {
    let version =
        KernelVersion::ALL.into_iter().find(|version| Some(version.protocol_name()) == found.protocol);
    // What is not said is taken for the worse of the two.
    let version_for_risk = version.unwrap_or(KernelVersion::V3_1);
    let account = found.account.unwrap_or_default();
    // Contracts read both 0 and the last second there is as "for ever".
    let ends = |until: u64| (until != 0 && until < Timestamp::MAX.seconds()).then_some(until);
    found.window = read.window.map(|(after, until)| (after, ends(until)));
    if found.account.is_none() {
        found.unknown.push(
            "whether a target is the account itself: the bytes do not say which account it is".to_owned(),
        );
    }
    found.gas = read.gas;
    found.operations = read.count.map(|(_, count, _)| count);
    found.rate = read.count.map(|(every, _, start)| (every, start));
    found.calls.clone_from(&read.calls);
    found.worst_case =
        worst_case(version_for_risk, account, found.messages_allowed, &read, &Default::default());
    let scope = Scope::of_grant(&read.calls, read.gas, read.count);
    let seconds = None;
    let mut findings = scope.lint(&Circumstances { seconds, tab: false });
    // No bytes of these contracts hold a fee; what they cannot hold of totals is a danger all the same.
    let has_budget = read.gas.is_some_and(|(total, _)| is_gas_budget(total));
    findings.retain(|finding| {
        finding.rule.id != "no-fee-cap" && (has_budget || finding.rule.id != "gas-budget-large")
    });
    let mut find = |id, message: &str| findings.push(Finding::new(id, "", message));
    if read.idle_paymaster {
        find(
            "any-paymaster",
            "the grant demands a paymaster without naming it, or names one without demanding it: the contract takes any",
        );
    }
    if read.any_call {
        find("any-call", "no policy limits which calls the key makes");
    }
    if read.calls.iter().any(|rule| rule.to.is_zero()) {
        find("any-call", "a rule is for every contract");
    }
    if !read.delegate_calls.is_empty() {
        find("delegatecall", "the key may run code of contracts as the account");
    }
    if found.window.is_none_or(|(_, until)| until.is_none()) {
        find("no-expiry", "nothing ends the session");
    }
    if !has_budget {
        find("no-gas-budget", "nothing limits what is paid for gas");
    }
    match &read.signature_callers {
        _ if !found.messages_allowed => {}
        None => find("open-signatures", "the key can sign any message in the account's name"),
        Some(callers) => {
            let callers: Vec<String> = callers.iter().map(ToString::to_string).collect();
            find("open-signatures", &format!("any message that {} asks about", callers.join(", ")));
        }
    }
    findings.extend(lint::of_rules(version_for_risk, account, &read.calls));
    sort(&mut findings);
    found.findings = findings;
    found.sentences = scope.explain_grant(found.account, found.window);
    // What no scope of this package could say stands right behind who acts.
    let worst = found.findings.iter().filter(|finding| !finding.rule.acceptable);
    let worst = worst.map(|finding| Sentence { topic: Topic::Caution, text: finding.rule.title.to_owned() });
    let worst: Vec<Sentence> = worst.collect();
    found.sentences.splice(2..2, worst);
    found.unknown.extend(read.unknown);
}

fn read_typed_data(
    data: &TypedData,
    functions: &[Function],
    found: &mut Inspection,
) -> Option<Option<Decompiled>> {
    let Domain { name, version, chain_id, verifying_contract, salt } = data.domain();
    let [
        Value::FixedBytes(id),
        Value::Uint(nonce),
        Value::Address(hook),
        Value::Bytes(permission),
        Value::Bytes(hook_data),
        Value::Bytes(selector_data),
    ] = data.message()
    else {
        return None;
    };
    let same_type = TypedData::new(data.domain().clone(), ENABLE_TYPE, data.message().to_vec());
    if name.as_deref() != Some("Kernel") || salt.is_some() || same_type.ok()?.digest() != data.digest() {
        return None;
    }
    let known =
        KernelVersion::ALL.into_iter().find(|known| Some(known.domain_version()) == version.as_deref());
    found.protocol = known.map(KernelVersion::protocol_name);
    if known.is_none() {
        found.unknown.push(format!("version {} of Kernel", version.as_deref().unwrap_or("none")));
    }
    found.account = *verifying_contract;
    found.chains = match chain_id {
        Some(id) if id.is_zero() => Some(Chains::Every),
        Some(id) => u64::try_from(*id).ok().map(Chains::One),
        None => None,
    };
    found.nonce = u32::try_from(*nonce).ok();
    read_id(id.as_slice(), found);
    Some(read_parts(*hook, permission, hook_data, selector_data, functions, found))
}

/// `02 ‖ id ‖ zeros` is a permission; a validator is something that this package knows nothing of.
fn read_id(id: &[u8], found: &mut Inspection) {
    match id.split_first() {
        Some((2, rest)) if rest.iter().skip(4).all(|byte| *byte == 0) => {
            found.permission_id = rest.get(..4).map(Bytes::copy_from_slice);
        }
        _ => found.unknown.push("the validation is not a permission".to_owned()),
    }
}

fn read_parts(
    hook: Address,
    permission: &[u8],
    hook_data: &[u8],
    selector_data: &[u8],
    functions: &[Function],
    found: &mut Inspection,
) -> Option<Decompiled> {
    let total = permission.len().saturating_add(hook_data.len()).saturating_add(selector_data.len());
    let mut covered = 0_usize;
    // The contract runs a hook before and after every operation.
    match hook.is_zero() && hook_data.is_empty() {
        true => {}
        false => found.unknown.push(format!("hook {hook} with {} bytes of data", hook_data.len())),
    }
    match [SelectorData::Compact, SelectorData::Table]
        .iter()
        .any(|known| known.encode().as_ref() == selector_data)
    {
        true => covered = covered.saturating_add(selector_data.len()),
        false => found.unknown.push(format!(
            "the function that the grant opens: {} instead of {EXECUTE}",
            crate::hex::data(selector_data)
        )),
    }
    let read = read_permission(permission, functions, found);
    let (read, understood) = match read {
        Some((read, bytes_of_unknown)) => (Some(read), permission.len().saturating_sub(bytes_of_unknown)),
        None => (None, 0),
    };
    found.covered = (covered.saturating_add(understood), total);
    read
}

/// Policies and signer; answers what they allow, and how many bytes of entries were not understood.
fn read_permission(
    data: &[u8],
    functions: &[Function],
    found: &mut Inspection,
) -> Option<(Decompiled, usize)> {
    let items = entries(data);
    let Some((signer, policies)) = items.as_deref().and_then(<[Bytes]>::split_last) else {
        found.unknown.push("the permission's entries are not in their canonical form".to_owned());
        // What cannot be read is not ruled out.
        found.messages_allowed = true;
        return None;
    };
    let mut unknown_bytes = 0_usize;
    let mut read_entries = Vec::new();
    for bytes in policies {
        match entry(bytes) {
            Some(entry) => {
                let alone = decompile(std::slice::from_ref(&entry), functions);
                if !alone.unknown.is_empty() {
                    unknown_bytes = unknown_bytes.saturating_add(bytes.len());
                }
                read_entries.push(entry);
            }
            None => {
                unknown_bytes = unknown_bytes.saturating_add(bytes.len());
                found.unknown.push(format!("a policy entry of {} bytes", bytes.len()));
            }
        }
    }
    let signer_entry = entry(signer);
    if signer_entry.is_none() {
        unknown_bytes = unknown_bytes.saturating_add(signer.len());
        found.unknown.push("the signer's entry".to_owned());
    }
    // Unless it is ruled out, the key can sign messages.
    found.messages_allowed = signer_entry.as_ref().is_none_or(|entry| !entry.flag().skips_signatures());
    if let Some(entry) = signer_entry {
        if ![SkipFlag::NONE, SkipFlag::NOT_FOR_SIGNATURES].contains(&entry.flag()) {
            unknown_bytes = unknown_bytes.saturating_add(signer.len());
            found.unknown.push(format!("flag {} of the signer", entry.flag()));
        }
        let name = (entry.contract() == ECDSA_SIGNER).then_some("ECDSASigner");
        found.signer = Some((entry.contract(), name));
        match (entry.contract() == ECDSA_SIGNER, Address::try_from(entry.data().as_ref())) {
            (true, Ok(key)) => found.session_key = Some(key),
            _ => {
                unknown_bytes = unknown_bytes.saturating_add(signer.len());
                found.unknown.push(format!("the key of signer {}", entry.contract()));
            }
        }
    }
    Some((decompile(&read_entries, functions), unknown_bytes))
}

fn entries(data: &[u8]) -> Option<Vec<Bytes>> {
    let ty: Type = "bytes[]".parse().ok()?;
    match abi::decode([&ty], data).ok()?.pop()? {
        Value::Array(items) => items
            .into_iter()
            .map(|item| if let Value::Bytes(bytes) = item { Some(bytes) } else { None })
            .collect(),
        _ => None,
    }
}

fn entry(bytes: &[u8]) -> Option<PolicyEntry> {
    let (flag, rest) = bytes.split_first_chunk::<2>()?;
    let (contract, data) = rest.split_first_chunk::<20>()?;
    let entry = PolicyEntry::new(contract.into(), Bytes::copy_from_slice(data));
    Some(entry.with_flag(SkipFlag::from_bytes(*flag)))
}

/// `[magic] ‖ hook ‖ abi(permission, hook data, selector data, owner's signature, session's signature)`.
fn read_enabling(bytes: &[u8], functions: &[Function], found: &mut Inspection) -> Option<Option<Decompiled>> {
    let body = bytes.strip_prefix(CHAIN_AGNOSTIC_MAGIC.as_slice());
    if body.is_some() {
        found.chains = Some(Chains::Every);
    }
    let body = body.unwrap_or(bytes);
    let (hook, rest) = body.split_first_chunk::<20>()?;
    let types: Vec<Type> = vec!["bytes".parse().ok()?; 5];
    let values = abi::decode(&types, rest).ok()?;
    let [
        Value::Bytes(permission),
        Value::Bytes(hook_data),
        Value::Bytes(selector_data),
        Value::Bytes(owner),
        Value::Bytes(session),
    ] = values.as_slice()
    else {
        return None;
    };
    found.owner_signature = !owner.is_empty();
    let read = read_parts(hook.into(), permission, hook_data, selector_data, functions, found);
    // All but the parts of the permission is layout and signatures.
    let layout = bytes.len().saturating_sub(found.covered.1);
    if session.first() != Some(&0xff) {
        found.unknown.push("the session's signature starts with parts for policies".to_owned());
    }
    found.covered = (found.covered.0.saturating_add(layout), bytes.len());
    Some(read)
}

fn read_operation(op: &UserOperation, functions: &[Function], found: &mut Inspection) -> Option<Decompiled> {
    found.account = Some(op.sender);
    let [mode, kind, id @ .., _, _, _, _, _, _, _, _, _, _] = op.nonce.to_be_bytes::<32>();
    let mode = match (mode, kind) {
        (0, 0) => "owner",
        (0, 2) => "use",
        (1, 2) => "enable",
        _ => "unknown",
    };
    let limits = [op.call_gas_limit, op.verification_gas_limit].map(U256::from);
    let gas = limits.into_iter().fold(op.pre_verification_gas, U256::saturating_add);
    let paymaster = op.paymaster.iter().flat_map(|paymaster| {
        [paymaster.verification_gas_limit, paymaster.post_op_gas_limit].map(U256::from)
    });
    let gas = paymaster.fold(gas, U256::saturating_add);
    let calls = decode_calls(&op.call_data).map_err(|fault| fault.to_string());
    if let Err(fault) = &calls {
        found.unknown.push(format!("the calldata: {fault}"));
    }
    let most_cost = gas.saturating_mul(U256::from(op.max_fee_per_gas));
    let understood = if calls.is_ok() { op.call_data.len() } else { 0 };
    found.operation = Some(InspectedOperation { sender: op.sender, nonce: op.nonce, calls, mode, most_cost });
    if mode != "owner" {
        read_id(&[&[2_u8], id.as_slice()].concat(), found);
    }
    let read = match mode {
        "enable" => read_enabling(&op.signature, functions, found),
        _ => None,
    };
    let (covered, total) = match (mode, &read) {
        ("enable", Some(_)) => found.covered,
        ("enable", None) => {
            found.unknown.push("the signature is not that of an enabling operation".to_owned());
            (0, op.signature.len())
        }
        // A signature alone says nothing of what its key may do.
        _ => (op.signature.len(), op.signature.len()),
    };
    if mode != "enable" {
        found.unknown.push(
            "what the key may do: only the operation that enabled it, or the chain, says that".to_owned(),
        );
    }
    let (known, all) = beside(op, found);
    found.covered = (
        covered.saturating_add(understood).saturating_add(known),
        total.saturating_add(op.call_data.len()).saturating_add(all),
    );
    read.flatten()
}

/// What an operation carries beside calls and signature: bytes understood, and bytes there are.
fn beside(op: &UserOperation, found: &mut Inspection) -> (usize, usize) {
    let (mut known, mut all) = (0_usize, 0_usize);
    if let Some(factory) = &op.factory {
        all = all.saturating_add(factory.data.len());
        match factory.address == META_FACTORY {
            true => known = known.saturating_add(factory.data.len()),
            false => found.unknown.push(format!("factory {}, which creates the account", factory.address)),
        }
    }
    if let Some(paymaster) = &op.paymaster {
        all = all.saturating_add(paymaster.data.len());
        match paymaster.data.is_empty() {
            true => {}
            false => found.unknown.push(format!("what paymaster {} is told", paymaster.address)),
        }
    }
    if let Some(authorization) = &op.authorization {
        found.unknown.push(format!(
            "the authorisation (EIP-7702) that gives the account the code of {}",
            authorization.address
        ));
    }
    (known, all)
}
