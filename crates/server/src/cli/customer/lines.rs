//! The lines of an import file, read one at a time.

use crate::country;
use crate::plural::counted;
use crate::store::types::{CustomerRow, ImportRow};
use anyhow::{Context, Result, bail};
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::ids::CustomerId;
use serde::Deserialize;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// One line as it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Line {
    id: Option<String>,
    partner_customer_id: Option<String>,
    #[serde(alias = "name")]
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    country_code: Option<String>,
}

impl Line {
    /// Blank is the same as left out.
    fn checked(self) -> Result<ImportRow, String> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let id = given(self.id).map(|id| CustomerId::new(&id).ok_or("id must have 1 to 128 characters"));
        let phone =
            given(self.phone).map(|text| PhoneNumber::new(&text).ok_or("phone must be in E.164 form"));
        let email = given(self.email).map(|text| {
            EmailAddress::of_customer(&text).ok_or("email must be a mail address of at most 254 characters")
        });
        let phone = phone.transpose()?;
        let row = ImportRow {
            id: id.transpose()?,
            partner_id: bounded("partnerCustomerId", given(self.partner_customer_id))?,
            first_name: bounded("firstName", given(self.first_name))?,
            last_name: bounded("lastName", given(self.last_name))?,
            country_code: bounded("countryCode", given(self.country_code))?
                .or_else(|| country::of_phone(phone.as_ref()?)),
            phone: phone.map(|phone| phone.as_str().to_owned()),
            email: email.transpose()?.map(|email| email.as_str().to_owned()),
        };
        let known =
            row.id.is_some() || row.partner_id.is_some() || row.phone.is_some() || row.email.is_some();
        if known { Ok(row) } else { Err("needs id, partnerCustomerId, phone or email".into()) }
    }
}

/// The texts that callers may send of a customer, and no others.
fn bounded(field: &str, text: Option<String>) -> Result<Option<String>, String> {
    let fits = |text: &String| !text.contains('\0') && text.chars().count() <= CustomerRow::MAX_TEXT;
    if text.as_ref().is_none_or(fits) {
        return Ok(text);
    }
    Err(format!("{field} must have at most {} characters, without U+0000", CustomerRow::MAX_TEXT))
}

/// Numbered lines; what cannot be read is an `Err` of its own and does not end the file.
pub struct Lines(Box<dyn Iterator<Item = (u64, Result<ImportRow, String>)>>);

impl Lines {
    pub fn open(path: &Path) -> Result<Self> {
        let file =
            File::open(path).with_context(|| format!("cannot read {}; check its name", path.display()))?;
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match ending.as_deref() {
            Some("csv") => Self::csv(file, path),
            Some("jsonl") => Ok(Self::json_lines(file)),
            _ => bail!("{} must be named .csv or .jsonl, so that its form is known", path.display()),
        }
    }

    fn csv(file: File, path: &Path) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(BufReader::new(file));
        let header = reader.headers().with_context(|| format!("{} has no header line", path.display()))?;
        check_columns(header)?;
        let header = header.clone();
        let rows = reader.into_records().map(move |record| match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let read = record.deserialize::<Line>(Some(&header)).map_err(|error| bare(&error));
                (line, read.and_then(Line::checked))
            }
            Err(error) => (error.position().map_or(0, csv::Position::line), Err(bare(&error))),
        });
        Ok(Self(Box::new(rows)))
    }

    fn json_lines(file: File) -> Self {
        let numbered = (1..).zip(BufReader::new(file).lines());
        let filled = numbered.filter(|(_, line)| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
        Self(Box::new(filled.map(|(number, line)| {
            let read = line.map_err(|error| error.to_string());
            (number, read.and_then(|text| json_line(&text)).and_then(Line::checked))
        })))
    }
}

fn check_columns(header: &csv::StringRecord) -> Result<()> {
    let known = ["id", "partnerCustomerId", "name", "firstName", "lastName", "phone", "email", "countryCode"];
    let mut seen = HashSet::new();
    for name in header {
        if !known.contains(&name) {
            bail!("line 1: the column {name:?} is not known; known are {}", known.join(", "));
        }
        if !seen.insert(if name == "name" { "firstName" } else { name }) {
            bail!("line 1: the column {name:?} is there twice; name and firstName are the same");
        }
    }
    Ok(())
}

/// An error without its line, which the report has already.
fn bare(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {}, the header has {expected_len}", counted(*len as usize, "field"))
        }
        csv::ErrorKind::Utf8 { .. } => "is not valid UTF-8".into(),
        _ => error.to_string(),
    }
}

/// Some programs put a byte order mark before the first line.
fn json_line(text: &str) -> Result<Line, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') {
        return Err("must be a JSON object".into());
    }
    serde_json::from_str(text).map_err(|error| {
        let (told, place) =
            (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
        format!("column {}: {}", error.column(), told.trim_end_matches(&place))
    })
}

impl Iterator for Lines {
    type Item = (u64, Result<ImportRow, String>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}
