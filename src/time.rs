//! Points in time and validity windows, in the unit of the chain: Unix seconds.

use std::fmt;

/// A point in time in Unix seconds, at most 48 bits: the width ERC-4337 gives validity times (validation data, section
/// "Semantics").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last second 48 bits can say.
    pub const MAX: Self = Self((1 << 48) - 1);

    /// A point in time from Unix seconds.
    ///
    /// # Errors
    /// [`TimeError::TooLate`] above [`Timestamp::MAX`]; a value in milliseconds is usually the cause.
    pub const fn from_seconds(seconds: u64) -> Result<Self, TimeError> {
        if seconds > Self::MAX.0 { Err(TimeError::TooLate { seconds }) } else { Ok(Self(seconds)) }
    }

    /// Unix seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

/// `2026-11-20 14:05 UTC`, in the proleptic Gregorian calendar.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, days) = (self.0 / 60 % 1_440, self.0 / 86_400);
        // Days from 1 March of the year 0, so that leap days end a year; an era of 400 years has 146,097 days.
        let days = days.saturating_add(719_468);
        let (era, day) = (days / 146_097, days % 146_097);
        let leap_free =
            day.saturating_sub(day / 1_460).saturating_add(day / 36_524).saturating_sub(day / 146_096);
        let year = leap_free / 365;
        let in_year =
            day.saturating_sub(year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100));
        let month = in_year.saturating_mul(5).saturating_add(2) / 153;
        let day = in_year.saturating_sub(month.saturating_mul(153).saturating_add(2) / 5).saturating_add(1);
        let (month, next) =
            if month < 10 { (month.saturating_add(3), 0) } else { (month.saturating_sub(9), 1) };
        let year = era.saturating_mul(400).saturating_add(year).saturating_add(next);
        write!(f, "{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
    }
}

/// A window in which something is valid: `valid_after <= now <= valid_until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    valid_after: Timestamp,
    valid_until: Timestamp,
}

impl Validity {
    /// A window that ends; one that never ends is not expressible.
    ///
    /// # Errors
    /// [`TimeError::NoEnd`] when `valid_until` is 0, which contracts read as "for ever"; [`TimeError::Reversed`] when it is
    /// before `valid_after`, so that nothing would ever be valid.
    pub fn new(valid_after: Timestamp, valid_until: Timestamp) -> Result<Self, TimeError> {
        if valid_until.0 == 0 {
            return Err(TimeError::NoEnd);
        }
        if valid_until < valid_after {
            return Err(TimeError::Reversed { valid_after: valid_after.0, valid_until: valid_until.0 });
        }
        Ok(Self { valid_after, valid_until })
    }

    /// First valid second.
    #[must_use]
    pub const fn valid_after(self) -> Timestamp {
        self.valid_after
    }

    /// Last valid second.
    #[must_use]
    pub const fn valid_until(self) -> Timestamp {
        self.valid_until
    }
}

/// Why a time or window is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Beyond 48 bits of seconds.
    #[error(
        "{seconds} is beyond the last timestamp a chain can hold; times are in seconds, not milliseconds"
    )]
    TooLate {
        /// The value given.
        seconds: u64,
    },
    /// A window without end.
    #[error("a validity window must end; 0 would mean for ever")]
    NoEnd,
    /// A window that ends before it starts.
    #[error("the window ends at {valid_until}, before it starts at {valid_after}")]
    Reversed {
        /// Start given.
        valid_after: u64,
        /// End given.
        valid_until: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_dates() {
        let shown = |seconds| Timestamp::from_seconds(seconds).unwrap().to_string();
        assert_eq!(shown(0), "1970-01-01 00:00 UTC");
        assert_eq!(shown(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(shown(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(shown(4_107_542_399), "2100-02-28 23:59 UTC");
        assert_eq!(shown(4_107_542_400), "2100-03-01 00:00 UTC");
        assert_eq!(shown(1_795_181_100), "2026-11-20 13:25 UTC");
        assert_eq!(shown(1_798_761_599), "2026-12-31 23:59 UTC");
    }

    #[test]
    fn windows_end_and_are_not_reversed() {
        let at = |s| Timestamp::from_seconds(s).unwrap();
        assert!(Validity::new(at(5), at(5)).is_ok());
        assert_eq!(Validity::new(at(0), at(0)), Err(TimeError::NoEnd));
        assert_eq!(Validity::new(at(6), at(5)), Err(TimeError::Reversed { valid_after: 6, valid_until: 5 }));
        assert_eq!(
            Timestamp::from_seconds(1_795_000_000_000_000),
            Err(TimeError::TooLate { seconds: 1_795_000_000_000_000 })
        );
    }
}
