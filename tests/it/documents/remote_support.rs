//! "Understanding Session and Group policy behavior | RS", and the product page "Support Session
//! Policies".

use crate::support::World;

/// A representative with a group policy, a portal, and a Jump Client that belongs to it, with a
/// policy for each.
fn representative(item: &str, portal: &str, group: &str) -> World {
    World::of(&format!(
        r#"profile "rs-25.3"
session policy "Item" {{
  {item}
}}
session policy "Portal" {{
  {portal}
}}
session policy "Group" {{
  {group}
}}
user "john.doe"
group policy "Support" {{
  members = [user "john.doe"]
  session_policy = "Group"
}}
portal "EMEA" {{
  session_policy = "Portal"
}}
jump item "web01" {{
  kind = jump_client
  portal = "EMEA"
  session_policy = "Item"
}}
"#
    ))
}

#[test]
fn example_1_file_transfer_tool() {
    let world = representative(
        "file_transfer = not defined",
        "file_transfer = deny",
        "file_transfer = both",
    );
    for endpoint in ["web01 present", "web01 absent", "session_key EMEA", "support_button EMEA"] {
        assert_eq!(
            world.says("john.doe", endpoint, "file_transfer"),
            ("deny", "portal", "Portal", "file_transfer = deny"),
            "{endpoint}"
        );
    }
}

#[test]
fn example_2_registry_tool() {
    let world = representative("registry = allow", "registry = not defined", "registry = deny");
    assert_eq!(
        world.says("john.doe", "web01 absent", "registry"),
        ("allow", "jump_item", "Item", "registry = allow")
    );
    // Sessions through the portal have no jump item.
    assert_eq!(
        world.says("john.doe", "session_key EMEA", "registry"),
        ("deny", "group_policy", "Group", "registry = deny")
    );
}

#[test]
fn starting_in_25_3_rep_invite_policies_take_precedence_over_jump_item_policies() {
    let policies = "
session policy \"External\" {\n  shell = allow\n  registry = allow\n  canned_scripts = allow\n}
session policy \"Servers\" {\n  shell = deny\n}
session policy \"Customers\" {\n  registry = deny\n}
invite \"Contractor\" {\n  session_policy = \"External\"\n}
portal \"EMEA\" {\n  default\n  session_policy = \"Customers\"\n}
jump item \"web01\" {\n  kind = jump_client\n  session_policy = \"Servers\"\n}\n";
    let of = |id: &str| World::of(&format!("profile \"{id}\"\n{policies}"));
    let (new, old) = (of("rs-25.3"), of("rs-25.2"));
    let layer = |world: &World, permission: &str| {
        world.cell("Contractor", "web01 absent", permission).1.to_owned()
    };
    assert_eq!(
        ["shell", "registry", "canned_scripts"].map(|permission| layer(&new, permission)),
        ["invite"; 3]
    );
    assert_eq!(
        ["shell", "registry", "canned_scripts"].map(|permission| layer(&old, permission)),
        ["jump_item", "portal", "invite"]
    );
}

#[test]
fn portal_policies_are_active_without_a_portal_site_too() {
    // A jump item without a portal of its own belongs to the default portal, also where it has no
    // choice.
    let text = |default: &str| {
        World::of(&format!(
            "profile \"rs-25.3\"\nuser \"ada\"\nsession policy \"EMEA\" {{\n  shell = deny\n}}\nsession policy \"APAC\" {{\n  shell = allow\n}}\n\
             portal \"EMEA\" {{\n  {default}\n  session_policy = \"EMEA\"\n}}\nportal \"APAC\" {{\n  session_policy = \"APAC\"\n}}\n\
             jump item \"own\" {{\n  kind = jump_client\n  portal = \"APAC\"\n}}\njump item \"other\" {{\n  kind = jump_client\n}}\n\
             jump item \"rdp\" {{\n  kind = remote_rdp\n}}\n"
        ))
    };
    let world = text("default");
    assert_eq!(world.cell("ada", "own present", "shell"), ("allow", "portal", "APAC", "a.prec:7"));
    assert_eq!(world.cell("ada", "other present", "shell"), ("deny", "portal", "EMEA", "a.prec:4"));
    assert_eq!(world.cell("ada", "rdp", "shell"), ("deny", "portal", "EMEA", "a.prec:4"));
    assert_eq!(world.cell("ada", "jump_to EMEA", "shell"), ("deny", "portal", "EMEA", "a.prec:4"));
    // Without a default portal, there is none for them, and no Jump To.
    let world = text("");
    assert_eq!(world.cell("ada", "other present", "shell"), ("deny", "global_default", "", ""));
    assert!(!world.endpoints("ada").iter().any(|endpoint| endpoint.starts_with("jump_to")));
}

