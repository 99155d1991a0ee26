//! `precedent fmt` as its user meets it: what is written, what is shown, and what is left alone.

use crate::cli::{precedent, precedent_in, scratch, text, with_input};
use std::fs;
use std::path::Path;

const MESSY: &str = "team   \"A\"\r\n\r\n\r\nuser 'b' { # who\r\n\r\n  team \"A\"as lead\r\n}";
const CLEAN: &str = "team \"A\"\n\nuser \"b\" { # who\n  team \"A\" as lead\n}\n";
/// Lines keep the ends that they had.
const CLEAN_WINDOWS: &str = "team \"A\"\r\n\r\nuser \"b\" { # who\r\n  team \"A\" as lead\r\n}\r\n";
const BROKEN: &str = "user   \"c\" {\n  shell: deny\n}\n";

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a text")
}

#[test]
fn files_are_laid_out_and_broken_ones_left_alone() {
    let folder = scratch(&[
        ("a.prec", MESSY),
        ("b.prec", BROKEN),
        ("c.prec", "user   \"d\"\n"),
        ("d.txt", MESSY),
    ]);
    let run = precedent(&["fmt", text(folder.path())]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("P0001") && run.stderr.contains("b.prec:2:8"), "{}", run.stderr);
    let texts = ["a.prec", "b.prec", "c.prec", "d.txt"].map(|name| read(folder.path(), name));
    assert_eq!(texts, [CLEAN_WINDOWS, BROKEN, "user \"d\"\n", MESSY]);
    assert_eq!(
        fs::read_dir(folder.path()).expect("the folder").count(),
        4,
        "no temporary file is left"
    );
}

#[test]
fn check_and_diff_write_nothing() {
    let folder = scratch(&[("a.prec", MESSY), ("b.prec", CLEAN)]);
    let run = |arguments: &[&str]| precedent(&[&["fmt", text(folder.path())], arguments].concat());
    let check = run(&["--check"]);
    assert_eq!((check.status, check.stdout.as_str()), (1, "would change a.prec\n"));
    let diff = run(&["--diff"]);
    assert_eq!(diff.status, 0);
    assert!(
        diff.stdout.starts_with("--- a.prec\n+++ a.prec\n")
            && diff.stdout.contains("\n+team \"A\"\r\n")
    );
    assert_eq!(run(&["--diff", "--check"]).status, 1);
    assert_eq!([read(folder.path(), "a.prec"), read(folder.path(), "b.prec")], [MESSY, CLEAN]);
    assert_eq!(precedent(&["fmt", text(&folder.path().join("b.prec")), "--check"]).status, 0);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = |input: &str, arguments: &[&str]| {
        let run = with_input(input, &[&["fmt", "-"], arguments].concat());
        (Some(run.status), run.stdout, run.stderr)
    };
    assert_eq!(run(MESSY, &[]), (Some(0), CLEAN_WINDOWS.into(), String::new()));
    assert_eq!(run(&MESSY.replace('\r', ""), &[]), (Some(0), CLEAN.into(), String::new()));
    assert_eq!(run(MESSY, &["--check"]).0, Some(1));
    assert_eq!(run(CLEAN, &["--check"]), (Some(0), String::new(), String::new()));
    let (status, shown, findings) = run(BROKEN, &[]);
    assert_eq!((status, shown.as_str()), (Some(1), ""));
    assert!(findings.contains("<stdin>:2:8"), "{findings}");
    let (_, _, findings) = run(BROKEN, &["--stdin-filename", "policies/b.prec"]);
    assert!(findings.contains("policies/b.prec:2:8"), "{findings}");
    assert_eq!(precedent(&["fmt", "-", "a.prec"]).status, 2);
    assert_eq!(precedent(&["fmt", "a.prec", "--stdin-filename", "a.prec"]).status, 2);
}

/// The first line decides how lines end, as it does for other formatters.
#[test]
fn line_ends_are_those_of_the_first_line() {
    let run = |input: &str| with_input(input, &["fmt", "-"]).stdout;
    assert_eq!(run("team \"a\"\r\nteam \"b\"\n"), "team \"a\"\r\nteam \"b\"\r\n");
    assert_eq!(run("team \"a\"\nteam \"b\"\r\n"), "team \"a\"\nteam \"b\"\n");
    assert_eq!(run("team \"a\""), "team \"a\"\n");
    let windows = scratch(&[("a.prec", CLEAN_WINDOWS), ("b.prec", CLEAN)]);
    assert_eq!(precedent(&["fmt", "--check", text(windows.path())]).status, 0);
    let fixable =
        scratch(&[("a.prec", "user \"a\" {\r\n  reports.sessions: not_allowed\r\n}\r\n")]);
    assert_eq!(precedent(&["check", "--fix", text(fixable.path())]).status, 0);
    let fixed = read(fixable.path(), "a.prec");
    assert_eq!(fixed, "user \"a\" {\r\n  reports.sessions = not_allowed\r\n}\r\n");
}

/// As programs call a formatter that run it on the files of a commit.
#[test]
fn several_paths_are_formatted_in_one_run() {
    let folder = scratch(&[
        ("x/a.prec", "user   \"a\"\n"),
        ("x/b.prec", "user   \"b\"\n"),
        ("y/c.prec", BROKEN),
        ("y/d.prec", "user   \"d\"\n"),
        ("y/e.prec", "user   \"e\"\n"),
    ]);
    let check = precedent_in(folder.path(), &["fmt", "--check", "x", "y/d.prec", "x/a.prec"]);
    let shown = "would change x/a.prec\nwould change x/b.prec\nwould change y/d.prec\n";
    assert_eq!((check.status, &*check.stdout), (1, shown));
    let run = precedent_in(folder.path(), &["fmt", "x/a.prec", "y/c.prec", "y/d.prec"]);
    assert_eq!((run.status, &*run.stdout), (1, ""));
    assert!(run.stderr.contains("y/c.prec:2:8"), "{}", run.stderr);
    let read =
        ["x/a.prec", "x/b.prec", "y/d.prec", "y/e.prec"].map(|name| read(folder.path(), name));
    assert_eq!(read, ["user \"a\"\n", "user   \"b\"\n", "user \"d\"\n", "user   \"e\"\n"]);
    let missing = precedent_in(folder.path(), &["fmt", "x/b.prec", "x/nothing.prec"]);
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("no such file or folder: `x/nothing.prec`"));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_read_only_file_as_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let elsewhere = scratch(&[("a.txt", MESSY)]);
    let folder = scratch(&[]);
    let link = folder.path().join("a.prec");
    symlink(elsewhere.path().join("a.txt"), &link).expect("a link");
    assert_eq!(precedent_in(folder.path(), &["fmt"]).status, 0);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert_eq!(read(elsewhere.path(), "a.txt"), CLEAN_WINDOWS);

    let guarded = scratch(&[("a.prec", MESSY)]);
    let path = guarded.path().join("a.prec");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
    let run = precedent_in(guarded.path(), &["fmt"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("a.prec` cannot be written: it is read-only"), "{}", run.stderr);
    assert_eq!(read(guarded.path(), "a.prec"), MESSY);
}
