//! What all tests share: compiling from text, reports as rows, looking one cell up. Tests see the
//! product as its users do (text in, CSV out), so that a change inside of it does not touch them.

use crate::consumers;
use crate::sarif as sarif_schema;
use precedent::diagnostic::{
    Diagnostic, Severity, codeclimate, fix, github, json, junit, rdjson, render, sarif,
};
use precedent::diff::Diff;
use precedent::ir::{Ir, SessionScope};
use precedent::matrix::Matrix;
use precedent::profile::{self, Profile};
use precedent::report::diff::csv as diff_csv;
use precedent::report::matrix::csv;
use precedent::source::Sources;
use precedent::workspace::{self, Compiled, Input, RawFile, ReadError};
use std::sync::Arc;
use std::sync::OnceLock;

pub const BUILTIN: [&str; 5] = ["pra-25.3", "pra-25.2", "rs-25.3", "rs-25.2", "bomgar-15.1"];

/// A built-in profile, read once.
pub fn profile(id: &str) -> &'static Profile {
    static PROFILES: OnceLock<Vec<Profile>> = OnceLock::new();
    let all = PROFILES.get_or_init(|| {
        BUILTIN.iter().map(|id| profile::builtin(id).expect("a built-in profile")).collect()
    });
    all.iter().find(|profile| profile.id == id).expect("a built-in profile")
}

pub fn raw(path: &str, bytes: impl Into<Vec<u8>>) -> RawFile {
    RawFile { path: path.into(), content: Ok(bytes.into()) }
}

/// Compiles an input that names no profile file.
pub fn compile_input(input: Input) -> Compiled {
    workspace::compile(input, &mut |path| RawFile {
        path: path.into(),
        content: Err(ReadError::Unreadable("no such file".into())),
    })
}

/// Compiles policy files, as (path, text), without a manifest.
pub fn compile<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Compiled {
    let files = files.iter().map(|(path, text)| raw(path.as_ref(), text.as_ref())).collect();
    compile_input(Input { manifest: None, files })
}

/// The IR of policy files, whose sessions are all pairs; panics with the findings if there is an
/// error among them.
pub fn ir<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Arc<Ir> {
    let mut ir = checked(compile(files));
    Arc::make_mut(&mut ir).tables.sessions = SessionScope::All;
    ir
}

/// The IR of policy files, whose sessions are those that can be started.
pub fn startable<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Arc<Ir> {
    checked(compile(files))
}

pub fn checked(compiled: Compiled) -> Arc<Ir> {
    let Compiled { sources, ir, diagnostics } = compiled;
    ir.unwrap_or_else(|| {
        panic!("the workspace has errors:\n{}", drawn(&errors(&diagnostics), &sources))
    })
}

pub fn errors(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect()
}

pub fn drawn(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    render::render(
        diagnostics,
        sources,
        render::Options { color: false, width: 100, extent: render::Extent::Full },
    )
}

/// Checks what holds for the findings of any input: places lie in the sources, and both forms can
/// be written.
pub fn assert_sound(compiled: &Compiled) {
    for found in &compiled.diagnostics {
        let places = std::iter::once(&found.primary).chain(&found.labels).map(|label| label.span);
        let edits = found.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in places.chain(edits) {
            assert!(compiled.sources.contains(span), "a place lies outside of its file: {found:?}");
        }
        let said = [Some(&found.message), found.help.as_ref()].into_iter().flatten();
        assert!(
            said.into_iter().all(|text| !text.trim().is_empty()),
            "a finding says nothing: {found:?}"
        );
    }
    for color in [false, true] {
        render::render(
            &compiled.diagnostics,
            &compiled.sources,
            render::Options { color, width: 80, extent: render::Extent::Brief },
        );
    }
    let text = json::render(&compiled.diagnostics, &compiled.sources);
    let findings: Vec<serde_json::Value> =
        serde_json::from_str(&text).expect("findings are a JSON array");
    assert!(findings.len() <= json::MAX, "the JSON of findings is cut");
    for found in findings {
        let place = |key: &str| found[key].as_u64().expect("a line or column");
        assert!(
            place("line") >= 1 && place("column") >= 1,
            "lines and columns count from 1: {found}"
        );
        let (start, end) =
            ((place("line"), place("column")), (place("end_line"), place("end_column")));
        assert!(start <= end, "a finding ends before it begins: {found}");
    }
    for format in
        [github::render, junit::render, rdjson::render, sarif::render, codeclimate::render]
    {
        assert!(
            !format(&compiled.diagnostics, &compiled.sources)
                .contains(|c| matches!(c, '\0'..='\t' | '\x0b'..='\x1f'))
        );
    }
    let (found, sources) = (&compiled.diagnostics, &compiled.sources);
    consumers::assert_junit(&junit::render(found, sources));
    consumers::assert_annotations(&github::render(found, sources));
    consumers::assert_rdjson(&rdjson::render(found, sources));
    consumers::assert_code_climate(&codeclimate::render(found, sources));
    sarif_schema::assert_valid(&sarif::render(&compiled.diagnostics, &compiled.sources));
    let all = compiled.sources.iter().map(|(id, _)| id).collect();
    fix::apply(&fix::choose(&compiled.diagnostics, &compiled.sources, &all), &compiled.sources);
    let is_error = |found: &Diagnostic| found.severity == Severity::Error;
    assert_eq!(
        compiled.ir.is_none(),
        compiled.diagnostics.iter().any(is_error),
        "there is an IR unless there is an error"
    );
}

