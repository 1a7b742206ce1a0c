//! What a review says of a scope.

use hallpass::review::review_json;
use hallpass::time::Timestamp;
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
    review_json(&json!({ "scope": scope }), Timestamp::default()).unwrap()
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
        ("calls[0].args[1]", false),
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
    assert_eq!(review["notAccepted"], json!(["local:calls[0].args[1]", "local:spend[0]"]));
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
    let fault = |question: Value| review_json(&question, Timestamp::default()).unwrap_err().to_string();
    assert_eq!(fault(json!({})), "scope: missing");
    assert_eq!(
        fault(json!({ "scope": scope(|_| ()), "verson": "3.1" })),
        "verson: unknown field; did you mean version?"
    );
    assert_eq!(fault(json!({ "scope": scope(|_| ()), "version": "2.4" })), "version: one of 3.1, 3.2, 3.3");
    assert!(
        fault(json!({ "scope": scope(|_| ()), "balances": { "native": "x" } }))
            .starts_with("balances.native")
    );
    assert!(
        fault(json!({ "scope": scope(|scope| scope["limit"] = json!({})) }))
            .starts_with("scope.limit: unknown field")
    );
}

fn gas_of(args: Value, change: impl FnOnce(&mut Value)) -> Vec<(u64, u64)> {
    let review = review(&scope(|scope| {
        scope["calls"][0]["function"] = json!("f(uint256 a,uint256 b,address c)");
        scope["calls"][0]["args"] = args;
        change(scope);
    }));
    let number = |part: &Value, field: &str| part[field].as_str().unwrap().parse().unwrap();
    let parts = review["enforcement"]["gas"]["parts"].as_array().unwrap();
    parts.iter().map(|part| (number(part, "first"), number(part, "later"))).collect()
}

#[test]
fn gas_counts_comparisons_and_policies() {
    let free = json!({ "any": true });
    let rule = |args: Value| gas_of(args, |_| ())[1];
    assert_eq!(rule(json!([free, free, free])), (55_000, 0));
    assert_eq!(rule(json!([1, free, free])), (190_000, 15_700));
    assert_eq!(
        rule(json!([{ "lte": 1 }, { "between": [1, 2] }, { "self": true }])),
        (55_000 + 4 * 135_000, 4 * 15_700)
    );
    // Five values of a list take about as much as one comparison more.
    let list = |count: u64| json!([{ "oneOf": (0..count).collect::<Vec<_>>() }, free, free]);
    assert_eq!(rule(list(2)).1, 15_700);
    assert_eq!(rule(list(6)).1, 2 * 15_700);
    let plain = gas_of(json!([1, free, free]), |_| ());
    assert_eq!(plain.len(), 4, "account, rule, expiry, gas");
    let counted = gas_of(json!([1, free, free]), |scope| scope["limits"]["operations"] = json!(4));
    assert_eq!(counted.last(), Some(&(103_000, 16_000)));
}

#[test]
fn strict_bundlers_allow_so_many_words() {
    let listed = |count: u64| {
        let list: Vec<u64> = (0..count).collect();
        let review = review(&scope(|scope| {
            scope["calls"][0] = json!({ "to": TO, "function": "f(uint256 a)", "args": [{ "oneOf": list }] });
        }));
        let ids: Vec<Value> =
            review["findings"].as_array().unwrap().iter().map(|finding| finding["id"].clone()).collect();
        let accepted = review["enforcement"]["strictBundlers"]["accepted"] == true;
        assert_eq!(accepted, !ids.contains(&json!("large-scope")), "{ids:?}");
        accepted
    };
    assert!(listed(117) && !listed(118));
}

#[test]
fn kernel_says_what_its_contracts_cannot() {
    let ids = |version: &str, change: fn(&mut Value)| -> Vec<(String, String)> {
        let review =
            review_json(&json!({ "scope": scope(change), "version": version }), Timestamp::default())
                .unwrap();
        let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
        let findings = review["findings"].as_array().unwrap();
        findings.iter().map(|finding| (text(finding, "id"), text(finding, "path"))).collect()
    };
    let paid: fn(&mut Value) = |scope| scope["calls"][0]["value"] = json!({ "max": 5 });
    let split = ("split-view".to_owned(), "calls[0].value.max".to_owned());
    assert!(
        ids("3.1", paid).contains(&split)
            && !ids("3.2", paid).contains(&split)
            && !ids("3.3", paid).contains(&split)
    );
    assert!(!ids("3.1", |_| ()).contains(&split), "nothing may be paid");
    let forbidden: fn(&mut Value) =
        |scope| scope["calls"][0]["to"] = json!("0x845ADb2C711129d4f3966735eD98a9F09fC4cE57");
    assert_eq!(ids("3.3", forbidden)[0], ("forbidden-target".to_owned(), "calls[0].to".to_owned()));
}

#[test]
fn names_of_parameters_are_nobodys_business_on_chain() {
    let twice = json!({
        "calls": [
            { "to": TO, "function": "f(uint8 a,(bool on,uint8 n) b)", "args": [1, { "n": 2 }] },
            { "to": "0x00000000000000000000000000000000000b0a2e", "function": "f(uint8 first,(bool,uint8) second)", "args": [3, { "any": true }] },
        ],
        "limits": { "gas": { "maxFeePerGas": 1, "total": 1 } },
    });
    assert_eq!(review(&twice)["compileError"], Value::Null);
}

#[test]
fn what_is_left_undefined_widens_nothing() {
    let fault = |change: fn(&mut Value)| {
        review_json(&json!({ "scope": scope(change) }), Timestamp::default()).unwrap_err().to_string()
    };
    assert!(
        fault(|scope| scope["calls"][0]["args"] = Value::Null).starts_with("scope.calls[0].args: nothing")
    );
    assert!(
        fault(|scope| scope["calls"][0]["value"] = Value::Null).starts_with("scope.calls[0].value: nothing")
    );
    assert!(fault(|scope| scope["spend"] = Value::Null).starts_with("scope.spend: nothing"));
    assert!(
        fault(|scope| scope["limits"]["operations"] = json!("1 gwei")).contains("a number of operations")
    );
    let total =
        fault(|scope| scope["limits"]["gas"]["total"] = json!("340282366920938463463374607431768211455"));
    assert!(total.contains("no budget"), "{total}");
    let empty = fault(|scope| {
        scope["calls"][0] = json!({ "to": TO, "function": "f((uint8 a) p)", "args": [{}] });
    });
    assert!(empty.contains("no condition"), "{empty}");
}

#[test]
fn caps_beyond_every_supply_are_none() {
    let ids = |change: fn(&mut Value)| -> Vec<String> {
        let review = review(&scope(change));
        review["notAccepted"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let approve: fn(&mut Value) = |scope| {
        let cap = "0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe";
        scope["calls"][0] =
            json!({ "to": TO, "function": "approve(address s,uint256 n)", "args": [TO, { "lte": cap }] });
    };
    assert_eq!(ids(approve), ["danger:unbounded-allowance"]);
    let value: fn(&mut Value) = |scope| {
        let cap = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        scope["calls"][0]["value"] = json!({ "max": 5 });
        scope["spend"] = json!([{ "token": "native", "limit": cap }]);
    };
    assert_eq!(ids(value), ["danger:uncapped-value", "local:calls[0].args[1]", "local:spend[0]"]);
}
