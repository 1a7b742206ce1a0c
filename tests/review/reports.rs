//! What a review says of a scope.

use hallpass::review::review_json;
use serde_json::{Value, json};

const TO: &str = "0x00000000000000000000000000000000000b0a2d";

fn scope(change: impl FnOnce(&mut Value)) -> Value {
    let mut scope = json!({
        "calls": [{ "to": TO, "function": "f(uint8 a,int8 b,address c)", "args": [{ "lte": 5 }, { "gte": -3 }, { "self": true }] }],
        "limits": { "gas": { "maxFeePerGas": "1 gwei", "total": "0.1 ether" } },
    });
    change(&mut scope);
    scope
}

fn review(scope: &Value) -> Value {
    review_json(&json!({ "scope": scope })).unwrap()
}

fn rule<'a>(review: &'a Value, path: &str) -> &'a Value {
    let rules = review["enforcement"]["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["path"] == path).unwrap_or_else(|| panic!("no {path} in {rules:?}"))
}

#[test]
fn every_rule_is_told_with_who_enforces_it() {
    let review = review(&scope(|scope| {
        scope["limits"]["operations"] = json!(7);
        scope["limits"]["rate"] = json!({ "every": "30s" });
        scope["spend"] = json!([{ "token": "native", "limit": 5 }]);
    }));
    for path in [
        "calls[0]",
        "calls[0].value.max",
        "calls[0].args[0]",
        "calls[0].args[2]",
        "expiry",
        "limits.gas.total",
        "limits.operations",
        "limits.rate.every",
        "signatures",
    ] {
        assert_eq!(rule(&review, path)["enforcedBy"], "chain", "{path}");
        assert!(rule(&review, path)["contract"]["address"].is_string(), "{path}");
    }
    for (path, implicit) in [
        ("calls[0].args[1]", true),
        ("spend[0]", false),
        ("limits.gas.maxFeePerGas", true),
        ("paymaster", true),
        ("calldata", true),
        ("mode", true),
    ] {
        assert_eq!(rule(&review, path)["enforcedBy"], "local", "{path}");
        assert_eq!(rule(&review, path)["implicit"], implicit, "{path}");
        assert!(rule(&review, path)["reason"].is_string(), "{path}");
    }
    assert_eq!(review["notAccepted"], json!(["local:spend[0]"]));
    assert_eq!(review["passes"], false);
    assert_eq!(review["enforcement"]["strictBundlers"]["accepted"], true);
    let parts = review["enforcement"]["gas"]["parts"].as_array().unwrap();
    let gas = |part: &Value, field: &str| part[field].as_str().unwrap().parse::<u64>().unwrap();
    let first: u64 = parts.iter().map(|part| gas(part, "first")).sum();
    let (calls, fixed): (Vec<&Value>, Vec<&Value>) = parts.iter().partition(|part| part["perCall"] == true);
    let dearest = calls.iter().map(|part| gas(part, "later")).max().unwrap();
    let later: u64 = fixed.iter().map(|part| gas(part, "later")).sum::<u64>() + dearest;
    assert_eq!(review["enforcement"]["gas"]["first"], first.to_string());
    assert_eq!(review["enforcement"]["gas"]["later"], later.to_string());
}

#[test]
fn acceptance_is_by_exact_name_and_nothing_else_passes() {
    let approving = |accept: Value| {
        review(&json!({
            "calls": [{ "to": TO, "function": "approve(address spender,uint256 amount)" }],
            "limits": { "gas": { "maxFeePerGas": "1 gwei", "total": "0.1 ether" } },
            "accept": accept,
        }))
    };
    let asked = approving(json!([]));
    assert_eq!(asked["notAccepted"], json!(["danger:unbounded-allowance"]));
    assert_eq!(asked["passes"], false);
    assert_eq!(approving(asked["notAccepted"].clone())["passes"], true);
    let other = approving(json!(["danger:unbounded-transfer"]));
    assert_eq!(other["notAccepted"], json!(["danger:unbounded-allowance"]));
    let ids: Vec<&Value> =
        other["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert!(ids.contains(&&json!("unused-accept")), "{ids:?}");
    let hashes = [asked["scopeHash"].clone(), other["scopeHash"].clone()];
    assert_ne!(hashes[0], hashes[1], "what is accepted is part of the scope");
}

#[test]
fn what_cannot_be_compiled_says_why() {
    let text = review(&scope(|scope| {
        scope["calls"][0] =
            json!({ "to": TO, "function": "f(string text)", "args": [{ "startsWith": "a" }] });
    }));
    assert_eq!(text["compileError"]["code"], "compile.not-enforceable");
    assert_eq!((&text["enforcement"], &text["worstCase"]), (&Value::Null, &Value::Null));
    let signing = review(&scope(|scope| {
        scope["signatures"] = json!([{ "verifyingContract": TO, "type": "Mail(string text)" }])
    }));
    assert_eq!(signing["compileError"]["code"], "compile.not-enforceable");
    assert_eq!(signing["findings"][0]["id"], "signatures-unsupported");
    let list: Vec<u64> = (0..250).map(|n| n % 256).collect();
    let long = review(&scope(|scope| scope["calls"][0]["args"][0] = json!({ "oneOf": list })));
    assert_eq!(long["enforcement"]["strictBundlers"]["accepted"], false);
}

#[test]
fn faulty_questions_are_refused_with_their_path() {
    let fault = |question: Value| review_json(&question).unwrap_err().to_string();
    assert_eq!(fault(json!({})), "options.scope: missing");
    assert_eq!(fault(json!({ "scope": scope(|_| ()), "verson": "3.1" })), "options.verson: unknown field");
    assert_eq!(
        fault(json!({ "scope": scope(|_| ()), "version": "2.4" })),
        "options.version: one of 3.1, 3.2, 3.3"
    );
    assert!(
        fault(json!({ "scope": scope(|_| ()), "balances": { "native": "x" } }))
            .starts_with("options.balances.native")
    );
    assert!(
        fault(json!({ "scope": scope(|scope| scope["limit"] = json!({})) }))
            .starts_with("scope.limit: unknown field")
    );
}
