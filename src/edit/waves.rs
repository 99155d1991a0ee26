//! Edits that are made in one go: each is about the body of another object, so that it comes to the
//! same as one after the other.

use super::changes::Changes;
use super::view::View;
use super::{Edit, LeftComment, Object, Part, Refusal, Refused, Told, Verb};
use crate::syntax::ast::DeclarationKind;
use std::collections::HashMap;

/// The object whose body is all that an edit changes; `None` for edits that change more.
fn own_object(edit: &Edit) -> Option<&Object> {
    let object = match &edit.verb {
        Verb::Set { object, .. }
        | Verb::Unset { object, .. }
        | Verb::Assign { object, .. }
        | Verb::AddMember { object, .. }
        | Verb::RemoveMember { object, .. } => object,
        Verb::Move { .. }
        | Verb::Rename { .. }
        | Verb::Remove { .. }
        | Verb::Copy { .. }
        | Verb::Add { .. } => return None,
    };
    (object.part != Part::Defaults).then_some(object)
}

/// The places of edits, divided into those that are made in one go. Of the edits of one object,
/// each comes after the ones before it.
pub(super) fn waves(list: &[Edit]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    // Where the present run begins, and the next wave of it for each object.
    let mut start = 0;
    let mut next: HashMap<(DeclarationKind, Option<&str>), usize> = HashMap::new();
    for (at, edit) in list.iter().enumerate() {
        let Some(object) = own_object(edit) else {
            waves.push(vec![at]);
            start = waves.len();
            next.clear();
            continue;
        };
        let name = object.name.as_ref().map(|name| &*name.text);
        let wave = next.entry((object.kind, name)).or_insert(start);
        match waves.get_mut(*wave) {
            Some(others) => others.push(at),
            None => waves.push(vec![at]),
        }
        *wave += 1;
    }
    waves
}

/// The changes of a wave in one, and what is said about them. `None` where they touch each other,
/// so that they have to be made one by one.
pub(super) fn together(
    made: Vec<(usize, Result<Changes, Refusal>)>,
    view: &View<'_>,
    told: &mut Told,
) -> Option<Changes> {
    let parts = made.iter().filter_map(|(_, made)| made.as_ref().ok());
    if Changes::touch(parts) {
        return None;
    }
    let mut all = Changes::default();
    for (at, made) in made {
        match made {
            Ok(changes) if changes.is_empty() => told.without_effect.push((at, at)),
            Ok(mut changes) => {
                told.notes.extend(changes.notes.drain(..).map(|note| (at, note)));
                let left = changes.left.drain(..);
                told.left.extend(left.map(|span| (at, LeftComment::new(view, span))));
                all.join(changes);
            }
            Err(finding) => {
                let sources = view.sources.clone();
                told.refused.push((at, Refused { findings: vec![*finding], sources }));
            }
        }
    }
    Some(all)
}
