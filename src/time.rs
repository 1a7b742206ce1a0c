//! Points in time and validity windows, in the unit of the chain: Unix seconds.

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
