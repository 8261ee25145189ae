//! People and settings by the command line, and a store as a file.

use crate::harness::{Agent, Output, Rota, STORE, StoreFile, Team};

/// A command on the usual store.
fn of_store(rota: &Rota, args: &[&str]) -> Output {
    rota.cli(&[args, &["--store", STORE]].concat())
}

#[test]
fn people_and_settings_are_changed_and_tell_what_became_of_them() {
    let rota = Rota::prepared(StoreFile::default());
    for (args, told) in [
        (
            &["agent", "add", "meera@shop.example", "--name", "Meera"][..],
            "+ agent 103 meera@shop.example (Meera)",
        ),
        (&["agent", "set", "Meera@shop.example", "--max-open", "5"], "~ agent 103 meera@shop.example"),
        (&["agent", "set", "meera@shop.example", "--max-open", "5"], "no changes"),
        (&["team", "add", "Else", "--member", "meera@shop.example"], "+ team 32 Else"),
        (&["team", "set", "32", "--policy", "unassigned", "--nobody"], "~ team 32 Else"),
        (&["team", "archive", "32", "--move-to", "store"], "- team 32 Else (archived)"),
        (&["agent", "archive", "meera@shop.example"], "- agent 103 meera@shop.example (archived)"),
        (&["label", "add", "vip"], "+ label 9 vip"),
        (&["label", "archive", "9"], "- label 9 vip (archived)"),
        (
            &["stage", "set", "open:New", "open:Doing", "snoozed:Snoozed", "closed:Closed"],
            "~ stages New, Doing, Snoozed, Closed",
        ),
        (&["channel", "add", "whatsapp", "+91 90909 09090"], "+ whatsapp +919090909090"),
        (&["channel", "remove", "whatsapp", "+919090909090"], "- whatsapp +919090909090 (archived)"),
        (&["settings", "set", "--close-after", "14d"], "~ settings"),
    ] {
        let output = of_store(&rota, args).succeeded();
        assert_eq!(output.stdout.trim_end(), told, "{args:?}");
    }
    assert!(of_store(&rota, &["settings", "show"]).succeeded().stdout.contains("\"closeAfter\": \"14d\""));
    for (args, expected) in [
        (&["team", "list"][..], "Else"),
        (&["label", "list"], "archived  vip"),
        (&["stage", "list"], "Doing"),
        (&["channel", "list"], "+919090909090"),
        (&["audit"], "operator             settings closeAfter null -> \"14d\""),
        (&["audit", "--subject", "label:9"], "new"),
    ] {
        let output = of_store(&rota, args).succeeded();
        assert!(output.stdout.contains(expected), "{args:?}: {output}");
    }
}

#[test]
fn what_cannot_be_changed_is_told() {
    let rota = Rota::prepared(StoreFile::default());
    for (args, told) in [
        (&["agent", "add", "agent1@shop.example", "--name", "X"][..], "email is that of agent 101"),
        (&["agent", "set", "nobody@shop.example"], "nothing was changed"),
        (&["team", "archive", "31", "--move-to", "99"], "move-to team 99"),
        (&["team", "set", "31", "--member", "nobody@shop.example"], "nobody@shop.example"),
        (&["label", "archive", "99"], "nothing was changed"),
        (&["stage", "set", "open:New"], "stages needs exactly one stage"),
        (&["channel", "add", "email", "nobody"], "mail address"),
        (&["settings", "set", "--timezone", "Mars"], "timezone"),
        (&["customer", "erase", "nobody"], "no customer nobody"),
    ] {
        of_store(&rota, args).failed().tells(&[told]);
    }
    for args in [&["audit"][..], &["export-store"], &["label", "list"]] {
        rota.cli(&[args, &["--store", "nowhere"]].concat()).failed().tells(&["nowhere"]);
    }
}

#[test]
fn an_erased_customer_is_gone_from_the_database_file() {
    let rota = Rota::prepared(StoreFile::default());
    let told = of_store(&rota, &["customer", "erase", "5233549"]).succeeded();
    assert_eq!(told.stdout.trim_end(), "erased 5233549");
    let audit = of_store(&rota, &["audit", "--json"]).succeeded();
    assert!(!audit.stdout.contains("Asha"), "{audit}");
}

#[test]
fn an_exported_store_applies_without_a_change_and_makes_the_same_store_elsewhere() {
    let hours = "{ mon = [\"09:00-18:00\"] }";
    let file = StoreFile::default()
        .agents([Agent::online(0).max_open(5), Agent::offline(1)])
        .teams([Team::new(31, "Returns", &[0]).hours(hours)]);
    let rota = Rota::prepared(file);
    of_store(&rota, &["stage", "set", "open:New", "open:Doing", "snoozed:Later", "closed:Done"]).succeeded();
    of_store(&rota, &["settings", "set", "--agents-see-all", "true"]).succeeded();
    let export = of_store(&rota, &["export-store"]).succeeded().stdout;
    assert!(!export.contains("5233549"), "no customers: {export}");
    assert_eq!(rota.apply_text(&export, &["--dry-run"]).succeeded().stdout.trim_end(), "no changes");
    let path = rota.file("export.toml", &export);
    rota.cli_on("other.db", &["apply", &path]).succeeded();
    let again = rota.cli_on("other.db", &["export-store", "--store", STORE]).succeeded().stdout;
    assert_eq!(again, export);
}

#[test]
fn endpoints_of_a_file_are_made_without_their_secrets_and_export_as_they_are() {
    let rota = Rota::prepared(StoreFile::default());
    let file = |url: &str| format!("{}\n[[webhooks]]\nurl = \"{url}\"\n", StoreFile::default().render());
    rota.apply_text(&file("https://127.0.0.1/"), &[])
        .failed()
        .tells(&["webhooks.url", "not a public address"]);
    let made = rota.apply_text(&file("https://hooks.example/a"), &[]).succeeded();
    assert!(made.stdout.contains("+ webhook 1 https://hooks.example/a") && !made.all().contains("whsec_"));
    let secret = of_store(&rota, &["webhook", "secret", "1"]).succeeded().stdout;
    assert!(secret.starts_with("whsec_"), "{secret}");
    of_store(&rota, &["webhook", "set", "1", "--type", "ticket.closed", "--active", "false"]).succeeded();
    let export = of_store(&rota, &["export-store"]).succeeded().stdout;
    assert!(export.contains("[[webhooks]]") && !export.contains(secret.trim_end()), "{export}");
    assert_eq!(rota.apply_text(&export, &["--dry-run"]).succeeded().stdout.trim_end(), "no changes");
}

#[test]
fn pruning_tells_what_it_would_archive_and_does_it_only_with_yes() {
    let rota = Rota::prepared(StoreFile::default());
    let export = of_store(&rota, &["export-store"]).succeeded().stdout;
    of_store(&rota, &["label", "add", "vip"]).succeeded();
    assert!(!rota.apply_text(&export, &[]).succeeded().stdout.contains("vip"), "a file governs what it made");
    let told = rota.apply_text(&export, &["--prune"]).failed();
    assert!(told.stdout.contains("- label 9 vip (archived)") && told.all().contains("--yes"), "{told}");
    let listed = || of_store(&rota, &["label", "list"]).succeeded().stdout;
    assert!(listed().contains("active    vip"));
    rota.apply_text(&export, &["--prune", "--yes"]).succeeded();
    assert!(listed().contains("archived  vip"));
    rota.apply_text(&export, &["--prune"]).succeeded();
}
