use super::*;
use crate::model::time::Timestamp;

fn at(text: &str) -> Timestamp {
    let moment: jiff::Timestamp = text.parse().expect("a moment");
    Timestamp(moment.as_millisecond())
}

fn november() -> Window {
    Window {
        from: at("2026-11-01T00:00:00Z"),
        to: at("2026-12-01T00:00:00Z"),
    }
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("a zone")
}

fn feed(entries: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for entry in entries {
        text.push_str("BEGIN:VEVENT\r\n");
        text.push_str(&entry.replace('\n', "\r\n"));
        text.push_str("\r\nEND:VEVENT\r\n");
    }
    text + "END:VCALENDAR\r\n"
}

fn starts(entries: &[&str]) -> Vec<String> {
    let reading = read(feed(entries).as_bytes(), &berlin(), november()).expect("a calendar");
    assert_eq!(reading.problems, Vec::<String>::new());
    let starts = reading.busy.iter().map(|busy| busy.span.from.rfc3339());
    starts.map(|text| text[5..16].to_owned()).collect()
}

#[test]
fn moments_are_read_in_every_form() {
    for (start, expected) in [
        (
            "DTSTART:20261122T020000Z\nDTEND:20261122T030000Z",
            "11-22T02:00",
        ),
        (
            "DTSTART;TZID=America/New_York:20261122T020000\nDURATION:PT1H",
            "11-22T07:00",
        ),
        ("DTSTART:20261122T020000\nDURATION:PT1H", "11-22T01:00"),
        ("DTSTART;VALUE=DATE:20261122", "11-21T23:00"),
        (
            "DTSTART;TZID=\"W. Europe Standard Time\":20261122T020000\nDURATION:PT1H",
            "11-22T01:00",
        ),
    ] {
        assert_eq!(starts(&[start]), [expected], "{start}");
    }
}

