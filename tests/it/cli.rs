//! The binary as its user meets it: output, exit statuses, files and folders of every kind.

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the binary in the repository's folder, as a pipe sees it.
pub fn precedent(arguments: &[&str]) -> Run {
    precedent_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

pub fn precedent_in(folder: &Path, arguments: &[&str]) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_precedent")).args(arguments).current_dir(folder))
}

/// Runs a command of the binary; what git set around these tests says nothing to it.
pub fn run(command: &mut Command) -> Run {
    for variable in ["NO_COLOR", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        if command.get_envs().all(|(name, _)| name != variable) {
            command.env_remove(variable);
        }
    }
    // What the pages and the examples show is as wide as a terminal.
    if command.get_envs().all(|(name, _)| name != "COLUMNS") {
        command.env("COLUMNS", "80");
    }
    let output = command.output().expect("the binary starts");
    Run {
        status: output.status.code().expect("the binary is not killed"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
    }
}

/// Runs the binary with a text as its standard input.
pub fn with_input(input: &str, arguments: &[&str]) -> Run {
    let mut file = tempfile::tempfile().expect("a scratch file");
    file.write_all(input.as_bytes()).and_then(|()| file.rewind()).expect("written");
    run(Command::new(env!("CARGO_BIN_EXE_precedent")).args(arguments).stdin(file))
}

pub fn scratch(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a path in the folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch path is UTF-8")
}

/// Each expected file begins with its command; the rest is what the command prints.
/// `UPDATE_EXPECTED=1` writes them.
#[test]
fn the_examples_print_what_stands_beside_them() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for example in fs::read_dir(examples).expect("the examples") {
        let expected = example.expect("an example").path().join("expected");
        let Ok(files) = fs::read_dir(&expected) else { continue };
        let files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        for file in
            files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
        {
            let shown = fs::read_to_string(file).expect("an expected file");
            let (command, _) = shown.split_once('\n').expect("a command");
            let arguments = command.strip_prefix("$ precedent ").expect("a command");
            let run = precedent(&arguments.split(' ').collect::<Vec<_>>());
            let printed = format!("{command}\n{}", run.stdout);
            if std::env::var_os("UPDATE_EXPECTED").is_some() {
                fs::write(file, &printed).expect("written");
                seen += 1;
                continue;
            }
            assert!(
                printed == shown,
                "{} is stale: run the tests with UPDATE_EXPECTED=1 and read the change",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} expected files");
}

#[test]
fn exit_statuses_tell_findings_from_failures() {
    assert_eq!(precedent(&["check", "examples/acme"]).status, 0);
    assert_eq!(precedent(&["check", "no/such/folder"]).status, 2);
    assert_eq!(precedent(&["check", "README.md"]).status, 2);
    assert_eq!(precedent(&["frobnicate"]).status, 2);
    assert_eq!(precedent(&["--help"]).status, 0);
    assert_eq!(precedent(&["explain", "P9999"]).status, 2);
    assert_eq!(precedent(&["catalog", "pra-1"]).status, 2);
    let broken = scratch(&[("a.prec", "user \"a\" {\n  shell = allow\n}\n")]);
    let check = precedent(&["check", text(broken.path())]);
    assert_eq!((check.status, check.stderr.as_str()), (1, ""));
    assert!(check.stdout.contains("P0105"), "{}", check.stdout);
    let matrix = precedent(&["matrix", text(broken.path()), "--rows", "each", "--format", "csv"]);
    assert_eq!((matrix.status, matrix.stdout.as_str()), (1, ""));
    assert!(matrix.stderr.contains("P0105"), "{}", matrix.stderr);
}

#[test]
fn a_gate_of_either_manifest_counts() {
    let user = "user \"a\" {\n  reports.sessions = user_sessions\n}\n";
    let wider = user.replace("user_sessions", "all_sessions");
    let gate = "[diff]\ndeny = [\"gained\"]\n";
    let (plain, gated) =
        (scratch(&[("a.prec", user)]), scratch(&[("a.prec", user), ("precedent.toml", gate)]));
    let (wide, wide_gated) =
        (scratch(&[("a.prec", &wider)]), scratch(&[("a.prec", &wider), ("precedent.toml", gate)]));
    let diff = |old: &tempfile::TempDir, new: &tempfile::TempDir, more: &[&str]| {
        let mut arguments = vec!["diff", text(old.path()), text(new.path())];
        arguments.extend(more);
        precedent(&arguments).status
    };
    assert_eq!(diff(&plain, &wide, &[]), 0);
    assert_eq!(diff(&gated, &wide, &[]), 1);
    assert_eq!(diff(&plain, &wide_gated, &[]), 1);
    assert_eq!(diff(&plain, &wide, &["--deny", "gained"]), 1);
    assert_eq!(diff(&plain, &wide, &["--deny", "narrowed,removed"]), 0);
    assert_eq!(diff(&wide, &plain, &["--deny", "gained"]), 0);
    // A gate looks at accounts also where only sessions are shown.
    assert_eq!(
        diff(&plain, &wide, &["--deny", "widened", "--of", "sessions", "--format", "csv"]),
        1
    );
    assert_eq!(diff(&plain, &wide, &["--deny", "wider"]), 2);
}

#[test]
fn a_file_stands_for_the_workspace_that_takes_it_in() {
    let folder = scratch(&[
        ("precedent.toml", "policies = [\"in/*.prec\"]\n"),
        ("in/a.prec", "directory group \"d\" {\n  members = [\"u\"]\n}\n"),
        ("in/b.prec", "user \"u\"\n"),
        ("out/c.prec", "user \"alone\"\n"),
        ("other/precedent.toml", ""),
        ("other/d.prec", "broken\n"),
    ]);
    let file = |name: &str| folder.path().join(name);
    assert_eq!(precedent(&["check", text(&file("in/a.prec"))]).status, 0);
    let alone = precedent(&[
        "matrix",
        text(&file("out/c.prec")),
        "--of",
        "accounts",
        "--rows",
        "each",
        "--format",
        "csv",
    ]);
    assert!(
        alone.stdout.contains("\nalone,session_policy,not defined,profile,,,\n"),
        "{}",
        alone.stdout
    );
    assert_eq!(precedent_in(&file("in"), &["check"]).status, 0);
    assert_eq!(precedent(&["check", text(&file("other"))]).status, 1);
    let beside = precedent_in(
        &file("other"),
        &["matrix", "../out/c.prec", "--of", "accounts", "--format", "csv"],
    );
    assert!(beside.stdout.contains("alone"), "{}{}", beside.stdout, beside.stderr);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_loops_are_told() {
    use std::os::unix::fs::symlink;
    let folder = scratch(&[("real/a.prec", "user \"a\"\n"), ("b.prec", "user \"b\"\n")]);
    let link = |to: &str, from: &str| symlink(to, folder.path().join(from)).expect("a link");
    link("..", "real/up");
    link("real", "again");
    link("real/a.prec", "same.prec");
    link("nowhere", "dangling");
    let run = precedent(&["check", text(folder.path())]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert!(run.stdout.contains("P0013") && run.stdout.contains("real/up"), "{}", run.stdout);
    link("self.prec", "self.prec");
    let run = precedent(&["check", text(folder.path()), "--format", "json"]);
    assert_eq!(run.status, 2);
    assert!(run.stdout.contains("P0012") && run.stdout.contains("self.prec"), "{}", run.stdout);
}

/// A rename in its place would make a file of a device, and one of a link.
#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_written_and_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt;
    let folder = scratch(&[("messy.prec", "jump group   \"A\"\n")]);
    let at = |name: &str| folder.path().join(name);
    let made = Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let reader = Command::new("cat")
        .arg(at("pipe"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("cat");
    assert_eq!(precedent(&["compile", "examples/quickstart", "-o", text(&at("pipe"))]).status, 0);
    let read = reader.wait_with_output().expect("what came through").stdout;
    assert_eq!(precedent(&["compile", "examples/quickstart", "-o", text(&at("file"))]).status, 0);
    assert_eq!(read, fs::read(at("file")).expect("the file"));
    assert!(fs::metadata(at("pipe")).expect("the pipe").file_type().is_fifo());
    std::os::unix::fs::symlink(at("messy.prec"), at("link.prec")).expect("a link");
    assert_eq!(precedent(&["fmt", text(&at("link.prec"))]).status, 0);
    assert!(fs::symlink_metadata(at("link.prec")).expect("the link").is_symlink());
    assert_eq!(fs::read_to_string(at("messy.prec")).expect("the file"), "jump group \"A\"\n");
}

#[test]
fn a_compiled_file_is_read_wherever_a_path_is() {
    let folder = scratch(&[]);
    let file = folder.path().join("acme.json");
    assert_eq!(precedent(&["compile", "examples/acme", "-o", text(&file)]).status, 0);
    assert_eq!(
        fs::read_dir(folder.path()).expect("the folder").count(),
        1,
        "no temporary file is left"
    );
    for arguments in [
        &["check"][..],
        &["matrix", "--rows", "each", "--format", "csv"],
        &["matrix", "--of", "accounts"],
        &["simulate", "--user", "amara.okafor", "--jump-item", "db-erp01"],
    ] {
        let with = |path: &str| precedent(&[&arguments[..1], &[path], &arguments[1..]].concat());
        let (direct, compiled) = (with("examples/acme"), with(text(&file)));
        assert!(
            direct.stdout == compiled.stdout && direct.status == compiled.status,
            "{arguments:?}"
        );
    }
    let diff = precedent(&["diff", "examples/acme", text(&file), "--deny", "any"]);
    assert_eq!(diff.status, 0, "{}", diff.stdout);
    for (name, content) in [
        ("other.json", "{\"schema\": \"precedent-ir/999\"}"),
        ("broken.json", "{\"schema\": \"precedent-ir/1\"}"),
        ("no.json", "[]"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        let run = precedent(&["check", text(&path)]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
    let nowhere = precedent(&["compile", "examples/acme", "-o", "no/such/folder/file.json"]);
    assert_eq!(nowhere.status, 2);
}

#[test]
fn text_fits_eighty_columns_unless_a_word_is_longer() {
    for arguments in [
        &["matrix", "examples/acme"][..],
        &["matrix", "examples/acme", "--of", "accounts"],
        &["diff", "examples/acme", "examples/acme-next"],
        &["simulate", "examples/acme", "--user", "amara.okafor", "--jump-item", "db-erp01"],
        &["catalog"],
        &["test", "examples/acme", "--coverage", "--mutate"],
    ] {
        let run = precedent(arguments);
        assert!(!run.stdout.is_empty());
        for line in run.stdout.lines().filter(|line| line.chars().count() > 80) {
            let words = line.split_whitespace().count();
            assert!(words <= 4, "{arguments:?} breaks no line here:\n{line}");
        }
        assert!(!run.stdout.contains('\x1b'), "a pipe gets no colour");
    }
}

#[test]
fn colour_is_asked_for_or_not_there() {
    let always = precedent(&["--color", "always", "matrix", "examples/quickstart"]);
    assert!(always.stdout.contains("\x1b["));
    let never = precedent(&["--color", "never", "matrix", "examples/quickstart"]);
    assert!(!never.stdout.contains('\x1b'));
}

#[test]
fn hostile_names_do_not_act_on_a_terminal_or_in_markdown() {
    let folder = scratch(&[(
        "a.prec",
        "user \"\\u{1b}[31mred\\u{202E} <b>|@all\" {\n  access.allowed = allow\n  jump.jump_client = allow\n}\njump item \"x\\ny\" {\n  kind = jump_client\n}\n",
    )]);
    for format in ["text", "markdown"] {
        for of in ["sessions", "accounts"] {
            let run = precedent(&["matrix", text(folder.path()), "--of", of, "--format", format]);
            assert_eq!(run.status, 0);
            assert!(!run.stdout.contains(['\x1b', '\u{202e}']), "{format} {of}");
            // In Markdown, what is no plain word is code: every second piece between backticks.
            let text: String = run.stdout.split('`').step_by(2).collect();
            assert!(
                format == "text" || !text.contains(['<', '@']) && run.stdout.contains("@all"),
                "{}",
                run.stdout
            );
        }
    }
}

#[test]
fn simulate_says_what_it_needs() {
    let wrong = precedent(&[
        "simulate",
        "examples/acme",
        "--user",
        "amara.okafo",
        "--jump-item",
        "db-erp01",
    ]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("did you mean `amara.okafor`?"), "{}", wrong.stderr);
    assert_eq!(precedent(&["simulate", "examples/acme", "--user", "amara.okafor"]).status, 2);
}

#[test]
fn a_name_that_reads_the_same_is_told_apart() {
    let text = "user \"CORP\\tom\"\nuser \"admin\"\njump item \"web\" {\n  kind = jump_client\n}\n";
    let folder = scratch(&[("a.prec", text)]);
    let help = |user: &str| {
        let run = precedent_in(folder.path(), &["simulate", "--user", user, "--jump-item", "web"]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        run.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let tab = help("CORP\\tom");
    assert!(tab.contains("did you mean `CORP\\tom`? it has U+0009 in place of `\\` `t`"), "{tab}");
    let cyrillic = help("\u{430}dmin");
    assert!(cyrillic.contains("did you mean `admin`? it has `a` in place of U+0430"), "{cyrillic}");
}
