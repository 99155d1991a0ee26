//! `check` for other programs, and `check --fix`: what is written, and what is left alone.

use crate::cli::{Run, precedent, precedent_in, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with files, by path and bytes.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a path in the folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    let folder = folder.to_str().expect("a scratch path is UTF-8");
    precedent(&[&["check", folder], arguments].concat())
}

/// All files of a folder with their bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.map(|path| (path.clone(), fs::read(&path).expect("a file"))).collect();
    files.sort();
    files
}

/// A missing `=`, and a name that is nearly another, in a file with a byte order mark and CRLF.
const BROKEN: &str = "\u{feff}session policy \"Vendor\" {\r\n  screen_sharing view_only\r\n}\r\n";
const FIXED: &str = "\u{feff}session policy \"Vendor\" {\r\n  screen_sharing = view_only\r\n}\r\n";
const USES: &str = "jump item \"plc\" {\n  kind = jump_client\n  session_policy = \"Vendro\"\n}\n";

#[test]
fn fixes_are_made_and_what_is_left_is_shown() {
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let run = check(folder.path(), &["--fix"]);
    assert_eq!(fs::read_to_string(folder.path().join("a.prec")).expect("a text"), FIXED);
    assert_eq!(
        fs::read_to_string(folder.path().join("b.prec")).expect("a text"),
        USES.replace("Vendro", "Vendor")
    );
    assert!(run.stdout.starts_with("2 fixes in 2 files\n"), "{}", run.stdout);
    assert_eq!(contents(folder.path()).len(), 2, "no temporary file is left");
    let again = check(folder.path(), &["--fix"]);
    assert!(again.stdout.starts_with("0 fixes in 0 files\n"), "{}", again.stdout);
    assert_eq!(again.status, run.status);
}

#[test]
fn a_file_with_other_errors_gets_its_fixes() {
    // Another line of the file has no safe fix; those of the file and of others are made.
    let hopeless = BROKEN.replace("\r\n}", "\r\n  what is this?\r\n}");
    let folder = folder(&[
        ("a.prec", &hopeless),
        ("b.prec", USES),
        ("c.prec", &BROKEN.replace("Vendor", "Other")),
    ]);
    let uses = USES.replace("\"plc\"", "\"plc\" ");
    fs::write(folder.path().join("b.prec"), &uses).expect("a file");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("3 fixes in 3 files\n"), "{}", run.stdout);
    let better = FIXED.replace("\r\n}", "\r\n  what is this?\r\n}");
    let texts = ["a.prec", "b.prec", "c.prec"]
        .map(|name| fs::read_to_string(folder.path().join(name)).expect("a text"));
    assert_eq!(texts, [better, uses.replace("Vendro", "Vendor"), FIXED.replace("Vendor", "Other")]);
}

#[test]
fn a_guess_is_shown_and_not_made() {
    // Another policy, another person, what a list means, and as what one is a member: all for a
    // person to say.
    let guesses = "session policy \"Level 2\" {\n  screen_sharing = view_only\n  \
                   screen_sharing.applications = [\"a\"]\n}\nteam \"T\"\nuser \"jan.novak\" {\n  \
                   session_policy = \"Level 3\"\n  team \"T\"\n}\ngroup policy \"G\" {\n  \
                   members = [user \"jana.novak\"]\n}\n";
    let folder = folder(&[("a.prec", guesses)]);
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("0 fixes in 0 files\n"), "{}", run.stdout);
    assert_eq!(fs::read_to_string(folder.path().join("a.prec")).expect("a text"), guesses);
    let found: Value =
        serde_json::from_str(&check(folder.path(), &["--format", "json"]).stdout).expect("JSON");
    let fixes =
        found.as_array().expect("findings").iter().filter_map(|found| found["fixes"].get(0));
    let applicability: Vec<&Value> = fixes.map(|fix| &fix["applicability"]).collect();
    assert_eq!(applicability, ["unsafe"; 4], "{found}");
}

