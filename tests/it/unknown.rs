//! What nobody has read yet: it never looks like Not Defined, nor like a denial.

use crate::support::{World, rows, sessions_csv, startable};

/// Ada, with a session policy and a group policy.
fn world(policy: &str, group: &str) -> World {
    World::of(&format!(
        "session policy \"P\" {{\n{policy}\n}}\n\
         group policy \"G\" {{\n  members = [user \"ada\"]\n  session_policy = \"P\"\n{group}\n}}\n\
         user \"ada\" {{\n  session_policy = custom {{\n    shell = allow\n  }}\n}}\n\
         jump item \"web01\" {{\n  kind = jump_client\n}}\n"
    ))
}

#[test]
fn a_layer_whose_answer_is_unknown_ends_the_search() {
    let found = world("  shell = unknown", "");
    assert_eq!(found.says("ada", "web01", "shell").0, "unknown");
    assert_eq!(found.says("ada", "web01", "shell").3, "shell = unknown");
    let others = world("  others = unknown\n  registry = deny", "");
    assert_eq!(others.cell("ada", "web01", "shell").0, "unknown");
    assert_eq!(others.cell("ada", "web01", "registry").0, "deny");
}

#[test]
fn what_requires_something_unknown_is_unknown() {
    let found =
        world("  screen_sharing = unknown\n  screen_sharing.clipboard = both_directions", "");
    assert_eq!(found.cell("ada", "web01", "screen_sharing.clipboard").0, "unknown");
    // It is still not for this method.
    assert_eq!(found.cell("ada", "web01", "shell.commands").0, "n/a");
    let account = world("  shell = deny", "  access.allowed = unknown\n  jump.jump_client = allow");
    assert_eq!(account.account("ada", "access.allowed").0, "unknown");
    assert_eq!(account.account("ada", "jump.jump_client").0, "unknown");
}

#[test]
fn an_unknown_setting_leaves_it_open_unless_a_final_stands_above() {
    let account = |first: &str, second: &str| {
        let text = format!(
            "user \"ada\"\n\
             group policy \"A\" {{\n  members = [user \"ada\"]\n  {first}\n}}\n\
             group policy \"B\" {{\n  members = [user \"ada\"]\n  {second}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        );
        let world = World::of(&text);
        let (value, source, policy, _) = world.account("ada", "reports.sessions");
        format!("{value} {source} {policy}")
    };
    let (unknown, plain) = ("reports.sessions = unknown", "reports.sessions = all_sessions");
    assert_eq!(account(unknown, plain), "unknown group_policy A");
    assert_eq!(account(plain, unknown), "unknown group_policy B");
    assert_eq!(account(&format!("final {plain}"), unknown), "all_sessions group_policy A");
    assert_eq!(account(unknown, &format!("final {plain}")), "unknown group_policy A");
}

#[test]
fn a_session_that_may_be_started_counts_as_one() {
    let start = |group: &str| {
        let text = format!(
            "user \"ada\"\njump group \"J\"\njump item \"web01\" {{\n  kind = jump_client\n  group = \"J\"\n}}\n\
             group policy \"G\" {{\n  members = [user \"ada\"]\n{group}}}\n"
        );
        let found = rows(&sessions_csv(&startable(&[("a.prec", text)])));
        found.first().map(|row| format!("{} {} {}", row[7], row[8], row[9])).unwrap_or_default()
    };
    let access = "  access.allowed = allow\n  jump.jump_client = allow\n";
    assert_eq!(start(&format!("{access}  memberships = unknown\n")), "unknown jump_group G");
    // What the access needs is unknown as well, since it requires the access.
    let all = "  access.allowed = unknown\n  memberships = unknown\n";
    assert_eq!(start(all), "unknown account G");
    assert_eq!(start("  access.allowed = deny\n  memberships = unknown\n"), "");
    let jump = "  access.allowed = allow\n  jump.jump_client = unknown\n  memberships = unknown\n";
    assert_eq!(start(jump), "unknown account G");
}
