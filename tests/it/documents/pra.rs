//! "Understanding Session and Group policy behavior | PRA".

use super::{global_default, refused};
use crate::support::{World, compile_input, raw};
use precedent::diagnostic::{Code, Severity};
use precedent::workspace::Input;

/// John, in one group policy with a session policy, and a jump item with another.
fn john(item: &str, group: &str, rest: &str) -> World {
    World::of(&format!(
        r#"
session policy "Item" {{
  {item}
}}
session policy "Group" {{
  {group}
}}
group policy "Support" {{
  members = [user "john.doe"]
  session_policy = "Group"
}}
jump item "web01" {{
  kind = jump_client
  session_policy = "Item"
}}
{rest}
"#
    ))
}

const JOHN: &str = "user \"john.doe\"\n";

#[test]
fn example_1_file_transfer_tool() {
    let default = global_default("pra-25.3", &[("file_transfer", "deny")]);
    let world =
        john("file_transfer = not defined", "file_transfer = both", &format!("{JOHN}{default}"));
    assert_eq!(
        world.says("john.doe", "web01", "file_transfer"),
        ("both", "group_policy", "Group", "file_transfer = both")
    );
    // The same when the line is left out: Not Defined is the absence of an answer.
    let world = john("registry = allow", "file_transfer = both", &format!("{JOHN}{default}"));
    assert_eq!(
        world.says("john.doe", "web01", "file_transfer"),
        ("both", "group_policy", "Group", "file_transfer = both")
    );
}

#[test]
fn example_2_registry_tool() {
    let world = john("registry = allow", "registry = deny", JOHN);
    assert_eq!(
        world.says("john.doe", "web01", "registry"),
        ("allow", "jump_item", "Item", "registry = allow")
    );
}

#[test]
fn example_2_has_a_global_default_that_the_product_does_not_support() {
    let default = global_default("pra-25.3", &[("registry", "not defined")]);
    assert_eq!(refused(&default), ["P0206"]);
    let without = global_default("pra-25.3", &[]).replace("  registry = deny\n", "");
    assert_eq!(refused(&without), ["P0207"]);
}

#[test]
fn evaluation_order_summary() {
    // Each layer from the top leaves one more tool to those below.
    let default = global_default("pra-25.3", &[("canned_scripts", "allow")]);
    let user = "user \"john.doe\" {\n  session_policy = custom {\n    shell = allow\n    registry = deny\n    system_information = allow\n  }\n}\n";
    let world = john(
        "file_transfer = upload\nshell = deny",
        "file_transfer = both\nshell = allow\nregistry = allow",
        &format!("{user}{default}"),
    );
    let says = |permission| world.says("john.doe", "web01", permission);
    assert_eq!(says("file_transfer"), ("upload", "jump_item", "Item", "file_transfer = upload"));
    assert_eq!(says("shell"), ("deny", "jump_item", "Item", "shell = deny"));
    assert_eq!(says("registry"), ("allow", "group_policy", "Group", "registry = allow"));
    assert_eq!(
        says("system_information"),
        ("allow", "user", "custom", "system_information = allow")
    );
    assert_eq!(
        says("canned_scripts"),
        ("allow", "global_default", "global default", "canned_scripts = allow")
    );
}

#[test]
fn starting_in_25_3_access_invite_policies_take_precedence_over_jump_item_policies() {
    let policies = "
session policy \"External\" {\n  shell = allow\n  registry = allow\n}
session policy \"Servers\" {\n  shell = deny\n  file_transfer = upload\n}
invite \"Contractor\" {\n  session_policy = \"External\"\n}
jump item \"web01\" {\n  kind = jump_client\n  session_policy = \"Servers\"\n}\n";
    let new = World::of(&format!("profile \"pra-25.3\"\n{policies}"));
    let old = World::of(&format!("profile \"pra-25.2\"\n{policies}"));
    assert_eq!(
        new.says("Contractor", "web01", "shell"),
        ("allow", "invite", "External", "shell = allow")
    );
    assert_eq!(
        old.says("Contractor", "web01", "shell"),
        ("deny", "jump_item", "Servers", "shell = deny")
    );
    for world in [new, old] {
        assert_eq!(
            world.says("Contractor", "web01", "file_transfer"),
            ("upload", "jump_item", "Servers", "file_transfer = upload")
        );
        assert_eq!(
            world.says("Contractor", "web01", "registry"),
            ("allow", "invite", "External", "registry = allow")
        );
    }
}

