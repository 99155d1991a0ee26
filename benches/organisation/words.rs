//! What the generated texts are made of.

use super::Random;
use std::fmt::Write as _;

pub const AREAS: [&str; 12] = [
    "Windows", "Linux", "Database", "Network", "Plant", "Desktop", "Cloud", "Storage", "Voice",
    "Legacy", "Payment", "Build",
];
pub const LEVELS: [&str; 6] =
    ["assist", "operation", "administration", "audit", "emergency", "vendor"];
pub const SITES: [&str; 10] =
    ["hq", "north", "south", "ber", "par", "lon", "nyc", "sin", "syd", "gru"];
pub const FIRST: [&str; 25] = [
    "amara", "arjun", "ben", "bianca", "carlos", "chloe", "dana", "diego", "elin", "emre", "farid",
    "greta", "hugo", "ines", "jakub", "keiko", "leo", "mei", "noah", "olga", "priya", "rosa",
    "tariq", "wen", "zoe",
];
pub const LAST: [&str; 20] = [
    "okafor", "rao", "hall", "rossi", "mendez", "dubois", "kovacs", "berg", "yildiz", "nazari",
    "nilsen", "price", "carvalho", "nowak", "tanaka", "fontaine", "zhou", "feldman", "petrova",
    "campbell",
];
/// Kinds of jump items with what their names begin with, as often as they occur.
pub const KINDS: [(&str, &str); 20] = [
    ("jump_client", "wks"),
    ("jump_client", "srv"),
    ("jump_client", "srv"),
    ("jump_client", "lx"),
    ("jump_client", "wks"),
    ("jump_client", "lab"),
    ("remote_rdp", "rds"),
    ("remote_rdp", "dc"),
    ("remote_rdp", "srv"),
    ("shell_jump", "sw"),
    ("shell_jump", "lx"),
    ("shell_jump", "rtr"),
    ("remote_jump", "srv"),
    ("remote_vnc", "hmi"),
    ("web_jump", "fw"),
    ("protocol_tunnel", "mssql"),
    ("mysql_tunnel", "my"),
    ("postgresql_tunnel", "pg"),
    ("local_jump", "room"),
    ("network_tunnel", "net"),
];
pub const ROLES: [&str; 4] = ["Start sessions", "Operate items", "Maintain items", "Reports only"];
pub const JUMP_POLICIES: [&str; 3] = ["Business hours", "Change window", "Ticket and approval"];
/// Settings that a group policy may have, with their values.
pub const SETTINGS: [(&str, &[&str]); 18] = [
    ("access.allowed", &["allow"]),
    ("session_management.share_other_team", SWITCH),
    ("session_management.invite_external", SWITCH),
    ("session_management.idle_timeout", &["15m", "30m", "1h", "4h", "never"]),
    ("collaboration.show_screen", SWITCH),
    ("jump.jump_client", SWITCH),
    ("jump.remote_jump", SWITCH),
    ("jump.remote_vnc", SWITCH),
    ("jump.remote_rdp", SWITCH),
    ("jump.shell_jump", SWITCH),
    ("jump.web_jump", SWITCH),
    ("jump.protocol_tunnel", SWITCH),
    ("roles.default", &["\"Start sessions\"", "\"Operate items\"", "no_access"]),
    ("administration.vault", SWITCH),
    ("administration.edit_jump_groups", SWITCH),
    (
        "reports.sessions",
        &["not_allowed", "user_sessions", "team_sessions", "jump_group_sessions", "all_sessions"],
    ),
    ("reports.recordings", SWITCH),
    ("account.two_factor", &["required", "optional"]),
];
pub const SWITCH: &[&str] = &["deny", "allow"];

pub const GLOBAL_DEFAULT: &str = "\
# What nobody else decides.
global default {
  elevated_tools = deny
  leave_session_running = deny
  screen_sharing = view_only
  screen_sharing.applications = any
  annotations = deny
  file_transfer = deny
  shell = deny
  system_information = deny
  registry = deny
  canned_scripts = deny
  session_end.action = lock
  session_end.override = deny
}

order session layers, first defined wins {
  invite
  jump_item
  group_policy
  user
  global_default
}
";

