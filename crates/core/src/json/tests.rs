use super::*;
use proptest::prelude::*;

fn names(text: &str) -> Result<Vec<String>, Malformed> {
    let mut found = Vec::new();
    members(text, |name, _| found.push(name.lossy().into_owned())).map(|()| found)
}

#[test]
fn only_one_object_is_accepted() {
    assert_eq!(names(r#" {"a":1,"b":[1,{}],"a":null} "#).unwrap(), ["a", "b", "a"]);
    assert_eq!(names("[]"), Err(Malformed::NotAnObject));
    assert_eq!(names(""), Err(Malformed::NotAnObject));
    assert_eq!(names("{}{}"), Err(Malformed::Trailing));
    assert_eq!(names("{} x"), Err(Malformed::Trailing));
    for broken in
        ["{", r#"{"a"}"#, r#"{"a":}"#, r#"{"a":1,}"#, "{a:1}", r#"{"a":01}"#, r#"{"a":1.}"#, r#"{"a":+1}"#]
    {
        assert_eq!(names(broken), Err(Malformed::Syntax), "{broken}");
    }
}

#[test]
fn sixty_four_levels_are_accepted_and_one_more_is_not() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(names(&nested(64)).is_ok());
    assert_eq!(names(&nested(65)), Err(Malformed::TooDeep));
}

#[test]
fn escapes_are_resolved_and_broken_text_is_told_apart() {
    let text = |json: &str| {
        let mut found = None;
        let body = format!("{{\"a\":{json}}}");
        members(&body, |_, value| found = Some(value)).unwrap();
        match found {
            Some(Value::String(text)) => text.unescape().map(Cow::into_owned),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(text(r#""\u0041\n\/\ud83d\ude00""#).unwrap(), "A\n/😀");
    assert_eq!(text(r#""\u0000""#), Err(TextFault::Nul));
    for lone in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx""#, r#""\ud83d\u0041""#, r#""\ude00\ud83d""#] {
        assert_eq!(text(lone), Err(TextFault::LoneSurrogate), "{lone}");
    }
}

fn json_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "0", "-1", "1.5", "2e3", "null", "true",
        "false", " ", "\\", "\\u0041", "\\ud800", "\t", "é", "\u{1}", "1e", "-", ".", "nul",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn valid_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        ".{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_text_is_accepted_exactly_when_it_is_a_json_object(inner in json_like()) {
        for text in [inner.clone(), format!("{{{inner}}}"), format!("{{\"a\":{inner}}}")] {
            let object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
            let valid = object && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(names(&text).is_ok(), valid, "{}", text);
        }
    }

    #[test]
    fn what_a_serializer_wrote_is_read_back(value in valid_json()) {
        let text = serde_json::json!({ "v": value }).to_string();
        let mut found = 0;
        members(&text, |name, read| {
            found += 1;
            assert_eq!(name.lossy(), "v");
            match (&value, read) {
                (serde_json::Value::String(s), Value::String(t)) => assert_eq!(t.lossy(), s.as_str()),
                (serde_json::Value::Number(n), Value::Number(t)) => assert_eq!(t, n.to_string()),
                (serde_json::Value::Array(a), Value::Array(t)) => assert_eq!(elements(t).len(), a.len()),
                (serde_json::Value::Object(_), Value::Object) | (serde_json::Value::Null, Value::Null) => {}
                (serde_json::Value::Bool(_), Value::Bool) => {}
                (expected, read) => panic!("{expected} read as {read:?}"),
            }
        }).unwrap();
        prop_assert_eq!(found, 1);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = names(&String::from_utf8_lossy(&bytes));
    }
}
