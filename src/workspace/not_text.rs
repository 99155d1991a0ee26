//! Files that are not the text that they stand for: in another encoding, encrypted, or a pointer to
//! what a repository keeps elsewhere.

/// What a file is instead of policies, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotText {
    /// After "this file": `is UTF-16 text`.
    pub what: &'static str,
    pub help: &'static str,
}

const UTF_16: NotText = NotText {
    what: "is UTF-16 text",
    help: "save the file as UTF-8; in PowerShell, write it with `Set-Content -Encoding utf8` \
           instead of `>`",
};

/// What files of other kinds begin with.
const KINDS: &[(&[u8], NotText)] = &[
    (b"\xff\xfe\0\0", NotText { what: "is UTF-32 text", help: "save the file as UTF-8" }),
    (b"\0\0\xfe\xff", NotText { what: "is UTF-32 text", help: "save the file as UTF-8" }),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
    (
        b"\0GITCRYPT\0",
        encrypted("is encrypted by git-crypt", "unlock the repository: `git-crypt unlock`"),
    ),
    (b"Salted__", encrypted("is encrypted by OpenSSL", "decrypt it before it is checked")),
    (
        b"U2FsdGVkX1",
        encrypted("is encrypted by OpenSSL or transcrypt", "decrypt it before it is checked"),
    ),
    (
        b"$ANSIBLE_VAULT;",
        encrypted("is encrypted by Ansible Vault", "decrypt it: `ansible-vault decrypt FILE`"),
    ),
    (b"age-encryption.org/", encrypted("is encrypted by age", "decrypt it before it is checked")),
    (
        b"-----BEGIN AGE ENCRYPTED FILE-----",
        encrypted("is encrypted by age", "decrypt it before it is checked"),
    ),
    (
        b"-----BEGIN PGP MESSAGE-----",
        encrypted("is encrypted by PGP", "decrypt it before it is checked"),
    ),
    (
        b"version https://git-lfs.github.com/spec/",
        NotText {
            what: "is a pointer of Git LFS, not the file itself",
            help: "fetch the content: `git lfs pull`; in CI, check out with LFS. Policies are \
                   small: they can be kept in git itself",
        },
    ),
    (
        b"/annex/objects/",
        NotText {
            what: "is a pointer of git-annex, not the file itself",
            help: "fetch the content: `git annex get FILE`",
        },
    ),
    (b"\x1f\x8b", NotText { what: "is compressed by gzip", help: "decompress it" }),
    (b"PK\x03\x04", NotText { what: "is a ZIP archive", help: "extract what it contains" }),
    (b"%PDF-", NotText { what: "is a PDF document", help: "policies are plain text in UTF-8" }),
    (b"\x7fELF", NotText { what: "is a program", help: "policies are plain text in UTF-8" }),
];

const fn encrypted(what: &'static str, help: &'static str) -> NotText {
    NotText { what, help }
}

/// How much of a file tells its encoding.
const PREFIX: usize = 512;

/// What a file is, if it is no text in UTF-8.
pub(super) fn recognize(bytes: &[u8]) -> Option<NotText> {
    let known = KINDS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    known.or_else(|| is_utf_16(bytes).then_some(UTF_16))
}

/// Whether every second byte is zero, as in UTF-16 text without a byte order mark that is mostly
/// ASCII.
fn is_utf_16(bytes: &[u8]) -> bool {
    let prefix = &bytes[..bytes.len().min(PREFIX) & !1];
    let zeros =
        |first: usize| prefix.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    even.min(odd) == 0 && even.max(odd) * 4 > prefix.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognized_with_and_without_a_mark() {
        let text = "user \"Zo\u{eb}\" {\r\n}\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little, &big] {
            assert_eq!(recognize(bytes), Some(UTF_16));
        }
        for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
            assert_eq!(recognize(&mark), Some(UTF_16));
        }
        for fine in ["", "u", text, "\u{feff}user \"a\"", "user \"a\0\""] {
            assert_eq!(recognize(fine.as_bytes()), None, "{fine:?}");
        }
    }
}
