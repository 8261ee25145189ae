//! The password where the URL has none: the environment, or a password file
//! (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

pub fn find(config: &Config, file: Option<&Path>) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password);
    }
    let of_the_user = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".pgpass"));
    let file = file
        .map(Path::to_owned)
        .or_else(|| std::env::var_os("PGPASSFILE").map(Into::into))
        .or_else(of_the_user)?;
    let text = std::fs::read_to_string(&file).ok()?;
    if std::fs::metadata(&file).is_ok_and(|about| is_open(about.mode(), about.uid())) {
        tracing::warn!("the password file {} is not used: others may read it; chmod 0600 it", file.display());
        return None;
    }
    let wanted = wanted(config);
    text.lines().find_map(|line| matching(line, &wanted))
}

/// Whether others than its user may read a file. A group may where root has given it the file: a credential of systemd's
/// is root's, and its access list looks like a group's right.
fn is_open(mode: u32, owner: u32) -> bool {
    let others = if owner == 0 { 0o037 } else { 0o077 };
    mode & others != 0
}

/// Host, port, database and user of the first host: with several hosts they share a password.
fn wanted(config: &Config) -> [String; 4] {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        _ => "localhost".into(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default().to_owned();
    [host, port, config.get_dbname().unwrap_or(&user).to_owned(), user]
}

fn matching(line: &str, wanted: &[String; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let fields = fields(line);
    let (password, names) = fields.split_last().filter(|(_, names)| names.len() == wanted.len())?;
    let fits = names.iter().zip(wanted).all(|(name, wanted)| name == "*" || name == wanted);
    fits.then(|| password.clone())
}

/// Fields end at a colon; a backslash takes the character after it as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let field = fields.last_mut().expect("there is a first one");
        match character {
            ':' => fields.push(String::new()),
            '\\' => field.extend(characters.next()),
            other => field.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        matching(line, &["db.example", "5432", "rota", "app"].map(str::to_owned))
    }

    #[test]
    fn a_line_matches_by_all_four_names_or_by_stars() {
        assert_eq!(found("db.example:5432:rota:app:secret").as_deref(), Some("secret"));
        assert_eq!(found("*:*:*:app:secret").as_deref(), Some("secret"));
        assert_eq!(found("*:*:*:other:secret"), None);
        assert_eq!(found("# *:*:*:*:secret"), None);
        assert_eq!(found("*:*:app:secret"), None);
    }

    #[test]
    fn a_group_may_read_what_root_has_given_it_and_nothing_else() {
        assert!(!is_open(0o100_600, 1000) && !is_open(0o100_440, 0));
        assert!(is_open(0o100_640, 1000) && is_open(0o100_644, 0) && is_open(0o100_460, 0));
    }

    #[test]
    fn a_backslash_keeps_a_colon_in_the_password() {
        assert_eq!(found("*:*:*:*:a\\:b\\\\c").as_deref(), Some("a:b\\c"));
    }
}
