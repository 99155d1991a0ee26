//! Names for sets of joint subjects and endpoints: by the groups of NEW, of OLD for what was
//! removed.

use crate::diff::joint::Joint;
use crate::diff::{Diff, Side, Sided};
use crate::matrix::{Endpoint, SubjectRef};
use crate::report::words::names::{
    NamedSets, Namer, endpoint_text, named_endpoints, named_subjects, subject_text, told_apart,
};

/// Namers of both sides.
pub struct Names {
    subjects: Sided<Namer>,
    endpoints: Sided<Namer>,
}

impl Names {
    /// Prepares to name what a diff is about.
    pub fn new(diff: &Diff) -> Names {
        Names {
            subjects: Sided::from_fn(|side| subject_namer(diff, side)),
            endpoints: Sided::from_fn(|side| endpoint_namer(diff, side)),
        }
    }

    /// The subjects of some joint classes.
    pub fn who(&mut self, side: Side, classes: &[u32]) -> String {
        self.subjects[side].describe(classes)
    }

    /// The endpoints of some joint classes.
    pub fn target(&mut self, side: Side, classes: &[u32]) -> String {
        self.endpoints[side].describe(classes)
    }

    /// A joint subject.
    pub fn subject(&self, at: u32) -> &str {
        self.subjects.new.name(at)
    }

    /// A joint endpoint.
    pub fn endpoint(&self, at: u32) -> &str {
        self.endpoints.new.name(at)
    }

    /// Some joint subjects, ascending.
    pub fn users(&self, side: Side, users: &[u32]) -> String {
        self.subjects[side].describe_members(users.to_vec())
    }
}

fn subject_namer(diff: &Diff, side: Side) -> Namer {
    let matrix = diff.matrix(side);
    let places = places(&diff.sessions.subjects, matrix.subjects.len(), side);
    let subjects: Vec<SubjectRef> = matrix.subjects.iter().map(|(subject, _)| *subject).collect();
    let named = translate(named_subjects(&matrix.ir, &subjects), &places);
    let names = diff.sessions.subjects.iter().map(|joint| {
        let (side, subject) = diff.subject(joint);
        subject_text(diff.matrix(side), subject)
    });
    let classes = diff.sessions.subject_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names.collect(), classes.collect())
}

fn endpoint_namer(diff: &Diff, side: Side) -> Namer {
    let matrix = diff.matrix(side);
    let places = places(&diff.sessions.endpoints, matrix.endpoints.len(), side);
    let endpoints: Vec<Endpoint> = matrix.endpoints.iter().map(|(endpoint, _)| *endpoint).collect();
    let named = translate(named_endpoints(matrix, &endpoints), &places);
    let names = diff.sessions.endpoints.iter().map(|joint| {
        let (side, endpoint) = diff.endpoint(joint);
        let name = endpoint_text(diff.matrix(side), &endpoint, diff.target_name(joint));
        (name, &*diff.ir(side).profile.methods[endpoint.method].label)
    });
    let names = told_apart(names.collect());
    let classes = diff.sessions.endpoint_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names, classes.collect())
}

/// By index on a side: the index among the joint items.
fn places(joints: &[Joint], count: usize, side: Side) -> Vec<u32> {
    let mut places = vec![0; count];
    for (joint, at) in joints.iter().zip(0..) {
        if let Some(own) = joint.at.get(side) {
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
