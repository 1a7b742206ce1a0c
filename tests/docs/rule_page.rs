//! What the page of a lint rule must have, and what its examples must do.

use hallpass::scope::lint::{RULES, Rule};

use super::page::{Fence, Page};
use super::reviewed::Reviewed;

const BAD: &str = "Not like this";
const GOOD: &str = "Like this";
const RIGHT: &str = "When it is right";
/// Rules that look at the chain, not at the scope: their examples are marked `chain`, and nothing is found in them here.
const CHAIN: [&str; 2] = ["upgradeable-target", "no-code-target"];

/// Rules that are found in grants of others, when these are inspected: their examples are marked `grant`, and are no scopes.
const GRANT: [&str; 5] = ["any-call", "delegatecall", "no-expiry", "no-gas-budget", "open-signatures"];

fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// The example under a heading.
fn example(page: &Page, section: &str) -> Option<Fence> {
    page.fences().into_iter().find(|fence| fence.section == section)
}

/// Faults in the form of the page.
pub fn faults(id: &str, page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    let mut holds = |what: &str, condition: bool| {
        if !condition {
            faults.push(format!("{id}: {what}"));
        }
    };
    holds("a title comes first", page.text.starts_with("# "));
    holds("its sections are those of every page", page.sections() == [BAD, GOOD, RIGHT]);
    if let Some(rule) = rule(id) {
        let severity = format!("`{id}`. Severity: **{}**.", rule.severity.name());
        holds("its severity is that of the rule", page.text.contains(&severity));
        holds("it says whether it can be accepted", page.text.contains("It always stops") != rule.acceptable);
    }
    holds("it says how the rule is accepted", page.section(RIGHT).contains(&format!("`danger:{id}`")));
    let fences = page.fences();
    let found: Vec<(&str, bool, bool)> = fences
        .iter()
        .map(|fence| (fence.section.as_str(), fence.starts_with("json bad"), fence.starts_with("json good")))
        .collect();
    holds("it has one bad example and one good one", found == [(BAD, true, false), (GOOD, false, true)]);
    let marked = fences.iter().filter(|fence| fence.has("chain")).count();
    holds("examples that need a chain are marked", marked == if CHAIN.contains(&id) { 2 } else { 0 });
    let marked = fences.iter().filter(|fence| fence.has("grant")).count();
    holds("examples of grants are marked", marked == if GRANT.contains(&id) { 2 } else { 0 });
    faults
}

/// What the bad example does not do. One that needs a chain is passed over here: only its form is looked at.
pub fn faults_of_bad(id: &str, page: &Page) -> Vec<String> {
    if GRANT.contains(&id) {
        return Vec::new();
    }
    let Some(fence) = example(page, BAD) else { return vec![format!("{id}: no bad example")] };
    let bad = Reviewed::new(&fence);
    if CHAIN.contains(&id) {
        return bad.obstacles();
    }
    let Some(finding) = bad.finding(id) else {
        return vec![format!("{}: not found; only {:?}", bad.place, bad.ids())];
    };
    let mut faults = Vec::new();
    let mut holds = |what: String, condition: bool| {
        if !condition {
            faults.push(format!("{}: {what}", bad.place));
        }
    };
    let rule = rule(id).expect("a rule that was found");
    let entry = format!("danger:{id}");
    holds(format!("severity {}", finding["severity"]), finding["severity"] == rule.severity.name());
    holds(format!("docs at {}", finding["docs"]), finding["docs"] == format!("docs/lint/{id}.md"));
    holds(
        "it says nothing to mend it".to_owned(),
        finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()),
    );
    if !rule.acceptable {
        holds(format!("accepted by {}", finding["accept"]), finding["accept"].is_null());
        return faults;
    }
    holds(format!("accepted by {}", finding["accept"]), finding["accept"] == entry);
    let is_error = rule.severity.name() == "error";
    let asked_for = bad.not_accepted().contains(&entry.as_str());
    holds(format!("whether {entry} is asked for: {asked_for}"), asked_for == is_error);
    if id == "unused-accept" {
        return faults;
    }
    // The entry that the page names does what the page says.
    let accepted = bad.accepting(&entry);
    holds(format!("{entry} is still asked for"), !accepted.not_accepted().contains(&entry.as_str()));
    holds(format!("{entry} is called unused"), accepted.finding("unused-accept").is_none());
    faults
}

/// What the good example does that it should not.
pub fn faults_of_good(id: &str, page: &Page) -> Vec<String> {
    if GRANT.contains(&id) {
        return Vec::new();
    }
    let Some(fence) = example(page, GOOD) else { return vec![format!("{id}: no good example")] };
    let good = Reviewed::new(&fence);
    let mut faults = good.obstacles();
    if good.finding(id).is_some() {
        faults.push(format!("{}: {id} is found in the good example too", good.place));
    }
    let errors = good.findings().iter().filter(|finding| finding["severity"] == "error");
    faults.extend(errors.map(|finding| format!("{}: error {}", good.place, finding["id"])));
    faults
}