#[test]
fn global_default_returns_deny_by_default_and_is_a_warning() {
    let text = "user \"john.doe\"\njump item \"web01\" {\n  kind = jump_client\n}\n";
    let world = World::of(text);
    for (permission, value) in [
        ("shell", "deny"),
        ("file_transfer", "deny"),
        ("screen_sharing", "deny"),
        ("registry", "deny"),
        ("annotations", "deny"),
        ("screen_sharing.clipboard", "n/a"),
    ] {
        assert_eq!(
            world.cell("john.doe", "web01", permission),
            (value, "global_default", "", ""),
            "{permission}"
        );
    }
    let manifest = Some(raw("precedent.toml", "sessions = \"all\"\n"));
    let input = Input { manifest, files: vec![raw("a.prec", text)] };
    let findings = compile_input(input).diagnostics;
    let gap = findings
        .iter()
        .find(|found| found.code == Code::GLOBAL_DEFAULT_DECIDES)
        .expect("a warning of the gap");
    assert_eq!(gap.severity, Severity::Warning);
    let codes: Vec<Code> = findings.iter().map(|found| found.code).collect();
    let others = [Code::JUMP_ITEM_WITHOUT_GROUP, Code::NO_GLOBAL_DEFAULT];
    assert_eq!(codes.len(), 3);
    assert!(others.iter().all(|code| codes.contains(code)), "{codes:?}");
}

#[test]
fn settings_of_all_applicable_group_policies_get_applied() {
    let world = World::of(
        r#"
user "john.doe"
jump item role "Start sessions"
jump group "Production Servers"
jump group "Databases"
group policy "Server Support Team" {
  members = [user "john.doe"]
  jump group "Production Servers" as "Start sessions"
}
group policy "Database Engineering Team" {
  members = [user "john.doe"]
  jump group "Databases" as "Start sessions"
}
order group policies {
  "Server Support Team"
  "Database Engineering Team"
}
"#,
    );
    let both = [
        ("jump group \"Databases\"", "as \"Start sessions\""),
        ("jump group \"Databases\" allows", "[]"),
        ("jump group \"Production Servers\"", "as \"Start sessions\""),
        ("jump group \"Production Servers\" allows", "[]"),
    ];
    assert_eq!(world.account_rows("john.doe", "jump group"), both);
}

/// An account whose group policies, top to bottom, each have one line, and the user another.
fn account(lines: &[(&str, &str)], user: &str) -> World {
    let mut text = format!("user \"john.doe\" {{\n  {user}\n}}\nuser \"jane.roe\"\n");
    for (name, line) in lines {
        text +=
            &format!("group policy \"{name}\" {{\n  members = [user \"john.doe\"]\n  {line}\n}}\n");
    }
    let order: String = lines.iter().map(|(name, _)| format!("  \"{name}\"\n")).collect();
    World::of(&format!("{text}order group policies, last defined wins {{\n{order}}}\n"))
}

#[test]
fn invite_external_users_the_group_policy_that_answered_last_is_applied() {
    const SETTING: &str = "session_management.invite_external";
    let (deny, allow) = (format!("{SETTING} = deny"), format!("{SETTING} = allow"));
    let world = account(&[("Server Support Team", &deny), ("Server Support Manager", &allow)], "");
    assert_eq!(
        world.account("john.doe", SETTING),
        ("allow", "group_policy", "Server Support Manager", "a.prec:11")
    );
    let world = account(&[("Server Support Manager", &allow), ("Server Support Team", &deny)], "");
    assert_eq!(
        world.account("john.doe", SETTING).0,
        "deny",
        "the order decides, not the privilege"
    );
    let silent = format!("{SETTING} = not defined");
    let world = account(&[("Server Support Team", &deny), ("Server Support Manager", &silent)], "");
    assert_eq!(
        world.account("john.doe", SETTING).2,
        "Server Support Team",
        "Not Defined is no answer"
    );
}

#[test]
fn john_doe_belongs_to_three_group_policies() {
    let world = account(
        &[
            ("Tier 1 Server Support", "reports.sessions = not_allowed"),
            ("Server Support Manager", "reports.sessions = jump_group_sessions"),
            ("PRA Admin", "reports.sessions = all_sessions"),
        ],
        "",
    );
    let (value, source, policy, _) = world.account("john.doe", "reports.sessions");
    assert_eq!((value, source, policy), ("all_sessions", "group_policy", "PRA Admin"));
    let nobody = world.account("jane.roe", "reports.sessions");
    assert_eq!(
        nobody,
        ("not_allowed", "profile", "", ""),
        "group policies bind their members alone"
    );
}

#[test]
fn if_all_group_policies_are_not_defined_the_users_account_answers() {
    let silent = [("A", "reports.sessions = not defined"), ("B", "reports.recordings = allow")];
    let world = account(&silent, "reports.sessions = team_sessions");
    assert_eq!(
        world.account("john.doe", "reports.sessions"),
        ("team_sessions", "user", "", "a.prec:2")
    );
    let world = account(
        &[("A", ""), ("B", "reports.sessions = user_sessions")],
        "reports.sessions = team_sessions",
    );
    assert_eq!(
        world.account("john.doe", "reports.sessions").0,
        "user_sessions",
        "the account answers after all group policies"
    );
}

