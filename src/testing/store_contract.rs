//! What every store must do, whatever is behind it: one suite, run for each implementation.

use crate::host::Store;

/// Runs the suite. The store may hold other names; those that start with `prefix` must be free.
///
/// # Panics
/// When the store breaks its contract.
#[expect(clippy::expect_used, reason = "a test: it fails by panicking")]
pub async fn check_store<S: Store>(store: &S, prefix: &str) {
    let name = |text: &str| format!("{prefix}{text}");
    let names = || async { store.names(prefix).await.expect("names are listed") };
    let get = |text: &str| {
        let name = name(text);
        async move { store.get(&name).await.expect("a name is looked up") }
    };
    let expect = |held: bool, what: &str| assert!(held, "store contract: {what}");
    expect(names().await.is_empty(), "the prefix is free");
    expect(get("a").await.is_none(), "nothing is under a free name");
    for (at, text) in [("b", "1"), ("a", "two \u{1f5dd}"), ("a/deeper", ""), ("a", "three")] {
        store.put(&name(at), text).await.expect("a text is put");
    }
    expect(get("a").await.as_deref() == Some("three"), "the last text is kept");
    expect(get("a/deeper").await.as_deref() == Some(""), "an empty text is a text");
    expect(names().await == [name("a"), name("a/deeper"), name("b")], "names are sorted and whole");
    expect(store.names(&name("a/")).await == Ok(vec![name("a/deeper")]), "a prefix selects");
    let large = "x".repeat(200_000);
    store.put(&name("b"), &large).await.expect("a large text is put");
    expect(get("b").await == Some(large), "a large text comes back whole");
    for at in ["a", "b", "a/deeper", "never there"] {
        store.remove(&name(at)).await.expect("a name is removed");
    }
    expect(names().await.is_empty(), "nothing is left");
}