#[test]
fn the_matrix_has_each_way_to_start_a_session_in_order() {
    let world = World::of(
        "profile \"rs-25.3\"\nuser \"ada\"\nportal \"B\" {\n  default\n}\nportal \"A\"\njump item \"c\" {\n  kind = jump_client\n}\njump item \"b\" {\n  kind = vpro\n}\n",
    );
    let expected = [
        "jump_client c absent",
        "jump_client c present",
        "jump_to B",
        "session_key A",
        "session_key B",
        "support_button A",
        "support_button B",
        "vpro b",
    ];
    assert_eq!(world.endpoints("ada"), expected);
}

/// A representative with different policies for attended and unattended sessions.
const SPLIT: &str = r#"profile "rs-25.3"
session policy "Attended" {
  shell = deny
}
session policy "Unattended" {
  shell = allow
}
session policy "Present" {
  registry = deny
}
session policy "Absent" {
  registry = allow
}
portal "EMEA" {
  default
}
jump item "web01" {
  kind = jump_client
  session_policy.present = "Present"
  session_policy.absent = "Absent"
}
jump item "db01" {
  kind = local_jump
}
"#;

#[test]
fn attended_and_unattended_sessions_take_policies_of_their_own() {
    let world = World::of(&format!(
        "{SPLIT}user \"ada\" {{\n  session_policy.attended = \"Attended\"\n  session_policy.unattended = \"Unattended\"\n}}\n"
    ));
    for (endpoint, policy) in [
        ("session_key EMEA", "Attended"),
        ("support_button EMEA", "Attended"),
        ("jump_to EMEA", "Unattended"),
        ("db01", "Unattended"),
    ] {
        assert_eq!(world.cell("ada", endpoint, "shell").2, policy, "{endpoint}");
    }
}

#[test]
fn a_jump_client_session_is_unattended_even_while_a_person_is_present() {
    let world = World::of(&format!(
        "{SPLIT}user \"ada\" {{\n  session_policy.attended = \"Attended\"\n  session_policy.unattended = \"Unattended\"\n}}\n"
    ));
    for (endpoint, value, policy) in
        [("web01 present", "deny", "Present"), ("web01 absent", "allow", "Absent")]
    {
        let (found, layer, by, _) = world.cell("ada", endpoint, "registry");
        assert_eq!((found, layer, by), (value, "jump_item", policy), "{endpoint}");
        assert_eq!(world.cell("ada", endpoint, "shell").2, "Unattended", "{endpoint}");
    }
}

#[test]
fn attended_and_unattended_are_final_each_on_its_own() {
    let world = World::of(&format!(
        "{SPLIT}user \"ada\"\ngroup policy \"A\" {{\n  members = [user \"ada\"]\n  final session_policy.attended = none\n  session_policy.unattended = \"Attended\"\n}}\n\
         group policy \"B\" {{\n  members = [user \"ada\"]\n  session_policy = \"Unattended\"\n}}\norder group policies {{\n  \"A\"\n  \"B\"\n}}\n"
    ));
    assert_eq!(
        world.account("ada", "session_policy.attended"),
        ("none", "group_policy", "A", "a.prec:28")
    );
    assert_eq!(
        world.account("ada", "session_policy.unattended"),
        ("\"Unattended\"", "group_policy", "B", "a.prec:33")
    );
    assert_eq!(world.cell("ada", "session_key EMEA", "shell"), ("deny", "global_default", "", ""));
}

#[test]
fn an_undefined_tool_of_the_groups_policy_falls_to_the_users_own() {
    let world = World::of(
        "profile \"rs-25.3\"\nsession policy \"Group\" {\n  shell = allow\n}\nportal \"EMEA\"\n\
         user \"ada\" {\n  session_policy = custom {\n    shell = deny\n    registry = allow\n  }\n}\n\
         group policy \"G\" {\n  members = [user \"ada\"]\n  session_policy = \"Group\"\n}\n",
    );
    assert_eq!(
        world.cell("ada", "session_key EMEA", "shell"),
        ("allow", "group_policy", "Group", "a.prec:3")
    );
    assert_eq!(
        world.cell("ada", "session_key EMEA", "registry"),
        ("allow", "user", "custom", "a.prec:9")
    );
}

