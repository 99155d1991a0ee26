//! The smallest edits after which expectations hold.
//!
//! All edits of some kinds are tried by themselves (`candidates`): whichever of them makes the
//! expectations hold is found. Where none does, two and then three edits are searched for, from
//! those that leave the fewest failures: that search is not complete.
//!
//! An edit is tried as it would be made: on the text, compiled, with the tests run on the result.

mod candidates;
mod distance;
mod json;
mod order;
mod text;
mod trial;

use crate::diff::{Counts, Diff, Direction};
use crate::parallel;
use crate::policy_test::Counterexample;
use crate::review::Summary;
use crate::review::gate::Gates;
use distance::Aim;
pub use json::json;
pub use order::{Final, OrderReport, Swap, order, order_json, order_text};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
pub use text::text;
pub use trial::{Failing, Question, Trial, Workshop};

/// How many edits are tried together at most.
pub const MOST_EDITS: usize = 3;

/// How many of the edits that leave the same number of reasons are tried with a further one.
const BEAM: usize = 2;

/// The most trials that several edits together may bring the search to: on a large site, a trial
/// takes long. All single edits are tried, however many there are.
const MOST_TRIED: usize = 5_000;

/// For how many of the edits that do not suffice it is found out what they change besides.
const WEIGHED: usize = 400;

/// Edits after which the expectations hold.
#[derive(Clone, Debug)]
pub struct Repair {
    /// Texts of `precedent edit`, in their order.
    pub edits: Vec<String>,
    /// How many cells of sessions change.
    pub sessions: Counts,
    /// How many cells of accounts change.
    pub accounts: Counts,
    /// How many cells change besides those that failed.
    pub others: u64,
    /// Whether some of the sessions that were asked about cannot be started any more.
    pub ends_sessions: bool,
    /// The tests of the workspace that passed before, and fail or look at nothing then.
    pub broken: Vec<String>,
}

impl Repair {
    fn new(trial: &Trial, workshop: &Workshop<'_>, failing: u64) -> Repair {
        let diff = Diff::new(&workshop.old, &trial.matrix);
        let Summary { sessions, accounts, .. } = Summary::new(&diff, &Gates::new(&diff, &[]));
        let others = (sessions.total() + accounts.total()).saturating_sub(failing);
        let (edits, broken) = (trial.edits.clone(), trial.broken.clone());
        let before = workshop.as_it_is().map_or(0, |now| now.checked);
        let ends_sessions = trial.checked < before;
        Repair { edits, sessions, accounts, others, ends_sessions, broken }
    }

    /// How many cells may give somebody more.
    pub fn gains(&self) -> u64 {
        let of = |counts: &Counts| {
            let gains = [Direction::Widened, Direction::Changed, Direction::Added];
            gains.into_iter().map(|direction| counts.of(direction)).sum::<u64>()
        };
        of(&self.sessions) + of(&self.accounts)
    }

    /// Ascending: the better ones first.
    fn rank(&self) -> (usize, bool, [u64; 2], [usize; 2], &[String]) {
        let harm = [self.gains(), self.others];
        let text = [self.edits.len(), shared(&self.edits)];
        (self.broken.len(), self.ends_sessions, harm, text, &self.edits)
    }
}

/// How many edits are about something that several people or machines share. Where nothing else
/// differs, the line of one user or jump item is changed rather.
fn shared(edits: &[String]) -> usize {
    let is_of_one = |edit: &&String| {
        let object = edit.split_once(' ').map_or("", |(_, object)| object);
        object.starts_with("user ") || object.starts_with("jump item ")
    };
    edits.len() - edits.iter().filter(is_of_one).count()
}

/// What came of a search.
#[derive(Debug)]
pub struct Found {
    /// The expectations that fail, each with a session or an account as an example.
    pub failing: Vec<Failing>,
    /// The best first.
    pub repairs: Vec<Repair>,
    /// Why what is asked for is met, but not proven: none of the sessions can be started.
    pub unproven: Option<String>,
    /// How many edits were tried, alone or with others.
    pub tried: usize,
    /// How many edits were tried together.
    pub together: usize,
    /// Whether several edits would have been tried together, had it not been too many trials.
    pub is_cut: bool,
}

impl Found {
    /// How many sessions or accounts fail.
    pub fn count(&self) -> u64 {
        self.failing.iter().map(|failing| failing.count).sum()
    }
}

