//! Random valid workspaces, as text, of any built-in profile: the profile's own data says which
//! permissions, settings, layers and portals there are. A [`Plan`] is what proptest chooses and
//! shrinks (how many of each kind); the rest follows from its seed. Each declaration has a die of
//! its own, so that a revision can write some of them anew and leave the others as they are.

pub mod expectations;
mod objects;

use crate::dice::{Dice, quote, value};
use crate::support::profile;
use precedent::profile::Profile;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Plan {
    pub profile: &'static str,
    pub seed: u64,
    /// Which declarations are written anew; 0 is the first revision.
    pub revision: u64,
    pub counts: Counts,
    /// Permissions that nothing but the global default may define.
    pub undefined: Vec<usize>,
    /// How many percent of the lines say `unknown` in place of a value.
    pub unknown: usize,
    /// How many percent of the settings that starting a session asks for have the value that it
    /// asks for.
    pub startable: usize,
    /// Whether every object has an `id`, and whether it has another name than in the first
    /// revision.
    pub ids: bool,
    pub renamed: bool,
    /// Whether every object has the name that the next one of its kind has without this.
    pub names_moved: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub users: usize,
    pub invites: usize,
    pub policies: usize,
    pub groups: usize,
    pub directory_groups: usize,
    pub items: usize,
    pub portals: usize,
    pub objects: usize,
}

pub fn counts() -> impl Strategy<Value = Counts> {
    (0..5usize, 0..3usize, 0..6usize, 0..5usize, 0..3usize, 0..6usize, 0..4usize, 0..3usize)
        .prop_map(
            |(users, invites, policies, groups, directory_groups, items, portals, objects)| {
                Counts {
                    users,
                    invites,
                    policies,
                    groups,
                    directory_groups,
                    items,
                    portals,
                    objects,
                }
            },
        )
}

pub fn plan(profile: &'static str) -> impl Strategy<Value = Plan> {
    (any::<u64>(), counts(), any::<bool>()).prop_map(move |(seed, counts, ids)| Plan {
        profile,
        seed,
        counts,
        ids,
        revision: 0,
        undefined: Vec::new(),
        unknown: 0,
        startable: 40,
        renamed: false,
        names_moved: false,
    })
}

/// A workspace, and a later revision of it: some declarations are written anew, some come or go.
pub fn revisions(old: &'static str, new: &'static str) -> impl Strategy<Value = (Plan, Plan)> {
    (plan(old), counts(), 1..u64::MAX, any::<bool>()).prop_map(
        move |(plan, counts, revision, resized)| {
            let counts = if resized { counts } else { plan.counts };
            (plan.clone(), Plan { profile: new, revision, counts, ..plan })
        },
    )
}

/// Revisions in which names go over to other objects: everything has an id, the last object of each
/// kind is gone, and the one before it has its name now.
pub fn names_taken_over(
    old: &'static str,
    new: &'static str,
) -> impl Strategy<Value = (Plan, Plan)> {
    revisions(old, new).prop_map(|(mut old, new)| {
        let less = |count: &mut usize| *count = count.saturating_sub(1);
        (old.ids, old.counts.objects) = (true, old.counts.objects.max(2));
        let mut counts = old.counts;
        less(&mut counts.objects);
        less(&mut counts.users);
        less(&mut counts.invites);
        less(&mut counts.items);
        less(&mut counts.portals);
        (old, Plan { ids: true, names_moved: true, counts, ..new })
    })
}

/// The declarations of a plan, each with its line ends.
pub fn declarations(plan: &Plan) -> Vec<String> {
    let mut writer = Writer {
        profile: profile(plan.profile),
        plan,
        policies: Vec::new(),
        out: vec![format!("profile \"{}\"\n", plan.profile)],
    };
    writer.all();
    writer.out
}

