//! What every store must do, whatever is behind it: one suite, run for each implementation.

use futures_util::future::join;

use crate::host::Store;

/// Names that a store might take for something else.
const ODD_NAMES: [&str; 9] = [
    "odd",
    "odd/",
    "odd//",
    "odd/../up",
    "odd/__proto__",
    "odd/length",
    "odd/%2F?#",
    "odd/\"'",
    "odd/\u{1f511} é",
];

/// Runs the suite. The store may hold other names; those that start with `prefix` must be free.
///
/// # Panics
/// When the store breaks its contract.
pub async fn check_store<S: Store>(store: &S, prefix: &str) {
    check_texts(store, prefix).await;
    check_odd_names(store, prefix).await;
    check_at_once(store, prefix).await;
    expect(names(store, prefix).await.is_empty(), "nothing is left");
}

async fn check_texts<S: Store>(store: &S, prefix: &str) {
    let name = |text: &str| format!("{prefix}{text}");
    expect(names(store, prefix).await.is_empty(), "the prefix is free");
    expect(get(store, &name("a")).await.is_none(), "nothing is under a free name");
    for (at, text) in [("b", "1"), ("a", "two \u{1f5dd}"), ("a/deeper", ""), ("a", "three")] {
        put(store, &name(at), text).await;
    }
    expect(get(store, &name("a")).await.as_deref() == Some("three"), "the last text is kept");
    expect(get(store, &name("a/deeper")).await.as_deref() == Some(""), "an empty text is a text");
    expect(
        names(store, prefix).await == [name("a"), name("a/deeper"), name("b")],
        "names are sorted and whole",
    );
    expect(names(store, &name("a/")).await == [name("a/deeper")], "a prefix selects");
    expect(names(store, &name("a/deeper")).await == [name("a/deeper")], "a whole name is a prefix of itself");
    expect(names(store, &name("a/deeper ")).await.is_empty(), "a longer prefix selects nothing");
    let large = "x".repeat(200_000);
    put(store, &name("b"), &large).await;
    expect(get(store, &name("b")).await == Some(large), "a large text comes back whole");
    for text in ["small again", "\0 \u{7f} \u{feff} \u{fffd} \u{10ffff}", "{\"n\":null}", "null", "undefined"]
    {
        put(store, &name("b"), text).await;
        expect(get(store, &name("b")).await.as_deref() == Some(text), "a text comes back as it was");
    }
    for at in ["a", "b", "a/deeper", "never there"] {
        remove(store, &name(at)).await;
        expect(get(store, &name(at)).await.is_none(), "what was removed is gone");
    }
}

async fn check_odd_names<S: Store>(store: &S, prefix: &str) {
    let all: Vec<String> = ODD_NAMES.iter().map(|odd| format!("{prefix}{odd}")).collect();
    for name in &all {
        expect(get(store, name).await.is_none(), "an odd name is free");
        put(store, name, name).await;
    }
    for name in &all {
        expect(get(store, name).await.as_ref() == Some(name), "names are told apart");
    }
    let mut sorted = all.clone();
    sorted.sort_unstable();
    expect(names(store, prefix).await == sorted, "odd names are listed and sorted");
    for (index, name) in all.iter().enumerate() {
        remove(store, name).await;
        expect(
            names(store, prefix).await.len() == all.len().abs_diff(index).abs_diff(1),
            "one name is removed",
        );
    }
}

/// Two things asked for at once do not disturb each other.
async fn check_at_once<S: Store>(store: &S, prefix: &str) {
    let (a, b) = (format!("{prefix}a"), format!("{prefix}b"));
    join(put(store, &a, "for a"), put(store, &b, "for b")).await;
    let (at_a, at_b) = join(get(store, &a), get(store, &b)).await;
    expect(at_a.as_deref() == Some("for a") && at_b.as_deref() == Some("for b"), "each has its own");
    join(put(store, &a, "first"), put(store, &a, "second")).await;
    let kept = get(store, &a).await;
    expect(matches!(kept.as_deref(), Some("first" | "second")), "one of two texts is kept, whole");
    join(remove(store, &a), remove(store, &b)).await;
}

fn expect(held: bool, what: &str) {
    assert!(held, "store contract: {what}");
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn get<S: Store>(store: &S, name: &str) -> Option<String> {
    store.get(name).await.expect("a name is looked up")
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn put<S: Store>(store: &S, name: &str, text: &str) {
    store.put(name, text).await.expect("a text is put");
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn remove<S: Store>(store: &S, name: &str) {
    store.remove(name).await.expect("a name is removed");
}

#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
async fn names<S: Store>(store: &S, prefix: &str) -> Vec<String> {
    store.names(prefix).await.expect("names are listed")
}
