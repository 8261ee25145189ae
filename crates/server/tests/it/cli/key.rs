//! `key create`, `key list`, `key revoke`.

use crate::harness::load::IN_EFFECT;
use crate::harness::{Rota, STORE, StoreFile, key_and_secret, tasks, until};
use std::collections::HashSet;

#[test]
fn a_new_keys_token_stands_alone_on_stdout() {
    let rota = Rota::prepared(StoreFile::default());
    let output = rota.cli(&["key", "create", "--store", STORE, "--name", "website"]).succeeded();
    assert_eq!(output.stdout.lines().count(), 1, "{output}");
    let (key, secret) = key_and_secret(output.stdout.trim_end());
    assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
    assert!(secret.len() >= 32, "256 random bits: {secret}");
}

#[test]
fn each_key_is_another_one() {
    let rota = Rota::prepared(StoreFile::default());
    let tokens: Vec<_> = (0..5).map(|_| key_and_secret(&rota.key(&[]))).collect();
    assert_eq!(tokens.iter().map(|(key, _)| key).collect::<HashSet<_>>().len(), 5);
    assert_eq!(tokens.iter().map(|(_, secret)| secret).collect::<HashSet<_>>().len(), 5);
}

#[test]
fn the_list_shows_keys_and_names_and_never_a_secret() {
    let rota = Rota::prepared(StoreFile::default());
    let (key, secret) = key_and_secret(&rota.key(&["--name", "website"]));
    let list = rota.cli(&["key", "list"]).succeeded();
    assert!(list.stdout.contains(&key) && list.stdout.contains("website"), "{list}");
    assert!(!list.all().contains(&secret), "{list}");
    let database = std::fs::read(rota.path("rota.db")).unwrap();
    assert!(
        !database.windows(secret.len()).any(|window| window == secret.as_bytes()),
        "stored as a hash only"
    );
}

#[test]
fn the_list_shows_the_last_use() {
    let mut rota = Rota::start();
    let key = key_and_secret(rota.token()).0;
    let line = |rota: &Rota| {
        let list = rota.cli(&["key", "list"]).succeeded().stdout;
        list.lines().find(|line| line.contains(&key)).expect("the key is listed").to_owned()
    };
    let before = line(&rota);
    assert_eq!(rota.create(&tasks()).status, 200);
    // How soon a use is written down is open; a server that has ended in good order has done so.
    assert!(rota.terminate().success());
    assert_ne!(line(&rota), before);
}

#[test]
fn several_keys_live_side_by_side_so_that_they_can_be_rotated() {
    let rota = Rota::start();
    let (old, new) = (rota.token().to_owned(), rota.key(&[]));
    for token in [&old, &new] {
        assert_eq!(rota.send(&rota.request().authorization(token).json(&tasks())).status, 200);
    }
    rota.cli(&["key", "revoke", &key_and_secret(&old).0]).succeeded();
    until(IN_EFFECT, || (rota.create(&tasks()).status == 401).then_some(()));
    assert_eq!(rota.send(&rota.request().authorization(&new).json(&tasks())).status, 200);
}

#[test]
fn what_cannot_be_done_is_told() {
    let rota = Rota::prepared(StoreFile::default());
    rota.cli(&["key", "create", "--store", "nowhere"]).failed().tells(&["nowhere"]);
    rota.cli(&["key", "list", "--store", "nowhere"]).failed().tells(&["nowhere"]);
    rota.cli(&["key", "create"]).failed().tells(&["--store"]);
    rota.cli(&["key", "revoke", "nokey"]).failed().tells(&["nokey"]);
    for (option, value) in
        [("--expires", "soon"), ("--rate", "fast"), ("--rate", "0"), ("--scope", "everything")]
    {
        println!("{option} {value}");
        rota.cli(&["key", "create", "--store", STORE, option, value]).failed().tells(&[option]);
    }
}
