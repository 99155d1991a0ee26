//! `rename`: an object and all uses of its name.

use super::changes::Changes;
use super::view::View;
use super::{Name, Object, Part, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::diff::Diff;
use crate::diff::Side;
use crate::source::{Sources, Span};
use crate::syntax::ast::DeclarationKind;
use crate::text::{escape_control_chars, quote};

/// An object that has another name after an edit.
#[derive(Clone, Debug)]
pub struct Renamed {
    kind: DeclarationKind,
    old: String,
    new: String,
    span: Span,
    sources: Sources,
}

impl Renamed {
    pub(super) fn new(object: &Object, to: &Name, span: Span, sources: &Sources) -> Renamed {
        let old = object.name.as_ref().map(|name| name.text.clone()).unwrap_or_default();
        let (kind, new) = (object.kind, to.text.clone());
        Renamed { kind, old, new, span, sources: sources.clone() }
    }
}

pub(super) fn rename(view: &View<'_>, object: &Object, to: &Name) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    let mut changes = Changes::default();
    let (Some(name), Some(written), Part::Whole) = (&object.name, found.name, &object.part) else {
        let message = "this has no name";
        return Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message)));
    };
    if name.text == to.text {
        return Ok(changes);
    }
    view.is_free(object.kind, view.method(&found), to)?;
    let new = quote(&to.text);
    let namesakes = view.named(object.kind, &name.text).len() > 1;
    changes.replace(written.in_file(found.file), new.clone());
    for span in view.uses(object.kind, &name.text) {
        if namesakes {
            return Err(ambiguous(object, name, span));
        }
        changes.replace(span, new.clone());
    }
    if let Some((file, manifest)) = &view.manifest {
        for denial in &manifest.deny {
            if let Some((gate, span)) = denial.renamed(object.kind, &name.text, &to.text) {
                if namesakes {
                    return Err(ambiguous(object, name, span));
                }
                changes.replace(Span { file: *file, ..span }, gate);
            }
        }
    }
    Ok(changes)
}

/// That a test or a gate means all jump items of a name, of which one would get another.
fn ambiguous(object: &Object, name: &Name, place: Span) -> Refusal {
    let message = format!(
        "several jump items are called `{}`, and a test or a gate means all of them",
        escape_control_chars(&name.text)
    );
    let help = "change that line first";
    let found = Diagnostic::new(Code::EDIT_REFUSED, object.span, message).help(help);
    Box::new(found.label(place, "named here"))
}

/// The findings about renamed objects that a comparison takes for another one: without an `id`, it
/// cannot know better.
pub fn unpaired(renamed: &[Renamed], diff: &Diff) -> Vec<super::Refused> {
    let is_lost = |one: &&Renamed| {
        let objects = |side| diff.ir(side).tables.objects(one.kind);
        // An object that another edit has renamed or added before is none of OLD's.
        let old = objects(Side::Old).into_iter().position(|object| object.name == one.old);
        let partner = old.and_then(|old| diff.partner(one.kind, old as u32));
        let is_it = |new: u32| objects(Side::New)[new as usize].name == one.new;
        partner.is_some_and(|partner| !partner.is_some_and(is_it))
    };
    let finding = |one: &Renamed| {
        let words = one.kind.words();
        let message =
            format!("without an `id`, a comparison treats the renamed {words} as a different one");
        let help = format!(
            "first give it the product's number, in a change of its own: `set {words} {} id = …`; \
             or write `without id` at the end, and all that it has is shown as removed and added",
            quote(&one.old)
        );
        let found = Diagnostic::new(Code::EDIT_REFUSED, one.span, message).help_in_full(help);
        super::Refused { findings: vec![found], sources: one.sources.clone() }
    };
    renamed.iter().filter(is_lost).map(finding).collect()
}
