//! Histories without merges, and the looks of the answer.

use super::{blame_in, site};
use crate::cli::{precedent_in, scratch, text};
use crate::repository::{Repository, git_in};

const PEOPLE: &str = "user \"ada\"\nuser \"ben\"\n";
const ITEM: &str = "jump item \"web01\" {\n  kind = jump_client\n}\n";

fn policies(annotations: &str) -> String {
    format!(
        "session policy \"Look\" {{\n  screen_sharing = view_only\n  annotations = deny\n}}\n\
         session policy \"Work\" {{\n  screen_sharing = view_and_control\n  annotations = {annotations}\n}}\n\
         session policy \"Machine\" {{\n  shell = allow\n  file_transfer = deny\n}}\n"
    )
}

fn groups(order: [&str; 3], auditors: &str) -> String {
    let [a, b, c] = order;
    format!(
        "group policy \"One\" {{\n  members = [user \"ada\"]\n  session_policy = \"Look\"\n}}\n\
         group policy \"Two\" {{\n  members = [user \"ada\"]\n  session_policy = \"Work\"\n}}\n\
         group policy \"Auditors\" {{\n  members = [{auditors}]\n  reports.sessions = all_sessions\n}}\n\
         order group policies {{\n  \"{a}\"\n  \"{b}\"\n  \"{c}\"\n}}\n"
    )
}

/// One commit of each kind, and a branch that is merged.
fn story() -> Option<Repository> {
    let repository = Repository::new()?;
    repository.write("precedent.toml", "");
    repository.write("policies.prec", policies("deny"));
    repository.write("groups.prec", groups(["Two", "One", "Auditors"], "user \"ben\""));
    repository.write("people.prec", PEOPLE);
    repository.write("items.prec", ITEM);
    repository.commit("begin");
    repository.write("groups.prec", groups(["One", "Two", "Auditors"], "user \"ben\""));
    repository.commit("reorder");
    repository.write("policies.prec", policies("allow"));
    repository.commit("edit a value");
    repository.write("items.prec", ITEM.replace("}\n", "  session_policy = \"Machine\"\n}\n"));
    repository.commit("assign");
    repository
        .write("groups.prec", groups(["One", "Two", "Auditors"], "user \"ben\", user \"ada\""));
    repository.commit("join");
    repository.write("groups.prec", "# The groups stand elsewhere.\n");
    repository.write(
        "people.prec",
        groups(["One", "Two", "Auditors"], "user \"ada\", user \"ben\"") + PEOPLE,
    );
    repository.commit("refactor");
    repository.git(&["switch", "--quiet", "-c", "topic"]);
    repository.write(
        "policies.prec",
        policies("allow").replace("file_transfer = deny", "file_transfer = upload"),
    );
    repository.commit("on a branch");
    repository.write("notes.txt", "more\n");
    repository.commit("still on the branch");
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("readme", "no policy\n");
    repository.commit("meanwhile");
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "merge topic", "topic"]);
    Some(repository)
}

#[test]
fn each_kind_of_commit_is_found() {
    let Some(repository) = story() else { return };
    let one = |permission: &str| repository.blame_one(permission);
    assert_eq!(one("screen_sharing"), "commit reorder, view_only > view_and_control");
    assert_eq!(one("screen_sharing.clipboard"), "commit reorder, n/a > not_allowed");
    assert_eq!(one("annotations"), "commit edit a value, deny > allow");
    assert_eq!(one("shell"), "commit assign, deny > allow");
    assert_eq!(one("file_transfer"), "commit on a branch by merge topic, deny > upload");
    assert_eq!(one("registry"), "commit begin, - > deny");
    let account = |setting: &str| repository.blame(&["--user", "ada", "--setting", setting]);
    assert_eq!(
        account("reports.sessions"),
        ["reports.sessions: commit join, not_allowed > all_sessions"]
    );
    assert_eq!(account("session_policy"), ["session_policy: commit reorder, \"Look\" > \"Work\""]);
    let all = repository.blame(&["--user", "ada", "--jump-item", "web01"]);
    assert_eq!(all.len(), 21);
    assert!(all.contains(&"shell: commit assign, deny > allow".to_owned()), "{all:?}");
    let ben = repository.blame(&[
        "--user",
        "ben",
        "--jump-item",
        "web01",
        "--permission",
        "screen_sharing",
    ]);
    assert_eq!(ben, ["screen_sharing: commit begin, - > deny"]);
    // From an older commit, in another folder, and in a bare clone.
    let session = ["--user", "ada", "--jump-item", "web01", "--permission", "shell"];
    let at = |path: &'static str| repository.blame(&[&session[..], &[path]].concat());
    assert_eq!(at("topic~5"), ["shell: commit begin, - > deny"]);
    assert_eq!(at("HEAD:"), ["shell: commit assign, deny > allow"]);
    assert_eq!(at("people.prec"), ["shell: commit assign, deny > allow"]);
    let clones = tempfile::tempdir().expect("a scratch folder");
    git_in(clones.path(), 0, &["clone", "--quiet", "--bare", &repository.url(), "bare"]);
    assert_eq!(
        blame_in(&clones.path().join("bare"), &session),
        ["shell: commit assign, deny > allow"]
    );
}

