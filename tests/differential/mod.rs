//! What a scope says, what the package checks, and what the chain does.

pub mod attempts;
pub mod base;
pub mod bent_bytes;
pub mod bent_calls;
pub mod broken;
pub mod classes;
pub mod conditions;
pub mod erc7562;
#[allow(dead_code, reason = "shared with the other test programs")]
#[path = "../chain/evm.rs"]
pub mod evm;
pub mod generator;
pub mod granted;
pub mod hostile;
pub mod layout;
pub mod live;
pub mod model;
#[allow(dead_code, reason = "shared with the other test programs")]
#[path = "../chain/modules.rs"]
pub mod modules;
pub mod mutants;
pub mod opcodes;
pub mod pairs;
pub mod rng;
pub mod runner;
#[allow(dead_code, reason = "shared with the other test programs")]
#[path = "../chain/stack.rs"]
pub mod stack;
pub mod thief;
pub mod traps;
pub mod tricks;
pub mod types;
pub mod validator;
pub mod verification_gas;
pub mod watch;