/// Files of declarations: in which order, in how many files and with which line ends follows from
/// the seed.
pub fn files(declarations: &[String], seed: u64) -> Vec<(String, String)> {
    let mut dice = Dice::of(seed, "files");
    let mut files: Vec<(String, String)> =
        (0..1 + dice.below(3)).map(|at| (format!("f{at}.prec"), String::new())).collect();
    for declaration in dice.shuffled(declarations.to_vec()) {
        let at = dice.below(files.len());
        files[at].1 += &declaration;
        files[at].1 += ["", "", "\n", "# a remark\n", "  \t\n"][dice.below(5)];
    }
    for (_, text) in &mut files {
        match dice.below(6) {
            0 => *text = text.replace('\n', "\r\n"),
            1 => text.insert(0, '\u{feff}'),
            _ => {}
        }
    }
    dice.shuffled(files)
}

pub fn workspace(plan: &Plan) -> Vec<(String, String)> {
    files(&declarations(plan), plan.seed)
}

/// Places that take session policies, by what `available` calls them.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Users,
    Invites,
    JumpItems,
    Portals,
}

struct Writer<'p> {
    profile: &'p Profile,
    plan: &'p Plan,
    /// Quoted names of session policies, and whether they are available to users, invites and jump
    /// items.
    policies: Vec<(String, [bool; 3])>,
    out: Vec<String>,
}

