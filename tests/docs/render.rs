//! Parts of a review as Markdown.

use serde_json::Value;

use super::reviewed::Reviewed;

/// What is computed of each scope, in the order of the page.
pub const KINDS: [&str; 4] = ["explain", "enforcement", "gas", "worst-case"];

/// One part, without blank lines around it.
pub fn part(kind: &str, reviewed: &Reviewed) -> String {
    match kind {
        "explain" => explain(reviewed.part("explain")),
        "enforcement" => enforcement(reviewed.part("enforcement")),
        "gas" => gas(&reviewed.part("enforcement")["gas"]),
        "worst-case" => worst_case(reviewed.part("worstCase")),
        other => panic!("{}: no such part as {other}", reviewed.place),
    }
}

fn explain(sentences: &Value) -> String {
    let line = |sentence: &Value| format!("- **{}**: {}", text(sentence, "topic"), text(sentence, "text"));
    items(sentences).map(line).collect::<Vec<_>>().join("\n")
}

fn enforcement(report: &Value) -> String {
    let rows = items(&report["rules"]).map(|rule| {
        let by = match (text(rule, "enforcedBy"), rule["implicit"] == true) {
            ("chain", _) => format!("chain: {}", text(&rule["contract"], "name")),
            // In bold what the scope must accept by name.
            (_, false) => format!("**this package only**: {}", text(rule, "reason")),
            (_, true) => format!("this package only: {}", text(rule, "reason")),
        };
        vec![code(text(rule, "path")), text(rule, "rule").to_owned(), by]
    });
    table(&["path", "rule", "enforced by"], rows)
}

fn gas(gas: &Value) -> String {
    let [first, later] = ["first", "later"].map(|name| grouped(text(gas, name)));
    let summary = format!("The first operation takes about {first} gas, each later one about {later}.");
    let rows = items(&gas["parts"]).map(|part| {
        vec![text(part, "what").to_owned(), grouped(text(part, "first")), grouped(text(part, "later"))]
    });
    format!("{summary}\n\n{}", table(&["part", "first", "later"], rows))
}

fn worst_case(risks: &Value) -> String {
    let rows = items(risks).map(|risk| {
        let asset = match risk["token"].as_str() {
            Some(token) => format!("{} {}", text(risk, "asset"), code(token)),
            None => text(risk, "asset").to_owned(),
        };
        let recipients = match &risk["recipients"] {
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).map(code).collect::<Vec<_>>().join("<br>")
            }
            Value::String(anyone) => anyone.clone(),
            _ => "nobody".to_owned(),
        };
        vec![asset, most(risk), bound(risk).to_owned(), recipients, text(risk, "text").to_owned()]
    });
    table(&["asset", "at most", "bounded by", "goes to", "in words"], rows)
}

fn bound(risk: &Value) -> &'static str {
    match text(risk, "boundBy") {
        "rule" => "a rule",
        "balance" => "the balance",
        _ => "nothing",
    }
}

fn most(risk: &Value) -> String {
    match (risk["most"].as_str(), text(risk, "asset")) {
        (Some(wei), "gas" | "native") => format!("{} ether", shifted(wei, 18)),
        (Some(units), _) => grouped(units),
        (None, _) if text(risk, "boundBy") == "balance" => "all there is".to_owned(),
        (None, _) => "everything".to_owned(),
    }
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let escaped = |cells: Vec<String>| line(cells.iter().map(|cell| cell.replace('|', "\\|")).collect());
    let mut lines = vec![line(heads.iter().map(|&head| head.to_owned()).collect())];
    lines.push(format!("|{}", "---|".repeat(heads.len())));
    lines.extend(rows.map(escaped));
    lines.join("\n")
}

/// Items of a list, which must be one.
fn items(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().unwrap_or_else(|| panic!("expected a list, found {value}")).iter()
}

/// A member that must be a text.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("expected a text {name} in {value}"))
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

/// `993000` as `993,000`.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Decimal digits with the point moved, no zeros at the end.
fn shifted(digits: &str, decimals: usize) -> String {
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    format!("{whole}.{fraction}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
