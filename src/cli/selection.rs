//! Which sessions or accounts are asked for: conditions, and short forms of them.

use clap::ValueEnum;
use precedent::lower::filter::Asked;
use precedent::matrix::by_party::Party;
use precedent::text::quote;

/// Conditions as options. Where an option is repeated, each of its values is enough.
#[derive(clap::Args)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Only this user; each of these options may be repeated
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Only this access invite; with `--user`, either of them
    #[arg(long, value_name = "NAME")]
    invite: Vec<String>,
    /// Only members of this group policy
    #[arg(long, value_name = "NAME")]
    group_policy: Vec<String>,
    /// Only members of this directory group
    #[arg(long, value_name = "NAME")]
    directory_group: Vec<String>,
    /// Only members of this team
    #[arg(long, value_name = "NAME")]
    team: Vec<String>,
    /// Only this jump item
    #[arg(long, value_name = "NAME")]
    jump_item: Vec<String>,
    /// Only this portal; with `--jump-item`, either of them
    #[arg(long, value_name = "NAME")]
    portal: Vec<String>,
    /// Only jump items of this jump group
    #[arg(long, value_name = "NAME")]
    jump_group: Vec<String>,
    /// Only jump items with this tag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only sessions that start this way
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
    /// Only what this condition selects, as after `when` in a test; repeated conditions narrow
    /// together
    #[arg(long, value_name = "SELECTOR")]
    when: Vec<String>,
}

impl Selection {
    /// Lists of conditions, of each of which one must select.
    pub fn conditions(&self) -> Vec<Vec<Asked>> {
        let of = |option: &'static str, before: &'static str, values: &[String]| {
            let asked =
                |value: &String| Asked { option, text: format!("{before} {}", quote(value)) };
            values.iter().map(asked).collect::<Vec<_>>()
        };
        let methods = self.method.iter();
        let methods =
            methods.map(|id| Asked { option: "--method", text: format!("method == {id}") });
        let subjects =
            [of("--user", "user ==", &self.user), of("--invite", "invite ==", &self.invite)];
        let targets = [
            of("--jump-item", "jump item ==", &self.jump_item),
            of("--portal", "portal ==", &self.portal),
        ];
        let mut lists = vec![
            subjects.concat(),
            of("--group-policy", "user in group policy", &self.group_policy),
            of("--directory-group", "user in directory group", &self.directory_group),
            of("--team", "user in team", &self.team),
            targets.concat(),
            of("--jump-group", "jump item in jump group", &self.jump_group),
            of("--tag", "tag ==", &self.tag),
            methods.collect(),
        ];
        lists.retain(|list| !list.is_empty());
        let when =
            self.when.iter().map(|text| vec![Asked { option: "--when", text: text.clone() }]);
        lists.into_iter().chain(when).collect()
    }
}

/// The texts of an option that takes expectations.
pub fn asked(option: &'static str, texts: &[String]) -> Vec<Asked> {
    texts.iter().map(|text| Asked { option, text: text.clone() }).collect()
}

/// From whose side the sessions are shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Groups of sessions with identical permissions
    Sessions,
    /// What people can do, and where
    Person,
    /// Who can do what on a machine
    Machine,
}

impl By {
    pub fn party(self) -> Option<Party> {
        match self {
            By::Sessions => None,
            By::Person => Some(Party::Person),
            By::Machine => Some(Party::Machine),
        }
    }
}
