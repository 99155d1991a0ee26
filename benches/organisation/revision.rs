//! Changes of an organisation, as pull requests make them.

use super::{File, Organisation};

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// A switch of a policy of people.
    Line,
    /// Two neighbours in the order of group policies change places.
    Swapped,
    /// The last group policy comes first in the order.
    ToFront,
    /// The order of group policies from its end.
    Reversed,
    /// One user in a hundred is in other directory groups.
    Moved,
}

impl Revision {
    /// All changes, with what they are called on a command line.
    pub const ALL: [(&str, Revision); 5] = [
        ("line", Revision::Line),
        ("swapped", Revision::Swapped),
        ("to-front", Revision::ToFront),
        ("reversed", Revision::Reversed),
        ("moved", Revision::Moved),
    ];

    /// The files of an organisation after the change.
    pub fn files(self, organisation: Organisation) -> Vec<File> {
        if self == Revision::Moved {
            return Organisation { moved: true, ..organisation }.files();
        }
        let mut files = organisation.files();
        let changed = files.iter().position(|file| match self {
            Revision::Line => file.text.contains(DENIED),
            _ => file.text.contains(ORDER),
        });
        let text = &mut files[changed.expect("a file with what changes")].text;
        *text = match self {
            Revision::Line => text.replacen(DENIED, ALLOWED, 1),
            _ => reordered(text, self),
        };
        files
    }
}

const DENIED: &str = "\n  elevated_tools = deny\n";
const ALLOWED: &str = "\n  elevated_tools = allow\n";
const ORDER: &str = "\norder group policies, last defined wins {\n";

fn reordered(text: &str, revision: Revision) -> String {
    let (before, rest) = text.split_once(ORDER).expect("the order");
    let (order, after) = rest.split_once("}\n").expect("the end of the order");
    let mut entries: Vec<&str> = order.split_inclusive('\n').collect();
    match revision {
        Revision::Swapped => {
            let middle = entries.len() / 2;
            entries.swap(middle - 1, middle);
        }
        Revision::ToFront => entries.rotate_right(1),
        Revision::Reversed => entries.reverse(),
        Revision::Line | Revision::Moved => {}
    }
    format!("{before}{ORDER}{}}}\n{after}", entries.concat())
}
