//! Names for sets of joint subjects and endpoints: by the groups of NEW, of OLD for what is gone.

use crate::diff::Diff;
use crate::diff::sessions;
use crate::matrix::{Endpoint, Matrix, SubjectRef};
use crate::report::words::names::{
    NamedSets, Namer, endpoint_text, named_endpoints, named_subjects, subject_text,
};

/// Namers of both sides.
pub struct Names {
    subjects: [Namer; 2],
    endpoints: [Namer; 2],
}

impl Names {
    pub fn new(diff: &Diff) -> Names {
        Names {
            subjects: [false, true].map(|new| subject_namer(diff, new)),
            endpoints: [false, true].map(|new| endpoint_namer(diff, new)),
        }
    }

    /// The subjects of some joint classes.
    pub fn who(&mut self, gone: bool, classes: &[u32]) -> String {
        self.subjects[usize::from(!gone)].describe(classes)
    }

    /// The endpoints of some joint classes.
    pub fn target(&mut self, gone: bool, classes: &[u32]) -> String {
        self.endpoints[usize::from(!gone)].describe(classes)
    }

    /// A joint subject.
    pub fn subject(&self, at: u32) -> &str {
        self.subjects[1].name(at)
    }

    /// A joint endpoint.
    pub fn endpoint(&self, at: u32) -> &str {
        self.endpoints[1].name(at)
    }

    /// Some joint subjects, ascending.
    pub fn users(&self, gone: bool, users: &[u32]) -> String {
        self.subjects[usize::from(!gone)].describe_members(users.to_vec())
    }
}

fn subject_namer(diff: &Diff, new: bool) -> Namer {
    let matrix = if new { &diff.new } else { &diff.old };
    let places = places(&diff.sessions.subjects, matrix.subjects.len(), new);
    let subjects: Vec<SubjectRef> = matrix.subjects.iter().map(|(subject, _)| *subject).collect();
    let named = translate(named_subjects(&matrix.ir, &subjects), &places);
    let names = diff.sessions.subjects.iter().map(|joint| {
        let (matrix, at) = side(diff, joint);
        let subject = matrix.subjects[at].0;
        subject_text(matrix, subject)
    });
    let classes = diff.sessions.subject_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names.collect(), classes.collect())
}

fn endpoint_namer(diff: &Diff, new: bool) -> Namer {
    let matrix = if new { &diff.new } else { &diff.old };
    let places = places(&diff.sessions.endpoints, matrix.endpoints.len(), new);
    let endpoints: Vec<Endpoint> = matrix.endpoints.iter().map(|(endpoint, _)| *endpoint).collect();
    let named = translate(named_endpoints(matrix, &endpoints), &places);
    let names = diff.sessions.endpoints.iter().map(|joint| {
        let (matrix, at) = side(diff, joint);
        endpoint_text(matrix, &matrix.endpoints[at].0, diff.target_name(joint))
    });
    let classes = diff.sessions.endpoint_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names.collect(), classes.collect())
}

/// The side that names a joint item: NEW, or OLD for what is gone.
fn side<'d>(diff: &'d Diff, joint: &sessions::Joint) -> (&'d Matrix, usize) {
    match joint.new {
        Some(at) => (&diff.new, at as usize),
        None => (&diff.old, joint.old.unwrap_or_default() as usize),
    }
}

/// By index on a side: the index among the joint items.
fn places(joints: &[sessions::Joint], count: usize, new: bool) -> Vec<u32> {
    let mut places = vec![0; count];
    for (joint, at) in joints.iter().zip(0..) {
        if let Some(own) = if new { joint.new } else { joint.old } {
            places[own as usize] = at;
        }
    }
    places
}

fn translate(named: NamedSets, places: &[u32]) -> NamedSets {
    let translated = named.into_iter().map(|(label, members)| {
        let mut members: Vec<u32> =
            members.into_iter().map(|member| places[member as usize]).collect();
        members.sort_unstable();
        (label, members)
    });
    translated.collect()
}
