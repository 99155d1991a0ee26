//! "How Do Session Policies Work?", of Bomgar 15.1.

use super::{global_default, refused};
use crate::support::World;

/// One representative, whose lines are given; a Jump Client, two portals, and policies that say who
/// they are.
fn world(user: &str, rest: &str) -> World {
    World::of(&format!(
        r#"profile "bomgar-15.1"
session policy "Client" {{
  registry = allow
}}
session policy "Portal" {{
  registry = deny
  file_transfer = upload
}}
session policy "Representative" {{
  registry = deny
  file_transfer = both
  shell = allow
}}
portal "Main" {{
  default
  session_policy = "Portal"
}}
portal "Other"
jump item "pc01" {{
  kind = jump_client
  session_policy = "Client"
}}
user "rep" {{
  {user}
}}
{rest}
"#
    ))
}

#[test]
fn order_for_applying_session_policies() {
    let default = global_default("bomgar-15.1", &[("canned_scripts", "allow")]);
    let world = world("session_policy = \"Representative\"", &default);
    let says = |permission| world.says("rep", "pc01 absent", permission);
    assert_eq!(says("registry"), ("allow", "jump_item", "Client", "registry = allow"));
    assert_eq!(says("file_transfer"), ("upload", "portal", "Portal", "file_transfer = upload"));
    assert_eq!(says("shell"), ("allow", "representative", "Representative", "shell = allow"));
    assert_eq!(
        says("canned_scripts"),
        ("allow", "global_default", "global default", "canned_scripts = allow")
    );
}

#[test]
fn a_button_takes_its_portals_policy_before_any_other() {
    let world = world("session_policy = \"Representative\"", "");
    assert_eq!(
        world.says("rep", "bomgar_button Main", "file_transfer"),
        ("upload", "portal", "Portal", "file_transfer = upload")
    );
    assert_eq!(
        world.says("rep", "bomgar_button Other", "file_transfer"),
        ("both", "representative", "Representative", "file_transfer = both")
    );
}

#[test]
fn jump_to_sessions_take_the_default_portals_policy() {
    let world = world("session_policy = \"Representative\"", "");
    assert_eq!(
        world.says("rep", "jump_to Main", "file_transfer"),
        ("upload", "portal", "Portal", "file_transfer = upload")
    );
    let expected = [
        "bomgar_button Main",
        "bomgar_button Other",
        "jump_client pc01 absent",
        "jump_client pc01 present",
        "jump_to Main",
        "session_key Main",
        "session_key Other",
    ];
    assert_eq!(world.endpoints("rep"), expected);
}

#[test]
fn attended_policies_apply_to_customer_initiated_and_button_sessions() {
    let world = world(
        "session_policy.attended = custom {\n    shell = deny\n  }\n  session_policy.unattended = \"Representative\"",
        "",
    );
    for (endpoint, policy) in [
        ("session_key Other", "custom"),
        ("bomgar_button Other", "custom"),
        ("jump_to Main", "Representative"),
        ("pc01 present", "Representative"),
        ("pc01 absent", "Representative"),
    ] {
        let (_, layer, by, _) = world.cell("rep", endpoint, "shell");
        assert_eq!((layer, by), ("representative", policy), "{endpoint}");
    }
}

#[test]
fn one_policy_when_the_customer_is_present_and_another_when_not() {
    let item = |lines: &str| {
        world("", &format!("jump item \"pc02\" {{\n  kind = jump_client\n  {lines}\n}}\n"))
    };
    let both =
        item("session_policy.present = \"Portal\"\n  session_policy.absent = \"Representative\"");
    assert_eq!(both.cell("rep", "pc02 present", "file_transfer").0, "upload");
    assert_eq!(both.cell("rep", "pc02 absent", "file_transfer").0, "both");
    let one = item("session_policy.absent = \"Representative\"\n  portal = \"Other\"");
    assert_eq!(one.cell("rep", "pc02 absent", "shell").2, "Representative");
    assert_eq!(one.cell("rep", "pc02 present", "shell"), ("deny", "global_default", "", ""));
}

/// The representative is in two group policies, with these lines.
fn groups(user: &str, first: &str, second: &str) -> World {
    let group = |name: &str, line: &str| {
        format!("group policy \"{name}\" {{\n  members = [user \"rep\"]\n  {line}\n}}\n")
    };
    world(
        user,
        &format!(
            "{}{}order group policies {{\n  \"A\"\n  \"B\"\n}}\n",
            group("A", first),
            group("B", second)
        ),
    )
}

#[test]
fn a_group_policys_session_policy_stands_in_place_of_the_users() {
    let own = "session_policy = custom {\n    shell = deny\n    elevation = allow\n  }";
    let chosen = groups(own, "session_policy = \"Representative\"", "");
    assert_eq!(
        chosen.says("rep", "session_key Other", "shell"),
        ("allow", "representative", "Representative", "shell = allow")
    );
    // What it leaves undefined falls to the global default: the user's own policy takes no part.
    assert_eq!(
        chosen.cell("rep", "session_key Other", "elevation"),
        ("deny", "global_default", "", "")
    );
    let silent = groups(own, "session_policy = not defined", "");
    assert_eq!(
        silent.says("rep", "session_key Other", "elevation"),
        ("allow", "representative", "custom", "elevation = allow")
    );
}

