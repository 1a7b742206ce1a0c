//! The seams' own implementations without a platform, by the suites that the browser's have to pass.

use hallpass::host::{LocalLocks, LocalTabs, MemoryStore};
use hallpass::testing::{ManualClock, block_on, check_locks, check_store, check_tabs};

#[test]
fn what_reaches_no_further_than_this_page_keeps_the_contracts() {
    block_on(async {
        let (clock, tabs) = (ManualClock::at(0), LocalTabs::default());
        check_store(&MemoryStore::default(), "test/").await;
        check_locks(&LocalLocks::default(), &clock, "test/").await;
        check_tabs(&tabs, &tabs.clone(), &clock, "test/").await;
    });
}
