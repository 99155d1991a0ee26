//! Walks back through history along first parents, and into the branch from which a merge took a
//! value.
//!
//! It is a linear scan, not a binary search, because a value can change back and forth. Commits
//! with the same files share one version, so they cost nothing.

use super::versions::{Version, Versions};
use crate::cli::error::CliError;
use crate::cli::git::{Id, Parents, Repository};
use crate::cli::output::Progress;
use precedent::diff::Diff;
use precedent::diff::trace::{CellRef, Previous};
use precedent::report::blame::{Blamed, Candidate, Origin, Was};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Where a walk begins: a commit or the working tree, with its policies.
pub struct Start {
    pub commit: Option<Id>,
    pub version: Rc<Version>,
    pub followed: CellRef,
}

/// Finds the origins of cells.
pub fn blame(
    versions: &mut Versions<'_>,
    progress: &mut Progress,
    start: Start,
    cells: &[String],
) -> Result<Vec<Blamed>, CliError> {
    let first = Branch {
        at: start.commit,
        version: start.version,
        followed: start.followed,
        cells: cells.iter().cloned().enumerate().collect(),
        merges: Vec::new(),
    };
    let repository = versions.repository;
    let mut walk =
        Walk { repository, versions, progress, commits: 0, origins: Vec::new(), open: vec![first] };
    while let Some(branch) = walk.open.pop() {
        walk.follow(branch)?;
    }
    walk.origins.sort_by_key(|(cell, _)| *cell);
    Ok(walk
        .origins
        .into_iter()
        .map(|(cell, origin)| Blamed { cell: cells[cell].clone(), origin })
        .collect())
}

struct Walk<'w, 'r> {
    repository: &'r Repository,
    versions: &'w mut Versions<'r>,
    progress: &'w mut Progress,
    commits: usize,
    /// Each with the index of its cell.
    origins: Vec<(usize, Origin)>,
    /// Branches that are not walked yet.
    open: Vec<Branch>,
}

/// A point in history, and the cells that have not changed since.
#[derive(Clone)]
struct Branch {
    /// None for the working tree.
    at: Option<Id>,
    version: Rc<Version>,
    followed: CellRef,
    /// Each with its index, and its name at this point.
    cells: Vec<(usize, String)>,
    /// The merges that led here, outermost first.
    merges: Vec<Rc<Merge>>,
}

/// A merge that took cells from a branch.
struct Merge {
    commit: Id,
    /// The commits of the branch that are not on the mainline.
    branch: HashSet<Id>,
    /// The values of the cells on the mainline.
    was: HashMap<usize, Was>,
}

/// A cell that differs in the parent: its index, its name, and what it was.
type Moved = (usize, String, Was);

/// The nearest version along first parents that compiles or has no policies.
struct Nearest {
    found: Option<(Id, Rc<Version>)>,
    /// The commits between that do not compile.
    broken: Vec<Id>,
    /// Whether the clone ends before one is found.
    cut: bool,
}

impl Walk<'_, '_> {
    fn follow(&mut self, mut branch: Branch) -> Result<(), CliError> {
        while !branch.cells.is_empty() {
            self.commits += 1;
            let commits = self.commits;
            self.progress.at(|| format!("{commits} commits examined"));
            if self.left_the_branch(&branch)? {
                return Ok(());
            }
            let parents = self.parents(branch.at)?;
            let past = self.nearest(&parents)?;
            let Some((parent, version)) = past.found else {
                let was =
                    if past.broken.is_empty() && !past.cut { Was::Absent } else { Was::Unknown };
                let all = branch
                    .cells
                    .iter()
                    .map(|(cell, name)| (*cell, name.clone(), was.clone()))
                    .collect();
                return self.found(&branch, all, &past.broken, past.cut);
            };
            if !Rc::ptr_eq(&version, &branch.version) {
                let (followed, same, moved) = compare(&version, &branch);
                self.moved(&branch, moved, &parents.ids, past.broken)?;
                let Some(followed) = followed else { return Ok(()) };
                (branch.followed, branch.cells, branch.version) = (followed, same, version);
            }
            branch.at = Some(parent);
        }
        Ok(())
    }

    /// Handles a walk that leaves the commits of a branch without finding the origin of the value.
    /// Then the mainline once had the value too and lost it, and the merge brought it back.
    fn left_the_branch(&mut self, branch: &Branch) -> Result<bool, CliError> {
        let Some(at) = branch.at else { return Ok(false) };
        let Some(depth) = branch.merges.iter().position(|merge| !merge.branch.contains(&at)) else {
            return Ok(false);
        };
        let merge = Rc::clone(&branch.merges[depth]);
        for (cell, _) in &branch.cells {
            let was = merge.was.get(cell).cloned().unwrap_or(Was::Unknown);
            let candidates = vec![self.candidate(Some(merge.commit))?];
            let outer = branch.merges[..depth].first().map(|merge| merge.commit);
            let merge = outer.map(|merge| self.repository.describe(merge)).transpose()?;
            self.origins.push((
                *cell,
                Origin { candidates, history_ends: false, merge, was, looked_at: self.commits },
            ));
        }
        Ok(true)
    }

