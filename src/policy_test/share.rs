//! A part of a whole, in percent.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub part: u64,
    pub whole: u64,
}

impl Share {
    /// In tenths of a percent, rounded down, so that nothing but all of it is 100 %. All of nothing
    /// is all of it.
    pub fn tenths(self) -> u32 {
        match self.whole {
            0 => 1000,
            whole => (u128::from(self.part) * 1000 / u128::from(whole)) as u32,
        }
    }

    /// Whether it is as much as some tenths of a percent.
    pub fn reaches(self, tenths: u32) -> bool {
        u128::from(self.part) * 1000 >= u128::from(tenths) * u128::from(self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_it_is_all_of_it() {
        let share = |part, whole| Share { part, whole };
        assert_eq!(share(2, 3).tenths(), 666);
        assert_eq!(share(9_999, 10_000).tenths(), 999);
        assert_eq!(share(3, 3).tenths(), 1000);
        assert_eq!(share(0, 0).tenths(), 1000);
        assert!(share(2, 3).reaches(666) && !share(2, 3).reaches(667));
        assert!(share(1, 2).reaches(500) && !share(1, 2).reaches(501));
        assert!(share(0, 0).reaches(1000) && share(0, 5).reaches(0));
    }
}
