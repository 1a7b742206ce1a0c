//! Grants of another client, and of this one, read from their bytes alone.

use std::path::Path;

use alloy_primitives::Address;
use hallpass::hex::quantity;
use hallpass::protocol::kernel_v3::{Kernel, KernelVersion};
use hallpass::protocol::{Protocol, Terms};
use hallpass::review::inspect_text;
use hallpass::scope::Scope;
use hallpass::time::{Timestamp, Validity};
use serde_json::{Value, json};

/// Every case of another client's grants that is in our vectors.
fn cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/kernel-v3");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let read = |path| serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases: Vec<Value> =
        texts.map(read).filter(|case| case["intermediate"]["enableTypedData"].is_object()).collect();
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    cases
}

fn inspected(input: &Value) -> Value {
    inspect_text(&input.to_string()).unwrap()
}

fn ids(found: &Value) -> Vec<&str> {
    found["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

#[test]
fn typed_data_of_another_client_is_read_whole_or_says_what_is_not() {
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        let found = inspected(&case["intermediate"]["enableTypedData"]);
        let same = |field: &str, wanted: &Value| {
            let (got, wanted) = (found[field].as_str().unwrap_or_default(), wanted.as_str().unwrap());
            assert_eq!(got.to_lowercase(), wanted.to_lowercase(), "{id} {field}");
        };
        same("account", &case["addresses"]["account"]);
        same("permissionId", &case["intermediate"]["permissionId"]);
        let signer = found["signer"]["address"].as_str().unwrap().to_lowercase();
        assert_eq!(signer, case["addresses"]["signerContract"].as_str().unwrap().to_lowercase(), "{id}");
        let (covered, total) =
            (found["bytesCovered"].as_u64().unwrap(), found["bytesTotal"].as_u64().unwrap());
        let unknown = found["notUnderstood"].as_array().unwrap();
        assert!(covered <= total && total > 0, "{id}: {covered} of {total}");
        assert_eq!(covered == total, unknown.is_empty(), "{id}: {covered} of {total}, {unknown:?}");
        assert_eq!(found["understood"], unknown.is_empty(), "{id}");
        let policies: Vec<&str> = case["input"]["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy["type"].as_str().unwrap())
            .collect();
        let has = |finding: &str| ids(&found).contains(&finding);
        assert_eq!(has("no-expiry"), found["validUntil"].is_null(), "{id}");
        assert!(policies.contains(&"timestamp") || has("no-expiry"), "{id} {policies:?}");
        assert_eq!(has("no-gas-budget"), !policies.contains(&"gas"), "{id} {policies:?}");
        let flag = case["input"]["flag"].as_str().unwrap_or_default();
        assert_eq!(found["messagesAllowed"], !flag.ends_with('2'), "{id} {flag}");
    }
}

#[test]
fn the_operation_that_enables_says_the_same_as_the_typed_data() {
    let mut enabling = 0;
    for case in cases().iter().filter(|case| case["intermediate"]["mode"].as_str() == Some("enable")) {
        let id = case["id"].as_str().unwrap();
        let mut operation = case["userOp"].clone();
        for (_, number) in operation.as_object_mut().unwrap() {
            // The vectors have decimal numbers, operations on the wire have hex.
            if let Some(decimal) = number.as_str().filter(|text| !text.starts_with("0x")) {
                *number = json!(quantity(decimal.parse().unwrap()));
            }
        }
        operation["signature"] = case["signature"].clone();
        let found = inspected(&operation);
        let typed = inspected(&case["intermediate"]["enableTypedData"]);
        for field in ["calls", "sessionKey", "validUntil", "gas", "operations", "messagesAllowed"] {
            assert_eq!(found[field], typed[field], "{id} {field}");
        }
        assert_eq!(found["operation"]["mode"], "enable", "{id}");
        assert_eq!(found["ownerSignature"], true, "{id}");
        let signature = inspect_text(case["signature"].as_str().unwrap()).unwrap();
        assert_eq!(signature["calls"], typed["calls"], "{id}");
        assert_eq!(signature["account"], Value::Null, "the bytes do not say it");
        enabling += 1;
    }
    assert!(enabling > 5, "{enabling}");
}

fn own_grant(calls: Value) -> Value {
    own_grant_with(calls, json!({ "operations": 9, "gas": { "total": "0.5 ether" } }))
}

fn own_grant_with(calls: Value, limits: Value) -> Value {
    let scope = json!({ "calls": calls, "limits": limits });
    let scope = Scope::from_json(&scope).unwrap();
    let until = Timestamp::from_seconds(1_800_000_000).unwrap();
    let terms = Terms {
        scope: &scope,
        account: Address::repeat_byte(0xac),
        chain_id: 10,
        session_key: Address::repeat_byte(0x5e),
        validity: Validity::new(Timestamp::default(), until).unwrap(),
        grant_nonce: 0,
    };
    let grant = Kernel::new(KernelVersion::V3_3).grant(&terms).unwrap();
    grant.request().to_json()
}

#[test]
fn a_grant_of_our_own_is_read_to_the_last_byte() {
    let calls = json!([
        { "to": "0x00000000000000000000000000000000000b0a2d", "function": "transfer(address to,uint256 amount)",
          "args": [{ "self": true }, { "between": [2, 5] }], "value": { "max": 7 } },
        { "to": "0x00000000000000000000000000000000000b0a2d", "function": "unheardOf(uint8 a,bytes b,uint8 c)", "args": { "c": 4 } },
        { "to": "0x00000000000000000000000000000000000b0a2e", "plainTransfer": true, "value": { "max": 1 } },
    ]);
    let found = inspected(&own_grant(calls));
    assert_eq!(found["understood"], true, "{}", found["notUnderstood"]);
    assert_eq!(found["bytesCovered"], found["bytesTotal"]);
    assert_eq!(found["protocol"], "kernel_v3/0.3.3");
    assert_eq!(found["chains"], json!([10]));
    assert_eq!(found["validUntil"], 1_800_000_000);
    assert_eq!(found["operations"], "9");
    assert_eq!(found["gas"], json!({ "total": "500000000000000000", "paymaster": null }));
    assert_eq!(found["messagesAllowed"], false);
    let sentences = found["explain"].as_array().unwrap();
    let topics: Vec<&str> = sentences.iter().map(|sentence| sentence["topic"].as_str().unwrap()).collect();
    assert_eq!(topics.iter().filter(|topic| **topic == "actor").count(), 2, "{topics:?}");
    assert!(!topics.contains(&"never"), "bytes do not say what else there is");
    assert_eq!(sentences[0]["text"], "Account 0xacACAcacAcACaCaCACACacACACacacaCACacaCAc acts.");
    assert_eq!(sentences[1]["text"], "It ends on 2027-01-15 08:00 UTC, enforced on chain.");
    let call = |selector: &str| {
        let calls = found["calls"].as_array().unwrap();
        calls.iter().find(|call| call["selector"] == selector).unwrap().clone()
    };
    let account = Address::repeat_byte(0xac).to_string();
    let transfer = call("0xa9059cbb");
    assert_eq!(transfer["function"], "transfer(address,uint256)");
    assert_eq!(transfer["maxValue"], "7");
    let rules = transfer["rules"].to_string();
    assert!(rules.contains(&account) && rules.contains("from 2 to 5"), "{rules}");
    let unheard: hallpass::abi::Function = "unheardOf(uint8,bytes,uint8)".parse().unwrap();
    let unheard = call(&unheard.selector().to_string());
    assert_eq!(unheard["function"], Value::Null);
    assert_eq!(unheard["rules"], json!(["word2: 4"]));
    assert_eq!(
        call("0x00000000")["to"].as_str().unwrap().to_lowercase(),
        "0x00000000000000000000000000000000000b0a2e"
    );
}

/// Whatever byte is changed, nothing is passed over: other bytes say something else, or are named as not understood.
#[test]
fn a_changed_byte_is_never_passed_over() {
    let calls = json!([{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "f(uint8 a)", "args": [4] }]);
    let request = own_grant(calls);
    let plain = inspected(&request);
    let data = request["message"]["validatorData"].as_str().unwrap().to_owned();
    for at in (2..data.len()).step_by(2) {
        let mut changed = request.clone();
        let byte = u8::from_str_radix(&data[at..at + 2], 16).unwrap() ^ 1;
        changed["message"]["validatorData"] = json!(format!("{}{byte:02x}{}", &data[..at], &data[at + 2..]));
        let found = inspected(&changed);
        assert_ne!(found, plain, "byte {at} says nothing");
        if found["understood"] == false {
            assert_ne!(found["notUnderstood"], json!([]));
        }
    }
}

#[test]
fn what_is_not_a_grant_is_refused_or_named() {
    for text in ["", "hello", "{}", "[]", "0x0", "{\"types\":{},\"message\":{}}"] {
        assert!(inspect_text(text).is_err(), "{text}");
    }
    let found = inspect_text("0x01020304").unwrap();
    assert_eq!((found["understood"].clone(), found["bytesCovered"].clone()), (json!(false), json!(0)));
    let mail = json!({
        "types": { "Mail": [{ "name": "text", "type": "string" }] },
        "primaryType": "Mail", "domain": { "name": "Kernel", "version": "0.3.3" }, "message": { "text": "hi" },
    });
    assert_eq!(inspected(&mail)["understood"], false);
    // A page may name another wallet's log: parameters, the typed data as text.
    let request =
        own_grant(json!([{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "f()" }]));
    let params = json!(["0x00000000000000000000000000000000000e7011", request.to_string()]);
    assert_eq!(inspected(&params), inspected(&request));
}

fn named(id: &str) -> Value {
    cases().into_iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}"))
}

fn asset<'a>(found: &'a Value, asset: &str) -> &'a Value {
    let risks = found["worstCase"].as_array().unwrap();
    risks.iter().find(|risk| risk["asset"] == asset).unwrap_or(&Value::Null)
}

