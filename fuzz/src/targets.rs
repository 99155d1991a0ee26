//! One function for each target. None may panic, take more than a few seconds, or use much memory,
//! whatever the bytes are.

use precedent::diagnostic::{Diagnostic, Fix, fix, github, json, junit, rdjson, render, sarif};
use precedent::edit::Edits;
use precedent::ir::Ir;
use precedent::lint;
use precedent::matrix::Matrix;
use precedent::matrix::by_party::Party;
use precedent::repair::{self, Question, Workshop};
use precedent::report::diff as diff_report;
use precedent::report::matrix::{
    by_party, csv, json as matrix_json, markdown, text as matrix_text,
};
use precedent::report::show::{self, Kind};
use precedent::report::{Style, policy_test as test_report, site, xlsx};
use precedent::review::Parts;
use precedent::review::acceptance::{self, Acceptances};
use precedent::review::gate;
use precedent::source::{FileId, SourceFile, Sources, Span};
use precedent::syntax::pieces::{Piece, pieces};
use precedent::syntax::{self, printer};
use precedent::workspace::{
    self, Comparison, Compiled, Content, Input, Policies, RawFile, ReadError, add_file, recheck,
};
use precedent::{policy_test, text};
use std::sync::Arc;

/// Policies that a hostile manifest, profile or file of acceptances is for.
const SITE: &str = r#"session policy "Vendors" {
  shell = deny
}
global default {
  others = unknown
}
group policy "Staff" {
  members = [user "ada"]
  access.allowed = allow
  session_policy = "Vendors"
  jump group "Production" as "Start"
}
jump group "Production"
jump item role "Start" {
  allows = [start]
}
user "ada"
jump item "db01" {
  kind = shell_jump
  group = "Production"
}
test "Vendors have no shell" {
  when user == "ada"
  expect shell == deny
}
"#;

const STYLE: Style = Style { color: false, width: 80 };

fn raw(path: &str, bytes: &[u8]) -> RawFile {
    RawFile { path: path.into(), content: Ok(bytes.to_vec()) }
}

fn compiled_with(manifest: Option<&[u8]>, files: &[(&str, &[u8])], profile: &[u8]) -> Compiled {
    let files = files.iter().map(|(path, bytes)| raw(path, bytes)).collect();
    let manifest = manifest.map(|bytes| raw("precedent.toml", bytes));
    workspace::compile(Input { manifest, files }, &mut |path| match path {
        "profile.toml" => raw(path, profile),
        _ => RawFile { path: path.into(), content: Err(ReadError::Unreadable("not there".into())) },
    })
}

/// Writes findings in all formats, and checks that their places lie in the sources.
fn written(findings: &[Diagnostic], sources: &Sources) {
    let sound = |span: &Span| assert!(sources.contains(*span), "{span:?} is no place");
    for found in findings {
        sound(&found.primary.span);
        found.labels.iter().for_each(|label| sound(&label.span));
        found.fixes.iter().flat_map(|fix| &fix.edits).for_each(|edit| sound(&edit.span));
    }
    render::render(
        findings,
        sources,
        render::Options { color: true, width: 80, extent: render::Extent::Full },
    );
    json::render(findings, sources);
    github::render(findings, sources);
    junit::render(findings, sources);
    rdjson::render(findings, sources);
    sarif::render(findings, sources);
}

/// All that is done with policies of one revision.
fn resolved(ir: &Arc<Ir>) {
    let matrix = Matrix::new(ir);
    let out = || std::io::sink();
    csv::sessions(&matrix, out()).expect("a sink takes all");
    csv::accounts(&matrix, out()).expect("a sink takes all");
    csv::sessions_grouped(&matrix, out()).expect("a sink takes all");
    matrix_json::sessions_grouped(&matrix, out()).expect("a sink takes all");
    matrix_json::accounts_grouped(&matrix, out()).expect("a sink takes all");
    markdown::sessions_grouped(&matrix, false, out()).expect("a sink takes all");
    matrix_text::sessions(&matrix, false, STYLE, out()).expect("a sink takes all");
    matrix_text::accounts(&matrix, true, STYLE, out()).expect("a sink takes all");
    let mut divided = Matrix::new(ir);
    divided.divide_by_deciders_of_start();
    for party in [Party::Person, Party::Machine] {
        let options = by_party::Options { party, names: true, all: false };
        by_party::text(&divided, options, STYLE, out()).expect("a sink takes all");
    }
    let outcomes = policy_test::run(&matrix, "");
    test_report::text(&matrix, &outcomes, test_report::Measures::default(), STYLE);
}

/// Parses, lowers, lints and resolves a policy file.
pub fn compile(data: &[u8]) {
    let compiled = compiled_with(None, &[("a.prec", data)], b"");
    written(&compiled.diagnostics, &compiled.sources);
    if let Some(ir) = &compiled.ir {
        resolved(ir);
        lint::lint(ir, text::Date::parse("2027-01-01"));
    }
}

