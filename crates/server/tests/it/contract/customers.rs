//! `customers/createOrUpdate` and `customers/get`.

use crate::harness::bodies::with;
use crate::harness::load::IN_EFFECT;
use crate::harness::{CUSTOMER, Response, Rota, StoreFile, answered, tasks, until};
use serde_json::{Value, json};
use std::collections::HashSet;

const UPSERT: &str = "/integrations/bikPlatformFunctions-customers/createOrUpdate";
const GET: &str = "/integrations/bikPlatformFunctions-customers/get";

fn call(rota: &Rota, path: &str, body: &Value) -> Response {
    rota.send(&rota.request_to(path).json(body))
}

#[track_caller]
fn customer(rota: &Rota, path: &str, body: &Value) -> Value {
    let response = call(rota, path, body);
    assert_eq!(response.status, 200, "{response}");
    let mut answer = response.json();
    assert_eq!((&answer["status"], &answer["success"]), (&json!(200), &json!(true)), "{response}");
    answer["data"]["customer"].take()
}

#[track_caller]
fn id(customer: &Value) -> i64 {
    customer["id"].as_i64().unwrap_or_else(|| panic!("no number: {customer}"))
}

fn is_timestamp(value: &Value) -> bool {
    let shape: Option<String> =
        value.as_str().map(|text| text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect());
    shape.as_deref() == Some("0000-00-00T00:00:00.000Z")
}

#[test]
fn a_phone_number_or_a_mail_address_is_required() {
    let rota = Rota::start();
    for body in [json!({}), json!({ "firstName": "Asha" }), json!({ "partnerCustomerId": "p1" })] {
        call(&rota, UPSERT, &body).is_refused();
    }
    customer(&rota, UPSERT, &json!({ "phoneNumber": "+919090909090" }));
    customer(&rota, UPSERT, &json!({ "email": "test.2@example.com" }));
}

#[test]
fn a_mail_address_has_at_most_254_characters() {
    let rota = Rota::start();
    let mail = format!("{}@shop.example", "x".repeat(241));
    customer(&rota, UPSERT, &json!({ "email": mail }));
    for field in ["email", "secondaryEmail"] {
        let body = with(json!({ "phoneNumber": "+919090909090" }), field, format!("x{mail}"));
        call(&rota, UPSERT, &body).refuses(&[field]);
    }
}

/// The text with each moment in it made the same.
fn timeless(response: &Response) -> String {
    let members = ["createdAt\":\"", "updatedAt\":\""];
    let mut text = response.text().to_owned();
    for member in members {
        let parts: Vec<&str> = text.split(member).collect();
        let later = parts[1..]
            .iter()
            .map(|part| format!("{member}MOMENT{}", &part["0000-00-00T00:00:00.000Z".len()..]));
        text = parts[0].to_owned() + &later.collect::<String>();
    }
    text
}

