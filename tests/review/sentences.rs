//! Every sentence that an owner can be told, word for word.

use hallpass::review::review_json;
use hallpass::time::Timestamp;
use serde_json::{Value, json};

const TOKEN: &str = "0x00000000000000000000000000000000000B0a2d";
const FEED: &str = "0x00000000000000000000000000000000000C0a2D";
const PAYER: &str = "0x00000000000000000000000000000000000D0A2d";

fn told(scope: Value, tokens: Value) -> Vec<String> {
    let question = json!({ "scope": scope, "tokens": tokens });
    let review = review_json(&question, Timestamp::from_seconds(1_800_000_000).unwrap()).unwrap();
    let sentences = review["explain"].as_array().unwrap().iter();
    sentences
        .map(|sentence| {
            format!("{}: {}", sentence["topic"].as_str().unwrap(), sentence["text"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn a_full_scope_is_told_in_order_of_what_can_hurt() {
    let lower = |address: &str| address.to_lowercase();
    let scope = json!({
        "calls": [
            { "to": lower(FEED), "function": "post(string text)" },
            { "to": lower(FEED), "function": "tip(uint256 id)", "args": [{ "neq": 0 }], "value": { "max": "0.001 ether" } },
            { "to": lower(FEED), "plainTransfer": true, "value": { "max": 7 } },
            { "to": lower(TOKEN), "function": "approve(address spender,uint256 amount)", "args": [lower(FEED), { "between": [1, 2_500_000] }] },
            { "to": lower(TOKEN), "function": "delegate(address to)", "args": [{ "self": true }] },
            { "to": lower(TOKEN), "function": "setApprovalForAll(address operator,bool on)", "args": [lower(FEED), { "eq": true }] },
            { "to": lower(FEED), "function": "f((uint8 x,int8[2] y) at,bytes4 tag,uint8)",
              "args": [{ "x": { "gte": 3 }, "y": [{ "lte": -1 }, { "any": true }] }, { "oneOf": ["0x01020304", "0x05060708"] }, { "lte": 9 }] },
        ],
        "spend": [
            { "token": "native", "limit": "0.5 ether", "per": "2h" },
            { "token": lower(TOKEN), "limit": 10_000_000 },
            { "token": lower(FEED), "limit": 3, "per": "90s" },
        ],
        "limits": { "operations": 20, "rate": { "every": "30s" }, "gas": { "maxFeePerGas": "0.05 gwei", "total": "0.02 ether" } },
        "paymaster": lower(PAYER),
        "accept": ["danger:operator-approval", "local:spend[0]"],
    });
    let account = "0xacACAcacAcACaCaCACACacACACacacaCACacaCAc";
    let owner = "0x0E0e0e0E0e0E0E0e0E0e0e0E0e0e0e0e0e0e0e0E";
    assert_eq!(
        told(scope, json!({ lower(TOKEN): { "symbol": "USDC", "decimals": 6 } })),
        [
            format!("actor: Account {account}, which belongs to your wallet {owner}, acts; your wallet's own address does not."),
            "actor: It ends on 2027-01-15 12:00 UTC, enforced on chain.".to_owned(),
            "money: At most 0.02 ETH for gas in all, enforced on chain.".to_owned(),
            "money: One operation may cost at most 0.004 ETH of it, the first one 0.016 ETH: kept by this app only, not by the chain."
                .to_owned(),
            format!("money: Gas is paid by paymaster {PAYER}."),
            "money: At most 0.5 ETH in each window of 2 hours, kept by this app only, not by the chain.".to_owned(),
            "money: At most 10 USDC moved by transfers, approvals and burns in all, kept by this app only, not by the chain.".to_owned(),
            format!("money: At most 3 units of token {FEED} moved by transfers, approvals and burns in each window of 90 seconds, kept by this app only, not by the chain."),
            "caution: Accepted by name: danger:operator-approval. The function gives somebody a right over every token of the contract, which outlives the session.".to_owned(),
            "caution: Each payment is limited, their sum is not limited by the chain: with many calls everything the account holds could be paid out.".to_owned(),
            "caution: Fees above 0.05 gwei per gas are refused by this app only, not by the chain.".to_owned(),
            format!("allowed: It may call setApprovalForAll of {TOKEN} with operator: {FEED}; on: true, without payment, as often as the gas budget allows."),
            format!("allowed: It may call approve of {TOKEN} with spender: {FEED}; amount: from 0.000001 USDC to 2.5 USDC, without payment, as often as the gas budget allows."),
            format!("allowed: It may call tip of {FEED} with id: anything but 0, paying at most 0.001 ETH per call, as often as the gas budget allows."),
            format!("allowed: It may send the chain's coin to {FEED}, paying at most 7 wei per call, as often as the gas budget allows."),
            format!("allowed: It may call delegate of {TOKEN} with to: the account itself, without payment, as often as the gas budget allows."),
            format!("allowed: It may call post of {FEED} with text: anything, without payment, as often as the gas budget allows."),
            format!("allowed: It may call f of {FEED} with at.x: at least 3; at.y[0]: at most -1; at.y[1]: anything; tag: one of 0x01020304, 0x05060708; argument 2: at most 9, without payment, as often as the gas budget allows."),
            "allowed: At most 20 operations in all, enforced on chain.".to_owned(),
            "allowed: One operation every 30 seconds on average, and never ahead of that, enforced on chain.".to_owned(),
            "never: It can call no other contract or function itself; what the functions above do or carry on in turn is not limited by it.".to_owned(),
        ]
    );
}

#[test]
fn other_payers_signatures_and_bytes_are_told_too() {
    let with = |paymaster: &str, args: Value| {
        json!({
            "calls": [{ "to": FEED, "function": "f(string s,bytes b)", "args": args }],
            "limits": { "gas": { "total": 5 } },
            "paymaster": paymaster,
            "signatures": [{ "verifyingContract": FEED, "type": "Mail(address to,string text)" }],
        })
    };
    let any = told(with("any", json!([{ "startsWith": "a\"b" }, { "startsWith": "0x0102" }])), json!({}));
    for sentence in [
        "money: At most 5 wei for gas in all, enforced on chain.".to_owned(),
        "caution: Any paymaster may pay for gas, on its own terms.".to_owned(),
        format!("allowed: It may call f of {FEED} with s: starting with \"a\\\"b\"; b: starting with 0x0102, without payment, as often as the gas budget allows."),
        format!("allowed: It may sign messages of type Mail(address to,string text) for {FEED} in the account's name."),
        "never: It can never call another contract or function, sign other messages, or change who owns the account.".to_owned(),
    ] {
        assert!(any.contains(&sentence), "{sentence}\nis not in\n{}", any.join("\n"));
    }
    let own = told(with("none", json!([{ "eq": "x" }, { "any": true }])), json!({}));
    assert!(own.contains(&"money: The account pays for gas itself.".to_owned()));
    let own_account = json!({ "scope": with("none", json!([{ "any": true }, { "any": true }])), "account": FEED, "owner": FEED });
    let review = review_json(&own_account, Timestamp::default()).unwrap();
    assert_eq!(review["explain"][0]["text"], format!("Your own account {FEED} acts."));
}

#[test]
fn only_amounts_of_the_token_itself_are_in_its_units() {
    let tokens = json!({ TOKEN: { "symbol": "USDC", "decimals": 6 } });
    let rule = |function: &str, args: Value| json!({ "to": TOKEN, "function": function, "args": args });
    let sentences = told(
        json!({
            "calls": [
                rule("approve(address a,uint256 id,uint256 amount)", json!([FEED, 7, { "lte": 9 }])),
                rule("f(uint256 amount)", json!([{ "lte": 8 }])),
            ],
            "limits": { "gas": { "total": 5 } },
        }),
        tokens,
    );
    let all = sentences.join("\n");
    assert!(all.contains("id: 7; amount: at most 0.000009 USDC"), "{all}");
    assert!(all.contains("amount: at most 8,"), "nothing is known of this function: {all}");
}
