//! Gains that no cell shows as such at first sight: what comes to apply by itself, what another role
//! takes over, and what another line gives for longer.

use super::scopes::{count, denied};
use crate::support::{checked, raw};
use precedent::ir::{Ir, SessionScope};
use precedent::workspace::{self, Input};
use std::sync::Arc;

/// The policies under a profile that adds some lines to PRA.
fn under(profile: &str, policies: &str) -> Arc<Ir> {
    let profile = format!("id = \"own\"\nextends = \"pra-25.3\"\n{profile}");
    let input = Input {
        manifest: Some(raw("precedent.toml", "profile = \"own.toml\"\n")),
        files: vec![raw("a.prec", policies)],
    };
    let compiled = workspace::compile(input, &mut |path| raw(path, profile.clone()));
    let mut ir = checked(compiled);
    Arc::make_mut(&mut ir).tables.sessions = SessionScope::All;
    ir
}

/// What applies in more places under NEW's profile did not follow from anything.
#[test]
fn what_comes_to_apply_by_itself_is_a_gain() {
    let permission = |more: &str| {
        format!(
            "[[permissions]]\npath = \"own.tool\"\nlabel = \"Tool\"\ndoc = \"A tool.\"\n\
             type = \"switch\"\n{more}"
        )
    };
    let policies = |value: &str| {
        format!(
            "session policy \"S\" {{\n  shell = deny\n  own.tool = {value}\n}}\nuser \"ada\" {{\n  \
             session_policy = \"S\"\n}}\njump item \"i\" {{\n  kind = jump_client\n}}\n"
        )
    };
    let limited = permission("not_for_methods = [\"jump_client\"]\n");
    let dependent = permission("requires = { path = \"shell\", values = [\"allow\"] }\n");
    for (before, after) in [
        (limited.clone(), permission("")),
        (limited, permission("fixed_for_methods = { jump_client = \"allow\" }\n")),
        (dependent, permission("")),
    ] {
        let of = |profile: &str, value: &str| under(profile, &policies(value));
        let gained = |old: &Arc<Ir>, new: &Arc<Ir>, gate: &str| denied(old, new, gate).0;
        let (old, new) = (of(&before, "allow"), of(&after, "allow"));
        assert_eq!(gained(&old, &new, "gained"), 1, "{before} {after}");
        assert_eq!(gained(&old, &new, "widened own.tool"), 1);
        assert_eq!(gained(&new, &old, "gained"), 0);
        assert_eq!(gained(&new, &old, "narrowed"), 1);
        if !after.contains("fixed") {
            let (old, new) = (of(&before, "deny"), of(&after, "deny"));
            assert_eq!(gained(&old, &new, "gained"), 0, "it grants nothing");
        }
    }
}

/// Nor did it where what it once depended on has become less, so that no gate sees that move.
#[test]
fn what_depends_on_nothing_any_more_follows_from_nothing() {
    let profile = |kind: &str, more: &str| {
        let entry = format!("[[{kind}]]\nlabel = \"L\"\ndoc = \"D.\"\n");
        format!(
            "{entry}path = \"own.level\"\ntype = \"choice\"\nvalues = [\"none\", \"some\", \
             \"all\"]\norder = \"chain\"\n{entry}path = \"own.tool\"\ntype = \"switch\"\n{more}"
        )
    };
    let needs = "requires = { path = \"own.level\", values = [\"some\"] }\n";
    let session = |level: &str| {
        format!(
            "session policy \"S\" {{\n  own.tool = allow\n}}\nsession policy \"L\" {{\n  own.level = \
             {level}\n}}\nuser \"ada\" {{\n  session_policy = \"S\"\n}}\njump item \"i\" {{\n  kind = \
             jump_client\n  session_policy = \"L\"\n}}\n"
        )
    };
    let account = |level: &str| {
        format!(
            "user \"ada\" {{\n  own.tool = allow\n}}\ngroup policy \"G\" {{\n  members = [user \
             \"ada\"]\n  own.level = {level}\n}}\n"
        )
    };
    for (kind, text) in
        [("permissions", &session as &dyn Fn(&str) -> String), ("settings", &account)]
    {
        let old = under(&profile(kind, needs), &text("all"));
        let new = under(&profile(kind, ""), &text("none"));
        assert_eq!(denied(&old, &new, "gained").0, 1, "{kind}");
        assert_eq!(denied(&old, &new, "narrowed").0, 1, "{kind}");
        // Under one profile, it follows from what it depends on.
        let same = under(&profile(kind, needs), &text("some"));
        assert_eq!(denied(&old, &same, "gained").0, 0, "{kind}");
        assert_eq!(denied(&old, &same, "follows own.tool").0, 1, "{kind}");
    }
}

