//! Finds the tree of a revision by its name.

use super::{GitTree, Repository, failed, line, words};
use crate::cli::error::{About, CliError, failure};
use gix::ObjectId;
use gix::objs::Kind;
use gix::revision::spec::parse;
use precedent::diagnostic::suggest;
use precedent::text::count;
use std::path::Path;

/// Bounds the numbers that are suggested for `git fetch --deepen`.
const MAX_STEPS: usize = 1 << 20;

/// A commit, or a tree without a commit.
#[derive(Clone, Debug)]
pub struct Revision {
    /// As written on the command line.
    name: String,
    short: String,
    pub(super) commit: Option<ObjectId>,
    tree: ObjectId,
}

impl Revision {
    /// How reports name it, and a path in it: `main (1a2b3c4)`, `main:policies (1a2b3c4)`.
    pub fn label(&self, path: Option<&Path>) -> String {
        let (name, short) = (&self.name, &self.short);
        let path = path.map(|path| format!(":{}", path.display())).unwrap_or_default();
        // A commit that is named by its id needs no second name.
        let is_id = name.len() >= 4 && (short.starts_with(name) || name.starts_with(short));
        if is_id { format!("{short}{path}") } else { format!("{name}{path} ({short})") }
    }
}

impl Repository {
    /// The revision with a name, if it exists.
    pub fn revision(&self, name: &str) -> Result<Option<Revision>, CliError> {
        if name.is_empty() || name.starts_with(':') {
            return Ok(None);
        }
        let Some((id, kind)) = self.object(name)? else { return Ok(None) };
        let unreadable =
            |error: gix::Error| failed(&format!("the revision `{name}` cannot be read"), &error);
        let (commit, tree) = match kind {
            Kind::Commit => {
                let commit = self.inner.find_commit(id).map_err(unreadable)?;
                (Some(id), commit.tree_id().map_err(unreadable)?.detach())
            }
            Kind::Tree => (None, id),
            _ => {
                let help = "a revision is a branch, a tag or a commit; \
                            `REVISION:PATH` names a folder or file in it";
                let message = format!("`{name}` is not a commit");
                return Err(failure(About::UnknownRevision, message, help.to_owned()));
            }
        };
        Ok(Some(Revision { name: name.to_owned(), short: self.short(id), commit, tree }))
    }

    pub(super) fn short(&self, id: ObjectId) -> String {
        gix::prelude::ObjectIdExt::attach(id, &self.inner).shorten_or_id().to_string()
    }

    /// The object with a name; a tag stands for what it points to.
    fn object(&self, name: &str) -> Result<Option<(ObjectId, Kind)>, CliError> {
        let options = parse::Options {
            object_kind_hint: Some(parse::ObjectKindHint::Committish),
            ..Default::default()
        };
        let found = gix::revision::Spec::from_bstr(name, &self.inner, options)
            .map(|spec| spec.single())
            .and_then(|id| {
                id.map(|id| id.object().and_then(gix::Object::peel_tags_to_end)).transpose()
            });
        match found {
            Ok(found) => Ok(found.map(|object| (object.id, object.kind))),
            Err(error) => match self.why_not(name, &error) {
                Some(why) => Err(why),
                None => self.damage(name, &error).map_or(Ok(None), Err),
            },
        }
    }

    /// What is wrong with the repository, where that may be why a name cannot be found.
    fn damage(&self, name: &str, error: &gix::Error) -> Option<CliError> {
        let mut causes = error.classify();
        let damage = self.damaged_line().or_else(|| {
            let cause = causes.find(|found| found.class() == gix::error::Class::Corruption)?;
            Some(line(&cause.error().to_string()))
        })?;
        let help = "`git fsck` and `git pack-refs --all` show what is wrong with the repository";
        let message = format!("`{name}` cannot be looked up: {damage}");
        Some(failure(About::Repository, message, help.to_owned()))
    }

