//! Whether a text is well-formed XML, as far as reports use it: elements, attributes, text and the
//! five entities.

/// Panics where it is not.
pub fn assert_well_formed(text: &str) {
    for character in text.chars() {
        let allowed = matches!(character, '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(allowed, "XML has no character {character:?}");
    }
    let mut rest =
        text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let mut open: Vec<&str> = Vec::new();
    let mut elements = 0;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        assert_text(&rest[..at]);
        assert!(
            !open.is_empty() || rest[..at].trim().is_empty(),
            "text outside of the root: {:?}",
            &rest[..at]
        );
        rest = &rest[at..];
        let Some(end) = tag_end(rest) else { break };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "elements nest");
            continue;
        }
        elements += usize::from(open.is_empty());
        let closed = tag.ends_with('/');
        let name = assert_attributes(tag.trim_end_matches('/'));
        if !closed {
            open.push(name);
        }
    }
    assert_eq!((open.len(), elements), (0, 1), "one root, and each element ends");
}

/// Where the tag at the start of a text ends; a `>` within quotes ends none.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '"';
        (character == '>' && !quoted).then_some(at)
    })
}

/// Checks the attributes of a tag and returns its name.
fn assert_attributes(tag: &str) -> &str {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
        "{tag:?}"
    );
    let mut seen = Vec::new();
    while !rest.is_empty() {
        let (key, value) = rest.split_once("=\"").expect("an attribute has a value");
        let (value, next) = value.split_once('"').expect("a value ends");
        assert!(
            key.bytes().all(|byte| byte.is_ascii_lowercase()) && !seen.contains(&key),
            "{tag:?}"
        );
        assert!(!value.contains('<'), "{tag:?}");
        assert_text(value);
        seen.push(key);
        rest = next.trim_start();
    }
    name
}

fn assert_text(text: &str) {
    for part in text.split('&').skip(1) {
        let (entity, _) =
            part.split_once(';').unwrap_or_else(|| panic!("an `&` that is no entity: {text:?}"));
        assert!(
            ["amp", "lt", "gt", "quot", "apos"].contains(&entity),
            "there is no entity `{entity}`"
        );
    }
    assert!(!text.contains("]]>"), "{text:?}");
}

#[test]
fn what_is_not_well_formed_is_found() {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert_well_formed(&format!("{head}<a>\n<b c=\"x > &lt;\" d=\"\"/>y &amp; z</a>\n"));
    for broken in [
        "<a>",
        "<a></b>",
        "<a>&</a>",
        "<a b=\"<\"/>",
        "<a b=\"\" b=\"\"/>",
        "<a/><a/>",
        "x<a/>",
        "<a>\u{1b}</a>",
    ] {
        let checked = std::panic::catch_unwind(|| assert_well_formed(&format!("{head}{broken}")));
        assert!(checked.is_err(), "{broken}");
    }
}
