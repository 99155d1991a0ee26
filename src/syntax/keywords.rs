//! The kinds of declarations: one row for each, with the keywords that it begins with.
//!
//! Everything that has to know how a declaration is written or called derives it from this table.
//! A test compares the table with the grammar.

/// What follows the keywords of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A name in quotes, and a body that may be left out.
    Named,
    /// A body.
    Bare,
    /// A comma and this suffix, which may be left out, and a body with one name on each line.
    Order(&'static str),
}

/// Declares the kinds and the table, whose rows are in the order of the kinds.
macro_rules! declarations {
    ($($(#[$doc:meta])* $kind:ident $words:literal $plural:literal $form:expr;)*) => {
        /// The kind of a declaration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DeclarationKind {
            $($(#[$doc])* $kind,)*
        }

        const TABLE: &[Row] = &[$(Row {
            kind: DeclarationKind::$kind,
            words: $words,
            plural: $plural,
            form: $form,
        }),*];
    };
}

struct Row {
    kind: DeclarationKind,
    words: &'static str,
    plural: &'static str,
    form: Form,
}

declarations! {
    /// `profile "pra-25.3"`: the product that the policies are for.
    Profile "profile" "profiles" Form::Named;
    /// `session policy "Vendors" {`: permissions of sessions.
    SessionPolicy "session policy" "session policies" Form::Named;
    /// `global default {`: the session policy that decides what no other one does.
    GlobalDefault "global default" "global defaults" Form::Bare;
    /// `group policy "Vendors" {`: settings and memberships for its members.
    GroupPolicy "group policy" "group policies" Form::Named;
    /// `order group policies {`: all group policies, top to bottom.
    OrderGroupPolicies "order group policies" "orders of group policies"
        Form::Order("last defined wins");
    /// `order session layers {`: the order of layers, as a claim about the product.
    OrderSessionLayers "order session layers" "orders of session layers"
        Form::Order("first defined wins");
    /// `user "john.doe"`
    User "user" "users" Form::Named;
    /// `directory group "CN=Servers" {`: users, as a directory groups them.
    DirectoryGroup "directory group" "directory groups" Form::Named;
    /// `invite "Vendor" {`
    Invite "invite" "invites" Form::Named;
    /// `jump item "db01" {`: an endpoint.
    JumpItem "jump item" "jump items" Form::Named;
    /// `jump items {`: several jump items that share lines.
    JumpItems "jump items" "blocks of jump items" Form::Bare;
    /// `jump group "Production"`
    JumpGroup "jump group" "jump groups" Form::Named;
    /// `jump item role "Start sessions" {`: what members of a jump group may do with its items.
    JumpItemRole "jump item role" "jump item roles" Form::Named;
    /// `jump policy "Business hours"`
    JumpPolicy "jump policy" "jump policies" Form::Named;
    /// `team "Servers"`
    Team "team" "teams" Form::Named;
    /// `jumpoint "HQ"`
    Jumpoint "jumpoint" "jumpoints" Form::Named;
    /// `vault account group "Windows"`
    VaultAccountGroup "vault account group" "vault account groups" Form::Named;
    /// `vault account "sa on db01"`
    VaultAccount "vault account" "vault accounts" Form::Named;
    /// `portal "Support" {`
    Portal "portal" "portals" Form::Named;
    /// `embassy "Vendors" {`: what its members have in place of group policies.
    Embassy "embassy" "embassies" Form::Named;
    /// `test "vendors have no shell" {`
    Test "test" "tests" Form::Named;
}

impl DeclarationKind {
    /// All kinds, in the order of the table.
    pub fn all() -> impl Iterator<Item = DeclarationKind> {
        TABLE.iter().map(|row| row.kind)
    }

    /// The kind of the keywords as written, with any blanks between them.
    pub fn find(written: &str) -> Option<DeclarationKind> {
        let same = |row: &&Row| row.words.split(' ').eq(written.split_whitespace());
        let row = TABLE.iter().find(|row| row.words == written);
        row.or_else(|| TABLE.iter().find(same)).map(|row| row.kind)
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The keywords, which are also what messages call the kind: `session policy`.
    pub fn words(self) -> &'static str {
        self.row().words
    }

    /// What messages call several of the kind: `session policies`.
    pub fn plural(self) -> &'static str {
        self.row().plural
    }

    /// The keywords with an article: `a session policy`, `an invite`.
    pub fn with_article(self) -> String {
        let words = self.words();
        // `user` begins with a consonant.
        let vowel = words.starts_with(['a', 'e', 'i', 'o']);
        format!("{} {words}", if vowel { "an" } else { "a" })
    }

    /// What follows the keywords.
    pub fn form(self) -> Form {
        self.row().form
    }

    /// What an order may say after its comma, which is how the language reads it.
    pub fn suffix(self) -> Option<&'static str> {
        match self.form() {
            Form::Order(suffix) => Some(suffix),
            Form::Named | Form::Bare => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, SourceFile};
    use std::collections::BTreeSet;

    const GRAMMAR: &str = include_str!("../../grammar/precedent.pest");

    /// The rules that a rule of the grammar chooses from.
    fn alternatives(rule: &str) -> BTreeSet<&'static str> {
        let start = GRAMMAR.find(&format!("\n{rule} ")).expect("a rule of the grammar");
        let definition = GRAMMAR[start..].split_once("_{").expect("a silent rule").1;
        let body = definition.split_once('}').expect("the end of the rule").0;
        body.split('|').map(str::trim).collect()
    }

    #[test]
    fn the_table_is_in_the_order_of_the_kinds() {
        for (index, kind) in DeclarationKind::all().enumerate() {
            assert_eq!(kind as usize, index);
            assert_eq!(DeclarationKind::find(kind.words()), Some(kind));
        }
    }

    #[test]
    fn the_grammar_has_the_declarations_of_the_table() {
        let rules = |form: fn(Form) -> bool| -> BTreeSet<String> {
            let kinds = DeclarationKind::all().filter(|kind| form(kind.form()));
            kinds.map(|kind| kind.words().replace(' ', "_")).collect()
        };
        let known = |rule: &str| -> BTreeSet<String> {
            alternatives(rule).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(known("named_kind"), rules(|form| form == Form::Named));
        assert_eq!(known("bare_kind"), rules(|form| form == Form::Bare));
        assert_eq!(known("order_kind"), rules(|form| matches!(form, Form::Order(_))));
    }

    #[test]
    fn each_declaration_parses_in_its_form() {
        for kind in DeclarationKind::all() {
            let words = kind.words();
            let text = match kind.form() {
                Form::Named => format!("{words} \"a\" {{\n}}\n{words} \"b\"\n"),
                Form::Bare => format!("{words} {{\n}}\n"),
                Form::Order(suffix) => format!("{words} {{\n}}\n{words}, {suffix} {{\n}}\n"),
            };
            let (file, findings) =
                crate::syntax::parse(FileId(0), &SourceFile::new("a.prec", &*text));
            assert_eq!(findings, [], "{text}");
            assert!(file.declarations.iter().all(|declaration| declaration.kind == kind), "{text}");
        }
    }
}
