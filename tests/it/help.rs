//! The commands that `--help` and the pages below `docs/` show, run as a reader would run them.

#![cfg(unix)]

use crate::cli::{Run, run, text};
use crate::pages::Page;
use crate::repository::{Repository, fixed_git};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A repository with everything that the examples name: the site of `examples/acme` as the
/// workspace of its own folder and as `policies`, with a smaller one inside; two tags, and the
/// branch that `origin` has.
struct Site {
    repository: Repository,
    /// Where the program is, so that a shell finds it.
    path: String,
}

impl Site {
    fn new() -> Option<Site> {
        let repository = Repository::new()?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copy = |from: &str, to: &str| {
            copy_folder(&root.join("examples").join(from), &repository.path(to));
        };
        copy("acme", "examples/acme");
        copy("acme", "policies");
        copy("quickstart", "policies/emea");
        copy("quickstart", "site");
        repository.commit("The site");
        repository.git(&["tag", "v1.0"]);
        repository.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        copy("acme-next", "examples/acme-next");
        copy("acme", "old");
        copy("acme-next", "new");
        copy("acme-next", "policies");
        repository.commit("The next one");
        repository.git(&["tag", "v2.0"]);
        repository.write("ok.toml", "");
        let edits = Page::read("edit.md");
        let edits = edits.text.split("```text\n").nth(1).and_then(|text| text.split("```").next());
        repository.write("edits.txt", edits.expect("edits on the page"));
        let policy = "team \"T\"\n\nuser   \"u\" {\n  team \"T\"   as member\n}\n";
        for folder in ["", "examples/acme/"] {
            for name in ["policy", "a", "b", "draft"] {
                repository.write(&format!("{folder}{name}.prec"), policy);
            }
            copy("quickstart", &format!("{folder}sites/a"));
            copy("quickstart", &format!("{folder}sites/b"));
        }
        let compiled = repository.precedent(&["compile", "old", "-o", "old.json"]);
        assert_eq!(compiled.status, 0, "{}", compiled.stderr);
        let program = Path::new(env!("CARGO_BIN_EXE_precedent"));
        let folder = program.parent().expect("the folder of the program");
        let path = std::env::var("PATH").unwrap_or_default();
        Some(Site { repository, path: format!("{}:{path}", text(folder)) })
    }

    /// Runs a line in a shell. What it means by its paths says where.
    fn run(&self, line: &str) -> crate::cli::Run {
        let at_root =
            ["examples/", "emea", "old", "new/", "site/", "check policies\n", "--path policies"];
        let shown = format!("{line}\n");
        let at_root = at_root.iter().any(|part| shown.contains(part));
        let folder = if at_root { "." } else { "examples/acme" };
        let mut command = Command::new("sh");
        fixed_git(&mut command, 9);
        command.args(["-c", line]).env("PATH", &self.path);
        run(command.current_dir(self.repository.path(folder)))
    }
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let from = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("a name"));
        match from.is_dir() {
            true => copy_folder(&from, &to),
            false => drop(fs::copy(&from, &to).expect("a copy")),
        }
    }
}

