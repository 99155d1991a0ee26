//! One finding for one cause, and all causes in one run.

use crate::cli::{precedent, scratch, text};
use crate::support::{compile, compile_input, raw};
use precedent::diagnostic::Diagnostic;
use precedent::workspace::Input;
use std::fs;

fn told(found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|found| found.message.clone()).collect()
}

/// The messages of the errors that a text has.
fn errors(policies: &str) -> Vec<String> {
    told(&crate::support::errors(&compile(&[("a.prec", policies)]).diagnostics))
}

/// The messages about a text and a manifest.
fn with_manifest(manifest: &str, policies: &str) -> Vec<String> {
    let manifest = Some(raw("precedent.toml", manifest));
    told(&compile_input(Input { manifest, files: vec![raw("a.prec", policies)] }).diagnostics)
}

/// The messages of the errors that a line has in a session policy.
fn in_policy(line: &str) -> Vec<String> {
    errors(&format!("session policy \"P\" {{\n  {line}\n}}\n"))
}

/// A session policy with a line, as `check --fix` leaves it.
fn fixed(line: &str) -> String {
    let policies = format!("session policy \"P\" {{\n  {line}\n}}\n");
    let folder = scratch(&[("a.prec", &policies)]);
    let run = precedent(&["check", "--fix", text(folder.path())]);
    assert_eq!(run.status, 0, "{}", run.stdout);
    let after = fs::read_to_string(folder.path().join("a.prec")).expect("a text");
    after.lines().nth(1).unwrap_or_default().trim().to_owned()
}

#[test]
fn a_second_brace_is_one_finding() {
    let stray = ["unexpected closing `}`"];
    assert_eq!(errors("session policy \"P\" {\n  shell = deny\n}}\n"), stray);
    assert_eq!(errors("session policy \"P\" {\n  shell = deny\n} }\n"), stray);
    // This one closes a body, so it only stands on the wrong line.
    let inner = "jump items {\n  kind = shell_jump\n  item \"a\" {\n    tag = \"x\"\n  }}\n";
    assert_eq!(errors(inner), ["unexpected `}` on the line of a statement"]);
}

#[test]
fn a_list_without_brackets_and_quotes_is_one_finding() {
    let path = "screen_sharing.applications";
    let message = format!("this list for `{path}` lacks brackets or quotes");
    for (written, right) in [
        ("only notepad.exe", "only [\"notepad.exe\"]"),
        ("only notepad.exe # the editor", "only [\"notepad.exe\"] # the editor"),
        ("except cmd.exe, \"powershell.exe\"", "except [\"cmd.exe\", \"powershell.exe\"]"),
    ] {
        let line = format!("{path} = {written}");
        assert_eq!(in_policy(&line), [&*message], "{line}");
        assert_eq!(fixed(&line), format!("{path} = {right}"));
    }
    let folder = r"file_transfer.endpoint_paths = only C:\Tools";
    assert_eq!(fixed(folder), r"file_transfer.endpoint_paths = only ['C:\Tools']");
    // What these mean is not plain.
    for written in ["only any", "only", "except notepad.exe cmd.exe", "only a, , b"] {
        let found = in_policy(&format!("{path} = {written}"));
        assert!(!found.is_empty() && !found.contains(&message), "{written}: {found:?}");
    }
}

#[test]
fn a_value_in_marks_of_a_word_processor_is_one_finding() {
    let mark = "U+2018 (left single quotation mark) is not a quotation mark of the language";
    assert_eq!(in_policy("shell = ‘allow’"), [mark]);
    assert_eq!(fixed("shell = ‘allow’"), "shell = allow");
    let members = "group policy \"G\" {\n  members = ‘ann’\n}\n";
    assert_eq!(errors(members), [mark]);
    // Straight marks have nothing wrong but the kind of value.
    assert_eq!(
        in_policy("shell = \"allow\""),
        ["expected `deny` or `allow` for `shell`, found a string"]
    );
}

