//! One whole operation: every member of the vector's intermediates is compared, none may be left out.

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, Bytes, U256};
use base64ct::{Base64, Encoding};
use hallpass::eip712::TypedData;
use hallpass::key::{SessionKey, Signature, SigningDigest, personal_message_hash, recover_address};
use hallpass::protocol::kernel_v3::{
    DUMMY_ECDSA_SIGNATURE, Deployer, GrantOptions, HashForm, Kernel, KernelGrant, KernelVersion,
    META_FACTORY, Permission, SelectorData, Signer, counterfactual, decode_calls, deployless_signature,
    enable_nonce, encode_calls, execution_testing, root_nonce_key,
};
use hallpass::protocol::{Call, Grant, Mode, Protocol, Revocation, Terms};
use hallpass::scope::Scope;
use hallpass::time::{Timestamp, Validity};
use hallpass::userop::v07::{Factory, UserOperation};
use hallpass::userop::{
    AbiVersion, Authorization, EntryPoint, EntryPointVersion, UserOperation as AnyOperation, nonce,
};
use serde_json::Value;

use super::super::{Report, Section, address, number, small};
use super::build;

struct Case<'a> {
    id: &'a str,
    json: &'a Value,
    version: KernelVersion,
    entry_point: EntryPoint,
    owner: SessionKey,
    account: Address,
    /// Set where the operation creates the account.
    factory: Option<Factory>,
    /// Current grant nonce as the chain says.
    current_nonce: u32,
    eip7702: bool,
}

pub fn check(report: &mut Report, json: &Value) {
    let id = json["id"].as_str().unwrap();
    let input = &json["input"];
    let version = build::version(&input["kernelVersion"]);
    let owner = build::key(&input["ownerPrivateKey"]);
    report.equal(format!("{id} owner"), owner.address(), address(&input["ownerAddress"]));
    let deployer = if input["useMetaFactory"] == true { Deployer::MetaFactory } else { Deployer::Factory };
    let made = counterfactual(version, owner.address(), number(&input["accountIndex"]), deployer);
    let eip7702 = input["eip7702"] == true;
    let state = &input["chainState"];
    let deployed = state["deployed"] == true || eip7702;
    let entry_point = EntryPoint::canonical(EntryPointVersion::V07, small(&input["chainId"]));
    report.equal(format!("{id} entry point"), entry_point.address, address(&input["entryPoint"]));
    let case = Case {
        id,
        json,
        version,
        entry_point,
        account: if eip7702 { owner.address() } else { made.address },
        factory: (!deployed).then_some(made.factory),
        current_nonce: if state["currentNonce"].is_null() { 0 } else { small(&state["currentNonce"]) },
        eip7702,
        owner,
    };
    case.addresses(report);
    case.authorization(report);
    let op = case.operation(report);
    if input["sessionPrivateKey"].is_string() { case.session(report, op) } else { case.root(report, &op) }
}

