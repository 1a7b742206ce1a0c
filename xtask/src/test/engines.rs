//! The browser suite in every engine that is here.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::counts::Counts;
use super::row;
use super::stages::counted;
use crate::attached::Attached;
use crate::build;
use crate::setup::browser::Engine;
use crate::setup::{npm, toolchain, tools};
use crate::shell::{cargo, command, keep_configured_flags, progress, root, run, run_and_read, target};

/// The suite as two programs: in a window, and in a dedicated worker.
const PROGRAMS: [&str; 2] = ["web", "worker"];

/// Seconds that one program may run: the 20 that the runner allows by itself are few on a busy machine.
const PATIENCE: &str = "300";

/// The runner's web server sometimes leaves a request of the page unanswered for good when many come at once. Then no test begins
/// within this time, and the program is started anew, so many times.
const NO_BEGINNING: (Duration, usize) = (Duration::from_secs(40), 4);

/// Runs the suite in one engine after the other, and leaves a line for each in `rows`. An engine that cannot
/// be installed or started is skipped by name; one in which a test fails keeps no other from running.
///
/// The suite is built as the product is, so that the memory scan looks at what ships.
pub fn suite(rows: &mut Vec<String>) -> Result<Counts> {
    build()?;
    let mut total = Counts::default();
    let mut failed = Vec::new();
    for engine in Engine::ALL {
        progress(format!("the browser suite in {engine}"));
        let start = Instant::now();
        let started = engine
            .driver()
            .and_then(|program| Driver::start(engine, &program).map(|driver| (program, driver)));
        let text = match started {
            Ok((program, driver)) => {
                let version = driver.version().to_owned();
                drop(driver);
                match in_engine(engine, program.as_ref()) {
                    Ok(counts) => {
                        total.add(&counts);
                        format!("{counts}, version {version}")
                    }
                    Err(fault) => {
                        eprintln!("{engine}: {fault:#}");
                        failed.push(engine.to_string());
                        format!("FAILED, version {version}")
                    }
                }
            }
            Err(why) => {
                total.skipped.push(format!("the browser suite in {engine}: {why:#}"));
                "skipped".to_owned()
            }
        };
        let line = row(&format!("  {engine}"), start.elapsed().as_secs_f32(), &text);
        println!("{line}");
        rows.push(line);
    }
    if !failed.is_empty() {
        bail!("tests failed in {}", failed.join(", "));
    }
    if total.passed == 0 {
        bail!("no test ran: {}", total.skipped.join("; "));
    }
    Ok(total)
}

/// What wasm-pack would build before its first run, so that no engine's time has it.
fn build() -> Result<()> {
    toolchain()?;
    progress("building the browser suite");
    let mut build = cargo();
    keep_configured_flags(&mut build);
    build.args(["build", "--tests", "--release", "--target", "wasm32-unknown-unknown"]);
    run(build.args(test_arguments(&PROGRAMS)))
}

fn test_arguments<'a>(programs: &[&'a str]) -> Vec<&'a str> {
    programs.iter().flat_map(|program| ["--test", program]).collect()
}

/// The whole suite in one engine.
fn in_engine(engine: Engine, driver: &Path) -> Result<Counts> {
    let mut total = Counts::default();
    for program in PROGRAMS {
        let (_, attempts) = NO_BEGINNING;
        let attempt = || Driver::start(engine, driver)?.run(program);
        let output = (0..attempts).find_map(|_| attempt().transpose());
        total.add(&counted(&output.context("no test began")??)?);
    }
    total.add(&Driver::start(engine, driver)?.package()?);
    Ok(total)
}

/// A running WebDriver; it ends with its browsers when this is dropped.
struct Driver {
    engine: Engine,
    program: PathBuf,
    _server: Attached,
    /// `url` of the driver and `version` of the browser, or the `fault` that kept it from starting.
    info: Value,
}