/// Searches for edits after which what the workshop asks for holds. `progress` is called with the
/// number of edits tried so far, and how many will be.
pub fn search(workshop: &Workshop<'_>, progress: &dyn Fn(usize, usize)) -> Found {
    let failing = workshop.failing_now();
    let unproven = workshop.unproven().map(str::to_owned);
    let mut found =
        Found { failing, repairs: Vec::new(), unproven, tried: 0, together: 0, is_cut: false };
    let Some(mut front) = workshop.as_it_is().map(|now| vec![now]) else { return found };
    let count = found.count();
    // An edit that changes more than what is asked for may do more harm than two or three others.
    let is_harmless = |repair: &Repair| {
        repair.broken.is_empty() && !repair.ends_sessions && repair.others <= count
    };
    while found.together < MOST_EDITS && !front.is_empty() && !found.repairs.iter().any(is_harmless)
    {
        // Each with the trial that it goes on from, and has to come nearer than.
        let before: Vec<Option<(Aim<'_>, Nearness)>> = front.iter().map(nearness).collect();
        let mut next: Vec<(Vec<String>, usize)> = Vec::new();
        for (trial, at) in front.iter().zip(0..) {
            let more = candidates::candidates(trial);
            // The first ones are the most promising ones.
            found.is_cut |=
                found.together > 0 && found.tried + next.len() + more.len() > MOST_TRIED;
            if found.is_cut {
                break;
            }
            let more = more.into_iter();
            next.extend(more.map(|edit| ([&trial.edits[..], &[edit]].concat(), at)));
        }
        if next.is_empty() {
            break;
        }
        found.together += 1;
        next.sort();
        next.dedup();
        let all = found.tried + next.len();
        // In portions, so that there is progress to show.
        let mut trials: Vec<Trial> = Vec::new();
        for portion in next.chunks(64) {
            progress(found.tried, all);
            let tried = parallel::map(portion.to_vec(), |(edits, from)| {
                let (aim, before) = before[from].as_ref()?;
                let trial = workshop.attempt(&edits)?;
                let now = (trial.count(), aim.distance(&trial.matrix));
                (now < *before).then_some(trial)
            });
            trials.extend(tried.into_iter().flatten());
            found.tried += portion.len();
        }
        let (done, rest): (Vec<Trial>, Vec<Trial>) =
            trials.into_iter().partition(|trial| trial.count() == 0);
        found.repairs.extend(parallel::map(done, |trial| Repair::new(&trial, workshop, count)));
        front = most_promising(workshop, rest);
    }
    found.repairs.sort_by(|a, b| a.rank().cmp(&b.rank()));
    without_needless_edits(&mut found.repairs);
    without_needless_final(&mut found.repairs);
    found
}

/// How many failures are left, and how far the first one is from what is asked for.
type Nearness = (u64, usize);

fn nearness(trial: &Trial) -> Option<(Aim<'_>, Nearness)> {
    let aim = Aim::of(trial)?;
    let distance = aim.distance(&trial.matrix);
    Some((aim, (trial.count(), distance)))
}

/// Leaves out repairs that have all edits of another one, and more, or the same in another order.
fn without_needless_edits(repairs: &mut Vec<Repair>) {
    let all: Vec<Vec<String>> = repairs.iter().map(|repair| repair.edits.clone()).collect();
    let mut known: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    repairs.retain(|repair| {
        if !known.insert(repair.edits.iter().cloned().collect()) {
            return false;
        }
        let is_part = |other: &Vec<String>| {
            other.len() < repair.edits.len() && other.iter().all(|edit| repair.edits.contains(edit))
        };
        !all.iter().any(is_part)
    });
}

/// The edits with which a further one is tried. A failure has a reason, and an edit often does away
/// with one of them, so for each number of reasons that are left, and of what is missing at the
/// first failure, those are taken that do least harm.
fn most_promising(workshop: &Workshop<'_>, mut rest: Vec<Trial>) -> Vec<Trial> {
    let text = |trial: &Trial| (shared(&trial.edits), trial.edits.clone());
    rest.sort_by_cached_key(|trial| (trial.count(), text(trial)));
    rest.truncate(WEIGHED);
    let mut weighed = parallel::map(rest, |trial| {
        let repair = Repair::new(&trial, workshop, 0);
        ([repair.broken.len() as u64, repair.gains(), repair.others], trial)
    });
    weighed.sort_by_cached_key(|(harm, trial)| (trial.failing.len(), *harm, text(trial)));
    let mut taken: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    weighed.retain(|(_, trial)| {
        let missing = nearness(trial).map_or(0, |(_, (_, distance))| distance);
        let of_reasons = taken.entry((trial.failing.len(), missing)).or_default();
        *of_reasons += 1;
        *of_reasons <= BEAM
    });
    weighed.truncate(3 * BEAM);
    weighed.into_iter().map(|(_, trial)| trial).collect()
}

/// Leaves out repairs with a `final` that do the same without it.
fn without_needless_final(repairs: &mut Vec<Repair>) {
    let bare = |repair: &Repair| -> Vec<String> {
        repair.edits.iter().map(|edit| edit.replacen(" final ", " ", 1)).collect()
    };
    let plain: Vec<(Vec<String>, Counts, Counts)> = repairs
        .iter()
        .filter(|repair| bare(repair) == repair.edits)
        .map(|repair| (repair.edits.clone(), repair.sessions, repair.accounts))
        .collect();
    repairs.retain(|repair| {
        let edits = bare(repair);
        edits == repair.edits || !plain.contains(&(edits, repair.sessions, repair.accounts))
    });
}

/// Where an expectation fails: a session by its subject and endpoint, or the account of a user.
fn place(trial: &Trial) -> Option<(&crate::ir::Expectation, Counterexample)> {
    let failing = trial.failing.first()?;
    let tests = &trial.matrix.ir.tables.tests;
    let test = tests.iter().find(|test| test.object.name == failing.test)?;
    Some((test.expect.get(failing.expectation)?, failing.example))
}

/// A matrix that a search shares.
type Shared = Arc<crate::matrix::Matrix>;
