//! Running other programs, and the folders of this repository.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// Root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// `target/`.
pub fn target() -> PathBuf {
    root().join("target")
}

/// A step of a command, for people to follow.
pub fn progress(text: impl AsRef<str>) {
    println!("· {}", text.as_ref());
}

/// A command that runs in the root.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Cargo for the host.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Drops variables that would replace the flags of `.cargo/config.toml`: wasm built without them is half as fast.
pub fn keep_configured_flags(command: &mut Command) {
    for variable in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        command.env_remove(variable);
    }
}

/// Runs a command with its output on the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let text = describe(command);
    let status = command.status().with_context(|| format!("cannot start {text}"))?;
    if status.success() { Ok(()) } else { bail!("{text} ended with {status}") }
}

/// Runs a command with its output on the terminal, and answers its standard output too.
pub fn run_and_read(command: &mut Command) -> Result<String> {
    let mut output = String::new();
    let status = each_line(command, |line| {
        println!("{line}");
        output.push_str(line);
        output.push('\n');
        Ok(())
    })?;
    if status.success() {
        Ok(output)
    } else {
        bail!("{} ended with {status}\n{}", describe(command), what_failed(&output))
    }
}

/// Runs a command, hands on each line of its standard output as it comes, and answers how it ended.
pub fn each_line(command: &mut Command, mut take: impl FnMut(&str) -> Result<()>) -> Result<ExitStatus> {
    let text = describe(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {text}"))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            take(&line?)?;
        }
    }
    Ok(child.wait()?)
}

/// Runs a command quietly and answers its standard output.
pub fn read(command: &mut Command) -> Result<String> {
    let text = describe(command);
    let output = command.output().with_context(|| format!("cannot start {text}"))?;
    if !output.status.success() {
        bail!(
            "{text} ended with {}\n{}",
            output.status,
            last_lines(&String::from_utf8_lossy(&output.stderr))
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program on the PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A file of the repository as text.
pub fn read_file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file, and the folders it stands in.
pub fn write_file(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// All files below a folder with one of these endings, sorted; nothing when the folder is not there.
pub fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path, endings));
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    format!("`{program} {}`", arguments.join(" "))
}

/// The tests of a runner's output that failed, each with the first of its indented lines; its last lines when it names none.
pub fn what_failed(output: &str) -> String {
    let mut lines = output.lines().peekable();
    let mut failed = Vec::new();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("not ok ")
            || [" ... FAILED", " ... FAIL"].iter().any(|end| line.ends_with(end))
        {
            failed.push(line);
            failed.extend(lines.next_if(|next| next.starts_with("  ") && next.trim() != "---"));
        }
    }
    if failed.is_empty() { last_lines(output) } else { failed.join("\n") }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_found_in_each_runners_output() {
        let output = "ok 1 - a\nnot ok 2 - b\n  ---\nthief: c ... FAILED\n  lost 3\nthief: d ... ok\ntest e::f ... FAILED\ntest g::h ... FAIL\n";
        let failed = "not ok 2 - b\nthief: c ... FAILED\n  lost 3\ntest e::f ... FAILED\ntest g::h ... FAIL";
        assert_eq!(what_failed(output), failed);
        assert_eq!(what_failed("one\ntwo"), "one\ntwo");
    }
}
