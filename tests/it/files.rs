//! Files and streams as they are met: several paths, standard input and output, names in another
//! case, and outputs that would be inputs.

use crate::cli::{Run, precedent, precedent_in, run, scratch, text, with_input};
use std::fs;
use std::path::Path;
use std::process::Command;

const USER: &str = "user \"ada\"\n";

fn warnings(run: &Run, code: &str) -> usize {
    let all = format!("{}{}", run.stdout, run.stderr);
    all.matches(&format!("warning[{code}]")).count()
}

#[test]
fn names_in_another_case_are_told_by_every_command() {
    let folder = scratch(&[
        ("a.prec", USER),
        ("X.PREC", "user \"x\"\n"),
        ("sub/y.Prec", "user \"y\"\n"),
        (".hidden/z.PREC", "user \"z\"\n"),
        ("Precedent.toml", "[diff]\ndeny = [\"gained\"]\n"),
        (".precedent.toml", ""),
        ("sub/precedent.TOML", ""),
    ]);
    let path = text(folder.path());
    let out = folder.path().join("out.json");
    for arguments in [
        &["check", path][..],
        &["matrix", path],
        &["matrix", path, "--of", "accounts", "--format", "csv"],
        &["test", path],
        &["compile", path, "-o", text(&out)],
        &["fmt", path],
        &["fmt", "--check", path],
    ] {
        let run = precedent(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.stderr);
        assert_eq!(warnings(&run, "P0406"), 5, "{arguments:?}: {}{}", run.stdout, run.stderr);
    }
    let diff = precedent(&["diff", path, path]);
    assert_eq!(warnings(&diff, "P0406"), 10, "one for each side: {}", diff.stderr);
    // They are no part of what is compiled.
    let compiled = precedent(&["check", text(&out)]);
    assert_eq!((compiled.status, warnings(&compiled, "P0406")), (0, 0), "{}", compiled.stdout);
    let named = precedent(&["check", text(&folder.path().join("X.PREC"))]);
    assert_eq!(named.status, 2);
    assert!(named.stderr.contains("in lower case: rename the file"), "{}", named.stderr);
}

