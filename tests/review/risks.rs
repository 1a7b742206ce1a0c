//! The worst case, figure by figure.

use hallpass::review::review_json;
use hallpass::time::Timestamp;
use serde_json::{Value, json};

const TOKEN: &str = "0x0000000000000000000000000000000000601D01";
const FRIEND: &str = "0x0000000000000000000000000000000000f41e9d";

fn friend() -> String {
    FRIEND.parse::<alloy_primitives::Address>().unwrap().to_string()
}

fn risks(version: &str, balances: Value, change: impl FnOnce(&mut Value)) -> Vec<Value> {
    let mut scope = json!({
        "calls": [{ "to": TOKEN, "function": "transfer(address to,uint256 amount)", "args": [FRIEND, { "lte": 5 }] }],
        "limits": { "gas": { "total": 1000 } },
    });
    change(&mut scope);
    let review = review_json(
        &json!({ "scope": scope, "version": version, "balances": balances }),
        Timestamp::default(),
    )
    .unwrap();
    assert_eq!(review["compileError"], Value::Null);
    review["worstCase"].as_array().unwrap().clone()
}

fn of<'a>(risks: &'a [Value], asset: &str) -> &'a Value {
    risks.iter().find(|risk| risk["asset"] == asset).unwrap_or(&Value::Null)
}

fn bound(risk: &Value) -> (Value, &str) {
    (risk["most"].clone(), risk["boundBy"].as_str().unwrap())
}

#[test]
fn gas_is_bound_by_its_budget_and_by_what_there_is() {
    let plain = |balances| risks("3.3", balances, |_| ());
    assert_eq!(bound(of(&plain(json!({})), "gas")), (json!("1000"), "rule"));
    assert_eq!(
        bound(of(&plain(json!({ "native": "300", "deposit": "400" })), "gas")),
        (json!("700"), "balance")
    );
    assert_eq!(
        bound(of(&plain(json!({ "native": "300" })), "gas")),
        (json!("1000"), "rule"),
        "the deposit is not known"
    );
    let sponsored = risks("3.3", json!({}), |scope| scope["paymaster"] = json!(FRIEND));
    assert_eq!(bound(of(&sponsored, "gas")), (json!("0"), "rule"));
    let any = risks("3.3", json!({}), |scope| scope["paymaster"] = json!("any"));
    assert_eq!(
        bound(of(&any, "gas")),
        (json!("1000"), "rule"),
        "an operation without a paymaster stays valid"
    );
}

#[test]
fn a_cap_per_call_bounds_nothing_unless_operations_are_counted() {
    let free = risks("3.3", json!({}), |_| ());
    assert_eq!(bound(of(&free, "token")), (Value::Null, "none"));
    assert_eq!(of(&free, "token")["recipients"], json!([friend()]));
    let held = risks("3.3", json!({ TOKEN: "77" }), |_| ());
    assert_eq!(bound(of(&held, "token")), (json!("77"), "balance"));
    let counted = risks("3.3", json!({}), |scope| scope["limits"]["operations"] = json!(2));
    let (most, by) = bound(of(&counted, "token"));
    assert_eq!(by, "rule");
    let calls: u64 = most.as_str().unwrap().parse::<u64>().unwrap() / 5;
    assert!(calls > 2 * 500 && calls < 2 * 10_000, "{calls} calls in two operations");
    let spend = risks("3.3", json!({}), |scope| scope["spend"] = json!([{ "token": TOKEN, "limit": 6 }]));
    assert_eq!(bound(of(&spend, "token")), (Value::Null, "none"), "a total that only the browser keeps");
}

#[test]
fn value_goes_to_the_targets_that_may_have_it() {
    let paid = |version, change: fn(&mut Value)| {
        risks(version, json!({}), |scope| {
            scope["calls"][0]["value"] = json!({ "max": 9 });
            change(scope);
        })
    };
    let risk = paid("3.3", |_| ());
    assert_eq!(bound(of(&risk, "native")), (Value::Null, "none"));
    assert_eq!(of(&risk, "native")["recipients"], json!([TOKEN]));
    assert_eq!(of(&risks("3.3", json!({}), |_| ()), "native"), &Value::Null, "nothing may be paid");
    let counted = paid("3.1", |scope| scope["limits"]["operations"] = json!(1));
    assert_eq!(bound(of(&counted, "native")).1, "rule");
}

#[test]
fn what_no_list_knows_is_said_to_be_unknown() {
    let unknown = risks("3.3", json!({}), |scope| {
        scope["calls"][0] = json!({ "to": TOKEN, "function": "frobnicate()" })
    });
    assert_eq!(bound(of(&unknown, "contract")), (Value::Null, "none"));
    assert_eq!(of(&unknown, "token"), &Value::Null);
    let approving = risks("3.3", json!({ TOKEN: "70" }), |scope| {
        scope["calls"][0] = json!({ "to": TOKEN, "function": "approve(address spender,uint256 amount)" });
        scope["accept"] = json!(["danger:unbounded-allowance"]);
    });
    assert_eq!(bound(of(&approving, "token")), (json!("70"), "balance"));
    assert_eq!(of(&approving, "token")["recipients"], "anyone");
    assert_eq!(of(&approving, "signatures"), &Value::Null, "the grant rules signatures out");
    assert_eq!(of(&approving, "everything"), &Value::Null);
}

