//! `precedent matrix --format xlsx`: a workbook that says what the matrix says, and in which no name is a
//! formula. Its parts are read here; that a program for workbooks reads it, too, is checked with openpyxl,
//! where that is installed.

#![cfg(feature = "xlsx")]

use crate::cli::{precedent, scratch, text};
use crate::support::{sessions_csv, startable};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::xlsx::{Options, workbook};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::process::Command;
use std::sync::Arc;

fn book(ir: &Arc<Ir>, options: &Options) -> Vec<u8> {
    let mut matrix = Matrix::new(ir);
    matrix.divide_by_deciders_of_start();
    workbook(&matrix, options).expect("a workbook")
}

/// The parts of a workbook by name.
fn parts(bytes: Vec<u8>) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut parts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a part");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        let name = file.name().expect("a name").into_owned();
        drop(parts.insert(name, text));
    }
    parts
}

fn titles(parts: &BTreeMap<String, String>) -> Vec<String> {
    let sheets = parts["xl/workbook.xml"].split("<sheet name=\"").skip(1);
    sheets.map(|sheet| sheet.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn no_name_is_a_formula() {
    let name = "=HYPERLINK(\"http://x\",\"<a>\")";
    let quoted = name.replace('"', "\\\"");
    let policy = format!(
        "session policy \"{quoted}\" {{\n  description = \"{quoted}\"\n  shell = allow\n}}\n\
         user \"{quoted}\" {{\n  session_policy = \"{quoted}\"\n  account.enabled = allow\n  \
         access.allowed = allow\n  jump.shell_jump = allow\n}}\n\
         jump item \"{quoted}\" {{\n  kind = shell_jump\n}}\n"
    );
    let parts = parts(book(&startable(&[("a.prec", policy)]), &Options::default()));
    let sheets = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/"));
    for (name, text) in sheets {
        assert!(!text.contains("<f>") && !text.contains("<hyperlink"), "{name}");
    }
    assert!(parts["xl/sharedStrings.xml"].contains("=HYPERLINK("));
}

#[test]
fn what_does_not_fit_on_a_sheet_goes_on_on_the_next() {
    let policy: String = (0..7)
        .map(|at| {
            format!(
                "user \"u{at}\" {{\n  account.enabled = allow\n  access.allowed = allow\n  \
                 jump.shell_jump = allow\n}}\n"
            )
        })
        .chain(["jump item \"i\" {\n  kind = shell_jump\n}\n".to_owned()])
        .collect();
    let ir = startable(&[("a.prec", policy)]);
    let whole = titles(&parts(book(&ir, &Options::default())));
    assert_eq!(whole[..3], ["About", "Access", "Accounts"]);
    let split = parts(book(&ir, &Options { rows: 3, ..Options::default() }));
    let titles = titles(&split);
    assert_eq!(titles[..4], ["About", "Access", "Access 2", "Access 3"]);
    // Each part has its header: 3, 3 and 1 rows of seven.
    let rows = |sheet: usize| {
        split[&format!("xl/worksheets/sheet{}.xml", sheet + 1)].matches("<row ").count()
    };
    assert_eq!([rows(1), rows(2), rows(3)], [4, 4, 2]);
}

#[test]
fn the_command_writes_the_same_bytes_each_time() {
    let folder = scratch(&[]);
    let file = |name: &str| folder.path().join(name);
    let run = |name: &str, more: &[&str]| {
        let path = file(name);
        let all = [&["matrix", "examples/acme", "--format", "xlsx", "-o", text(&path)], more];
        precedent(&all.concat())
    };
    assert_eq!(run("a.xlsx", &[]).status, 0);
    assert_eq!(run("b.xlsx", &[]).status, 0);
    let read = |name: &str| std::fs::read(file(name)).expect("written");
    assert_eq!(read("a.xlsx"), read("b.xlsx"));
    assert_eq!(run("c.xlsx", &["--permission", "shell"]).status, 0);
    let strings = &parts(read("c.xlsx"))["xl/sharedStrings.xml"];
    assert!(
        strings.contains(">Databases<")
            && !strings.contains(">canned_scripts</t></si><si><t>decision")
    );
    assert_eq!(run("d.xlsx", &["--of", "accounts"]).status, 2);
    assert_eq!(precedent(&["matrix", "examples/acme", "--format", "xlsx"]).status, 2);
}

#[test]
fn every_sheet_about_access_is_decided_and_says_of_what() {
    let site = |more: &str| {
        let policy = format!(
            "session policy \"12\" {{\n  shell = allow\n}}\nuser \"ada\" {{\n  \
             administration.admin = allow\n{more}}}\nteam \"T\"\n"
        );
        parts(book(&startable(&[("a.prec", policy)]), &Options::default()))
    };
    let parts = site("  team \"T\" as lead\n");
    let sheet = |title: &str| {
        let titles = titles(&parts);
        let at = titles.iter().position(|found| found == title).expect("a sheet");
        &parts[&format!("xl/worksheets/sheet{}.xml", at + 1)]
    };
    for title in ["Accounts", "Memberships"] {
        assert!(sheet(title).contains("keep,revoke"), "{title}");
    }
    // A name of digits is a text, which stands among the strings.
    assert!(parts["xl/sharedStrings.xml"].contains("<t>12</t>"));
    assert!(!sheet("Session policies").contains("<v>12</v></c><c r=\"B2\""));
    let digest = |parts: &BTreeMap<String, String>| {
        let strings = &parts["xl/sharedStrings.xml"];
        let at = strings.find("sha256:").expect("a digest");
        strings[at..at + 71].to_owned()
    };
    assert_eq!(digest(&parts), digest(&site("  team \"T\" as lead\n")));
    assert_ne!(digest(&parts), digest(&site("  team \"T\" as member\n")));
}

/// Prints all rows of all sheets as JSON.
const PYTHON: &str = "
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
                  for sheet in book.worksheets}))