impl Case<'_> {
    fn addresses(&self, report: &mut Report) {
        let mut section = Section::new(self.json, self.id, "addresses");
        section.hex(report, "account", self.account);
        section.hex(report, "accountImplementationAddress", self.version.implementation());
        section.hex(report, "factoryAddress", self.version.factory());
        section.hex(report, "metaFactoryAddress", META_FACTORY);
        section.hex(report, "initCodeHash", self.version.init_code_hash());
        section.hex(report, "ecdsaValidator", self.version.ecdsa_validator());
        section.hex(report, "delegate", self.version.implementation());
        section.hex(report, "signerContract", Signer::ecdsa(Address::ZERO).contract());
        section.finish(report);
    }

    fn authorization(&self, report: &mut Report) {
        let mut section = Section::new(self.json, self.id, "authorization");
        if !section.has("r") {
            return;
        }
        let (chain_id, nonce) = (small(section.take("chainId")), small(section.take("nonce")));
        let delegate = address(section.take("address"));
        report.equal("authorized delegate", delegate, self.version.implementation());
        let hash = Authorization::signing_hash(chain_id, delegate, nonce);
        let signature = self.owner.sign(&SigningDigest::raw(hash)).unwrap().to_bytes();
        report.equal(
            "authorization hash signer",
            recover_address(&hash, &Signature::from_bytes(&signature).unwrap()),
            Ok(self.owner.address()),
        );
        let (r, s) = (U256::from_be_slice(&signature[..32]), U256::from_be_slice(&signature[32..64]));
        report.equal("authorization r", r, number(section.take("r")));
        report.equal("authorization s", s, number(section.take("s")));
        report.equal("authorization parity", signature[64] - 27, small(section.take("yParity")));
        section.finish(report);
        let authorization =
            Authorization { chain_id, address: delegate, nonce, y_parity: signature[64] == 28, r, s };
        let op =
            UserOperation { authorization: Some(authorization), ..build::operation(&self.json["userOp"]) };
        wire_round_trip(report, self.id, op);
    }

    /// The operation rebuilt from the inputs, equal to the vector's.
    fn operation(&self, report: &mut Report) -> UserOperation {
        let want = build::operation(&self.json["userOp"]);
        let input = &self.json["input"];
        let calls = build::calls(&input["calls"]);
        let call_type = if input["callType"] == "delegatecall" { 0xff } else { 0 };
        let exec_type = small(&input["execType"]);
        let call_data = if (call_type, exec_type) == (0, 0) {
            let call_data = encode_calls(&calls).unwrap();
            report.equal("decoded calls", decode_calls(&call_data), Ok(calls));
            call_data
        } else {
            let call_data = execution_testing::encode(call_type, exec_type, false, &calls);
            report.holds("mode is refused by the product", decode_calls(&call_data).is_err());
            call_data
        };
        let op =
            UserOperation { sender: self.account, factory: self.factory.clone(), call_data, ..want.clone() };
        report.equal("operation", op.clone(), want);
        wire_round_trip(report, self.id, op.clone());
        op
    }

    fn packed(&self, report: &mut Report, op: &UserOperation) {
        let packed = op.pack();
        let mut section = Section::new(self.json, self.id, "packedUserOp");
        section.hex(report, "sender", packed.sender);
        section.hex(report, "initCode", &packed.init_code);
        section.hex(report, "callData", &packed.call_data);
        section.hex(report, "accountGasLimits", packed.account_gas_limits);
        section.hex(report, "gasFees", packed.gas_fees);
        section.hex(report, "paymasterAndData", &packed.paymaster_and_data);
        section.hex(report, "signature", &packed.signature);
        report.equal("packed nonce", packed.nonce, number(section.take("nonce")));
        report.equal(
            "packed preVerificationGas",
            packed.pre_verification_gas,
            number(section.take("preVerificationGas")),
        );
        section.finish(report);
    }

    /// Members of `intermediate` that every case has.
    fn shared_intermediates(&self, report: &mut Report, section: &mut Section<'_>, op: &UserOperation) {
        section.hex(report, "callData", &op.call_data);
        section.hex(report, "nonce", op.nonce.to_be_bytes::<32>());
        let factory = op.factory.clone().unwrap_or_default();
        section.hex(report, "factory", factory.address);
        section.hex(report, "factoryData", factory.data);
        section.hex(report, "userOpHash", op.hash(&self.entry_point).unwrap().as_b256());
    }

    /// An operation of the owner's own.
    fn root(&self, report: &mut Report, op: &UserOperation) {
        let input = &self.json["input"];
        let validator = (!self.eip7702).then(|| self.version.ecdsa_validator());
        let key = root_nonce_key(validator, small(&input["nonceKey"]));
        report.equal("root nonce", with_sequence(key, &input["chainState"]), op.nonce);
        let mut section = Section::new(self.json, self.id, "intermediate");
        self.shared_intermediates(report, &mut section, op);
        let hash = op.hash(&self.entry_point).unwrap();
        let digest = SigningDigest::raw(personal_message_hash(hash.as_b256().as_slice()));
        let signature = Bytes::from(self.owner.sign(&digest).unwrap().to_bytes());
        section.hex(report, "sessionSignature", &signature);
        section.hex(report, "stubSignature", DUMMY_ECDSA_SIGNATURE);
        section.finish(report);
        report.hex("signature", &signature, &self.json["signature"]);
        self.packed(report, &UserOperation { signature, ..op.clone() });
    }

    fn session(&self, report: &mut Report, op: UserOperation) {
        let input = &self.json["input"];
        let session = build::key(&input["sessionPrivateKey"]);
        report.equal("session", session.address(), address(&input["sessionAddress"]));
        let grant = self.grant(report, session.address());
        let owner_signature =
            Bytes::from(self.owner.sign(&SigningDigest::raw(grant.request().digest())).unwrap().to_bytes());
        let enabled = input["chainState"]["enabled"] == true;
        let mode = if enabled { Mode::Use } else { Mode::Enable { grant_signature: &owner_signature } };
        let key = grant.nonce_key(mode, small(&input["nonceKey"]));
        report.equal("session nonce", with_sequence(key, &input["chainState"]), op.nonce);

        let digest = grant.digest(mode, &op, &self.entry_point).unwrap();
        let session_signature = session.sign(&digest).unwrap();
        let signature = grant.signature(mode, &session_signature);
        report.hex("signature", &signature, &self.json["signature"]);

        let mut section = Section::new(self.json, self.id, "intermediate");
        self.shared_intermediates(report, &mut section, &op);
        report.equal("mode", section.take("mode").as_str(), Some(if enabled { "default" } else { "enable" }));
        section.hex(report, "sessionSignature", session_signature.to_bytes());
        section.hex(report, "signedUserOpHash", grant.signed_hash(mode, &op, &self.entry_point).unwrap());
        section.hex(report, "stubSignature", grant.dummy_signature(mode));
        section.hex(report, "enableSignature", &owner_signature);
        self.permission_intermediates(report, &mut section, &grant);
        section.finish(report);

        if self.json["scope"].is_object() {
            self.compiled(report, &grant, &op);
        }
        self.packed(report, &UserOperation { signature, ..op });
        self.revocation(report, &grant);
        self.messages(report, &grant, &session);
        self.approval(report, &grant, &owner_signature);
    }

    /// A case that says its policies as a scope too: compiling it gives the same permission under the same id, and the scope allows
    /// the calls that the policies allow.
    fn compiled(&self, report: &mut Report, grant: &KernelGrant, op: &UserOperation) {
        let scope = Scope::from_json(&self.json["scope"]).unwrap();
        let until = Timestamp::from_seconds(self.json["validUntil"].as_u64().unwrap()).unwrap();
        let kernel = Kernel::new(self.version);
        let terms = Terms {
            scope: &scope,
            account: self.account,
            chain_id: self.entry_point.chain_id,
            session_key: grant.session_key(),
            validity: Validity::new(Timestamp::default(), until).unwrap(),
            grant_nonce: self.current_nonce,
        };
        let compiled = kernel.grant(&terms).unwrap();
        // Id, nonce, hook and permission; the selector data differs, since ours is the compact one.
        let (ours, theirs) = (compiled.request().message(), grant.request().message());
        report.equal("permission compiled from the scope", &ours[..5], &theirs[..5]);
        let calls = kernel.decode_calls(&op.call_data).unwrap();
        report.equal("calls in scope", scope.check_calls(self.account, &calls), Vec::new());
    }

    fn grant(&self, report: &mut Report, session: Address) -> KernelGrant {
        let input = &self.json["input"];
        let policies = input["policies"].as_array().unwrap().iter().map(build::policy).collect();
        let permission =
            Permission::with_flag(Signer::ecdsa(session), policies, build::flag(&input["flag"])).unwrap();
        let id = permission.derived_id();
        let nonce = enable_nonce(self.current_nonce, 0).unwrap();
        let derived = &self.json["derived"];
        let options = GrantOptions {
            selector_data: if derived["compact"] == true {
                SelectorData::Compact
            } else {
                SelectorData::Table
            },
            hash_form: HashForm::PersonalMessage,
            chain_agnostic: derived["replayable"] == true,
        };
        let account = (self.account, self.entry_point.chain_id);
        let grant = KernelGrant::new(self.version, account, (id, nonce), permission, options).unwrap();
        let restored = Kernel::new(self.version).restore_grant(&grant.record()).unwrap();
        report.equal("restored record", restored.record(), grant.record());
        report.equal("restored request", restored.request(), grant.request());
        report.equal("restored session key", restored.session_key(), session);
        grant
    }

    fn permission_intermediates(&self, report: &mut Report, section: &mut Section<'_>, grant: &KernelGrant) {
        let permission = grant.permission();
        let policies = permission.policies();
        for (key, bytes) in [
            ("policyEntries", policies.iter().map(|policy| policy.encode()).collect::<Vec<_>>()),
            ("policyData", policies.iter().map(|policy| policy.data().to_vec()).collect()),
        ] {
            let want = section.take(key).as_array().unwrap();
            report.equal(key, bytes.len(), want.len());
            bytes.iter().zip(want).for_each(|(bytes, want)| report.hex(key, bytes, want));
        }
        section.hex(report, "signerData", permission.signer().data());
        section.hex(report, "permissionId", grant.id());
        section.hex(report, "validationId", grant.validation_id().as_bytes());
        section.hex(report, "permissionData", permission.data());
        section.hex(report, "enableDigest", grant.request().digest());
        let typed_data = section.take("enableTypedData");
        let read = TypedData::from_json(typed_data).unwrap();
        report.equal("typed data read", &read, grant.request());
        let ours = grant.request().to_json().to_string().to_lowercase();
        let ours: Value = serde_json::from_str(&ours).unwrap();
        let theirs: Value = serde_json::from_str(&typed_data.to_string().to_lowercase()).unwrap();
        report.equal("typed data written", ours, theirs);
    }

    fn revocation(&self, report: &mut Report, grant: &KernelGrant) {
        let mut section = Section::new(self.json, self.id, "revoke");
        let removal = grant.revocation(Revocation::Remove).unwrap();
        section.hex(report, "uninstallValidationCallData", &removal.data);
        let own_call = Call { to: self.account, ..removal };
        section.hex(report, "uninstallViaExecuteCallData", encode_calls(&[own_call]).unwrap());
        let all = Revocation::InvalidateAll { current_nonce: self.current_nonce };
        section.hex(report, "invalidateNonceCallData", grant.revocation(all).unwrap().data);
        section.finish(report);
    }

    fn messages(&self, report: &mut Report, grant: &KernelGrant, session: &SessionKey) {
        let mut section = Section::new(self.json, self.id, "erc1271");
        if !section.has("message") {
            return;
        }
        let message_hash = personal_message_hash(section.take("message").as_str().unwrap().as_bytes());
        section.hex(report, "messageHash", message_hash);
        let typed_data_hash = TypedData::from_json(section.take("typedData")).unwrap().digest();
        section.hex(report, "typedDataHash", typed_data_hash);
        for (prefix, hash) in [("message", message_hash), ("typedData", typed_data_hash)] {
            let (wrapped, signature) = self.message_signature(grant, session, hash, false);
            section.hex(report, &format!("{prefix}WrappedHash"), wrapped.as_b256());
            section.hex(report, &format!("{prefix}Signature"), signature);
        }
        let (wrapped, signature) = self.message_signature(grant, session, message_hash, true);
        section.hex(report, "replayableWrappedHash", wrapped.as_b256());
        section.hex(report, "replayableSignature", signature);
        section.finish(report);
    }

    fn message_signature(
        &self,
        grant: &KernelGrant,
        session: &SessionKey,
        hash: alloy_primitives::B256,
        chain_agnostic: bool,
    ) -> (SigningDigest, Bytes) {
        let wrapped = grant.message_digest(hash, chain_agnostic);
        let signature = grant.message_signature(&session.sign(&wrapped).unwrap(), chain_agnostic);
        let signature = match &self.factory {
            Some(factory) => deployless_signature(factory, &signature),
            None => signature,
        };
        (wrapped, signature)
    }

    /// The SDK's serialised approval: what it holds is what we computed.
    fn approval(&self, report: &mut Report, grant: &KernelGrant, owner_signature: &Bytes) {
        let Some(serialized) = self.json["serialized"].as_str() else { return };
        let approval: Value = serde_json::from_slice(&Base64::decode_vec(serialized).unwrap()).unwrap();
        report.hex("approval id", grant.id(), &approval["permissionParams"]["permissionId"]);
        report.hex("approval account", self.account, &approval["accountParams"]["accountAddress"]);
        if approval["enableSignature"].is_string() {
            report.hex("approval signature", owner_signature, &approval["enableSignature"]);
        }
        if let Some(factory) = &self.factory {
            report.hex("approval init code", &factory.data, &approval["accountParams"]["initCode"]);
        }
        report.hex(
            "approval action",
            hallpass::protocol::kernel_v3::EXECUTE,
            &approval["action"]["selector"],
        );
    }
}

fn with_sequence(key: U192, state: &Value) -> U256 {
    nonce(key, if state["seq"].is_null() { 0 } else { small(&state["seq"]) })
}

fn wire_round_trip(report: &mut Report, id: &str, op: UserOperation) {
    let op = AnyOperation::V07(op);
    let read = AnyOperation::from_rpc(AbiVersion::V07, &op.to_rpc());
    report.equal(format!("{id} wire form"), read, Ok(op));
}
