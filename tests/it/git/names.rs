//! What is compared, and how it is named.

use super::{ALL, NONE, OWN, TEAM, change, forked, upstream, user};
use crate::cli::{precedent, precedent_in, scratch, text};
use crate::repository::{Repository, changes_in};

#[test]
fn every_way_to_name_revisions() {
    let Some(repository) = forked() else { return };
    repository.git(&["tag", "-a", "v1", "-m", "a tag", "main~1"]);
    let id = repository.git(&["rev-parse", "main~2"]);
    let policies = repository.path("policies");
    let is = |arguments: &[&str], expected: Vec<String>| {
        let (found, said) = changes_in(&policies, arguments);
        assert_eq!((found, said.as_str()), (expected, ""), "{arguments:?}");
    };
    is(&["main~2", "HEAD"], change(NONE, ALL));
    is(&["HEAD~1", "main"], change(TEAM, ALL));
    is(&["HEAD^^", "@^"], change(NONE, TEAM));
    is(&["v1", "topic"], change(TEAM, OWN));
    is(&["v1^{tree}", "refs/heads/topic"], change(TEAM, OWN));
    is(&[&id, "topic"], change(NONE, OWN));
    is(&[&id[..8], "topic"], change(NONE, OWN));
    is(&["topic..main"], change(OWN, ALL));
    is(&["topic.."], change(OWN, ALL));
    is(&["..topic"], change(ALL, OWN));
    is(&["topic...main"], change(NONE, ALL));
    is(&["topic..."], change(NONE, ALL));
    is(&["main...topic"], change(NONE, OWN));
    is(&["...topic"], change(NONE, OWN));
    is(&["topic"], change(OWN, ALL));
    is(&["HEAD"], vec![]);
    is(&["--staged"], vec![]);
    is(&["--staged", "v1"], change(TEAM, ALL));
    repository.write("policies/a.prec", user(NONE));
    is(&["HEAD"], change(ALL, NONE));
    is(&["--staged"], vec![]);
    repository.git(&["add", "."]);
    is(&["--staged"], change(ALL, NONE));
    repository.write("policies/a.prec", user(TEAM));
    is(&["--cached"], change(ALL, NONE));
    is(&["HEAD"], change(ALL, TEAM));
    is(&["HEAD", "."], change(ALL, TEAM));
    is(&[".", "HEAD"], change(TEAM, ALL));
    repository.git(&["checkout", "--quiet", "--force", "main"]);
    upstream(&repository);
    is(&["@{u}", "HEAD"], change(OWN, ALL));
    is(&["main@{upstream}...topic~0"], vec![]);
    is(&["main@{1}", "HEAD"], change(TEAM, ALL));
}

#[test]
fn a_revision_is_asked_for_the_workspace_that_is_meant() {
    let Some(repository) = forked() else { return };
    repository.write("policies/sub/deep/x.txt", "");
    repository.write("other/b.prec", user(NONE).replace("\"u\"", "\"other\""));
    repository.commit("another workspace");
    repository.write("other/b.prec", user(OWN).replace("\"u\"", "\"other\""));
    repository.commit("it changes");
    let other = vec![format!("other reports.sessions {NONE} {OWN}")];
    let is = |folder: &str, arguments: &[&str], expected: Vec<String>| {
        let (found, said) = changes_in(&repository.path(folder), arguments);
        assert_eq!((found, said.as_str()), (expected, ""), "{arguments:?} in {folder}");
    };
    // Nearest upward from the current folder, also where that is deeper or has no manifest.
    is("policies/sub/deep", &["topic", "main"], change(OWN, ALL));
    is("other", &["HEAD~1", "HEAD"], other.clone());
    is(".", &["HEAD~1", "HEAD", "--path", "other"], other.clone());
    is("policies", &["HEAD~1", "HEAD", "--path", "../other"], other.clone());
    is("policies", &["HEAD~1", "--path", "../other/b.prec"], other.clone());
    is("policies", &["HEAD~1", "../other"], other.clone());
    is("policies", &["HEAD~1:other", "HEAD"], other.clone());
    is("policies", &["HEAD~1", "HEAD:other"], other.clone());
    is("policies", &["HEAD~1:other"], other.clone());
    is("policies", &["HEAD~1:../other"], other.clone());
    is("policies", &["HEAD~1:../other..HEAD"], other.clone());
    is("other", &["HEAD~1:./", "HEAD:."], other.clone());
    is("other", &["HEAD~1:./b.prec", "HEAD"], other.clone());
    is("other", &["topic:policies", "main:policies/a.prec"], change(OWN, ALL));
    is("policies", &["--staged", "HEAD~1:other"], other.clone());
    is("policies", &["topic:./sub/../", "main:../policies"], change(OWN, ALL));
    // A folder that is in revisions alone.
    repository.git(&["rm", "--quiet", "-r", "other"]);
    is(".", &["HEAD~1", "HEAD", "--path", "other"], other.clone());
    is(".", &["HEAD~1:other", "HEAD:other/"], other);
}

