//! What a peer is asked, and the clock and the oracle around it.

use crate::oracle::Oracle;
use crate::site::Site;
use std::time::{Duration, Instant};

/// How many cells one query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Cell,
    /// All permissions of a user at a jump item.
    Session,
    /// All permissions of a user at every jump item.
    Row,
}

/// Indices into the tables of the site. A unit larger than a cell leaves out the last ones.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub user: usize,
    pub jump_item: usize,
    pub permission: usize,
}

pub trait Peer {
    fn unit(&self) -> Unit;

    /// Adds the answers: of jump items in their order, and for each of permissions in theirs.
    fn answer(&mut self, question: Question, answers: &mut Vec<String>);
}

/// What a peer did in the time that it had.
pub struct Measured {
    pub cells: usize,
    pub time: Duration,
}

/// No sample is smaller, however long it takes.
const FEWEST_CELLS: usize = 2_000;

/// Asks a peer the questions of the sample, one after the other, until the time is over, and holds
/// each answer against the oracle afterwards.
///
/// # Errors
///
/// The first answer that differs from that of Precedent.
pub fn measure(
    site: &Site,
    oracle: &Oracle<'_>,
    peer: &mut dyn Peer,
    sample: &mut Sample,
    time: Duration,
) -> Result<Measured, String> {
    let mut measured = Measured { cells: 0, time: Duration::ZERO };
    let mut answers = Vec::new();
    while measured.time < time || measured.cells < FEWEST_CELLS {
        let question = sample.next(site);
        answers.clear();
        let begin = Instant::now();
        peer.answer(question, &mut answers);
        measured.time += begin.elapsed();
        measured.cells += answers.len();
        oracle.check(site, peer.unit(), question, &answers)?;
    }
    Ok(measured)
}

/// Random questions; the same seed gives the same ones. SplitMix64.
pub struct Sample(pub u64);

impl Sample {
    fn next(&mut self, site: &Site) -> Question {
        Question {
            user: self.below(site.users.len()),
            jump_item: self.below(site.jump_items.len()),
            permission: self.below(site.permissions.len()),
        }
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}
