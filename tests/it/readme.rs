//! What a newcomer meets first: the README's command and policy, the smallest example, and links that
//! lead somewhere.

use crate::cli::{precedent, precedent_in, scratch};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How the README starts the program before it is installed.
const FIRST_COMMAND: &str = "$ cargo try ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What comes before, between and after two markers, each of which is there.
fn split<'t>(text: &'t str, start: &str, end: &str) -> [&'t str; 3] {
    let (before, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start:?}"));
    let (between, after) = rest.split_once(end).unwrap_or_else(|| panic!("no {end:?}"));
    [before, between, after]
}

/// `UPDATE_EXPECTED=1` writes the output into the README.
#[test]
fn the_readme_shows_what_its_command_prints() {
    let readme = read("README.md");
    let [before, block, after] = split(&readme, "```console\n", "```");
    let (command, shown) = block.split_once('\n').expect("a command");
    let arguments = command.strip_prefix(FIRST_COMMAND).expect("the first command");
    let run = precedent(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let stdout = &run.stdout;
        let updated = format!("{before}```console\n{command}\n{stdout}```{after}");
        fs::write(root().join("README.md"), updated).expect("written");
        return;
    }
    assert_eq!(run.stdout, shown);
}

#[test]
fn the_policy_of_the_readme_has_no_findings_in_an_empty_folder() {
    let readme = read("README.md");
    let [_, policy, _] = split(&readme, "## A policy in short\n\n```\n", "```");
    assert!(policy.contains("group policy ") && policy.contains("final "), "it shows both kinds");
    let folder = scratch(&[("pasted.prec", policy)]);
    let run = precedent_in(folder.path(), &["check"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.starts_with("no findings: "), "{}", run.stdout);
    let run = precedent_in(folder.path(), &["fmt", "--check"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn the_quickstart_is_short_and_has_no_findings() {
    let lines = read("examples/quickstart/quickstart.prec").lines().count();
    assert!(lines < 50, "{lines} lines");
    let run = precedent(&["check", "examples/quickstart"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.starts_with("no findings: "), "{}", run.stdout);
}

/// The example of the library is compiled as the first doctest, which hides the texts of the policies.
#[test]
fn the_readme_shows_the_first_doctest() {
    let readme = read("README.md");
    let [_, shown, _] = split(&readme, "```rust\n", "```");
    let library = read("src/lib.rs");
    let [_, doctest, _] = split(&library, "//! ```\n", "//! ```\n");
    let visible = doctest.lines().filter(|line| !line.starts_with("//! # "));
    let visible = visible.map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
    assert_eq!(visible.map(|line| format!("{line}\n")).collect::<String>(), shown);
}

/// The pages whose links are followed: those at the top, in `docs`, and beside the examples.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root().to_owned(), root().join("docs")];
    for entry in fs::read_dir(root().join("examples")).expect("examples") {
        folders.push(entry.expect("an entry").path());
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    for page in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ci.md"] {
        assert!(pages.contains(&root().join(page)), "{page} is missing");
    }
    pages
}

/// What a page links to, and the anchors that it has.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn new(text: &str) -> Page {
        let mut page = Page::default();
        let mut seen = BTreeMap::new();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(part) | Event::Code(part) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&part);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let count = seen.entry(slug.clone()).or_insert(0);
                    let anchor = if *count == 0 { slug } else { format!("{slug}-{count}") };
                    *count += 1;
                    page.anchors.insert(anchor);
                }
                _ => {}
            }
        }
        page
    }

    fn read(path: &Path) -> Page {
        Page::new(&fs::read_to_string(path).expect("a page"))
    }
}

/// The anchor that GitHub gives a heading.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// A path without `.` and `..`. `None` if it leads out of the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal.starts_with(root()).then_some(normal)
}

/// Why a link leads nowhere; `None` if it does not, or leads out to the network.
fn broken(page: &Path, link: &str) -> Option<&'static str> {
    if ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, at)| (path, Some(at)));
    let target = if path.is_empty() { page.to_owned() } else { page.with_file_name(path) };
    let Some(target) = normal(&target) else { return Some("it leads out of the repository") };
    match anchor {
        _ if !target.exists() => Some("there is no such file"),
        Some(anchor) if !Page::read(&target).anchors.contains(anchor) => {
            Some("there is no such heading")
        }
        _ => None,
    }
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut followed = 0;
    for path in pages() {
        for link in Page::read(&path).links {
            let why = broken(&path, &link);
            assert_eq!(why, None, "{}: the link to `{link}`", path.display());
            followed += 1;
        }
    }
    assert!(followed > 50, "links were found");
}

#[test]
fn a_broken_link_is_noticed() {
    let page = root().join("docs/ci.md");
    let readme = root().join("README.md");
    assert_eq!(broken(&readme, "docs/ci.md#github"), None);
    assert_eq!(broken(&page, "#require-the-check"), None);
    assert_eq!(broken(&page, "../README.md"), None);
    assert_eq!(broken(&page, "missing.md"), Some("there is no such file"));
    assert_eq!(broken(&page, "ci.md#missing"), Some("there is no such heading"));
    assert_eq!(broken(&page, "../../elsewhere"), Some("it leads out of the repository"));
    let page = Page::new("# A `b`, c\n\n# A b, C\n\n[x](y.md) ![z](w.svg)\n");
    assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["a-b-c", "a-b-c-1"]);
    assert_eq!(page.links, ["y.md", "w.svg"]);
}