/// A gate of the manifest counts whichever part of its workspace is named.
#[test]
fn a_folder_of_a_revision_stands_for_the_workspace_around_it() {
    let Some(repository) = Repository::new() else { return };
    let policy = |value: &str| format!("session policy \"S\" {{\n  file_transfer = {value}\n}}\n");
    repository.write("people/u.prec", "user \"u\" {\n  session_policy = \"S\"\n}\n");
    repository.write("p/q.prec", policy("deny"));
    let manifest = "policies = [\"p/**\", \"people/**\"]\nsessions = \"all\"\n";
    repository.write("precedent.toml", format!("{manifest}[diff]\ndeny = [\"gained\"]\n"));
    let item = "jump item \"j\" {\n  kind = jump_client\n}\n";
    repository.write("people/j.prec", item);
    repository.write("drafts/d.prec", policy("both"));
    repository.commit("before");
    repository.write("p/q.prec", policy("both"));
    repository.commit("after");
    for sides in [
        ["HEAD~1", "HEAD"],
        ["HEAD~1:p", "HEAD:p"],
        ["HEAD~1:p", "HEAD"],
        ["HEAD~1:p", "p"],
        ["HEAD~1:p/q.prec", "HEAD:people"],
    ] {
        let run = precedent_in(&repository.path(""), &["diff", sides[0], sides[1]]);
        let verdict = "FAILED: 1 change matches `gained`\n";
        assert!(run.stdout.contains(verdict), "{sides:?}\n{}{}", run.stdout, run.stderr);
        assert_eq!(run.status, 1, "{sides:?}");
    }
    let run = precedent_in(&repository.path("p"), &["diff", "HEAD~1:./", "HEAD:./"]);
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    // A folder that no pattern takes in is a workspace by itself, and so are two parts of one.
    let run = precedent_in(&repository.path(""), &["check", "drafts"]);
    assert!(run.stdout.contains("d.prec:1:1"), "{}", run.stdout);
    let run = precedent_in(&repository.path(""), &["diff", "HEAD:p", "HEAD:people/j.prec"]);
    let edit = "removed session policy \"S\": file_transfer";
    assert!(run.stdout.contains(edit), "{}{}", run.stdout, run.stderr);
}