#[test]
fn paths_that_look_right_and_are_others_are_told() {
    let folder = scratch(&[
        ("precedent.toml", "policies = [\"policies/*.prec\"]\nexclude = [\"old/**\"]\n"),
        ("policies/a.prec", USER),
        ("policies/b.pr\u{435}c", "user \"b\"\n"),
        ("policies/c.prec ", "user \"c\"\n"),
        ("policies/d.prec\u{200b}", "user \"d\"\n"),
        ("\u{440}olicies/e.prec", "user \"e\"\n"),
        ("prec\u{435}dent.toml", ""),
        ("precedents.toml", ""),
        ("sub/precedent.yaml", ""),
        // These are other files, and these are read.
        ("precedent-pra.toml", ""),
        ("precedent.json", ""),
        ("policies/\u{437}\u{430}.prec", "user \"g\"\n"),
        ("policies/h\u{200b}.prec", "user \"h\"\n"),
    ]);
    let run = precedent(&["check", text(folder.path()), "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let found = found.as_array().expect("a list").iter();
    let told = found.filter(|found| found["code"] == "P0406" || found["code"] == "P0544");
    let told: Vec<String> = told
        .map(|found| {
            let [file, message, help] = ["file", "message", "help"].map(|key| found[key].as_str());
            let shown = [file, message, help].map(|text| text.unwrap_or_default());
            shown
                .join("|")
                .chars()
                .map(|c| match c.is_ascii() {
                    true => c.to_string(),
                    false => c.escape_unicode().to_string(),
                })
                .collect()
        })
        .collect();
    let policy =
        "this file is not read: its path looks like that of a policy file, and is another one";
    let manifest = "this file is not read: the manifest of a workspace is `precedent.toml`";
    let or_remove = "or remove it";
    let in_place = |letter, code| format!("which has `{letter}` in place of U+{code}");
    let (e, p) = (in_place('e', "0435"), in_place('p', "0440"));
    let hidden = "this file's path contains U+200B (zero width space)|rename it";
    assert_eq!(
        told,
        [
            format!("policies/b.pr\\u{{435}}c|{policy}|rename it to `b.prec`, {e}"),
            format!("policies/c.prec |{policy}|rename it to `c.prec`, which has no U+0020 there"),
            format!(
                "policies/d.prec\\u{{200b}}|{policy}|rename it to `d.prec`, which has no U+200B \
                 there"
            ),
            format!("policies/h\\u{{200b}}.prec|{hidden}"),
            format!("precedents.toml|{manifest}|rename it to `precedent.toml`, {or_remove}"),
            format!(
                "prec\\u{{435}}dent.toml|{manifest}|rename it to `precedent.toml`, {e}, {or_remove}"
            ),
            format!("sub/precedent.yaml|{manifest}|rename it to `precedent.toml`, {or_remove}"),
            format!("\\u{{440}}olicies/e.prec|{policy}|rename it to `policies/e.prec`, {p}"),
        ]
    );
}

#[test]
fn a_manifest_in_another_case_around_a_folder_is_told() {
    let folder = scratch(&[("Precedent.toml", ""), ("in/a.prec", USER), (".git/HEAD", "")]);
    let run = precedent(&["check", text(&folder.path().join("in"))]);
    assert!(run.stdout.contains("../Precedent.toml"), "{}", run.stdout);
    let excluded = scratch(&[
        ("precedent.toml", "exclude = [\"old/**\"]\n"),
        ("a.prec", USER),
        ("old/b.PREC", USER),
        ("old/Precedent.toml", ""),
    ]);
    assert_eq!(warnings(&precedent(&["check", text(excluded.path())]), "P0406"), 0);
}

#[test]
fn check_takes_several_paths() {
    let folder = scratch(&[
        ("one/precedent.toml", ""),
        ("one/a.prec", USER),
        ("one/sub/b.prec", "user \"ada\"\n"),
        ("two/c.prec", "user x\n"),
        ("three/d.prec", USER),
    ]);
    let check = |paths: &[&str], more: &[&str]| {
        precedent_in(folder.path(), &[&["check"], paths, more].concat())
    };
    // Two paths of one workspace are that workspace, once.
    let one = check(&["one/a.prec", "one/sub", "one/sub/b.prec"], &[]);
    let alone = check(&["one"], &[]);
    assert_eq!((one.status, &one.stdout), (alone.status, &alone.stdout));
    assert!(one.stdout.contains("sub/b.prec:1:1") && !one.stdout.contains("one/sub"));
    // Of several, paths are relative to the current folder.
    let several = check(&["one", "two", "three"], &["--format", "json"]);
    assert_eq!(several.status, 1);
    for path in ["\"one/sub/b.prec\"", "\"two/c.prec\"", "\"three/d.prec\""] {
        assert!(several.stdout.contains(path), "{path}: {}", several.stdout);
    }
    let missing = check(&["three", "nowhere"], &[]);
    assert_eq!((missing.status, &*missing.stdout), (2, ""));
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    assert_eq!(check(&["three", "empty"], &[]).status, 2, "the worst status");
    assert_eq!(check(&["three"], &[]).status, 0);
    let fixed = check(&["two", "three"], &["--fix"]);
    assert_eq!(fixed.status, 0, "{}", fixed.stdout);
    let fixed = fs::read_to_string(folder.path().join("two/c.prec")).expect("a text");
    assert_eq!(fixed, "user \"x\"\n");
}

#[test]
fn check_reads_standard_input() {
    let broken = with_input("user x\n", &["check", "-", "--format", "json"]);
    assert_eq!((broken.status, &*broken.stderr), (1, ""));
    assert!(broken.stdout.contains("\"file\": \"<stdin>\""), "{}", broken.stdout);
    let folder = scratch(&[
        ("precedent.toml", ""),
        ("a.prec", "directory group \"d\" {\n  members = [\"u\"]\n}\n"),
        ("b.prec", "broken\n"),
    ]);
    let name = folder.path().join("b.prec");
    // In the place of the file on disk, with the rest of its workspace.
    let nothing = with_input(" \n", &["check", "-"]);
    assert_eq!(nothing.status, 2);
    assert!(nothing.stderr.contains("standard input is empty"), "{}", nothing.stderr);
    let in_place = with_input("user \"u\"\n", &["check", "-", "--stdin-filename", text(&name)]);
    assert_eq!(in_place.status, 0, "{}", in_place.stdout);
    let new = folder.path().join("new.prec");
    let beside = with_input("user \"u\"\n", &["check", "-", "--stdin-filename", text(&new)]);
    assert_eq!(beside.status, 1);
    assert!(beside.stdout.contains("b.prec:1:1"), "{}", beside.stdout);
    assert_eq!(fs::read_to_string(&name).expect("a text"), "broken\n");
    for arguments in [
        &["check", "-", "a.prec"][..],
        &["check", "--stdin-filename", "a.prec"],
        &["check", "-", "--stdin-filename", "a.txt"],
        &["check", "-", "--fix"],
    ] {
        assert_eq!(with_input("user \"u\"\n", arguments).status, 2, "{arguments:?}");
    }
}

#[test]
fn the_fixes_of_standard_input_can_be_shown_and_not_made() {
    let broken = "user \"u\" {\n  display_name = u\n}\n";
    let shown = with_input(broken, &["check", "-", "--diff"]);
    assert_eq!(shown.status, 1);
    let expected = "--- <stdin>\n+++ <stdin>\n@@ -1,3 +1,3 @@\n user \"u\" {\n-  display_name = u\n\
                    +  display_name = \"u\"\n }\n";
    assert_eq!(shown.stdout, expected);
    assert!(shown.stderr.contains("would make 1 fix in 1 file"), "{}", shown.stderr);
    let made = with_input(broken, &["check", "-", "--fix"]);
    assert_eq!((made.status, &*made.stdout), (2, ""));
    assert!(made.stderr.contains("show the fixes with `--diff`"), "{}", made.stderr);
}

#[test]
fn fixes_of_several_workspaces_say_where_they_were_made() {
    let broken = "user \"u\" {\n  display_name = u\n}\n";
    let folder = scratch(&[("one/a.prec", broken), ("two/a.prec", broken), ("three/a.prec", USER)]);
    let check =
        |option: &str| precedent_in(folder.path(), &["check", option, "one", "two", "three"]);
    let shown = check("--diff");
    for (name, fixes) in [("one", "1 fix in 1 file"), ("three", "0 fixes in 0 files")] {
        let line = format!("`{name}`: would make {fixes}; nothing was written\n");
        assert!(shown.stderr.contains(&line), "{}", shown.stderr);
    }
    let made = check("--fix");
    let lines: Vec<&str> = made.stdout.lines().take(3).collect();
    let expected =
        ["`one`: 1 fix in 1 file", "`two`: 1 fix in 1 file", "`three`: 0 fixes in 0 files"];
    assert_eq!(lines, expected);
}

/// Editors that add an ending to every name hide a policy, or the gates of a manifest.
#[test]
fn an_ending_that_an_editor_has_added_is_told() {
    let folder = scratch(&[
        ("a.prec", USER),
        ("x.prec.txt", "user \"x\"\n"),
        ("precedent.toml.txt", "[diff]\ndeny = [\"gained\"]\n"),
        ("notes.txt", ""),
    ]);
    let run = precedent(&["check", text(folder.path())]);
    assert_eq!((run.status, warnings(&run, "P0406")), (0, 2), "{}", run.stdout);
    for (file, help) in [
        ("x.prec.txt", "rename it to `x.prec`"),
        ("precedent.toml.txt", "rename it to `precedent.toml`"),
    ] {
        assert!(run.stdout.contains(file) && run.stdout.contains(help), "{}", run.stdout);
        let right = help.trim_start_matches("rename it to `").trim_end_matches('`');
        fs::rename(folder.path().join(file), folder.path().join(right)).expect("renamed");
    }
    let run = precedent(&["check", text(folder.path())]);
    assert_eq!((run.status, warnings(&run, "P0406")), (0, 0), "{}", run.stdout);
}

#[test]
fn fmt_says_that_a_file_is_a_compiled_one() {
    let folder = scratch(&[
        ("a.prec", USER),
        ("notes.json", "{}\n"),
        ("newer.json", "{\"schema\": \"precedent-ir/9\"}\n"),
    ]);
    let compiled = folder.path().join("old.json");
    let run = precedent(&["compile", text(folder.path()), "-o", text(&compiled)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for (name, message) in [
        ("old.json", "is a compiled file, which has no layout"),
        ("newer.json", "is a compiled file, which has no layout"),
        ("notes.json", "notes.json` is not a policy file"),
    ] {
        let run = precedent(&["fmt", text(&folder.path().join(name))]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

/// A temporary file has a random name, which says nothing to anybody.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_is_named_by_its_own_name() {
    let folder = scratch(&[("a.prec", USER)]);
    let say = || precedent(&["compile", text(folder.path()), "-o", "/proc/out.json"]);
    let run = say();
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("`/proc/out.json` cannot be written: "), "{}", run.stderr);
    assert!(!run.stderr.contains(".precedent-"), "{}", run.stderr);
    assert_eq!(say().stderr, run.stderr, "the same in every run");
}

#[test]
fn an_output_is_never_an_input() {
    let folder = scratch(&[
        ("w/precedent.toml", ""),
        ("w/a.prec", USER),
        ("w/empty.prec", ""),
        ("wide/a.prec", "user \"ada\" {\n  reports.sessions = all_sessions\n}\n"),
        ("wide/precedent.toml", ""),
    ]);
    let at = |name: &str| folder.path().join(name);
    let compiled = precedent_in(folder.path(), &["compile", "w", "-o", "w.json"]);
    assert_eq!(compiled.status, 0, "{}", compiled.stderr);
    let links: &[&str] = if cfg!(unix) { &["link.json", "hard.json", "up/../w.json"] } else { &[] };
    fs::create_dir(at("up")).expect("a folder");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("w/a.prec", at("link.json")).expect("a link");
        fs::hard_link(at("w/empty.prec"), at("hard.json")).expect("a link");
        std::os::unix::fs::symlink("w/empty.prec", at("accepted.toml")).expect("a link");
    }
    let names =
        ["w/a.prec", "w/new.prec", "w/A.PREC", "w/precedent.toml", "w/Precedent.TOML", "x.toml"];
    let everything = || {
        ["w/a.prec", "w/empty.prec", "w/precedent.toml", "wide/precedent.toml", "w.json"]
            .map(|name| fs::read(at(name)).expect("a file"))
    };
    let before = everything();
    for output in names.iter().chain(links) {
        let path = if output.ends_with("w.json") { "w.json" } else { "w" };
        let run = precedent_in(folder.path(), &["compile", path, "-o", output]);
        assert_eq!(run.status, 2, "{output}: {}", run.stderr);
    }
    let template = |path: &str| {
        let arguments = ["diff", "w", "wide", "--deny", "gained", "--accept-template", path];
        precedent_in(folder.path(), &arguments)
    };
    for output in ["w/empty.prec", "wide/precedent.toml", "w/new.prec", "Precedent.toml", "w.json"]
    {
        let run = template(output);
        assert_eq!(run.status, 2, "{output}: {}", run.stderr);
    }
    #[cfg(unix)]
    assert_eq!(template("accepted.toml").status, 2);
    assert!(everything() == before, "an input has changed");
    assert_eq!(template("fresh.toml").status, 1);
    assert!(at("fresh.toml").is_file());
}

#[test]
fn two_files_are_the_two_sides() {
    let (old, new) = ("user \"a\"\nuser \"b\"\n", "user \"b\"\nuser \"a\"\nuser \"c\"\n");
    let alone = scratch(&[("a.prec", old), ("b.prec", new)]);
    let site = scratch(&[
        ("a.prec", old),
        ("b.prec", new),
        ("c.prec", "user \"z\"\n"),
        ("precedent.toml", "profile = \"rs-25.3\"\n[diff]\ndeny = [\"added\"]\n"),
    ]);
    let folders = scratch(&[
        ("old/a.prec", old),
        ("new/a.prec", new),
        ("precedent.toml", ""),
        ("c.prec", "user \"z\"\n"),
    ]);
    for (folder, sides, status) in [
        (&alone, ["a.prec", "b.prec"], 0),
        (&site, ["a.prec", "b.prec"], 1),
        (&folders, ["old", "new"], 0),
    ] {
        let run = precedent_in(folder.path(), &[&["diff"], &sides[..]].concat());
        assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("\"c\" with no group policy"), "{}", run.stdout);
        assert!(!run.stdout.contains("another file"), "{}", run.stdout);
        assert!(!run.stdout.contains("\"z\""), "{}", run.stdout);
    }
    // One path twice is its workspace twice, with whatever is different about them.
    let same = precedent_in(site.path(), &["diff", "a.prec", "./a.prec"]);
    assert!(same.stderr.contains("P0102"), "{}", same.stderr);
}

/// The commands that print, with their exit statuses.
const PRINTING: [(&[&str], i32); 12] = [
    (&["--help"], 0),
    (&["--version"], 0),
    (&["help", "diff"], 0),
    (&["check", "--help"], 0),
    (&["check", "examples/acme"], 0),
    (&["check", "examples/acme", "--format", "sarif"], 0),
    (&["matrix", "examples/acme"], 0),
    (&["matrix", "examples/acme", "--rows", "each", "--format", "csv"], 0),
    (&["test", "examples/acme"], 0),
    (&["catalog"], 0),
    (&["explain", "P0101"], 0),
    (&["compile", "examples/quickstart", "-o", "-"], 0),
];

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure() {
    for (arguments, _) in PRINTING {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdout(full);
        let run = run_with_stdout(&mut command);
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        let told =
            run.stderr.contains("standard output cannot be written: No space left on device");
        assert!(told, "{arguments:?}: {}", run.stderr);
    }
}

/// As for `head`, which has read what it wants: nothing is said, and the exit status is that of the
/// command.
#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    let broken = scratch(&[("a.prec", "user x\n"), ("b.prec", "user   \"b\"\n")]);
    let broken = text(broken.path());
    let failing: [(&[&str], i32); 3] = [
        (&["check", broken], 1),
        (&["fmt", "--check", broken], 1),
        (&["diff", "examples/acme", "examples/acme-next", "--deny", "any"], 1),
    ];
    for (arguments, status) in PRINTING.into_iter().chain(failing) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdout(writer);
        let run = run_with_stdout(&mut command);
        assert_eq!(run.status, status, "{arguments:?}: {}", run.stderr);
        let is_quiet = run.stderr.is_empty() || arguments[0] == "fmt";
        assert!(
            is_quiet && !run.stderr.contains("standard output"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
}

/// Runs a command whose standard output goes elsewhere.
fn run_with_stdout(command: &mut Command) -> Run {
    let child = command.stderr(std::process::Stdio::piped()).spawn().expect("the binary starts");
    let output = child.wait_with_output().expect("the binary ends");
    Run {
        status: output.status.code().expect("the binary is not killed"),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
    }
}

/// A folder that holds nothing to check is no success anywhere.
#[test]
fn no_command_passes_over_nothing() {
    let nothing = scratch(&[("note.txt", "")]);
    let unmatched = scratch(&[
        ("precedent.toml", "policies = [\"Policies/*.prec\"]\n[diff]\ndeny = [\"gained\"]\n"),
        ("policies/a.prec", USER),
    ]);
    for folder in [nothing.path(), unmatched.path()] {
        let path = text(folder);
        for arguments in [
            &["check", path][..],
            &["matrix", path],
            &["test", path],
            &["fmt", "--check", path],
            &["compile", path, "-o", "-"],
            &["diff", path, path],
            &["diff", "examples/acme", path],
            &["diff", path, "examples/acme", "--allow-broken-old"],
            &["simulate", path, "--user", "ada", "--jump-item", "x"],
        ] {
            let run = precedent(arguments);
            assert_eq!(run.status, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("has no policy file"), "{arguments:?}: {said}");
        }
    }
    let loop_only = scratch(&[]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", loop_only.path().join("loop")).expect("a link");
    assert_eq!(precedent(&["check", text(loop_only.path())]).status, 2);
    let untested = scratch(&[("a.prec", USER)]);
    for asked in [&["--min-coverage", "0"][..], &["--min-killed", "0"], &["--filter", "x"]] {
        let run = precedent(&[&["test", text(untested.path())], asked].concat());
        assert_ne!(run.status, 0, "{asked:?}: {}", run.stdout);
    }
}

#[test]
fn a_pattern_without_files_says_why() {
    let folder = scratch(&[("policies/a.prec", USER), ("policies/B.prec", "user \"b\"\n")]);
    let check = |pattern: &str| {
        let manifest = format!("policies = ['{pattern}', 'policies/*.prec']\n");
        fs::write(folder.path().join("precedent.toml"), manifest).expect("a manifest");
        precedent(&["check", "--format", "json", text(folder.path())]).stdout
    };
    for (pattern, said) in [
        ("Policies/**", "write `policies/**`"),
        ("POLICIES/*.prec", "write `policies/*.prec`"),
        ("policies/A.prec", "write `policies/a.prec`"),
        ("policies/b.prec", "write `policies/B.prec`"),
        ("policies/*.PREC", "write `policies/*.prec`"),
        ("**/*.Prec", "write `**/*.prec`"),
        ("polices/**", "there is no folder `polices`; did you mean `policies`?"),
        ("policies/old/*.prec", "there is no folder `policies/old`"),
        (r"policies\\**\\*.prec", "write `policies/**/*.prec`"),
        ("policies", "write `policies/**/*.prec`"),
    ] {
        let found = check(pattern);
        assert!(found.contains(said), "{pattern}: {found}");
    }
    // A fix that would add files to policies that compile is not applied without asking.
    let beside = check("policies/A.prec");
    assert!(beside.contains("\"unsafe\"") && !beside.contains("\"safe\""), "{beside}");
    // Where there is no policy at all, it is applied, and takes the files in.
    fs::write(folder.path().join("precedent.toml"), "policies = ['POLICIES/**']\n").expect("one");
    let fixed = precedent(&["check", "--fix", text(folder.path())]);
    assert_eq!(fixed.status, 0, "{}", fixed.stdout);
    assert!(fixed.stdout.contains("2 users"), "{}", fixed.stdout);
}

#[test]
fn what_editors_and_other_checkouts_leave_is_passed_over() {
    let folder = scratch(&[
        ("a.prec", USER),
        ("._a.prec", USER),
        (".backup/a.prec", USER),
        (".terraform/m/x.prec", USER),
        ("worktree/.git", "gitdir: elsewhere\n"),
        ("worktree/a.prec", "user   \"ada\"\n"),
        ("clone/.git/HEAD", ""),
        ("clone/a.prec", "user   \"ada\"\n"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("ada@host.1:2", folder.path().join(".#a.prec")).expect("a link");
    for arguments in [&["check"][..], &["fmt"], &["matrix"]] {
        let run = precedent_in(folder.path(), arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    }
    let read =
        |path: &str| fs::read_to_string(folder.path().join(Path::new(path))).expect("a text");
    assert_eq!(read("worktree/a.prec"), "user   \"ada\"\n");
    assert_eq!(read("clone/a.prec"), "user   \"ada\"\n");
    let alone = run(Command::new(env!("CARGO_BIN_EXE_precedent"))
        .args(["check", text(&folder.path().join("clone"))]));
    assert_eq!(alone.status, 0, "{}", alone.stdout);
}

/// A pattern may take in files by way of a link alone, though their folder is there itself.
#[cfg(unix)]
#[test]
fn a_link_to_a_folder_of_the_workspace_is_followed() {
    use std::os::unix::fs::symlink;
    let manifest = "policies = [\"policies/**/*.prec\"]\n";
    let broken = "user \"a\" {\n  shel = allow\n}\n";
    let folder = scratch(&[
        ("precedent.toml", manifest),
        ("policies/a.prec", "user \"ada\"\n"),
        ("shared/in/x.prec", broken),
        ("other/y.prec", broken),
    ]);
    let at = folder.path();
    symlink("../shared", at.join("policies/shared")).expect("a link");
    // Links to each other have an end.
    symlink("../other", at.join("shared/other")).expect("a link");
    symlink("../shared", at.join("other/shared")).expect("a link");
    let run = precedent(&["check", "--format", "github", text(at)]);
    assert_eq!(run.status, 1);
    for path in ["policies/shared/in/x.prec", "policies/shared/other/y.prec"] {
        assert!(run.stdout.contains(path), "{}", run.stdout);
    }
}
