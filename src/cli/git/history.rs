//! Commits and their parents.

use super::{GitTree, Repository, Revision, failed};
use crate::cli::error::CliError;
use gix::bstr::{BStr, BString, ByteSlice};
use precedent::report::blame::Commit;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

pub type Id = gix::ObjectId;

/// The parents of a commit.
pub struct Parents {
    pub ids: Vec<Id>,
    /// Whether this shallow clone lacks the parents.
    pub cut: bool,
}

impl Repository {
    /// The last commit; none in an empty repository.
    pub fn head(&self) -> Result<Option<Id>, CliError> {
        let cannot = |error: gix::Error| failed("HEAD cannot be read", &error);
        let mut head = self.inner.head().map_err(cannot)?;
        if head.is_unborn() {
            return Ok(None);
        }
        Ok(Some(head.peel_to_commit().map_err(cannot)?.id))
    }

    pub fn parents(&self, commit: Id) -> Result<Parents, CliError> {
        let found = self.commit(commit)?;
        let ids: Vec<Id> = found.parent_ids().map(gix::Id::detach).collect();
        let shallow = self
            .inner
            .shallow_commits()
            .map_err(|error| failed("the list of shallow commits cannot be read", &error))?;
        let cut = !ids.is_empty()
            && shallow.is_some_and(|shallow| shallow.binary_search(&commit).is_ok());
        Ok(Parents { ids: if cut { Vec::new() } else { ids }, cut })
    }

    pub fn tree_of(&self, commit: Id) -> Result<GitTree, CliError> {
        Ok(GitTree::of_tree(self.inner.clone(), self.tree_id(commit)?))
    }

    fn tree_id(&self, commit: Id) -> Result<Id, CliError> {
        let cannot = |error: gix::Error| {
            failed(&format!("the commit {} cannot be read", self.short(commit)), &error)
        };
        Ok(self.commit(commit)?.tree_id().map_err(cannot)?.detach())
    }

    fn commit(&self, id: Id) -> Result<gix::Commit<'_>, CliError> {
        let cannot = |error: gix::Error| {
            failed(&format!("the commit {} cannot be read", self.short(id)), &error)
        };
        self.inner.find_commit(id).map_err(cannot)
    }

    /// The ancestors of one commit that are not ancestors of another: the commits of a branch.
    pub fn only_in(&self, branch: Id, other: Id) -> Result<HashSet<Id>, CliError> {
        let cannot = |error: gix::Error| {
            failed(&format!("the history before {} cannot be read", self.short(branch)), &error)
        };
        let walk = self.inner.rev_walk([branch]).with_hidden([other]).all().map_err(cannot)?;
        walk.map(|commit| commit.map(|commit| commit.id).map_err(cannot)).collect()
    }

    /// What reports show of a commit.
    pub fn describe(&self, id: Id) -> Result<Commit, CliError> {
        let cannot = |error: gix::Error| {
            failed(&format!("the commit {} cannot be read", self.short(id)), &error)
        };
        let commit = self.commit(id)?;
        let author = commit.author().map_err(cannot)?.trim();
        let iso = gix::date::time::format::ISO8601_STRICT;
        Ok(Commit {
            id: id.to_string(),
            short: self.short(id),
            date: author.time().map(|time| time.format_or_unix(iso)).unwrap_or_default(),
            author: author.name.to_str_lossy().into_owned(),
            email: author.email.to_str_lossy().into_owned(),
            subject: commit.message().map_err(cannot)?.summary().to_str_lossy().into_owned(),
            seconds: commit.time().map(|time| time.seconds).unwrap_or_default(),
        })
    }
}

/// The object of one folder in successive commits, which seldom changes.
pub struct Folder<'r> {
    repository: &'r Repository,
    path: Vec<BString>,
    /// The object of the folder, by a tree and its depth in the path.
    known: HashMap<(Id, usize), Option<Id>>,
}

impl<'r> Folder<'r> {
    pub fn new(repository: &'r Repository, path: &Path) -> Self {
        let part = |part: Component<'_>| {
            gix::path::os_str_into_bstr(part.as_os_str()).ok().map(BStr::to_owned)
        };
        Folder {
            repository,
            path: path.components().filter_map(part).collect(),
            known: HashMap::new(),
        }
    }

    /// The object of the folder in a commit, and of the whole tree. There is none if the folder
    /// does not exist or is behind a link.
    pub fn at(&mut self, commit: Id) -> Result<(Option<Id>, Id), CliError> {
        let whole = self.repository.tree_id(commit)?;
        let mut steps = Vec::new();
        let mut here = Some(whole);
        for depth in 0..self.path.len() {
            let Some(tree) = here else { break };
            if let Some(&known) = self.known.get(&(tree, depth)) {
                here = known;
                break;
            }
            steps.push((tree, depth));
            here = self.below(tree, depth);
        }
        // The lookup may have stopped early at a tree that is known from another commit.
        self.known.extend(steps.into_iter().map(|step| (step, here)));
        Ok((here, whole))
    }

    fn below(&self, tree: Id, depth: usize) -> Option<Id> {
        let tree = self.repository.inner.find_tree(tree).ok()?;
        let entry = tree.find_entry(self.path[depth].as_slice())?;
        entry.mode().is_tree().then(|| entry.object_id())
    }
}

impl Revision {
    pub fn commit(&self) -> Option<Id> {
        self.commit
    }
}
