//! `authPartnerViaKey`.

use crate::harness::{Request, Rota};

const AUTH: &str = "/integrations/bikPlatformFunctions-authPartnerViaKey";

#[test]
fn a_valid_key_gets_the_status_as_a_string() {
    let rota = Rota::start();
    for body in [r#"{"appId":"shop"}"#, "{}", r#"{"appId":5}"#, r#"{"appId":null,"more":[]}"#] {
        let response = rota.send(&rota.request_to(AUTH).body(body));
        assert_eq!(response.status, 200, "{body}: {response}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(response.text(), @r#"{"status":"200"}"#);
        }
    }
}

#[test]
fn any_other_key_is_unauthorized() {
    let rota = Rota::start();
    rota.send(&Request::post(AUTH).body("{}")).is_error(401);
    let response = rota.send(&rota.request_to(AUTH).authorization("bm9ib2R5OnNlY3JldA==").body("{}"));
    response.is_error(401);
    assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"rota\""));
}