#[test]
fn a_setting_that_comes_to_apply_is_a_gain() {
    let setting = |more: &str| {
        format!(
            "[[settings]]\npath = \"own.right\"\nlabel = \"Right\"\ndoc = \"A right.\"\n\
             type = \"switch\"\n{more}"
        )
    };
    let policies = "user \"ada\" {\n  own.right = allow\n}\n";
    let needs = "requires = { path = \"access.allowed\", values = [\"allow\"] }\n";
    let (old, new) = (under(&setting(needs), policies), under(&setting(""), policies));
    assert_eq!(denied(&old, &new, "gained").0, 1);
    assert_eq!(denied(&new, &old, "gained").0, 0);
    // A gate on the setting alone does not see what it follows from.
    let before = "user \"ada\" {\n  jump.shell_jump = allow\n}\n";
    let after = before.replace("\n}", "\n  access.allowed = allow\n}");
    assert_eq!(count(before, &after, "follows jump.shell_jump"), 1);
    assert_eq!(count(before, &after, "gained jump.shell_jump"), 1);
    assert_eq!(count(before, &after, "gained jump.shell_jump for user \"ada\""), 1);
    assert_eq!(count(&after, before, "gained jump.shell_jump"), 0);
    let denied_there = |text: &str| text.replace("shell_jump = allow", "shell_jump = deny");
    let [before, after] = [before, &after].map(denied_there);
    assert_eq!(count(&before, &after, "gained jump.shell_jump"), 0);
}

/// Without a membership in a jump group, `roles.system` says what a user may do there.
#[test]
fn a_membership_that_falls_away_may_make_room_for_a_role_that_allows_more() {
    let text = |system: &str, line: &str| {
        format!(
            "jump item role \"Viewer\" {{\n  allows = [view_report]\n}}\njump item role \"Editor\" \
             {{\n  allows = [view_report, remove]\n}}\njump group \"P\"\nuser \"ada\" {{\n  \
             roles.system = {system}\n{line}}}\n"
        )
    };
    let viewer = "  jump group \"P\" as \"Viewer\"\n";
    let editor = "  jump group \"P\" as \"Editor\"\n";
    let none = "  jump group \"P\" as default role\n  roles.default = no_access\n";
    for (system, line, gained) in [
        ("\"Editor\"", viewer, 1),
        ("\"Editor\"", none, 1),
        ("\"Editor\"", editor, 0),
        ("\"Viewer\"", editor, 0),
        ("no_access", viewer, 0),
        ("unknown", viewer, 1),
    ] {
        let rest = if line == none { "  roles.default = no_access\n" } else { "" };
        let (old, new) = (text(system, line), text(system, rest));
        assert_eq!(count(&old, &new, "gained"), gained, "{system} {line}");
        assert_eq!(count(&old, &new, "gained on jump group \"P\""), gained);
    }
}

/// What ends on a day no longer does where another line gives it as well.
#[test]
fn what_another_line_gives_lasts_longer() {
    let text = |members: &str, own: &str| {
        format!(
            "session policy \"S\" {{\n  shell = allow\n}}\nuser \"ada\"{own}\ndirectory group \"D\" {{\n  \
             members = [\"ada\"]\n}}\ngroup policy \"A\" {{\n  members = [user \"ada\" until \
             2026-12-31]\n  administration.admin = allow\n  session_policy = \"S\"\n}}\ngroup policy \
             \"B\" {{\n  members = [{members}]\n  administration.admin = allow\n  session_policy = \
             \"S\"\n}}\ngroup policy \"C\" {{\n  administration.admin = deny\n}}\norder group policies \
             {{\n  \"A\"\n  \"B\"\n  \"C\"\n}}\n"
        )
    };
    let old = text("", "");
    for (members, own, gained) in [
        ("user \"ada\"", "", 2),
        ("directory group \"D\"", "", 2),
        ("user \"ada\" until 2027-12-31", "", 2),
        ("user \"ada\" until 2026-06-30", "", 0),
        ("", " {\n  administration.admin = allow\n}", 1),
        ("", " {\n  session_policy = \"S\"\n}", 1),
        ("", " {\n  administration.admin = deny\n}", 0),
    ] {
        let new = text(members, own);
        assert_eq!(count(&old, &new, "gained"), gained, "{members} {own}");
        assert_eq!(count(&old, &new, "gained for user \"ada\""), gained, "{members} {own}");
    }
    // A date that is moved is told once.
    assert_eq!(count(&old, &old.replace("2026-12-31", "2027-12-31"), "gained"), 1);
}
