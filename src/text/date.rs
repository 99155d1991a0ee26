//! Dates of the calendar, as policies write them: `2026-12-31`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A day of the Gregorian calendar, from year 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The date of a text with four, two and two digits. `None` for a day that does not exist.
    pub fn parse(text: &str) -> Option<Date> {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths = parts.iter().map(|part| part.len());
        if !lengths.eq([4, 2, 2]) || parts.iter().any(|part| !part.bytes().all(is_digit)) {
            return None;
        }
        Date::new(parts[0].parse().ok()?, parts[1].parse().ok()?, parts[2].parse().ok()?)
    }

    /// The date that a text in another way of writing stands for, such as `31.12.2026`, and whether
    /// it can only be that one. `None` if it is none, or there is no telling which.
    pub fn meant(text: &str) -> Option<(Date, bool)> {
        let sign = text.chars().find(|c| matches!(c, '-' | '.' | '/'))?;
        let parts = text.split(sign).map(|part| part.parse().ok());
        let [first, second, third] = parts.collect::<Option<Vec<u16>>>()?[..] else { return None };
        let date = |year, month: u16, day: u16| {
            Date::new(year, month.try_into().ok()?, day.try_into().ok()?)
        };
        // Which century a short year is of would be a guess.
        if first >= 1000 {
            return Some((date(first, second, third)?, true));
        }
        if third < 1000 {
            return None;
        }
        match (date(third, second, first), date(third, first, second)) {
            (Some(one), Some(other)) if one == other => Some((one, true)),
            // With points the day is first wherever people write so; otherwise some have it first.
            (Some(day_first), Some(_)) => (sign == '.').then_some((day_first, false)),
            (one, other) => Some((one.or(other)?, true)),
        }
    }

    /// The date of three numbers. `None` for a day that does not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leaps = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            2 if leaps => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        let exists = (1..=9999).contains(&year) && (1..=days).contains(&day);
        exists.then_some(Date { year, month, day })
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Date, &'static str> {
        Date::parse(&text).ok_or("a date does not exist")
    }
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Date, String> {
        Date::parse(text).ok_or_else(|| "expected a date such as 2026-12-31".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        for text in ["2026-12-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).expect("a date").to_string(), text);
        }
        for text in [
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "0000-01-01",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-01",
            "+026-01-01",
            "2026-01",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn other_ways_of_writing_a_date_are_understood_where_there_is_one_meaning() {
        for text in ["31.12.2026", "12/31/2026", "31-12-2026", "2026/12/31", "2026.12.31"] {
            assert_eq!(Date::meant(text), Date::new(2026, 12, 31).map(|date| (date, true)));
        }
        for text in ["2026-1-5", "5.1.2026"] {
            let certain = text.starts_with("2026");
            assert_eq!(Date::meant(text), Date::new(2026, 1, 5).map(|date| (date, certain)));
        }
        assert_eq!(Date::meant("06.06.2026"), Date::new(2026, 6, 6).map(|date| (date, true)));
        for text in ["5/1/2026", "31.12.26", "31.13.2026", "2026-02-30", "2026-12", "a-b-c", ""] {
            assert_eq!(Date::meant(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_ordered_by_day() {
        let [a, b, c] = ["2026-09-30", "2026-10-01", "2027-01-01"].map(Date::parse);
        assert!(a < b && b < c);
    }
}
