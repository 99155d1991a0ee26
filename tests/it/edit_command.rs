//! `precedent edit`: what it shows, what it writes, and when it does not.

use crate::cli::{Run, precedent, scratch, text};
use crate::help::copy_folder;
use std::fs;
use std::path::Path;

fn acme() -> tempfile::TempDir {
    let folder = scratch(&[]);
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme"), folder.path());
    folder
}

fn edit(folder: &Path, arguments: &[&str]) -> Run {
    precedent(&[&["edit", "--path", text(folder)], arguments].concat())
}

#[test]
fn nothing_is_written_unless_it_is_asked_for() {
    let folder = acme();
    let users = folder.path().join("inventory/users.prec");
    let before = fs::read_to_string(&users).expect("a file");
    let remove = "remove user \"amara.okafor\"";
    let shown = edit(folder.path(), &[remove]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("1. removed user \"amara.okafor\""), "{}", shown.stdout);
    assert!(shown.stderr.contains("would change; `--write` writes them"));
    assert_eq!(fs::read_to_string(&users).expect("a file"), before);
    let written = edit(folder.path(), &[remove, "--write"]);
    assert_eq!((written.status, written.stdout), (0, shown.stdout), "{}", written.stderr);
    assert!(written.stderr.ends_with("files written\n"), "{}", written.stderr);
    let after = fs::read_to_string(&users).expect("a file");
    assert_eq!(after, before.replace("user \"amara.okafor\"\n", ""));
    let again = edit(folder.path(), &[remove]);
    assert_eq!(again.status, 1);
    assert!(again.stderr.contains("there is no user `amara.okafor`"), "{}", again.stderr);
}