#[test]
fn the_dearest_rule_and_every_recipient_count() {
    const OTHER: &str = "0x0000000000000000000000000000000000f41e9e";
    let both = |second: Value| {
        risks("3.3", json!({}), |scope| {
            let first = scope["calls"][0].clone();
            scope["calls"] = json!([first, second]);
            scope["limits"]["operations"] = json!(1);
            scope["accept"] = json!(["danger:unbounded-transfer"]);
        })
    };
    let most = |risks: &[Value]| of(risks, "token")["most"].as_str().map(|most| most.parse::<u64>().unwrap());
    let burn = both(json!({ "to": TOKEN, "function": "burn(uint256 n)", "args": [{ "oneOf": [2, 9] }] }));
    let alone = risks("3.3", json!({}), |scope| scope["limits"]["operations"] = json!(1));
    assert_eq!(most(&burn).unwrap() * 5, most(&alone).unwrap() * 9, "nine with each call, not five");
    assert_eq!(of(&burn, "token")["recipients"], json!([friend()]), "burnt tokens go to nobody");
    let approve = both(
        json!({ "to": TOKEN, "function": "approve(address a,uint256 n)", "args": [OTHER, { "between": [1, 3] }] }),
    );
    assert_eq!(most(&approve), most(&alone));
    assert_eq!(of(&approve, "token")["recipients"].as_array().unwrap().len(), 2);
    let free = both(
        json!({ "to": TOKEN, "function": "approve(address a,uint256 n)", "args": [OTHER, { "gte": 3 }] }),
    );
    assert_eq!(most(&free), None, "no cap");
    let anyone = both(
        json!({ "to": TOKEN, "function": "approve(address a,uint256 n)", "args": [{ "neq": OTHER }, 3] }),
    );
    assert_eq!(of(&anyone, "token")["recipients"], "anyone");
    let ids = both(
        json!({ "to": TOKEN, "function": "safeTransferFrom(address f,address t,uint256 id)", "args": [{ "self": true }, OTHER, 3] }),
    );
    assert_eq!(most(&ids), None, "ids are not amounts");
}

#[test]
fn every_asset_is_told_apart() {
    let other = "0x00000000000000000000000000000000000b0a2d";
    let found = risks("3.3", json!({ "native": "100", TOKEN: "7" }), |scope| {
        let first = scope["calls"][0].clone();
        let plain = json!({ "to": other, "plainTransfer": true, "value": { "max": 3 } });
        let deposit = json!({ "to": TOKEN, "function": "deposit()", "value": { "max": 2 } });
        scope["calls"] = json!([first, plain, deposit]);
    });
    let assets: Vec<&str> = found.iter().map(|risk| risk["asset"].as_str().unwrap()).collect();
    // A plain transfer is any call whose selector is zero; a deposit is nothing that a list knows to move tokens.
    assert_eq!(assets, ["gas", "native", "contract", "token", "contract"]);
    assert_eq!(bound(of(&found, "native")), (json!("100"), "balance"));
    assert_eq!(of(&found, "native")["recipients"].as_array().unwrap().len(), 2);
    assert!(of(&found, "native")["text"].as_str().unwrap().contains("at most 3 wei with each call"));
    assert_eq!(found[4]["token"], TOKEN);
    assert_eq!(of(&found, "gas")["recipients"], Value::Null);
}

#[test]
fn a_total_of_operations_bounds_calls_exactly() {
    let paid = |operations: u64, value: u64| {
        let found = risks("3.3", json!({}), |scope| {
            scope["calls"][0]["value"] = json!({ "max": value });
            scope["limits"]["operations"] = json!(operations);
        });
        of(&found, "native")["most"].as_str().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(paid(1, 1), (1 << 24) / 9_500);
    assert_eq!(paid(3, 7), 21 * ((1 << 24) / 9_500));
}

#[test]
fn receivers_that_a_token_gives_free_bytes_to_are_listed() {
    let sent = |args: Value| {
        risks("3.3", json!({}), |scope| {
            let function = "transferAndCall(address to,uint256 amount,bytes data)";
            scope["calls"] = json!([{ "to": TOKEN, "function": function, "args": args }]);
        })
    };
    let any = json!({ "any": true });
    let contracts = |risks: &[Value]| -> Vec<String> {
        let listed = risks.iter().filter(|risk| risk["asset"] == "contract");
        listed.map(|risk| risk["token"].as_str().unwrap().to_owned()).collect()
    };
    let fixed = sent(json!([FRIEND, { "lte": 5 }, any]));
    assert_eq!(contracts(&fixed), [friend()]);
    assert_eq!(bound(of(&fixed, "contract")), (Value::Null, "none"));
    assert!(of(&fixed, "contract")["text"].as_str().unwrap().contains("up to that contract"));
    assert_eq!(contracts(&sent(json!([{ "oneOf": [FRIEND, TOKEN] }, { "lte": 5 }, any]))).len(), 2);
    let free = sent(json!([any, { "lte": 5 }, any]));
    assert!(of(&free, "contracts")["token"].is_null() && contracts(&free).is_empty());
    // A transfer without a word to the receiver makes nobody act.
    let plain = risks("3.3", json!({}), |_| ());
    assert!(contracts(&plain).is_empty() && of(&plain, "contracts").is_null());
}
