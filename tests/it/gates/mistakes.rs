//! Mistakes in gates and in files of acceptances: each has its exact place, and all are found in
//! one run.

use crate::support::{assert_sound, compile_input, raw};
use precedent::diagnostic::{Code, Diagnostic, fix};
use precedent::review::acceptance;
use precedent::source::{SourceFile, Sources};
use precedent::workspace::{Compiled, Input};

const POLICIES: &str = "user \"ada\"\ninvite \"I\" {\n  session_policy = \"open\"\n}\nsession policy \"open\"\n\
    jump group \"Production\"\njump group \"a, \\\"b\\\"\"\n";

fn under(manifest: &str, policies: &str) -> Compiled {
    let manifest = Some(raw("precedent.toml", manifest));
    let compiled = compile_input(Input { manifest, files: vec![raw("a.prec", policies)] });
    assert_sound(&compiled);
    compiled
}

/// What is pointed at, what is said of it, and the help.
fn said(compiled: &Compiled) -> Vec<(&str, String, String)> {
    let one = |found: &Diagnostic| {
        let help = found.help.clone().unwrap_or_default();
        (compiled.sources.text(found.primary.span), found.message.clone(), help)
    };
    let errors = compiled.diagnostics.iter().filter(|found| found.code == Code::MANIFEST_VALUE);
    errors.map(one).collect()
}

