//! Objects that only have another name: session policies, group policies, directory groups and jump
//! item roles are known by what is in them, where that is certain.

use crate::cli::{precedent, scratch, text};

/// The status of `diff OLD NEW --deny any`, and what it prints.
fn any(old: &str, new: &str) -> (i32, String) {
    let (old, new) = (scratch(&[("a.prec", old)]), scratch(&[("a.prec", new)]));
    let run = precedent(&["diff", text(old.path()), text(new.path()), "--deny", "any"]);
    (run.status, run.stdout)
}

/// A user in a group policy, with a name and a body.
fn site(name: &str, body: &str) -> String {
    format!(
        "jump group \"G\"\njump item \"web01\" {{\n  kind = jump_client\n  group = \"G\"\n}}\n\
         user \"ada\" {{\n  access.allowed = allow\n  jump.jump_client = allow\n}}\n\
         group policy \"{name}\" {{\n  members = [user \"ada\"]\n{body}}}\n"
    )
}

#[test]
fn a_new_name_of_a_group_policy_is_no_change_whatever_it_gives() {
    for body in [
        "  session_policy = unknown\n",
        "  session_policy = custom {\n    shell = unknown\n  }\n",
        "  others = unknown\n",
        "  memberships = unknown\n",
        "  reports.recordings = unknown\n",
    ] {
        let (status, report) = any(&site("A", body), &site("B", body));
        assert_eq!(status, 0, "{body}{report}");
    }
}

#[test]
fn a_group_policy_and_its_role_may_be_renamed_together() {
    let with = |name: &str, role: &str| {
        let given = format!("  jump group \"G\" as \"{role}\"\n  roles.default = \"{role}\"\n");
        let role = format!("jump item role \"{role}\" {{\n  allows = [start, edit_tag]\n}}\n");
        role + &site(name, &given)
    };
    let (status, report) = any(&with("A", "R1"), &with("B", "R2"));
    assert_eq!(status, 0, "{report}");
}

#[test]
fn what_has_an_id_is_not_known_by_what_is_in_it() {
    let with = |name: &str, id: &str| {
        let assigned = format!("  session_policy = \"{name}\"\n");
        format!("session policy \"{name}\" {{\n{id}  shell = allow\n}}\n") + &site("A", &assigned)
    };
    assert_eq!(any(&with("P", ""), &with("Q", "")).0, 0);
    assert_eq!(any(&with("P", "  id = 1\n"), &with("Q", "  id = 1\n")).0, 0);
    assert_eq!(any(&with("P", "  id = 1\n"), &with("Q", "  id = 2\n")).0, 1);
    assert_eq!(any(&with("P", ""), &with("Q", "  id = 2\n")).0, 1);
}

#[test]
fn lists_that_allow_the_same_are_the_same_content() {
    let with = |name: &str, list: &str| {
        let assigned = format!("  session_policy = \"{name}\"\n");
        let lines = format!("  screen_sharing.applications = only [{list}]\n");
        format!("session policy \"{name}\" {{\n{lines}}}\n") + &site("A", &assigned)
    };
    let (old, new) = (with("P", "\"a.exe\", \"b.exe\""), with("Q", "\"b.exe\", \"A.exe\""));
    let (status, report) = any(&old, &new);
    assert_eq!(status, 0, "{report}");
}

/// Something is gone, and something else has taken its name: who had the one has the other now.
#[test]
fn a_name_that_goes_over_to_another_object_hides_no_membership() {
    for (kind, role) in [
        ("vault account", " as inject"),
        ("vault account group", " as inject"),
        ("team", " as member"),
        ("jumpoint", ""),
        ("jump group", " as \"Edits\""),
    ] {
        let role_of_items = "jump item role \"Edits\" {\n  allows = [edit_tag]\n}\n";
        let object = |name: &str, id: u8| format!("{kind} \"{name}\" {{\n  id = {id}\n}}\n");
        let ada = format!("{role_of_items}user \"ada\" {{\n  {kind} \"low\"{role}\n}}\n");
        let old = format!("{ada}{}{}", object("low", 1), object("high", 2));
        let new = format!("{ada}{}", object("low", 2));
        let (old, new) = (scratch(&[("a.prec", &*old)]), scratch(&[("a.prec", &*new)]));
        let run = precedent(&["diff", text(old.path()), text(new.path()), "--deny", "gained"]);
        assert_eq!(run.status, 1, "{kind}\n{}", run.stdout);
        let gained = format!("ada gains {kind} \"low\"");
        assert!(run.stdout.contains(&gained), "{}", run.stdout);
    }
}

/// No cell changes, but the access of one name is that of another person now.
#[test]
fn an_object_with_an_id_and_another_name_is_told() {
    let site = |first: &str, second: &str, item: &str| {
        format!(
            "user \"{first}\" {{\n  id = 1\n  administration.admin = allow\n}}\n\
             user \"{second}\" {{\n  id = 2\n}}\n\
             jump item \"{item}\" {{\n  id = 7\n  kind = jump_client\n}}\n"
        )
    };
    let old = site("ada", "eve", "web01");
    for (new, names) in [
        (site("eve", "ada", "web01"), [r#"user "eve": was "ada""#, r#"user "ada": was "eve""#]),
        (site("mallory", "eve", "db99"), [r#""mallory": was "ada""#, r#""db99": was "web01""#]),
    ] {
        let (status, report) = any(&old, &new);
        assert_eq!(status, 0, "{report}");
        assert!(names.iter().all(|name| report.contains(name)), "{report}");
    }
}
