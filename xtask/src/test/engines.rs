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
use crate::shell::{
    cargo, command, keep_configured_flags, progress, root, run, run_and_read, target, what_failed,
};

/// The suite as two programs: in a window, and in a dedicated worker.
const PROGRAMS: [&str; 2] = ["web", "worker"];

/// Seconds that one program may run: the 20 that the runner allows by itself are few on a busy machine.
const PATIENCE: &str = "300";

/// The runner's web server sometimes leaves a request of the page unanswered for good when many come at once. Then no test begins
/// within this time, and the program is started anew.
const NO_BEGINNING: Duration = Duration::from_secs(40);

/// Now and then a browser or its driver stops answering. Nothing is printed then for longer than any test takes, and the program is
/// started anew too, which its row tells; twice after the same line is a failure. The runner itself would wait for twice its patience.
const SILENCE: Duration = Duration::from_secs(120);

/// How often a program is started at most.
const STARTS: usize = 4;

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
                let mut silences = Vec::new();
                match in_engine(engine, program.as_ref(), &mut silences) {
                    Ok(counts) => {
                        total.add(&counts);
                        let again: String =
                            silences.iter().map(|last| format!(", once more after {last:?}")).collect();
                        format!("{counts}, version {version}{again}")
                    }
                    Err(fault) => {
                        eprintln!("{engine}: {fault:#}");
                        failed.push(format!("{engine}: {fault:#}"));
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
        bail!("tests failed in {}", failed.join("\n"));
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

/// The whole suite in one engine; `silences` has the last lines of programs that were started anew.
fn in_engine(engine: Engine, driver: &Path, silences: &mut Vec<String>) -> Result<Counts> {
    let mut total = Counts::default();
    for program in PROGRAMS {
        let mut starts = 0;
        let output = loop {
            starts += 1;
            match Driver::start(engine, driver)?.run(program)? {
                Outcome::Ended(output) => break output,
                Outcome::NotBegun if starts < STARTS => {}
                Outcome::NotBegun => bail!("no test of {program} began"),
                Outcome::Silent(last) if starts < STARTS && !silences.contains(&last) => silences.push(last),
                Outcome::Silent(last) => bail!("{program} did not go on after {last:?}"),
            }
        };
        total.add(&counted(&output)?);
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

    /// What a program of the suite prints. It is not built again.
    fn run(&self, program: &str) -> Result<Outcome> {
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
        watched(&mut wasm_pack, NO_BEGINNING, SILENCE)
    }
}

/// How a program of the suite went.
enum Outcome {
    /// It ended well and printed this.
    Ended(String),
    /// It was ended since no test of it began.
    NotBegun,
    /// It was ended since nothing came after this line.
    Silent(String),
}

/// Runs a program and shows what it prints; ends it when it does not begin or go on.
fn watched(program: &mut Command, no_beginning: Duration, silence: Duration) -> Result<Outcome> {
    let mut child =
        program.process_group(0).stdout(Stdio::piped()).spawn().context("cannot start wasm-pack")?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().context("no output to read")?;
    let reader = std::thread::spawn(move || {
        // Nobody listens any more once the program is ended.
        BufReader::new(stdout).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
    });
    let (mut text, mut heard, mut begun) = (String::new(), Instant::now(), false);
    loop {
        match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                println!("{line}");
                heard = Instant::now();
                begun |= line.starts_with("running ");
                text.push_str(&line);
                text.push('\n');
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        let last = text.lines().next_back().unwrap_or_default();
        let allowed = if last.starts_with("Loading Wasm module") { no_beginning } else { silence };
        if heard.elapsed() > allowed {
            println!("nothing more came after {last:?}; once more");
            // The whole group: wasm-pack, cargo, the runner.
            run(command("kill").args(["--", &format!("-{}", child.id())]))?;
            child.wait()?;
            return Ok(if begun { Outcome::Silent(last.to_owned()) } else { Outcome::NotBegun });
        }
    }
    let _ = reader.join();
    match child.wait()? {
        status if status.success() => Ok(Outcome::Ended(text)),
        status => bail!("wasm-pack ended with {status}\n{}", what_failed(&text)),
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

    #[test]
    fn a_program_that_does_not_go_on_is_ended() {
        let outcome = |script: &str, no_beginning, silence| {
            let times = [no_beginning, silence].map(Duration::from_secs);
            watched(command("sh").args(["-c", script]), times[0], times[1])
        };
        let loading = outcome("echo Loading Wasm module; exec sleep 60", 1, 60).unwrap();
        assert!(matches!(loading, Outcome::NotBegun));
        let silent = outcome("echo running 2 tests; echo one; exec sleep 60", 60, 1).unwrap();
        assert!(matches!(silent, Outcome::Silent(last) if last == "one"));
        let ended = outcome("echo running 1 test; echo one", 60, 60).unwrap();
        assert!(matches!(ended, Outcome::Ended(text) if text == "running 1 test\none\n"));
        let failed = outcome("echo running 1 test; echo test a ... FAIL; exit 1", 60, 60);
        assert!(failed.is_err_and(|fault| fault.to_string().ends_with("\ntest a ... FAIL")));
    }
}
