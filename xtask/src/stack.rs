//! `cargo xtask stack`: the local chain with bundler and paymaster.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::Value;

use crate::attached::{Attached, Stop};
use crate::build;
use crate::setup::npm;
use crate::shell::{command, progress, root, target};

#[derive(Args, Clone, Default)]
pub struct Options {
    /// Start from the latest block of the public chain behind this RPC URL.
    ///
    /// Its own EntryPoints, Kernel and modules are used, only the demo's contracts are placed; the chain id stays 31337.
    #[arg(long, value_name = "URL")]
    fork_url: Option<String>,
    /// Make a block every so many seconds; on demand when left out.
    #[arg(long, value_name = "SECONDS")]
    block_time: Option<u64>,
    /// Use the ports people know, where they are free: 8545, 4337 and 3000.
    #[arg(skip)]
    usual_ports: bool,
}

impl Options {
    /// A chain with a block every so many seconds, or on demand.
    pub fn with_block_time(block_time: Option<u64>) -> Self {
        Self { block_time, ..Self::default() }
    }
}

/// A running local chain.
pub struct Stack {
    pub server: Attached,
    /// `chain`, `bundler`, `paymaster`, `control` (URLs), `blockTime` (seconds, 0: on demand), `chainId`, `board`, `contracts` (of the
    /// demo, by name), `paymasterAddress` (who pays for operations of EntryPoint 0.7), `milliseconds` (to boot).
    pub info: Value,
}

impl Stack {
    /// Installs what is missing and boots.
    pub fn boot(options: &Options) -> Result<Self> {
        let folder = root().join("xtask/stack");
        npm::install_here(&folder)?;
        build::contracts()?;
        let logs = target().join("stack");
        progress(format!("booting the local chain, logs in {}", logs.display()));
        let (mut server, line) = Attached::start(
            command("node")
                .arg(folder.join("boot.mjs"))
                .args([target().join("contracts"), logs])
                .args(&options.fork_url)
                .envs(options.block_time.map(|seconds| ("HALLPASS_BLOCK_TIME", seconds.to_string())))
                .envs(options.usual_ports.then_some(("HALLPASS_USUAL_PORTS", "1"))),
        )?;
        match serde_json::from_str(&line) {
            Ok(info) => Ok(Self { server, info }),
            Err(_) => bail!("the local chain did not start ({})", server.end()?),
        }
    }
}

/// Boots and stays until somebody ends it.
pub fn run(options: &Options) -> Result<String> {
    let mut stack = Stack::boot(&Options { usual_ports: true, ..options.clone() })?;
    let stop = Stop::listen()?;
    println!("{:#}", stack.info);
    println!("Ctrl-C ends it.");
    stop.wait(&mut [("the local chain", &mut stack.server)])?;
    stack.server.end()?;
    Ok("the local chain is ended".to_owned())
}
