//! What PostgreSQL's error codes mean to intake, in either batch scope: triggers of the tests' own raise them.

use super::failures::RESUMED;
use super::installed;
use crate::harness::{Connection, Response, Rota, Server, tasks, until};

/// The codes to be raised, by a count that goes on where a transaction is rolled back.
const PLAYED: &str = "
    CREATE SEQUENCE tries;
    CREATE SEQUENCE backend;
    CREATE TABLE raised (at BIGINT, code TEXT);
    CREATE FUNCTION play() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE now BIGINT := nextval('tries');
        DECLARE raise TEXT := (SELECT code FROM raised WHERE at = now);
        BEGIN
            PERFORM setval('backend', pg_backend_pid());
            IF raise IS NOT NULL THEN RAISE 'a play' USING ERRCODE = raise; END IF;
            RETURN NULL;
        END $$;";
const AT_INSERT: &str =
    "CREATE TRIGGER play AFTER INSERT ON tickets FOR EACH STATEMENT EXECUTE FUNCTION play()";
const AT_COMMIT: &str = "CREATE CONSTRAINT TRIGGER play AFTER INSERT ON tickets DEFERRABLE INITIALLY DEFERRED
                         FOR EACH ROW EXECUTE FUNCTION play()";

/// An installation whose database raises what it is told to, and a node of each batch scope.
struct Played {
    rota: Rota,
    nodes: [Server; 2],
}

impl Played {
    fn start(when: &str) -> Self {
        let rota = installed();
        rota.postgres().sql(&format!("{PLAYED} {when}"));
        let nodes = ["batch", "store"].map(|scope| rota.node(&["--batch-scope", scope]));
        Self { rota, nodes }
    }

    /// Has the next transactions fail with these codes.
    fn raise(&self, codes: &[&str]) {
        self.rota.postgres().sql("TRUNCATE raised; SELECT setval('tries', 1)");
        for (place, code) in codes.iter().enumerate() {
            self.rota.postgres().sql(&format!("INSERT INTO raised VALUES ({}, '{code}')", place + 2));
        }
    }

    /// How many transactions there were since.
    fn tries(&self) -> String {
        self.rota.postgres().sql("SELECT last_value - 1 FROM tries")
    }

    fn call(&self, node: &Server) -> Response {
        let create = self.rota.request().json(&tasks());
        Connection::open(node.address()).call(&create)
    }

    /// How many outcomes were looked up because of this code: on a busy machine it is not the only reason.
    fn looked_up(&self, code: &str) -> usize {
        let is_meant = |line: &&str| line.contains("looking its outcome up") && line.contains(code);
        self.nodes[0].log().lines().filter(is_meant).count()
    }
}

#[test]
fn a_batch_that_fails_to_serialize_and_then_is_a_deadlocks_victim_runs_again() {
    let played = Played::start(AT_INSERT);
    for (node, id) in played.nodes.iter().zip(1..) {
        played.raise(&["40001", "40P01"]);
        let response = played.call(node);
        assert_eq!((response.status, response.id()), (200, id), "{response}");
        assert_eq!(played.tries(), "3");
    }
    assert_eq!(played.rota.tickets().len(), 2);
}

#[test]
fn a_commit_that_fails_to_serialize_runs_again() {
    let played = Played::start(AT_COMMIT);
    for (node, id) in played.nodes.iter().zip(1..) {
        played.raise(&["40001", "40P01"]);
        let response = played.call(node);
        assert_eq!((response.status, response.id()), (200, id), "{response}");
        assert_eq!(played.tries(), "3");
    }
    assert_eq!((played.rota.tickets().len(), played.looked_up("SQLSTATE")), (2, 0));
}

#[test]
fn a_commit_whose_answer_is_that_its_outcome_is_unknown_is_looked_up() {
    let played = Played::start(AT_COMMIT);
    let mut next = 1;
    for code in ["40003", "08007"] {
        for (node, looked_up) in played.nodes.iter().zip(1..) {
            played.raise(&[code]);
            played.call(node).is_error(503);
            assert_eq!(played.looked_up(code), looked_up, "{code}");
            assert_eq!(played.call(node).id(), next, "{code}: nothing was written");
            next += 1;
        }
    }
}

#[test]
fn a_server_that_takes_no_more_work_is_told_as_away_and_the_next_call_connects_anew() {
    let played = Played::start(AT_COMMIT);
    let mut next = 1;
    for code in ["25006", "57P01", "57P02", "57P03", "53300"] {
        for node in &played.nodes {
            played.raise(&[code]);
            played.call(node).is_error(503);
            let left = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
                played.rota.postgres().sql("SELECT last_value FROM backend")
            );
            assert_eq!(played.call(node).id(), next, "{code}: nothing was written");
            until(RESUMED, || (played.rota.postgres().sql(&left) == "0").then_some(()));
            assert_eq!(played.looked_up(code), 0, "{code}");
            next += 1;
        }
    }
}