#[test]
fn a_gain_fails_the_gates_and_only_a_gate_that_is_asked_for_keeps_it_from_being_written() {
    let gain = "add-member directory group \"CN=PRA-Database,OU=Access,DC=acme,DC=example\" user \"amara.okafor\"";
    let folder = acme();
    let groups = folder.path().join("inventory/directory.prec");
    let before = fs::read(&groups).expect("a file");
    let shown = edit(folder.path(), &[gain]);
    assert_eq!(shown.status, 1, "{}{}", shown.stdout, shown.stderr);
    assert!(shown.stdout.contains("gained"), "{}", shown.stdout);
    let kept = edit(folder.path(), &[gain, "--write", "--deny", "gained"]);
    assert_eq!(kept.status, 1);
    assert!(kept.stderr.contains("nothing was written"), "{}", kept.stderr);
    assert_eq!(fs::read(&groups).expect("a file"), before);
    let written = edit(folder.path(), &[gain, "--write"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert_ne!(fs::read(&groups).expect("a file"), before);
}

#[test]
fn edits_with_errors_write_nothing() {
    let folder = acme();
    let broken =
        edit(folder.path(), &["set user \"amara.okafor\" jump.shell_jump = maybe", "--write"]);
    assert_eq!(broken.status, 1);
    assert!(
        broken.stderr.contains("with the edits, the policies have errors"),
        "{}",
        broken.stderr
    );
    assert!(broken.stderr.contains("inventory/users.prec:5:21"), "{}", broken.stderr);
    // Of several, the one that the errors come from; what a later one corrects is none.
    let wrong = "set user \"amara.okafor\" jump.shell_jump = maybe";
    let right = "set user \"amara.okafor\" jump.shell_jump = deny";
    let other = "add team \"New\"";
    for (edits, expected) in [
        ([wrong, right, wrong, other], &format!("have errors from `{wrong}` on; nothing was")),
        ([other, wrong, other, other], &"there is a team `New` already".to_owned()),
    ] {
        let told = edit(folder.path(), &edits).stderr;
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(edit(folder.path(), &["--write"]).status, 2);
    assert_eq!(edit(folder.path(), &["remove user amara", "--write"]).status, 2);
    let renamed = edit(folder.path(), &["rename user \"amara.okafor\" to \"a\"", "--write"]);
    assert_eq!(renamed.status, 1);
    assert!(
        renamed.stderr.contains("treats the renamed user as a different one"),
        "{}",
        renamed.stderr
    );
    let forced = edit(folder.path(), &["rename user \"amara.okafor\" to \"a\" without id"]);
    assert!(forced.stdout.contains("removed"), "{}", forced.stdout);
    // With the same content, and nothing else like it, a comparison knows a group policy again.
    let known = edit(folder.path(), &["rename group policy \"Vendors\" to \"Suppliers\""]);
    assert_eq!(known.status, 0, "{}", known.stderr);
    assert!(known.stdout.contains("sessions  no change\naccounts  no change"), "{}", known.stdout);
}

#[test]
fn edits_come_from_a_file_and_in_every_format_of_a_diff() {
    let folder = acme();
    let list = scratch(&[("edits.txt", "# two\nremove user \"amara.okafor\"\nadd team \"New\"\n")]);
    let list = list.path().join("edits.txt");
    let from = |more: &[&str]| edit(folder.path(), &[&["--from", text(&list)], more].concat());
    assert!(from(&["--format", "json"]).stdout.starts_with('{'));
    assert!(from(&["--format", "markdown"]).stdout.contains("amara.okafor"));
    let csv = from(&["--format", "csv", "--rows", "each"]).stdout;
    assert!(csv.starts_with("subject_kind,"), "{csv}");
    assert!(csv.lines().count() > 100);
    let patch = from(&["--patch"]).stdout;
    assert!(
        patch.contains("+team \"New\"\n") && patch.contains("-user \"amara.okafor\"\n"),
        "{patch}"
    );
}

#[test]
fn a_new_file_is_created_and_nothing_is_written_over() {
    let folder = acme();
    let add = |path: &str| format!("add team \"New\" in \"{path}\"");
    let shown = edit(folder.path(), &[&add("policies/new/a.prec"), "--patch"]);
    assert!(
        shown
            .stdout
            .starts_with("--- /dev/null\n+++ policies/new/a.prec\n@@ -0,0 +1 @@\n+team \"New\"\n"),
        "{}",
        shown.stdout
    );
    let new = folder.path().join("policies/new/a.prec");
    assert!(!new.exists());
    let written = edit(
        folder.path(),
        &[&add("policies/new/a.prec"), "add team \"Two\" in \"policies/new/a.prec\"", "--write"],
    );
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(written.stderr.contains("new: `policies/new/a.prec`\n"), "{}", written.stderr);
    assert_eq!(fs::read_to_string(&new).expect("a file"), "team \"New\"\nteam \"Two\"\n");
    // A folder of that name, and a workspace of one file.
    fs::create_dir_all(folder.path().join("policies/taken.prec")).expect("a folder");
    let taken = edit(folder.path(), &["add team \"X\" in \"policies/taken.prec\"", "--write"]);
    assert_ne!(taken.status, 0);
    let alone = edit(&new, &["add team \"X\" in \"other.prec\""]);
    assert_ne!(alone.status, 0);
    #[cfg(unix)]
    {
        let outside = scratch(&[]);
        std::os::unix::fs::symlink(outside.path(), folder.path().join("policies/link"))
            .expect("a link");
        let escaped =
            edit(folder.path(), &["add team \"X\" in \"policies/link/x.prec\"", "--write"]);
        assert!(escaped.stderr.contains("is not below the folder"), "{}", escaped.stderr);
        assert!(!outside.path().join("x.prec").exists());
    }
}

#[test]
fn tests_that_an_edit_breaks_and_gates_that_are_left_are_named() {
    let folder = scratch(&[
        ("precedent.toml", "[diff]\ndeny = [\"gained\"]\n"),
        (
            "a.prec",
            "profile \"rs-25.3\"\nuser \"ada\" {\n  reports.sessions = not_allowed\n}\n\
             test \"no reports\" {\n  expect reports.sessions == not_allowed\n}\n\
             test \"fails anyway\" {\n  expect reports.sessions == all_sessions\n}\n",
        ),
    ]);
    let set = "set user \"ada\" reports.sessions = team_sessions";
    let note = "1 test fails with these edits: \"no reports\"\n";
    let left = "the gates of the manifest are left to whoever reviews the change\n";
    let shown = edit(folder.path(), &[set]);
    assert_eq!(shown.status, 1);
    assert!(shown.stderr.contains(note) && !shown.stderr.contains(left), "{}", shown.stderr);
    let written = edit(folder.path(), &[set, "--write"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(written.stderr.contains(note) && written.stderr.contains(left), "{}", written.stderr);
    let harmless = edit(folder.path(), &["add team \"T\""]);
    assert!(!harmless.stderr.contains("with these edits"), "{}", harmless.stderr);
}
