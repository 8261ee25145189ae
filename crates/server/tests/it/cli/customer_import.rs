//! `customer import`, from CSV and JSON lines.

use crate::harness::bodies::with;
use crate::harness::load::IN_EFFECT;
use crate::harness::process::Output;
use crate::harness::{Rota, STORE, StoreFile, tasks, until};
use serde_json::{Value, json};

fn import(rota: &Rota, name: &str, content: &str) -> Output {
    let path = rota.file(name, content);
    rota.cli(&["customer", "import", "--store", STORE, &path])
}

fn is_known(rota: &Rota, id: &str) -> bool {
    rota.dry_run(&with(tasks(), "bikCustomerId", id)).status == 200
}

#[test]
fn customers_come_from_csv() {
    let rota = Rota::start();
    let content = "id,firstName,phone,email\n\
        71,Asha,+919090909071,asha71@example.com\n\
        72,\"Rao, Ravi\",,ravi@example.com\n\
        c-73,\"नाम\",+91 90909-09073,\n";
    import(&rota, "customers.csv", content).succeeded().tells_number(3);
    until(IN_EFFECT, || is_known(&rota, "c-73").then_some(()));
    assert!(is_known(&rota, "71") && is_known(&rota, "72"));
}

#[test]
fn customers_come_from_json_lines() {
    let rota = Rota::start();
    let content = "{\"id\":\"71\",\"firstName\":\"Asha\",\"phone\":\"+919090909071\",\"email\":\"asha71@example.com\"}\n\
        {\"id\":\"72\",\"firstName\":\"Ravi\"}\n";
    import(&rota, "customers.jsonl", content).succeeded().tells_number(2);
    until(IN_EFFECT, || is_known(&rota, "72").then_some(()));
    assert!(is_known(&rota, "71"));
}

/// The country that callers are told of a customer.
fn country(rota: &Rota, id: &str) -> Value {
    let get = rota.request_to("/integrations/bikPlatformFunctions-customers/get");
    rota.send(&get.json(&json!({ "bikCustomerId": id }))).json()["data"]["customer"]["countryCode"].take()
}

#[test]
fn a_customers_country_is_that_of_the_phone_number_unless_the_line_names_one() {
    let rota = Rota::start();
    let csv = "id,phone,email,countryCode\n\
        71,+919090909071,,\n\
        72,+919090909072,,NPL\n\
        73,,c73@example.com,\n";
    import(&rota, "customers.csv", csv).succeeded();
    assert_eq!(["71", "72", "73"].map(|id| country(&rota, id)), [json!("IND"), json!("NPL"), json!(null)]);
    let csv = "id,phone,email,countryCode\n\
        71,+14155552671,,\n\
        72,,c72@example.com,\n\
        73,,,USA\n";
    import(&rota, "customers.csv", csv).succeeded();
    assert_eq!(["71", "72", "73"].map(|id| country(&rota, id)), [json!("USA"), json!("NPL"), json!("USA")]);
}

#[test]
fn a_refused_line_is_reported_with_its_number_and_the_others_are_taken() {
    let csv = "id,firstName,phone,email\n\
        71,Asha,+919090909071,\n\
        72,Ravi,nonsense,\n\
        73,Mina,,nonsense\n\
        74,Zoya,+919090909074,\n";
    let jsonl = "{\"id\":\"71\",\"firstName\":\"Asha\"}\n\
        {\"id\":\"70\",\"firstName\":\"Zero\"}\n\
        {\"id\":\"72\",\"firstName\":\"Ravi\",\"phone\":\"nonsense\"}\n\
        not json\n\
        {\"id\":\"74\",\"firstName\":\"Zoya\"}\n";
    for (name, content) in [("customers.csv", csv), ("customers.jsonl", jsonl)] {
        let rota = Rota::start();
        // Both files have their bad lines in the third and fourth place.
        import(&rota, name, content).tells(&["phone"]).tells_number(3).tells_number(4);
        until(IN_EFFECT, || is_known(&rota, "74").then_some(()));
        assert!(is_known(&rota, "71"));
        assert!(!is_known(&rota, "72") && !is_known(&rota, "73"));
    }
}

