//! Small workspaces for the tests of lints.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::file;
use crate::text::Date;
use crate::workspace::{Compiled, Input, RawFile, ReadError, compile_as_of, recheck};

fn raw(path: &str, text: String) -> RawFile {
    RawFile { path: path.into(), content: Ok(text.into_bytes()) }
}

pub(super) fn compiled(text: &str, manifest: &str) -> Compiled {
    let input = Input {
        // Lints are tried on all pairs: most tests have no accounts that could start a session.
        manifest: Some(raw("precedent.toml", format!("sessions = \"all\"\n{manifest}"))),
        files: vec![raw("a.prec", text.into())],
    };
    let as_of = Date::new(2027, 1, 1);
    let compiled = compile_as_of(input, None, as_of, &mut |path| RawFile {
        path: path.into(),
        content: Err(ReadError::Unreadable("no such file".into())),
    });
    let wrong = |diagnostic: &&Diagnostic| !diagnostic.code.is_lint();
    let wrong: Vec<&Diagnostic> = compiled.diagnostics.iter().filter(wrong).collect();
    assert!(wrong.is_empty(), "the workspace of the test has errors: {wrong:#?}");
    compiled
}

/// What one lint finds at level `warn`.
pub(super) fn findings(lint: &str, text: &str) -> Vec<Diagnostic> {
    let code = Code::find(lint).expect("a lint");
    let compiled = compiled(text, &format!("[lints]\n{lint} = \"warn\"\n"));
    compiled.diagnostics.into_iter().filter(|diagnostic| diagnostic.code == code).collect()
}

pub(super) fn messages(lint: &str, text: &str) -> Vec<String> {
    findings(lint, text).into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// The messages of a lint for the compiled form of a workspace.
pub(super) fn recheck_messages(lint: &str, text: &str) -> Vec<String> {
    let ir = compiled(text, "").ir.expect("an IR");
    let mut bytes = Vec::new();
    file::write(&ir, &mut bytes).expect("memory takes all");
    let read = file::read(&bytes).expect("an IR that can be read back");
    recheck(std::sync::Arc::new(read), None)
        .diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.code.name() == lint)
        .map(|diagnostic| diagnostic.message)
        .collect()
}
