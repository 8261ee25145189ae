//! The documents against what they describe.

mod citus;
mod pictures;

use crate::harness::process::{binary, run_exactly};
use crate::harness::{Agent, Request, Rota, StoreFile, tasks, until};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The pages of a folder, and of those below it.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| pages(folder));
    files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .chain(below)
        .collect()
}

/// Every maximal run of the characters that `part` allows and that begins with `prefix`.
fn words<'t>(text: &'t str, prefix: &'t str, part: fn(char) -> bool) -> BTreeSet<&'t str> {
    text.split(|c: char| !part(c))
        .filter(|word| word.len() > prefix.len() && word.starts_with(prefix))
        .collect()
}

#[test]
fn every_setting_of_serve_is_in_the_page_on_operation() {
    let help = run_exactly(binary().args(["serve", "--help"])).succeeded().stdout;
    let page = page("docs/operate.md");
    let flags = words(&help, "--", |c| c.is_ascii_lowercase() || c == '-');
    let variables = words(&help, "ROTA_", |c| c.is_ascii_uppercase() || c == '_');
    assert!(flags.contains("--listen") && variables.contains("ROTA_LISTEN"), "{help}");
    for setting in flags.iter().filter(|flag| **flag != "--help").chain(&variables) {
        assert!(page.contains(&format!("`{setting}`")), "{setting} is not in docs/operate.md");
    }
}

#[test]
fn every_command_is_in_the_page_on_operation() {
    let help = run_exactly(binary().arg("--help")).succeeded().stdout;
    let listed: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.split_whitespace().next())
        .collect();
    assert!(listed.contains(&"serve"), "{help}");
    let page = page("docs/operate.md");
    for command in listed {
        assert!(page.contains(&format!("`rota {command}")), "rota {command} is not in docs/operate.md");
    }
}

#[test]
fn the_metrics_and_their_page_agree() {
    let mut rota = Rota::with(StoreFile::default().agents((0..3).map(Agent::offline)));
    rota.create(&tasks());
    // The waiting tickets are counted at the start.
    rota.restart();
    rota.create(&tasks());
    let page = page("docs/operate.md");
    let name = |c: char| c.is_ascii_lowercase() || c == '_';
    let documented: Vec<_> = words(&page, "rota_", name).into_iter().collect();
    // Some are counted by a chore, one after another.
    let figures = until(Duration::from_secs(10), || {
        let text = rota.send(&Request::get("/metrics")).text().to_owned();
        documented.iter().all(|metric| text.contains(*metric)).then_some(text)
    });
    for line in figures.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
        let metric = line.split(' ').next().unwrap_or_default();
        assert!(page.contains(&format!("`{metric}")), "{metric} is not in docs/operate.md");
    }
}

/// What a page's headings are called in links: in small letters, spaces as hyphens, without the other marks.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut in_code = false;
    for line in page.lines() {
        in_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if in_code || heading == line || !heading.starts_with(' ') {
            continue;
        }
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        anchors
            .insert(heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-"));
    }
    anchors
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let root = root();
    let top = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let top = top.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut checked = 0;
    for file in top.chain(pages(&root.join("docs"))).chain(pages(&root.join("deploy"))) {
        let text = fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = if target.is_empty() { file.clone() } else { file.parent().unwrap().join(target) };
            assert!(path.exists(), "{}: {link} leads nowhere", file.display());
            if !anchor.is_empty() {
                let anchors = anchors(&fs::read_to_string(&path).unwrap());
                assert!(anchors.contains(anchor), "{}: {link} is none of {anchors:?}", file.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links were found");
}
