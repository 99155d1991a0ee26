//! Picking one session by its parts.

use super::error::{CliError, unknown, usage};
use clap::ValueEnum;
use precedent::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};

/// The parts of a session, as options; a command says which of them it must have.
#[derive(clap::Args)]
pub struct Picked {
    /// The account that starts the session.
    #[arg(long, value_name = "U")]
    pub user: Option<String>,
    /// The invite of the external person in the session.
    #[arg(long, value_name = "I")]
    pub invite: Option<String>,
    /// The machine.
    #[arg(long, value_name = "J")]
    pub jump_item: Option<String>,
    /// The portal that the session comes through.
    #[arg(long, value_name = "P")]
    pub portal: Option<String>,
    /// How the session starts; of a jump item it is its kind.
    #[arg(long, value_name = "M")]
    pub method: Option<String>,
    /// Whether a person is at the endpoint, where the method tells.
    #[arg(long, value_enum)]
    pub presence: Option<Presence>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Presence {
    Present,
    Absent,
}

pub fn subject(arguments: &Picked, matrix: &Matrix) -> Result<usize, CliError> {
    let (what, written) = match (&arguments.user, &arguments.invite) {
        (Some(user), _) => ("user", user),
        (None, invite) => ("invite", invite.as_ref().expect("clap requires one of the two")),
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

pub fn endpoint(arguments: &Picked, matrix: &Matrix) -> Result<usize, CliError> {
    let methods = &matrix.ir.profile.methods;
    let (what, kind, written) = match (&arguments.jump_item, &arguments.portal) {
        (Some(item), _) => ("jump item", "jump_item", item),
        (None, portal) => {
            ("portal", "portal", portal.as_ref().expect("clap requires one of the two"))
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
            return Err(usage(
                format!("the {what} `{written}` has no sessions by `{method}`"),
                format!("its methods: {choice}"),
            ));
        }
        None if possible.len() == 1 => possible[0],
        None => {
            return Err(usage(
                format!("the {what} `{written}` has sessions by several methods"),
                format!("give --method, one of: {choice}"),
            ));
        }
    };
    let of_method: Vec<(usize, Endpoint)> = of_target
        .into_iter()
        .filter(|(_, endpoint)| methods[endpoint.method].id == method)
        .collect();
    let told = of_method.iter().any(|(_, endpoint)| endpoint.present.is_some());
    let wanted = match (arguments.presence, told) {
        (Some(_), false) => {
            return Err(usage(
                format!("sessions by `{method}` do not tell whether a person is present"),
                "leave --presence out".to_owned(),
            ));
        }
        (None, true) => {
            return Err(usage(
                format!("sessions by `{method}` tell whether a person is present"),
                "give --presence present, or --presence absent".to_owned(),
            ));
        }
        (Some(presence), true) => Some(presence == Presence::Present),
        (None, false) => None,
    };
    of_method
        .into_iter()
        .find(|(_, endpoint)| endpoint.present == wanted)
        .map(|(at, _)| at)
        .ok_or_else(|| usage(format!("the {what} `{written}` has no such session"), None))
}
