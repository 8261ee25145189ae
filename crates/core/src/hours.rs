//! Working hours: `[from, to)` on days of the week, in the store's time zone (contract 1, Assignment).

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The hours of one week. A span whose end is not after its beginning passes midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>", into = "BTreeMap<String, Vec<String>>")]
pub struct Hours {
    /// Monday first.
    days: [Vec<Span>; 7],
}

/// Minutes since midnight; `to` may be 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: u16,
    to: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES: u16 = 24 * 60;

/// What is wrong with hours as they were written; completes "hours …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("has the unknown day \"{0}\" (days are mon, tue, wed, thu, fri, sat, sun)")]
    UnknownDay(String),
    #[error("of {day} has \"{text}\", which is not of the form \"09:00-18:00\"")]
    BadSpan { day: String, text: String },
    #[error(
        "of {day} has \"{text}\", which begins and ends at the same time (write 00:00-24:00 for a whole day)"
    )]
    EmptySpan { day: String, text: String },
    #[error("has no day (leave hours out for a team that is always open)")]
    Empty,
}

impl TryFrom<BTreeMap<String, Vec<String>>> for Hours {
    type Error = HoursError;

    fn try_from(week: BTreeMap<String, Vec<String>>) -> Result<Self, HoursError> {
        let mut days: [Vec<Span>; 7] = Default::default();
        for (day, spans) in &week {
            let index =
                DAYS.iter().position(|d| d == day).ok_or_else(|| HoursError::UnknownDay(day.clone()))?;
            for text in spans {
                days[index].push(Span::parse(day, text)?);
            }
        }
        if days.iter().all(Vec::is_empty) { Err(HoursError::Empty) } else { Ok(Self { days }) }
    }
}

impl From<Hours> for BTreeMap<String, Vec<String>> {
    fn from(hours: Hours) -> Self {
        let named = DAYS.iter().zip(hours.days).filter(|(_, spans)| !spans.is_empty());
        named.map(|(day, spans)| (day.to_string(), spans.into_iter().map(Span::text).collect())).collect()
    }
}

impl Span {
    fn parse(day: &str, text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::BadSpan { day: day.into(), text: text.into() };
        let (from, to) = text.split_once('-').ok_or_else(bad)?;
        let from = minutes(from.trim()).filter(|from| *from < DAY_MINUTES).ok_or_else(bad)?;
        let to = minutes(to.trim()).ok_or_else(bad)?;
        if from == to {
            return Err(HoursError::EmptySpan { day: day.into(), text: text.into() });
        }
        Ok(Self { from, to })
    }

    fn text(self) -> String {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        format!("{}-{}", clock(self.from), clock(self.to))
    }

    fn passes_midnight(self) -> bool {
        self.to < self.from
    }
}

fn minutes(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let two_digits = |text: &str| -> Option<u16> {
        (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY_MINUTES).then_some(hours * 60 + minutes)
}

impl Hours {
    /// Whether `at` is within the hours, by what a clock on the wall in `zone` shows.
    pub fn contains(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local = zone.to_datetime(at);
        self.has(local.date().weekday(), local.hour() as u16 * 60 + local.minute() as u16)
    }

    /// Whether all of these hours are among the other's.
    pub fn is_within(&self, other: &Self) -> bool {
        let days = Weekday::Monday.cycle_forward().take(7);
        let mut minutes = days.flat_map(|day| (0..DAY_MINUTES).map(move |minute| (day, minute)));
        minutes.all(|(day, minute)| !self.has(day, minute) || other.has(day, minute))
    }

    /// Whether a minute of a day, counted from midnight, is within the hours.
    fn has(&self, day: Weekday, now: u16) -> bool {
        let today = self.on(day).iter();
        let yesterday = self.on(day.previous()).iter();
        today.into_iter().any(|span| span.from <= now && (now < span.to || span.passes_midnight()))
            || yesterday.into_iter().any(|span| span.passes_midnight() && now < span.to)
    }

    /// When the hours begin next after an instant.
    pub fn next_start(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = zone.to_datetime(after).date();
        let days = (0..=7).filter_map(|offset| first.checked_add(offset.days()).ok());
        days.flat_map(|date| self.starts_on(date, zone)).filter(|start| *start > after).min()
    }

    fn starts_on(&self, date: Date, zone: &TimeZone) -> Vec<Timestamp> {
        let starts = self
            .on(date.weekday())
            .iter()
            .map(|span| instants(DateTime::from_parts(date, clock(span.from)), zone));
        starts.flatten().collect()
    }

    /// The instants at which hours may begin or end on a day.
    pub fn edges_on(&self, date: Date, zone: &TimeZone) -> Vec<Timestamp> {
        let spans = self.on(date.weekday()).iter().chain(self.on(date.weekday().previous()));
        let minutes = spans.flat_map(|span| [span.from, span.to % DAY_MINUTES]);
        minutes.flat_map(|minute| instants(DateTime::from_parts(date, clock(minute)), zone)).collect()
    }

    fn on(&self, day: Weekday) -> &[Span] {
        &self.days[day.to_monday_zero_offset() as usize]
    }
}

/// What a clock shows so many minutes after midnight.
fn clock(minute: u16) -> Time {
    Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0)
}

