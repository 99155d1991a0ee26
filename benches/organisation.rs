//! A generator of organisations: policy text as people would write it, for the profile `pra-25.3`.
//!
//! The same parameters give the same bytes. People have jobs, a job is a few directory groups, and
//! a group policy is for a few directory groups; machines stand in blocks of one kind and policy.
//! So however many users and jump items there are, they fall into a few hundred classes, as they do
//! in the field. [`Organisation::scattered`] is the opposite: nearly every user is a class of its own.

mod revision;
mod words;

pub use revision::Revision;

use std::fmt::Write as _;
use words::*;

#[derive(Clone, Copy, Debug)]
pub struct Organisation {
    pub seed: u64,
    pub users: usize,
    pub jump_items: usize,
    pub invites: usize,
    pub session_policies: usize,
    pub group_policies: usize,
    pub directory_groups: usize,
    pub jump_groups: usize,
    /// Files for each of users, directory groups and jump items; with 1, everything stands in one
    /// file.
    pub files: usize,
    /// The share of users with a session policy of their own.
    pub own_policies: f64,
    /// In how many directory groups each user is, drawn for each. `None`: users have jobs, and
    /// all who have the same job are in the same groups.
    pub groups_of_a_user: Option<usize>,
    /// Whether one user in a hundred is in other directory groups than without.
    pub moved: bool,
}

/// A path relative to the workspace, and its text.
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub text: String,
}

/// The most users with a `custom` policy: each is a class of its own.
const MAX_CUSTOM: usize = 64;
const PEOPLE_POLICIES_OF_USERS: usize = 6;

impl Organisation {
    /// `count` users and as many jump items, with policies as such an organisation has them.
    pub fn square(count: usize) -> Self {
        Organisation {
            seed: 253,
            users: count,
            jump_items: count,
            invites: 5 + count / 1000,
            session_policies: 60 + count / 2500,
            group_policies: 60 + count / 1000,
            directory_groups: 120 + count / 250,
            jump_groups: 30 + count / 500,
            files: 2 + count / 5000,
            own_policies: 0.03,
            groups_of_a_user: None,
            moved: false,
        }
    }

    /// `count` users and as many jump items; each user is in 8 of 300 group policies, drawn for each,
    /// so that hardly two users have the same.
    pub fn scattered(count: usize) -> Self {
        Organisation {
            session_policies: 200,
            group_policies: 300,
            directory_groups: 300,
            groups_of_a_user: Some(8),
            ..Organisation::square(count)
        }
    }

    /// The files of the workspace, in order of path.
    pub fn files(&self) -> Vec<File> {
        let mut random = Random(self.seed);
        let mut files = vec![
            file("policies/session-people.prec", self.session_policies(&mut random, true)),
            file("policies/session-items.prec", self.session_policies(&mut random, false)),
            file("policies/global-default.prec", GLOBAL_DEFAULT.into()),
            file("policies/group-policies.prec", self.group_policies(&mut random)),
            file("inventory/access.prec", self.access(&mut random)),
        ];
        let chunks = |name: &str, parts: Vec<String>| -> Vec<File> {
            let size = parts.len().div_ceil(self.files).max(1);
            let texts = parts.chunks(size).map(<[String]>::concat).enumerate();
            texts.map(|(at, text)| file(format!("inventory/{name}-{at:03}.prec"), text)).collect()
        };
        files.extend(chunks("users", self.users(&mut random)));
        files.extend(chunks("directory", self.directory_groups(&mut random)));
        files.extend(chunks("jump-items", self.jump_items(&mut random)));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        if self.files == 1 {
            let text = files.iter().map(|file| &*file.text).collect::<Vec<_>>().join("\n");
            files = vec![file("organisation.prec", text)];
        }
        files
    }

    /// How many session policies are for people; the others are for machines.
    fn people_policies(&self) -> usize {
        self.session_policies.div_ceil(2)
    }

    fn session_policies(&self, random: &mut Random, people: bool) -> String {
        let numbers = if people {
            0..self.people_policies()
        } else {
            self.people_policies()..self.session_policies
        };
        let mut out =
            format!("# Session policies for {}.\n", if people { "people" } else { "machines" });
        for number in numbers {
            let name = policy_name(number, people);
            let code_name = name.to_lowercase().replace(' ', "_");
            let available = if people { "users, invites" } else { "jump_items" };
            let _ = write!(
                out,
                "\nsession policy \"{name}\" {{\n  code_name = \"{code_name}\"\n  description = \"What {name} needs, and no more.\"\n  available = [{available}]\n\n"
            );
            // Policies of machines speak of less, since they are asked first.
            permissions(random, if people { 85 } else { 45 }, "  ", &mut out);
            out.push_str("}\n");
        }
        out
    }

