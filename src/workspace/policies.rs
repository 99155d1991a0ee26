//! Checked policies, ready to be asked who may do what.

use crate::diagnostic::suggest;
use crate::ir::{Ir, UserId};
use crate::matrix::parties::presence_text;
use crate::matrix::{
    Account, Decider, Endpoint, Matrix, Setting, StartCell, SubjectRef, TargetRef,
};
use crate::text::{escape_control_chars, quote};
use std::fmt;
use std::sync::Arc;

/// The checked policies of a workspace with their resolved classes. Cheap to clone; may be shared
/// between threads.
#[derive(Clone, Debug)]
pub struct Policies {
    matrix: Arc<Matrix>,
}

impl Policies {
    /// Resolves the classes of checked policies.
    pub fn new(ir: &Arc<Ir>) -> Policies {
        Policies { matrix: Arc::new(Matrix::new(ir)) }
    }

    /// The checked policies themselves.
    pub fn ir(&self) -> &Arc<Ir> {
        &self.matrix.ir
    }

    /// All sessions, by classes.
    pub fn matrix(&self) -> &Arc<Matrix> {
        &self.matrix
    }

    /// A permission of a user's session on a jump item, by their names: `cell("ada", "db01",
    /// "shell")`. Of a jump item whose sessions tell whether a person is present, the session where
    /// nobody is.
    ///
    /// # Errors
    ///
    /// A name that the policies do not have, with the closest one that they do.
    pub fn cell(&self, user: &str, item: &str, permission: &str) -> Result<Cell<'_>, UnknownName> {
        let users = || self.sessions_of_kind("user");
        let subject = users().find(|(_, name)| *name == user).map(|(at, _)| at);
        let subject =
            subject.ok_or_else(|| UnknownName::new("user", user, users().map(|(_, name)| name)))?;
        let endpoint = self.matrix.endpoints.iter().position(|(endpoint, _)| {
            matches!(endpoint.target, TargetRef::JumpItem(_))
                && endpoint.present != Some(true)
                && self.matrix.target_name(endpoint.target) == item
        });
        let endpoint = endpoint.ok_or_else(|| {
            let items = self.ir().tables.jump_items.iter().map(|item| &*item.object.name);
            UnknownName::new("jump item", item, items)
        })?;
        let permission = self.ir().profile.permission(permission).ok_or_else(|| {
            let paths = self.ir().profile.permissions.iter().map(|entry| &*entry.path);
            UnknownName::new("permission", permission, paths)
        })?;
        Ok(Session { policies: self, subject, endpoint }.cell_at(permission))
    }

    fn sessions_of_kind(&self, kind: &'static str) -> impl Iterator<Item = (usize, &str)> {
        let subjects = self.matrix.subjects.iter().enumerate();
        let of_kind = subjects.filter(move |(_, (subject, _))| subject.kind() == kind);
        of_kind.map(|(at, (subject, _))| (at, self.matrix.subject_name(*subject)))
    }

    /// The sessions, in the order of the matrix: each subject with each endpoint that it can start
    /// a session with, or with every endpoint if the manifest says `sessions = "all"`.
    pub fn sessions(&self) -> impl Iterator<Item = Session<'_>> {
        let matrix = &*self.matrix;
        matrix.subjects.iter().enumerate().flat_map(move |(subject, (_, subject_class))| {
            let endpoints = matrix.endpoints.iter().enumerate();
            let of_subject =
                endpoints.filter(|(_, (_, class))| matrix.has_sessions(*subject_class, *class));
            of_subject.map(move |(endpoint, _)| Session { policies: self, subject, endpoint })
        })
    }

    /// All accounts with their names, by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, Account<'_, '_>)> {
        let users = self.ir().tables.users.iter().zip((0..).map(UserId));
        users.map(|(user, id)| (&*user.object.name, self.matrix.accounts.account(id)))
    }

    /// A setting of a user's account, by names: `setting("ada", "reports.sessions")`.
    ///
    /// # Errors
    ///
    /// A name that the policies do not have, with the closest one that they do.
    pub fn setting(&self, user: &str, setting: &str) -> Result<Setting<'_>, UnknownName> {
        let names = || self.ir().tables.users.iter().map(|user| &*user.object.name);
        let at = names().position(|name| name == user);
        let at = at.ok_or_else(|| UnknownName::new("user", user, names()))?;
        let profile = &self.ir().profile;
        let entry = profile.settings.iter().position(|entry| entry.path == setting);
        let entry = entry.ok_or_else(|| {
            let paths = profile.settings.iter().map(|entry| &*entry.path);
            UnknownName::new("setting", setting, paths)
        })?;
        Ok(self.matrix.accounts.setting(UserId(at as u32), entry))
    }
}