#[test]
fn a_diff_writes_nothing() {
    let folder = folder(&[("b.prec", USES), ("a.prec", BROKEN)]);
    let before = contents(folder.path());
    for arguments in [&["--diff"][..], &["--diff", "--fix"]] {
        let run = check(folder.path(), arguments);
        assert_eq!(run.status, 1, "the files are as they were");
        assert!(
            run.stdout.contains("-  screen_sharing view_only\r\n+  screen_sharing = view_only\r\n")
        );
        assert!(run.stdout.contains("--- b.prec\n+++ b.prec\n"), "{}", run.stdout);
        let (about_mark, summary) = run.stderr.split_once('\n').expect("two lines");
        let hidden = "the patch shows hidden characters as escapes, so it cannot be applied";
        assert_eq!(about_mark, hidden);
        assert_eq!(summary, "would make 2 fixes in 2 files; nothing was written\n");
        assert_eq!(contents(folder.path()), before);
    }
    assert_eq!(check(folder.path(), &["--diff", "--format", "json"]).status, 2);
}

#[test]
fn files_that_are_no_text_are_left_alone() {
    let folder = folder(&[]);
    let bytes = [BROKEN.as_bytes(), b"# \xff\r\n"].concat();
    fs::write(folder.path().join("a.prec"), &bytes).expect("a file");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("0 fixes in 0 files\n"), "{}", run.stdout);
    assert_eq!(fs::read(folder.path().join("a.prec")).expect("a file"), bytes);
}

#[test]
fn the_manifest_is_fixed_unless_that_uncovers_more() {
    const MANIFEST: &str = "[lints]\ntest-without-expct = \"allow\"\n";
    let good = folder(&[("precedent.toml", MANIFEST), ("a.prec", FIXED)]);
    let run = check(good.path(), &["--fix"]);
    assert!(run.stdout.starts_with("1 fix in 1 file\n"), "{}", run.stdout);
    let text = fs::read_to_string(good.path().join("precedent.toml")).expect("a text");
    assert_eq!(text, MANIFEST.replace("expct", "expect"));

    // Another profile makes other policies wrong: that is for a person to decide.
    let policy = "session policy \"Vendor\" {\n  screen_sharing.clipboard = not_allowed\n}\n";
    let policy = format!("{policy}{}", policy.replace("Vendor", "Other"));
    let bad = folder(&[("precedent.toml", "profil = \"bomgar-15.1\"\n"), ("a.prec", &policy)]);
    let before = contents(bad.path());
    let run = check(bad.path(), &["--fix"]);
    let summary = "0 fixes in 0 files; 1 more would have made other errors, and was left out\n";
    assert!(run.stdout.starts_with(summary), "{}", run.stdout);
    assert_eq!(contents(bad.path()), before);
}

#[test]
fn reports_for_programs_stand_alone_on_standard_output() {
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let run = check(folder.path(), &["--fix", "--format", "json"]);
    let left: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert!(
        left.as_array().is_some_and(|left| left.iter().all(|found| found["severity"] != "error")),
        "{left}"
    );
    assert_eq!((run.status, run.stderr.as_str()), (0, "2 fixes in 2 files\n"));
}

