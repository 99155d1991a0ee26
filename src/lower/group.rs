//! Settings and memberships of accounts, as group policies, embassies and users give them.

use super::Lower;
use super::assign::Place;
use super::statements::{CommonFields, SeenKeys};
use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::ir::*;
use crate::profile::Value;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, DeclarationKind, ListItem, Range, Statement, What};
use crate::text::escape_control_chars;

/// What bodies with members have beside settings.
const MEMBERS_KEYS: [&str; 4] = ["session_policy", "members", "description", "id"];

/// The lines of one body, from which [`Grants`] are made.
#[derive(Default)]
pub(super) struct GrantLines {
    pub(super) grants: Grants,
    /// Where each setting is set, even if its value is invalid.
    places: Vec<(usize, Range)>,
    /// Where the session policy of each slot is set.
    slots: [Option<Range>; 2],
    pub(super) membership_places: Vec<(MembershipKey, Range)>,
    /// Where `others` and `memberships` are set.
    others_place: Option<Range>,
    memberships_place: Option<Range>,
}

impl<'a> Lower<'a> {
    /// Adds what `others = unknown` says of settings and session policies, and sorts the lines.
    pub(super) fn finish_grants(&mut self, mut lines: GrantLines) -> Grants {
        if let Some(span) = lines.grants.others {
            let value = self.value_id(Value::Unknown);
            for entry in 0..self.profile.settings.len() {
                if lines.places.iter().all(|(known, _)| *known != entry) {
                    let entry = entry as u16;
                    let line = Definition { entry, value, is_final: false, span };
                    lines.grants.settings.push(line);
                }
            }
            let open: Vec<usize> =
                (0..self.profile.slots()).filter(|&slot| lines.slots[slot].is_none()).collect();
            if !open.is_empty() {
                let policy = Some(self.unknown_policy(span));
                let assignment = Some(Assignment { policy, is_final: false, span });
                open.iter().for_each(|&slot| lines.grants.session_policy[slot] = assignment);
            }
        }
        lines.finish()
    }

    /// `others = unknown` and `memberships = unknown`. Returns `false` for any other path.
    fn unknown_grant(
        &mut self,
        lines: &mut GrantLines,
        file: FileId,
        statement: &Statement,
        path: Range,
        value: &ast::Value,
    ) -> bool {
        let key = self.text(file, path);
        let place = match key {
            "others" => &mut lines.others_place,
            "memberships" => &mut lines.memberships_place,
            _ => return false,
        };
        self.no_final(file, statement, "what is unknown may be final or not");
        if let Some(first) = *place {
            self.set_twice(file, key, path, first);
            return true;
        }
        *place = Some(path);
        let found = self.only_unknown(file, path, value);
        match key {
            "others" => lines.grants.others = found,
            _ => lines.grants.memberships_unknown = found,
        }
        true
    }
}

impl GrantLines {
    fn finish(mut self) -> Grants {
        self.grants.settings.sort_by_key(|definition| definition.entry);
        self.grants.memberships.sort_by_key(|membership| membership.key);
        // Most of a million users have one line, and a list that grew has room for four.
        self.grants.settings.shrink_to_fit();
        self.grants.memberships.shrink_to_fit();
        self.grants
    }
}

impl<'a> Lower<'a> {
    /// Group policies in their order, top to bottom, and embassies.
    pub(super) fn group_policies(&mut self) {
        let order = self.order_of_group_policies();
        let declared = self.names.shared(DeclarationKind::GroupPolicy);
        self.tables.group_policies.reserve_exact(order.len());
        for (index, ordered_at) in order {
            let group = self.group(&declared[index], Place::GroupPolicy);
            self.tables.group_policies.push(Group { ordered_at, ..group });
        }
        for declared in self.names.shared(DeclarationKind::Embassy).iter() {
            let embassy = self.group(declared, Place::Embassy);
            self.tables.embassies.push(embassy);
        }
        let objects = Self::with_ids(self.tables.group_policies.iter().map(|group| &group.object));
        self.unique_ids(DeclarationKind::GroupPolicy, objects.iter());
        let objects = Self::with_ids(self.tables.embassies.iter().map(|group| &group.object));
        self.unique_ids(DeclarationKind::Embassy, objects.iter());
        self.embassy_conflicts();
    }

    fn group(&mut self, declared: &super::collect::Declared<'a>, place: Place) -> Group {
        let file = declared.file;
        let mut common = CommonFields::default();
        let mut seen = SeenKeys::default();
        let mut lines = GrantLines::default();
        let mut members = Members::default();
        for statement in declared.body.iter().flat_map(|body| &body.statements) {
            if let What::Assign { path, value } = &statement.what {
                let key = self.text(file, *path);
                if key == "members" {
                    self.no_final(
                        file,
                        statement,
                        "only settings, `session_policy` and memberships can be final",
                    );
                    if self.first_time(&mut seen, file, *path) {
                        members = self.members(file, *path, value);
                    }
                    continue;
                }
                if self.common_field(&mut common, &mut seen, file, *path, value) {
                    self.no_final(
                        file,
                        statement,
                        "only settings, `session_policy` and memberships can be final",
                    );
                    continue;
                }
            }
            self.grant_line(&mut lines, place, file, statement);
        }
        let grants = self.finish_grants(lines);
        Group { object: common.object(declared), ordered_at: None, members, grants: grants.into() }
    }

