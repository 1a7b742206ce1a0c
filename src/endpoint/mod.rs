//! Whom a session talks to, each behind one seam: nodes, bundlers, paymasters, and the owner's wallet. They know no account family.

pub mod bundler;
mod lenient;
pub mod node;
pub mod owner;
pub mod paymaster;
pub mod receipt;
pub mod revert;
