//! What a random workspace declares beside its session policies: accounts and the inventory.

use super::{Place, Writer};
use crate::dice::{Dice, value};
use precedent::profile::{LayerKind, Target};

impl Writer<'_> {
    fn available(&self, place: Place) -> Vec<&str> {
        let fits = |available: &[bool; 3]| place == Place::Portals || available[place as usize];
        self.policies
            .iter()
            .filter(|(_, available)| fits(available))
            .map(|(name, _)| &**name)
            .collect()
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
                format!(
                    "custom {{\n{}}}",
                    lines.iter().map(|line| format!("  {line}\n")).collect::<String>()
                )
            }
            _ if names.is_empty() => "none".into(),
            _ => names[dice.below(names.len())].to_owned(),
        }
    }

    /// Lines that set a session policy, whole or in two halves.
    fn session_policies(
        &self,
        dice: &mut Dice,
        place: Place,
        halves: Option<[&str; 2]>,
    ) -> Vec<String> {
        let halves = halves
            .filter(|_| dice.chance(60))
            .map(|halves| halves.map(|half| format!("session_policy.{half}")));
        let paths = halves.map_or(vec!["session_policy".to_owned()], Vec::from);
        let chosen = paths.iter().filter(|_| dice.chance(75)).cloned().collect::<Vec<_>>();
        let lines = chosen
            .iter()
            .map(|path| format!("{path} = {}", self.assignment(dice, place)))
            .collect();
        self.partly_unknown(dice, lines, false)
    }

    /// What a user, a group policy or an embassy gives an account.
    fn grants(&self, dice: &mut Dice, group: bool) -> Vec<String> {
        let counts = self.plan.counts;
        let roles = self.names("r", counts.objects);
        let mut lines = self.session_policies(
            dice,
            Place::Users,
            self.profile.split.then_some(["attended", "unattended"]),
        );
        for (at, entry) in self.profile.settings.iter().enumerate() {
            // Most accounts can start something, or nearly.
            if let Some(value) = self.asked_by_start(at)
                && dice.chance(self.plan.startable)
            {
                lines.push(format!("{} = {value}", entry.path));
                continue;
            }
            match dice.below(12) {
                0..=1 => lines.push(format!("{} = {}", entry.path, value(dice, &entry.ty, &roles))),
                2 if group => lines.push(format!("{} = not defined", entry.path)),
                _ => {}
            }
        }
        lines = self.partly_unknown(dice, lines, false);
        for at in 0..counts.objects {
            let (role, policy) = (dice.below(counts.objects), dice.below(counts.objects));
            let with = if dice.chance(50) {
                format!(" with {}", self.name("jp", policy))
            } else {
                String::new()
            };
            let mut may = |line: String| lines.extend(dice.chance(40).then_some(line));
            let role_name =
                if role == at { "default role".to_owned() } else { self.name("r", role) };
            may(format!("jump group {} as {role_name}{with}", self.name("jg", at)));
            may(format!(
                "team {} as {}",
                self.name("t", at),
                ["member", "lead", "manager"][(role + policy) % 3]
            ));
            may(format!("jumpoint {}", self.name("jo", at)));
            may(format!(
                "vault account group {} as {}",
                self.name("v", at),
                ["inject", "inject_and_check_out"][role % 2]
            ));
            may(format!("vault account {} as inject until 2026-12-31", self.name("va", at)));
        }
        dice.shuffled(lines)
    }

    /// Lines that leave open what else a group policy, an embassy or a user gives.
    fn unread(&self, dice: &mut Dice) -> Vec<String> {
        let mut may = |line: &str| dice.chance(self.plan.unknown / 2).then(|| line.to_owned());
        [may("others = unknown"), may("memberships = unknown")].into_iter().flatten().collect()
    }

    /// The value that starting a session asks of a setting, if it asks one.
    fn asked_by_start(&self, setting: usize) -> Option<&str> {
        let invites = self.profile.setting("session_management.invite_external") == Some(setting);
        let start = self.profile.start.as_ref()?;
        let mut conditions = start.all.iter().chain(start.methods.iter().flatten());
        let asked = conditions
            .find_map(|condition| condition.any.iter().find(|part| part.setting == setting));
        match asked {
            Some(part) => part.values.first().map(|value| &**value),
            None => invites.then_some("allow"),
        }
    }

    pub(super) fn user(&mut self, at: usize) {
        let mut dice = self.dice(&format!("user {at}"));
        let mut lines = self.head(&mut dice, at);
        lines.extend(dice.chance(20).then(|| "expires = 2026-02-28".to_owned()));
        lines.extend(self.grants(&mut dice, false));
        lines.extend(self.unread(&mut dice));
        self.declare(&format!("user {}", self.name("u", at)), &lines);
    }

    /// Directory groups, group policies with their order, and embassies. A user of an embassy is in
    /// no group policy.
    pub(super) fn groups(&mut self) {
        let counts = self.plan.counts;
        let embassies = if self.profile.embassies { counts.directory_groups } else { 0 };
        // Which embassy a user is of, if any; a directory group holds users of one kind.
        let mut dice = self.dice("embassies");
        let home = |dice: &mut Dice| {
            if dice.chance(40) { dice.below(embassies + 1).checked_sub(1) } else { None }
        };
        let homes: Vec<Option<usize>> = (0..counts.users).map(|_| home(&mut dice)).collect();
        let directory_homes: Vec<Option<usize>> =
            (0..counts.directory_groups).map(|_| home(&mut dice)).collect();
        for (at, home) in directory_homes.iter().enumerate() {
            let mut dice = self.dice(&format!("directory group {at}"));
            let mut lines = self.head(&mut dice, at);
            let users = (0..counts.users).filter(|&user| homes[user] == *home && dice.chance(50));
            lines.push(format!(
                "members = [{}]",
                users.map(|user| self.name("u", user)).collect::<Vec<_>>().join(", ")
            ));
            self.declare(&format!("directory group {}", self.name("dg", at)), &lines);
        }
        let members = |dice: &mut Dice, of: Option<usize>| {
            let users = (0..counts.users).filter(|&user| homes[user] == of).map(|user| {
                let until = if user % 3 == 2 { " until 2027-01-31" } else { "" };
                format!("user {}{until}", self.name("u", user))
            });
            let groups = (0..counts.directory_groups).filter(|&group| directory_homes[group] == of);
            let groups = groups.map(|group| format!("directory group {}", self.name("dg", group)));
            let chosen = users.chain(groups).filter(|_| dice.chance(50)).collect::<Vec<_>>();
            let close = if dice.chance(50) { "]" } else { ", # the last one\n]" };
            format!(
                "members = [{}{}",
                chosen.join(",\n  "),
                if chosen.is_empty() { "]" } else { close }
            )
        };
        let mut written = Vec::new();
        for at in 0..counts.groups {
            let mut dice = self.dice(&format!("group {at}"));
            let mut lines = self.head(&mut dice, at);
            lines.push(members(&mut dice, None));
            let grants = self.grants(&mut dice, true).into_iter();
            lines.extend(grants.map(|line| {
                if dice.chance(25) && !line.ends_with("not defined") {
                    format!("final {line}")
                } else {
                    line
                }
            }));
            lines.extend(self.unread(&mut dice));
            written.push((format!("group policy {}", self.name("g", at)), lines));
        }
        for at in 0..embassies {
            let mut dice = self.dice(&format!("embassy {at}"));
            let mut lines = self.head(&mut dice, at);
            lines.push(members(&mut dice, Some(at)));
            lines.extend(self.grants(&mut dice, true));
            lines.extend(self.unread(&mut dice));
            written.push((format!("embassy {}", self.name("e", at)), lines));
        }
        for (header, lines) in written {
            self.declare(&header, &lines);
        }
        let mut dice = self.dice("order");
        if counts.groups > 1 || counts.groups == 1 && dice.chance(50) {
            let order = dice.shuffled(self.names("g", counts.groups));
            let unknown = ["", ", unknown"][usize::from(dice.chance(self.plan.unknown))];
            let wins = ["", ", last defined wins"][dice.below(2)];
            self.declare(&format!("order group policies{unknown}{wins}"), &order);
        }
    }

    pub(super) fn invite(&mut self, at: usize) {
        let mut dice = self.dice(&format!("invite {at}"));
        let names = self.available(Place::Invites);
        if !names.is_empty() {
            let line = format!("session_policy = {}", names[dice.below(names.len())]);
            let line = self.partly_unknown(&mut dice, vec![line], false);
            let lines = [self.head(&mut dice, at), line].concat();
            self.declare(&format!("invite {}", self.name("i", at)), &lines);
        }
    }

    pub(super) fn portal(&mut self, at: usize) {
        let mut dice = self.dice(&format!("portal {at}"));
        let mut lines = self.head(&mut dice, at);
        lines.extend((at == 0 && dice.chance(70)).then(|| "default".to_owned()));
        lines.extend(self.session_policies(&mut dice, Place::Portals, None));
        self.declare(&format!("portal {}", self.name("o", at)), &lines);
    }

    pub(super) fn jump_item(&mut self, at: usize) {
        let mut dice = self.dice(&format!("item {at}"));
        let kinds: Vec<_> = self
            .profile
            .methods
            .iter()
            .filter(|method| method.target == Target::JumpItem)
            .collect();
        let kind = kinds[dice.below(kinds.len())];
        let mut lines = vec![format!("kind = {}", kind.id)];
        let counts = self.plan.counts;
        if counts.objects > 0 && dice.chance(30) {
            lines.push(format!("jump_policy = {}", self.name("jp", dice.below(counts.objects))));
        }
        if counts.users > 0 && dice.chance(20) {
            lines.push(format!("owner = {}", self.name("u", dice.below(counts.users))));
        } else if counts.objects > 0 && dice.chance(50) {
            lines.push(format!("group = {}", self.name("jg", dice.below(counts.objects))));
        }
        if self.profile.has_layer(LayerKind::Portal)
            && kind.portal_choice
            && self.plan.counts.portals > 0
            && dice.chance(50)
        {
            lines
                .push(format!("portal = {}", self.name("o", dice.below(self.plan.counts.portals))));
        }
        lines.extend(self.session_policies(
            &mut dice,
            Place::JumpItems,
            kind.presence.then_some(["present", "absent"]),
        ));
        let mut tags = self.dice(&format!("tag {at}"));
        let tag = ["pci", "PCI", "a \\\"tag\\\""].get(tags.below(6));
        lines.extend(tag.map(|tag| format!("tag = \"{tag}\"")));
        let head = self.head(&mut dice, at);
        let name = self.name("ji", at);
        if dice.chance(40) {
            // The same as a block: its lines are defaults, and the item may say otherwise.
            let own = self.session_policies(&mut dice, Place::JumpItems, None);
            let own: Vec<String> =
                [head, own].concat().iter().map(|line| format!("  {line}\n")).collect();
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

    /// A test that need not hold: it has to compile and to be kept.
    pub(super) fn test(&mut self, at: usize) {
        let mut dice = self.dice(&format!("test {at}"));
        let counts = self.plan.counts;
        let roles = self.names("r", counts.objects);
        let over_accounts = dice.chance(40);
        let mut lines = Vec::new();
        let is = ["==", "!="][dice.below(2)];
        if counts.users > 0 && dice.chance(50) {
            lines.push(format!("when user {is} {}", self.name("u", dice.below(counts.users))));
        }
        if counts.groups > 0 && dice.chance(50) {
            lines.push(format!(
                "when user not in group policy {}",
                self.name("g", dice.below(counts.groups))
            ));
        }
        if !over_accounts && dice.chance(50) {
            let method = &self.profile.methods[dice.below(self.profile.methods.len())];
            lines.push(format!("when method {is} {}", method.id));
            lines.push("when presence == absent".into());
        }
        let entries =
            if over_accounts { &self.profile.settings } else { &self.profile.permissions };
        for _ in 0..dice.below(3) {
            let entry = &entries[dice.below(entries.len())];
            let (a, b) = (value(&mut dice, &entry.ty, &roles), value(&mut dice, &entry.ty, &roles));
            let from = ["", " from user"][usize::from(over_accounts && dice.chance(30))];
            let forms =
                [format!("{is} {a}"), format!("in [{a}, n/a, {b}]"), format!("not in [{a}]")];
            lines.push(format!("expect {} {}{from}", entry.path, forms[dice.below(3)]));
        }
        self.declare(&format!("test {}", self.name("x", at)), &lines);
    }
}
