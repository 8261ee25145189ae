//! What a cookie is like, and where nothing secret is found.

use super::staff;
use crate::harness::signed_in::{PASSWORD, accept};
use crate::harness::{Request, Rota, STORE, SignedIn};
use std::process::Command;

/// The attributes of the cookie that signing in gives.
fn attributes(options: &[&str]) -> Vec<String> {
    let rota = Rota::with_options(staff(), options);
    let answer = rota.send(&accept(STORE, &rota.invited("agent0@shop.example"), PASSWORD));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split("; ").skip(1).map(str::to_owned).collect()
}

#[test]
fn no_script_reads_the_cookie_and_no_other_site_sends_it() {
    let plain = ["Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Strict"];
    assert_eq!(attributes(&[]), plain);
    assert_eq!(attributes(&["--public-url", "http://127.0.0.1:7070"]), plain);
}

#[test]
fn where_anything_speaks_https_the_cookie_is_for_that_alone() {
    for options in [["--public-url", "https://desk.shop.example"], ["--trusted-proxy", "127.0.0.1"]] {
        assert!(attributes(&options).iter().any(|attribute| attribute == "Secure"), "{options:?}");
    }
}

#[test]
fn signing_out_takes_the_cookie_back() {
    let rota = Rota::with(staff());
    let answer = rota.sign_in("agent0@shop.example").delete("/v1/session");
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert_eq!(cookie, "rota_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
}

#[test]
fn a_cookie_with_another_secret_or_store_is_nobodys() {
    let rota = Rota::with(staff());
    let mine = rota.sign_in("agent0@shop.example");
    let other = rota.sign_in("agent1@shop.example");
    let parts = |of: &SignedIn| of.cookie.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (mut mixed, theirs) = (parts(&mine), parts(&other));
    mixed[2].clone_from(&theirs[2]);
    let cut = mine.cookie[..mine.cookie.len() - 1].to_owned();
    for cookie in [mixed.join("."), cut, "rota_session=".into(), "rota_session=a.b.c".into()] {
        mine.with_cookie(cookie).get("/v1/session").is_problem(401, "unauthorized");
    }
    let among = mine.with_cookie(format!("a=b; {}; c=d", mine.cookie));
    assert_eq!(among.get("/v1/session").status, 200);
}

/// Fails where one of the texts stands in a file of the installation, or in its log.
#[track_caller]
fn nowhere(rota: &Rota, secrets: &[&str]) {
    let folder = rota.path("");
    for secret in secrets {
        let found =
            Command::new("grep").args(["-rlF", "--", secret]).arg(&folder).output().expect("grep runs");
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "{secret}");
    }
}

#[test]
fn no_secret_is_in_the_database_or_in_the_log() {
    const GIVEN: &str = "a password that is nowhere";
    const WRONG: &str = "another that was only tried";
    let rota = Rota::prepared(staff());
    let mut server = crate::harness::process::binary();
    server
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &rota.database()])
        .env("ROTA_LOG", "trace");
    let server = crate::harness::Server::spawn(server, &rota.path("server.log"));
    let send = |request: &Request| crate::harness::Connection::open(server.address()).call(request);
    let link = rota.invited("agent0@shop.example");
    let (_, token) = link.split_once('#').expect("a token");
    let signed_in = SignedIn::by(server.address(), &send(&accept(STORE, &link, GIVEN)));
    assert_eq!(send(&rota.password("agent0@shop.example", GIVEN)).status, 200);
    assert_eq!(send(&rota.password("agent0@shop.example", WRONG)).status, 401);
    assert_eq!(signed_in.get("/v1/sessions").status, 200);
    let secret = signed_in.cookie.rsplit('.').next().expect("a secret");
    assert!(server.log().contains("/v1/session"), "{}", server.log());
    let secrets = [token, token.split_once('.').expect("two parts").1, secret, GIVEN, WRONG];
    nowhere(&rota, &secrets);
    drop(server);
    nowhere(&rota, &secrets);
}
