//! People and settings over HTTP: who may, who sees and may not, who does not see; ETags; repeated additions.

mod access;
mod agents;
mod customers;
mod directory;
mod etags;
mod resources;

use super::harness::Desk;
use crate::harness::{Agent, Request, Response, Rota, SignedIn, StoreFile, Team};
use serde_json::Value;

/// Agents 0 (agent) and 1 (team manager) are in team 31, 2 (agent) is in none, 3 is an admin.
pub struct Staff {
    pub rota: Rota,
    pub agent: SignedIn,
    pub manager: SignedIn,
    pub outsider: SignedIn,
    pub admin: SignedIn,
}

impl Staff {
    pub fn start() -> Self {
        Self::with(StoreFile::default())
    }

    /// With this store's other settings.
    pub fn with(file: StoreFile) -> Self {
        Self::on(Rota::with(Self::file(file)))
    }

    pub fn file(file: StoreFile) -> StoreFile {
        let roles = ["agent", "team_manager", "agent", "admin"];
        let agents = (0..).zip(roles).map(|(number, role)| Agent::online(number).role(role));
        let teams = [Team::new(31, "Returns", &[0, 1]), Team::new(32, "Else", &[2])];
        file.agents(agents).teams(teams)
    }

    /// On an installation of such a file, served.
    pub fn on(rota: Rota) -> Self {
        let sign_in = |agent: i64| rota.sign_in(&format!("agent{agent}@shop.example"));
        let [agent, manager, outsider, admin] = [0, 1, 2, 3].map(sign_in);
        Self { rota, agent, manager, outsider, admin }
    }

    /// As the admin sees it.
    #[track_caller]
    pub fn shown(&self, path: &str) -> Value {
        let answer = self.admin.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer}");
        answer.json()
    }

    /// A change by the admin, under the ETag of what there is; it has to succeed.
    #[track_caller]
    pub fn changed(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = conditional(&self.admin, method, path, body);
        assert_eq!(answer.status, 200, "{method} {path} {body}: {answer}");
        answer.json()
    }

    /// An addition by the admin, which has to succeed.
    #[track_caller]
    pub fn added(&self, path: &str, body: &Value) -> Value {
        let answer = self.admin.post(path, body);
        assert_eq!(answer.status, 201, "{path} {body}: {answer}");
        answer.json()
    }
}

/// A change under the ETag that the caller sees; without one where it sees nothing.
#[track_caller]
pub fn conditional(who: &SignedIn, method: &str, path: &str, body: &Value) -> Response {
    let seen = who.get(path.split('?').next().unwrap_or(path));
    let request = who.request(method, path).json(body);
    who.send(&match seen.header("etag") {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
}

/// A call by a key of scope `desk`.
pub fn by_key(desk: &Desk, method: &str, path: &str, body: &Value) -> Request {
    desk.request(method, path).json(body)
}
