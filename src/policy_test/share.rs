//! Percentages.

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many of the whole.
    pub part: u64,
    /// How many in all.
    pub whole: u64,
}

impl Share {
    /// In tenths of a percent, rounded down, so that only the whole is 100 %. Of nothing, it is 0:
    /// nothing was measured.
    pub fn tenths(self) -> u32 {
        match self.whole {
            0 => 0,
            whole => (u128::from(self.part) * 1000 / u128::from(whole)) as u32,
        }
    }

    /// Whether it is at least some tenths of a percent. Where nothing was measured, it is not.
    pub fn reaches(self, tenths: u32) -> bool {
        self.whole > 0
            && u128::from(self.part) * 1000 >= u128::from(tenths) * u128::from(self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_is_a_hundred_percent() {
        let share = |part, whole| Share { part, whole };
        assert_eq!(share(2, 3).tenths(), 666);
        assert_eq!(share(9_999, 10_000).tenths(), 999);
        assert_eq!(share(3, 3).tenths(), 1000);
        assert_eq!(share(0, 0).tenths(), 0);
        assert!(share(2, 3).reaches(666) && !share(2, 3).reaches(667));
        assert!(share(1, 2).reaches(500) && !share(1, 2).reaches(501));
        assert!(!share(0, 0).reaches(0) && share(0, 5).reaches(0));
    }
}
