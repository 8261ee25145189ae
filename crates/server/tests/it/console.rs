//! The console as it is served: a page for all of its addresses, its files, and a program without it.

use crate::harness::in_process::InProcess;
use crate::harness::{Connection, Request, Response, Rota, StoreFile};
use rota::http::console::Files;
use rota::store::sqlite::Place;
use rust_embed::Embed;
use std::collections::HashSet;

/// A console for these tests.
#[derive(Embed)]
#[folder = "tests/it/console/built"]
struct Small;

const PAGES: [&str; 6] = [
    "/s/p60HYv5wjgQaOrPdqT5NjbpkroD2",
    "/s/a%2Fb/invitation",
    "/inbox",
    "/inbox/mine",
    "/t/17",
    "/s/nobody's",
];
const SCRIPT: &str = "/assets/index-B1x2Y3z4.js";

/// A server with that console, and the folder that its database lies in.
fn serving(console: Files) -> (InProcess, Rota) {
    let rota = Rota::prepared(StoreFile::default());
    (InProcess::with_console(&Place::file(rota.path("rota.db")), console), rota)
}

fn get(server: &InProcess, path: &str) -> Response {
    send(server, &Request::get(path))
}

fn send(server: &InProcess, request: &Request) -> Response {
    Connection::open(server.address()).call(request)
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.header(name).unwrap_or_else(|| panic!("no {name}: {response}"))
}

fn nonce(page: &Response) -> &str {
    let policy = header(page, "content-security-policy");
    policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).expect("a nonce in the policy").0
}

#[test]
fn every_address_of_the_console_answers_its_page_which_nobody_keeps() {
    let (server, _dir) = serving(Small::get);
    for path in PAGES {
        let page = get(&server, path);
        assert_eq!((page.status, header(&page, "content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert_eq!(header(&page, "cache-control"), "no-store", "{path}");
        assert!(page.text().contains(SCRIPT), "{page}");
    }
    for path in ["/s", "/s/a/b", "/inbox/a/b", "/t", "/t/1/2", "/assets", "/index.html"] {
        get(&server, path).is_error(404);
    }
}

#[test]
fn a_page_may_load_nothing_from_elsewhere_and_each_answer_has_a_nonce_of_its_own() {
    let (server, _dir) = serving(Small::get);
    let mut seen = HashSet::new();
    for path in PAGES {
        let page = get(&server, path);
        let nonce = nonce(&page);
        assert_eq!(page.text().matches(&format!("nonce=\"{nonce}\"")).count(), 2, "{page}");
        assert!(nonce.len() == 24 && seen.insert(nonce.to_owned()), "{nonce}");
        let policy = header(&page, "content-security-policy").replace(nonce, "N");
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        );
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
    }
}

#[test]
fn the_consoles_files_are_kept_for_good_and_have_their_types() {
    let (server, _dir) = serving(Small::get);
    for (name, kind) in [
        ("index-B1x2Y3z4.js", "text/javascript"),
        ("index-C5a6B7c8.css", "text/css"),
        ("inter-D9e0F1g2.woff2", "font/woff2"),
    ] {
        let file = get(&server, &format!("/assets/{name}"));
        assert_eq!((file.status, header(&file, "content-type")), (200, kind), "{file}");
        assert_eq!(header(&file, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&file, "x-content-type-options"), "nosniff");
        assert_eq!(file.body, Small::get(&format!("assets/{name}")).unwrap().data.into_owned(), "{name}");
        let again = Request::get(&format!("/assets/{name}")).header("If-None-Match", header(&file, "etag"));
        assert_eq!(send(&server, &again).status, 304);
    }
    for path in ["/assets/nothing.js", "/assets/", "/assets/../index.html", "/assets/%2e%2e%2findex.html"] {
        get(&server, path).is_error(404);
    }
    get(&server, &format!("{SCRIPT}.br")).is_error(404);
}

#[test]
fn a_file_is_sent_in_the_smallest_form_that_the_client_takes() {
    let (server, _dir) = serving(Small::get);
    let mut tags = HashSet::new();
    for (accepted, encoding, end) in [
        ("gzip, deflate, br, zstd", Some("br"), ".br"),
        ("gzip;q=0.5", Some("gzip"), ".gz"),
        ("br;q=0, gzip", Some("gzip"), ".gz"),
        ("identity", None, ""),
    ] {
        let file = send(&server, &Request::get(SCRIPT).header("Accept-Encoding", accepted));
        assert_eq!(file.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(header(&file, "content-type"), "text/javascript", "{accepted}");
        assert_eq!(header(&file, "vary"), "accept-encoding", "{accepted}");
        assert_eq!(
            file.body,
            Small::get(&format!("{}{end}", &SCRIPT[1..])).unwrap().data.into_owned(),
            "{accepted}"
        );
        tags.insert(header(&file, "etag").to_owned());
    }
    assert_eq!(tags.len(), 3, "{tags:?}");
    let font = Request::get("/assets/inter-D9e0F1g2.woff2").header("Accept-Encoding", "br");
    assert_eq!(send(&server, &font).header("content-encoding"), None);
}

#[test]
fn pages_and_files_are_read_and_not_written() {
    let (server, _dir) = serving(Small::get);
    for path in ["/", PAGES[0], "/inbox", SCRIPT] {
        let refused = send(&server, &Request::post(path).body("{}"));
        refused.is_error(405);
        assert_eq!(refused.header("allow"), Some("GET,HEAD"), "{path}");
        let mut connection = Connection::open(server.address());
        connection.send(&Request::new("HEAD", path).header("Connection", "close").bytes());
        let head = String::from_utf8(connection.remainder()).unwrap();
        assert!(head.ends_with("\r\n\r\n") && !head.starts_with("HTTP/1.1 4"), "{path}: {head}");
    }
}

#[test]
fn a_program_without_the_console_says_how_it_is_built() {
    let (server, _dir) = serving(|_| None);
    for path in PAGES {
        let page = get(&server, path);
        assert_eq!((page.status, header(&page, "content-type")), (503, "text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains("cargo xtask console"), "{page}");
        assert!(header(&page, "content-security-policy").starts_with("default-src 'none';"), "{page}");
    }
    get(&server, SCRIPT).is_error(404);
}

#[test]
fn the_front_leads_to_the_only_store_and_says_what_to_do_where_there_are_several() {
    let rota = Rota::start();
    let front = rota.send(&Request::get("/"));
    assert_eq!(
        (front.status, header(&front, "location")),
        (307, "/s/p60HYv5wjgQaOrPdqT5NjbpkroD2"),
        "{front}"
    );
    assert_eq!(header(&front, "cache-control"), "no-store");
    rota.apply(&StoreFile::default().store("a/second one").agents([]).teams([])).succeeded();
    let front = rota.send(&Request::get("/"));
    assert_eq!((front.status, front.header("location")), (200, None), "{front}");
    assert!(front.text().contains("Use the address of your store"), "{front}");
}