/// One session: a subject with an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Session<'p> {
    policies: &'p Policies,
    subject: usize,
    endpoint: usize,
}

impl<'p> Session<'p> {
    /// Who the session is for.
    pub fn subject(&self) -> SubjectRef {
        self.policies.matrix.subjects[self.subject].0
    }

    /// Where the session goes, and how.
    pub fn endpoint(&self) -> Endpoint {
        self.policies.matrix.endpoints[self.endpoint].0
    }

    /// The name of the user or invite.
    pub fn subject_name(&self) -> &'p str {
        self.policies.matrix.subject_name(self.subject())
    }

    /// The name of the jump item or portal.
    pub fn target_name(&self) -> &'p str {
        self.policies.matrix.target_name(self.endpoint().target)
    }

    /// The profile's id of the method.
    pub fn method(&self) -> &'p str {
        &self.policies.ir().profile.methods[self.endpoint().method].id
    }

    /// `present` or `absent`; empty where the method does not tell.
    pub fn presence(&self) -> &'static str {
        presence_text(self.endpoint().present)
    }

    /// Whether the session can be started, and who decides that; `None` where the profile does not
    /// say what starting a session takes.
    pub fn start(&self) -> Option<StartCell> {
        self.policies.matrix.start_cell(self.subject, self.endpoint)
    }

    /// The permissions of the session, in the profile's order.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'p>> + use<'p> {
        let session = *self;
        (0..session.policies.ir().profile.permissions.len()).map(move |at| session.cell_at(at))
    }

    /// One permission, by its index in the profile.
    fn cell_at(&self, permission: usize) -> Cell<'p> {
        let matrix = &self.policies.matrix;
        let (_, subject_class) = matrix.subjects[self.subject];
        let (endpoint, endpoint_class) = matrix.endpoints[self.endpoint];
        let (stack, cells) = matrix.resolve(subject_class, endpoint_class);
        let cell = cells.cell(&matrix.ir, &stack, endpoint.method, permission);
        Cell { ir: &matrix.ir, permission, cell }
    }
}

/// A permission of one session, resolved.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'p> {
    ir: &'p Ir,
    permission: usize,
    cell: crate::matrix::Cell<'p>,
}

impl<'p> Cell<'p> {
    /// The path of the permission.
    pub fn permission(&self) -> &'p str {
        &self.ir.profile.permissions[self.permission].path
    }

    /// The value as canonical source text, or `n/a` where the permission does not apply.
    pub fn value(&self) -> String {
        let ty = &self.ir.profile.permissions[self.permission].ty;
        self.cell.value.map_or_else(|| "n/a".into(), |value| ty.text(value))
    }

    /// Who decided.
    pub fn decider(&self) -> Decider {
        self.cell.decider
    }

    /// `FILE:LINE` of the line that decided; `None` where the product's default or the method did.
    pub fn location(&self) -> Option<String> {
        self.cell.definition.map(|definition| self.ir.location(definition.span))
    }
}

/// `shell = deny (policies/production.prec:4)`
impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.permission(), escape_control_chars(&self.value()))?;
        match self.location() {
            Some(location) => write!(f, " ({})", escape_control_chars(&location)),
            None => Ok(()),
        }
    }
}

/// A name that the policies do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What the name is of: `user`, `jump item`, `permission` or `setting`.
    pub kind: &'static str,
    /// The name that was asked for.
    pub name: String,
    /// The closest name of that kind, if one is close.
    pub suggestion: Option<String>,
}

impl UnknownName {
    fn new<'n>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> UnknownName {
        let known: Vec<&str> = known.into_iter().collect();
        let suggestion = suggest::closest_name(name, known).map(str::to_owned);
        UnknownName { kind, name: name.to_owned(), suggestion }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} {}", self.kind, escape_control_chars(&quote(&self.name)))?;
        match &self.suggestion {
            Some(name) => {
                let shown = quote(name);
                let difference = suggest::unseen_difference(name, &self.name);
                write!(f, "; did you mean {}?{difference}", escape_control_chars(&shown))
            }
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}