/// The instants at which a wall clock comes to show `local`: two when it is set back over it, and the moment
/// of the jump when it is set forward over it.
fn instants(local: DateTime, zone: &TimeZone) -> Vec<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).into_iter().collect(),
        AmbiguousOffset::Fold { before, after } => {
            [before, after].iter().filter_map(|offset| offset.to_timestamp(local).ok()).collect()
        }
        AmbiguousOffset::Gap { after, .. } => {
            let before_jump = after.to_timestamp(local).ok();
            before_jump
                .and_then(|at| zone.following(at).next())
                .map(|jump| jump.timestamp())
                .into_iter()
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(week: &[(&str, &[&str])]) -> Result<Hours, HoursError> {
        let week = week.iter().map(|(d, s)| (d.to_string(), s.iter().map(|s| s.to_string()).collect()));
        week.collect::<BTreeMap<_, _>>().try_into()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_begin_with_from_and_end_before_to_in_the_stores_zone() {
        let week = hours(&[("mon", &["09:00-18:00"])]).unwrap();
        let kolkata = zone("Asia/Kolkata");
        assert!(!week.contains(at("2026-11-23T03:29:59Z"), &kolkata));
        assert!(week.contains(at("2026-11-23T03:30:00Z"), &kolkata));
        assert!(week.contains(at("2026-11-23T12:29:59Z"), &kolkata));
        assert!(!week.contains(at("2026-11-23T12:30:00Z"), &kolkata));
        assert_eq!(week.next_start(at("2026-11-23T12:30:00Z"), &kolkata), Some(at("2026-11-30T03:30:00Z")));
    }

    #[test]
    fn hours_may_pass_midnight_also_over_the_end_of_the_week() {
        let week = hours(&[("sun", &["22:00-02:00"])]).unwrap();
        let utc = TimeZone::UTC;
        assert!(week.contains(at("2026-11-22T23:59:59Z"), &utc));
        assert!(week.contains(at("2026-11-23T01:59:59Z"), &utc));
        assert!(!week.contains(at("2026-11-23T02:00:00Z"), &utc));
        assert!(!week.contains(at("2026-11-23T23:00:00Z"), &utc));
    }

    #[test]
    fn when_the_clock_jumps_over_the_beginning_hours_begin_at_the_jump() {
        let week = hours(&[("sun", &["02:30-05:00"])]).unwrap();
        let berlin = zone("Europe/Berlin");
        let jump = at("2026-03-29T01:00:00Z");
        assert!(!week.contains(at("2026-03-29T00:59:59Z"), &berlin));
        assert!(week.contains(jump, &berlin));
        assert_eq!(week.next_start(at("2026-03-29T00:30:00Z"), &berlin), Some(jump));
    }

    #[test]
    fn when_the_clock_is_set_back_the_repeated_hour_counts_twice() {
        let week = hours(&[("sun", &["02:00-02:30"])]).unwrap();
        let berlin = zone("Europe/Berlin");
        assert!(week.contains(at("2026-10-25T00:10:00Z"), &berlin));
        assert!(!week.contains(at("2026-10-25T00:40:00Z"), &berlin));
        assert_eq!(week.next_start(at("2026-10-25T00:40:00Z"), &berlin), Some(at("2026-10-25T01:00:00Z")));
        assert!(week.contains(at("2026-10-25T01:10:00Z"), &berlin));
    }

    #[test]
    fn the_next_start_is_the_first_instant_the_hours_contain() {
        let week = hours(&[("mon", &["09:00-12:00", "13:00-17:00"]), ("sat", &["22:00-03:00"])]).unwrap();
        let berlin = zone("Europe/Berlin");
        let mut now = at("2026-03-23T00:00:00Z");
        for _ in 0..(14 * 24 * 4) {
            if !week.contains(now, &berlin) {
                let start = week.next_start(now, &berlin).unwrap();
                assert!(week.contains(start, &berlin));
                assert!(!week.contains(start - 1.second(), &berlin), "{now} {start}");
            }
            now += 15.minutes();
        }
    }

    #[test]
    fn hours_are_written_as_they_were_read_and_mistakes_are_named() {
        let week = hours(&[("mon", &["09:00-24:00"]), ("sat", &["22:00-02:00"])]).unwrap();
        let json = serde_json::to_string(&week).unwrap();
        assert_eq!(json, r#"{"mon":["09:00-24:00"],"sat":["22:00-02:00"]}"#);
        assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), week);
        assert!(matches!(hours(&[("monday", &["09:00-18:00"])]), Err(HoursError::UnknownDay(_))));
        assert!(matches!(hours(&[("mon", &["09:00-09:00"])]), Err(HoursError::EmptySpan { .. })));
        for bad in ["9-18", "09:00", "09:60-10:00", "24:00-01:00", "09:00-24:01", "0900-1800"] {
            assert!(matches!(hours(&[("mon", &[bad])]), Err(HoursError::BadSpan { .. })), "{bad}");
        }
        assert_eq!(hours(&[("mon", &[])]), Err(HoursError::Empty));
    }
}
