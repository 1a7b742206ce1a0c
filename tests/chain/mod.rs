//! A chain in this process, and what is checked on it.

pub mod evm;
pub mod modules;
pub mod runner;
pub mod verdicts;
