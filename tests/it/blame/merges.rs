//! Histories with merges: the commit on the branch is named, unless the merge itself made the
//! value.

use super::site;
use crate::repository::Repository;

/// A repository with a first commit in which the shell is denied.
fn first() -> Option<Repository> {
    let repository = Repository::new()?;
    repository.write("a.prec", site("deny"));
    repository.commit("first");
    Some(repository)
}

fn set(repository: &Repository, shell: &str, subject: &str) {
    repository.write("a.prec", site(shell));
    repository.commit(subject);
}

fn unrelated(repository: &Repository, subject: &str) {
    repository.write(&format!("{subject}.txt"), "");
    repository.commit(subject);
}

/// Merges with a tree that is made by hand.
fn merge(repository: &Repository, branches: &[&str], shell: &str, subject: &str) {
    repository.git(
        &[&["merge", "--quiet", "--strategy=ours", "--no-commit", "--no-ff"], branches].concat(),
    );
    set(repository, shell, subject);
}

fn branch(repository: &Repository, name: &str, from: &str) {
    repository.git(&["switch", "--quiet", "-c", name, from]);
}

fn back(repository: &Repository, name: &str) {
    repository.git(&["switch", "--quiet", name]);
}

#[test]
fn the_commit_on_the_branch_is_named() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    set(&repository, "allow", "on topic");
    unrelated(&repository, "more");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    merge(&repository, &["topic"], "allow", "merge");
    unrelated(&repository, "later");
    assert_eq!(repository.blame_one("shell"), "commit on topic by merge, deny > allow");
    assert_eq!(repository.blame_one("registry"), "commit first, - > deny");
}

#[test]
fn a_merge_that_has_what_no_parent_has_made_it() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    unrelated(&repository, "on topic");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    merge(&repository, &["topic"], "allow", "merge");
    assert_eq!(repository.blame_one("shell"), "commit merge, deny > allow");
}

#[test]
fn a_merge_that_brings_back_what_the_mainline_had_lost_made_it() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    unrelated(&repository, "on topic");
    back(&repository, "main");
    set(&repository, "allow", "on main");
    merge(&repository, &["topic"], "deny", "merge");
    assert_eq!(repository.blame_one("shell"), "commit merge, allow > deny");
}

#[test]
fn branches_of_branches_are_followed() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    unrelated(&repository, "on topic");
    branch(&repository, "deep", "topic");
    set(&repository, "allow", "deep down");
    back(&repository, "topic");
    unrelated(&repository, "more on topic");
    merge(&repository, &["deep"], "allow", "merge deep");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    merge(&repository, &["topic"], "allow", "merge topic");
    assert_eq!(repository.blame_one("shell"), "commit deep down by merge topic, deny > allow");
}

#[test]
fn a_branch_that_took_the_mainline_in_is_followed_to_the_mainline() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    unrelated(&repository, "on topic");
    back(&repository, "main");
    set(&repository, "allow", "on main");
    back(&repository, "topic");
    merge(&repository, &["main"], "allow", "catch up");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    merge(&repository, &["topic"], "allow", "merge topic");
    assert_eq!(repository.blame_one("shell"), "commit on main, deny > allow");
    // Seen from the branch, it came in with the merge.
    back(&repository, "topic");
    assert_eq!(repository.blame_one("shell"), "commit on main by catch up, deny > allow");
}

#[test]
fn a_merge_of_three_takes_each_value_from_where_it_was() {
    let Some(repository) = first() else { return };
    let with = |shell: &str, registry: &str| {
        site(shell).replace("  shell", &format!("  registry = {registry}\n  shell"))
    };
    branch(&repository, "one", "main");
    repository.write("a.prec", with("allow", "deny"));
    repository.commit("one");
    branch(&repository, "two", "main");
    repository.write("a.prec", with("deny", "allow"));
    repository.commit("two");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    repository.git(&[
        "merge",
        "--quiet",
        "--strategy=ours",
        "--no-commit",
        "--no-ff",
        "one",
        "two",
    ]);
    repository.write("a.prec", with("allow", "allow"));
    repository.commit("merge of three");
    assert_eq!(repository.blame_one("shell"), "commit one by merge of three, deny > allow");
    assert_eq!(repository.blame_one("registry"), "commit two by merge of three, deny > allow");
    assert_eq!(repository.blame_one("file_transfer"), "commit first, - > deny");
}

#[test]
fn a_branch_that_does_not_compile_at_its_end_may_have_made_it() {
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    repository.write("b.prec", "user \"x\" {\n");
    repository.commit("broken on topic");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    repository.git(&["merge", "--quiet", "--no-commit", "--no-ff", "topic"]);
    repository.write("b.prec", "");
    set(&repository, "allow", "merge and fix");
    assert_eq!(
        repository.blame_one("shell"),
        "one_of merge and fix, broken on topic, deny > allow"
    );
    // A branch that had the value before it broke made it.
    let Some(repository) = first() else { return };
    branch(&repository, "topic", "main");
    set(&repository, "allow", "on topic");
    repository.write("b.prec", "user \"x\" {\n");
    repository.commit("broken on topic");
    back(&repository, "main");
    unrelated(&repository, "meanwhile");
    repository.git(&["merge", "--quiet", "--no-commit", "--no-ff", "topic"]);
    repository.write("b.prec", "");
    set(&repository, "allow", "merge and fix");
    assert_eq!(repository.blame_one("shell"), "commit on topic by merge and fix, deny > allow");
}
