//! One Idempotency-Key on several connections at the same moment.

use crate::harness::bodies::with_context;
use crate::harness::{Connection, Rota, at_once, tasks};

const CALLERS: usize = 16;
const ROUNDS: usize = 10;

#[test]
fn many_repeats_in_flight_at_once_make_one_ticket() {
    let rota = Rota::start();
    let address = rota.address();
    for round in 1..=ROUNDS {
        let request = rota.request().header("Idempotency-Key", format!("round-{round}")).json(&tasks());
        let answers = at_once(CALLERS, |_| Connection::open(address).call(&request));
        let firsts = answers.iter().filter(|answer| !answer.is_replay()).count();
        assert_eq!(firsts, 1);
        for answer in &answers {
            assert_eq!(answer.text(), answers[0].text());
            assert_eq!(answer.id(), i64::try_from(round).unwrap());
        }
    }
    assert_eq!(rota.tickets().len(), ROUNDS);
}

#[test]
fn of_different_bodies_in_flight_under_one_key_one_wins_and_the_others_are_told() {
    let rota = Rota::start();
    let address = rota.address();
    for round in 1..=ROUNDS {
        let request = rota.request().header("Idempotency-Key", format!("round-{round}"));
        let answers = at_once(CALLERS, |caller| {
            Connection::open(address).call(&request.clone().json(&with_context(&caller.to_string())))
        });
        let (won, told): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        told.iter().for_each(|answer| answer.is_error(422));
    }
    assert_eq!(rota.tickets().len(), ROUNDS);
}

#[test]
fn when_the_first_in_flight_fails_the_next_one_runs() {
    let rota = Rota::start();
    let address = rota.address();
    for round in 1..=ROUNDS {
        let request = rota.request().header("Idempotency-Key", format!("round-{round}"));
        let answers = at_once(CALLERS, |caller| {
            // Every other caller's customer is unknown: found out only in the transaction.
            let mut body = tasks();
            if caller % 2 == 0 {
                body["bikCustomerId"] = "nobody".into();
            }
            Connection::open(address).call(&request.clone().json(&body))
        });
        let ids: Vec<i64> = answers.iter().skip(1).step_by(2).map(|answer| answer.id()).collect();
        assert!(ids.iter().all(|id| *id == i64::try_from(round).unwrap()), "{ids:?}");
        for failed in answers.iter().step_by(2) {
            match failed.status {
                422 => failed.is_error(422),
                _ => failed.refuses(&["bikCustomerId"]),
            }
        }
    }
    assert_eq!(rota.tickets().len(), ROUNDS);
}
