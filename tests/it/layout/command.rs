//! `precedent fmt` as its user meets it: what is written, what is shown, and what is left alone.

use crate::cli::{precedent, precedent_in, scratch, text};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const MESSY: &str = "team   \"A\"\r\n\r\n\r\nuser 'b' { # who\r\n\r\n  team \"A\"as lead\r\n}";
const CLEAN: &str = "team \"A\"\n\nuser \"b\" { # who\n  team \"A\" as lead\n}\n";
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
    assert_eq!(texts, [CLEAN, BROKEN, "user \"d\"\n", MESSY]);
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
            && diff.stdout.contains("\n+team \"A\"\n")
    );
    assert_eq!(run(&["--diff", "--check"]).status, 1);
    assert_eq!([read(folder.path(), "a.prec"), read(folder.path(), "b.prec")], [MESSY, CLEAN]);
    assert_eq!(precedent(&["fmt", text(&folder.path().join("b.prec")), "--check"]).status, 0);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = |input: &str, arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_precedent"))
            .args([&["fmt", "-"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("the binary ends");
        let shown = String::from_utf8(output.stdout).expect("UTF-8");
        (output.status.code(), shown, String::from_utf8(output.stderr).expect("UTF-8"))
    };
    assert_eq!(run(MESSY, &[]), (Some(0), CLEAN.into(), String::new()));
    assert_eq!(run(MESSY, &["--check"]).0, Some(1));
    assert_eq!(run(CLEAN, &["--check"]), (Some(0), String::new(), String::new()));
    let (status, shown, findings) = run(BROKEN, &[]);
    assert_eq!((status, shown.as_str()), (Some(1), ""));
    assert!(findings.contains("<stdin>:2:8"), "{findings}");
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
    assert_eq!(read(elsewhere.path(), "a.txt"), CLEAN);

    let guarded = scratch(&[("a.prec", MESSY)]);
    let path = guarded.path().join("a.prec");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("set");
    let run = precedent_in(guarded.path(), &["fmt"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("a.prec` cannot be written: it is read-only"), "{}", run.stderr);
    assert_eq!(read(guarded.path(), "a.prec"), MESSY);
}
