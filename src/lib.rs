//! Session keys for browser dApps: the owner signs once, then scoped ERC-4337 user operations need no prompt.
//!
//! This is the Rust crate behind the npm package. Everything but `boundary` is pure and runs natively; the crates that touch the
//! browser are dependencies of the wasm32 target only, so a core module that used one would not compile in `cargo test`.
//!
//! # Layers
//!
//! | layer | modules | what they know |
//! |---|---|---|
//! | 0 | [`hex`], [`time`], [`units`], `random` | texts and numbers; random bytes |
//! | 1 | [`json`] | JSON with the path of every fault |
//! | 2 | [`abi`] | contract types and calldata |
//! | 3 | [`call`], [`eip712`] | calls; typed data |
//! | 4 | [`userop`], [`key`] | user operations; the session key |
//! | 5 | [`scope`] | what a session may do, and the check of it |
//! | 6 | [`protocol`], [`host`] | account protocols: bytes in, bytes out; the seams to the outside |
//! | 7 | [`endpoint`] | whom a session talks to, each behind one seam: nodes, bundlers, paymasters, the owner's wallet |
//! | 7 | [`review`] | all that can be told of a scope before anything is asked |
//! | 8 | [`session`] | asking once, acting, restoring, revoking |
//! | 9 | [`error`] | every module's errors, with codes |
//! | 10 | `browser` | the seams in a browser, wasm32 only |
//! | 11 | `boundary` | JavaScript; conversion only, wasm32 only |
//!
//! # Invariants
//!
//! `cargo xtask tidy` holds the first two.
//!
//! - A module imports from lower layers only; modules of one layer do not import each other.
//! - Back ends under [`protocol`] never import each other, and nothing imports `boundary`.
//! - A session key signs nothing but a [`key::SigningDigest`], and only this crate makes one.
//! - No function panics on any input, and none allocates more than a bounded multiple of what it is given.

#[cfg(not(any(feature = "kernel-v3")))]
compile_error!("enable at least one account protocol, such as feature \"kernel-v3\"");

pub mod abi;
#[cfg(target_arch = "wasm32")]
pub mod boundary;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod call;
pub mod eip712;
pub mod endpoint;
pub mod error;
pub mod hex;
pub mod host;
pub mod json;
pub mod key;
mod order;
pub mod protocol;
mod random;
pub mod review;
pub mod scope;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod units;
pub mod userop;

/// The README's examples, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
