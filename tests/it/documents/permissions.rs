//! "Session policies | PRA On-prem": what depends on what, where a policy may be assigned, what a
//! method changes.

use super::refused;
use crate::support::World;

/// An account with a custom policy, and an item of each kind that matters here.
fn ada(lines: &str) -> World {
    let items: String = ["jump_client", "shell_jump", "web_jump", "local_jump"]
        .iter()
        .map(|kind| format!("jump item \"{kind}\" {{\n  kind = {kind}\n}}\n"))
        .collect();
    World::of(&format!("user \"ada\" {{\n  session_policy = custom {{\n{lines}\n  }}\n}}\n{items}"))
}

#[test]
fn shell_access_cannot_be_restricted_for_shell_jump_sessions() {
    let world = ada("shell = deny");
    assert_eq!(world.cell("ada", "shell_jump shell_jump", "shell"), ("allow", "method", "", ""));
    assert_eq!(
        world.cell("ada", "jump_client jump_client", "shell"),
        ("deny", "user", "custom", "a.prec:3")
    );
}

#[test]
fn commands_are_filtered_in_shell_jump_sessions_only() {
    let world = ada("shell.commands = only [\"^ls\"]");
    // The shell that the method allows meets the requirement, though nobody defines it.
    assert_eq!(
        world.cell("ada", "shell_jump shell_jump", "shell.commands"),
        ("only [\"^ls\"]", "user", "custom", "a.prec:3")
    );
    assert_eq!(
        world.cell("ada", "jump_client jump_client", "shell.commands"),
        ("n/a", "user", "custom", "a.prec:3")
    );
}

#[test]
fn privacy_screen_is_applicable_only_for_jump_client_remote_jump_and_local_jump() {
    let world = ada(
        "screen_sharing = view_and_control\nscreen_sharing.endpoint_restrictions = display_mouse_keyboard\nscreen_sharing.auto_privacy_screen = on",
    );
    let value = |item: &str| world.cell("ada", item, "screen_sharing.auto_privacy_screen").0;
    assert_eq!(
        ["jump_client", "local_jump", "shell_jump", "web_jump"]
            .map(|kind| value(&format!("{kind} {kind}"))),
        ["on", "on", "n/a", "n/a"]
    );
}

#[test]
fn clipboard_is_available_only_if_view_and_control_is_selected() {
    let policy = |line: &str| {
        format!(
            "session policy \"P\" {{\n  screen_sharing = {line}\n  screen_sharing.clipboard = both_directions\n}}\n"
        )
    };
    assert_eq!(refused(&policy("view_and_control")), [""; 0]);
    assert_eq!(refused(&policy("view_only")), ["P0204"]);
    assert_eq!(refused(&policy("not defined")), [""; 0], "another layer may define it");
}

#[test]
fn what_depends_on_a_permission_follows_its_resolved_value() {
    // The item's policy sets the clipboard, the group's decides that there is none to use.
    let text = |screen: &str| {
        World::of(&format!(
            "session policy \"Item\" {{\n  screen_sharing.clipboard = both_directions\n}}\n\
             jump item \"web01\" {{\n  kind = jump_client\n  session_policy = \"Item\"\n}}\n\
             user \"ada\" {{\n  session_policy = custom {{\n    screen_sharing = {screen}\n  }}\n}}\n"
        ))
    };
    let (watching, controlling) = (text("view_only"), text("view_and_control"));
    assert_eq!(
        controlling.cell("ada", "web01", "screen_sharing.clipboard"),
        ("both_directions", "jump_item", "Item", "a.prec:2")
    );
    assert_eq!(
        watching.cell("ada", "web01", "screen_sharing.clipboard"),
        ("n/a", "jump_item", "Item", "a.prec:2")
    );
    // Two steps down: `n/a` meets no requirement.
    let chain =
        ada("screen_sharing.applications = only [\"a.exe\"]\nscreen_sharing.desktop = allow");
    assert_eq!(chain.cell("ada", "web_jump web_jump", "screen_sharing.applications").0, "n/a");
    assert_eq!(
        chain.cell("ada", "web_jump web_jump", "screen_sharing.desktop"),
        ("n/a", "user", "custom", "a.prec:4")
    );
}

#[test]
fn a_policy_is_assigned_only_where_it_is_available() {
    let with = |available: &str, assignment: &str| {
        refused(&format!("session policy \"P\" {{\n  available = [{available}]\n}}\n{assignment}"))
    };
    let places = [
        ("users", "user \"ada\" {\n  session_policy = \"P\"\n}\n"),
        ("users", "group policy \"G\" {\n  session_policy = \"P\"\n}\n"),
        ("invites", "invite \"I\" {\n  session_policy = \"P\"\n}\n"),
        ("jump_items", "jump item \"web01\" {\n  kind = web_jump\n  session_policy = \"P\"\n}\n"),
    ];
    for (word, assignment) in places {
        assert_eq!(with(word, assignment), [""; 0], "{assignment}");
        for other in ["users", "invites", "jump_items", ""].iter().filter(|other| **other != word) {
            assert_eq!(with(other, assignment), ["P0305"], "{other}: {assignment}");
        }
    }
    // Left out, it is available everywhere.
    assert_eq!(
        refused("session policy \"P\"\ninvite \"I\" {\n  session_policy = \"P\"\n}\n"),
        [""; 0]
    );
}

#[test]
fn a_block_of_jump_items_gives_each_its_defaults() {
    let world = World::of(
        "user \"ada\"\nsession policy \"A\" {\n  shell = allow\n}\nsession policy \"B\" {\n  shell = deny\n}\n\
         jump items {\n  kind = jump_client\n  session_policy = \"A\"\n  item \"db01\"\n  item \"db02\" {\n    session_policy = \"B\"\n  }\n\
         \x20 item \"db03\" {\n    session_policy = none\n  }\n  item \"db04\" {\n    kind = shell_jump\n  }\n}\n",
    );
    assert_eq!(world.cell("ada", "db01", "shell"), ("allow", "jump_item", "A", "a.prec:3"));
    assert_eq!(world.cell("ada", "db02", "shell"), ("deny", "jump_item", "B", "a.prec:6"));
    assert_eq!(world.cell("ada", "db03", "shell"), ("deny", "global_default", "", ""));
    assert_eq!(world.cell("ada", "db04", "shell").1, "method");
    assert_eq!(
        world.endpoints("ada"),
        ["jump_client db01", "jump_client db02", "jump_client db03", "shell_jump db04"]
    );
}

#[test]
fn values_are_shown_in_their_canonical_form() {
    let world = ada(
        "file_transfer = upload\nfile_transfer.user_paths = only ['C:\\b', \"a\", \"a\"]\nscreen_sharing = view_only\nscreen_sharing.applications = except []",
    );
    assert_eq!(
        world.cell("ada", "web_jump web_jump", "file_transfer.user_paths").0,
        "only [\"C:\\\\b\", \"a\"]"
    );
    assert_eq!(world.cell("ada", "web_jump web_jump", "screen_sharing.applications").0, "any");
    let world = World::of("user \"ada\" {\n  session_management.idle_timeout = 900s\n}\n");
    assert_eq!(world.account("ada", "session_management.idle_timeout").0, "15m");
}
