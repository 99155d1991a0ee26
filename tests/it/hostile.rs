//! Input that nobody meant: arbitrary bytes, heaps of words of the language, valid workspaces and
//! compiled files with random damage. Nothing may panic, and what is said about it must be sound.

use crate::dice::Dice;
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::support::{
    BUILTIN, accounts_csv, assert_sound, compile, compile_input, diff_csv, drawn, ir, raw,
    sessions_csv, written,
};
use precedent::ir::{Ir, file};
use precedent::matrix::Matrix;
use precedent::policy_test;
use precedent::policy_test::change::LineChanges;
use precedent::policy_test::coverage::Coverage;
use precedent::policy_test::mutate::Mutation;
use precedent::report::Style;
use precedent::report::policy_test::{self as report, Measures};
use precedent::workspace::{Compiled, Input, recheck};
use proptest::prelude::*;
use serde_json::Value as Json;
use std::sync::Arc;

/// Pieces that mean something to the parser, each hostile in some place.
const PIECES: &[&str] = &[
    "{",
    "}",
    "{}",
    "[",
    "]",
    ",",
    "=",
    "==",
    "!=",
    "<=",
    ">=",
    "\"",
    "'",
    "\\",
    "#",
    ".",
    ";",
    "-",
    "/",
    "|",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    "  ",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{85}",
    "\u{a0}",
    "\u{200b}",
    "\u{201c}",
    "\u{2019}",
    "`",
    "\u{435}",
    "\u{ff1d}",
    "<<<<<<< HEAD\n",
    "\n=======\n",
    "\n>>>>>>> them\n",
    "//",
    "--",
    "/*",
    "*/",
    ":=",
    "é",
    "🔐",
    "0",
    "25",
    "900s",
    "99999999999999999999",
    "15x",
    "\"a\"",
    "'b'",
    "\"\\u{110000}\"",
    "\"\\q\"",
    "session policy \"p\" {\n",
    "global default {\n",
    "group policy \"g\" {\n",
    "user \"u\" {\n",
    "user \"u\"\n",
    "invite \"i\" {\n",
    "jump item \"j\" {\n",
    "jump items {\n",
    "item \"k\" {\n",
    "item \"k\"\n",
    "portal \"o\" {\n",
    "embassy \"e\" {\n",
    "directory group \"d\" {\n",
    "test \"t\" {\n",
    "team \"t\"\n",
    "order group policies {\n",
    "order session layers, first defined wins {\n",
    "profile \"rs-25.3\"\n",
    "profile \"x.toml\"\n",
    "jump item role \"r\" {\n",
    "session_policy = custom {\n",
    "session_policy = ",
    "session_policy.present = none\n",
    "custom",
    "none",
    "not defined",
    "not",
    "final ",
    "any",
    "only [\"a\"]",
    "except [",
    "shell = allow\n",
    "shell = deny\n",
    "screen_sharing.clipboard = both_directions\n",
    "members = [user \"u\", directory group \"d\"]\n",
    "available = [users]\n",
    "kind = jump_client\n",
    "default\n",
    "id = 1\n",
    "jump group \"p\" as \"r\" with \"b\"\n",
    "team \"t\" as lead\n",
    "when user == \"u\"\n",
    "when jump item in jump group \"p\"\n",
    "expect shell == deny from user\n",
    "expect shell in [allow, n/a]\n",
    "from session policy \"p\"\n",
    "description = \"x\"\n",
];

/// What must hold of any input at all; where it compiles, it can be resolved too.
fn assert_survives(compiled: Compiled) {
    assert_sound(&compiled);
    if let Some(ir) = &compiled.ir {
        sessions_csv(ir);
        accounts_csv(ir);
    }
}

