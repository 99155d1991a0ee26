//! What all bodies have in common: keys can be set once, `id` and `description`, and statements
//! that are not allowed.

use super::Lower;
use super::collect::Declared;
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::ir::Object;
use crate::source::{FileId, Span};
use crate::syntax::ast::{
    DeclarationKind, Membership, MembershipKind, Range, Statement, Value, What,
};
use crate::syntax::pieces::{Piece, is_whole, pieces};
use crate::text::{self, Date, escape_control_chars, number};

/// The keys that a body has set, with their places.
#[derive(Default)]
pub(super) struct SeenKeys<'a> {
    keys: Vec<(&'a str, Range)>,
}

/// The lines that every object can have, and the code name of those that have one.
#[derive(Default)]
pub(super) struct CommonFields {
    takes_code_name: bool,
    pub id: Option<u64>,
    pub code_name: Option<String>,
    pub description: Option<String>,
}

/// Whether the product's API gives objects of a kind a name of its own.
pub(super) fn has_code_name(kind: DeclarationKind) -> bool {
    matches!(
        kind,
        DeclarationKind::SessionPolicy
            | DeclarationKind::JumpGroup
            | DeclarationKind::JumpPolicy
            | DeclarationKind::Team
            | DeclarationKind::Jumpoint
    )
}

/// How many characters a name and a description can have.
pub(super) const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 1_024;
const MAX_CODE_NAME: usize = 64;

impl CommonFields {
    pub(super) fn of(kind: DeclarationKind) -> Self {
        CommonFields { takes_code_name: has_code_name(kind), ..CommonFields::default() }
    }

    pub(super) fn object(self, declared: &Declared<'_>) -> Object {
        Object {
            name: declared.name.to_string(),
            span: declared.header.in_file(declared.file),
            id: self.id,
            code_name: self.code_name.map(String::into),
            description: self.description.map(String::into),
        }
    }
}

impl<'a> Lower<'a> {
    /// Notes that a key is set. If it was set before, reports that and returns `false`.
    pub(super) fn first_time(
        &mut self,
        seen: &mut SeenKeys<'a>,
        file: FileId,
        path: Range,
    ) -> bool {
        let key = self.text(file, path);
        match seen.keys.iter().find(|(known, _)| *known == key) {
            Some(&(_, first)) => {
                self.set_twice(file, key, path, first);
                false
            }
            None => {
                seen.keys.push((key, path));
                true
            }
        }
    }

    pub(super) fn set_twice(&mut self, file: FileId, what: &str, again: Range, first: Range) {
        let found = Diagnostic::new(
            Code::SET_TWICE,
            again.in_file(file),
            format!("`{}` is set twice", escape_control_chars(what)),
        )
        .primary_message("set again here")
        .label(first.in_file(file), "first set here");
        self.findings.push(match self.repeated_line(file, again, first) {
            Some(line) => found
                .help("remove one of the two lines, which say the same")
                .fix_replace("remove this line", line, ""),
            None => found.help("keep one of the two lines"),
        });
    }

    /// The whole line of a place, with its end, if it says to the letter what the line of another
    /// place says.
    fn repeated_line(&self, file: FileId, again: Range, first: Range) -> Option<Span> {
        let source = self.sources.file(file);
        let line = |at: Range| source.line_range(source.line(at.start));
        let (again, first) = (line(again), line(first));
        let written = source.text[again.clone()].trim();
        // What goes on below may differ, and a comment may speak of its own line.
        let is_whole = !written.ends_with(['{', '[', ',']) && !written.contains(['#', '}']);
        let is_same = again != first && written == source.text[first].trim() && is_whole;
        let rest = &source.text[again.end..];
        let end = (again.end + rest.find('\n').map_or(rest.len(), |at| at + 1)) as u32;
        is_same.then(|| Range { start: again.start as u32, end }.in_file(file))
    }

    /// Lowers `id`, `description` and, where the kind of object has one, `code_name`. Returns
    /// `false` for any other path.
    pub(super) fn common_field(
        &mut self,
        common: &mut CommonFields,
        seen: &mut SeenKeys<'a>,
        file: FileId,
        path: Range,
        value: &Value,
    ) -> bool {
        match self.text(file, path) {
            "id" => {
                if self.first_time(seen, file, path) {
                    common.id = self.integer(file, path, value);
                }
            }
            "description" => {
                if self.first_time(seen, file, path) {
                    common.description = self.string_value(file, path, value);
                    let length = common.description.as_ref().map_or(0, |text| text.chars().count());
                    self.limit(
                        value.range().in_file(file),
                        "a description",
                        length,
                        MAX_DESCRIPTION,
                    );
                }
            }
            "code_name" if common.takes_code_name => {
                if self.first_time(seen, file, path) {
                    common.code_name = self.code_name(file, path, value);
                }
            }
            _ => return false,
        }
        true
    }