    fn group_policies(&self, random: &mut Random) -> String {
        let mut out = String::from("# Group policies, and their order.\n");
        let name = group_policy;
        let mut order: Vec<usize> = (0..self.group_policies).collect();
        for &number in &order {
            let _ = write!(out, "\ngroup policy \"{}\" {{\n  members = [\n", name(number));
            let most = if self.groups_of_a_user.is_some() { 2 } else { 4 };
            for at in 0..random.between(1, most) {
                let group = (number + at * self.group_policies) % self.directory_groups;
                let _ = writeln!(out, "    directory group \"{}\",", directory_group(group));
            }
            for _ in 0..random.below(4).min(self.users) {
                let _ = writeln!(out, "    user \"{}\",", user(random.below(self.users)));
            }
            out.push_str("  ]\n\n");
            if random.chance(70) {
                let mark = if random.chance(8) { "final " } else { "" };
                let policy = policy_name(random.below(self.people_policies()), true);
                let _ = writeln!(out, "  {mark}session_policy = \"{policy}\"\n");
            }
            for (path, values) in SETTINGS {
                if random.chance(35) {
                    let mark = if random.chance(8) { "final " } else { "" };
                    let _ = writeln!(out, "  {mark}{path} = {}", random.pick(values));
                }
            }
            out.push('\n');
            let first = random.below(self.jump_groups);
            for at in 0..random.between(1, 5).min(self.jump_groups) {
                let group = (first + at) % self.jump_groups;
                let _ = write!(
                    out,
                    "  jump group \"{}\" as \"{}\"",
                    jump_group(group),
                    random.pick(&ROLES)
                );
                if random.chance(30) {
                    let _ = write!(out, " with \"{}\"", random.pick(&JUMP_POLICIES));
                }
                out.push('\n');
            }
            let _ = writeln!(
                out,
                "  team \"{}\" as {}",
                AREAS[number % 12],
                random.pick(&["member", "lead", "manager"])
            );
            let _ = writeln!(out, "  jumpoint \"{}\"", SITES[number % 10]);
            let _ = writeln!(out, "  vault account group \"{}\" as inject\n}}", AREAS[number % 12]);
        }
        random.shuffle(&mut order);
        out.push_str("\norder group policies, last defined wins {\n");
        order.iter().for_each(|&number| out.push_str(&format!("  \"{}\"\n", name(number))));
        out.push_str("}\n");
        out
    }

    fn access(&self, random: &mut Random) -> String {
        let mut out = String::from(
            "# Everything that memberships point to, and who is let in from outside.\n\n",
        );
        for (role, allows) in ROLES.iter().zip([
            "start",
            "start, edit_tag, edit_comments",
            "start, add, remove, edit_tag",
            "view_report",
        ]) {
            let _ = write!(out, "jump item role \"{role}\" {{\n  allows = [{allows}]\n}}\n\n");
        }
        JUMP_POLICIES.iter().for_each(|name| out.push_str(&format!("jump policy \"{name}\"\n")));
        AREAS.iter().for_each(|name| {
            out.push_str(&format!("team \"{name}\"\nvault account group \"{name}\"\n"))
        });
        SITES.iter().for_each(|name| out.push_str(&format!("jumpoint \"{name}\"\n")));
        (0..self.jump_groups)
            .for_each(|number| out.push_str(&format!("jump group \"{}\"\n", jump_group(number))));
        for number in 0..self.invites {
            let policy = policy_name(random.below(self.people_policies()), true);
            let _ = write!(
                out,
                "\ninvite \"Contractor {number}\" {{\n  session_policy = \"{policy}\"\n}}\n"
            );
        }
        out
    }

