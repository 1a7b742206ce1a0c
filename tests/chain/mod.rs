//! A chain in this process, and what is checked on it.

pub mod compiled;
pub mod evm;
pub mod game;
pub mod handle_ops;
pub mod modules;
pub mod runner;
pub mod stack;
pub mod verdicts;