    /// The first line of `packed-refs` that git does not write.
    fn damaged_line(&self) -> Option<String> {
        let path = self.inner.common_dir().join("packed-refs");
        let text = std::fs::read(&path).ok()?;
        let text = String::from_utf8_lossy(&text);
        let is_id = |id: &str| {
            id.len() == self.inner.object_hash().len_in_hex()
                && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let is_good = |line: &str| match line.strip_prefix('^') {
            Some(peeled) => is_id(peeled),
            None => line.starts_with('#') || line.split_once(' ').is_some_and(|(id, _)| is_id(id)),
        };
        let (at, bad) = text.lines().enumerate().find(|(_, line)| !is_good(line))?;
        let path = path.display();
        Some(format!("line {} of `{path}` is not a reference: `{bad}`", at + 1))
    }

    /// Why a name cannot be found, unless it simply does not exist.
    fn why_not(&self, name: &str, error: &gix::Error) -> Option<CliError> {
        if let Some(parse::Error::AmbiguousPrefix { candidates, .. }) = error.downcast_any_ref() {
            let ids: Vec<String> =
                candidates.iter().map(|(id, what)| format!("{id} ({what})")).collect();
            let help = format!("give more of its digits: {}", ids.join(", "));
            let message = format!("the short id `{name}` is ambiguous");
            return Some(failure(About::UnknownRevision, message, help));
        }
        if self
            .inner
            .config_snapshot()
            .string("extensions.refStorage")
            .is_some_and(|kind| &**kind == b"reftable")
        {
            let help = "name a commit by its id, or convert the repository with \
                        `git refs migrate --ref-format=files`";
            let message = format!("`{name}` cannot be looked up: reftable is not supported");
            return Some(failure(About::Repository, message, help.to_owned()));
        }
        let base = base(name);
        if matches!(base, "HEAD" | "@") && self.inner.head().is_ok_and(|head| head.is_unborn()) {
            let help = "commit the policies first, or compare two folders".to_owned();
            return Some(failure(About::UnknownRevision, "the repository has no commit yet", help));
        }
        if base.len() < name.len() {
            let back = &name[base.len()..];
            let base = if base.is_empty() { "HEAD" } else { base };
            let start = match self.object(base) {
                Ok(found) => found?.0,
                Err(error) => return Some(error),
            };
            if back.starts_with("@{u") || back.starts_with("@{push") {
                let help = format!("`{base}` has no upstream branch, or it was not fetched");
                let message = format!("there is no upstream branch `{name}`");
                return Some(failure(About::UnknownRevision, message, help));
            }
            if back.starts_with('@') {
                let message = format!("there is no commit `{name}`: {}", words(error));
                return Some(failure(About::UnknownRevision, message, None));
            }
            let walk = self.inner.rev_walk([start]).first_parent_only().all();
            let there = walk.map_or(0, |walk| walk.take(MAX_STEPS).filter(Result::is_ok).count());
            let help = match self.is_shallow() {
                true => {
                    let more = (steps(back) + 1).saturating_sub(there).max(1);
                    let depth = there + more;
                    format!(
                        "this clone is shallow: run `git fetch --deepen={more}`, \
                         or clone with a depth of {depth}"
                    )
                }
                false => format!(
                    "`{base}` has only {} along first parents",
                    count(there.saturating_sub(1) as u64, "ancestor")
                ),
            };
            let about =
                if self.is_shallow() { About::IncompleteClone } else { About::UnknownRevision };
            return Some(failure(about, format!("there is no commit `{name}`"), help));
        }
        let is_id = name.len() == self.inner.object_hash().len_in_hex()
            && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| {
            let help = format!(
                "`git fetch --depth=1 origin {name}` fetches it, if the server allows that"
            );
            failure(
                About::IncompleteClone,
                format!("the commit `{name}` is not in this clone"),
                help,
            )
        })
    }

