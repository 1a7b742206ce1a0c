//! Hosts where unrelated apps share one origin, and so one storage (threat model, N11).
//!
//! Four kinds are listed: portals that serve the games of all authors from one host; gateways that serve content by its hash in the
//! path; object storage with the bucket in the path; and places that run, show or archive other people's pages. Hosts that give each
//! app a subdomain of its own are not listed: there the origins differ.

/// Hosts, lower case. `*` stands for one label. An entry that starts with a dot stands for all hosts below it.
const SHARED_HOSTS: [&str; 34] = [
    "itch.zone",
    ".itch.zone",
    ".hwcdn.net",
    "uploads.ungrounded.net",
    "ipfs.io",
    "gateway.ipfs.io",
    "cloudflare-ipfs.com",
    "cf-ipfs.com",
    "gateway.pinata.cloud",
    "arweave.net",
    "storage.googleapis.com",
    "firebasestorage.googleapis.com",
    "s3.amazonaws.com",
    "s3.*.amazonaws.com",
    "s3.dualstack.*.amazonaws.com",
    "*.digitaloceanspaces.com",
    "*.backblazeb2.com",
    "s3.*.backblazeb2.com",
    "objectstorage.*.oraclecloud.com",
    "cdpn.io",
    "codepen.io",
    "s.codepen.io",
    "fiddle.jshell.net",
    "jsfiddle.net",
    "jsbin.com",
    "*.jsbin.com",
    "run.plnkr.co",
    "preview.p5js.org",
    "htmlpreview.github.io",
    "raw.githack.com",
    "rawcdn.githack.com",
    "unpkg.com",
    "web.archive.org",
    "webcache.googleusercontent.com",
];

/// Length of the shortest hash that content goes by in a path.
const SHORTEST_HASH: usize = 46;

/// Whether unrelated apps share the origin of a page at this host and path.
#[must_use]
pub fn is_shared_host(host: &str, path: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    is_by_hash(path) || SHARED_HOSTS.iter().any(|pattern| matches(pattern, &host))
}

/// Whether content lies by its hash (IPFS) or by a name for one (IPNS), whichever the host.
fn is_by_hash(path: &str) -> bool {
    let hash = path.strip_prefix("/ipfs/").and_then(|rest| rest.split('/').next());
    path.starts_with("/ipns/") || hash.is_some_and(|hash| hash.len() >= SHORTEST_HASH)
}

fn matches(pattern: &str, host: &str) -> bool {
    if pattern.starts_with('.') {
        return host.ends_with(pattern);
    }
    let (mut wanted, mut labels) = (pattern.split('.'), host.split('.'));
    loop {
        match (wanted.next(), labels.next()) {
            (None, None) => return true,
            (Some(wanted), Some(label)) if wanted == "*" || wanted == label => {}
            _ => return false,
        }
    }
}
