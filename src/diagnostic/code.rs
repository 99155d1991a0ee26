//! The table of codes: a stable id, a short name, a summary, the default severity, and the page
//! that `precedent explain` prints.

use super::Severity;

/// A diagnostic code. Codes are never renumbered or reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(u16);

struct Entry {
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    severity: Severity,
    page: &'static str,
}

/// Declares the table: a constant, an id and a row for each code, in the order of the ids.
macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $severity:ident $summary:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($constant),* }

        impl Code {
            $(
                #[doc = $summary]
                pub const $constant: Code = Code(Index::$constant as u16);
            )*
        }

        const TABLE: &[Entry] = &[$(Entry {
            id: $id,
            name: $name,
            summary: $summary,
            severity: Severity::$severity,
            page: include_str!(concat!("docs/", $id, ".md")),
        }),*];
    };
}

codes! {
    UNEXPECTED "P0001" "unexpected-text" Error "unexpected text on a line";
    UNTERMINATED_STRING "P0002" "unterminated-string" Error "a string is not closed on its line";
    BAD_ESCAPE "P0003" "bad-escape" Error "a string contains an invalid escape";
    MISSING_BRACE "P0004" "missing-brace" Error "a body is not closed";
    UNCLOSED_LIST "P0005" "unclosed-list" Error "a list is not closed";
    ONE_LINE_BODY "P0006" "one-line-body" Error "a body is on the same line as its header";
    STRAY_BRACE "P0007" "stray-brace" Error "a closing brace without an open body";
    NOT_A_DECLARATION "P0008" "not-a-declaration" Error
        "a line outside of any body does not start a declaration";
    NOT_TEXT "P0009" "not-text" Error "a file is not UTF-8 text";
    TOO_LARGE "P0010" "too-large" Error
        "a file, a name, a profile or the number of findings exceeds a limit";
    MISPLACED "P0011" "misplaced-statement" Error "a statement is not allowed in this body";
    UNREADABLE "P0012" "unreadable" Error "a file or folder cannot be read";
    LINK_LOOP "P0013" "link-loop" Warning "a symbolic link points to a folder that contains it";
    WRONG_CHARACTER "P0014" "wrong-character" Error
        "a character looks like another one, or cannot be seen";
    MERGE_CONFLICT "P0015" "merge-conflict" Error "a merge conflict is not resolved";
    UNKNOWN_NAME "P0101" "unknown-name" Error "a name is used but not declared";
    DECLARED_TWICE "P0102" "declared-twice" Error "a name is declared twice";
    RESERVED_NAME "P0103" "reserved-name" Error "a name is not allowed";
    ID_TWICE "P0104" "id-twice" Error
        "two objects of one kind have the same id or code name";
    UNKNOWN_SETTING "P0105" "unknown-setting" Error
        "a body contains an unknown permission or setting";
    UNKNOWN_PROFILE "P0106" "unknown-profile" Error "a profile does not exist or cannot be read";
    TWO_PROFILES "P0107" "two-profiles" Error "a workspace names two profiles";
    WRONG_TYPE "P0201" "wrong-type" Error "a value has the wrong type";
    UNKNOWN_VALUE "P0202" "unknown-value" Error "a word is not a valid value";
    SET_TWICE "P0203" "set-twice" Error "something is set twice in one body";
    REQUIREMENT "P0204" "requirement-not-met" Error
        "a permission is set although the one that it depends on makes it meaningless";
    IMPLIED "P0205" "implied-otherwise" Error "a permission contradicts the one that implies it";
    GLOBAL_NOT_DEFINED "P0206" "global-default-not-defined" Error
        "the global default sets a permission to `not defined`";
    GLOBAL_INCOMPLETE "P0207" "global-default-incomplete" Error
        "the global default does not set every permission";
    MISSING_STATEMENT "P0208" "missing-statement" Error "a required line or role is missing";
    OUT_OF_RANGE "P0209" "out-of-range" Error "a number or duration is out of range";
    CUSTOM_INCOMPLETE "P0210" "custom-incomplete" Error
        "a custom policy does not set every permission that the product requires";
    INVALID_ENTRY "P0211" "invalid-entry" Error "an entry of a list is invalid";
    INVALID_TEXT "P0212" "invalid-text" Error
        "a name, a text or a code name is one that the product does not accept";
    ORDER_MISSING "P0301" "order-missing" Error
        "the order of two or more group policies is not declared";
    ORDER_INCOMPLETE "P0302" "order-incomplete" Error
        "the order does not list every group policy exactly once";
    TWO_ORDERS "P0303" "two-orders" Error "an order is declared twice";
    LAYERS_DIFFER "P0304" "layers-differ" Error
        "the declared order of layers differs from the product";
    NOT_AVAILABLE "P0305" "not-available" Error
        "a session policy is assigned where it is not available";
    ASSIGNMENT "P0306" "assignment-not-allowed" Error
        "an object cannot have this kind of session policy";
    FINAL "P0307" "final-not-allowed" Error "`final` is used where it has no effect";
    NOT_IN_PROFILE "P0308" "not-in-profile" Error "the profile's product does not have this";
    TWO_DEFAULT_PORTALS "P0309" "two-default-portals" Error "two portals are marked as the default";
    EMBASSY_CONFLICT "P0310" "embassy-conflict" Error
        "a user of an embassy is also in another embassy or in a group policy";
    ORDER_SUFFIX "P0311" "order-suffix" Error "the suffix of an order states the wrong rule";
    COPY_CIRCLE "P0312" "copy-circle" Error "a session policy is a copy of itself";
    MANIFEST_SYNTAX "P0401" "manifest-syntax" Error "the manifest is not valid TOML";
    MANIFEST_KEY "P0402" "manifest-key" Error "the manifest contains an unknown key";
    MANIFEST_VALUE "P0403" "manifest-value" Error "the manifest contains an invalid value";
    BAD_GLOB "P0404" "bad-glob" Error "a file pattern in the manifest is invalid";
    NO_FILES "P0405" "no-files" Warning
        "a pattern or folder of the manifest, or the whole workspace, has no policy files";
    NEARLY_NAMED "P0406" "nearly-named" Warning
        "a file is not read, because its name is not quite that of a policy file or manifest";
    PROFILE_SYNTAX "P0411" "profile-syntax" Error "a profile file is not valid TOML";
    PROFILE_KEY "P0412" "profile-key" Error
        "a profile file contains an unknown key, or a required key is missing";
    PROFILE_VALUE "P0413" "profile-value" Error "a profile file contains an invalid value";
    PROFILE_BROKEN "P0414" "profile-broken" Error "a profile is inconsistent";
    ACCEPT_SYNTAX "P0421" "acceptance-syntax" Error "a file of acceptances is not valid TOML";
    ACCEPT_KEY "P0422" "acceptance-key" Error
        "an acceptance contains an unknown key, or a required key is missing";
    ACCEPT_VALUE "P0423" "acceptance-value" Error "an acceptance contains an invalid value";
    ACCEPT_TWICE "P0424" "accepted-twice" Error "an edit or row is accepted twice";
    ACCEPT_STALE "P0425" "acceptance-stale" Error
        "an accepted edit or row does not occur in the diff";
    ACCEPT_EXPIRED "P0426" "acceptance-expired" Error "an acceptance has ended";
    EDIT_SYNTAX "P0431" "edit-syntax" Error "the text of an edit cannot be read";
    EDIT_REFUSED "P0432" "edit-refused" Error "an edit cannot be made as it is written";
    GLOBAL_DEFAULT_DECIDES "P0501" "global-default-decides" Warning
        "permissions fall through to the global default";
    TEST_WITHOUT_EXPECT "P0502" "test-without-expect" Warning
        "a test without expectations proves nothing";
    SHADOWED_SETTING "P0503" "shadowed-setting" Warning "a line never takes effect";
    UNUSED_SESSION_POLICY "P0504" "unused-session-policy" Warning
        "a session policy is never assigned";
    UNUSED_JUMP_GROUP "P0505" "unused-jump-group" Note
        "a jump group has neither jump items nor members";
    UNUSED_DIRECTORY_GROUP "P0506" "unused-directory-group" Note
        "a directory group is not a member of any group policy";
    UNUSED_ROLE "P0507" "unused-role" Note "a jump item role is never used";
    UNUSED_JUMP_POLICY "P0508" "unused-jump-policy" Note
        "no membership or jump item uses a jump policy";
    UNUSED_TEAM "P0509" "unused-team" Note "a team has no members";
    UNUSED_JUMPOINT "P0510" "unused-jumpoint" Note "nobody has access to a jumpoint";
    UNUSED_VAULT_ACCOUNT_GROUP "P0511" "unused-vault-account-group" Note
        "nobody has access to a vault account group";
    FINAL_WITHOUT_EFFECT "P0512" "final-without-effect" Note "a `final` has no effect";
    FINAL_HIDES "P0513" "final-hides" Warning "a `final` overrides a later line for every member";
    REDUNDANT_SETTING "P0514" "redundant-setting" Note "a line sets what would apply without it";
    PERMISSIVE_ABOVE_RESTRICTIVE "P0515" "permissive-above-restrictive" Note
        "a group policy is more permissive than a lower one, which overrides it";
    DIRECT_USER_ASSIGNMENT "P0516" "direct-user-assignment" Note
        "users have settings or session policies assigned directly";
    IMPLICIT_NOT_DEFINED "P0517" "implicit-not-defined" Note
        "a session policy does not mention some permissions";
    GRANT_WITHOUT_SCOPE "P0518" "grant-without-scope" Warning
        "a permission is allowed but has no effect, because its list is empty";
    DEPENDENT_WITHOUT_PARENT "P0519" "dependent-without-parent" Note
        "a permission is set without the one that it depends on";
    EMPTY_GROUP_POLICY "P0520" "empty-group-policy" Warning
        "a group policy has no members, or defines nothing";
    USER_WITHOUT_GROUP_POLICY "P0521" "user-without-group-policy" Note
        "users are not in any group policy";
    ADMIN_LOCKOUT "P0522" "admin-lockout" Warning "no account is an administrator";
    PROMPT_BLOCKS_UNATTENDED "P0523" "prompt-blocks-unattended" Warning
        "a prompt in unattended sessions cannot be answered";
    CUSTOM_POLICY "P0524" "custom-policy" Note "session policies have no name";
    UNCONFIRMED_PERMISSION "P0525" "unconfirmed-permission" Note
        "the product documentation does not confirm a permission or setting";
    DUPLICATE_POLICY "P0526" "duplicate-policy" Note "two session policies are identical";
    WIDENING_OVERRIDE "P0527" "widening-override" Note
        "a layer allows what every lower layer denies";
    SUPPRESSION_WITHOUT_REASON "P0528" "suppression-without-reason" Warning
        "a suppression gives no reason";
    UNUSED_SUPPRESSION "P0529" "unused-suppression" Warning "a suppression is not needed";
    UNKNOWN_LINT "P0530" "unknown-lint" Warning "a suppression names an unknown lint";
    RELATIVE_FOLDER "P0531" "relative-folder" Warning
        "a list contains a folder that is not absolute";
    INVALID_PATTERN "P0532" "invalid-pattern" Warning
        "a list contains a pattern that is not a regular expression";
    MEMBERSHIP_CONFLICT "P0533" "membership-conflict" Warning
        "two group policies disagree about who can start sessions in a jump group";
    JUMP_ITEM_WITHOUT_GROUP "P0534" "jump-item-without-group" Warning
        "a jump item is in no jump group and in no personal list";
    NO_GLOBAL_DEFAULT "P0535" "no-global-default" Warning "there is no `global default` block";
    METHOD_NOT_ALLOWED "P0536" "method-not-allowed" Note
        "a membership is for machines whose method none of its users may use";
    JUMP_NEEDS_ACCESS "P0537" "jump-needs-access" Warning
        "a setting has no effect without another one that it requires";
    ELEVATED_TOOLS_LIMIT "P0538" "elevated-tools-limit" Note
        "tools are allowed, but limited while nobody is at the endpoint";
    EXPIRED "P0539" "expired" Warning "a date lies before the day of `check --as-of`";
    NAMES_LOOK_ALIKE "P0540" "names-look-alike" Warning "two names cannot be told apart by reading";
    INHERITED_LINE_DROPPED "P0541" "inherited-line-dropped" Note
        "a line of a session policy fell away in a copy of it";
    EMPTY_TEST "P0542" "empty-test" Warning "no session that a test selects can be started";
    UNKNOWN_DECIDES "P0543" "unknown-decides" Note
        "a declaration leaves permissions or settings unknown";
    HIDDEN_CHARACTER "P0544" "hidden-character" Warning
        "a string or comment contains a character that cannot be seen or looks like a space";
    ESCAPE_IN_PATH "P0545" "escape-in-path" Warning
        "a Windows path or account contains `\\t` or `\\n`";
}

