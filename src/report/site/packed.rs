//! Lists of numbers as short texts: a page has a million numbers, most of them small.

/// The digits. Those after the first half say that another digit follows. None of them is written
/// in another way in JSON or in a script element.
pub(super) const DIGITS: &str = concat!(
    "#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOP",
    "QRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
);

/// How many numbers one digit stands for.
const BASE: u32 = DIGITS.len() as u32 / 2;

/// The numbers as text, each with its larger digits first.
pub(super) fn packed(numbers: &[u32]) -> String {
    let digits = DIGITS.as_bytes();
    let mut text = Vec::with_capacity(numbers.len() * 2);
    for &number in numbers {
        let first = text.len();
        text.push(digits[(number % BASE) as usize]);
        let mut rest = number / BASE;
        while rest > 0 {
            text.push(digits[(BASE + rest % BASE) as usize]);
            rest /= BASE;
        }
        text[first..].reverse();
    }
    // The digits are ASCII.
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{BASE, DIGITS, packed};

    #[test]
    fn each_number_is_told_apart() {
        assert!(DIGITS.is_ascii() && DIGITS.len() as u32 == 2 * BASE);
        let mut digits: Vec<u8> = DIGITS.bytes().collect();
        digits.dedup();
        assert!(digits.is_sorted() && digits.len() == DIGITS.len());
        assert!(!DIGITS.contains(['"', '\\', '<', '>', '&']));
        assert_eq!(packed(&[0, 43, 44]), "#QS#");
        assert_eq!(packed(&[44 * 44 - 1, 44 * 44]), "~QSR#");
    }
}
