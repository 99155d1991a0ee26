//! Picks one session by its parts.

use super::error::{About, CliError, failure, unknown, usage};
use clap::ValueEnum;
use precedent::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};

/// The parts of a session as options; each command says which of them are required.
#[derive(clap::Args)]
pub struct Picked {
    /// The user who starts the session
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The invite of an external participant
    #[arg(long, value_name = "NAME")]
    pub invite: Option<String>,
    /// The jump item that the session goes to
    #[arg(long, value_name = "NAME")]
    pub jump_item: Option<String>,
    /// The portal that the session comes through
    #[arg(long, value_name = "NAME")]
    pub portal: Option<String>,
    /// How the session starts; for a jump item, this is its kind
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Whether a person is present at the endpoint, for methods where it matters
    #[arg(long, value_enum)]
    pub presence: Option<Presence>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Presence {
    Present,
    Absent,
}

/// The index of the chosen subject in the matrix.
pub fn subject(arguments: &Picked, matrix: &Matrix) -> Result<usize, CliError> {
    let (what, written) = match (&arguments.user, &arguments.invite) {
        (Some(user), _) => ("user", user),
        (None, Some(invite)) => ("invite", invite),
        (None, None) => return Err(usage("no subject was given", "--user or --invite".to_owned())),
    };
    let of_kind = |subject: &SubjectRef| subject.kind() == what;
    let found = matrix
        .subjects
        .iter()
        .position(|(subject, _)| of_kind(subject) && matrix.subject_name(*subject) == *written);
    let known = matrix
        .subjects
        .iter()
        .map(|(subject, _)| *subject)
        .filter(of_kind)
        .map(|subject| matrix.subject_name(subject));
    found.ok_or_else(|| unknown(what, written, known))
}

/// The index of the chosen endpoint in the matrix.
pub fn endpoint(arguments: &Picked, matrix: &Matrix) -> Result<usize, CliError> {
    let methods = &matrix.ir.profile.methods;
    let (what, kind, written) = match (&arguments.jump_item, &arguments.portal) {
        (Some(item), _) => ("jump item", "jump_item", item),
        (None, Some(portal)) => ("portal", "portal", portal),
        (None, None) => {
            return Err(usage("no target was given", "--jump-item or --portal".to_owned()));
        }
    };
    let all: Vec<(usize, Endpoint)> =
        matrix.endpoints.iter().map(|(endpoint, _)| *endpoint).enumerate().collect();
    let name = |target: TargetRef| matrix.target_name(target);
    let of_target: Vec<(usize, Endpoint)> = all
        .iter()
        .filter(|(_, endpoint)| endpoint.target.kind() == kind && name(endpoint.target) == *written)
        .copied()
        .collect();
    if of_target.is_empty() {
        let known = all
            .iter()
            .filter(|(_, endpoint)| endpoint.target.kind() == kind)
            .map(|(_, endpoint)| name(endpoint.target));
        return Err(unknown(what, written, known));
    }
    let mut possible: Vec<&str> =
        of_target.iter().map(|(_, endpoint)| &*methods[endpoint.method].id).collect();
    possible.dedup();
    let choice = possible.join(", ");
    let method = match &arguments.method {
        Some(method) if possible.contains(&&**method) => method.as_str(),
        Some(method) => {
            return Err(failure(
                About::UnknownSession,
                format!("{what} `{written}` has no `{method}` sessions"),
                format!("its methods are: {choice}"),
            ));
        }
        None if possible.len() == 1 => possible[0],
        None => {
            return Err(usage(
                format!("{what} `{written}` has sessions of several methods"),
                format!("give `--method`, one of: {choice}"),
            ));
        }
    };
    let of_method: Vec<(usize, Endpoint)> = of_target
        .into_iter()
        .filter(|(_, endpoint)| methods[endpoint.method].id == method)
        .collect();
    let has_presence = of_method.iter().any(|(_, endpoint)| endpoint.present.is_some());
    let wanted = match (arguments.presence, has_presence) {
        (Some(_), false) => {
            return Err(usage(
                format!("`--presence` cannot be used with `{method}` sessions"),
                "whether a person is present makes no difference to them".to_owned(),
            ));
        }
        (None, true) => {
            return Err(usage(
                format!("`{method}` sessions depend on whether a person is present"),
                "give `--presence present` or `--presence absent`".to_owned(),
            ));
        }
        (Some(presence), true) => Some(presence == Presence::Present),
        (None, false) => None,
    };
    of_method
        .into_iter()
        .find(|(_, endpoint)| endpoint.present == wanted)
        .map(|(at, _)| at)
        .ok_or_else(|| {
            let message = format!("{what} `{written}` has no such session");
            failure(About::UnknownSession, message, None)
        })
}