#[test]
fn series_recur_as_they_say() {
    let daily = "DTSTART;TZID=Europe/Berlin:20200101T030000\nDURATION:PT1H\nRRULE:FREQ=DAILY";
    assert_eq!(starts(&[daily]).len(), 30);
    for (rule, expected) in [
        (
            "FREQ=DAILY;COUNT=3",
            vec!["11-02T02:00", "11-03T02:00", "11-04T02:00"],
        ),
        (
            "FREQ=DAILY;INTERVAL=10",
            vec!["11-02T02:00", "11-12T02:00", "11-22T02:00"],
        ),
        (
            "FREQ=DAILY;UNTIL=20261103T020000Z",
            vec!["11-02T02:00", "11-03T02:00"],
        ),
        (
            "FREQ=DAILY;UNTIL=20261103",
            vec!["11-02T02:00", "11-03T02:00"],
        ),
        (
            "FREQ=WEEKLY;BYDAY=SU,MO;UNTIL=20261116",
            vec![
                "11-02T02:00",
                "11-08T02:00",
                "11-09T02:00",
                "11-15T02:00",
                "11-16T02:00",
            ],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
            vec!["11-02T02:00", "11-16T02:00", "11-30T02:00"],
        ),
        ("FREQ=MONTHLY;BYDAY=2TU", vec!["11-10T02:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", vec!["11-30T02:00"]),
        ("FREQ=YEARLY", vec!["11-02T02:00"]),
    ] {
        let entry =
            format!("DTSTART;TZID=Europe/Berlin:20261102T030000\nDURATION:PT1H\nRRULE:{rule}");
        assert_eq!(starts(&[&entry]), expected, "{rule}");
    }
}

#[test]
fn a_series_keeps_its_hour_when_the_clocks_change() {
    let entry = "DTSTART;TZID=Europe/Berlin:20260701T030000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY";
    assert_eq!(starts(&[entry])[0], "11-04T02:00");
}

#[test]
fn what_does_not_take_place_is_not_marked() {
    let series = "UID:a\nDTSTART;TZID=Europe/Berlin:20261102T030000\nDURATION:PT1H\n\
        RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20261103T030000";
    let moved = "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20261104T030000\n\
        DTSTART;TZID=Europe/Berlin:20261104T200000\nDURATION:PT1H";
    let cancelled = "UID:b\nSTATUS:CANCELLED\nDTSTART:20261120T000000Z\nDURATION:PT1H";
    assert_eq!(
        starts(&[series, moved, cancelled]),
        ["11-02T02:00", "11-04T19:00", "11-05T02:00"]
    );
}

#[test]
fn an_alarm_inside_an_entry_does_not_change_it_and_lines_unfold() {
    let entry = "SUMMARY:Disk\n  swap\\, rack 2\nDTSTART:20261122T020000Z\nDURATION:PT1H\n\
        BEGIN:VALARM\nDURATION:PT9H\nSUMMARY:beep\nEND:VALARM";
    let reading = read(feed(&[entry]).as_bytes(), &berlin(), november()).expect("a calendar");
    assert_eq!(reading.busy[0].title, "Disk swap, rack 2");
    assert_eq!(reading.busy[0].span.to, at("2026-11-22T03:00:00Z"));
}

#[test]
fn what_is_not_understood_is_said_and_left_out() {
    for entry in [
        "SUMMARY:x\nDTSTART:20261122T020000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY",
        "SUMMARY:x\nDTSTART:20261122T020000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYSETPOS=1",
        "SUMMARY:x\nDTSTART:20261122T020000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYDAY=2MO",
        "SUMMARY:x\nDTSTART:yesterday\nDURATION:PT1H",
        "SUMMARY:x\nDTSTART:20261122T020000Z\nDTEND:20251122T020000Z",
        "SUMMARY:x\nDTSTART:20261122T020000Z\nDURATION:P99999999W",
        "SUMMARY:x\nDURATION:PT1H",
    ] {
        let reading = read(feed(&[entry]).as_bytes(), &berlin(), november()).expect("a calendar");
        assert_eq!(reading.busy, [], "{entry}");
        assert_eq!(reading.problems.len(), 1, "{entry}");
        assert!(
            reading.problems[0].starts_with("x: "),
            "{:?}",
            reading.problems
        );
    }
}

#[test]
fn a_hostile_feed_is_bounded() {
    let page = b"<html>Sign in</html>";
    assert_eq!(
        read(page, &berlin(), november()),
        Err(IcalError::NotACalendar)
    );
    let huge = vec![b'x'; MOST_BYTES + 1];
    assert_eq!(read(&huge, &berlin(), november()), Err(IcalError::TooLarge));

    // Many long series that each have to be counted from their first occurrence.
    let entry = "SUMMARY:x\nDTSTART:19000101T000000Z\nDTEND:19000101T010000Z\n\
        RRULE:FREQ=DAILY;COUNT=100000";
    let many = vec![entry; 3000];
    let reading = read(feed(&many).as_bytes(), &berlin(), november()).expect("a calendar");
    assert!(reading.busy.len() <= MOST_BUSY);
    assert_eq!(reading.problems.len(), MOST_PROBLEMS + 1);

    // A year of days, every day, thousands of times.
    let entry =
        "SUMMARY:x\nDTSTART;VALUE=DATE:20250101\nDTEND;VALUE=DATE:20260101\nRRULE:FREQ=DAILY";
    let many = vec![entry; 2000];
    let reading = read(feed(&many).as_bytes(), &berlin(), november()).expect("a calendar");
    assert_eq!(reading.busy.len(), MOST_BUSY);

    // A component that never closes, and one that closes what was never open.
    for text in [
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\n",
        "BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\nEND:VALARM\n",
    ] {
        let reading = read(text.as_bytes(), &berlin(), november()).expect("a calendar");
        assert_eq!(reading, Reading::default());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000)) {
        let mut text = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_vec();
        text.extend(bytes);
        text.extend_from_slice(b"\nEND:VEVENT\n");
        let _ = read(&text, &berlin(), november());
    }

    #[test]
    fn no_rule_breaks_the_reader(
        rule in "(FREQ|COUNT|UNTIL|BYDAY|INTERVAL|BYMONTHDAY|WKST)=[A-Z0-9,+-]{0,12}(;(FREQ|COUNT|INTERVAL|BYDAY)=[A-Z0-9,+-]{0,8}){0,3}",
        start in "[12][09][0-9]{2}[01][0-9][0-3][0-9](T[0-2][0-9]0000Z?)?",
    ) {
        let entry = format!("DTSTART:{start}\nDURATION:PT1H\nRRULE:{rule}");
        let _ = read(feed(&[&entry]).as_bytes(), &berlin(), november());
    }
}
