//! Agents who are signed in, as a browser holds them.

use super::{Connection, Request, Response, Rota};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What every agent of the tests has as password.
pub const PASSWORD: &str = "a password of the tests";

/// An agent's browser.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub address: SocketAddr,
    /// As it goes back to the server: name and value.
    pub cookie: String,
    /// What the server said to the sign-in.
    pub answer: Value,
}

impl Rota {
    /// Invites the agent of the first store, sets [`PASSWORD`] and so signs the agent in; whoever was signed in as this agent
    /// before is not any more.
    #[track_caller]
    pub fn sign_in(&self, email: &str) -> SignedIn {
        let link = self.invited(email);
        let answer = self.send(&accept(&self.store, &link, PASSWORD));
        SignedIn::by(self.address(), &answer)
    }

    /// The link that `rota agent invite` prints.
    #[track_caller]
    pub fn invited(&self, email: &str) -> String {
        let output = self.cli(&["agent", "invite", "--store", &self.store, email]).succeeded();
        output.stdout.trim_end().to_owned()
    }

    /// Signs in with this password, from a browser or from none.
    pub fn password(&self, email: &str, password: &str) -> Request {
        let body = json!({ "storeId": self.store, "email": email, "password": password });
        Request::post("/v1/session").header("Content-Type", "application/json").json(&body)
    }
}

/// Uses an invitation's link up.
#[track_caller]
pub fn accept(store: &str, link: &str, password: &str) -> Request {
    let (_, token) = link.split_once('#').unwrap_or_else(|| panic!("no token in {link}"));
    let body = json!({ "storeId": store, "token": token, "password": password });
    Request::post("/v1/session/invitation").header("Content-Type", "application/json").json(&body)
}

impl SignedIn {
    /// By the answer to a sign-in.
    #[track_caller]
    pub fn by(address: SocketAddr, answer: &Response) -> Self {
        assert_eq!(answer.status, 200, "{answer}");
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.unwrap_or_else(|| panic!("no cookie in {answer}")).to_owned();
        Self { address, cookie, answer: answer.json() }
    }

    /// A request of a page of the server's own.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, path).header("Cookie", &self.cookie);
        request.header("Sec-Fetch-Site", "same-origin").header("Content-Type", "application/json")
    }

    /// The same browser at another server of the same installation.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same browser with another cookie.
    pub fn with_cookie(&self, cookie: impl Into<String>) -> Self {
        Self { cookie: cookie.into(), ..self.clone() }
    }

    /// Sends on a connection of its own.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Response {
        Connection::open(self.address).call(request)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.send(&self.request("GET", path))
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.send(&self.request("POST", path).json(body))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.send(&self.request("DELETE", path))
    }
}