/// The commands below `Examples:`. A line that ends in `\` goes on in the next one, and what stands
/// behind two spaces is a description.
fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help.split_once("\nExample").unwrap_or_default();
    let joined = examples.replace("\\\n    ", "");
    let lines = joined.lines().filter_map(|line| line.strip_prefix("  "));
    let commands = lines.filter(|line| line.starts_with("precedent "));
    commands.map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_examples_of_every_help_run() {
    let Some(site) = Site::new() else { return };
    let precedent = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
        // As wide as help becomes.
        run(command.args(arguments).env("COLUMNS", "200"))
    };
    let commands = precedent(&["--help"]).stdout;
    let (_, commands) = commands.split_once("Commands:\n").expect("the commands");
    let (commands, _) = commands.split_once("\n\n").expect("the end of the commands");
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = commands.lines().filter(is_name).filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() >= 10, "{names:?}");
    let mut seen = 0;
    let mut wrong: Vec<String> = Vec::new();
    for name in names.into_iter().map(Some).chain([None]) {
        let arguments: Vec<&str> = name.into_iter().chain(["--help"]).collect();
        let help = precedent(&arguments).stdout;
        // A longer line would be broken on a terminal, and could not be copied.
        let long = help.lines().filter(|line| line.starts_with("  precedent ") && line.len() > 80);
        assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
        let lines = examples(&help);
        assert!(!lines.is_empty(), "{name:?} has no examples");
        for line in lines {
            seen += 1;
            let run = site.run(&line);
            if is_wrong(&run) {
                wrong.push(format!("{line}\n{}{}", run.status, run.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 40, "{seen} examples");
}

/// The commands in the text of a page: code that begins with the name of the program, without a
/// word that stands for something else.
fn commands_of(page: &str) -> Vec<String> {
    let text: String = page.split("```").step_by(2).collect();
    let code = text.split('`').skip(1).step_by(2).map(|code| code.replace('\n', " "));
    let commands = code.filter(|code| code.starts_with("precedent "));
    let stands_for = |word: &str| {
        word.contains(['…', '[', '|'])
            || word.len() > 1 && word.bytes().all(|c| c.is_ascii_uppercase())
    };
    // A name of a command alone is no command.
    let is_whole = |line: &String| line.split_whitespace().count() > 2;
    commands.filter(is_whole).filter(|line| !line.split_whitespace().any(stands_for)).collect()
}

/// All pages, by the names of their files.
fn pages() -> impl Iterator<Item = (String, Page)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = fs::read_dir(folder).expect("the pages").map(|entry| entry.expect("a page"));
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let pages = names.filter(|name| name.ends_with(".md"));
    pages.map(|name| {
        let page = Page::read(&name);
        (name, page)
    })
}

/// A gate or a threshold may fail; nothing may be unknown or unreadable.
fn is_wrong(run: &Run) -> bool {
    ![0, 1].contains(&run.status) || run.stderr.contains("error")
}

#[test]
fn no_page_shows_a_command_that_is_not_understood() {
    let Some(site) = Site::new() else { return };
    let mut seen = 0;
    let mut wrong: Vec<String> = Vec::new();
    for (name, page) in pages() {
        for line in commands_of(&page.text) {
            seen += 1;
            let run = site.run(&line);
            // Where a page is about a format, what is reported on is left out.
            let is_part = [
                "required arguments were not provided",
                "nothing to compare",
                "nothing is asked for",
            ]
            .iter()
            .any(|words| run.stderr.contains(words));
            let understood = is_part || !run.stderr.contains("Usage: ");
            if !understood {
                wrong.push(format!("{name}: {line}\n{}", run.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 10, "{seen} commands");
}

/// Pages whose commands other tests run, with what they print.
const RUN_ELSEWHERE: [&str; 4] = ["first-site.md", "recipes.md", "tasks.md", "ci.md"];

#[test]
fn the_commands_in_blocks_of_pages_run() {
    let Some(site) = Site::new() else { return };
    let mut seen = 0;
    let mut wrong: Vec<String> = Vec::new();
    for (name, page) in pages().filter(|(name, _)| !RUN_ELSEWHERE.contains(&&**name)) {
        let blocks = page.blocks();
        let shown = blocks.iter().filter(|block| ["sh", "console"].contains(&block.kind()));
        let joined = shown.map(|block| block.text.replace("\\\n", " "));
        for block in joined {
            // A build without the feature does not know the format.
            let is_known = |line: &&str| cfg!(feature = "parquet") || !line.contains("parquet");
            let commands = block.lines().filter(|line| line.starts_with("precedent "));
            for line in commands.filter(is_known) {
                seen += 1;
                let run = site.run(line);
                if is_wrong(&run) {
                    wrong.push(format!("{name}: {line}\n{}{}", run.status, run.stderr));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 10, "{seen} commands");
}

/// The commands for a CI that has no template of its own.
#[test]
fn the_commands_for_any_ci_run() {
    let Some(site) = Site::new() else { return };
    let page = Page::read("ci.md");
    let blocks = page.blocks();
    let block = blocks.iter().find(|block| block.kind() == "sh").expect("the commands");
    let mut seen = 0;
    for line in block.text.lines().filter(|line| line.starts_with("precedent ")) {
        let line = line.split(" #").next().unwrap_or_default().trim_end();
        let run = site.run(line);
        assert!(!is_wrong(&run), "{line}\n{}", run.stderr);
        seen += 1;
    }
    assert_eq!(seen, 3);
}