#[test]
fn arbitrary_bytes() {
    let bytes = || prop::collection::vec(any::<u8>(), 0..400);
    law(200, (bytes(), bytes()), |(policies, manifest)| {
        let manifest = Some(raw("precedent.toml", manifest));
        assert_survives(compile_input(Input { manifest, files: vec![raw("a.prec", policies)] }));
    });
}

#[test]
fn arbitrary_words_of_the_language() {
    law(300, prop::collection::vec(0..PIECES.len(), 0..60), |pieces| {
        let text: String = pieces.into_iter().map(|at| PIECES[at]).collect();
        assert_survives(compile(&[("a.prec", text)]));
    });
}

/// Does something to a text: a stretch of it, or some of its lines, is taken out, doubled, moved or
/// overwritten.
pub fn damage(text: &str, dice: &mut Dice) -> String {
    let by_lines = dice.chance(50);
    let mut parts: Vec<String> = match by_lines {
        true => text.split_inclusive('\n').map(str::to_owned).collect(),
        false => text.chars().map(String::from).collect(),
    };
    let most = if by_lines { 3 } else { 12 };
    let from = dice.below(parts.len() + 1);
    let to = (from + dice.below(most)).min(parts.len());
    let piece = PIECES[dice.below(PIECES.len())].to_owned();
    match dice.below(5) {
        0 => drop(parts.drain(from..to)),
        1 => drop(parts.splice(from..from, parts[from..to].to_vec())),
        2 => parts.insert(from, piece),
        3 => drop(parts.splice(from..to, [piece])),
        _ => {
            let taken: Vec<String> = parts.drain(from..to).collect();
            let at = dice.below(parts.len() + 1);
            parts.splice(at..at, taken);
        }
    }
    parts.concat()
}

#[test]
fn damaged_workspaces() {
    for profile in BUILTIN {
        law(40, (plan(profile), any::<u64>(), 1..6usize), |(plan, seed, edits)| {
            let mut dice = Dice::of(seed, "damage");
            let mut files = workspace(&plan);
            for _ in 0..edits {
                let at = dice.below(files.len());
                files[at].1 = damage(&files[at].1, &mut dice);
            }
            let compiled = compile(&files);
            files.reverse();
            let reversed = compile(&files);
            let findings = [&compiled, &reversed]
                .map(|compiled| drawn(&compiled.diagnostics, &compiled.sources));
            assert_eq!(findings[0], findings[1], "the order of files shows in the findings");
            assert_survives(compiled);
        });
    }
}

fn compiled_file(files: &[(String, String)]) -> Vec<u8> {
    written(|out| file::write(&ir(files), out)).into_bytes()
}

/// Reads a compiled file that may be broken, and does with it all that can be done.
fn use_file(bytes: &[u8]) {
    let Ok(ir) = file::read(bytes).map(Arc::new) else { return };
    sessions_csv(&ir);
    accounts_csv(&ir);
    let whole = compiled_file(&[(
        "a.prec".into(),
        "user \"u0\"\njump item \"ji0\" {\n  kind = jump_client\n}\n".into(),
    )]);
    let other = Arc::new(file::read(&whole).expect("a compiled file"));
    diff_csv(&ir, &other);
    diff_csv(&other, &ir);
    measure_tests(ir.clone());
    let again = written(|out| file::write(&ir, out));
    assert!(file::read(again.as_bytes()).is_ok(), "what was read can be written and read again");
    let checked = recheck(ir, None);
    drawn(&checked.diagnostics, &checked.sources);
}

fn measure_tests(mut ir: Arc<Ir>) {
    let changes = LineChanges::new(&mut ir);
    let matrix = Matrix::new(&ir);
    let outcomes = policy_test::run(&matrix, "");
    let (coverage, mutation) =
        (Coverage::new(&matrix, ""), Mutation::new(&matrix, &changes, "", &mut |_| {}));
    let measures = Measures {
        coverage: Some((&coverage, Some(500))),
        mutation: Some((Some(&mutation), Some(500))),
    };
    report::text(&matrix, &outcomes, measures, Style { color: false, width: 80 });
    report::json(&matrix, &outcomes, measures).expect("JSON");
    report::junit(&matrix, &outcomes, measures);
}