#[test]
fn a_value_that_came_back_came_with_the_newer_commit() {
    let Some(repository) = Repository::new() else { return };
    for (value, subject) in [("deny", "first"), ("allow", "there"), ("deny", "and back")] {
        repository.write("a.prec", site(value));
        repository.commit(subject);
        repository.write("readme", subject);
        repository.commit("no policy");
    }
    assert_eq!(repository.blame_one("shell"), "commit and back, allow > deny");
    assert_eq!(repository.blame_one("registry"), "commit first, - > deny");
}

#[test]
fn what_is_not_committed_is_told() {
    let Some(repository) = Repository::new() else { return };
    repository.write("a.prec", site("deny"));
    assert_eq!(repository.blame_one("shell"), "not_committed the working tree, - > deny");
    repository.commit("first");
    repository.write("a.prec", site("allow"));
    assert_eq!(repository.blame_one("shell"), "not_committed the working tree, deny > allow");
    assert_eq!(repository.blame_one("registry"), "commit first, - > deny");
    repository.git(&["add", "."]);
    assert_eq!(repository.blame_one("shell"), "not_committed the working tree, deny > allow");
    let run = repository.precedent(&["blame", "--user", "ada", "--jump-item", "web01"]);
    assert!(run.stdout.contains("\nnot committed yet\n  shell "), "{}", run.stdout);
}

#[test]
fn commits_that_do_not_compile_hide_nothing_silently() {
    let Some(repository) = Repository::new() else { return };
    let broken = |subject: &str| {
        repository.write("b.prec", "user \"x\" {\n");
        repository.commit(subject);
    };
    repository.write("a.prec", site("deny"));
    repository.commit("first");
    broken("broken");
    repository.write("readme", "");
    repository.commit("still broken");
    repository.write("a.prec", site("allow"));
    repository.write("b.prec", "");
    repository.commit("repaired");
    assert_eq!(
        repository.blame_one("shell"),
        "one_of repaired, still broken, broken, deny > allow"
    );
    // What is the same on both sides of them was not made there.
    assert_eq!(repository.blame_one("registry"), "commit first, - > deny");
    let text = repository
        .precedent(&["blame", "--user", "ada", "--jump-item", "web01", "--permission", "shell"])
        .stdout;
    assert!(
        text.contains("Ada: repaired\nor one of these commits, which do not compile\n"),
        "{text}"
    );
    broken("the last");
    let session = ["blame", "--user", "ada", "--jump-item", "web01", "--permission", "shell"];
    let run = repository.precedent(&session);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    repository.write("b.prec", "");
    assert_eq!(
        repository.blame_one("shell"),
        "one_of repaired, still broken, broken, deny > allow"
    );
    repository.write("a.prec", site("deny"));
    assert_eq!(repository.blame_one("shell"), "one_of the working tree, the last, allow > deny");
    let Some(never) = Repository::new() else { return };
    never.write("a.prec", "user \"ada\" {\n");
    never.commit("broken from the start");
    never.write("a.prec", site("allow"));
    never.commit("repaired");
    assert_eq!(never.blame_one("shell"), "one_of repaired, broken from the start, ? > allow");
}

#[test]
fn what_lints_deny_still_means_something() {
    let Some(repository) = Repository::new() else { return };
    repository.write("precedent.toml", "[lints]\nunused-session-policy = \"deny\"\n");
    repository.write("a.prec", site("deny") + "session policy \"unused\" {\n  shell = deny\n}\n");
    repository.commit("denied");
    repository.write("a.prec", site("allow"));
    repository.commit("repaired");
    assert_eq!(repository.blame_one("shell"), "commit repaired, deny > allow");
    assert_eq!(repository.blame_one("registry"), "commit denied, - > deny");
}

