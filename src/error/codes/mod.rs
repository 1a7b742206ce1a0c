//! Every code of an error, what it means and what to do about it: the one list. The TypeScript type, its remedies and the page of
//! errors are made from it.

mod endpoint;
mod given;
mod place;
mod session;
mod wallet;

/// A code that errors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable and dotted; never used again for another meaning.
    pub code: &'static str,
    /// What happened, in one or two sentences (Markdown).
    pub cause: &'static str,
    /// What a developer does about it (Markdown).
    pub remedy: &'static str,
}

/// Every code that errors have, in groups with their names.
pub const CODES: [(&str, &[Code]); 5] = [
    ("given", given::CODES),
    ("session", session::CODES),
    ("wallet", wallet::CODES),
    ("endpoint", endpoint::CODES),
    ("place", place::CODES),
];

/// What there is to say of a code.
#[must_use]
pub(super) fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().flat_map(|(_, codes)| *codes).find(|known| known.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_there_once_and_has_all_its_words() {
        let all: Vec<&Code> = CODES.iter().flat_map(|(_, codes)| *codes).collect();
        for (at, Code { code, cause, remedy }) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other.code != *code), "{code} stands there twice");
            assert!(cause.ends_with('.') && remedy.ends_with('.'), "{code}");
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'-'));
        }
    }
}
