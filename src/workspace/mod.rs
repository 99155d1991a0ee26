//! The public API: from files to policies that can be asked, and to a comparison of two revisions.

mod comparison;
pub mod compile;
pub mod files;
pub mod manifest;
mod near;
mod not_text;
mod patterns;
mod policies;
mod read;
mod together;
pub mod tree;

pub use comparison::Comparison;
pub use compile::*;
pub use near::NearMiss;
pub use policies::{Cell, Policies, Session, UnknownName};
pub use read::{Content, RawFile, ReadError, add_file};
pub use together::together;

use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::file as compiled_file;
use crate::source::Sources;
use crate::text::escape_control_chars;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tree::{Memory, Tree, raw_file};

/// The files of a workspace, compiled.
#[derive(Debug)]
pub struct Workspace {
    compiled: Compiled,
}

impl Workspace {
    /// Compiles files in memory, each a path relative to the workspace's folder and a text. A
    /// `precedent.toml` among them is the manifest.
    pub fn from_texts<P: AsRef<str>, T: AsRef<str>>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Workspace {
        let files = files
            .into_iter()
            .map(|(path, text)| (path.as_ref().to_owned(), text.as_ref().as_bytes().to_vec()));
        Workspace::read(&Memory::new(files), Path::new(""))
    }

    /// Compiles the workspace in a folder of a tree.
    pub fn read(tree: &dyn Tree, folder: &Path) -> Workspace {
        let input = files::files(tree, folder);
        let mut profile = |path: &str| raw_file(tree, &folder.join(path), path.to_owned());
        Workspace { compiled: compile(input, &mut profile) }
    }

    /// All findings, in order of path and place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.compiled.diagnostics
    }

    /// The files, by whose ids findings name their places.
    pub fn sources(&self) -> &Sources {
        &self.compiled.sources
    }

    /// The checked policies.
    ///
    /// # Errors
    ///
    /// If any finding is an error. [`Workspace::diagnostics`] has all of them with their places.
    pub fn policies(&self) -> Result<Policies, Rejected> {
        self.compiled.ir.as_ref().map(Policies::new).ok_or_else(|| {
            let errors = self.diagnostics().iter();
            let errors = errors.filter(|found| found.severity == Severity::Error);
            let line = |found: &Diagnostic| {
                let place = self.sources().location(found.primary.span);
                format!("{place}: error[{}]: {}", found.code.id(), found.message)
            };
            Rejected { errors: errors.map(line).collect() }
        })
    }
}

/// Policies that have errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// One line each: the place, the code and the message.
    pub errors: Vec<String>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the policies have errors")?;
        self.errors.iter().try_for_each(|line| write!(f, "\n{}", escape_control_chars(line)))
    }
}

impl std::error::Error for Rejected {}

/// The policies of a compiled file, which `precedent compile` writes.
///
/// # Errors
///
/// If the bytes are not those of a compiled file, or it holds what no compiler writes.
pub fn read_compiled(bytes: &[u8]) -> Result<Policies, compiled_file::ReadError> {
    compiled_file::read(bytes).map(|ir| Policies::new(&Arc::new(ir)))
}
