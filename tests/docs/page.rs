//! A page of Markdown, as far as the tests look into it: fences, sections, tables, links, and the parts that are computed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// How a computed part begins; its name and kind follow, then ` -->`.
const COMPUTED: &str = "<!-- generated: ";
const COMPUTED_END: &str = "<!-- end -->";

#[derive(Clone, Debug)]
pub struct Page {
    pub path: PathBuf,
    pub text: String,
}

/// A fenced piece of code.
#[derive(Clone, Debug)]
pub struct Fence {
    /// Page and line, for messages.
    pub place: String,
    /// Words behind the backticks: `json`, `bad`, `version=3.1`.
    pub words: Vec<String>,
    /// The second-level heading it stands under.
    pub section: String,
    pub text: String,
}

impl Page {
    pub fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        Self { path, text }
    }

    /// Every page of a folder and those below, in order.
    pub fn all_below(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let pages = paths.into_iter().flat_map(|path| match path.is_dir() {
            true => Self::all_below(&path),
            false if path.extension().is_some_and(|extension| extension == "md") => vec![Self::read(path)],
            false => Vec::new(),
        });
        pages.collect()
    }

    pub fn file(&self) -> String {
        self.path.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// Second-level headings, in order.
    pub fn sections(&self) -> Vec<&str> {
        self.prose().filter_map(|(_, line)| line.strip_prefix("## ")).collect()
    }

    /// What stands under a second-level heading.
    pub fn section(&self, heading: &str) -> &str {
        let start = format!("\n## {heading}\n");
        let (_, rest) = self.text.split_once(&start).unwrap_or(("", ""));
        rest.split("\n## ").next().unwrap_or_default()
    }

    pub fn fences(&self) -> Vec<Fence> {
        let (mut fences, mut open, mut section) = (Vec::<Fence>::new(), false, String::new());
        for (number, line) in self.text.lines().enumerate() {
            match line.strip_prefix("```") {
                Some(_) if open => open = false,
                Some(words) => {
                    open = true;
                    fences.push(Fence {
                        place: format!("{}:{}", self.path.display(), number + 1),
                        words: words.split_whitespace().map(str::to_owned).collect(),
                        section: section.clone(),
                        text: String::new(),
                    });
                }
                None if open => fences.last_mut().unwrap().text += &format!("{line}\n"),
                None => {
                    if let Some(heading) = line.strip_prefix("## ") {
                        heading.clone_into(&mut section);
                    }
                }
            }
        }
        assert!(!open, "{}: a fence is not closed", self.path.display());
        fences
    }

    /// Cells of the table rows that start with this text.
    pub fn table_rows(&self, start: &str) -> Vec<Vec<String>> {
        let rows = self.prose().filter(|(_, line)| line.starts_with(start));
        let cells =
            |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        rows.map(|(_, line)| cells(line)).collect()
    }

    /// Links to other files, without the place inside them.
    pub fn links(&self) -> Vec<String> {
        let targets = self.prose().flat_map(|(_, line)| line.split("](").skip(1));
        let targets = targets.filter_map(|rest| rest.split([')', '#']).next());
        targets.filter(|target| !target.is_empty() && !target.contains("://")).map(str::to_owned).collect()
    }

    /// The page with every computed part as `compute` gives it for a name and a kind.
    pub fn with_computed(&self, mut compute: impl FnMut(&str, &str) -> String) -> String {
        let (mut page, mut inside) = (String::new(), false);
        for line in self.text.lines() {
            if let Some(head) = line.strip_prefix(COMPUTED) {
                assert!(!inside, "{}: {line}: the part before has no end", self.path.display());
                let words: Vec<&str> = head.trim_end_matches("-->").split_whitespace().collect();
                let [name, kind] = words.as_slice() else { panic!("{}: {line}", self.path.display()) };
                page += &format!("{line}\n\n{}\n\n", compute(name, kind).trim_end());
                inside = true;
            } else if line == COMPUTED_END {
                inside = false;
            }
            if !inside {
                page += &format!("{line}\n");
            }
        }
        assert!(!inside, "{}: the last computed part has no end", self.path.display());
        page
    }

    /// Writes the page anew, at once: other tests read it meanwhile.
    pub fn replace(&self, text: &str) {
        let beside = self.path.with_extension("new");
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, &self.path).unwrap();
    }

    /// Lines outside fences, with their numbers from 0.
    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut open = false;
        self.text.lines().enumerate().filter(move |(_, line)| {
            let is_fence = line.starts_with("```");
            open ^= is_fence;
            !open && !is_fence
        })
    }
}

impl Fence {
    /// Whether its words begin with these.
    pub fn starts_with(&self, words: &str) -> bool {
        let mut own = self.words.iter();
        words.split_whitespace().all(|word| own.next().is_some_and(|own| own == word))
    }

    /// Whether one of its words is this.
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    /// Words of the form `version=3.1`.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.words.iter().filter_map(|word| word.split_once('='))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|fault| panic!("{}: {fault}", self.place))
    }
}