fn comments(text: &str) -> Vec<&str> {
    let comments = pieces(text).filter(|(piece, _)| *piece == Piece::Comment);
    comments.map(|(_, at)| &text[at.start as usize..at.end as usize]).collect()
}

/// Formats a file: the layout is its own layout, keeps all comments, and means the same.
pub fn format(data: &[u8]) {
    let formatted = |bytes: &[u8]| {
        let mut sources = Sources::new();
        let (id, found) = add_file(&mut sources, raw("a.prec", bytes), Content::Policies);
        let id = id.filter(|_| found.is_empty())?;
        let (tree, found) = syntax::parse(id, sources.file(id));
        let text = found.is_empty().then(|| printer::print(&tree, sources.file(id)))?;
        Some((sources.file(id).text.clone(), text))
    };
    let Some((before, after)) = formatted(data) else { return };
    let again = formatted(after.as_bytes()).expect("a layout without errors").1;
    assert_eq!(again, after, "the layout changes when it is laid out again");
    assert_eq!(comments(&before), comments(&after), "a comment is lost");
    // Messages quote the text as it is written, and places move.
    let meaning = |bytes: &[u8]| {
        let compiled = compiled_with(None, &[("a.prec", bytes)], b"");
        let findings = compiled.diagnostics.iter().filter(|found| !found.code.is_lint());
        let mut codes: Vec<&str> = findings.map(|found| found.code.id()).collect();
        codes.sort_unstable();
        let csv = compiled.ir.map(|ir| {
            let mut out = Vec::new();
            csv::accounts(&Matrix::new(&ir), &mut out).expect("memory takes all");
            String::from_utf8_lossy(&out).lines().count()
        });
        (codes, csv)
    };
    assert_eq!(meaning(data), meaning(after.as_bytes()), "the layout means something else");
}

/// Applies each fix by itself, and all of them.
pub fn fixes(data: &[u8]) {
    let compiled = compiled_with(None, &[("a.prec", data)], b"");
    let texts = |fixes: &[&Fix]| fix::apply(fixes, &compiled.sources);
    let all = compiled.diagnostics.iter().flat_map(|found| &found.fixes).take(50);
    for one in all {
        for text in texts(&[one]).into_values() {
            syntax::parse(FileId(0), &SourceFile::new("a.prec", text));
        }
    }
    let editable = compiled.sources.iter().map(|(id, _)| id).collect();
    let chosen = fix::choose(&compiled.diagnostics, &compiled.sources, &editable);
    for text in texts(&chosen).into_values() {
        let compiled = compiled_with(None, &[("a.prec", text.as_bytes())], b"");
        written(&compiled.diagnostics, &compiled.sources);
    }
}

/// Reads a manifest of a workspace that compiles without it.
pub fn manifest(data: &[u8]) {
    let compiled = compiled_with(Some(data), &[("a.prec", SITE.as_bytes())], b"");
    written(&compiled.diagnostics, &compiled.sources);
}

/// Reads a profile file, and compiles policies under it.
pub fn profile(data: &[u8]) {
    let manifest = b"profile = \"profile.toml\"\n";
    let compiled = compiled_with(Some(manifest), &[("a.prec", SITE.as_bytes())], data);
    written(&compiled.diagnostics, &compiled.sources);
    if let Some(ir) = &compiled.ir {
        resolved(ir);
    }
}

/// Reads a compiled file; whatever can be read can be resolved, linted, and compared with itself.
pub fn compiled(data: &[u8]) {
    let Ok(policies) = workspace::read_compiled(data) else { return };
    let ir = policies.ir();
    // Whoever writes a few large numbers has to wait for them.
    resolved(ir);
    let checked = recheck(Arc::clone(ir), None);
    written(&checked.diagnostics, &checked.sources);
    let same = Comparison::new(&policies, &policies);
    assert!(
        same.rows().sessions.is_empty() && same.rows().accounts.is_empty(),
        "policies differ from themselves"
    );
}

/// Reads a file of acceptances, and reviews a diff with them.
pub fn acceptances(data: &[u8]) {
    let mut sources = Sources::new();
    let (id, mut found) = add_file(&mut sources, raw("accepted.toml", data), Content::Toml);
    if let Some(id) = id {
        let (list, more) = acceptance::read(id, sources.file(id));
        found.extend(more);
        found.extend(acceptance::twice(&list));
        let mut accepted = Acceptances { list, sources: sources.clone() };
        if let Some(day) = text::Date::parse("2027-01-01") {
            found.extend(accepted.expire(day));
        }
        if found.is_empty() {
            let [old, new] = ["shell = deny", "shell = allow"].map(site_with);
            Comparison::new(&old, &new).review(&[], &accepted);
        }
    }
    written(&found, &sources);
}

