//! Input that is wrong in ways that no file of the corpus can show: over several files, no text at
//! all, or larger than anybody would write. Time and output stay bounded, whatever comes.

use crate::support::{
    assert_sound, compile, compile_input, drawn, errors, ir, raw, rows, sessions_csv,
};
use precedent::diagnostic::{Diagnostic, MAX_PER_FILE, json};
use precedent::source::Sources;
use precedent::workspace::{Compiled, Input};

/// The findings of severity error as `CODE FILE:LINE`, each with its labels' places.
fn places(compiled: &Compiled) -> Vec<String> {
    let place = |found: &Diagnostic, sources: &Sources| {
        let labels = found
            .labels
            .iter()
            .map(|label| sources.location(label.span))
            .collect::<Vec<_>>()
            .join(" ");
        format!("{} {} {labels}", found.code.id(), sources.location(found.primary.span))
            .trim_end()
            .to_owned()
    };
    errors(&compiled.diagnostics).iter().map(|found| place(found, &compiled.sources)).collect()
}

fn places_of(files: &[(&str, &str)]) -> Vec<String> {
    let compiled = compile(files);
    assert_sound(&compiled);
    let reversed: Vec<_> = files.iter().rev().copied().collect();
    let found = places(&compiled);
    assert_eq!(found, places(&compile(&reversed)), "the order of files shows");
    found
}

#[test]
fn a_name_is_declared_twice_in_two_files() {
    assert_eq!(
        places_of(&[("a.prec", "team \"T\"\n"), ("b.prec", "\nteam \"T\"\n")]),
        ["P0102 b.prec:2 a.prec:1"]
    );
    assert_eq!(
        places_of(&[
            ("a.prec", "jump items {\n  kind = web_jump\n  item \"J\"\n}\n"),
            ("b.prec", "jump item \"J\" {\n  kind = web_jump\n}\n")
        ]),
        ["P0102 b.prec:1 a.prec:3"]
    );
}

#[test]
fn a_name_that_is_unknown_is_one_finding_for_all_files() {
    let user = |name: &str| format!("user \"{name}\" {{\n  jumpoint \"X\"\n}}\n");
    assert_eq!(
        places_of(&[("a.prec", &user("a")), ("b.prec", &user("b")), ("c.prec", &user("c"))]),
        ["P0101 a.prec:2 b.prec:2 c.prec:2"]
    );
}

#[test]
fn two_profiles_are_shown_with_both_places() {
    let two = [("a.prec", "profile \"pra-25.3\"\n"), ("b.prec", "# here\nprofile \"rs-25.3\"\n")];
    assert_eq!(places_of(&two), ["P0107 b.prec:2 a.prec:1"]);
    let manifest = |text: &str| {
        compile_input(Input {
            manifest: Some(raw("precedent.toml", text)),
            files: vec![raw("a.prec", "profile 'pra-25.2'\n")],
        })
    };
    assert_eq!(
        places(&manifest("\nprofile = \"pra-25.3\"\n")),
        ["P0107 a.prec:1 precedent.toml:2"]
    );
    assert_eq!(
        places(&manifest("profile = \"pra-25.2\"\n")),
        [""; 0],
        "the same one may stand in both"
    );
}

#[test]
fn two_orders_and_two_global_defaults_are_shown_with_both_places() {
    let order = "order group policies {\n}\n";
    assert_eq!(places_of(&[("a.prec", order), ("b.prec", order)]), ["P0303 b.prec:1 a.prec:1"]);
    let found =
        places_of(&[("a.prec", "global default {\n}\n"), ("b.prec", "global default {\n}\n")]);
    assert_eq!(found, ["P0207 a.prec:1", "P0102 b.prec:1 a.prec:1"]);
    let groups = [("a.prec", "group policy \"A\"\n"), ("b.prec", "group policy \"B\"\n")];
    assert_eq!(places_of(&groups), ["P0301 a.prec:1 b.prec:1"]);
}