pub fn policy_name(number: usize, people: bool) -> String {
    let number_text = if number < 72 { String::new() } else { format!(" {}", number / 72 + 1) };
    let on = if people { "" } else { " hosts" };
    format!("{} {}{on}{number_text}", AREAS[number % 12], LEVELS[number / 12 % 6])
}

pub fn group_policy(number: usize) -> String {
    let number_text = if number < 720 { String::new() } else { format!(" {}", number / 720 + 1) };
    let (area, level) = (AREAS[number % 12], LEVELS[number / 12 % 6]);
    format!("{area} {level} {}{number_text}", SITES[number / 72 % 10])
}

pub fn directory_group(number: usize) -> String {
    format!(
        "CN=PRA-{}-{}-{number:03},OU=Access,DC=corp,DC=example",
        AREAS[number % 12],
        SITES[number % 10]
    )
}

pub fn jump_group(number: usize) -> String {
    format!("{} {}{number}", AREAS[number % 12], SITES[number % 10])
}

pub fn user(number: usize) -> String {
    let suffix = if number < 500 { String::new() } else { (number / 500).to_string() };
    format!("{}.{}{suffix}", FIRST[number % 25], LAST[number / 25 % 20])
}

/// The lines of a session policy; each is there with a chance in hundred. What depends on another
/// line stands only where that one fits.
pub fn permissions(random: &mut Random, chance: u64, indent: &str, out: &mut String) {
    let mut line = |random: &mut Random, path: &str, values: &[&'static str]| -> &'static str {
        if !random.chance(chance) {
            return "";
        }
        let value = *random.pick(values);
        let _ = writeln!(out, "{indent}{path} = {value}");
        value
    };
    line(random, "elevated_tools", SWITCH);
    line(random, "leave_session_running", SWITCH);
    let screen = line(
        random,
        "screen_sharing",
        &["deny", "view_only", "view_and_control", "view_and_control"],
    );
    if screen.starts_with("view") {
        if screen == "view_and_control" {
            line(
                random,
                "screen_sharing.clipboard",
                &["not_allowed", "user_to_endpoint", "both_directions"],
            );
            if line(
                random,
                "screen_sharing.endpoint_restrictions",
                &["none", "display_mouse_keyboard"],
            )
            .starts_with("display")
            {
                line(random, "screen_sharing.auto_privacy_screen", &["on", "off"]);
            }
        }
        let applications = line(
            random,
            "screen_sharing.applications",
            &[
                "any",
                "any",
                "only [\"dbeaver.exe\", \"pgadmin4.exe\", \"ssms.exe\"]",
                "only [\n    \"hmiview.exe\",\n    \"sha256:3f1b6c0d9a7e42855b0e6f19c2d4a8b7730f5e61d98c4a2b6e10f7935ca8d264\",\n  ]",
                "except [\"cmd.exe\", \"powershell.exe\"]",
            ],
        );
        if applications.len() > "any".len() {
            line(random, "screen_sharing.desktop", SWITCH);
        }
        line(random, "annotations", SWITCH);
    }
    let files = line(random, "file_transfer", &["deny", "upload", "download", "both"]);
    if !matches!(files, "" | "deny") {
        line(
            random,
            "file_transfer.endpoint_paths",
            &["any", "only [\"C:\\\\Users\\\\Public\\\\Support\"]", "only ['D:\\Scripts\\In']"],
        );
        line(
            random,
            "file_transfer.user_paths",
            &["any", "only [\"/home/pra/transfer\", \"C:\\\\PRA\\\\Transfer\"]"],
        );
    }
    if line(random, "shell", SWITCH) == "allow" {
        line(random, "shell.commands", &["any", "only ['^show .*', '^ping [a-z0-9.]+$']"]);
    }
    if line(random, "system_information", SWITCH) == "allow" {
        line(random, "system_information.actions", SWITCH);
    }
    line(random, "registry", SWITCH);
    line(random, "canned_scripts", SWITCH);
    line(random, "session_end.action", &["do_nothing", "lock", "log_out"]);
    line(random, "session_end.override", SWITCH);
}