/// What a writer of a report writes.
pub fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("writing to memory");
    String::from_utf8(out).expect("reports are UTF-8")
}

pub fn sessions_csv(ir: &Arc<Ir>) -> String {
    written(|out| csv::sessions(&Matrix::new(ir), out))
}

pub fn accounts_csv(ir: &Arc<Ir>) -> String {
    written(|out| csv::accounts(&Matrix::new(ir), out))
}

/// The CSV of sessions and of accounts that differ.
pub fn diff_csv(old: &Arc<Ir>, new: &Arc<Ir>) -> (String, String) {
    let (old, new) = (Arc::new(Matrix::new(old)), Arc::new(Matrix::new(new)));
    let diff = Diff::new(&old, &new);
    (written(|out| diff_csv::sessions(&diff, out)), written(|out| diff_csv::accounts(&diff, out)))
}

/// The rows of a CSV without its header, read as RFC 4180 has it.
pub fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        let row = rows.last_mut().expect("a row");
        let field = row.last_mut().expect("a field");
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            plain => field.push(plain),
        }
    }
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line ends with a line end");
    rows.remove(0);
    rows
}

/// A compiled workspace of one file, `a.prec`, and its matrices.
pub struct World {
    pub ir: Arc<Ir>,
    sessions: Vec<Vec<String>>,
    accounts: Vec<Vec<String>>,
}

/// A cell: value, layer, policy, `FILE:LINE`. Of an account: value, source, policy, `FILE:LINE`.
pub type Cell<'w> = (&'w str, &'w str, &'w str, &'w str);

impl World {
    pub fn of(text: &str) -> World {
        let ir = ir(&[("a.prec", text)]);
        let (sessions, accounts) = (rows(&sessions_csv(&ir)), rows(&accounts_csv(&ir)));
        World { ir, sessions, accounts }
    }

    /// One permission of a session. The endpoint is a target (`web01`), and where that is not
    /// enough the method before it (`jump_to EMEA`) or the presence after it (`web01 absent`).
    pub fn cell(&self, subject: &str, endpoint: &str, permission: &str) -> Cell<'_> {
        let found: Vec<&Vec<String>> = self
            .sessions
            .iter()
            .filter(|row| row[1] == subject && row[6] == permission)
            .filter(|row| {
                let (method, target, presence) = (&row[2], &row[4], &row[5]);
                [target.clone(), format!("{method} {target}"), format!("{target} {presence}")]
                    .contains(&endpoint.to_owned())
            })
            .collect();
        let [row] = found[..] else {
            panic!("{} cells are `{permission}` of {subject} at {endpoint}", found.len())
        };
        (&row[7], &row[8], &row[9], &row[11])
    }

    /// The same, with the line that decided in place of where it is.
    pub fn says(&self, subject: &str, endpoint: &str, permission: &str) -> Cell<'_> {
        let (value, layer, policy, location) = self.cell(subject, endpoint, permission);
        (value, layer, policy, line_at(&self.ir, location))
    }

    /// One setting of an account.
    pub fn account(&self, user: &str, setting: &str) -> Cell<'_> {
        let row = self.accounts.iter().find(|row| row[0] == user && row[1] == setting);
        let row = row.unwrap_or_else(|| panic!("{user} has no `{setting}`"));
        (&row[2], &row[3], &row[4], &row[6])
    }

    /// All settings of an account that begin so, each with its value.
    pub fn account_rows(&self, user: &str, prefix: &str) -> Vec<(&str, &str)> {
        let rows = self.accounts.iter().filter(|row| row[0] == user && row[1].starts_with(prefix));
        rows.map(|row| (&*row[1], &*row[2])).collect()
    }

    /// The endpoints of the matrix as `method target presence`, in its order.
    pub fn endpoints(&self, subject: &str) -> Vec<String> {
        let mut all: Vec<String> = self
            .sessions
            .iter()
            .filter(|row| row[1] == subject)
            .map(|row| format!("{} {} {}", row[2], row[4], row[5]))
            .collect();
        all.dedup();
        all.iter().map(|endpoint| endpoint.trim_end().to_owned()).collect()
    }
}

/// The text of the line at `FILE:LINE`, without blanks around it; empty for no place.
pub fn line_at<'i>(ir: &'i Ir, location: &str) -> &'i str {
    let Some((path, line)) = location.rsplit_once(':') else { return "" };
    let (_, file) =
        ir.sources.iter().find(|(_, file)| file.path == path).expect("a file of the workspace");
    let line: usize = line.parse().expect("the number of a line");
    file.text.split('\n').nth(line - 1).expect("a line of the file").trim()
}
