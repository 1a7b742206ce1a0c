//! The package's documentation against the code: every lint rule has a page whose examples do what the page says, every scope that is
//! printed can be asked for as it stands, and what a page shows as computed is what is computed.
//!
//! `HALLPASS_BLESS=1 cargo test --test docs` writes the computed parts of the pages anew instead of comparing them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, unreachable_pub, reason = "a test program")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program"
)]
#![allow(clippy::arithmetic_side_effects, reason = "a test program")]

#[path = "docs/errors.rs"]
mod errors;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/render.rs"]
mod render;
#[path = "docs/reviewed.rs"]
mod reviewed;
#[path = "docs/rule_page.rs"]
mod rule_page;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hallpass::scope::lint::RULES;

use page::Page;
use reviewed::Reviewed;

/// The page with whole scopes and what is computed of them.
const WRITING: &str = "writing-a-scope.md";

/// The package's documentation.
fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg-template/docs")
}

/// Pages of the documentation and both READMEs.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = Page::all_below(&docs());
    pages.extend(["README.md", "pkg-template/README.md"].map(|name| Page::read(root.join(name))));
    pages
}

/// The pages of the lint rules, by id.
fn rule_pages() -> Vec<(String, Page)> {
    let mut pages = Page::all_below(&docs().join("lint"));
    pages.retain(|page| page.file() != "README.md");
    pages.into_iter().map(|page| (page.file().trim_end_matches(".md").to_owned(), page)).collect()
}

/// Fails with every fault, not with the first.
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults\n  {}", faults.len(), faults.join("\n  "));
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    let pages: BTreeSet<String> = rule_pages().into_iter().map(|(id, _)| id).collect();
    assert_eq!(pages, rules);
}

#[test]
fn every_page_of_a_rule_has_its_parts() {
    none(rule_pages().iter().flat_map(|(id, page)| rule_page::faults(id, page)).collect());
}

#[test]
fn the_index_has_every_rule_once_worst_first() {
    let index = Page::read(docs().join("lint/README.md"));
    let rows = index.table_rows("| [`");
    let listed: Vec<(String, String)> = rows
        .iter()
        .map(|cells| {
            let id = cells[0].trim_start_matches("[`").split('`').next().unwrap_or_default();
            assert_eq!(cells[0], format!("[`{id}`]({id}.md)"));
            assert!(!cells[2].is_empty(), "{id} says nothing");
            (id.to_owned(), cells[1].clone())
        })
        .collect();
    let severities: Vec<&str> = listed.iter().map(|(_, severity)| severity.as_str()).collect();
    let worst_first = |severity: &&str| ["error", "warning", "info"].iter().position(|name| name == severity);
    assert!(severities.is_sorted_by_key(worst_first), "{severities:?}");
    let mut listed = listed;
    let mut rules: Vec<(String, String)> =
        RULES.iter().map(|rule| (rule.id.to_owned(), rule.severity.name().to_owned())).collect();
    listed.sort();
    rules.sort();
    assert_eq!(listed, rules);
}

#[test]
fn bad_examples_break_their_rule() {
    none(rule_pages().iter().flat_map(|(id, page)| rule_page::faults_of_bad(id, page)).collect());
}

#[test]
fn good_examples_break_no_rule_that_matters() {
    none(rule_pages().iter().flat_map(|(id, page)| rule_page::faults_of_good(id, page)).collect());
}

#[test]
fn printed_scopes_can_be_asked_for_as_they_stand() {
    let fences: Vec<_> =
        pages().iter().flat_map(Page::fences).filter(|fence| fence.starts_with("json scope")).collect();
    assert!(fences.len() >= 5, "only {} scopes are printed", fences.len());
    none(fences.iter().flat_map(|fence| Reviewed::new(fence).obstacles()).collect());
}

/// Paths in what is computed count the calls of the canonical form, so a page prints them in that order.
#[test]
fn printed_calls_are_in_canonical_order() {
    let page = Page::read(docs().join(WRITING));
    for fence in page.fences().iter().filter(|fence| fence.starts_with("json scope")) {
        let functions = |scope: &serde_json::Value| -> Vec<String> {
            let calls = scope["calls"].as_array().unwrap();
            calls.iter().map(|call| call["function"].to_string()).collect()
        };
        let printed = functions(&fence.json());
        assert_eq!(printed, functions(Reviewed::new(fence).part("scope")), "{}", fence.place);
    }
}

#[test]
fn computed_parts_are_what_is_computed() {
    let page = Page::read(docs().join(WRITING));
    let fences = page.fences();
    let mut missing: BTreeSet<(String, String)> = BTreeSet::new();
    for fence in fences.iter().filter(|fence| fence.starts_with("json scope")) {
        let name = fence.words.get(2).unwrap_or_else(|| panic!("{}: the scope has no name", fence.place));
        missing.extend(render::KINDS.map(|kind| (name.clone(), kind.to_owned())));
    }
    let computed = page.with_computed(|name, kind| {
        assert!(
            missing.remove(&(name.to_owned(), kind.to_owned())),
            "{name} {kind} has no scope, or stands twice"
        );
        let fence = fences.iter().find(|fence| fence.starts_with(&format!("json scope {name}")));
        render::part(kind, &Reviewed::new(fence.unwrap()))
    });
    assert!(missing.is_empty(), "places for these are missing: {missing:?}");
    if std::env::var_os("HALLPASS_BLESS").is_some_and(|bless| bless == "1") {
        page.replace(&computed);
        return;
    }
    // Not assert_eq: two whole pages in one line help nobody.
    let differing = page.text.lines().zip(computed.lines()).position(|(old, new)| old != new);
    let hint = "run HALLPASS_BLESS=1 cargo test --test docs and look at the difference";
    assert!(page.text == computed, "{WRITING}, line {:?} or later: {hint}", differing.map(|line| line + 1));
}

#[test]
fn links_lead_somewhere() {
    let broken = |page: &Page| -> Vec<String> {
        let folder = page.path.parent().unwrap().to_owned();
        let links = page.links().into_iter().filter(move |link| !folder.join(link).exists());
        links.map(|link| format!("{}: {link}", page.path.display())).collect()
    };
    none(Page::all_below(&docs()).iter().flat_map(broken).collect());
}

#[test]
fn the_page_of_errors_and_the_typescript_type_have_every_code() {
    let page = Page::read(docs().join("errors.md"));
    let computed = page.with_computed(|kind, group| {
        assert_eq!(kind, "codes");
        errors::group(group)
    });
    let missing =
        errors::all().into_iter().filter(|code| !computed.contains(&format!("### {}\n", code.code)));
    none(missing.map(|code| format!("{} has no place on the page", code.code)).collect());
    let typescript = errors::typescript();
    if std::env::var_os("HALLPASS_BLESS").is_some_and(|bless| bless == "1") {
        page.replace(&computed);
        std::fs::write(errors::typescript_file(), typescript).unwrap();
        return;
    }
    let hint = "run HALLPASS_BLESS=1 cargo test --test docs and look at the difference";
    assert!(page.text == computed, "errors.md: {hint}");
    assert!(std::fs::read_to_string(errors::typescript_file()).unwrap_or_default() == typescript, "{hint}");
}

#[test]
fn tests_reach_every_code_of_an_error() {
    none(errors::faults());
}