fn site_with(shell: &str) -> Policies {
    let text = SITE.replace("shell = deny\n}\nglobal", &format!("{shell}\n}}\nglobal"));
    let compiled = compiled_with(None, &[("a.prec", text.as_bytes())], b"");
    Policies::new(&compiled.ir.expect("the example compiles"))
}

/// Parses what is given on the command line: gates, conditions, expectations.
pub fn questions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(gate) = gate::parse(text) {
        assert!(gate::parse(&gate.text()).is_ok(), "a gate's own text is no gate");
        let [old, new] = ["shell = deny", "shell = allow"].map(site_with);
        gate.mistakes(old.ir(), new.ir());
        Comparison::new(&old, &new).review(&[gate], &Acceptances::default());
    }
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new("--when", text));
    written(&syntax::parse_condition(id, sources.file(id)).1, &sources);
    written(&syntax::parse_expectation(id, sources.file(id)).1, &sources);
}

/// Compares two revisions, which a line of `====` separates, and writes every report.
pub fn diff(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((old, new)) = text.split_once("\n====\n") else { return };
    let policies = |text: &str| {
        let compiled = compiled_with(None, &[("a.prec", text.as_bytes())], b"");
        compiled.ir.as_ref().map(Policies::new)
    };
    let (Some(old), Some(new)) = (policies(old), policies(new)) else { return };
    let comparison = Comparison::new(&old, &new);
    let gates = gate::parse("any").into_iter().collect::<Vec<_>>();
    let reviewed = comparison.review(&gates, &Acceptances::default());
    let parts = Parts::default();
    diff_report::text(&reviewed, parts, STYLE);
    diff_report::markdown(&reviewed, parts);
    diff_report::html(&reviewed, parts);
    diff_report::json(&reviewed, parts, std::io::sink()).expect("a sink takes all");
    diff_report::csv::sessions(comparison.diff(), std::io::sink()).expect("a sink takes all");
    diff_report::csv::accounts(comparison.diff(), std::io::sink()).expect("a sink takes all");
    diff_report::acceptance_template(&reviewed);
}

/// Writes the page, the workbook, and all that can be shown of a policy file.
pub fn pages(data: &[u8]) {
    let Some(ir) = compiled_with(None, &[("a.prec", data)], b"").ir else { return };
    let mut matrix = Matrix::new(&ir);
    matrix.divide_by_deciders_of_start();
    site::html(&matrix);
    // Small sheets, so that there are several of a table.
    let options = xlsx::Options { rows: 3, ..xlsx::Options::default() };
    xlsx::workbook(&matrix, &options).expect("a workbook of any policies");
    for kind in Kind::ALL {
        let names = show::all_names(&matrix, *kind);
        let mut pages = vec![show::list(&matrix, *kind)];
        pages.extend(names.iter().take(20).flat_map(|name| show::pages(&matrix, *kind, name)));
        for page in &pages {
            show::text(page, true, STYLE);
            show::markdown(page);
        }
        show::json(&pages);
    }
}

/// Makes edits, which follow the policies after a line of `====`, and repairs the tests that fail
/// then.
pub fn edits(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((policies, lines)) = text.split_once("\n====\n") else { return };
    let edits = match Edits::read([("edits".to_owned(), lines.to_owned())]) {
        Ok(edits) => edits,
        Err(refused) => return written(&refused.findings, &refused.sources),
    };
    let input = Input { manifest: None, files: vec![raw("a.prec", policies.as_bytes())] };
    let profile = &site_with("shell = deny").ir().profile.clone();
    if compiled_with(None, &[("a.prec", policies.as_bytes())], b"").ir.is_none() {
        return;
    }
    let applied = match edits.apply(&input, profile) {
        Ok(applied) => applied,
        Err(refused) => {
            return refused.iter().for_each(|one| written(&one.findings, &one.sources));
        }
    };
    let file = applied.input.files.first().and_then(|file| file.content.as_ref().ok());
    let after = file.expect("the file is still there");
    let compiled = compiled_with(None, &[("a.prec", after)], b"");
    written(&compiled.diagnostics, &compiled.sources);
    let Some(ir) = compiled.ir.filter(|_| after.len() < 2_000) else { return };
    let matrix = Matrix::new(&ir);
    let outcomes = policy_test::run(&matrix, "");
    if let Some(failing) = outcomes.iter().find(|outcome| !outcome.passed()) {
        let question = Question::Test(failing.test.object.name.to_string());
        if let Ok(workshop) = Workshop::new(&applied.input, None, &question) {
            repair::search(&workshop, &|_, _| ());
        }
    }
}
