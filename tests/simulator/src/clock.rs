//! The world's clock, and the calendar arithmetic that dates on the wire and in certificates need.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where "now" comes from. All times in the simulator are milliseconds since 1970 in UTC.
#[derive(Debug)]
pub(crate) struct Clock {
    /// `Some` for a clock that stands still until it is advanced.
    fixed: Option<i64>,
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(fixed: Option<i64>) -> Self {
        Self {
            fixed,
            offset: AtomicI64::new(0),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.fixed.unwrap_or_else(system_now) + self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.offset
            .fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }
}

/// The machine's time in milliseconds since 1970.
pub(crate) fn system_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_millis() as i64)
}

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil(days: i64) -> (i32, u8, u8) {
    // Howard Hinnant's algorithm: years begin in March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u8, day as u8)
}

/// `2026-11-22T08:53:10Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `Sun, 22 Nov 2026 08:53:10 GMT`, the form of HTTP's `Date`.
pub(crate) fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    let (year, month, day) = civil(days);
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[usize::from(month) - 1],
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_795_337_590, "Sun, 22 Nov 2026 08:53:10 GMT"),
        ] {
            assert_eq!(http_date(seconds), expected, "at {seconds}");
        }
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::new(Some(1000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), 3000);
    }
}