impl Writer<'_> {
    fn dice(&self, key: &str) -> Dice {
        let anew = self.plan.revision != 0
            && Dice::of(self.plan.seed ^ self.plan.revision, key).chance(30);
        Dice::of(self.plan.seed ^ if anew { self.plan.revision } else { 0 }, key)
    }

    /// The quoted name of an object: it shall not matter what is in it.
    fn name(&self, kind: &str, at: usize) -> String {
        let at = at + usize::from(self.plan.names_moved);
        const TAILS: [&str; 12] =
            ["", "", "", " b", ", c", "\"d\"", "\n", "é🔐", r"\", "'", "#{", "\u{202e}\u{7}"];
        let mut dice = Dice::of(self.plan.seed, &format!("name of {kind} {at}"));
        let head = if self.plan.renamed { ["a ", "z "][dice.below(2)] } else { "" };
        quote(&format!("{head}{kind}{at}{}", TAILS[dice.below(TAILS.len())]), &mut dice)
    }

    fn names(&self, kind: &str, count: usize) -> Vec<String> {
        (0..count).map(|at| self.name(kind, at)).collect()
    }

    fn declare(&mut self, header: &str, lines: &[String]) {
        let body: String =
            lines.iter().map(|line| format!("  {}\n", line.replace('\n', "\n  "))).collect();
        self.out.push(if lines.is_empty() {
            format!("{header}\n")
        } else {
            format!("{header} {{\n{body}}}\n")
        });
    }

    /// The lines of a body, some of them with `unknown` in place of their values, or for all others.
    fn partly_unknown(&self, dice: &mut Dice, lines: Vec<String>, others: bool) -> Vec<String> {
        if self.plan.unknown == 0 {
            return lines;
        }
        let percent = self.plan.unknown;
        // An implied permission takes no other value than that one.
        let permissions = &self.profile.permissions;
        let may = |path: &str| {
            permissions.iter().all(|entry| entry.path != path || entry.implied_by.is_none())
        };
        let mut lines: Vec<String> = lines
            .into_iter()
            .map(|line| match line.split_once(" = ") {
                Some((path, _)) if may(path) && dice.chance(percent) => format!("{path} = unknown"),
                _ => line,
            })
            .collect();
        lines.extend((others && dice.chance(percent / 2)).then(|| "others = unknown".to_owned()));
        lines
    }

    fn head(&self, dice: &mut Dice, at: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if self.plan.ids || dice.chance(20) {
            lines.push(format!("id = {}", at + 1));
        }
        if dice.chance(10) {
            lines.push(format!("description = {}", quote("says \"nothing\"", dice)));
        }
        lines
    }

    fn all(&mut self) {
        let counts = self.plan.counts;
        for (kind, words) in [
            ("jg", "jump group"),
            ("jp", "jump policy"),
            ("t", "team"),
            ("jo", "jumpoint"),
            ("v", "vault account group"),
            ("va", "vault account"),
            ("r", "jump item role"),
        ] {
            for at in 0..counts.objects {
                let mut dice = self.dice(&format!("{kind}{at}"));
                let mut lines = self.head(&mut dice, at);
                if kind == "r" && dice.chance(50) {
                    lines.push("allows = [start, edit_tag]".into());
                }
                if matches!(kind, "jg" | "jp" | "t" | "jo") && dice.chance(20) {
                    lines.push(format!("code_name = \"code-{at}\""));
                }
                self.declare(&format!("{words} {}", self.name(kind, at)), &lines);
            }
        }
        (0..counts.policies).for_each(|at| self.session_policy(at));
        let mut dice = self.dice("global default");
        if dice.chance(50) {
            let lines = self.permissions(&mut dice, true, true);
            self.declare("global default", &lines);
        }
        (0..counts.users).for_each(|at| self.user(at));
        self.groups();
        (0..counts.invites).for_each(|at| self.invite(at));
        (0..if self.profile.portals { counts.portals } else { 0 }).for_each(|at| self.portal(at));
        (0..counts.items).for_each(|at| self.jump_item(at));
        (0..counts.objects).for_each(|at| self.test(at));
        if self.dice("layers").chance(30) {
            let layers: Vec<String> =
                self.profile.layers.iter().map(|layer| layer.kind.id().to_owned()).collect();
            self.declare("order session layers, first defined wins", &layers);
        }
    }

    fn session_policy(&mut self, at: usize) {
        let mut dice = self.dice(&format!("policy {at}"));
        let mut lines = self.head(&mut dice, at);
        let mut available = [true; 3];
        if dice.chance(30) {
            available = [dice.chance(70), dice.chance(70), dice.chance(70)];
            let words = ["users", "invites", "jump_items"]
                .into_iter()
                .zip(available)
                .filter(|(_, has)| *has);
            lines.push(format!(
                "available = [{}]",
                words.map(|(word, _)| word).collect::<Vec<_>>().join(", ")
            ));
        }
        lines.extend(self.permissions(&mut dice, false, false));
        let name = self.name("p", at);
        self.declare(&format!("session policy {name}"), &lines);
        self.policies.push((name, available));
    }

    /// The lines of a session policy. A complete one defines all that it must; the last layer
    /// leaves nothing open.
    fn permissions(&self, dice: &mut Dice, complete: bool, last: bool) -> Vec<String> {
        let word = |text: &str| match text {
            "except []" => "any".to_owned(),
            _ => text.split(' ').next().unwrap_or_default().to_owned(),
        };
        let density = [5, 30, 60, 100][dice.below(4)];
        let roles = self.names("r", self.plan.counts.objects);
        // What the policy defines, implied values too: entries come after those that they depend
        // on.
        let mut defined: BTreeMap<usize, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for (at, entry) in self.profile.permissions.iter().enumerate() {
            assert!(
                [
                    entry.requires.as_ref().map(|r| r.entry),
                    entry.implied_by.as_ref().map(|i| i.entry)
                ]
                .into_iter()
                .flatten()
                .all(|other| other < at)
            );
            let open = if last { None } else { Some(format!("{} = not defined", entry.path)) };
            if self.plan.undefined.contains(&at) && !last {
                lines.extend(open.filter(|_| dice.chance(20)));
                continue;
            }
            let implied = entry.implied_by.as_ref().and_then(|implication| {
                let by = word(defined.get(&implication.entry)?);
                Some(entry.ty.text(&implication.values.iter().find(|(known, _)| *known == by)?.1))
            });
            if let Some(implied) = implied {
                lines.extend(dice.chance(20).then(|| format!("{} = {implied}", entry.path)));
                defined.insert(at, implied);
                continue;
            }
            let required = entry
                .requires
                .as_ref()
                .map(|requirement| (requirement, defined.get(&requirement.entry)));
            let against = matches!(&required, Some((requirement, Some(value))) if !requirement.words.contains(&word(value)));
            let free = matches!(required, Some((_, None)));
            if !against && (complete && !free || dice.chance(density)) {
                let value = value(dice, &entry.ty, &roles);
                lines.push(format!("{} = {value}", entry.path));
                defined.insert(at, value);
            } else if !complete || against {
                lines.extend(open.filter(|_| dice.chance(20)));
            }
        }
        let lines = self.partly_unknown(dice, lines, true);
        dice.shuffled(lines)
    }
}
