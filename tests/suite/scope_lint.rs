//! `scope-lint`: functions that a scope must not contain, must pin, or must warn of.

use hallpass::abi::{Function, Kind, Param};
use hallpass::scope::Scope;
use hallpass::scope::lint::{Circumstances, Finding, Severity};
use serde_json::{Value, json};

use super::{Report, rows};

const TO: &str = "0x00000000000000000000000000000000000b0a2d";

pub fn run(file: &Value) -> Option<Report> {
    let mut report = Report::default();
    for row in rows(file, "selector")? {
        let (signature, level) = (row["signature"].as_str().unwrap(), row["level"].as_str()?);
        let function: Function = signature.parse().unwrap();
        report.hex(signature, function.selector(), &row["selector"]);
        let free: Vec<Value> = function.inputs().iter().map(|_| json!({ "any": true })).collect();
        let pinned: Vec<Value> = function.inputs().iter().map(pin).collect();
        let (free, pinned) = (findings(signature, &free), findings(signature, &pinned));
        let stops = |findings: &[(Finding, bool)]| findings.iter().any(|(_, stops)| *stops);
        match level {
            "refuse" => {
                report.holds(format!("{signature} is refused"), stops(&free) && stops(&pinned));
                report.holds(format!("{signature} can be accepted by name"), can_be_accepted(&free));
            }
            "bound" => {
                report.holds(format!("{signature} is refused while free"), stops(&free));
                // A list of amounts, or a way through contracts, is not of one word, so no condition bounds it.
                let boundable =
                    !["[],uint256[]", "address[],address,"].iter().any(|list| signature.contains(list));
                report.equal(format!("{signature} is refused once pinned"), stops(&pinned), !boundable);
            }
            "flag" => {
                // Who gets the votes is asked for by name where anybody may.
                let stopped = |(finding, stops): &(Finding, bool)| *stops && finding.rule.id != "free-power";
                report.holds(format!("{signature} passes"), !free.iter().any(stopped));
                report.holds(format!("{signature} passes once pinned"), !stops(&pinned));
                let warned = free.iter().any(|(finding, _)| {
                    finding.rule.severity == Severity::Warning && finding.path.starts_with("calls")
                });
                report.holds(format!("{signature} is flagged"), warned);
            }
            other => report.failures.push(format!("{signature}: unknown level {other}")),
        }
    }
    Some(report)
}

fn can_be_accepted(findings: &[(Finding, bool)]) -> bool {
    findings.iter().filter(|(_, stops)| *stops).all(|(finding, _)| finding.acceptance().is_some())
}

/// Addresses are the account itself, numbers are 5; what is not of one word stays free.
fn pin(param: &Param) -> Value {
    match param.ty.kind() {
        Kind::Address => json!({ "self": true }),
        Kind::Uint(_) | Kind::Int(_) => json!(5),
        Kind::Bool => json!(true),
        Kind::Tuple(members) if !param.ty.is_dynamic() => members.iter().map(pin).collect(),
        _ => json!({ "any": true }),
    }
}

fn findings(signature: &str, args: &[Value]) -> Vec<(Finding, bool)> {
    let scope = Scope::from_json(&json!({
        "calls": [{ "to": TO, "function": signature, "args": args }],
        "spend": [{ "token": TO, "limit": 100 }],
        "limits": { "gas": { "total": "1" } },
    }))
    .unwrap();
    let findings = scope.lint(&Circumstances::default());
    findings.into_iter().map(|finding| (finding.clone(), finding.stops(&scope))).collect()
}
