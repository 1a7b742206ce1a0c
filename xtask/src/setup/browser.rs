//! Browsers for the tests, each with its WebDriver.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::setup::{debian_packages, tools};
use crate::shell::which;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    /// The one nearest to Safari that Linux has.
    WebKit,
}

impl Engine {
    /// In the order of the tests.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// Its name in files and scripts.
    pub fn id(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// Programs that have to be on the PATH, and the Debian package of each.
    fn programs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Chromium => &[("chromium", "chromium"), ("chromedriver", "chromium-driver")],
            // Its driver is in no Debian package.
            Self::Firefox => &[("firefox", "firefox-esr")],
            // Its browser has no headless mode: it gets a screen of its own.
            Self::WebKit => &[("WebKitWebDriver", "webkit2gtk-driver"), ("Xvfb", "xvfb")],
        }
    }

    /// Debian packages of the programs that are not here.
    pub fn missing_packages(self) -> Vec<&'static str> {
        self.programs()
            .iter()
            .filter(|(program, _)| which(program).is_none())
            .map(|(_, package)| *package)
            .collect()
    }

    /// Its WebDriver, with the browser beside it; installed when missing.
    pub fn driver(self) -> Result<PathBuf> {
        let missing = self.missing_packages();
        if !missing.is_empty() {
            debian_packages(&missing)?;
        }
        let driver = match self {
            Self::Chromium => "chromedriver",
            Self::WebKit => "WebKitWebDriver",
            Self::Firefox => match which("geckodriver") {
                Some(driver) => return Ok(driver),
                None => return Ok(tools::geckodriver()?.join("geckodriver")),
            },
        };
        which(driver).with_context(|| format!("{driver} is still missing after its installation"))
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKitGTK",
        })
    }
}

/// chromedriver, with a Chromium beside it; installed when missing.
pub fn chromium() -> Result<PathBuf> {
    Engine::Chromium.driver()
}