    /// The best common ancestor of two revisions, as in `A...B`.
    pub fn merge_base(&self, a: &Revision, b: &Revision) -> Result<Revision, CliError> {
        let (Some(one), Some(two)) = (a.commit, b.commit) else {
            let message = "a tree has no history, and so no merge base with a commit";
            return Err(failure(About::NoHistory, message, None));
        };
        let what = format!("{} and {}", a.name, b.name);
        let cannot = |error: gix::Error| {
            failed(&format!("the merge base of {what} cannot be found"), &error)
        };
        let bases = self.inner.merge_bases_many(one, &[two]).map_err(cannot)?;
        let Some(base) = bases.first() else {
            let help = match self.is_shallow() {
                true => {
                    "this clone is shallow: run `git fetch --unshallow`, \
                     or `git fetch --deepen=N` until it is there"
                }
                false => "they have no common history: compare them as two revisions, `OLD NEW`",
            };
            let message = format!("{what} have no merge base");
            return Err(failure(About::NoHistory, message, help.to_owned()));
        };
        let commit = self.inner.find_commit(*base).map_err(cannot)?;
        let tree = commit.tree_id().map_err(cannot)?.detach();
        // If several are equally good, the first is taken, as git does.
        let name = match bases.len() {
            1 => format!("merge base of {what}"),
            count => format!("one of {count} merge bases of {what}"),
        };
        Ok(Revision { name, short: self.short(commit.id), commit: Some(commit.id), tree })
    }

    pub fn tree(&self, revision: &Revision) -> GitTree {
        GitTree::of_tree(self.inner.clone(), revision.tree)
    }

    /// The tree in the index.
    pub fn index(&self) -> Result<GitTree, CliError> {
        if self.work_tree.is_none() {
            let help = "give two revisions: `OLD NEW`".to_owned();
            let message = "the repository is bare: it has no index";
            return Err(failure(About::Repository, message, help));
        }
        let index = self
            .inner
            .index_or_empty()
            .map_err(|error| failed("the index cannot be read", &error))?;
        Ok(GitTree::of_index(self.inner.clone(), index))
    }

    /// The branch or tag whose name is close to one that does not exist.
    pub fn suggestion(&self, name: &str) -> Option<String> {
        suggest::closest(name, self.names().iter().map(String::as_str)).map(str::to_owned)
    }

    /// Whether there is a branch or tag of this name, wherever it leads.
    pub fn knows(&self, name: &str) -> bool {
        self.names().iter().any(|known| known == name)
    }

    fn names(&self) -> Vec<String> {
        let mut names = vec!["HEAD".to_owned()];
        if let Ok(references) = self.inner.references()
            && let Ok(all) = references.all()
        {
            let found = all.filter_map(Result::ok);
            names.extend(found.map(|reference| reference.name().shorten().to_string()));
        }
        names
    }
}

/// The name without its suffixes: `main` in `main~3` and in `main@{u}`.
fn base(name: &str) -> &str {
    let end = [name.find(['~', '^']), name.find("@{")].into_iter().flatten().min();
    &name[..end.unwrap_or(name.len())]
}

/// How many commits a suffix such as `~3^` goes back.
fn steps(suffix: &str) -> usize {
    let starts: Vec<usize> = suffix.match_indices(['~', '^']).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([suffix.len()]);
    let back = starts.iter().zip(ends).map(|(&start, end)| {
        let (letter, number) = suffix[start..end].split_at(1);
        match (letter, number.parse()) {
            ("~", Ok(count)) => count,
            (_, Ok(0)) => 0,
            _ => 1,
        }
    });
    back.fold(0, usize::saturating_add).min(MAX_STEPS)
}

#[cfg(test)]
mod tests {
    use super::{base, steps};

    #[test]
    fn names_have_a_base_and_steps_back() {
        for (name, start, back) in [
            ("main", "main", 0),
            ("HEAD~3", "HEAD", 3),
            ("v1^^2~2", "v1", 4),
            ("a-b@{u}~", "a-b", 1),
            ("x^0", "x", 0),
        ] {
            assert_eq!(base(name), start);
            assert_eq!(steps(&name[start.len()..]), back, "{name}");
        }
        assert_eq!(steps("~99999999999999999999"), 1);
        assert_eq!(steps("~é^"), 2);
    }
}
