//! The table against the plainest way to search: every reading tried on every ticket.

use super::*;
use crate::search::{Query, tokens};

fn rank(query: &Query, typed: &str, ticket: &ExampleTicket) -> Option<i64> {
    let customer = &ticket.customer;
    let [number, identity, words] = Query::RANKS;
    let all_in = |texts: &[&str]| {
        let tokens: Vec<String> = texts.iter().flat_map(|text| tokens(text)).collect();
        query.words.as_ref().is_some_and(|words| words.are_in(&tokens))
    };
    let name: Vec<_> = customer.first_name.into_iter().chain(customer.last_name).collect();
    let texts = ticket.title.iter().chain(&ticket.context).chain(ticket.notes).chain(ticket.messages);
    if query.number.is_some_and(|number| number.0 == ticket.number) {
        return Some(number);
    }
    let by_phone = query.phone.as_ref().zip(customer.phone).is_some_and(|(phone, own)| phone.is(own));
    let mail = customer.email.map(crate::address::email_key);
    let by_mail = query.mail.as_ref().zip(mail).is_some_and(|(mail, own)| own.starts_with(&**mail));
    let by_partner = customer.partner_customer_id == Some(typed.trim());
    if by_phone || by_mail || by_partner || all_in(&name) {
        return Some(identity);
    }
    all_in(&texts.copied().collect::<Vec<_>>()).then_some(words)
}

#[test]
fn every_search_of_the_table_finds_what_it_says() {
    for (typed, expected) in SEARCHES {
        let query = Query::new(typed).unwrap();
        let ranked = TICKETS.iter().filter_map(|ticket| Some((rank(&query, typed, ticket)?, ticket.number)));
        let mut found: Vec<_> = ranked.collect();
        found.sort_by_key(|(rank, number)| (*rank, -number));
        let numbers: Vec<_> = found.into_iter().map(|(_, number)| number).collect();
        assert_eq!(numbers, *expected, "{typed}");
    }
}

#[test]
fn the_table_holds_searches_that_find_nothing_one_and_several() {
    for count in 0..=3 {
        assert!(SEARCHES.iter().any(|(_, found)| found.len() == count), "{count}");
    }
}
