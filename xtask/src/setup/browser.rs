//! Browsers for the tests.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::setup::debian_packages;
use crate::shell::which;

/// Debian packages of the browsers that are not here.
pub fn missing_packages() -> Vec<&'static str> {
    [("chromium", "chromium"), ("chromedriver", "chromium-driver")]
        .into_iter()
        .filter(|(program, _)| which(program).is_none())
        .map(|(_, package)| package)
        .collect()
}

/// chromedriver, with a Chromium beside it; installed through apt when missing.
pub fn chromium() -> Result<PathBuf> {
    let missing = missing_packages();
    if !missing.is_empty() {
        debian_packages(&missing)?;
    }
    which("chromedriver").context("chromedriver is still missing after its installation")
}