";

#[test]
fn a_program_for_workbooks_reads_what_the_matrix_says() {
    let python = |arguments: &[&str]| Command::new("python3").args(arguments).output();
    if !python(&["-c", "import openpyxl"]).is_ok_and(|found| found.status.success()) {
        let note =
            "note: no openpyxl is installed, so the workbook was NOT read by another program";
        writeln!(std::io::stderr(), "{note}").expect("a note");
        return;
    }
    let folder = scratch(&[]);
    let file = folder.path().join("review.xlsx");
    let run = precedent(&["matrix", "examples/acme", "--format", "xlsx", "-o", text(&file)]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let read = python(&["-c", PYTHON, text(&file)]).expect("python runs");
    let book: Value = serde_json::from_slice(&read.stdout).expect("JSON");
    let json = precedent(&["compile", "examples/acme", "-o", "-"]).stdout;
    let ir = Arc::new(precedent::ir::file::read(json.as_bytes()).expect("compiled"));
    let labels: BTreeMap<&str, &str> =
        ir.profile.methods.iter().map(|one| (&*one.label, &*one.id)).collect();
    // From the matrix: the value of each cell.
    let mut expected: BTreeMap<[String; 4], String> = BTreeMap::new();
    for row in crate::support::rows(&sessions_csv(&ir)) {
        let key = [0, 1, 2, 4].map(|at| row[at].clone());
        expected.insert(
            [key[1].clone(), key[2].clone(), key[3].clone(), row[6].clone()],
            row[7].clone(),
        );
    }
    let access = book["Access"].as_array().expect("rows");
    let header: Vec<&str> =
        access[0].as_array().expect("a row").iter().filter_map(Value::as_str).collect();
    let column = |name: &str| header.iter().position(|found| *found == name).expect("a column");
    let mut sessions = 0;
    for row in &access[1..] {
        let field = |at: usize| row[at].as_str().unwrap_or_default().to_owned();
        let method = labels[&*field(column("start method"))].to_owned();
        let targets: Vec<String> = field(column("which")).split(", ").map(str::to_owned).collect();
        assert_eq!(row[column("targets")], targets.len() as u64);
        sessions += targets.len();
        let permissions = column("which") + 1..column("decision");
        let shown = permissions.map(|at| (header[at], at)).chain([("start", column("start"))]);
        for (permission, at) in shown {
            for target in &targets {
                let key = [
                    field(column("person")),
                    method.clone(),
                    target.clone(),
                    permission.to_owned(),
                ];
                assert_eq!(expected.get(&key), Some(&field(at)), "{key:?}");
            }
        }
    }
    let starts = expected.keys().filter(|key| key[3] == "start").count();
    assert_eq!(sessions, starts, "each session is in one row");
}
