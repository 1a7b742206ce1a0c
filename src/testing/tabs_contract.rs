//! What channels between tabs must do: one suite, run for each implementation.

use std::time::Duration;

use crate::host::{Channel, Clock, Tabs};

/// A browser may take a moment until a channel that was joined is heard of everywhere.
const SETTLING: Duration = Duration::from_millis(100);

/// Runs the suite. `here` and `there` may be the same, or two that reach each other. Nobody else may use channels whose name starts
/// with `prefix`.
///
/// # Panics
/// When the channels break their contract; it never ends where a message is lost.
pub async fn check_tabs<T: Tabs>(here: &T, there: &T, clock: &impl Clock, prefix: &str) {
    let [a, b] = ["a", "b"].map(|name| format!("{prefix}{name}"));
    let (first, second, third) = (here.join(&a), there.join(&a), there.join(&a));
    let elsewhere = there.join(&b);
    clock.sleep(SETTLING).await;

    // Nobody hears themselves, so the answer is the first thing that the asker hears.
    first.post("question");
    expect(second.next().await == "question", "others hear a message");
    expect(third.next().await == "question", "all others do");
    second.post("answer");
    expect(first.next().await == "answer", "nobody hears themselves");
    expect(third.next().await == "answer", "all others hear an answer");

    // Other channels hear nothing: the first message there is the one posted there.
    let speaker = here.join(&b);
    speaker.post("elsewhere");
    expect(elsewhere.next().await == "elsewhere", "a message stays on its channel");

    let odd = "\0 \u{1f511} {\"a\":1}".to_owned();
    let many: Vec<String> = (0..50).map(|number| number.to_string()).chain([String::new(), odd]).collect();
    for message in &many {
        first.post(message);
    }
    for message in &many {
        expect(second.next().await == *message, "messages wait, in order");
    }

    // Who left neither hears nor disturbs; who joins later hears from then on.
    drop(second);
    let late = there.join(&a);
    clock.sleep(SETTLING).await;
    first.post("later");
    expect(late.next().await == "later", "who joins hears what is said from then on");
    drop(first);
    late.post("to those who are left");
    for _ in 0..many.len() {
        third.next().await;
    }
    expect(third.next().await == "later", "who stays misses nothing");
    expect(third.next().await == "to those who are left", "a closed channel is not in the way");
}

fn expect(held: bool, what: &str) {
    assert!(held, "tabs contract: {what}");
}
