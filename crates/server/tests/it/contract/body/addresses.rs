//! Mail addresses and phone numbers: their shapes, and which of the store's they must be.

use crate::contract::table::Table;
use crate::harness::bodies::{for_agent, with};
use crate::harness::{Rota, email, whatsapp};

#[test]
fn a_phone_number_is_e164_with_a_plus() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for good in ["+918095495490", "+1234567", "+123456789012345", "+9999999"] {
        table.accepts(&with(whatsapp(), "customerPhoneNumber", good));
    }
    let bad = [
        "",
        "+",
        "+123456",
        "+1234567890123456",
        "918095495490",
        "00918095495490",
        "+0918095495490",
        "++918095495490",
        "+91809549549O",
        "+91/8095495490",
        "+91,8095495490",
        "+91\t8095495490",
        "+91\n8095495490",
        "+91\u{a0}8095495490",
        "+91\u{2011}8095495490",
        "\u{ff0b}918095495490",
        "+٩١٨٠٩٥٤٩٥٤٩٠",
        "+918095495490 ext 5",
        "tel:+918095495490",
    ];
    for number in bad {
        table.refuses(&with(whatsapp(), "customerPhoneNumber", number), &["customerPhoneNumber"]);
        table.refuses(&with(whatsapp(), "brandPhoneNumber", number), &["brandPhoneNumber"]);
    }
}

#[test]
fn spaces_hyphens_dots_and_brackets_in_a_phone_number_are_stripped_and_do_not_count() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for number in
        ["+91 80954 95490", "+91-8095-495490", "+91.8095.495490", "+91 (8095) 495-490", " +918095495490 "]
    {
        table.accepts(&with(whatsapp(), "customerPhoneNumber", number));
        let stored = rota.last_ticket().to_string();
        assert!(stored.contains("\"+918095495490\""), "{number}: {stored}");
    }
    for number in ["+91 78274-86670", "+91 (7827) 48.66.70"] {
        table.accepts(&with(whatsapp(), "brandPhoneNumber", number));
    }
    table.accepts(&with(whatsapp(), "customerPhoneNumber", "+1-2.3 4(5)6-7.8 9(0)1-2.3 4(5)"));
    table.refuses(&with(whatsapp(), "customerPhoneNumber", "+1-2.3 4(5)6"), &["customerPhoneNumber"]);
}

#[test]
fn the_brand_number_is_one_of_the_stores_connected_ones() {
    let rota = Rota::start();
    Table::new(&rota).refuses(&with(whatsapp(), "brandPhoneNumber", "+917827486671"), &["brandPhoneNumber"]);
}

#[test]
fn a_mail_address_has_one_at_a_local_part_a_dotted_domain_and_no_white_space() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for good in ["a@b.c", "Asha.K+x@Shop.Example", "a@b.c.d.e", "ä@ö.de", "o'neil@example.com", "1@2.3"] {
        table.accepts(&with(email(), "customerEmail", good));
    }
    let bad = [
        "",
        "@",
        "a",
        "a.b",
        "@b.c",
        "a@",
        "a@b",
        "a@@b.c",
        "a@b@c.d",
        "a b@c.d",
        "a@b c.d",
        " a@b.c",
        "a@b.c ",
        "a@b.c\t",
        "a\n@b.c",
        "a\u{a0}@b.c",
        "a@b.c\u{2003}",
    ];
    for address in bad {
        table.refuses(&with(email(), "customerEmail", address), &["customerEmail"]);
        table.refuses(&with(email(), "brandEmail", address), &["brandEmail"]);
    }
}

#[test]
fn a_customers_mail_address_has_at_most_254_characters() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let domain = "@example.com";
    for letter in ["a", "ä"] {
        let longest = letter.repeat(254 - domain.len()) + domain;
        table.accepts(&with(email(), "customerEmail", longest.clone()));
        table.refuses(&with(email(), "customerEmail", format!("{letter}{longest}")), &["customerEmail"]);
    }
}

#[test]
fn the_brand_address_is_one_of_the_stores_whatever_its_case() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for address in ["care@shop.example", "CARE@SHOP.EXAMPLE", "Care@Shop.example"] {
        table.accepts(&with(email(), "brandEmail", address));
    }
    table.refuses(&with(email(), "brandEmail", "sales@shop.example"), &["brandEmail"]);
}

#[test]
fn an_agent_is_found_by_mail_address_whatever_its_case() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for mail in ["agent1@shop.example", "AGENT1@SHOP.EXAMPLE", "Agent1@Shop.Example"] {
        assert_eq!(table.accepts(&for_agent(mail)).agent(), Some(101));
    }
    for mail in ["agent9@shop.example", "nobody", "", "agent1"] {
        table.refuses(&for_agent(mail), &["agentMail"]);
    }
}