#[test]
fn a_group_policys_none_wins_over_one_above_that_names_a_policy() {
    let world = World::of(
        "profile \"rs-25.3\"\nsession policy \"Group\" {\n  shell = allow\n}\nportal \"EMEA\"\nuser \"ada\" {\n  session_policy = custom {\n    shell = deny\n  }\n}\n\
         group policy \"A\" {\n  members = [user \"ada\"]\n  session_policy = \"Group\"\n}\n\
         group policy \"B\" {\n  members = [user \"ada\"]\n  session_policy = none\n}\norder group policies {\n  \"A\"\n  \"B\"\n}\n",
    );
    assert_eq!(
        world.account("ada", "session_policy.attended"),
        ("none", "group_policy", "B", "a.prec:17")
    );
    assert_eq!(
        world.cell("ada", "session_key EMEA", "shell"),
        ("deny", "user", "custom", "a.prec:8")
    );
}

#[test]
fn the_example_of_reports_has_team_sessions_here() {
    let world = World::of(
        r#"profile "rs-25.3"
user "john.doe"
group policy "Windows Server Support" {
  members = [user "john.doe"]
  final reports.sessions = user_sessions
}
group policy "Windows Server Support Lead" {
  members = [user "john.doe"]
  reports.sessions = team_sessions
}
group policy "Windows Server Support Manager" {
  members = [user "john.doe"]
  reports.sessions = all_sessions
}
order group policies, last defined wins {
  "Windows Server Support"
  "Windows Server Support Lead"
  "Windows Server Support Manager"
}
"#,
    );
    assert_eq!(
        world.account("john.doe", "reports.sessions"),
        ("user_sessions", "group_policy", "Windows Server Support", "a.prec:5")
    );
}

#[test]
fn portals_differ_in_what_they_prompt_for() {
    let world = World::of(
        "profile \"rs-25.3\"\nuser \"ada\"\nsession policy \"Careful\" {\n  screen_sharing = view_only\n  prompting.mode = all\n}\n\
         session policy \"Quick\" {\n  screen_sharing = view_and_control\n  prompting.mode = none\n}\n\
         portal \"Bank\" {\n  session_policy = \"Careful\"\n}\nportal \"Shop\" {\n  session_policy = \"Quick\"\n}\n",
    );
    assert_eq!(world.cell("ada", "session_key Bank", "screen_sharing").0, "view_only");
    assert_eq!(world.cell("ada", "session_key Shop", "screen_sharing").0, "view_and_control");
    // A mode decides each tool's prompt, at the line of the mode.
    assert_eq!(
        world.cell("ada", "session_key Bank", "prompting.shell"),
        ("always", "portal", "Careful", "a.prec:5")
    );
    assert_eq!(
        world.cell("ada", "session_key Shop", "prompting.shell"),
        ("never", "portal", "Quick", "a.prec:9")
    );
    assert_eq!(world.cell("ada", "session_key Shop", "prompting.timeout").0, "n/a");
}

#[test]
fn an_item_of_a_block_sets_one_half_and_keeps_the_default_of_the_other() {
    let world = World::of(
        "profile \"rs-25.3\"\nuser \"ada\"\nsession policy \"A\" {\n  shell = allow\n}\nsession policy \"B\" {\n  shell = deny\n}\n\
         jump items {\n  kind = jump_client\n  session_policy = \"A\"\n  item \"half\" {\n    session_policy.present = \"B\"\n  }\n  item \"plain\"\n}\n\
         jump items {\n  kind = jump_client\n  session_policy.absent = \"B\"\n  item \"whole\" {\n    session_policy = \"A\"\n  }\n\
         \x20 item \"rdp\" {\n    kind = local_rdp\n    session_policy = \"A\"\n  }\n}\n",
    );
    for (endpoint, policy) in [
        ("half present", "B"),
        ("half absent", "A"),
        ("plain present", "A"),
        ("plain absent", "A"),
        ("whole present", "A"),
        ("whole absent", "A"),
        ("rdp", "A"),
    ] {
        assert_eq!(world.cell("ada", endpoint, "shell").2, policy, "{endpoint}");
    }
}