impl Driver {
    /// Starts the driver, and a browser for a moment; the error says what did not start.
    fn start(engine: Engine, program: impl AsRef<Path>) -> Result<Self> {
        npm::node()?;
        let program = program.as_ref().to_path_buf();
        let (server, line) = Attached::start(
            command("node")
                .arg(root().join("xtask/engines/driver.mjs"))
                .arg(engine.id())
                .arg(&program)
                .args([target().join("engines"), root().join("webdriver.json")]),
        )?;
        let info: Value =
            serde_json::from_str(&line).context("what starts the driver ended without a word")?;
        match info["fault"].as_str() {
            Some(fault) => bail!("{fault}"),
            None => Ok(Self { engine, program, _server: server, info }),
        }
    }

    fn version(&self) -> &str {
        self.info["version"].as_str().unwrap_or("unknown")
    }

    /// The built package in a page of the engine.
    fn package(&self) -> Result<Counts> {
        npm::install_here(&root().join("xtask/stack"))?;
        let package = build::package()?;
        counted(&run_and_read(
            command("node")
                .arg("tests/engines/run.mjs")
                .arg(self.info["url"].as_str().unwrap_or_default())
                .arg(package)
                .arg("webdriver.json")
                .env("HALLPASS_ENGINE", self.engine.id()),
        )?)
    }

    /// What a program of the suite prints; `None` when no test of it began. It is not built again.
    fn run(&self, program: &str) -> Result<Option<String>> {
        let (browser, driver) = match self.engine {
            Engine::Chromium => ("--chrome", "--chromedriver"),
            Engine::Firefox => ("--firefox", "--geckodriver"),
            // The runner knows no other WebKit, and asks this one for nothing that WebKitGTK has not.
            Engine::WebKit => ("--safari", "--safaridriver"),
        };
        let programs = [tools::wasm_bindgen()?, tools::wasm_pack()?];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&path)))?;
        let mut wasm_pack = command(tools::wasm_pack()?.join("wasm-pack"));
        keep_configured_flags(&mut wasm_pack);
        // The runner takes the first of these that it finds.
        for other in Engine::ALL {
            wasm_pack.env_remove(running_driver(other));
        }
        wasm_pack
            .env("PATH", &path)
            .env(running_driver(self.engine), self.info["url"].as_str().unwrap_or_default())
            .env("WASM_BINDGEN_TEST_TIMEOUT", PATIENCE)
            .args(["test", "--release", "--headless", browser, driver])
            .arg(&self.program)
            .arg(".")
            .args(test_arguments(&[program]));
        watched(&mut wasm_pack)
    }
}

/// Runs a program and shows what it prints; ends it when it does not begin.
fn watched(program: &mut Command) -> Result<Option<String>> {
    let mut child =
        program.process_group(0).stdout(Stdio::piped()).spawn().context("cannot start wasm-pack")?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().context("no output to read")?;
    let reader = std::thread::spawn(move || {
        // Nobody listens any more once the program is ended.
        BufReader::new(stdout).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
    });
    let (mut text, mut loading) = (String::new(), None);
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                println!("{line}");
                if line.starts_with("Loading Wasm module") {
                    loading = Some(Instant::now());
                }
                if line.starts_with("running ") {
                    loading = None;
                }
                text.push_str(&line);
                text.push('\n');
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        if loading.is_some_and(|since| since.elapsed() > NO_BEGINNING.0) {
            println!("no test began; once more");
            // The whole group: wasm-pack, cargo, the runner.
            run(command("kill").args(["--", &format!("-{}", child.id())]))?;
            child.wait()?;
            return Ok(None);
        }
    }
    let _ = reader.join();
    match child.wait()? {
        status if status.success() => Ok(Some(text)),
        status => bail!("wasm-pack ended with {status}"),
    }
}

/// The variable that gives the runner the address of a driver that runs already.
fn running_driver(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "CHROMEDRIVER_REMOTE",
        Engine::Firefox => "GECKODRIVER_REMOTE",
        Engine::WebKit => "SAFARIDRIVER_REMOTE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_does_not_start_says_why() {
        let fault = Driver::start(Engine::Firefox, "false").err().map(|fault| fault.to_string());
        assert_eq!(fault.as_deref(), Some("false ended with code 1"));
        let fault = Driver::start(Engine::Firefox, "not-a-driver").err().map(|fault| fault.to_string());
        assert_eq!(fault.as_deref(), Some("not-a-driver cannot be started: spawn not-a-driver ENOENT"));
    }
}
