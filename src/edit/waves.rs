//! Edits that are made in one go: each is about the body of another object, so that it comes to the
//! same as one after the other.

use super::changes::Changes;
use super::copy::needs_body;
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

/// The kind and file of a new object that any number of others may follow in one go: of those with
/// a body, each is divided from the one before it by a blank line, whatever is written there.
fn new_object(edit: &Edit) -> Option<(&Object, Option<&str>)> {
    let Verb::Add { object, file } = &edit.verb else { return None };
    let is_alone = object.kind == DeclarationKind::GroupPolicy || !needs_body(object.kind);
    (!is_alone).then_some((object, file.as_ref().map(|file| &*file.text)))
}

/// The places of edits, divided into those that are made in one go. Of the edits of one object,
/// each comes after the ones before it.
pub(super) fn waves(list: &[Edit]) -> Vec<Vec<usize>> {
    let mut waves: Vec<Vec<usize>> = Vec::new();
    // Where the present run begins, and the next wave of it for each object.
    let mut start = 0;
    let mut next: HashMap<(DeclarationKind, Option<&str>), usize> = HashMap::new();
    // The wave that new objects come in, by kind and file: the first one shows the others where.
    let mut new: HashMap<(DeclarationKind, Option<&str>), usize> = HashMap::new();
    for (at, edit) in list.iter().enumerate() {
        let added = new_object(edit);
        let Some(object) = added.map(|(object, _)| object).or_else(|| own_object(edit)) else {
            waves.push(vec![at]);
            start = waves.len();
            next.clear();
            new.clear();
            continue;
        };
        let name = object.name.as_ref().map(|name| &*name.text);
        let wave = next.entry((object.kind, name)).or_insert(start);
        if let Some((_, file)) = added {
            let of_kind = new.entry((object.kind, file)).or_insert(start);
            *wave = (*wave).max(*of_kind);
            *of_kind = if *of_kind == start { *wave + 1 } else { *wave };
        }
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
    let parts = || made.iter().filter_map(|(_, made)| made.as_ref().ok());
    let creates = parts().any(|changes| changes.created.is_some());
    if Changes::touch(parts()) || creates && made.len() > 1 {
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