    /// Reports a text that is longer than the product accepts.
    pub(super) fn limit(&mut self, span: Span, what: &str, length: usize, most: usize) {
        if length > most {
            let message = format!("{what} can have at most {} characters", number(most as u64));
            let found = Diagnostic::new(Code::INVALID_TEXT, span, message)
                .primary_message(format!("this has {}", number(length as u64)))
                .help("the product does not accept a longer one: shorten it");
            self.findings.push(found);
        }
    }

    /// The name of an object in the product's API.
    fn code_name(&mut self, file: FileId, path: Range, value: &Value) -> Option<String> {
        let name = self.string_value(file, path, value)?;
        let span = value.range().in_file(file);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("invalid code name `{}`", escape_control_chars(&name));
            let found = Diagnostic::new(Code::INVALID_TEXT, span, message)
                .help("a code name consists of the letters `A` to `Z`, digits, `_` and `-`");
            self.findings.push(found);
            return None;
        }
        self.limit(span, "a code name", name.len(), MAX_CODE_NAME);
        Some(name)
    }

    /// The date of a place that should have one, which may be any value.
    pub(super) fn date(&mut self, file: FileId, range: Range) -> Option<Date> {
        let written = self.text(file, range);
        let found = Date::parse(written);
        if found.is_none() {
            let span = range.in_file(file);
            let parts = || written.split('-').map(|part| part.bytes().all(|c| c.is_ascii_digit()));
            let finding = if parts().count() == 3 && parts().all(|is_number| is_number) {
                let message = format!("there is no date `{written}`");
                Diagnostic::new(Code::OUT_OF_RANGE, span, message)
            } else {
                let written = escape_control_chars(written);
                let message = format!("expected a date, found `{written}`");
                Diagnostic::new(Code::WRONG_TYPE, span, message)
            };
            self.findings.push(with_date(finding, span, written));
        }
        found
    }

    /// `expires = 2026-12-31`
    pub(super) fn deadline(
        &mut self,
        file: FileId,
        path: Range,
        value: &Value,
    ) -> Option<(Date, Span)> {
        match value {
            Value::Date(range) | Value::Number(range) => {
                let span = path.in_file(file).to(range.in_file(file));
                Some((self.date(file, *range)?, span))
            }
            _ => self.wrong_type(file, path, value, "a date such as `2026-12-31`"),
        }
    }

    pub(super) fn integer(&mut self, file: FileId, path: Range, value: &Value) -> Option<u64> {
        let range = value.range();
        match value {
            Value::Number(at) if self.text(file, *at).bytes().all(|byte| byte.is_ascii_digit()) => {
                let number = text::parse_integer(self.text(file, *at));
                if number.is_none() {
                    self.error(Code::OUT_OF_RANGE, range.in_file(file), "this number is too large");
                }
                number
            }
            Value::Broken(_) => None,
            _ => self.wrong_type(file, path, value, "a number such as `4711`"),
        }
    }

    /// A string in quotes.
    pub(super) fn string_value(
        &mut self,
        file: FileId,
        path: Range,
        value: &Value,
    ) -> Option<String> {
        match value {
            Value::String(range) => self.string(file, *range).map(std::borrow::Cow::into_owned),
            Value::Broken(_) => None,
            _ => self.wrong_type(file, path, value, "a string in quotes"),
        }
    }

    /// Reports a path that this kind of body does not have. Returns the position of the suggested
    /// one, and whether that is certainly meant.
    pub(super) fn unknown_path(
        &mut self,
        file: FileId,
        path: Range,
        body: &str,
        known: &[&str],
    ) -> Option<(usize, Applicability)> {
        let written = self.text(file, path);
        let span = path.in_file(file);
        let message = format!("`{written}` is not available in {body}");
        let found = Diagnostic::new(Code::UNKNOWN_SETTING, span, message);
        if written.contains("session_policy.") {
            let code = Code::NOT_IN_PROFILE;
            let help = match written {
                "session_policy.attended" | "session_policy.unattended" if !self.profile.split => {
                    format!(
                        "{} does not distinguish attended and unattended sessions: write \
                     `session_policy`",
                        self.profile.label
                    )
                }
                "session_policy.attended" | "session_policy.unattended" => {
                    "users and group policies have an attended and an unattended policy; a jump \
                     item has `session_policy`"
                        .to_owned()
                }
                _ => "only jump items have a policy for when a person is present or absent"
                    .to_owned(),
            };
            self.findings.push(Diagnostic { code, ..found.help(help) });
            return None;
        }
        if self.permissions.contains_key(written) {
            let way = match body {
                "a user" | "a group policy" | "an embassy" => ", or in `session_policy = custom {`",
                "a jump item" | "an invite" | "a portal" => {
                    ", and assign that here: `session_policy = \"Name\"`"
                }
                _ => "",
            };
            self.findings.push(found.help(format!(
                "`{written}` is a permission of sessions: set it in a session policy{way}"
            )));
            return None;
        }
        if self.settings.contains_key(written) {
            self.findings.push(found.help(format!(
                "`{written}` is a setting of accounts: set it in a group policy or a user"
            )));
            return None;
        }
        if let Some(help) = statement_for(written, body) {
            let help = match self.first_name(file, path) {
                Some(name) => help.replace("\"Name\"", name),
                None => help.to_owned(),
            };
            self.findings.push(found.help(help));
            return None;
        }
        if let Some(right) = other_word_for(written, body) {
            let found = found.help(format!("write `{right}`"));
            self.findings.push(found.fix_replace(format!("write `{right}`"), span, right));
            let position = known.iter().position(|known| *known == right);
            return position.map(|at| (at, Applicability::Safe));
        }
        let suggestion = self.meant(span, written, known.iter().copied());
        let position = suggestion.as_ref().and_then(|found| {
            let at = known.iter().position(|known| *known == found.text)?;
            Some((at, found.applicability))
        });
        self.findings.push(found.did_you_mean(span, suggestion, || {
            if known.len() <= 12 {
                format!(
                    "expected one of {}",
                    known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")
                )
            } else {
                let is_entry = |path: &&str| {
                    self.permissions.contains_key(*path) || self.settings.contains_key(*path)
                };
                let others = known.iter().filter(|path| !is_entry(path));
                let others = others.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
                let also = if others.is_empty() {
                    String::new()
                } else {
                    format!("; {body} also takes {others}")
                };
                format!(
                    "`precedent catalog` lists the permissions and settings of the profile{also}"
                )
            }
        }));
        position
    }

    /// The first string on the line of a path, as it is written.
    fn first_name(&self, file: FileId, path: Range) -> Option<&'a str> {
        const MAX: usize = 200;
        let text: &'a str = &self.sources.file(file).text;
        let line = text[path.end as usize..].split('\n').next().filter(|line| line.len() <= MAX)?;
        let string = pieces(line).find(|(piece, _)| *piece == Piece::String)?.1;
        let string = &line[string.start as usize..string.end as usize];
        is_whole(string).then_some(string)
    }

    /// Reports a statement that is not allowed in this kind of body.
    pub(super) fn misplaced(&mut self, file: FileId, statement: &Statement, body: &str) {
        let (what, help) = match &statement.what {
            What::Assign { .. } => ("assignment", "remove it"),
            What::Membership(_) if is_of_jump_items(body) => {
                ("membership", "the group of a jump item is written `group = \"Production\"`")
            }
            What::Membership(_) => ("membership", "memberships belong in group policies and users"),
            What::Item { .. } => ("`item`", "items belong in `jump items {`"),
            What::Entry(_) => (
                "name",
                "only `order group policies {` has names on lines of their own; a list has \
                 brackets",
            ),
            What::Like(_) => {
                ("`like`", "only a session policy can be a copy of another session policy")
            }
            What::Word(_) => ("word", "a statement is `path = value`"),
            What::When(_) => ("condition", "conditions belong in a `test`"),
            What::Expect(_) => ("expectation", "expectations belong in a `test`"),
        };
        let message = format!("unexpected {what} in {body}");
        let help = match &statement.what {
            What::Word(word) => {
                format!("{help}: write `{} = …`", escape_control_chars(self.text(file, *word)))
            }
            _ => help.to_owned(),
        };
        let span = statement.range.in_file(file);
        let found = Diagnostic::new(Code::MISPLACED, span, message).help(help);
        self.findings.push(match &statement.what {
            What::Membership(group) if is_of_jump_items(body) && statement.is_final.is_none() => {
                match self.group_line(file, group) {
                    Some(line) => found.fix_replace(format!("write `{line}`"), span, line),
                    None => found,
                }
            }
            _ => found,
        });
    }

    /// The line of a jump item that means what a membership in a jump group would say of it. One
    /// that says more is somebody's membership.
    fn group_line(&self, file: FileId, group: &Membership) -> Option<String> {
        let says_more =
            group.role.is_some() || group.jump_policy.is_some() || group.until.is_some();
        let is_plain = group.kind == MembershipKind::JumpGroup && !says_more;
        is_plain.then(|| format!("group = {}", self.text(file, group.name)))
    }

    /// Reports `final` before something that cannot be final.
    pub(super) fn no_final(&mut self, file: FileId, statement: &Statement, why: &str) {
        if let Some(at) = statement.is_final {
            let edit = Range { end: self.after_blanks(file, at.end), ..at };
            let found =
                Diagnostic::new(Code::FINAL, at.in_file(file), "`final` is not allowed here")
                    .help(why)
                    .fix_replace("remove `final`", edit.in_file(file), "");
            self.findings.push(found);
        }
    }

    fn after_blanks(&self, file: FileId, from: u32) -> u32 {
        let rest = &self.sources.file(file).text[from as usize..];
        from + (rest.len() - rest.trim_start_matches([' ', '\t']).len()) as u32
    }

    /// The objects that have an id or a code name.
    pub(super) fn with_ids<'o>(objects: impl Iterator<Item = &'o Object>) -> Vec<Object> {
        let named = |object: &&Object| object.id.is_some() || object.code_name.is_some();
        objects.filter(named).cloned().collect()
    }

    /// Reports ids and code names that two objects of a kind have.
    pub(super) fn unique_ids<'o>(
        &mut self,
        kind: DeclarationKind,
        objects: impl Iterator<Item = &'o Object>,
    ) {
        let mut ids: Vec<(u64, Span)> = Vec::new();
        let mut code_names: Vec<(&str, Span)> = Vec::new();
        for object in objects {
            ids.extend(object.id.map(|id| (id, object.span)));
            code_names.extend(object.code_name.as_deref().map(|name| (name, object.span)));
        }
        ids.sort_unstable();
        code_names.sort_unstable();
        let help = "an id is the product's own number of an object: look it up and correct one of \
                    the two";
        for pair in ids.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let message = format!("two {} have the id `{}`", kind.plural(), pair[0].0);
            self.used_twice(message, pair[0].1, pair[1].1, help);
        }
        let help = "a code name stands for one object in the product's API: change one of the two";
        for pair in code_names.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let name = escape_control_chars(pair[0].0);
            let message = format!("two {} have the code name `{name}`", kind.plural());
            self.used_twice(message, pair[0].1, pair[1].1, help);
        }
    }

    fn used_twice(&mut self, message: String, first: Span, again: Span, help: &str) {
        let found = Diagnostic::new(Code::ID_TWICE, again, message)
            .primary_message("also used here")
            .label(first, "first used here")
            .help(help);
        self.findings.push(found);
    }
}