    fn users(&self, random: &mut Random) -> Vec<String> {
        let mut custom = 0;
        let one = |number: usize| {
            let name = user(number);
            if !random.chance(80) {
                return format!("user \"{name}\"\n");
            }
            let (first, last) = (FIRST[number % 25], LAST[number / 25 % 20]);
            let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
            let mut out = format!(
                "user \"{name}\" {{\n  display_name = \"{} {}\"\n",
                capital(first),
                capital(last)
            );
            if random.chance(4) {
                let (path, values) = random.pick(&SETTINGS);
                let _ = writeln!(out, "  {path} = {}", random.pick(values));
            }
            if random.chance(2) {
                let _ = writeln!(
                    out,
                    "  jump group \"{}\" as \"Start sessions\"",
                    jump_group(random.below(self.jump_groups))
                );
            }
            // The users without a body have none, so the others have more.
            if random.share() * 0.8 < self.own_policies {
                if custom < MAX_CUSTOM && random.chance(10) {
                    custom += 1;
                    out.push_str("  session_policy = custom {\n");
                    permissions(random, 40, "    ", &mut out);
                    out.push_str("  }\n");
                } else {
                    let policy = random.below(self.people_policies().min(PEOPLE_POLICIES_OF_USERS));
                    let _ = writeln!(out, "  session_policy = \"{}\"", policy_name(policy, true));
                }
            }
            out.push_str("}\n");
            out
        };
        (0..self.users).map(one).collect()
    }

    fn directory_groups(&self, random: &mut Random) -> Vec<String> {
        let jobs: Vec<Vec<usize>> = (0..2 * self.directory_groups)
            .map(|job| {
                let mut groups = vec![job % self.directory_groups];
                groups.extend((0..random.below(3)).map(|_| random.below(self.directory_groups)));
                groups.sort_unstable();
                groups.dedup();
                groups
            })
            .collect();
        let drawn = |random: &mut Random| -> Vec<usize> {
            let Some(most) = self.groups_of_a_user else {
                // Few jobs are those of many.
                return jobs[random.below(jobs.len()).min(random.below(jobs.len()))].clone();
            };
            let mut groups: Vec<usize> =
                (0..most).map(|_| random.below(self.directory_groups)).collect();
            groups.sort_unstable();
            groups.dedup();
            groups
        };
        let mut members = vec![String::new(); self.directory_groups];
        let mut other = Random(self.seed + 1);
        for number in 0..self.users {
            let mut groups = drawn(random);
            if self.moved && number % 100 == 50 {
                groups = drawn(&mut other);
            }
            for group in groups {
                let _ = writeln!(members[group], "    \"{}\",", user(number));
            }
        }
        let text = |(number, members)| {
            format!(
                "directory group \"{}\" {{\n  members = [\n{members}  ]\n}}\n\n",
                directory_group(number)
            )
        };
        members.into_iter().enumerate().map(text).collect()
    }

    fn jump_items(&self, random: &mut Random) -> Vec<String> {
        let mut parts = Vec::new();
        let mut number = 0;
        while number < self.jump_items {
            let (kind, prefix) = *random.pick(&KINDS);
            let group = random.below(self.jump_groups);
            let mut lines = format!("  kind = {kind}\n  group = \"{}\"\n", jump_group(group));
            let item_policy = |random: &mut Random| {
                policy_name(
                    self.people_policies()
                        + random.below(self.session_policies - self.people_policies()),
                    false,
                )
            };
            if random.chance(60) {
                let _ = writeln!(lines, "  session_policy = \"{}\"", item_policy(random));
            }
            if random.chance(25) {
                let _ = writeln!(lines, "  tag = \"tier {}\"", random.below(4));
            }
            let name = |number: usize| format!("{prefix}-{}-{number:05}", SITES[group % 10]);
            if random.chance(70) {
                let _ = writeln!(lines, "  id = {}", 100_000 + number);
                parts.push(format!("jump item \"{}\" {{\n{lines}}}\n\n", name(number)));
                number += 1;
                continue;
            }
            let mut out = format!("jump items {{\n{lines}\n");
            let end = (number + random.between(4, 30)).min(self.jump_items);
            for number in number..end {
                match random.below(30) {
                    0 => {
                        lines =
                            format!(" {{\n    session_policy = \"{}\"\n  }}", item_policy(random))
                    }
                    1 => {
                        lines = " {\n    description = \"To be replaced.\"\n    tag = \"old\"\n  }"
                            .into()
                    }
                    _ => lines.clear(),
                }
                let _ = writeln!(out, "  item \"{}\"{lines}", name(number));
            }
            out.push_str("}\n\n");
            parts.push(out);
            number = end;
        }
        parts
    }
}

fn file(path: impl Into<String>, text: String) -> File {
    File { path: path.into(), text }
}

/// SplitMix64.
pub struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn between(&mut self, first: usize, end: usize) -> usize {
        first + self.below(end - first)
    }

    /// A chance in hundred.
    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