impl Code {
    /// All codes, in the order of their ids.
    pub fn all() -> impl Iterator<Item = Code> {
        (0..TABLE.len() as u16).map(Code)
    }

    /// A code by its id or name, in any case of letters.
    pub fn find(text: &str) -> Option<Code> {
        Code::all().find(|code| {
            code.id().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        })
    }

    /// The codes that are lints: their level can be set in the manifest.
    pub fn lints() -> impl Iterator<Item = Code> {
        Code::all().filter(|code| code.is_lint())
    }

    /// Whether the code is a lint.
    pub fn is_lint(self) -> bool {
        self.id().starts_with("P05")
    }

    /// Whether it is about the syntax of a text rather than its meaning.
    pub fn is_syntax(self) -> bool {
        self.id().starts_with("P00") || self == Code::MANIFEST_SYNTAX
    }

    /// Whether the lint only runs if the manifest sets its level.
    pub fn is_off_by_default(self) -> bool {
        matches!(self, Code::IMPLICIT_NOT_DEFINED | Code::INHERITED_LINE_DROPPED)
    }

    fn entry(self) -> &'static Entry {
        &TABLE[self.0 as usize]
    }

    /// The stable id, such as `P0101`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// The short name, such as `unknown-name`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// One line that says what the code is about.
    pub fn summary(self) -> &'static str {
        self.entry().summary
    }

    /// The severity unless the manifest sets another level.
    pub fn default_severity(self) -> Severity {
        self.entry().severity
    }

    /// The long text of `precedent explain`, in Markdown.
    pub fn page(self) -> &'static str {
        self.entry().page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_are_found_again() {
        let ids: Vec<_> = Code::all().map(Code::id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        for code in Code::all() {
            assert_eq!(Code::find(code.id()), Some(code));
            assert_eq!(Code::find(code.name()), Some(code));
        }
    }
}