/// The three group policies of the example, each with its line.
fn windows_server_support(first: &str, lead: &str, manager: &str) -> World {
    account(
        &[
            ("Windows Server Support", first),
            ("Windows Server Support Lead", lead),
            ("Windows Server Support Manager", manager),
        ],
        "",
    )
}

#[test]
fn policy_check_with_final_setting() {
    let world = windows_server_support(
        "final reports.sessions = user_sessions",
        "reports.sessions = jump_group_sessions",
        "reports.sessions = all_sessions",
    );
    let (value, _, policy, _) = world.account("john.doe", "reports.sessions");
    assert_eq!((value, policy), ("user_sessions", "Windows Server Support"));
}

#[test]
fn of_two_finals_the_first_takes_precedence() {
    let world = windows_server_support(
        "reports.sessions = user_sessions",
        "final reports.sessions = jump_group_sessions",
        "final reports.sessions = all_sessions",
    );
    let (value, _, policy, _) = world.account("john.doe", "reports.sessions");
    assert_eq!((value, policy), ("jump_group_sessions", "Windows Server Support Lead"));
}

#[test]
fn final_only_applies_to_the_members_of_its_group_policy() {
    let world = World::of(
        r#"
user "john.doe"
user "jane.roe"
directory group "CN=Managers" {
  members = ["john.doe", "jane.roe"]
}
group policy "Trainees" {
  members = [user "john.doe"]
  final reports.sessions = user_sessions
}
group policy "Managers" {
  members = [directory group "CN=Managers"]
  reports.sessions = all_sessions
}
order group policies, last defined wins {
  "Trainees"
  "Managers"
}
"#,
    );
    assert_eq!(world.account("john.doe", "reports.sessions").0, "user_sessions");
    assert_eq!(world.account("jane.roe", "reports.sessions").0, "all_sessions");
}

#[test]
fn a_session_policy_is_chosen_by_the_group_logic_and_none_is_an_answer() {
    let policies = "session policy \"L1\" {\n  shell = deny\n}\nsession policy \"L2\" {\n  shell = allow\n}\nsession policy \"Own\" {\n  shell = deny\n  registry = allow\n}\njump item \"web01\" {\n  kind = jump_client\n}\n";
    let says = |first: &str, second: &str, permission: &str| -> [String; 3] {
        let world = format!(
            "{policies}user \"john.doe\" {{\n  session_policy = \"Own\"\n}}\n\
             group policy \"A\" {{\n  members = [user \"john.doe\"]\n  {first}\n}}\ngroup policy \"B\" {{\n  members = [user \"john.doe\"]\n  {second}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        );
        let world = World::of(&world);
        let (value, layer, policy, _) = world.cell("john.doe", "web01", permission);
        [value, layer, policy].map(str::to_owned)
    };
    assert_eq!(
        says("session_policy = \"L1\"", "session_policy = \"L2\"", "shell"),
        ["allow", "group_policy", "L2"]
    );
    assert_eq!(
        says("final session_policy = \"L1\"", "session_policy = \"L2\"", "shell"),
        ["deny", "group_policy", "L1"]
    );
    assert_eq!(
        says("session_policy = \"L2\"", "session_policy = not defined", "shell"),
        ["allow", "group_policy", "L2"]
    );
    // `none` wins over the policy above, and the layer is then passed over.
    assert_eq!(
        says("session_policy = \"L2\"", "session_policy = none", "shell"),
        ["deny", "user", "Own"]
    );
    // A tool that the chosen policy leaves open falls to the user, not to the group policy that
    // lost.
    assert_eq!(
        says("session_policy = \"L1\"", "session_policy = \"L2\"", "registry"),
        ["allow", "user", "Own"]
    );
}

#[test]
fn of_one_membership_the_users_own_entry_decides_then_the_group_logic() {
    let with = |first: &str, last: &str, own: &str| {
        let text = format!(
            "team \"Servers\"\nuser \"ada\" {{\n  {own}\n}}\ngroup policy \"A\" {{\n  members = [user \"ada\"]\n  {first}\n}}\n\
             group policy \"B\" {{\n  members = [user \"ada\"]\n  {last}\n}}\norder group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        );
        let world = World::of(&text);
        let (value, source, policy, _) = world.account("ada", "team \"Servers\"");
        [value, source, policy].map(str::to_owned)
    };
    let (member, lead, manager) =
        ("team \"Servers\" as member", "team \"Servers\" as lead", "team \"Servers\" as manager");
    assert_eq!(with(member, lead, ""), ["as lead", "group_policy", "B"]);
    assert_eq!(with(member, "", ""), ["as member", "group_policy", "A"]);
    assert_eq!(
        with(&format!("final {member}"), &format!("final {lead}"), ""),
        ["as member", "group_policy", "A"]
    );
    assert_eq!(with(&format!("final {member}"), lead, manager), ["as manager", "user", ""]);
}
