//! Parameters of a request's query, read by name; one that is not known is refused.

use super::problem::Problem;
use crate::query_string::pairs;
use axum::http::Uri;
use std::str::FromStr;

/// The most entries of a page, and how many it has where nothing is said.
const MOST: u32 = 100;
const USUAL: u32 = 50;

/// The parameters, decoded, in their order.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Refuses parameters that are not `known`, and one that comes twice.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let mut read: Vec<(String, String)> = Vec::new();
        let pairs = pairs(uri.query().unwrap_or_default());
        for (name, value) in pairs.map_err(|wrong| Problem::field("query", wrong.to_string()))? {
            if !known.contains(&name.as_str()) {
                return Err(Problem::field(name, "is no parameter of this address"));
            }
            if read.iter().any(|(before, _)| *before == name) {
                return Err(Problem::field(name, "is given twice"));
            }
            read.push((name, value));
        }
        Ok(Self(read))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter as `T`, or the rule that it breaks.
    pub fn parsed<T: FromStr>(&self, name: &str, rule: &str) -> Result<Option<T>, Problem> {
        self.get(name).map(|text| text.parse().map_err(|_| Problem::field(name, rule))).transpose()
    }

    /// How many entries a page has.
    pub fn limit(&self) -> Result<u32, Problem> {
        let rule = format!("is a number from 1 to {MOST}");
        let limit = self.parsed("limit", &rule)?.unwrap_or(USUAL);
        if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(Problem::field("limit", rule)) }
    }

    /// Where a page begins: a position as the page before told it.
    pub fn cursor(&self) -> Result<Option<i64>, Problem> {
        self.parsed("cursor", "is not one that a page before this has told")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Parameters, Problem> {
        Parameters::read(&format!("/v1/x?{query}").parse().unwrap(), &["q", "limit"])
    }

    #[test]
    fn parameters_are_decoded_and_unknown_or_repeated_ones_refused() {
        assert_eq!(read("q=%E0%A4%85+b&limit=2").unwrap().get("q"), Some("अ b"));
        assert_eq!(read("").unwrap().limit().unwrap(), USUAL);
        for bad in ["r=1", "q=1&q=2", "q=%zz", "q=%ff", "limit=1&limit=1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for limit in ["0", "101", "-1", "x", ""] {
            assert!(read(&format!("limit={limit}")).unwrap().limit().is_err(), "{limit}");
        }
    }
}