#[test]
fn a_group_policys_none_wins_and_leaves_nothing_to_the_user() {
    let own = "session_policy = custom {\n    shell = allow\n  }";
    let none = groups(own, "session_policy = \"Representative\"", "session_policy = none");
    assert_eq!(none.cell("rep", "session_key Other", "shell"), ("deny", "global_default", "", ""));
    let (value, source, policy, _) = none.account("rep", "session_policy.attended");
    assert_eq!((value, source, policy), ("none", "group_policy", "B"));
}

#[test]
fn a_rep_invite_takes_the_representatives_place() {
    let invite = "invite \"Partner\" {\n  session_policy = \"Representative\"\n}\n";
    let world = world("", invite);
    assert_eq!(world.cell("Partner", "session_key Main", "file_transfer").1, "portal");
    assert_eq!(
        world.says("Partner", "session_key Other", "file_transfer"),
        ("both", "representative", "Representative", "file_transfer = both")
    );
    assert_eq!(world.cell("Partner", "pc01 present", "registry").1, "jump_item");
}

#[test]
fn an_embassy_stands_in_place_of_group_policies() {
    let embassy = |line: &str| {
        format!(
            "embassy \"Vendors\" {{\n  members = [user \"rep\"]\n  reports.sessions = user_sessions\n  {line}\n}}\n"
        )
    };
    let own = "reports.sessions = all_sessions\n  reports.vault = view_all_events\n  session_policy = custom {\n    shell = deny\n  }";
    let chosen = world(own, &embassy("session_policy = \"Representative\""));
    assert_eq!(
        chosen.says("rep", "session_key Other", "shell"),
        ("allow", "representative", "Representative", "shell = allow")
    );
    let (value, source, policy, _) = chosen.account("rep", "reports.sessions");
    assert_eq!((value, source, policy), ("user_sessions", "embassy", "Vendors"));
    assert_eq!(chosen.account("rep", "reports.vault").1, "user");
    assert_eq!(world(own, &embassy("")).cell("rep", "session_key Other", "shell").2, "custom");
}

#[test]
fn the_global_default_must_define_all_permissions() {
    let complete = global_default("bomgar-15.1", &[]);
    assert_eq!(refused(&format!("profile \"bomgar-15.1\"\n{complete}")), [""; 0]);
    for line in
        complete.lines().filter(|line| line.starts_with("  ") && !line.contains("prompting."))
    {
        let without = complete.replace(&format!("{line}\n"), "");
        assert_eq!(
            refused(&format!("profile \"bomgar-15.1\"\n{without}")),
            ["P0207"],
            "without {line}"
        );
    }
}

#[test]
fn applying_session_policies_three_options_two_or_one() {
    let with = |declaration: &str| {
        refused(&format!("profile \"bomgar-15.1\"\nsession policy \"P\"\n{declaration}"))
    };
    let body = |header: &str, value: &str| format!("{header} {{\n  {value}\n}}\n");
    let item = |value: &str| body("jump item \"j\"", &format!("kind = jump_client\n  {value}"));
    let custom = "session_policy = custom {\n    shell = deny\n  }";
    for header in ["user \"u\"", "group policy \"g\"", "embassy \"e\""] {
        for value in ["session_policy = \"P\"", "session_policy = none", custom] {
            assert_eq!(with(&body(header, value)), [""; 0], "{header} {value}");
        }
    }
    for value in ["session_policy = \"P\"", "session_policy = none"] {
        assert_eq!(with(&body("portal \"o\"", value)), [""; 0]);
        assert_eq!(with(&item(value)), [""; 0]);
    }
    assert_eq!([with(&body("portal \"o\"", custom)), with(&item(custom))], [["P0306"], ["P0306"]]);
    assert_eq!(with(&body("invite \"i\"", "session_policy = \"P\"")), [""; 0]);
    assert_eq!(with(&body("invite \"i\"", "session_policy = none")), ["P0306"]);
    assert_eq!(with(&body("invite \"i\"", custom)), ["P0306"]);
}

#[test]
fn if_no_session_policies_are_available_each_permission_must_be_defined() {
    let custom =
        |lines: &str| format!("user \"u\" {{\n  session_policy = custom {{\n{lines}  }}\n}}\n");
    let complete: String = global_default("bomgar-15.1", &[])
        .lines()
        .filter(|line| line.starts_with(' '))
        .map(|line| format!("  {line}\n"))
        .collect();
    let with = |policy: &str, lines: &str| {
        refused(&format!("profile \"bomgar-15.1\"\n{policy}{}", custom(lines)))
    };
    assert_eq!(with("", "    shell = deny\n"), ["P0210"]);
    assert_eq!(
        with("session policy \"P\" {\n  available = [jump_items]\n}\n", "    shell = deny\n"),
        ["P0210"]
    );
    assert_eq!(with("session policy \"P\"\n", "    shell = deny\n"), [""; 0]);
    assert_eq!(with("", &complete), [""; 0]);
    // The products of today have no such rule.
    assert_eq!(refused(&format!("profile \"rs-25.3\"\n{}", custom("    shell = deny\n"))), [""; 0]);
}