/// The statement that says what the product's API and other tools write as a list with a key.
fn statement_for(key: &str, body: &str) -> Option<&'static str> {
    let in_policy = body == "a group policy" || body == "a user" || body == "an embassy";
    let help = match key {
        "team" | "teams" | "support_teams" if in_policy => {
            "write a line for each team: `team \"Name\" as member`"
        }
        "jump_group" | "jump_groups" | "asset_groups" if in_policy => {
            "write a line for each jump group: `jump group \"Name\" as \"Role\"`"
        }
        "jumpoints" if in_policy => "write a line for each jumpoint: `jumpoint \"Name\"`",
        "vault_account_groups" | "account_groups" if in_policy => {
            "write a line for each: `vault account group \"Name\" as inject`"
        }
        "vault_accounts" | "accounts" if in_policy => {
            "write a line for each account: `vault account \"Name\" as inject`"
        }
        "user" | "users" | "groups" | "directory_groups" | "member"
            if body == "a group policy" || body == "an embassy" =>
        {
            "write `members = [user \"name\", directory group \"name\"]`"
        }
        "group_policy" | "group_policies" if body == "a user" => {
            "list the user in `members` of the group policy"
        }
        "like" if body == "a session policy" => "write `like \"Name\"`, without a `=`",
        "session_policies" | "policy" if in_policy => "write `session_policy = \"Name\"`",
        _ => return None,
    };
    Some(help)
}

fn is_of_jump_items(body: &str) -> bool {
    matches!(body, "a jump item" | "a `jump items` block")
}

/// The path of a jump item that the products' pages, and other lines of the language, call by
/// another word.
fn other_word_for(written: &str, body: &str) -> Option<&'static str> {
    if !is_of_jump_items(body) {
        return None;
    }
    Some(match written {
        "jump_group" | "jumpgroup" | "asset_group" => "group",
        "method" | "jump_method" => "kind",
        "jump_item_owner" => "owner",
        "tags" => "tag",
        "comment" => "comments",
        _ => return None,
    })
}

/// What is said of a date that is written in another way than it should be.
pub(super) fn with_date(found: Diagnostic, span: Span, written: &str) -> Diagnostic {
    let found = found.help("a date is year, month and day without quotes, such as `2026-12-31`");
    match Date::meant(written.trim_matches(['"', '\''])) {
        Some((date, is_certain)) => found.fix_with(
            Applicability::safe_if(is_certain),
            format!("write `{date}`"),
            vec![Edit { span, replacement: date.to_string() }],
        ),
        None => found,
    }
}