#[test]
fn every_mistake_of_a_manifests_gates_is_found_at_its_place() {
    let compiled = under(
        r#"[diff]
deny = [
  "gained", 'gained shell on jump group "Production"', "any on jump group 'a, \"b\"'",
  "gaind",
  "gained shel",
  "gained \u0020 reports.session",
  'gained on jump group "Prod"',
  "gained on jump group \"Productoin\" for user 'eve'",
  "any on method shel_jump",
  "any on portal 'EMEA'",
  "any reports.sessions on jump group 'Production'",
  "gained shell.commands on method jump_client", "any shell.commands on method jump_client",
  "widened roles.default", "changed roles.default", "narrowed session_policy",
  'changed session_policy for invite "I"',
  "gained for group 'G'",
  """gained
  on jump grup 'Production'""",
  "",
]
"#,
        POLICIES,
    );
    let said = said(&compiled);
    let expected = [
        ("gaind", "invalid gate `gaind`", "did you mean `gained`?"),
        ("shel", "has no permission or setting `shel`", "did you mean `shell`?"),
        (
            "reports.session",
            "has no permission or setting `reports.session`",
            "did you mean `reports.sessions`?",
        ),
        (
            "\"Prod\"",
            "there is no jump group `Prod`",
            "a gate on something that does not exist could never fail",
        ),
        ("\\\"Productoin\\\"", "there is no jump group `Productoin`", "did you mean `Production`?"),
        ("'eve'", "there is no user `eve`", ""),
        ("shel_jump", "has no method `shel_jump`", "did you mean `shell_jump`?"),
        ("'EMEA'", "has no portals", ""),
        ("'Production'", "accounts have no target", ""),
        ("shell.commands", "`shell.commands` does not apply to `jump_client`", "another method"),
        ("roles.default", "so it is never widened", "deny `gained`"),
        ("session_policy", "so it is never narrowed", "deny `gained`"),
        ("\"I\"", "invites have no account", ""),
        (
            "group",
            "expected one of `user`, `invite`, `group policy`, `directory group`, `team` after `for`",
            "",
        ),
        (
            "\"\"\"gained\n  on jump grup 'Production'\"\"\"",
            "expected one of `jump item`, `jump group`, `portal`, `tag`, `method` after `on`",
            "did you mean `jump group`?",
        ),
        ("\"\"", "empty gate", ""),
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for ((place, message, help), found) in expected.iter().zip(&said) {
        assert!(
            found.0 == *place && found.1.contains(message) && found.2.contains(help),
            "{found:?} for {place}"
        );
    }
    assert!(compiled.ir.is_none());
    let manifests: Vec<&Diagnostic> =
        compiled.diagnostics.iter().filter(|found| !found.fixes.is_empty()).collect();
    assert_eq!(manifests.len(), 4, "words have fixes, and names none");
    let all = compiled.sources.iter().map(|(id, _)| id).collect();
    let fixed =
        fix::apply(&fix::choose(&compiled.diagnostics, &compiled.sources, &all), &compiled.sources);
    let text = fixed.iter().map(|file| format!("{file:?}")).collect::<String>();
    for fixed in ["gained shell\\\",", "reports.sessions\\\"", "on method shell_jump"] {
        assert!(text.contains(fixed), "no {fixed} in {text}");
    }
}

#[test]
fn gates_that_name_what_is_there_are_fine() {
    let manifest = "[diff]\ndeny = ['any on jump group \"a, \\\"b\\\"\"', \"removed session_policy for user 'ada'\"]\n";
    let compiled = under(manifest, POLICIES);
    let ir = compiled.ir.expect("no error");
    assert_eq!(
        ir.tables.diff_deny,
        ["any on jump group \"a, \\\"b\\\"\"", "removed session_policy for user \"ada\""]
    );
    let split = under(
        "profile = \"rs-25.3\"\n[diff]\ndeny = [\"any session_policy\", \"any session_policy.attended\", \"any on portal 'E'\"]\n",
        "portal \"E\"\n",
    );
    assert!(split.ir.is_some(), "{:?}", split.diagnostics);
}

#[test]
fn what_may_be_declared_in_a_part_that_cannot_be_read_is_not_missed() {
    let manifest = "[diff]\ndeny = ['any on jump group \"P\"']\n";
    assert_eq!(said(&under(manifest, "user \"u\"\n")).len(), 1);
    assert_eq!(said(&under(manifest, "jump grup \"P\"\n")).len(), 0);
}

fn accepted(text: &str) -> (Vec<String>, Vec<(String, &'static str)>) {
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new("ok.toml", text));
    let (list, findings) = acceptance::read(id, sources.file(id));
    let place = |found: &Diagnostic| (sources.text(found.primary.span).to_owned(), found.code.id());
    (
        list.into_iter().map(|found| found.fingerprint).collect(),
        findings.iter().map(place).collect(),
    )
}

#[test]
fn every_mistake_of_a_file_of_acceptances_is_found_at_its_place() {
    let (rows, findings) = accepted(
        r#"acept = 1
[[accept]]
edit = "0123456789abcdef0123456789abcdef"
by = "Jane"
why = "x"
until = 2030-01-01
[[accept]]
rows = ["00000000000000000000000000000000", "0123456789ABCDEF"]
by = "Jane"
why = "x"
until = "2030-12-31"
[[accept]]
edit = "0123456789ABCDEF"
by = " "
why = 3
row = "0123456789abcdef0123456789abcdef"
[[accept]]
by = "Jane"
[[accept]]
edit = "0123456789abcdef0123456789abcdef"
by = "Jane"
why = "x"
until = "soon"
"#,
    );
    assert_eq!(rows, ["0123456789abcdef0123456789abcdef", "00000000000000000000000000000000"]);
    let expected = [
        ("acept", "P0422"),
        ("\"0123456789ABCDEF\"", "P0423"),
        ("row", "P0422"),
        ("\" \"", "P0423"),
        ("3", "P0423"),
        ("\"0123456789ABCDEF\"", "P0423"),
        ("[[accept]]", "P0422"),
        ("[[accept]]", "P0422"),
        ("\"soon\"", "P0423"),
    ];
    let found: Vec<(&str, &str)> = findings.iter().map(|(place, code)| (&**place, *code)).collect();
    assert_eq!(found, expected);
    assert_eq!(accepted("accept = 3\n").1, [("3".to_owned(), "P0423")]);
    assert_eq!(accepted("accept = [1]\n").1, [("1".to_owned(), "P0423")]);
    let (rows, findings) = accepted(
        "[[accept]]\nedit = \"0123456789abcdef0123456789abcdef\"\nby = \"J\"\nwhy = \"x\"\n[[accept\n",
    );
    assert_eq!((rows.len(), findings.len(), findings[0].1), (0, 1, "P0421"));
    assert_eq!(accepted(""), (vec![], vec![]));
}
