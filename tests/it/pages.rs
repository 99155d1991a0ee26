//! Pages below `docs/` whose examples the tests run. A page is read as its fenced blocks; what
//! stands in a block is written as a reader would copy it. A block inside of an HTML comment is one
//! like others, that readers do not see.

// `first_site` needs a shell, so on Windows some of this has no user.
#![cfg_attr(not(unix), allow(dead_code))]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub struct Page {
    path: PathBuf,
    pub text: String,
}

/// A fenced block: the lines between two lines of three backticks.
pub struct Block<'p> {
    /// What stands after the opening fence: the kind of text, then options for the tests.
    info: &'p str,
    /// The lines, each with its line end.
    pub text: &'p str,
    /// Where they stand in the page.
    pub range: Range<usize>,
    /// The number of the first of them.
    pub line: usize,
    /// The last line before the block that is not empty.
    pub before: &'p str,
    /// What stands between this block and the next one.
    pub after: &'p str,
}

impl Page {
    /// A page by its name below `docs/`.
    pub fn read(name: &str) -> Page {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let text = fs::read_to_string(&path).expect("a page of docs/");
        Page { path, text }
    }

    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks: Vec<Block<'_>> = Vec::new();
        let mut open: Option<Block<'_>> = None;
        let (mut at, mut before) = (0, "");
        for (line, number) in self.text.split_inclusive('\n').zip(1..) {
            let (start, end) = (at, at + line.len());
            at = end;
            match (line.trim_end().strip_prefix("```"), &mut open) {
                (Some(info), None) => {
                    let text = &self.text[end..end];
                    open = Some(Block {
                        info,
                        text,
                        range: end..end,
                        line: number + 1,
                        before,
                        after: "",
                    });
                }
                (Some(info), Some(block)) => {
                    assert_eq!(info, "", "line {number} opens a block inside of a block");
                    block.range.end = start;
                    block.text = &self.text[block.range.clone()];
                    blocks.extend(open.take());
                    before = "";
                }
                (None, None) if !line.trim().is_empty() => before = line.trim(),
                (None, _) => {}
            }
        }
        assert!(open.is_none(), "the last block of {} is not closed", self.path.display());
        let starts: Vec<usize> = blocks.iter().skip(1).map(|block| block.range.start).collect();
        for (block, next) in blocks.iter_mut().zip(starts.into_iter().chain([self.text.len()])) {
            block.after = &self.text[block.range.end..next];
        }
        blocks
    }

    /// Holds the page against what it should be. `UPDATE_EXPECTED=1` writes it.
    pub fn assert_is(&self, made: &str) {
        let updating = std::env::var_os("UPDATE_EXPECTED").is_some();
        if updating && made != self.text {
            fs::write(&self.path, made).expect("written");
            return;
        }
        let differs = self.text.lines().zip(made.lines()).zip(1..).find(|((is, new), _)| is != new);
        let Some(((is, new), line)) = differs else {
            assert_eq!(self.text.len(), made.len(), "{} is cut", self.path.display());
            return;
        };
        panic!(
            "{}:{line} is stale: run the tests with UPDATE_EXPECTED=1 and read the change\n\
             page:    {is}\nproduct: {new}",
            self.path.display()
        );
    }
}

impl<'p> Block<'p> {
    /// The kind of text: `prec`, `toml`, `console`, `diff`, `text`…
    pub fn kind(&self) -> &'p str {
        self.info.split(' ').next().unwrap_or_default()
    }

    /// The value of an option such as `with=people`.
    pub fn option(&self, key: &str) -> Option<&'p str> {
        let options = self.info.split(' ').skip(1);
        options
            .filter_map(|option| option.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The same as a list: `with=people,machines`.
    pub fn options(&self, key: &str) -> Vec<&'p str> {
        self.option(key).map(|list| list.split(',').collect()).unwrap_or_default()
    }

    /// Fails if an option is not one of these, so that a slip of the pen is found.
    pub fn assert_options(&self, known: &[&str]) {
        for option in self.info.split(' ').skip(1) {
            let (name, _) = option.split_once('=').unwrap_or((option, ""));
            assert!(known.contains(&name), "line {}: there is no option `{option}`", self.line - 1);
        }
    }
}

/// The first table of a Markdown text: its rows, the header first, code marks taken off.
pub fn table(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with('|'));
    let lines = lines.take_while(|line| line.starts_with('|'));
    let rows = lines.filter(|line| !line.starts_with("| ---"));
    rows.map(|line| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    })
    .collect()
}

/// What a heading is called in a link: as GitHub has it.
fn anchors(page: &str) -> Vec<String> {
    let mut in_block = false;
    let mut anchors = Vec::new();
    for line in page.lines() {
        in_block ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        if !in_block && title.len() < line.len() {
            let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
            let title = title.trim().to_lowercase();
            anchors.push(title.chars().filter(kept).collect::<String>().replace(' ', "-"));
        }
    }
    anchors
}

#[test]
fn links_of_the_pages_lead_to_files_and_headings_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).expect("docs/");
    let pages = docs.map(|entry| entry.expect("an entry").path()).chain([root.join("README.md")]);
    let mut seen = 0;
    for page in pages.filter(|path| path.extension().is_some_and(|found| found == "md")) {
        let text = fs::read_to_string(&page).expect("a page");
        // Every other part stands between fences.
        for part in text.split("\n```").step_by(2) {
            for link in part.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if link.contains("://") {
                    continue;
                }
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let folder = page.parent().expect("a folder");
                let target = if file.is_empty() { page.clone() } else { folder.join(file) };
                assert!(target.exists(), "{}: {link} leads nowhere", page.display());
                let found = anchor.is_empty()
                    || fs::read_to_string(&target)
                        .is_ok_and(|text| anchors(&text).iter().any(|known| known == anchor));
                assert!(found, "{}: {link} leads to no heading", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 50, "{seen} links");
}
