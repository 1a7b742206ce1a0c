//! Programs that live only while their standard input is open: however this process ends, they end too.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

/// A running program that ends when this is dropped, or when this process is gone.
pub struct Attached(Child);

impl Attached {
    /// Starts it and waits for the one line it prints when it is ready; the line is empty when it ended without one.
    ///
    /// It gets a process group of its own, so that Ctrl-C comes to us alone and we end it in good order.
    pub fn start(command: &mut Command) -> Result<(Self, String)> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut attached = Self(command.spawn().with_context(|| format!("cannot start {program}"))?);
        let mut line = String::new();
        if let Some(stdout) = attached.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        Ok((attached, line.trim().to_owned()))
    }

    /// Ends it: `wait` closes the input first.
    pub fn end(&mut self) -> Result<ExitStatus> {
        Ok(self.0.wait()?)
    }

    /// How it ended, when it has; unlike `wait`, this leaves the input open.
    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Somebody's wish that a command which stays shall end: Ctrl-C or SIGTERM.
///
/// The end of the terminal (SIGHUP) needs nothing here: it ends this process, and that ends what is attached.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Takes notice from now on; until then a signal ends this process at once, which is right while it still builds.
    pub fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// Waits until somebody asks; fails when one of the programs ends before.
    pub fn wait(&self, programs: &mut [(&str, &mut Attached)]) -> Result<()> {
        while !self.0.load(Ordering::Relaxed) {
            for (name, program) in programs.iter_mut() {
                if let Some(status) = program.ended()? {
                    bail!("{name} ended by itself ({status})");
                }
            }
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}