#[test]
fn what_is_no_text_has_one_finding_where_it_stops_to_be() {
    let files: [(&[u8], &[&str]); 5] = [
        (b"team \"A\"\nuser \"zo\xeb\"\n", &["P0009 a.prec:2", "P0101 b.prec:2"]),
        (b"\xef\xbb", &["P0009 a.prec:1", "P0101 b.prec:2"]),
        (b"user \"\xf0\x9f\x94", &["P0009 a.prec:1", "P0101 b.prec:2"]),
        // Nothing of these is read, so that names of other files may be declared there.
        (b"team \"A\"\n\0\njumpoint \"X\"\n", &["P0009 a.prec:2"]),
        (b"\xff\xfet\0e\0a\0m\0", &["P0009 a.prec:1"]),
    ];
    for (bytes, expected) in files {
        let other = raw("b.prec", "user \"ada\" {\n  jumpoint \"X\"\n}\n");
        let compiled =
            compile_input(Input { manifest: None, files: vec![raw("a.prec", bytes), other] });
        assert_sound(&compiled);
        assert_eq!(places(&compiled), expected, "{bytes:?}");
    }
    let manifest = Some(raw("precedent.toml", b"# zo\xeb\n".as_slice()));
    assert_eq!(
        places(&compile_input(Input { manifest, files: vec![raw("a.prec", "")] })),
        ["P0009 precedent.toml:1"]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_characters() {
    let text = "\u{feff}user \"ada\"\r\njump item \"web01\" {\r\n  kind = jump_client\r\n  session_policy = \"é\" # x\r\n}\r\nsession policy \"é\" {\r\n  shell = allow\r\n}\r\n";
    let ir = ir(&[("a.prec", text)]);
    let rows = rows(&sessions_csv(&ir));
    let shell = rows.iter().find(|row| row[6] == "shell").expect("a row");
    assert_eq!(shell[7..], ["allow", "jump_item", "é", "", "a.prec:7"]);
    let broken = compile(&[("a.prec", text.replace("allow", "allwo"))]);
    let found: serde_json::Value =
        serde_json::from_str(&json::render(&errors(&broken.diagnostics), &broken.sources))
            .expect("JSON");
    let place = ["line", "column", "end_line", "end_column"].map(|key| found[0][key].as_u64());
    assert_eq!(place, [Some(7), Some(11), Some(7), Some(16)]);
    let first = compile(&[("a.prec", "\u{feff}usr \"ada\"\r\n")]);
    let found: serde_json::Value =
        serde_json::from_str(&json::render(&errors(&first.diagnostics), &first.sources))
            .expect("JSON");
    assert_eq!(
        (found[0]["line"].as_u64(), found[0]["column"].as_u64()),
        (Some(1), Some(1)),
        "a byte order mark is no column"
    );
}

/// Compiles what is far too much of something; few findings come of it, and little text.
fn too_much(text: String) -> Compiled {
    let compiled = compile(&[("a.prec", text)]);
    assert_sound(&compiled);
    assert!(
        compiled.diagnostics.len() <= 2 * MAX_PER_FILE + 2,
        "{} findings",
        compiled.diagnostics.len()
    );
    let text = drawn(&compiled.diagnostics, &compiled.sources);
    assert!(text.len() < 200_000, "{} bytes of text", text.len());
    let text = json::render(&compiled.diagnostics, &compiled.sources);
    assert!(text.len() < 2_000_000, "{} bytes of JSON", text.len());
    compiled
}

const MILLION: usize = 1_000_000;

#[test]
fn a_line_of_megabytes() {
    let body = |line: String| format!("session policy \"P\" {{\n  {line}\n}}\n");
    assert_eq!(places(&too_much(format!("# {}\n", "x".repeat(10 * MILLION)))), [""; 0]);
    assert_eq!(places(&too_much(body(" ".repeat(3 * MILLION)))), [""; 0]);
    assert_eq!(places(&too_much(body("é".repeat(MILLION / 4)))), ["P0001 a.prec:2"]);
    assert_eq!(
        places(&too_much(body(format!("shell = deny{}x", " ".repeat(MILLION))))),
        ["P0001 a.prec:2"]
    );
    assert_eq!(
        places(&too_much(format!("user \"{}", "x".repeat(MILLION / 2)))),
        ["P0002 a.prec:1"]
    );
}

#[test]
fn braces_and_brackets_without_end() {
    assert_eq!(places(&too_much("{".repeat(MILLION))), ["P0008 a.prec:1"]);
    assert_eq!(places(&too_much("}\n".repeat(MILLION))), ["P0007 a.prec:1"]);
    let nested = format!("user \"u\" {{\n  a = {}\n}}\n", "[".repeat(MILLION));
    assert!(places(&too_much(nested)).contains(&"P0005 a.prec:2 a.prec:2".to_owned()));
    for header in
        ["user \"u\" {\n", "session_policy = custom {\n", "  x = [\n", "order group policies {\n"]
    {
        too_much(header.repeat(3_000));
        too_much(format!("user \"u\" {{\n{}", header.repeat(3_000)));
    }
}

#[test]
fn hundreds_of_thousands_of_errors() {
    let compiled = too_much(format!("session policy \"P\" {{\n{}}}\n", "  x\n".repeat(300_000)));
    assert_eq!(places(&compiled).len(), MAX_PER_FILE + 1, "the rest is counted");
    too_much(format!("session policy \"P\" {{\n{}}}\n", "  shell: deny\n".repeat(5_000)));
    too_much("x\nuser \"a\"\n".repeat(5_000));
    let teams = (0..5_000).map(|at| format!("  team \"{at}\" as lead\n")).collect::<String>();
    too_much(format!("user \"u\" {{\n{teams}}}\n"));
}

#[test]
fn very_long_names() {
    let name = "n".repeat(MILLION);
    let compiled = compile(&[(
        "a.prec",
        format!("user \"{name}\" {{\n  team \"{name}\" as lead\n}}\nuser \"{name}\"\n"),
    )]);
    assert_sound(&compiled);
    assert_eq!(
        places(&compiled),
        ["P0212 a.prec:1", "P0101 a.prec:2", "P0102 a.prec:4 a.prec:1", "P0212 a.prec:4"]
    );
}

#[test]
fn hostile_characters_do_not_reach_the_terminal() {
    let hostile = "x\u{1b}[31m\u{7}\u{9b}\r\u{202e}\u{2066}\u{200b}\u{2028}\u{feff}\u{85}x";
    let wrong = [
        format!("user \"{hostile}\"\nuser \"{hostile}\"\n"),
        format!(
            "user \"u\" {{\n  team \"{hostile}\" as lead\n  {hostile} = 1\n  shell = {hostile}\n  x = deny {hostile}\n}}\n"
        ),
        format!("group policy \"{hostile}\"\ngroup policy \"b{hostile}\"\n"),
        format!(
            "group policy \"{hostile}\"\norder group policies, {hostile} {{\n  \"c{hostile}\"\n  {hostile}\n}}\n{hostile}\n"
        ),
        format!(
            "invite \"{hostile}\"\njump item \"{hostile}\"\nprofile \"{hostile}\"\ntest \"{hostile}\" {{\n  when user == \"{hostile}\"\n}}\n"
        ),
        format!("profile \"{hostile}.toml\"\nuser \"\\{hostile}\"\n"),
        format!(
            "profile \"bomgar-15.1\"\nuser \"{hostile}\"\nembassy \"{hostile}\" {{\n  members = [user \"{hostile}\", \"{hostile}\"]\n}}\ngroup policy \"{hostile}\" {{\n  members = [user \"{hostile}\"]\n}}\n"
        ),
        format!(
            "session policy \"P\" {{\n  available = []\n  file_transfer.user_paths = only [{hostile}]\n}}\nsession policy \"{hostile}\" {{\n  available = []\n}}\nuser \"u\" {{\n  session_policy = \"{hostile}\"\n}}\n"
        ),
    ];
    for text in wrong {
        let compiled = compile(&[(format!("{hostile}.prec"), &text)]);
        assert_sound(&compiled);
        assert!(!places(&compiled).is_empty(), "{text:?} is wrong");
        let drawn = drawn(&compiled.diagnostics, &compiled.sources);
        let acts = |c: char| {
            c.is_control() && c != '\n' || "\u{202e}\u{2066}\u{200b}\u{2028}\u{feff}".contains(c)
        };
        assert!(!drawn.contains(acts), "of {text:?} this is drawn: {drawn:?}");
    }
}
