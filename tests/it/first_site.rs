//! `docs/first-site.md`, `docs/recipes.md` and `docs/tasks.md`, done as their reader does it: files
//! are saved, changed and run in one folder from the top of the page to its end, and what each
//! command prints is what the page shows.
//!
//! - A block below a line such as **`people.prec`** is that file; below **`people.prec`, at the
//!   end** it is added to it; a block `diff` there says which lines of it change.
//! - A block `console` has commands behind `$ `, each with what it prints. All succeed; with
//!   `exit=1`, the last one exits so.
//! - A block `sh` is for the reader's machine alone, and is not run; below a label such as
//!   **`sync.sh`** it is that file.
//!
//! Output is made by `UPDATE_EXPECTED=1`. Where fingerprints of rows then change, those that the
//! reader copies into files below change with them.
#![cfg(unix)]

use crate::help::copy_folder;
use crate::pages::{Block, Page};
use crate::repository::fixed_git;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder of the reader, and what the page should say.
struct Reader {
    /// The name of the page.
    page: &'static str,
    folder: tempfile::TempDir,
    /// Which fingerprints of the page are others by now.
    renewed: Vec<(String, String)>,
    /// Commands so far, by which the commits get their times.
    commands: u64,
}

impl Reader {
    /// Does what a block says; what should stand in its place.
    fn follow(&mut self, block: &Block<'_>) -> String {
        block.assert_options(&["exit"]);
        let text = self
            .renewed
            .iter()
            .fold(block.text.to_owned(), |text, (old, new)| text.replace(&**old, new));
        match block.kind() {
            "console" => self.console(block),
            "sh" if label(block).is_none() => text,
            "prec" | "toml" | "diff" | "sh" | "text" => {
                let (page, line) = (self.page, block.line);
                let Some((file, at_end)) = label(block) else {
                    panic!("{page}:{line}: a block of which file?")
                };
                let path = self.folder.path().join(file);
                let before = fs::read_to_string(&path).unwrap_or_default();
                let now = match (block.kind(), at_end) {
                    ("diff", false) => changed(&before, &text, &format!("{page}:{line}")),
                    ("diff", true) => panic!("{page}:{line}: a change is not at the end"),
                    (_, false) => text.clone(),
                    (_, true) => format!("{before}\n{text}"),
                };
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, now).expect("written");
                text
            }
            other => panic!("{}:{}: what is a block of `{other}`?", self.page, block.line),
        }
    }

    /// Runs the commands of a block; the block with what they print.
    fn console(&mut self, block: &Block<'_>) -> String {
        let commands: Vec<&str> =
            block.text.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
        let (last, others) = commands.split_last().expect("a console has a command");
        let exit = block.option("exit").map_or(0, |exit| exit.parse().expect("a status"));
        let statuses = others.iter().map(|command| (*command, 0)).chain([(*last, exit)]);
        let mut made = String::new();
        for (command, expected) in statuses {
            let (printed, status) = self.run(command);
            let at = format!("{}:{}: `{command}`", self.page, block.line);
            assert_eq!(status, expected, "{at} exits with {status}:\n{printed}");
            made.push_str(&format!("$ {command}\n{printed}"));
        }
        let (old, new) = (fingerprints(block.text), fingerprints(&made));
        if old.len() == new.len() {
            self.renewed.extend(old.into_iter().zip(new).filter(|(old, new)| old != new));
        }
        made
    }

    /// What a command prints, on both streams, and its exit status.
    fn run(&mut self, command: &str) -> (String, i32) {
        self.commands += 1;
        let binary = Path::new(env!("CARGO_BIN_EXE_precedent"));
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = binary.parent().expect("a folder").display();
        let mut shell = Command::new("sh");
        fixed_git(&mut shell, self.commands);
        let output = shell
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(self.folder.path())
            .env("COLUMNS", "80")
            .env("PATH", format!("{folder}:{path}"))
            .env_remove("NO_COLOR")
            .output()
            .expect("a shell");
        let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
        (printed, output.status.code().expect("it is not killed"))
    }
}

/// The file of a block, and whether the block comes at its end.
fn label<'p>(block: &Block<'p>) -> Option<(&'p str, bool)> {
    let parts = block.before.strip_prefix("**`").and_then(|rest| rest.split_once('`'));
    match parts? {
        (file, "**") => Some((file, false)),
        (file, ", at the end**") => Some((file, true)),
        _ => None,
    }
}

/// A file after a change: of the lines of a diff, those that do not begin with `+` stand in the
/// file, once; those that do not begin with `-` replace them.
fn changed(file: &str, change: &str, at: &str) -> String {
    let side = |other: char| {
        let lines = change.lines().filter(|line| !line.starts_with(other));
        lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect::<String>()
    };
    let (old, new) = (side('+'), side('-'));
    let count = file.matches(&*old).count();
    assert_eq!(count, 1, "{at}: these lines stand {count} times in:\n{file}");
    file.replacen(&*old, &new, 1)
}

/// The fingerprints of rows in a text: 32 hexadecimal digits.
fn fingerprints(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(String::from)
        .collect()
}

/// Does what a page says, from its top to its end, in a folder that may have files already.
fn follow(name: &'static str, folder: tempfile::TempDir) {
    let page = Page::read(name);
    let mut reader = Reader { page: name, folder, renewed: Vec::new(), commands: 0 };
    let (mut made, mut end) = (String::new(), 0);
    for block in page.blocks() {
        made.push_str(&page.text[end..block.range.start]);
        made.push_str(&reader.follow(&block));
        end = block.range.end;
    }
    made.push_str(&page.text[end..]);
    page.assert_is(&made);
}

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

#[test]
fn the_first_site_can_be_built_as_its_page_says() {
    follow("first-site.md", empty());
}

#[test]
fn the_recipes_lead_to_what_their_page_shows() {
    follow("recipes.md", empty());
}

#[cfg(all(feature = "git", feature = "xlsx"))]
#[test]
fn the_tasks_are_done_as_their_page_shows() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
    let folder = empty();
    copy_folder(&site, folder.path());
    follow("tasks.md", folder);
}