#[test]
fn compiled_files_with_other_bytes() {
    for profile in BUILTIN {
        law(6, (plan(profile), any::<u64>()), |(plan, seed)| {
            let whole = compiled_file(&workspace(&plan));
            let tables =
                whole.windows(9).position(|window| window == b"\"tables\":").expect("tables");
            let mut dice = Dice::of(seed, "bytes");
            for _ in 0..12 {
                let mut bytes = whole.clone();
                let from = if dice.chance(80) { tables } else { 0 };
                let at = from + dice.below(bytes.len() - from);
                match dice.below(4) {
                    0 => bytes.truncate(at),
                    1 => bytes[at] = dice.next() as u8,
                    2 => bytes[at] = b"0123456789,[]{}\":-"[dice.below(18)],
                    _ => drop(bytes.drain(at..(at + dice.below(20)).min(whole.len()))),
                }
                use_file(&bytes);
            }
        });
    }
}

/// Every value in a JSON document.
fn count(json: &Json) -> usize {
    1 + match json {
        Json::Array(items) => items.iter().map(count).sum::<usize>(),
        Json::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Does something to the value with this number.
fn change(json: &mut Json, number: &mut usize, dice: &mut Dice) {
    if *number == 0 {
        *json = changed(json, dice);
    }
    *number = number.wrapping_sub(1);
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| change(item, number, dice)),
        Json::Object(fields) => fields.values_mut().for_each(|field| change(field, number, dice)),
        _ => {}
    }
}

fn changed(json: &Json, dice: &mut Dice) -> Json {
    const NUMBERS: [u64; 10] = [0, 1, 2, 3, 127, 128, 65_535, 4_294_967_295, 1 << 40, u64::MAX];
    match json {
        Json::Number(number) if dice.chance(30) => {
            number.as_u64().unwrap_or_default().wrapping_add(1).into()
        }
        Json::Number(_) => NUMBERS[dice.below(NUMBERS.len())].into(),
        Json::Bool(truth) => (!truth).into(),
        Json::String(text) if dice.chance(50) => format!("{text}x").into(),
        Json::String(_) => {
            ["", "any", "switch", "global_default", "jump_item"][dice.below(5)].into()
        }
        Json::Array(items) if !items.is_empty() => {
            let mut items = items.clone();
            let (a, b) = (dice.below(items.len()), dice.below(items.len()));
            match dice.below(4) {
                0 => drop(items.remove(a)),
                1 => items.insert(a, items[b].clone()),
                2 => items.swap(a, b),
                _ => items.clear(),
            }
            items.into()
        }
        Json::Object(fields) if !fields.is_empty() => {
            let mut fields = fields.clone();
            let key = fields.keys().nth(dice.below(fields.len())).cloned().unwrap_or_default();
            fields.remove(&key);
            fields.into()
        }
        _ => [Json::Null, 7.into(), true.into(), "x".into(), Json::Array(vec![0.into()])]
            [dice.below(5)]
        .clone(),
    }
}

#[test]
fn compiled_files_with_other_values() {
    for profile in BUILTIN {
        law(6, (plan(profile), any::<u64>()), |(plan, seed)| {
            let whole: Json = serde_json::from_slice(&compiled_file(&workspace(&plan)))
                .expect("a compiled file is JSON");
            let mut dice = Dice::of(seed, "values");
            for _ in 0..12 {
                let mut json = whole.clone();
                for _ in 0..1 + dice.below(2) {
                    let part = &mut json[["tables", "tables", "tables", "profile"][dice.below(4)]];
                    let mut number = dice.below(count(part));
                    change(part, &mut number, &mut dice);
                }
                use_file(json.to_string().as_bytes());
            }
        });
    }
}