/// A line that plainly says something is never made a comment, and no entry of a list is.
#[test]
fn no_fix_hides_what_is_written() {
    let list = "session policy \"q\" {\n  screen_sharing = view_and_control\n  \
                screen_sharing.applications = except [\"cmd.exe\", ＃\"powershell.exe\"]\n}\n";
    let members = "user \"eve\"\nuser \"ben\"\ndirectory group \"D\" {\n  \
                   members = [\"eve\", ＃\"ben\"]\n}\n";
    let line = "session policy \"q\" {\n  --shell = deny\n}\n";
    let glued = "user \"a\" {\n  jump.j＃ump_client = allow\n}\n";
    for text in [list, members, line, glued] {
        assert_eq!(errors(text).len(), 1, "{text}: {:?}", errors(text));
        let folder = scratch(&[("a.prec", text)]);
        precedent(&["check", "--fix", crate::cli::text(folder.path())]);
        let after = fs::read_to_string(folder.path().join("a.prec")).expect("a text");
        assert_eq!(after, text);
    }
    assert_eq!(fixed("shell = deny ＃ why"), "shell = deny # why");
}

/// What looks like a sign of another language is a character first, and has three bytes where the
/// sign has one.
#[test]
fn a_wide_sign_is_one_finding() {
    for sign in ['：', '＝', '＞', '－', '＜', '！'] {
        for line in [format!("shell {sign} deny"), format!("shell{sign}{sign}deny")] {
            assert!(!in_policy(&line).is_empty(), "{line}");
            assert!(!in_policy(&format!("shell {sign}= deny")).is_empty(), "{line}");
        }
    }
    assert_eq!(in_policy("shell ： deny").len(), 1);
    assert_eq!(fixed("shell ： deny"), "shell = deny");
}

/// What reviewers cannot see in a workspace with another error.
const HIDDEN: &str = "user \"a\u{202e}b\" # x\u{2066}y\nuser \"CORP\\tom\"\nuser \"c\u{a0}d\"\n";

#[test]
fn what_cannot_be_seen_is_told_beside_errors() {
    let hidden = [
        "this string contains U+202E (right-to-left override)",
        "this comment contains U+2066 (left-to-right isolate)",
        "`\\t` is a tab in this string",
        "this string contains U+00A0 (no-break space)",
    ];
    let with_error = format!("{HIDDEN}portal \"p\" {{\n  nothing = 1\n}}\n");
    let found = told(&compile(&[("a.prec", &with_error)]).diagnostics);
    assert_eq!(found[..4], hidden);
    assert_eq!(found.len(), 5, "{found:?}");
    // A manifest that turns the lint off does so here too.
    let off = "[lints]\nhidden-character = \"allow\"\n";
    assert_eq!(with_manifest(off, &with_error)[0], hidden[2]);
    // One that cannot be read may have done so.
    let broken = "[lints]\nhidden-character = allow\n";
    let found = with_manifest(broken, &with_error);
    assert!(hidden.iter().all(|hidden| !found.contains(&(*hidden).to_owned())), "{found:?}");
}

#[test]
fn an_error_about_a_string_says_what_cannot_be_seen_in_it() {
    let policies = "user \"ada lovelace\"\ngroup policy \"G\" {\n  \
                    members = [user \"ada\u{a0}lovelace\"]\n}\n";
    let found = compile(&[("a.prec", policies)]).diagnostics;
    assert_eq!(found.len(), 1, "{:?}", told(&found));
    assert!(found[0].message.starts_with("there is no user"), "{:?}", told(&found));
}