#[test]
fn grants_that_give_everything_away_are_called_that() {
    for (id, finding) in [
        ("delegatecall-enable", "delegatecall"),
        ("031-sudo-enable", "any-call"),
        ("no-policies", "any-call"),
    ] {
        let found = inspected(&named(id)["intermediate"]["enableTypedData"]);
        assert!(ids(&found).contains(&finding), "{id}: {:?}", ids(&found));
        let everything = asset(&found, "everything");
        assert_eq!((&everything["most"], &everything["boundBy"]), (&Value::Null, &json!("none")), "{id}");
        assert_eq!(asset(&found, "gas")["most"], Value::Null, "{id} has no budget");
        let told = found["explain"].to_string();
        for sentence in ["Nothing limits what is paid for gas.", "The key can sign permits"] {
            assert!(told.contains(sentence), "{id}: {told}");
        }
        assert_eq!(asset(&found, "signatures")["recipients"], "anyone", "{id} may sign messages");
    }
    let plain = inspected(&named("031-call4-time-enable")["intermediate"]["enableTypedData"]);
    assert_eq!(asset(&plain, "everything"), &Value::Null);
}

#[test]
fn what_an_operation_carries_beside_its_grant_is_not_passed_over() {
    let case = named("derived-compact-selector-033");
    let mut operation = case["userOp"].clone();
    operation["signature"] = case["signature"].clone();
    let plain = inspected(&operation);
    assert_eq!(plain["understood"], true, "{}", plain["notUnderstood"]);
    let other = "0x00000000000000000000000000000000000b0a2d";
    for (field, value) in [
        ("factory", json!(other)),
        (
            "eip7702Auth",
            json!({ "chainId": "0x1", "address": other, "nonce": "0x0", "yParity": "0x0", "r": "0x1", "s": "0x1" }),
        ),
    ] {
        let mut changed = operation.clone();
        changed[field] = value;
        let found = inspected(&changed);
        assert_eq!(found["understood"], false, "{field}");
        assert!(
            found["notUnderstood"].to_string().to_lowercase().contains("b0a2d"),
            "{field}: {}",
            found["notUnderstood"]
        );
    }
    let two = json!([case["intermediate"]["enableTypedData"], case["intermediate"]["enableTypedData"]]);
    assert!(inspect_text(&two.to_string()).is_err(), "which of the two is signed?");
}

#[test]
fn a_rate_is_told() {
    let calls = json!([{ "to": "0x00000000000000000000000000000000000b0a2d", "function": "f()" }]);
    let told = |limits: Value| inspected(&own_grant_with(calls.clone(), limits));
    let rate = told(json!({ "rate": { "every": "30s" }, "gas": { "total": 5 } }));
    assert_eq!(rate["rate"], json!({ "every": "30", "start": 0 }));
    assert!(rate["explain"].to_string().contains("One operation every 30 seconds"));
    let count = told(json!({ "operations": 4, "gas": { "total": 5 } }));
    assert_eq!(count["rate"]["every"], "0");
    assert!(!count["explain"].to_string().contains("seconds"));
}
