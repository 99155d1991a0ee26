//! Precedent's own cells: what the peers' answers must equal, and how fast it finds them itself.

use crate::peer::{Measured, Question, Unit};
use crate::site::Site;
use precedent::Policies;
use precedent::matrix::pairs;
use precedent::matrix::{Cell, Matrix, SubjectRef, TargetRef};
use std::hint::black_box;
use std::time::{Duration, Instant};

pub struct Oracle<'m> {
    matrix: &'m Matrix,
    /// By user of the site: where it stands in the matrix.
    subjects: Vec<usize>,
    /// By jump item of the site: where it stands in the matrix.
    endpoints: Vec<usize>,
}

impl<'m> Oracle<'m> {
    pub fn new(policies: &'m Policies) -> Oracle<'m> {
        let matrix = &**policies.matrix();
        let users =
            matrix.subjects.iter().zip(0..).filter_map(|((subject, _), at)| match subject {
                SubjectRef::User(user) => Some((user.index(), at)),
                SubjectRef::Invite(_) => None,
            });
        let items = matrix.endpoints.iter().zip(0..).filter_map(|((to, _), at)| match to.target {
            TargetRef::JumpItem(item) => Some((item.index(), at)),
            TargetRef::Portal(_) => None,
        });
        Oracle { matrix, subjects: by_index(users), endpoints: by_index(items) }
    }

    /// All permissions of a session, resolved for this session alone.
    fn session(&self, user: usize, jump_item: usize) -> impl Iterator<Item = Cell<'m>> + use<'m> {
        let matrix = self.matrix;
        let (_, subject_class) = matrix.subjects[self.subjects[user]];
        let (endpoint, endpoint_class) = matrix.endpoints[self.endpoints[jump_item]];
        let (stack, cells) = matrix.resolve(subject_class, endpoint_class);
        (0..matrix.ir.profile.permissions.len())
            .map(move |at| cells.cell(&matrix.ir, &stack, endpoint.method, at))
    }

    /// The values of a session as text.
    fn texts(&self, user: usize, jump_item: usize) -> impl Iterator<Item = String> {
        let entries = &self.matrix.ir.profile.permissions;
        self.session(user, jump_item).zip(entries).map(|(cell, entry)| {
            cell.value.map_or_else(|| "n/a".to_owned(), |value| entry.ty.text(value))
        })
    }

    /// # Errors
    ///
    /// The first answer that differs.
    pub fn check(
        &self,
        site: &Site,
        unit: Unit,
        question: Question,
        answers: &[String],
    ) -> Result<(), String> {
        let Question { user, jump_item, permission } = question;
        let items = match unit {
            Unit::Row => 0..site.jump_items.len(),
            Unit::Cell | Unit::Session => jump_item..jump_item + 1,
        };
        let permissions = match unit {
            Unit::Cell => permission..permission + 1,
            Unit::Session | Unit::Row => 0..site.permissions.len(),
        };
        let expected = items.len() * permissions.len();
        if answers.len() != expected {
            return Err(format!("{} answers in place of {expected}", answers.len()));
        }
        let mut answers = answers.iter();
        for item in items {
            let own = self.texts(user, item).enumerate();
            let own = own.filter(|(at, _)| permissions.contains(at));
            for ((at, own), answer) in own.zip(&mut answers) {
                if own != *answer {
                    let (user, item) = (&site.users[user].name, &site.jump_items[item].name);
                    let path = &site.permissions[at].path;
                    return Err(format!("{user} at {item}: {path} is {own}, and not {answer}"));
                }
            }
        }
        Ok(())
    }

    /// All cells of one user after the other, until the time is over: each session is resolved by
    /// itself, and each value looked at.
    pub fn each_session(&self, time: Duration) -> Measured {
        let begin = Instant::now();
        let mut cells = 0;
        for user in 0..self.subjects.len() {
            for item in 0..self.endpoints.len() {
                for cell in self.session(user, item) {
                    black_box(cell.value);
                    cells += 1;
                }
            }
            if begin.elapsed() >= time {
                break;
            }
        }
        Measured { cells, time: begin.elapsed() }
    }

    /// Every cell of the matrix, as the product does it: equal sessions are resolved once. The time
    /// includes finding out which ones are equal.
    pub fn each_class(&self) -> Measured {
        let begin = Instant::now();
        let matrix = Matrix::new(&self.matrix.ir);
        let mut cells = 0;
        let is_user = |at: &&u32| matches!(matrix.subjects[**at as usize].0, SubjectRef::User(_));
        let users_of: Vec<usize> = matrix
            .subject_classes
            .iter()
            .map(|class| class.members.iter().filter(is_user).count())
            .collect();
        pairs::Policies::new(&matrix).each_pair(&matrix, |pair| {
            let users = pair.subjects.classes.iter().map(|class| users_of[*class as usize]);
            let items = pair.endpoints.classes.iter();
            let items = items.map(|class| matrix.endpoint_classes[*class as usize].members.len());
            let sessions = users.sum::<usize>() * items.sum::<usize>();
            for at in 0..matrix.ir.profile.permissions.len() {
                black_box(pair.cells.cell(&matrix.ir, &pair.stack, pair.method, at).value);
                cells += sessions;
            }
        });
        Measured { cells, time: begin.elapsed() }
    }
}

/// What belongs to the indices from 0, in the order of these.
fn by_index(pairs: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut pairs: Vec<(usize, usize)> = pairs.collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, at)| at).collect()
}
