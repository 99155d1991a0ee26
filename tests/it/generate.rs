//! Random valid workspaces, as text, of any built-in profile: the profile's own data says which permissions,
//! settings, layers and portals there are. A [`Plan`] is what proptest chooses and shrinks (how many of each kind);
//! the rest follows from its seed. Each declaration has a die of its own, so that a revision can write some of them
//! anew and leave the others as they are.

use crate::dice::{Dice, quote, value};
use crate::support::profile;
use precedent::profile::{LayerKind, Profile, Target};
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
    /// Whether every object has an `id`, and whether it has another name than in the first revision.
    pub ids: bool,
    pub renamed: bool,
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
    (0..5usize, 0..3usize, 0..6usize, 0..5usize, 0..3usize, 0..6usize, 0..4usize, 0..3usize).prop_map(
        |(users, invites, policies, groups, directory_groups, items, portals, objects)| Counts {
            users,
            invites,
            policies,
            groups,
            directory_groups,
            items,
            portals,
            objects,
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
        renamed: false,
    })
}

/// A workspace, and a later revision of it: some declarations are written anew, some come or go.
pub fn revisions(old: &'static str, new: &'static str) -> impl Strategy<Value = (Plan, Plan)> {
    (plan(old), counts(), 1..u64::MAX, any::<bool>()).prop_map(move |(plan, counts, revision, resized)| {
        let counts = if resized { counts } else { plan.counts };
        (plan.clone(), Plan { profile: new, revision, counts, ..plan })
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

/// Files of declarations: in which order, in how many files and with which line ends follows from the seed.
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
    /// Quoted names of session policies, and whether they are available to users, invites and jump items.
    policies: Vec<(String, [bool; 3])>,
    out: Vec<String>,
}

impl Writer<'_> {
    fn dice(&self, key: &str) -> Dice {
        let anew = self.plan.revision != 0 && Dice::of(self.plan.seed ^ self.plan.revision, key).chance(30);
        Dice::of(self.plan.seed ^ if anew { self.plan.revision } else { 0 }, key)
    }

    /// The quoted name of an object: it shall not matter what is in it.
    fn name(&self, kind: &str, at: usize) -> String {
        const TAILS: [&str; 12] = ["", "", "", " b", ", c", "\"d\"", "\n", "é🔐", r"\", "'", "#{", "\u{202e}\u{7}"];
        let mut dice = Dice::of(self.plan.seed, &format!("name of {kind} {at}"));
        let head = if self.plan.renamed { ["a ", "z "][dice.below(2)] } else { "" };
        quote(&format!("{head}{kind}{at}{}", TAILS[dice.below(TAILS.len())]), &mut dice)
    }

    fn names(&self, kind: &str, count: usize) -> Vec<String> {
        (0..count).map(|at| self.name(kind, at)).collect()
    }

    fn declare(&mut self, header: &str, lines: &[String]) {
        let body: String = lines.iter().map(|line| format!("  {}\n", line.replace('\n', "\n  "))).collect();
        self.out.push(if lines.is_empty() { format!("{header}\n") } else { format!("{header} {{\n{body}}}\n") });
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
            ("r", "jump item role"),
        ] {
            for at in 0..counts.objects {
                let mut dice = self.dice(&format!("{kind}{at}"));
                let mut lines = self.head(&mut dice, at);
                if kind == "r" && dice.chance(50) {
                    lines.push("allows = [start, edit_tag]".into());
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
        if self.dice("layers").chance(30) {
            let layers: Vec<String> = self.profile.layers.iter().map(|layer| layer.kind.id().to_owned()).collect();
            self.declare("order session layers, first defined wins", &layers);
        }
    }

    fn session_policy(&mut self, at: usize) {
        let mut dice = self.dice(&format!("policy {at}"));
        let mut lines = self.head(&mut dice, at);
        let mut available = [true; 3];
        if dice.chance(30) {
            available = [dice.chance(70), dice.chance(70), dice.chance(70)];
            let words = ["users", "invites", "jump_items"].into_iter().zip(available).filter(|(_, has)| *has);
            lines.push(format!("available = [{}]", words.map(|(word, _)| word).collect::<Vec<_>>().join(", ")));
        }
        lines.extend(self.permissions(&mut dice, false, false));
        let name = self.name("p", at);
        self.declare(&format!("session policy {name}"), &lines);
        self.policies.push((name, available));
    }

    /// The lines of a session policy. A complete one defines all that it must; the last layer leaves nothing open.
    fn permissions(&self, dice: &mut Dice, complete: bool, last: bool) -> Vec<String> {
        let word = |text: &str| match text {
            "except []" => "any".to_owned(),
            _ => text.split(' ').next().unwrap_or_default().to_owned(),
        };
        let density = [5, 30, 60, 100][dice.below(4)];
        let roles = self.names("r", self.plan.counts.objects);
        // What the policy defines, implied values too: entries come after those that they depend on.
        let mut defined: BTreeMap<usize, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for (at, entry) in self.profile.permissions.iter().enumerate() {
            assert!(
                [entry.requires.as_ref().map(|r| r.entry), entry.implied_by.as_ref().map(|i| i.entry)]
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
            let required = entry.requires.as_ref().map(|requirement| (requirement, defined.get(&requirement.entry)));
            let against =
                matches!(&required, Some((requirement, Some(value))) if !requirement.words.contains(&word(value)));
            let free = matches!(required, Some((_, None)));
            if !against && (complete && !free || dice.chance(density)) {
                let value = value(dice, &entry.ty, &roles);
                lines.push(format!("{} = {value}", entry.path));
                defined.insert(at, value);
            } else if !complete || against {
                lines.extend(open.filter(|_| dice.chance(20)));
            }
        }
        dice.shuffled(lines)
    }

    fn available(&self, place: Place) -> Vec<&str> {
        let fits = |available: &[bool; 3]| place == Place::Portals || available[place as usize];
        self.policies.iter().filter(|(_, available)| fits(available)).map(|(name, _)| &**name).collect()
    }

    /// What `session_policy` of a place may be set to.
    fn assignment(&self, dice: &mut Dice, place: Place) -> String {
        let names = self.available(place);
        match dice.below(6) {
            0 => "none".into(),
            // Where it must be complete, it would define what shall be undefined.
            1 if place == Place::Users && (!names.is_empty() || self.plan.undefined.is_empty()) => {
                let complete = self.profile.custom_complete && names.is_empty();
                let lines = self.permissions(dice, complete, false);
                format!("custom {{\n{}}}", lines.iter().map(|line| format!("  {line}\n")).collect::<String>())
            }
            _ if names.is_empty() => "none".into(),
            _ => names[dice.below(names.len())].to_owned(),
        }
    }

    /// Lines that set a session policy, whole or in two halves.
    fn session_policies(&self, dice: &mut Dice, place: Place, halves: Option<[&str; 2]>) -> Vec<String> {
        let halves =
            halves.filter(|_| dice.chance(60)).map(|halves| halves.map(|half| format!("session_policy.{half}")));
        let paths = halves.map_or(vec!["session_policy".to_owned()], Vec::from);
        let chosen = paths.iter().filter(|_| dice.chance(75)).cloned().collect::<Vec<_>>();
        chosen.iter().map(|path| format!("{path} = {}", self.assignment(dice, place))).collect()
    }

    /// What a user, a group policy or an embassy gives an account.
    fn grants(&self, dice: &mut Dice, group: bool) -> Vec<String> {
        let counts = self.plan.counts;
        let roles = self.names("r", counts.objects);
        let mut lines =
            self.session_policies(dice, Place::Users, self.profile.split.then_some(["attended", "unattended"]));
        for entry in &self.profile.settings {
            match dice.below(12) {
                0..=1 => lines.push(format!("{} = {}", entry.path, value(dice, &entry.ty, &roles))),
                2 if group => lines.push(format!("{} = not defined", entry.path)),
                _ => {}
            }
        }
        for at in 0..counts.objects {
            let (role, policy) = (dice.below(counts.objects), dice.below(counts.objects));
            let with = if dice.chance(50) { format!(" with {}", self.name("jp", policy)) } else { String::new() };
            let mut may = |line: String| lines.extend(dice.chance(40).then_some(line));
            may(format!("jump group {} as {}{with}", self.name("jg", at), self.name("r", role)));
            may(format!("team {} as {}", self.name("t", at), ["member", "lead", "manager"][(role + policy) % 3]));
            may(format!("jumpoint {}", self.name("jo", at)));
            may(format!(
                "vault account group {} as {}",
                self.name("v", at),
                ["inject", "inject_and_check_out"][role % 2]
            ));
        }
        dice.shuffled(lines)
    }

    fn user(&mut self, at: usize) {
        let mut dice = self.dice(&format!("user {at}"));
        let mut lines = self.head(&mut dice, at);
        lines.extend(self.grants(&mut dice, false));
        self.declare(&format!("user {}", self.name("u", at)), &lines);
    }

    /// Directory groups, group policies with their order, and embassies. A user of an embassy is in no group policy.
    fn groups(&mut self) {
        let counts = self.plan.counts;
        let embassies = if self.profile.embassies { counts.directory_groups } else { 0 };
        // Which embassy a user is of, if any; a directory group holds users of one kind.
        let mut dice = self.dice("embassies");
        let home = |dice: &mut Dice| if dice.chance(40) { dice.below(embassies + 1).checked_sub(1) } else { None };
        let homes: Vec<Option<usize>> = (0..counts.users).map(|_| home(&mut dice)).collect();
        let directory_homes: Vec<Option<usize>> = (0..counts.directory_groups).map(|_| home(&mut dice)).collect();
        for (at, home) in directory_homes.iter().enumerate() {
            let mut dice = self.dice(&format!("directory group {at}"));
            let mut lines = self.head(&mut dice, at);
            let users = (0..counts.users).filter(|&user| homes[user] == *home && dice.chance(50));
            lines
                .push(format!("members = [{}]", users.map(|user| self.name("u", user)).collect::<Vec<_>>().join(", ")));
            self.declare(&format!("directory group {}", self.name("dg", at)), &lines);
        }
        let members = |dice: &mut Dice, of: Option<usize>| {
            let users = (0..counts.users)
                .filter(|&user| homes[user] == of)
                .map(|user| format!("user {}", self.name("u", user)));
            let groups = (0..counts.directory_groups).filter(|&group| directory_homes[group] == of);
            let groups = groups.map(|group| format!("directory group {}", self.name("dg", group)));
            let chosen = users.chain(groups).filter(|_| dice.chance(50)).collect::<Vec<_>>();
            let close = if dice.chance(50) { "]" } else { ", # the last one\n]" };
            format!("members = [{}{}", chosen.join(",\n  "), if chosen.is_empty() { "]" } else { close })
        };
        let mut written = Vec::new();
        for at in 0..counts.groups {
            let mut dice = self.dice(&format!("group {at}"));
            let mut lines = self.head(&mut dice, at);
            lines.push(members(&mut dice, None));
            let grants = self.grants(&mut dice, true).into_iter();
            lines.extend(grants.map(|line| {
                if dice.chance(25) && !line.ends_with("not defined") { format!("final {line}") } else { line }
            }));
            written.push((format!("group policy {}", self.name("g", at)), lines));
        }
        for at in 0..embassies {
            let mut dice = self.dice(&format!("embassy {at}"));
            let mut lines = self.head(&mut dice, at);
            lines.push(members(&mut dice, Some(at)));
            lines.extend(self.grants(&mut dice, true));
            written.push((format!("embassy {}", self.name("e", at)), lines));
        }
        for (header, lines) in written {
            self.declare(&header, &lines);
        }
        let mut dice = self.dice("order");
        if counts.groups > 1 || counts.groups == 1 && dice.chance(50) {
            let order = dice.shuffled(self.names("g", counts.groups));
            self.declare(["order group policies", "order group policies, last defined wins"][dice.below(2)], &order);
        }
    }

    fn invite(&mut self, at: usize) {
        let mut dice = self.dice(&format!("invite {at}"));
        let names = self.available(Place::Invites);
        if !names.is_empty() {
            let line = format!("session_policy = {}", names[dice.below(names.len())]);
            let lines = [self.head(&mut dice, at), vec![line]].concat();
            self.declare(&format!("invite {}", self.name("i", at)), &lines);
        }
    }

    fn portal(&mut self, at: usize) {
        let mut dice = self.dice(&format!("portal {at}"));
        let mut lines = self.head(&mut dice, at);
        lines.extend((at == 0 && dice.chance(70)).then(|| "default".to_owned()));
        lines.extend(self.session_policies(&mut dice, Place::Portals, None));
        self.declare(&format!("portal {}", self.name("o", at)), &lines);
    }

    fn jump_item(&mut self, at: usize) {
        let mut dice = self.dice(&format!("item {at}"));
        let kinds: Vec<_> = self.profile.methods.iter().filter(|method| method.target == Target::JumpItem).collect();
        let kind = kinds[dice.below(kinds.len())];
        let mut lines = vec![format!("kind = {}", kind.id)];
        if self.plan.counts.objects > 0 && dice.chance(50) {
            lines.push(format!("group = {}", self.name("jg", dice.below(self.plan.counts.objects))));
        }
        if self.profile.has_layer(LayerKind::Portal)
            && kind.portal_choice
            && self.plan.counts.portals > 0
            && dice.chance(50)
        {
            lines.push(format!("portal = {}", self.name("o", dice.below(self.plan.counts.portals))));
        }
        lines.extend(self.session_policies(
            &mut dice,
            Place::JumpItems,
            kind.presence.then_some(["present", "absent"]),
        ));
        let head = self.head(&mut dice, at);
        let name = self.name("ji", at);
        if dice.chance(40) {
            // The same as a block: its lines are defaults, and the item may say otherwise.
            let own = self.session_policies(&mut dice, Place::JumpItems, None);
            let own: Vec<String> = [head, own].concat().iter().map(|line| format!("  {line}\n")).collect();
            lines.push(if own.is_empty() {
                format!("item {name}")
            } else {
                format!("item {name} {{\n{}}}", own.concat())
            });
            self.declare("jump items", &dice.shuffled(lines));
        } else {
            lines.extend(head);
            self.declare(&format!("jump item {name}"), &dice.shuffled(lines));
        }
    }
}
