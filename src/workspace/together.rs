//! Several workspaces that are reported as one.

use super::compile::Compiled;
use crate::diagnostic::{self, Diagnostic};
use crate::source::{FileId, Sources, Span};

/// The files and findings of several workspaces, each with the way to its folder: empty, or with a
/// `/` at the end. Policies of different workspaces make no whole, so there is no IR.
pub fn together(workspaces: Vec<(String, Compiled)>) -> Compiled {
    let mut sources = Sources::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for (folder, compiled) in workspaces {
        let before = sources.len() as u32;
        for (_, file) in compiled.sources.with_prefix(&folder).iter() {
            sources.add(file.clone());
        }
        diagnostics.extend(compiled.diagnostics.into_iter().map(|found| moved(found, before)));
    }
    diagnostic::sort(&mut diagnostics, &sources);
    Compiled { sources, ir: None, diagnostics }
}

/// A finding whose files have ids that are higher by a number.
fn moved(mut found: Diagnostic, by: u32) -> Diagnostic {
    let shift = |span: &mut Span| span.file = FileId(span.file.0 + by);
    shift(&mut found.primary.span);
    found.labels.iter_mut().for_each(|label| shift(&mut label.span));
    let edits = found.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
    edits.for_each(|edit| shift(&mut edit.span));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn findings_keep_their_files() {
        let compiled = |text: &str| {
            let workspace = Workspace::from_texts([("a.prec", text)]);
            Compiled {
                sources: workspace.sources().clone(),
                ir: None,
                diagnostics: workspace.diagnostics().to_vec(),
            }
        };
        let (one, two) = (compiled("team \"a\"\nteam \"a\"\n"), compiled("user x\n"));
        let all = together(vec![("one/".into(), one), ("two/".into(), two)]);
        let errors = all.diagnostics.iter().filter(|found| !found.code.is_lint());
        let places = errors.map(|found| {
            let labels = found.labels.iter().map(|label| all.sources.location(label.span));
            (all.sources.location(found.primary.span), labels.collect::<Vec<_>>())
        });
        let expected = [
            ("one/a.prec:2".to_owned(), vec!["one/a.prec:1".to_owned()]),
            ("two/a.prec:1".to_owned(), Vec::new()),
        ];
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }
}
