//! The two sides of a diff, and what is there on one or on both of them.

use std::ops::{Index, IndexMut};

/// One of the two revisions that a diff compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The revision to compare with.
    Old,
    /// The revision that is looked at.
    New,
}

impl Side {
    /// OLD, then NEW.
    pub const BOTH: [Side; 2] = [Side::Old, Side::New];

    /// The other revision.
    pub fn other(self) -> Side {
        match self {
            Side::Old => Side::New,
            Side::New => Side::Old,
        }
    }

    /// The word that messages use: `OLD` or `NEW`.
    pub fn label(self) -> &'static str {
        match self {
            Side::Old => "OLD",
            Side::New => "NEW",
        }
    }
}

/// What OLD has, and what NEW has. It is indexed by [`Side`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sided<T> {
    /// Of OLD.
    pub old: T,
    /// Of NEW.
    pub new: T,
}

impl<T> Sided<T> {
    /// Makes both values, OLD's first.
    pub fn from_fn(mut of: impl FnMut(Side) -> T) -> Sided<T> {
        Sided { old: of(Side::Old), new: of(Side::New) }
    }

    /// The same on each side.
    pub fn map<U>(self, mut of: impl FnMut(Side, T) -> U) -> Sided<U> {
        Sided { old: of(Side::Old, self.old), new: of(Side::New, self.new) }
    }

    /// Both values by reference.
    pub fn as_ref(&self) -> Sided<&T> {
        Sided { old: &self.old, new: &self.new }
    }

    /// Both values with their sides, OLD's first.
    pub fn into_array(self) -> [(Side, T); 2] {
        [(Side::Old, self.old), (Side::New, self.new)]
    }
}

impl<T: PartialEq> Sided<T> {
    /// Whether OLD and NEW have different values.
    pub fn differs(&self) -> bool {
        self.old != self.new
    }
}

impl<T> Sided<Option<T>> {
    /// What is there, unless neither side has it.
    pub fn presence(self) -> Option<OneOrBoth<T>> {
        OneOrBoth::from_options(self.old, self.new)
    }

    /// Both values, if both sides have one.
    pub fn both(self) -> Option<Sided<T>> {
        Some(Sided { old: self.old?, new: self.new? })
    }
}

impl<T> Index<Side> for Sided<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }
}

impl<T> IndexMut<Side> for Sided<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Old => &mut self.old,
            Side::New => &mut self.new,
        }
    }
}

/// Something that is there on at least one of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OneOrBoth<T> {
    /// Only OLD has it: it was removed.
    Old(T),
    /// Only NEW has it: it was added.
    New(T),
    /// Both sides have it.
    Both(Sided<T>),
}

impl<T> OneOrBoth<T> {
    /// What one side alone has.
    pub fn only(side: Side, value: T) -> OneOrBoth<T> {
        match side {
            Side::Old => OneOrBoth::Old(value),
            Side::New => OneOrBoth::New(value),
        }
    }

    /// `None` where neither side has it.
    pub fn from_options(old: Option<T>, new: Option<T>) -> Option<OneOrBoth<T>> {
        match (old, new) {
            (Some(old), Some(new)) => Some(OneOrBoth::Both(Sided { old, new })),
            (Some(old), None) => Some(OneOrBoth::Old(old)),
            (None, Some(new)) => Some(OneOrBoth::New(new)),
            (None, None) => None,
        }
    }

    /// The value by reference.
    pub fn as_ref(&self) -> OneOrBoth<&T> {
        match self {
            OneOrBoth::Old(old) => OneOrBoth::Old(old),
            OneOrBoth::New(new) => OneOrBoth::New(new),
            OneOrBoth::Both(both) => OneOrBoth::Both(both.as_ref()),
        }
    }

    /// The value of a side, if it has one.
    pub fn get(self, side: Side) -> Option<T> {
        match (self, side) {
            (OneOrBoth::Old(value), Side::Old) | (OneOrBoth::New(value), Side::New) => Some(value),
            (OneOrBoth::Both(both), Side::Old) => Some(both.old),
            (OneOrBoth::Both(both), Side::New) => Some(both.new),
            _ => None,
        }
    }

    /// OLD's value, if it has one.
    pub fn in_old(self) -> Option<T> {
        self.get(Side::Old)
    }

    /// NEW's value, if it has one.
    pub fn in_new(self) -> Option<T> {
        self.get(Side::New)
    }

    /// Both values, if both sides have one.
    pub fn both(self) -> Option<Sided<T>> {
        match self {
            OneOrBoth::Both(both) => Some(both),
            OneOrBoth::Old(_) | OneOrBoth::New(_) => None,
        }
    }

    /// Whether both sides have it.
    pub fn is_both(&self) -> bool {
        matches!(self, OneOrBoth::Both(_))
    }

    /// The side that alone has it.
    pub fn only_side(&self) -> Option<Side> {
        match self {
            OneOrBoth::Old(_) => Some(Side::Old),
            OneOrBoth::New(_) => Some(Side::New),
            OneOrBoth::Both(_) => None,
        }
    }

    /// NEW's value; OLD's where it was removed. Reports name things so.
    pub fn latest(self) -> (Side, T) {
        match self {
            OneOrBoth::Old(value) => (Side::Old, value),
            OneOrBoth::New(value) => (Side::New, value),
            OneOrBoth::Both(both) => (Side::New, both.new),
        }
    }

    /// The same of each value that is there.
    pub fn map<U>(self, mut of: impl FnMut(Side, T) -> U) -> OneOrBoth<U> {
        match self {
            OneOrBoth::Old(old) => OneOrBoth::Old(of(Side::Old, old)),
            OneOrBoth::New(new) => OneOrBoth::New(of(Side::New, new)),
            OneOrBoth::Both(both) => OneOrBoth::Both(both.map(of)),
        }
    }

    /// As two options.
    pub fn options(self) -> Sided<Option<T>> {
        match self {
            OneOrBoth::Old(old) => Sided { old: Some(old), new: None },
            OneOrBoth::New(new) => Sided { old: None, new: Some(new) },
            OneOrBoth::Both(both) => Sided { old: Some(both.old), new: Some(both.new) },
        }
    }
}