    fn parents(&self, at: Option<Id>) -> Result<Parents, CliError> {
        match at {
            Some(commit) => self.repository.parents(commit),
            None => Ok(Parents { ids: self.repository.head()?.into_iter().collect(), cut: false }),
        }
    }

    fn nearest(&mut self, parents: &Parents) -> Result<Nearest, CliError> {
        let mut nearest = Nearest { found: None, broken: Vec::new(), cut: parents.cut };
        let mut next = parents.ids.first().copied();
        while let Some(commit) = next {
            let version = self.versions.at(commit)?;
            if !matches!(*version, Version::Broken) {
                nearest.found = Some((commit, version));
                return Ok(nearest);
            }
            nearest.broken.push(commit);
            let before = self.repository.parents(commit)?;
            (next, nearest.cut) = (before.ids.first().copied(), before.cut);
        }
        Ok(nearest)
    }

    /// Handles cells that differ in the first parent: they began here, unless another parent has
    /// the same value.
    fn moved(
        &mut self,
        branch: &Branch,
        mut moved: Vec<Moved>,
        parents: &[Id],
        mut broken: Vec<Id>,
    ) -> Result<(), CliError> {
        // If the last commit of the mainline does not compile, its values are not known.
        if let (Some(commit), [mainline, others @ ..], true) =
            (branch.at, parents, broken.is_empty())
        {
            for &other in others {
                if moved.is_empty() {
                    break;
                }
                let only = self.repository.only_in(other, *mainline)?;
                let side = self.nearest(&Parents { ids: vec![other], cut: false })?;
                // A commit of the mainline beyond commits that do not compile says nothing about
                // the branch.
                let is_evidence = |commit: &Id| side.broken.is_empty() || only.contains(commit);
                let Some((at, version)) = side.found.filter(|(commit, _)| is_evidence(commit))
                else {
                    broken.extend(side.broken);
                    continue;
                };
                let cells = moved.iter().map(|(cell, name, _)| (*cell, name.clone())).collect();
                let (followed, same, _) = compare(&version, &Branch { cells, ..branch.clone() });
                let taken = |moved: &Moved| same.iter().any(|(cell, _)| *cell == moved.0);
                let (taken, rest): (Vec<Moved>, Vec<Moved>) = moved.into_iter().partition(taken);
                moved = rest;
                let Some(followed) = followed.filter(|_| !taken.is_empty()) else {
                    broken.extend(side.broken);
                    continue;
                };
                let was = taken.into_iter().map(|(cell, _, was)| (cell, was)).collect();
                let mut merges = branch.merges.clone();
                merges.push(Rc::new(Merge { commit, branch: only, was }));
                self.open.push(Branch { at: Some(at), version, followed, cells: same, merges });
            }
        }
        self.found(branch, moved, &broken, false)
    }

    /// Records cells whose value begins here, or in one of the hidden commits that do not compile.
    fn found(
        &mut self,
        branch: &Branch,
        cells: Vec<Moved>,
        hidden: &[Id],
        cut: bool,
    ) -> Result<(), CliError> {
        if cells.is_empty() {
            return Ok(());
        }
        let mut candidates = vec![self.candidate(branch.at)?];
        for commit in hidden {
            candidates.push(self.candidate(Some(*commit))?);
        }
        let merge = branch
            .merges
            .first()
            .map(|merge| self.repository.describe(merge.commit))
            .transpose()?;
        for (cell, _, was) in cells {
            let (candidates, merge) = (candidates.clone(), merge.clone());
            self.origins.push((
                cell,
                Origin { candidates, history_ends: cut, merge, was, looked_at: self.commits },
            ));
        }
        Ok(())
    }

    fn candidate(&self, at: Option<Id>) -> Result<Candidate, CliError> {
        match at {
            None => Ok(Candidate::WorkTree),
            Some(commit) => self.repository.describe(commit).map(Candidate::Commit),
        }
    }
}

/// Finds the session or account and its cells in an older version: those that are the same, by
/// their names there, and those that differ.
fn compare(old: &Version, new: &Branch) -> (Option<CellRef>, Vec<(usize, String)>, Vec<Moved>) {
    let (Version::Compiled(old), Version::Compiled(now)) = (old, &*new.version) else {
        let moved = new.cells.iter().map(|(cell, name)| (*cell, name.clone(), Was::Absent));
        return (None, Vec::new(), moved.collect());
    };
    let names: Vec<String> = new.cells.iter().map(|(_, name)| name.clone()).collect();
    let (followed, before) = Diff::new(old, now).trace_back(new.followed, &names);
    let (mut same, mut moved) = (Vec::new(), Vec::new());
    for ((cell, name), before) in new.cells.iter().zip(before) {
        match before {
            Previous::Same(name) => same.push((*cell, name)),
            Previous::Other(value) => moved.push((*cell, name.clone(), Was::Value(value))),
            Previous::Absent => moved.push((*cell, name.clone(), Was::Absent)),
        }
    }
    (followed, same, moved)
}