#[test]
fn a_refusal_names_its_line_once_and_says_what_is_wrong_there() {
    let rota = Rota::prepared(StoreFile::default());
    let csv = "id,firstName,phone\n71,Asha\n72,\"two\nlines\",\n73,Mina,nonsense\n";
    let told = import(&rota, "customers.csv", csv).failed();
    assert_eq!(told.stderr, "line 2: has 2 fields, the header has 3\nline 5: phone must be in E.164 form\n");
    assert_eq!(told.stdout, "imported 1 customer, refused 2 lines\n");
    let jsonl = "{\"id\":\"81\"}\n{\"id\":82}\n[\"83\"]\n{\"id\":\"84\"\nnot json\n";
    let told = import(&rota, "customers.jsonl", jsonl).failed();
    let lines = [
        "line 2: column 8: invalid type: integer `82`, expected a string",
        "line 3: must be a JSON object",
        "line 4: column 10: EOF while parsing an object",
        "line 5: must be a JSON object",
    ];
    assert_eq!(told.stderr.lines().collect::<Vec<_>>(), lines);
    assert_eq!(told.stdout, "imported 1 customer, refused 4 lines\n");
}

#[test]
fn a_text_that_a_caller_could_not_send_is_refused() {
    let rota = Rota::prepared(StoreFile::default());
    let (long, mail) = ("x".repeat(501), format!("{}@shop.example", "x".repeat(242)));
    let jsonl = [
        json!({ "id": "1", "firstName": long }),
        json!({ "id": "2", "lastName": "a\0" }),
        json!({ "partnerCustomerId": long }),
        json!({ "id": "4", "email": mail }),
        json!({ "id": "5", "firstName": long[1..], "email": mail[1..] }),
    ];
    let told = import(&rota, "customers.jsonl", &jsonl.map(|line| format!("{line}\n")).concat()).failed();
    assert_eq!(told.stdout, "imported 1 customer, refused 4 lines\n", "{told}");
}

#[test]
fn a_byte_order_mark_and_an_ending_in_capitals_are_taken() {
    let rota = Rota::prepared(StoreFile::default());
    import(&rota, "customers.CSV", "\u{feff}id,name\n71,Asha\n").succeeded().tells(&["imported 1 customer,"]);
    import(&rota, "customers.JSONL", "\u{feff}{\"id\":\"72\"}\n")
        .succeeded()
        .tells(&["imported 1 customer,"]);
}

#[test]
fn importing_again_makes_no_second_customer() {
    let rota = Rota::prepared(StoreFile::default());
    let content = "id,firstName,phone,email\n71,Asha,+919090909071,asha71@example.com\n";
    for _ in 0..2 {
        import(&rota, "customers.csv", content).succeeded();
    }
    rota.cli(&["check"]).succeeded();
}

#[test]
fn an_import_of_many_goes_on_beside_intake() {
    let rota = Rota::start();
    let rows: String = (1_000..21_000).map(|id| format!("{id},Customer {id},,c{id}@example.com\n")).collect();
    let path = rota.file("many.csv", format!("id,firstName,phone,email\n{rows}"));
    std::thread::scope(|scope| {
        let import = scope.spawn(|| rota.cli(&["customer", "import", "--store", STORE, &path]));
        let mut connection = rota.connect();
        while !import.is_finished() {
            assert_eq!(connection.call(&rota.request().json(&tasks())).status, 200);
        }
        import.join().expect("the import ends").succeeded();
    });
    until(IN_EFFECT, || is_known(&rota, "20999").then_some(()));
    rota.cli(&["check"]).succeeded();
}

#[test]
fn what_cannot_be_imported_is_told() {
    let rota = Rota::prepared(StoreFile::default());
    rota.cli(&["customer", "import", "--store", STORE, "none.csv"]).failed().tells(&["none.csv"]);
    let path = rota.file("customers.csv", "id,firstName,phone,email\n");
    rota.cli(&["customer", "import", "--store", "nowhere", &path]).failed().tells(&["nowhere"]);
    for (header, column) in
        [("id,phone,id", "id"), ("name,id,firstName", "firstName"), ("id;name", "id;name")]
    {
        import(&rota, "customers.csv", header).failed().tells(&["line 1", &format!("{column:?}")]);
    }
    import(&rota, "customers.xlsx", "PK").failed().tells(&["csv", "jsonl"]);
}