#[test]
fn a_customer_is_told_as_documented() {
    let rota = Rota::start();
    let body = json!({
        "partnerCustomerId": "abcd-122345",
        "firstName": "Test",
        "lastName": "Last",
        "phoneNumber": "+919090909090",
        "email": "test.2@example.com",
        "tags": ["vip"],
        "addresses": [{ "partnerAddressId": "a1", "address1": "hsr layout", "city": "bangalore",
            "country": "India", "countryCode": "IN", "state": "karnataka", "zip": "560102" }],
    });
    insta::assert_snapshot!(timeless(&call(&rota, UPSERT, &body)), @r#"{"status":200,"success":true,"data":{"customer":{"id":1,"partnerCustomerId":"abcd-122345","firstName":"Test","lastName":"Last","phoneNumber":"+919090909090","email":"test.2@example.com","countryCode":"IND","createdAt":"MOMENT","updatedAt":"MOMENT","addresses":[{"partnerAddressId":"a1","addressId":1,"address1":"hsr layout","city":"bangalore","country":"India","countryCode":"IN","state":"karnataka","zip":"560102","isDefault":false}],"assets":[{"id":1,"createdAt":"MOMENT","assetName":"PHONE_NUMBER","assetValue":"+919090909090","countryCode":"IND"},{"id":2,"createdAt":"MOMENT","assetName":"EMAIL","assetValue":"test.2@example.com","countryCode":null}],"tags":["vip"]}}}"#);
    let whole = json!({ "partnerCustomerId": "abcd-122345", "includeAssets": true, "includeAddress": true,
        "includeTags": true });
    insta::assert_snapshot!(timeless(&call(&rota, GET, &whole)), @r#"{"status":200,"success":true,"data":{"customer":{"id":1,"partnerCustomerId":"abcd-122345","firstName":"Test","lastName":"Last","phoneNumber":"+919090909090","email":"test.2@example.com","countryCode":"IND","createdAt":"MOMENT","updatedAt":"MOMENT","addresses":[{"partnerAddressId":"a1","addressId":1,"address1":"hsr layout","city":"bangalore","country":"India","countryCode":"IN","state":"karnataka","zip":"560102","isDefault":false}],"assets":[{"id":1,"createdAt":"MOMENT","assetName":"PHONE_NUMBER","assetValue":"+919090909090","countryCode":"IND"},{"id":2,"createdAt":"MOMENT","assetName":"EMAIL","assetValue":"test.2@example.com","countryCode":null}],"tags":["vip"]}}}"#);
    let bare = json!({ "bikCustomerId": CUSTOMER });
    insta::assert_snapshot!(timeless(&call(&rota, GET, &bare)), @r#"{"status":200,"success":true,"data":{"customer":{"id":5233549,"partnerCustomerId":null,"firstName":"Asha 0","lastName":null,"phoneNumber":"+918095490000","email":"asha0@example.com","countryCode":"IND","createdAt":"MOMENT","updatedAt":"MOMENT"}}}"#);
    insta::assert_snapshot!(call(&rota, GET, &json!({ "bikCustomerId": "77" })).text(), @r#"{"status":400,"errors":[{"message":"Invalid payload!","field":"bikCustomerId","detail":"is not a customer of this store"}]}"#);
}

#[test]
fn what_breaks_a_rule_is_refused_naming_the_field() {
    let rota = Rota::start();
    for (field, wrong) in [
        ("phoneNumber", json!(919_090_909_090_i64)),
        ("phoneNumber", json!("nonsense")),
        ("email", json!("nonsense")),
        ("email", json!(5)),
        ("firstName", json!(5)),
        ("lastName", json!([])),
        ("partnerCustomerId", json!(5)),
        ("overWriteAssets", json!("true")),
        ("tags", json!("vip")),
        ("addresses", json!({})),
    ] {
        let good = json!({ "phoneNumber": "+919090909090", "email": "test.2@example.com" });
        println!("{field}: {wrong}");
        let problems = call(&rota, UPSERT, &with(good, field, wrong)).problems();
        assert_eq!(problems, [field]);
    }
}

#[test]
fn the_neighbours_need_a_key() {
    let rota = Rota::start();
    for path in [UPSERT, GET] {
        rota.send(&rota.request_to(path).without_header("Authorization").body("{}")).is_error(401);
        rota.send(&rota.request_to(path).body("{")).is_refused();
        rota.send(&rota.request_to(path).body("[]")).is_refused();
    }
}

#[test]
fn a_customer_made_is_a_customer_for_tickets() {
    let rota = Rota::start();
    let made = customer(&rota, UPSERT, &json!({ "phoneNumber": "+919090909090" }));
    let body = with(tasks(), "bikCustomerId", id(&made).to_string());
    assert_eq!(rota.create(&body).json()["data"]["ticket"]["customerId"], id(&made).to_string());
}

#[test]
fn a_customer_is_shown_as_documented() {
    let rota = Rota::start();
    let body = json!({
        "partnerCustomerId": "abcd-122345",
        "firstName": "Test",
        "lastName": "Last",
        "phoneNumber": "+91 90909-09090",
        "email": "test.2@example.com",
        "tags": ["vip"],
        "addresses": [{
            "partnerAddressId": "a1", "address1": "hsr layout", "city": "bangalore", "country": "India",
            "countryCode": "IN", "state": "karnataka", "zip": "560102", "isDefault": false,
        }],
    });
    let made = id(&customer(&rota, UPSERT, &body));
    let everything = json!({
        "partnerCustomerId": "abcd-122345", "includeAssets": true, "includeAddress": true, "includeTags": true,
    });
    let shown = customer(&rota, GET, &everything);
    assert_eq!(shown["id"], made);
    for (member, value) in [
        ("partnerCustomerId", "abcd-122345"),
        ("firstName", "Test"),
        ("lastName", "Last"),
        ("phoneNumber", "+919090909090"),
        ("email", "test.2@example.com"),
        ("countryCode", "IND"),
    ] {
        assert_eq!(shown[member], value, "{member} of {shown}");
    }
    assert!(is_timestamp(&shown["createdAt"]) && is_timestamp(&shown["updatedAt"]), "{shown}");
    assert_eq!(shown["tags"].as_array().map(Vec::len), Some(1), "{shown}");
    let address = &shown["addresses"][0];
    for (member, value) in body["addresses"][0].as_object().unwrap() {
        assert_eq!(&address[member], value, "{member} of {shown}");
    }
    assert!(address["addressId"].is_i64(), "{shown}");
    assets_are_documented(&shown["assets"]);
}

fn assets_are_documented(assets: &Value) {
    for (name, value, country) in
        [("EMAIL", "test.2@example.com", Value::Null), ("PHONE_NUMBER", "+919090909090", json!("IND"))]
    {
        let asset = assets.as_array().unwrap().iter().find(|asset| asset["assetName"] == name);
        let asset = asset.unwrap_or_else(|| panic!("no {name} in {assets}"));
        assert_eq!((&asset["assetValue"], &asset["countryCode"]), (&json!(value), &country), "{assets}");
        assert!(asset["id"].is_i64() && is_timestamp(&asset["createdAt"]), "{assets}");
    }
}

#[test]
fn assets_addresses_and_tags_come_only_when_asked_for() {
    let rota = Rota::start();
    for flags in [json!({}), json!({ "includeAssets": false, "includeAddress": false, "includeTags": false })]
    {
        let shown = customer(&rota, GET, &with(flags, "bikCustomerId", CUSTOMER));
        for member in ["assets", "addresses", "tags"] {
            assert_eq!(shown.get(member), None, "{shown}");
        }
    }
    let asked = customer(&rota, GET, &json!({ "bikCustomerId": CUSTOMER, "includeAssets": true }));
    assert!(asked["assets"].is_array() && asked.get("addresses").is_none(), "{asked}");
}

#[test]
fn a_customer_of_the_store_file_is_found_with_a_number_or_a_string_as_its_id() {
    let rota = Rota::with(StoreFile::default().customers(&[CUSTOMER, "c-17", "007"]));
    let shown = customer(&rota, GET, &json!({ "bikCustomerId": CUSTOMER }));
    assert_eq!(shown["id"], json!(5_233_549));
    assert_eq!(shown["phoneNumber"], "+918095490000");
    assert_eq!(shown["email"], "asha0@example.com");
    assert_eq!(customer(&rota, GET, &json!({ "bikCustomerId": "c-17" }))["id"], json!("c-17"));
}

#[test]
fn get_wants_to_know_whom() {
    let rota = Rota::start();
    call(&rota, GET, &json!({})).is_refused();
    call(&rota, GET, &json!({ "includeAssets": true })).is_refused();
    for body in [json!({ "bikCustomerId": "77" }), json!({ "partnerCustomerId": "nobody" })] {
        let response = call(&rota, GET, &body);
        assert!(matches!(response.status, 400 | 404), "{response}");
        assert_eq!(response.json()["status"], response.status, "{response}");
    }
}

#[test]
fn a_customer_is_matched_by_partner_id_then_phone_then_mail() {
    let rota = Rota::start();
    let a = json!({ "partnerCustomerId": "pa", "phoneNumber": "+919090909001", "email": "a@example.com" });
    let b = json!({ "partnerCustomerId": "pb", "phoneNumber": "+919090909002", "email": "b@example.com" });
    let (a, b) = (id(&customer(&rota, UPSERT, &a)), id(&customer(&rota, UPSERT, &b)));
    assert_ne!(a, b);
    for (body, expected) in [
        (json!({ "partnerCustomerId": "pa", "phoneNumber": "+919090909001" }), a),
        (json!({ "phoneNumber": "+91 90909 09002" }), b),
        (json!({ "email": "A@Example.com" }), a),
        (json!({ "phoneNumber": "+919090909002", "email": "a@example.com" }), b),
    ] {
        assert_eq!(id(&customer(&rota, UPSERT, &body)), expected, "{body}");
    }
}

#[test]
fn an_update_changes_what_it_names_and_keeps_the_rest() {
    let rota = Rota::start();
    let first = json!({ "phoneNumber": "+919090909090", "firstName": "Test", "lastName": "Last" });
    let made = id(&customer(&rota, UPSERT, &first));
    let second = json!({ "phoneNumber": "+919090909090", "firstName": "Asha" });
    let updated = customer(&rota, UPSERT, &second);
    assert_eq!(id(&updated), made);
    let shown = customer(&rota, GET, &json!({ "bikCustomerId": made.to_string() }));
    assert_eq!((&shown["firstName"], &shown["lastName"]), (&json!("Asha"), &json!("Last")));
}

#[test]
fn deprecated_spellings_are_understood() {
    let rota = Rota::start();
    for (emails, phones) in
        [("alternateEmails", "alternatePhoneNumbers"), ("secondaryEmails", "secondaryPhoneNumbers")]
    {
        let body = json!({
            "email": format!("{emails}@example.com"),
            emails: ["x.1@example.com"],
            phones: ["+919090909077"],
        });
        let made = id(&customer(&rota, UPSERT, &body));
        let ask = json!({ "bikCustomerId": made.to_string(), "includeAssets": true });
        let shown = customer(&rota, GET, &ask).to_string();
        assert!(shown.contains("x.1@example.com") && shown.contains("+919090909077"), "{emails}: {shown}");
    }
}

#[test]
fn new_ids_skip_those_that_a_store_file_took() {
    let taken = ["1", "2", "4", "5", "9"];
    let rota = Rota::with(StoreFile::default().customers(&taken));
    let mut seen: HashSet<i64> = taken.iter().map(|id| id.parse().unwrap()).collect();
    let mut make = |number: i64| {
        let body = json!({ "phoneNumber": format!("+9190909090{number:02}") });
        let id = id(&customer(&rota, UPSERT, &body));
        assert!(seen.insert(id), "{id} was taken");
        id
    };
    let last = (0..8).map(&mut make).max().unwrap();
    let ahead = [last + 1, last + 2, last + 4].map(|id| id.to_string());
    let more: Vec<&str> = taken.into_iter().chain(ahead.iter().map(String::as_str)).collect();
    rota.apply(&StoreFile::default().customers(&more)).succeeded();
    for number in 10..16 {
        let id = make(number);
        assert!(!ahead.contains(&id.to_string()), "{id} was taken by the second file");
    }
}

#[test]
fn one_customer_sent_many_times_at_once_is_made_once() {
    let rota = Rota::start();
    let request = rota.request_to(UPSERT).json(&json!({ "phoneNumber": "+919090909090" }));
    let answers = crate::harness::at_once(16, |_| rota.send(&request));
    let ids: HashSet<i64> = answers.iter().map(|answer| id(&answer.json()["data"]["customer"])).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[test]
fn a_customer_that_is_not_written_by_the_deadline_may_still_be() {
    let rota = Rota::with_options(StoreFile::default(), &["--deadline", "1"]);
    let turn = std::fs::File::options().write(true).open(rota.path("rota.db-gate")).unwrap();
    turn.lock().unwrap();
    let response = call(&rota, UPSERT, &json!({ "partnerCustomerId": "p1", "email": "test.2@example.com" }));
    assert_eq!((response.status, response.header("rota-outcome")), (500, Some("unknown")), "{response}");
    answered(|| call(&rota, GET, &json!({ "partnerCustomerId": "p1" }))).is_refused();
    turn.unlock().unwrap();
    until(IN_EFFECT, || {
        (call(&rota, GET, &json!({ "partnerCustomerId": "p1" })).status == 200).then_some(())
    });
}
