//! Reads TOML tables key by key, and remembers every problem with its line.

use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Problems as they are told, with their lines.
pub struct Problems<'a> {
    text: &'a str,
    found: Vec<(usize, String)>,
}

impl<'a> Problems<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub fn line(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    pub fn add(&mut self, line: usize, key: &str, rule: &str) {
        self.found.push((line, format!("line {line}: {key} {rule}")));
    }

    /// All of them, in the order of their lines.
    pub fn told(mut self) -> Vec<String> {
        self.found.sort();
        self.found.into_iter().map(|(_, text)| text).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// A value and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub line: usize,
}

/// One table of the file.
pub struct Section<'t, 'a> {
    table: &'t DeTable<'a>,
    name: &'static str,
    pub line: usize,
}

impl<'t, 'a> Section<'t, 'a> {
    /// The section, with a problem for every key that is not in `known`.
    pub fn new(
        table: &'t DeTable<'a>,
        name: &'static str,
        line: usize,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Self {
        for key in table.keys() {
            let text: &str = key.get_ref();
            if !known.contains(&text) {
                let line = problems.line(key.span().start);
                problems.add(line, &named(name, text), &unknown(text, known));
            }
        }
        Self { table, name, line }
    }

    pub fn key(&self, key: &str) -> String {
        named(self.name, key)
    }

    fn value(&self, key: &str, problems: &Problems<'_>) -> Option<(&'t DeValue<'a>, usize)> {
        let value: &Spanned<DeValue<'a>> = self.table.get(key)?;
        Some((value.get_ref(), problems.line(value.span().start)))
    }

    /// The value as `T`; one of another type leaves a problem.
    pub fn get<T>(
        &self,
        key: &str,
        what: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&DeValue<'a>) -> Option<T>,
    ) -> Option<At<T>> {
        let (value, line) = self.value(key, problems)?;
        match read(value) {
            Some(value) => Some(At { value, line }),
            None => {
                problems.add(line, &self.key(key), &format!("must be {what}"));
                None
            }
        }
    }

    /// A text without U+0000, which PostgreSQL does not keep.
    pub fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<At<String>> {
        let text = self.get(key, "a text in quotes", problems, |value| value.as_str().map(str::to_owned))?;
        if text.value.contains('\0') {
            problems.add(text.line, &self.key(key), "must not contain U+0000");
            return None;
        }
        Some(text)
    }

    /// A text that has to be there and not to be blank.
    pub fn required(&self, key: &str, problems: &mut Problems<'_>) -> Option<At<String>> {
        if !self.table.contains_key(key) {
            problems.add(self.line, &self.key(key), "is required");
            return None;
        }
        let text = self.text(key, problems)?;
        if text.value.trim().is_empty() {
            problems.add(text.line, &self.key(key), "must not be empty");
            return None;
        }
        Some(text)
    }

    /// A text that fits `parse`, whose error completes the sentence.
    pub fn parsed<T>(
        &self,
        key: &str,
        problems: &mut Problems<'_>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<At<T>> {
        let text = self.text(key, problems)?;
        match parse(&text.value) {
            Ok(value) => Some(At { value, line: text.line }),
            Err(rule) => {
                problems.add(text.line, &self.key(key), &rule);
                None
            }
        }
    }

    pub fn boolean(&self, key: &str, problems: &mut Problems<'_>) -> Option<At<bool>> {
        self.get(key, "true or false", problems, DeValue::as_bool)
    }

    /// A whole number from `least` to `most`.
    pub fn number(&self, key: &str, least: i64, most: i64, problems: &mut Problems<'_>) -> Option<At<i64>> {
        let what = format!("a whole number from {least} to {most}");
        self.get(key, &what, problems, |value| {
            let number = value.as_integer()?;
            let parsed = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()?;
            (least..=most).contains(&parsed).then_some(parsed)
        })
    }

    /// A date or a time, bare or in quotes, that has to be there.
    pub fn dated<T: FromStr>(&self, key: &str, what: &str, problems: &mut Problems<'_>) -> Option<T> {
        if !self.table.contains_key(key) {
            problems.add(self.line, &self.key(key), "is required");
            return None;
        }
        let read = |value: &DeValue<'a>| match value {
            DeValue::Datetime(at) => at.to_string().parse().ok(),
            value => value.as_str()?.parse().ok(),
        };
        Some(self.get(key, what, problems, read)?.value)
    }

    /// An array of texts, each with its line.
    pub fn texts(&self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<At<String>>> {
        let (value, line) = self.value(key, problems)?;
        let Some(array) = value.as_array() else {
            problems.add(line, &self.key(key), "must be an array of texts");
            return None;
        };
        let mut texts = Vec::new();
        for element in array.iter() {
            let line = problems.line(element.span().start);
            match element.get_ref().as_str() {
                Some(text) => texts.push(At { value: text.to_owned(), line }),
                None => problems.add(line, &self.key(key), "must be an array of texts"),
            }
        }
        Some(texts)
    }

    /// A table within this one.
    pub fn table(&self, key: &str, problems: &mut Problems<'_>) -> Option<At<&'t DeTable<'a>>> {
        let (value, line) = self.value(key, problems)?;
        match value.as_table() {
            Some(table) => Some(At { value: table, line }),
            None => {
                problems.add(line, &self.key(key), "must be a table");
                None
            }
        }
    }

    /// The tables of an array such as `[[agents]]`.
    pub fn tables(&self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<At<&'t DeTable<'a>>>> {
        let (value, line) = self.value(key, problems)?;
        let tables: Option<Vec<_>> = value.as_array().map(|array| {
            let tables = array.iter().map(|element| (element.get_ref().as_table(), element.span().start));
            tables.filter_map(|(table, at)| Some(At { value: table?, line: problems.line(at) })).collect()
        });
        let complete = tables.filter(|found| Some(found.len()) == value.as_array().map(|array| array.len()));
        if complete.is_none() {
            let rule = if self.name.is_empty() {
                format!("must be written as [[{key}]] tables")
            } else {
                "must be an array of tables".into()
            };
            problems.add(line, &self.key(key), &rule);
        }
        complete
    }
}

fn named(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// The sentence about a key that nobody knows, with the nearest known one.
fn unknown(key: &str, known: &[&str]) -> String {
    format!("is not known; {}", nearest(key, known.iter().copied()))
}

/// A hint at the most similar of the known names.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let best = known.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    best.map_or_else(|| "there is none".into(), |best| format!("the nearest known one is {best}"))
}