#[cfg(unix)]
#[test]
fn a_read_only_file_keeps_all_files_as_they_are() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("a.prec", BROKEN), ("b.prec", USES)]);
    let guarded = folder.path().join("b.prec");
    fs::set_permissions(&guarded, fs::Permissions::from_mode(0o444)).expect("set");
    let before = contents(folder.path());
    let run = check(folder.path(), &["--fix"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("b.prec` cannot be written: it is read-only"), "{}", run.stderr);
    assert_eq!(contents(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let elsewhere = folder(&[("a.txt", USES)]);
    let folder = folder(&[("b.prec", FIXED)]);
    let (link, target) = (folder.path().join("a.prec"), elsewhere.path().join("a.txt"));
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let run = check(folder.path(), &["--fix"]);
    assert!(run.stdout.starts_with("1 fix in 1 file\n"), "{}", run.stdout);
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("a text"), USES.replace("Vendro", "Vendor"));
}

#[test]
fn a_compiled_file_cannot_be_fixed() {
    let folder = folder(&[]);
    let compiled = folder.path().join("compiled.json");
    let compiled = compiled.to_str().expect("a scratch path is UTF-8");
    assert_eq!(precedent(&["compile", "examples/acme", "-o", compiled]).status, 0);
    for option in ["--fix", "--diff"] {
        let run = precedent(&["check", compiled, option]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("a compiled file cannot be fixed"), "{}", run.stderr);
    }
    assert_eq!(precedent(&["check", compiled, "--format", "sarif"]).status, 0);
}

/// The `check` of a workspace in a folder, run in another one of the same scratch folder.
fn check_in(folder: &Path, here: &str, arguments: &[&str]) -> Run {
    let run = precedent_in(&folder.join(here), &[&["check"], arguments].concat());
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    run
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// Code hosts show files by their paths from the root of the repository. A worktree and a submodule
/// have a file in place of the folder.
#[test]
fn other_programs_find_the_files_from_the_root_of_the_repository() {
    for git in [".git/HEAD", ".git"] {
        let folder = folder(&[
            (git, "gitdir: elsewhere\n"),
            ("site/precedent.toml", ""),
            ("site/policies/ä b.prec", USES),
        ]);
        let path = "site/policies/ä b.prec";
        for (here, site) in [(".", "site"), ("site", "."), ("site/policies", "..")] {
            let sarif = document(&check_in(folder.path(), here, &[site, "--format", "sarif"]));
            let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
            let uri = path.replace('ä', "%C3%A4").replace(' ', "%20");
            assert_eq!(location["artifactLocation"]["uri"], uri, "in {here}");
            assert_eq!(location["artifactLocation"]["uriBaseId"], "%SRCROOT%");
            assert_eq!(location["region"]["startLine"], 3);
            let github = check_in(folder.path(), here, &[site, "--format", "github"]).stdout;
            assert!(github.starts_with(&format!("::error file={path},line=3,col=20,")), "{github}");
            let junit = check_in(folder.path(), here, &[site, "--format", "junit"]).stdout;
            assert!(junit.contains(&format!(" file=\"{path}\"")), "{junit}");
            let issues =
                document(&check_in(folder.path(), here, &[site, "--format", "codeclimate"]));
            assert_eq!(issues[0]["location"]["path"], path);
            assert_eq!(issues[0]["location"]["lines"]["begin"], 3);
            // reviewdog adds the path from the root to the current folder.
            let rdjson = document(&check_in(folder.path(), here, &[site, "--format", "rdjson"]));
            let written = rdjson["diagnostics"][0]["location"]["path"].as_str().expect("a path");
            assert!(folder.path().join(here).join(written).is_file(), "{written} in {here}");
        }
    }
}

#[test]
fn no_path_leads_upward_where_there_is_no_repository() {
    let folder = folder(&[("site/precedent.toml", ""), ("site/policies/a.prec", USES)]);
    let path = |here: &str, site: &str| {
        let issues = document(&check_in(folder.path(), here, &[site, "--format", "codeclimate"]));
        issues[0]["location"]["path"].as_str().expect("a path").to_owned()
    };
    assert_eq!(path(".", "site"), "site/policies/a.prec");
    assert_eq!(path("site", "."), "policies/a.prec");
    assert_eq!(path("site/policies", ".."), "policies/a.prec");
}

#[test]
fn a_junit_report_has_a_case_for_each_finding() {
    let wrong =
        "team \"T\"\nuser \"a\" {\n  shell = allow\n  registry = allow\n  team \"U\" as x\n}\n";
    let folder = folder(&[("a.prec", wrong)]);
    let json = document(&check(folder.path(), &["--format", "json"]));
    let findings = json.as_array().expect("findings").len();
    let junit = check(folder.path(), &["--format", "junit"]).stdout;
    assert_eq!((findings, junit.matches("<testcase ").count()), (findings, findings));
    assert!(findings >= 3 && junit.contains(&format!("tests=\"{findings}\"")), "{junit}");
    assert!(junit.contains("name=\"a.prec:3:3: P0105 "), "{junit}");
}

#[test]
fn the_most_severe_come_first_and_a_level_leaves_the_others_out() {
    let with = |level: &str| {
        let manifest = format!("[lints]\nunused-team = \"{level}\"\n");
        let mixed = "user \"a\" {\n  reports.sessions = all_sessions\n}\n\nsession policy \"P\" {\n  \
                     shell = deny\n}\n\nteam \"T\"\n";
        folder(&[("a.prec", mixed), ("b.prec", "team \"U\"\n"), ("precedent.toml", &manifest)])
    };
    let denied = with("deny");
    let severities = |arguments: &[&str]| -> Vec<String> {
        let text = check(denied.path(), arguments).stdout;
        let words = text.lines().filter_map(|line| line.split_once('[')).map(|(word, _)| word);
        let known = words.filter(|word| ["error", "warning", "note"].contains(word));
        known.map(str::to_owned).collect()
    };
    let all = severities(&[]);
    let mut sorted = all.clone();
    sorted.sort_by_key(|word| ["error", "warning", "note"].iter().position(|known| known == word));
    assert_eq!(all, sorted);
    assert!(
        ["error", "warning", "note"].iter().all(|word| all.contains(&(*word).to_owned())),
        "{all:?}"
    );
    for (level, milder) in
        [("error", &["warning", "note"][..]), ("warning", &["note"]), ("note", &[])]
    {
        let shown = severities(&["--level", level]);
        let kept: Vec<&String> = all.iter().filter(|word| !milder.contains(&&***word)).collect();
        assert_eq!(shown.iter().collect::<Vec<_>>(), kept);
        let run = check(denied.path(), &["--level", level]);
        assert_eq!(run.status, 1);
        assert_eq!(run.stdout.contains("not shown"), level != "note", "{}", run.stdout);
        let json = document(&check(denied.path(), &["--level", level, "--format", "json"]));
        assert_eq!(json.as_array().map(Vec::len), Some(shown.len()));
    }
    // What is left out does not make a check pass, and what is shown does not make one fail.
    let allowed = with("warn");
    let statuses = ["error", "warning", "note"].map(|level| {
        let run = check(allowed.path(), &["--level", level]);
        run.status
    });
    assert_eq!(statuses, [0; 3]);
}

#[test]
fn objects_that_nothing_uses_are_one_finding_with_all_places() {
    let teams: String = (1..=8).map(|number| format!("team \"T{number}\"\n\n")).collect();
    let folder = folder(&[("a.prec", &teams)]);
    let json = document(&check(folder.path(), &["--format", "json"]));
    let teams: Vec<&Value> = json
        .as_array()
        .expect("findings")
        .iter()
        .filter(|found| found["code"] == "P0509")
        .collect();
    assert_eq!(teams.len(), 1, "{json}");
    assert_eq!(teams[0]["message"], "8 teams have no members: `T1`, `T2`, `T3` and 5 more");
    assert_eq!(teams[0]["labels"].as_array().map(Vec::len), Some(7));
    let text = check(folder.path(), &[]).stdout;
    assert!(text.lines().count() < 8, "{text}");
    let details = check(folder.path(), &["--details"]).stdout;
    assert_eq!(details.matches("another one").count(), 7, "{details}");
}

#[test]
fn a_healthy_site_fits_on_two_screens() {
    let run = precedent(&["check", "examples/acme"]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.lines().count() <= 100, "{}", run.stdout);
}

#[test]
fn no_line_is_broken_in_a_pipe() {
    let commands: [&[&str]; 4] = [
        &["check", "examples/acme", "--details"],
        &["catalog"],
        &["diff", "examples/acme", "examples/acme-next"],
        &["matrix", "examples/acme", "--of", "accounts"],
    ];
    for arguments in commands {
        let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        let wide = run(command.env_remove("COLUMNS")).stdout;
        let narrow = run(command.env("COLUMNS", "60")).stdout;
        assert!(wide.lines().count() < narrow.lines().count(), "{arguments:?}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&wide), words(&narrow), "{arguments:?}");
        assert!(wide.lines().any(|line| line.chars().count() > 120), "{arguments:?}");
    }
}

#[test]
fn a_patch_shows_what_is_hidden() {
    let text = "user   \"ada\" # safe \u{202e}} wolla\n";
    let folder = folder(&[("a.prec", text)]);
    for command in [["check", "--diff"], ["fmt", "--diff"]] {
        let path = folder.path().to_str().expect("a scratch path is UTF-8");
        let run = precedent(&[command[0], path, command[1]]);
        let line = "-user   \"ada\" # safe \\u{202E}} wolla\n";
        assert!(run.stdout.contains(line), "{command:?}: {}", run.stdout);
        assert!(!run.stdout.contains('\u{202e}'), "{command:?}: {}", run.stdout);
    }
}