#[test]
fn a_suppressed_lint_is_suppressed_beside_errors() {
    let text =
        "# allow(escape-in-path): a tab is meant\nuser \"CORP\\tom\"\nportal \"p\" {\n  x\n}\n";
    let found = told(&compile(&[("a.prec", text)]).diagnostics);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_patch_whose_lines_look_the_same_says_why() {
    let folder = scratch(&[("a.prec", "user    \"a\u{202e}b\"\n"), ("b.prec", "user    \"c\"\n")]);
    let note = "the patch shows hidden characters as escapes, so it cannot be applied";
    let a = folder.path().join("a.prec");
    let run = precedent(&["fmt", "--diff", text(&a)]);
    assert!(run.stdout.contains("-user    \"a\\u{202E}b\"\n+user \"a\\u{202E}b\"\n"));
    assert_eq!(run.stderr.trim_end(), note);
    let b = folder.path().join("b.prec");
    assert_eq!(precedent(&["fmt", "--diff", text(&b)]).stderr, "");
    let fixes = precedent(&["check", "--diff", text(folder.path())]);
    assert!(fixes.stderr.starts_with(note), "{}", fixes.stderr);
}

#[test]
fn a_list_after_a_wrong_word_or_in_round_brackets_is_one_finding() {
    let path = "screen_sharing.applications";
    for (written, right) in [
        ("exept [\"a.exe\"]", Some("except [\"a.exe\"]")),
        ("Only [\"a.exe\"]", Some("only [\"a.exe\"]")),
        ("only: [\"a.exe\", 'b.exe']", Some("only [\"a.exe\", 'b.exe']")),
        ("only (\"a.exe\")", Some("only [\"a.exe\"]")),
        ("except (a.exe, b.exe)", Some("except [\"a.exe\", \"b.exe\"]")),
        // These are most likely meant so, but are not written without asking.
        ("not [\"a.exe\"]", None),
        ("all_but [\"a.exe\"]", None),
        ("foo [\"a.exe\"]", None),
    ] {
        let line = format!("{path} = {written}");
        assert_eq!(in_policy(&line), [format!("invalid value `{written}` for `{path}`")]);
        if let Some(right) = right {
            assert_eq!(fixed(&line), format!("{path} = {right}"));
        }
    }
    let lines = format!("{path} = exept [\n    \"a.exe\", # why\n    \"b.exe\",\n  ]");
    assert_eq!(in_policy(&lines), [format!("invalid value `exept [` for `{path}`")]);
    assert_eq!(fixed(&lines), format!("{path} = except ["));
}

/// What `check --fix` makes of a text, and its exit status.
fn mended(policies: &str) -> (i32, String) {
    let folder = scratch(&[("a.prec", policies)]);
    let run = precedent(&["check", "--fix", text(folder.path())]);
    (run.status, fs::read_to_string(folder.path().join("a.prec")).expect("a text"))
}

#[test]
fn a_semicolon_is_a_comma_only_where_it_cannot_begin_a_comment() {
    let policy = |list: &str| {
        format!("session policy \"P\" {{\n  screen_sharing.applications = only [{list}]\n}}\n")
    };
    let one_line = policy("\"a.exe\"; \"b.exe\"");
    assert_eq!(mended(&one_line), (0, one_line.replace(';', ",")));
    for list in [
        "\n    \"a.exe\" ; b.exe\n  ",
        "\n    \"a.exe\"\n    ; \"b.exe\",\n    \"c.exe\"\n  ",
        "\n    \"a.exe\", ; why\n    \"b.exe\"\n  ",
        "\n    \"a.exe\" ; \"b.exe\"\n  ",
    ] {
        let text = policy(list);
        assert_eq!(errors(&text), ["unexpected `;` in a list"], "{list}");
        assert_eq!(mended(&text), (1, text.clone()));
    }
    let members = "group policy \"G\" {\n  members = [\n    user \"a\"\n    ; user \"b\"\n  ]\n}\n\
        user \"a\"\nuser \"b\"\n";
    assert_eq!(mended(members), (1, members.to_owned()));
}

#[test]
fn quotation_marks_that_do_not_pair_are_left_alone() {
    let policy = |list: &str| {
        format!("session policy \"P\" {{\n  screen_sharing.applications = except [{list}]\n}}\n")
    };
    for (list, right) in [
        ("\u{2018}o\u{2019}brien.exe\u{2019}", Some("\"o\u{2019}brien.exe\"")),
        ("\u{201c}cmd.exe\u{201d}", Some("\"cmd.exe\"")),
        ("\u{2018}cmd.exe\u{201d}", None),
        ("\u{201c}power\u{201d}shell.exe\u{201d}", None),
    ] {
        let text = policy(list);
        let expected = match right {
            Some(right) => (0, policy(right)),
            None => (1, text.clone()),
        };
        assert_eq!(mended(&text), expected, "{list}");
    }
    let description = "user \"o\" {\n  description = \u{2018}a # b, c\u{201d}\n}\n";
    assert_eq!(mended(description), (1, description.to_owned()));
}

#[test]
fn what_cannot_be_seen_between_two_words_is_a_space() {
    for blank in ["\u{200b}", "\u{feff}", "\u{ad}"] {
        let text = format!(
            "user \"u\" {{\n  team \"T\" as{blank}lead\n}}\nteam \"T\"\ntest \"t\" {{\n  \
             when{blank}user == \"u\"\n  expect{blank}access.allowed == deny\n}}\n"
        );
        assert_eq!(errors(&text).len(), 3, "{:?}", errors(&text));
        assert_eq!(mended(&text), (0, text.replace(blank, " ")));
        // Within a word, it is nothing.
        let text = format!("user \"u\" {{\n  acc{blank}ess.allowed = deny\n}}\n");
        assert_eq!(mended(&text), (0, text.replace(blank, "")));
    }
}

#[test]
fn a_name_without_quotes_hides_nothing() {
    let body = "{\n  acces.allowed = alow\n  jump group P as Start with Business hours\n}\n";
    let rest = "jump item role \"Start\"\njump group \"P\"\njump policy \"Business hours\"\n";
    let text = format!("user ada lovelace {body}{rest}");
    assert_eq!(
        errors(&text),
        [
            "expected a name in quotes after `user`",
            "`acces.allowed` is not available in a user",
            "invalid value `alow` for `access.allowed`",
            "expected a name in quotes after `jump group`, found `P`",
        ]
    );
    let (status, fixed) = mended(&text);
    assert_eq!(status, 0);
    assert!(fixed.starts_with("user \"ada lovelace\" {\n  access.allowed = allow\n"), "{fixed}");
    assert!(fixed.contains("jump group \"P\" as \"Start\" with \"Business hours\"\n"), "{fixed}");
    // These are no headers.
    for text in ["team Servers as lead\n", "user ada = x\n"] {
        assert_eq!(mended(text), (1, text.to_owned()));
    }
}

#[test]
fn a_text_without_quotes_is_one_finding() {
    for (line, right) in [
        ("description = it is, well, a text", "description = \"it is, well, a text\""),
        ("display_name = John Doe # him", "display_name = \"John Doe\" # him"),
        ("session_policy = Level 2", "session_policy = \"Level 2\""),
    ] {
        let text = |line: &str| {
            format!("user \"u\" {{\n  {line}\n}}\nsession policy \"Level 2\" {{\n}}\n")
        };
        assert_eq!(errors(&text(line)).len(), 1, "{line}");
        assert_eq!(mended(&text(line)), (0, text(right)));
    }
}

#[test]
fn a_line_end_that_was_converted_twice_is_named() {
    let found = errors("user \"a\"\r\r\nuser \"b\"\r\r\n");
    assert_eq!(found, ["U+000D (carriage return) is not a space; it stands in 2 places"]);
}

#[test]
fn an_order_on_one_line_is_one_finding() {
    let rest = "group policy \"A\"\ngroup policy \"B\"\n";
    for names in ["\"A\" \"B\"", "\"A\", \"B\",", "\"A\"; 'B'"] {
        let text = format!("order group policies {{ {names} }}\n{rest}");
        assert_eq!(errors(&text), ["the body is on the same line as its header"]);
        let (status, fixed) = mended(&text);
        assert_eq!((status, fixed.lines().count()), (0, 6), "{fixed}");
    }
}

#[test]
fn hashes_of_other_functions_are_told_and_not_rewritten() {
    let path = "screen_sharing.applications";
    let digits = "a".repeat(64);
    for (hash, right) in [
        ("md5:d41d8cd98f00b204e9800998ecf8427e".to_owned(), None),
        ("sha1:abc".to_owned(), None),
        (format!("md5:{digits}"), None),
        (digits.clone(), None),
        (format!("SHA256:{digits}"), Some(format!("sha256:{digits}"))),
        (format!("sha-256:{digits}"), Some(format!("sha256:{digits}"))),
    ] {
        let line = format!("{path} = except [\"{hash}\"]");
        assert_eq!(in_policy(&line), [format!("invalid hash `{hash}` in `{path}`")]);
        let text =
            |hash: &str| format!("session policy \"P\" {{\n  {path} = except [\"{hash}\"]\n}}\n");
        let expected = match right {
            Some(right) => (0, text(&right)),
            None => (1, text(&hash)),
        };
        assert_eq!(mended(&text(&hash)), expected);
    }
}

#[test]
fn several_words_are_one_invalid_value() {
    for (line, message) in [
        ("shell = not allow", "invalid value `not allow` for `shell`"),
        ("shell = allow deny # both", "invalid value `allow deny` for `shell`"),
        ("screen_sharing = view only", "invalid value `view only` for `screen_sharing`"),
    ] {
        assert_eq!(in_policy(line), [message]);
    }
    assert_eq!(fixed("screen_sharing = view only # x"), "screen_sharing = view_only # x");
    let test = "test \"t\" {\n  expect screen_sharing == view only\n}\n";
    assert_eq!(errors(test), ["invalid value `view only` for `screen_sharing`"]);
}

#[test]
fn a_word_after_any_value_of_an_example_is_an_error() {
    let mut tried = 0;
    for path in [
        "examples/acme/policies/session-people.prec",
        "examples/acme/policies/group-policies.prec",
        "examples/acme/policies/session-items.prec",
    ] {
        let text = fs::read_to_string(path).expect("an example");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let plain = line.split('#').next().unwrap_or_default().trim_end();
            let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
            if plain.contains(" = ") && plain.ends_with(is_word) {
                let more = format!("{plain} indeed");
                let mut edited = lines.clone();
                edited[at] = &more;
                let found = errors(&edited.join("\n"));
                assert!(
                    found.iter().any(|found| found.contains("indeed`") || found.contains("word")),
                    "{line}: {found:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn marks_of_a_conflict_may_be_long_or_indented() {
    let conflict = ["unresolved merge conflict"];
    let [from, middle, to] = ["<", "=", ">"].map(|sign| sign.repeat(12));
    let long = format!("{from} ours\nuser \"b\"\n{middle}\nuser \"c\"\n{to} theirs\n");
    assert_eq!(errors(&long), conflict);
    let body = "<<<<<<< ours\n  id = 1\n  =======\n  id = 2\n  >>>>>>> theirs";
    assert_eq!(errors(&format!("user \"a\" {{\n  {body}\n}}\n")), conflict);
    // One inside of the other, in the first version and in the second.
    let inner = "<<<<<<< a\nuser \"b\"\n=======\nuser \"c\"\n>>>>>>> b\n";
    let outer = |first: &str, second: &str| {
        format!("<<<<<<< ours\n{first}=======\n{second}>>>>>>> theirs\nuser \"d\"\n")
    };
    for text in [outer(inner, "user \"e\"\n"), outer("user \"e\"\n", inner), outer(inner, inner)] {
        assert_eq!(errors(&text), conflict, "{text}");
    }
    // The marks that end the outer one are gone, which hides none of the inner one.
    assert_eq!(errors(&format!("<<<<<<< ours\n{inner}")), conflict.repeat(2));
    assert_eq!(errors("user \"a\" # =======\n# <<<<<<<\n"), [""; 0]);
}

#[test]
fn a_file_that_has_no_layout_is_told() {
    let folder = scratch(&[("notes.json", "{}"), ("A.PREC", "user \"a\"\n")]);
    for (name, help) in
        [("notes.json", "policy files end in `.prec`"), ("A.PREC", "rename the file")]
    {
        let path = folder.path().join(name);
        let run = precedent(&["fmt", text(&path)]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(help), "{}", run.stderr);
    }
}

#[test]
fn signs_of_other_languages_begin_no_comment_and_end_no_line() {
    let policy = |line: &str| format!("session policy \"P\" {{\n  {line}\n  shell = deny\n}}\n");
    for (written, right) in [
        ("; why", "# why"),
        (";; why", "# why"),
        ("% why", "# why"),
        ("REM why", "# why"),
        ("file_transfer → deny", "file_transfer = deny"),
    ] {
        let (text, right) = (policy(written), policy(right));
        assert_eq!(errors(&text).len() - errors(&right).len(), 1, "{written}");
        assert_eq!(mended(&text).1, right);
    }
    assert_eq!(mended("REM why\nuser \"a\"\n"), (0, "# why\nuser \"a\"\n".to_owned()));
    let closed = policy("file_transfer = deny;").replace("\n}\n", "\n} ,\n");
    assert_eq!(mended(&closed), (0, policy("file_transfer = deny")));
    // A line after the sign may be one that counts.
    for written in ["; file_transfer = deny", "%shell = deny", "REMOTE why", ";"] {
        let text = policy(written);
        assert_eq!(errors(&text).len(), 1, "{written}");
        assert_eq!(mended(&text), (1, text.clone()));
    }
}

#[test]
fn a_condition_whose_name_has_no_quotes_is_one_finding() {
    let test = |when: &str| {
        format!(
            "user \"ada.lovelace\"\nteam \"Windows support\"\ntest \"t\" {{\n  when {when}\n  \
             expect shell == deny\n}}\n"
        )
    };
    for (written, right) in [
        ("user == ada.lovelace", "user == \"ada.lovelace\""),
        ("user != ada.lovelace # why", "user != \"ada.lovelace\" # why"),
        ("user in team Windows support", "user in team \"Windows support\""),
    ] {
        assert_eq!(errors(&test(written)).len(), 1, "{written}");
        assert_eq!(mended(&test(written)), (0, test(right)));
    }
    for written in ["user == ada or bob", "user in team", "user in", "user == a and tag == b"] {
        assert_eq!(errors(&test(written)).len(), 1, "{written}");
        assert_eq!(mended(&test(written)), (1, test(written)));
    }
}

#[test]
fn fixes_go_on_round_after_round_until_there_are_none() {
    let line = "  shell = allow\n";
    let text = |lines: usize| format!("session policy \"P\" {{\n{}}}\n", line.repeat(lines));
    assert_eq!(mended(&text(1300)), (0, text(1)));
    let names: String = (0..1200).map(|at| format!("user \"p\u{200b}{at}\"\n")).collect();
    let made = mended(&names).1;
    assert_eq!(made.matches("\\u{200B}").count(), 1200);
}

#[test]
fn what_readers_see_below_a_comment_is_not_taken_away() {
    for separator in ['\r', '\u{b}', '\u{85}', '\u{2028}'] {
        let text = format!("user \"ada\" # lead{separator}user \"bob\"\n");
        assert_eq!(mended(&text), (0, text.clone()), "{separator:?}");
    }
    let text = "user \"ada\" # le\u{202e}ad\n";
    assert_eq!(mended(text), (0, "user \"ada\" # lead\n".to_owned()));
}

#[test]
fn a_gate_is_not_mended_into_another_one() {
    let of = |gate: &str| format!("[diff]\ndeny = [\"{gate}\"]\n");
    for (written, right) in [
        ("gaind", Some("gained")),
        ("gained, shell", None),
        ("gained; widened", None),
        ("gained outside", None),
        ("gained sessions", None),
    ] {
        let folder = scratch(&[("precedent.toml", &of(written)), ("a.prec", "user \"ada\"\n")]);
        let run = precedent(&["check", "--fix", text(folder.path())]);
        let made = fs::read_to_string(folder.path().join("precedent.toml")).expect("a manifest");
        assert_eq!(made, of(right.unwrap_or(written)), "{}", run.stdout);
        assert_eq!(run.status, i32::from(right.is_none()), "{}", run.stdout);
    }
}

/// Words of the language in quotes, and an empty name, are hardly names that somebody forgot to
/// declare.
#[test]
fn a_word_in_place_of_a_policy_is_told_from_a_name() {
    let help = |name: &str| {
        let text = format!("user \"ada\" {{\n  session_policy = \"{name}\"\n}}\n");
        let found = crate::support::errors(&compile(&[("a.prec", text)]).diagnostics);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0].help.clone().unwrap_or_default()
    };
    assert!(help("none").contains("write `none` without quotes"));
    assert!(help("").contains("at least one character"));
    assert!(help("custom").contains("`custom {`"));
    assert_eq!(help("Other"), "declare it with `session policy \"Other\"`");
}