    /// `members = [user "a", directory group "b"]`
    fn members(&mut self, file: FileId, path: Range, value: &ast::Value) -> Members {
        let mut members = Members::default();
        let ast::Value::List(list) = value else {
            self.wrong_type::<()>(
                file,
                path,
                value,
                "a list such as `[user \"john.doe\", directory group \"Servers\"]`",
            );
            return members;
        };
        for item in &list.items {
            match item {
                ListItem::User(member) => {
                    let user = self.name(DeclarationKind::User, file, member.name).map(UserId);
                    let until = self.until(file, member.until);
                    members.users.extend(user.map(|user| (user, member.in_file(file))));
                    members.users_until.extend(user.zip(until));
                }
                ListItem::DirectoryGroup(member) => {
                    let group = self.name(DeclarationKind::DirectoryGroup, file, member.name);
                    let group = group.map(DirectoryGroupId);
                    let until = self.until(file, member.until);
                    members.directory_groups.extend(group.map(|it| (it, member.in_file(file))));
                    members.directory_groups_until.extend(group.zip(until));
                }
                ListItem::Value(ast::Value::Broken(_)) => {}
                ListItem::Value(value) => {
                    let span = value.range().in_file(file);
                    let written = escape_control_chars(self.sources.text(span)).into_owned();
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        span,
                        format!("expected `user` or `directory group` before `{written}`"),
                    );
                    let found =
                        found.help("a member is `user \"name\"` or `directory group \"name\"`");
                    let declared = |kind| match value {
                        ast::Value::String(range) => crate::text::unquote(self.text(file, *range))
                            .is_ok_and(|name| self.names.find(kind, &name).is_some()),
                        _ => false,
                    };
                    let kind = match [DeclarationKind::User, DeclarationKind::DirectoryGroup]
                        .map(declared)
                    {
                        [true, false] => Some("user"),
                        [false, true] => Some("directory group"),
                        _ => None,
                    };
                    let found = match kind {
                        Some(kind) => found.fix_replace(
                            format!("insert `{kind}`"),
                            span,
                            format!("{kind} {}", self.sources.text(span)),
                        ),
                        None => found,
                    };
                    self.findings.push(found);
                }
            }
        }
        members.users.sort_unstable_by_key(|(user, span)| (*user, *span));
        members.users.dedup_by_key(|(user, _)| *user);
        members.directory_groups.sort_unstable_by_key(|(group, span)| (*group, *span));
        members.directory_groups.dedup_by_key(|(group, _)| *group);
        self.one_date_each(&mut members.users_until);
        self.one_date_each(&mut members.directory_groups_until);
        members
    }

    /// The date after `until`, if there is one.
    pub(super) fn until(&mut self, file: FileId, date: Option<Range>) -> Option<Deadline> {
        let date = date?;
        Some((self.date(file, date)?, date.in_file(file)))
    }

    /// Sorts the dates of members, and reports members that have two.
    fn one_date_each<I: Copy + Ord>(&mut self, dates: &mut Vec<(I, Deadline)>) {
        dates.sort_unstable_by_key(|(member, (_, span))| (*member, *span));
        for pair in dates.windows(2) {
            let [(member, (date, first)), (other, (again, span))] = pair else { continue };
            if member == other && date != again {
                let found = Diagnostic::new(Code::SET_TWICE, *span, "a member has two dates")
                    .primary_message("another date")
                    .label(*first, "the first date")
                    .help("list the member once");
                self.findings.push(found);
            }
        }
        dates.dedup_by_key(|(member, _)| *member);
    }

    /// A line that gives a setting, a session policy or a membership.
    pub(super) fn grant_line(
        &mut self,
        lines: &mut GrantLines,
        place: Place,
        file: FileId,
        statement: &'a Statement,
    ) {
        match place {
            Place::GroupPolicy => {}
            Place::Embassy => self.no_final(
                file,
                statement,
                "the members of an embassy have no other group policies, so `final` would have no \
                 effect",
            ),
            _ => self.no_final(
                file,
                statement,
                "`final` has an effect only in a group policy, not in a user",
            ),
        }
        match &statement.what {
            What::Assign { path, value }
                if self.unknown_grant(lines, file, statement, *path, value) => {}
            What::Assign { path, value } => {
                self.setting_line(lines, place, file, statement, *path, value)
            }
            What::Membership(membership) => {
                self.membership_line(lines, place, file, statement, membership)
            }
            _ => {
                let body = match place {
                    Place::GroupPolicy => "a group policy",
                    Place::Embassy => "an embassy",
                    _ => "a user",
                };
                self.misplaced(file, statement, body);
            }
        }
    }

    fn setting_line(
        &mut self,
        lines: &mut GrantLines,
        place: Place,
        file: FileId,
        statement: &'a Statement,
        path: Range,
        value: &'a ast::Value,
    ) {
        let written = self.text(file, path);
        let slots: &[usize] = match written {
            "session_policy" if self.profile.split => &[0, 1],
            "session_policy" => &[0],
            "session_policy.attended" if self.profile.split => &[0],
            "session_policy.unattended" if self.profile.split => &[1],
            _ => &[],
        };
        if !slots.is_empty() {
            if let Some(first) = slots.iter().find_map(|&slot| lines.slots[slot]) {
                self.set_twice(file, written, path, first);
                return;
            }
            slots.iter().for_each(|&slot| lines.slots[slot] = Some(path));
            self.final_not_defined(file, statement, value);
            let assignment = self.assignment(place, file, statement, value);
            slots.iter().for_each(|&slot| lines.grants.session_policy[slot] = assignment);
            return;
        }
        let Some(&entry) = self.settings.get(written) else {
            if !value.is_missing(path) {
                let mut known: Vec<&str> =
                    self.profile.settings.iter().map(|entry| &*entry.path).collect();
                let (body, keys): (_, &[&str]) = match place {
                    Place::User => (
                        "a user",
                        &["session_policy", "display_name", "expires", "description", "id"],
                    ),
                    Place::Embassy => ("an embassy", &MEMBERS_KEYS),
                    _ => ("a group policy", &MEMBERS_KEYS),
                };
                known.extend(keys);
                let meant = self.unknown_path(file, path, body, &known);
                // Of a guess, the value may be right for what is meant.
                if let Some((at, Applicability::Safe)) = meant
                    && let Some(entry) = self.profile.settings.get(at)
                {
                    self.check_value(file, entry, value);
                }
            }
            return;
        };
        if let Some(&(_, first)) = lines.places.iter().find(|(known, _)| *known == entry) {
            self.set_twice(file, written, path, first);
            return;
        }
        lines.places.push((entry, path));
        if let ast::Value::NotDefined(_) = value {
            self.final_not_defined(file, statement, value);
            return;
        }
        let profile = self.profile;
        if let Some(value_found) = self.typed(file, &profile.settings[entry], value) {
            let value_id = self.value_id(value_found);
            let span = path.in_file(file).to(value.range().in_file(file));
            let is_final = statement.is_final.is_some();
            lines.grants.settings.push(Definition {
                entry: entry as u16,
                value: value_id,
                is_final,
                span,
            });
        }
    }

    /// Reports `final` before `not defined`.
    fn final_not_defined(&mut self, file: FileId, statement: &Statement, value: &ast::Value) {
        if let ast::Value::NotDefined(_) = value {
            self.no_final(file, statement, "a setting that is `not defined` cannot be final");
        }
    }

    /// Reports users in two embassies, or in an embassy and a group policy.
    fn embassy_conflicts(&mut self) {
        let mut first: std::collections::BTreeMap<UserId, (Span, String)> =
            std::collections::BTreeMap::new();
        let mut findings = Vec::new();
        let groups = |tables: &Tables, members: &Members| -> Vec<(UserId, Span)> {
            let through = members.directory_groups.iter().flat_map(|(group, span)| {
                tables.directory_groups[group.index()]
                    .members
                    .iter()
                    .map(|(user, _)| (*user, *span))
            });
            members.users.iter().copied().chain(through).collect()
        };
        for embassy in &self.tables.embassies {
            for (user, span) in groups(&self.tables, &embassy.members) {
                let name = format!("embassy `{}`", escape_control_chars(&embassy.object.name));
                match first.get(&user) {
                    Some((earlier, other)) if *earlier != span && *other != name => {
                        findings.push((user, span, name, *earlier, other.clone()))
                    }
                    Some(_) => {}
                    None => {
                        first.insert(user, (span, name));
                    }
                }
            }
        }
        if first.is_empty() {
            return;
        }
        for group in &self.tables.group_policies {
            for (user, span) in groups(&self.tables, &group.members) {
                if let Some((earlier, other)) = first.get(&user) {
                    let name =
                        format!("group policy `{}`", escape_control_chars(&group.object.name));
                    findings.push((user, span, name, *earlier, other.clone()));
                }
            }
        }
        for (user, span, here, earlier, other) in findings {
            let user =
                escape_control_chars(&self.tables.users[user.index()].object.name).into_owned();
            let found = Diagnostic::new(
                Code::EMBASSY_CONFLICT,
                span,
                format!("the user `{user}` is in both the {other} and the {here}"),
            )
            .primary_message(format!("a member of the {here} here"))
            .label(earlier, format!("a member of the {other} here"))
            .help("an embassy replaces group policies: remove the user from one of the two");
            self.findings.push(found);
        }
    }
}