#[test]
fn a_shallow_clone_knows_where_it_ends() {
    let Some(repository) = story() else { return };
    let clones = tempfile::tempdir().expect("a scratch folder");
    git_in(clones.path(), 0, &["clone", "--quiet", "--depth=4", &repository.url(), "shallow"]);
    let shallow = clones.path().join("shallow");
    let blame = |permission: &str| {
        blame_in(&shallow, &["--user", "ada", "--jump-item", "web01", "--permission", permission])
            .concat()
    };
    assert_eq!(blame("shell"), "shell: at_or_before join, ? > allow");
    assert_eq!(
        blame("file_transfer"),
        "file_transfer: commit on a branch by merge topic, deny > upload"
    );
    let run = precedent_in(
        &shallow,
        &["blame", "--user", "ada", "--jump-item", "web01", "--permission", "shell"],
    );
    assert!(
        run.stdout.contains("this commit or an older one: history ends here (shallow clone)"),
        "{}",
        run.stdout
    );
    let partial = ["clone", "--quiet", "--filter=blob:none", &repository.url(), "partial"];
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    git_in(clones.path(), 0, &partial);
    let run = precedent_in(
        &clones.path().join("partial"),
        &["blame", "--user", "ada", "--jump-item", "web01"],
    );
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("are not all in this clone") && run.stderr.contains("--refetch"),
        "{}",
        run.stderr
    );
}

#[test]
fn objects_are_followed_by_their_ids_and_names() {
    let Some(repository) = Repository::new() else { return };
    let site = |user: &str, item: &str, group: &str, policy: &str| {
        format!(
            "session policy \"{policy}\" {{\n  id = 1\n  shell = allow\n}}\njump item role \"Start\" {{\n  id = 2\n  allows = [start]\n}}\n\
             jump group \"{group}\" {{\n  id = 3\n}}\nuser \"{user}\" {{\n  id = 4\n  session_policy = \"{policy}\"\n  \
             jump group \"{group}\" as \"Start\"\n}}\njump item \"{item}\" {{\n  id = 5\n  kind = jump_client\n  group = \"{group}\"\n}}\n"
        )
    };
    repository.write("a.prec", site("ada", "web01", "Site", "P").replace("allow\n", "deny\n"));
    repository.commit("first");
    repository.write("a.prec", site("ada", "web01", "Site", "P"));
    repository.commit("a value");
    repository.write("a.prec", site("ada.new", "web02", "Site", "P"));
    repository.commit("other names");
    repository.write("a.prec", site("ada.new", "web02", "Place", "Q"));
    repository.commit("more names");
    let session = ["--user", "ada.new", "--jump-item", "web02", "--permission", "shell"];
    assert_eq!(repository.blame(&session), ["shell: commit a value, deny > allow"]);
    let all = repository.blame(&["--user", "ada.new"]);
    assert!(all.contains(&"session_policy: commit first, - > \"Q\"".to_owned()), "{all:?}");
    assert!(
        all.contains(&"jump group \"Place\": commit first, - > as \"Start\"".to_owned()),
        "{all:?}"
    );
    // Without an id, another name is another object.
    repository.write("a.prec", site("ada.new", "web03", "Place", "Q").replace("  id = 5\n", ""));
    repository.commit("another machine");
    let session = ["--user", "ada.new", "--jump-item", "web03", "--permission", "shell"];
    assert_eq!(repository.blame(&session), ["shell: commit another machine, - > allow"]);
}

#[test]
fn what_lies_outside_of_the_folder_counts_where_it_is_read() {
    let Some(repository) = Repository::new() else { return };
    let profile = std::process::Command::new(env!("CARGO_BIN_EXE_precedent"))
        .args(["catalog", "pra-25.3", "--format", "toml"])
        .output()
        .expect("the binary starts");
    let profile = String::from_utf8(profile.stdout)
        .expect("a profile")
        .replace("id = \"pra-25.3\"", "id = \"own\"");
    repository.write("w/precedent.toml", "profile = \"../own.toml\"\n");
    repository.write("w/a.prec", site("deny"));
    repository.write("own.toml", &profile);
    repository.commit("first");
    // In a shell jump session, nobody can restrict the shell; now in others neither.
    let fixed = profile.replacen(
        "fixed_for_methods = { shell_jump = \"allow\" }",
        "fixed_for_methods = { shell_jump = \"allow\", jump_client = \"allow\" }",
        1,
    );
    assert_ne!(profile, fixed, "the profile says what it fixes");
    repository.write("own.toml", fixed);
    repository.commit("another product");
    repository.write("readme", "");
    repository.commit("nothing");
    let found =
        repository.blame(&["--user", "ada", "--jump-item", "web01", "--permission", "shell", "w"]);
    assert_eq!(found, ["shell: commit another product, deny > allow"]);
}