#[test]
fn what_exists_as_a_path_is_one() {
    let Some(repository) = forked() else { return };
    repository.write("main/a.prec", user(TEAM));
    let (found, _) = repository.changes(&["main", "topic:policies"]);
    assert_eq!(found, change(TEAM, OWN), "`main` is the folder");
    let (found, _) = repository.changes(&["refs/heads/main:policies", "main"]);
    assert_eq!(found, change(ALL, TEAM));
    let file = repository.path("compiled.json");
    let run = repository.precedent(&["compile", "topic:policies", "-o", text(&file)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    repository.commit("a compiled file");
    let (found, _) = repository.changes(&["compiled.json", "HEAD:policies"]);
    assert_eq!(found, change(OWN, ALL));
    let (found, _) = repository.changes(&["HEAD:compiled.json", "HEAD:policies"]);
    assert_eq!(found, change(OWN, ALL));
}

#[test]
fn reports_of_paths_say_nothing_of_revisions_and_those_of_revisions_name_them() {
    let Some(repository) = forked() else { return };
    let short = |name: &str| repository.git(&["rev-parse", "--short", name]);
    let first_line = |arguments: &[&str]| {
        let run = precedent_in(&repository.path("policies"), &[&["diff"], arguments].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        run.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let (main, topic, base) = (short("main"), short("topic"), short("main~2"));
    assert_eq!(first_line(&["topic", "main"]), format!("topic ({topic}) → main ({main})"));
    assert_eq!(
        first_line(&["topic...main"]),
        format!("merge base of topic and main ({base}) → main ({main})")
    );
    assert_eq!(first_line(&[&topic]), format!("{topic} → the working tree"));
    assert_eq!(first_line(&["--staged"]), format!("HEAD ({main}) → the index"));
    assert_eq!(first_line(&["HEAD", "."]), format!("HEAD ({main}) → ."));
    assert_eq!(
        first_line(&["topic:policies", "HEAD"]),
        format!("topic:policies ({topic}) → HEAD ({main})")
    );
    let folders = [scratch(&[("a.prec", &user(OWN))]), scratch(&[("a.prec", &user(ALL))])];
    let [old, new] = folders.each_ref().map(|folder| text(folder.path()));
    let plain = precedent(&["diff", old, new]);
    assert!(plain.stdout.starts_with("possible gains: "), "{}", plain.stdout);
    let of_git = precedent_in(&repository.path("policies"), &["diff", "topic", "main"]);
    let (_, report) = of_git.stdout.split_once('\n').expect("a title");
    assert_eq!(report, plain.stdout);
}

#[test]
fn what_is_wrong_is_said_with_its_remedy() {
    let Some(repository) = forked() else { return };
    repository.write("broken/a.prec", "user \"a\" {\n  shell = allow\n}\n");
    repository.commit("broken");
    repository.git(&["tag", "blob", "HEAD:broken/a.prec"]);
    let says = |arguments: &[&str], status: i32, parts: &[&str]| {
        let run = repository.precedent(&[&["diff"], arguments].concat());
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (status, ""),
            "{arguments:?}: {}",
            run.stderr
        );
        for part in parts {
            assert!(
                run.stderr.contains(part),
                "{arguments:?} says nothing of {part:?}: {}",
                run.stderr
            );
        }
    };
    says(&[], 2, &["nothing to compare: give two revisions or folders", "precedent diff HEAD"]);
    says(
        &["topik", "main"],
        2,
        &["`topik` is neither a path nor a revision", "did you mean `topic`?"],
    );
    says(&["mian:policies"], 2, &["`mian:policies` is neither", "did you mean `main`?"]);
    says(&["zzzzzzzzz"], 2, &["neither a path nor a revision", "a branch, a tag or a commit"]);
    says(&["topic..main", "HEAD"], 2, &["a range is both OLD and NEW"]);
    says(&["--staged", "HEAD", "main"], 2, &["leave NEW out"]);
    says(&["policies"], 2, &["nothing to compare: `policies` is a path", "`HEAD --path policies`"]);
    says(
        &["policies", "broken", "--path", "x"],
        2,
        &["`--path` cannot be combined with two paths"],
    );
    says(&["HEAD~40", "HEAD"], 2, &["there is no commit `HEAD~40`", "`HEAD` has only 3 ancestors"]);
    says(&["HEAD^2", "HEAD"], 2, &["there is no commit `HEAD^2`"]);
    says(
        &["@{u}", "HEAD"],
        2,
        &["there is no upstream branch `@{u}`", "`HEAD` has no upstream branch"],
    );
    says(&["main@{u}", "HEAD"], 2, &["there is no upstream branch `main@{u}`"]);
    says(&["blob", "HEAD"], 2, &["`blob` is not a commit", "REVISION:PATH"]);
    says(
        &["HEAD:nope", "HEAD"],
        2,
        &["there is no `nope` in HEAD (", "`precedent.toml` is in `policies`"],
    );
    says(&["HEAD~1:broken", "HEAD"], 2, &["there is no `broken` in HEAD~1 ("]);
    says(&["HEAD:../x", "HEAD"], 2, &["is outside the repository"]);
    says(&["HEAD:policies", "HEAD", "--path", "/"], 2, &["is not in the working tree"]);
    says(&["HEAD^{tree}...topic"], 2, &["a tree has no history"]);
    says(
        &["HEAD", "--path", "broken"],
        1,
        &["HEAD (", " does not compile:", "the working tree does not compile:", "P0105"],
    );
    let id = "0123456789012345678901234567890123456789";
    says(&[id, "HEAD"], 2, &["is not in this clone", "git fetch --depth=1"]);
    let elsewhere = scratch(&[("a.prec", "")]);
    for (arguments, part) in [
        (&["diff", "HEAD"][..], "the current folder is not in a git repository"),
        (&["diff", "main", "topic"], "no such file or folder: `main`"),
        (&["diff", "--staged"], "the current folder is not in a git repository"),
        (&["matrix", "main"], "no such file or folder: `main`"),
    ] {
        let run = precedent_in(elsewhere.path(), arguments);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    let Some(empty) = Repository::new() else { return };
    empty.write("a.prec", user(NONE));
    let run = empty.precedent(&["diff", "--staged"]);
    assert!(
        run.status == 2 && run.stderr.contains("the repository has no commit yet"),
        "{}",
        run.stderr
    );
    let run = empty.precedent(&["diff", "HEAD"]);
    assert!(
        run.status == 2 && run.stderr.contains("the repository has no commit yet"),
        "{}",
        run.stderr
    );
}

#[test]
fn policies_that_are_new_are_compared_with_an_empty_file() {
    let Some(repository) = Repository::new() else { return };
    repository.write("readme", "");
    repository.commit("no policies");
    repository.write("policies/a.prec", user(OWN));
    repository.commit("policies");
    let folder = repository.path("policies");
    let (_, said) = changes_in(&folder, &["HEAD~1", "HEAD"]);
    assert!(
        said.contains("there is no `policies` in HEAD~1") && said.contains("empty.prec"),
        "{said}"
    );
    let empty = scratch(&[("empty.prec", "")]);
    let (found, _) = changes_in(&folder, &[text(&empty.path().join("empty.prec")), "HEAD"]);
    assert!(found.contains(&format!("u reports.sessions  {OWN}")), "{found:?}");
}

#[test]
fn a_workspace_that_moved_is_not_taken_for_an_empty_one() {
    let Some(repository) = Repository::new() else { return };
    repository.write("old/precedent.toml", "");
    repository.write("old/a.prec", user(OWN));
    repository.commit("in a folder");
    repository.git(&["mv", "old/a.prec", "a.prec"]);
    repository.git(&["mv", "old/precedent.toml", "precedent.toml"]);
    repository.commit("at the root");
    let (_, said) = repository.changes(&["HEAD~1", "HEAD"]);
    assert!(
        said.contains("no `precedent.toml` in `.`, but `precedent.toml` is in `old`"),
        "{said}"
    );
    let (found, said) = repository.changes(&["HEAD~1:old", "HEAD:"]);
    assert_eq!((found, said.as_str()), (vec![], ""));
}