#[test]
fn a_workspace_that_moved_says_where_it_was() {
    let Some(repository) = Repository::new() else { return };
    repository.write("other/precedent.toml", "");
    repository.write("old/precedent.toml", "");
    repository.write("old/a.prec", site("allow"));
    repository.commit("first");
    repository.git(&["mv", "old", "new"]);
    repository.commit("moved");
    let run = repository.precedent(&["blame", "--user", "ada", "--jump-item", "web01", "new"]);
    assert!(run.stdout.contains("Ada: moved\n  did not exist before\n"), "{}", run.stdout);
    assert!(
        run.stderr.contains("has no `new`, but `precedent.toml` is in `old`: use `"),
        "{}",
        run.stderr
    );
    let found = repository.blame(&[
        "--user",
        "ada",
        "--jump-item",
        "web01",
        "--permission",
        "shell",
        "HEAD~1:old",
    ]);
    assert_eq!(found, ["shell: commit first, - > allow"]);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let Some(repository) = story() else { return };
    let says = |arguments: &[&str], part: &str| {
        let run = repository.precedent(&[&["blame"], arguments].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.contains(part),
            "{arguments:?} says nothing of {part:?}: {}",
            run.stderr
        );
    };
    says(&[], "required");
    says(&["--user", "eda"], "did you mean `ada`?");
    says(&["--user", "ada", "--permission", "shell"], "required");
    says(&["--user", "ada", "--setting", "reports.session"], "did you mean `reports.sessions`?");
    says(
        &["--user", "ada", "--jump-item", "web01", "--setting", "reports.sessions"],
        "cannot be used with",
    );
    says(
        &["--user", "ada", "--jump-item", "web01", "--permission", "shel"],
        "did you mean `shell`?",
    );
    says(&["--user", "ada", "nowhere"], "`nowhere` is neither a path nor a revision");
    says(&["--user", "ada", "HEAD^{tree}"], "has no history");
    let elsewhere = scratch(&[("a.prec", &site("deny"))]);
    let run = precedent_in(elsewhere.path(), &["blame", "--user", "ada"]);
    assert!(run.status == 2 && run.stderr.contains("not in a git repository"), "{}", run.stderr);
    says(
        &["--user", "ada", text(elsewhere.path())],
        "is not in the working tree of a git repository",
    );
    repository.precedent(&["compile", "-o", "c.json"]);
    says(&["--user", "ada", "c.json"], "a compiled file has no history");
    repository.write("d.prec", "invite \"i\" {\n  session_policy = \"Look\"\n}\n");
    says(&["--invite", "i"], "give `--jump-item` or `--portal`");
}

#[test]
fn a_permission_by_itself_does_not_say_since_when_a_session_can_be_started() {
    let Some(repository) = story() else { return };
    let session = ["blame", "--user", "ada", "--jump-item", "web01", "--permission"];
    let told = |permission: &str| repository.precedent(&[&session[..], &[permission]].concat());
    assert!(told("shell").stderr.contains("`--permission start` shows since when"));
    assert_eq!(told("start").stderr, "");
}

#[test]
fn the_answer_fits_and_nothing_in_it_acts() {
    let Some(repository) = story() else { return };
    repository.write("a b\u{202e}.prec", "session policy \"x\u{1b}[31m\" {\n  shell = deny\n}\n");
    repository.write("items.prec", ITEM.replace("}\n", "  session_policy = \"x\u{1b}[31m\"\n}\n"));
    repository.git(&["add", "--all"]);
    let subject = "a subject \u{1b}]0;that acts\u{7} and does not end for a long while, so that it must be broken somewhere";
    repository.git(&[
        "-c",
        "user.name=x",
        "commit",
        "--quiet",
        "--author",
        "E\u{1b}ve\u{202e} <e@x>",
        "-m",
        subject,
    ]);
    for arguments in [&["--jump-item", "web01"][..], &[]] {
        let run = repository.precedent(&[&["blame", "--user", "ada"], arguments].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", run.stdout);
        assert!(!run.stderr.contains("--permission start"), "`start` is shown");
        for line in run.stdout.lines().filter(|line| line.chars().count() > 80) {
            assert!(line.split_whitespace().count() <= 4, "this line is not broken:\n{line}");
        }
    }
    let run = repository.precedent(&[
        "blame",
        "--user",
        "ada",
        "--jump-item",
        "web01",
        "--permission",
        "annotations",
    ]);
    assert_eq!(
        run.stdout,
        format!(
            "user ada → web01 by Jump Client\n\n{}  2026-01-01  Ada: edit a value\n  \
             annotations  deny → allow\n      Group Policy · \"Work\", through group policy \"Two\" · policies.prec:7\n",
            repository.git(&["rev-parse", "--short", "topic~5"])
        )
    );
}
