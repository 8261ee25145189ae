//! What a search finds, as one table. Every database answers it alike, and the tests of each run through it.

/// A ticket with everything that is searched.
#[derive(Debug, Clone, Copy)]
pub struct ExampleTicket {
    pub number: i64,
    pub customer: ExampleCustomer,
    pub title: Option<&'static str>,
    pub context: Option<&'static str>,
    pub notes: &'static [&'static str],
    pub messages: &'static [&'static str],
}

#[derive(Debug, Clone, Copy)]
pub struct ExampleCustomer {
    pub first_name: Option<&'static str>,
    pub last_name: Option<&'static str>,
    /// In E.164.
    pub phone: Option<&'static str>,
    pub email: Option<&'static str>,
    pub partner_customer_id: Option<&'static str>,
}

const ASHA: ExampleCustomer = ExampleCustomer {
    first_name: Some("Asha"),
    last_name: Some("Kulkarni"),
    phone: Some("+919876543210"),
    email: Some("Asha.K@shop.example"),
    partner_customer_id: Some("abcd-122345"),
};
const RAVI: ExampleCustomer = ExampleCustomer {
    first_name: Some("रवि"),
    last_name: Some("शर्मा"),
    phone: Some("+911140543210"),
    email: None,
    partner_customer_id: Some("ABCD-122345"),
};
const NAMELESS: ExampleCustomer = ExampleCustomer {
    first_name: None,
    last_name: None,
    phone: None,
    email: Some("ashok@post.example"),
    partner_customer_id: None,
};

const fn blank(number: i64, customer: ExampleCustomer) -> ExampleTicket {
    ExampleTicket { number, customer, title: None, context: None, notes: &[], messages: &[] }
}

/// All of one store, numbered as they were created.
pub const TICKETS: &[ExampleTicket] = &[
    ExampleTicket {
        title: Some("Refund for order 4417"),
        context: Some("Paid twice by card; the CAFÉ mug came broken."),
        notes: &["Asked the warehouse about the courier."],
        messages: &["Where is my refund?"],
        ..blank(1, ASHA)
    },
    ExampleTicket {
        title: Some("मेरा ऑर्डर नहीं आया"),
        messages: &["कृपया जल्दी भेजिए। पैसे वापस कर दीजिए", "ऑर्डर ४४१७"],
        ..blank(2, RAVI)
    },
    ExampleTicket {
        context: Some("Broken mug, wants a new one. क़लम भी टूटी है"),
        messages: &["The refunds page shows an error"],
        ..blank(3, NAMELESS)
    },
    ExampleTicket {
        notes: &["रक्षा की दुकान: see ticket 2"], messages: &["किताब"], ..blank(4, RAVI)
    },
    ExampleTicket { context: Some("Asha said she would call again"), ..blank(5, NAMELESS) },
];

/// What is typed, and the numbers that are found, in the order in which they are shown.
pub const SEARCHES: &[(&str, &[i64])] = &[
    // Numbers: the ticket itself, then those that have the number as a word.
    ("2", &[2, 4]),
    ("#2", &[2, 4]),
    ("२", &[2, 4]),
    ("9", &[]),
    ("4417", &[2, 1]),
    // Phone numbers, whole and from the last six digits on.
    ("+91 98765 43210", &[1]),
    ("(+91) 98765-43210", &[1]),
    ("098765.43210", &[1]),
    ("0091 11 4054 3210", &[4, 2]),
    ("543210", &[4, 2, 1]),
    ("५४३ २१०", &[4, 2, 1]),
    ("43210", &[]),
    // Mail addresses and how they begin, in any case; also names and words that begin so.
    ("asha.k@shop.example", &[1]),
    ("ASHA.K@", &[1]),
    ("ashok", &[5, 3]),
    ("asha", &[1, 5]),
    ("sha", &[]),
    // Names: all the words, the last one unfinished; then the words elsewhere.
    ("kulk", &[1]),
    ("Kulkarni Asha", &[1]),
    ("asha s", &[5]),
    ("रवि शर्", &[4, 2]),
    ("रव", &[4, 2]),
    // The partner's id, to the letter.
    ("abcd-122345", &[1]),
    ("ABCD-122345", &[4, 2]),
    ("abcd-1223", &[]),
    // Words, all of them in one ticket, wherever they stand in it.
    ("refund", &[3, 1]),
    ("refund order", &[1]),
    ("refund page", &[]),
    ("refunds page", &[3]),
    ("broken mug", &[3, 1]),
    ("MUG, broken!", &[3, 1]),
    ("courier refund", &[1]),
    ("café", &[1]),
    ("cafe\u{301}", &[1]),
    ("cafe", &[]),
    ("efund", &[]),
    // Hindi: vowel signs make the word, joiners and ways of writing a nukta do not.
    ("ऑर्डर", &[2]),
    ("ऑर्डर मेरा", &[2]),
    ("ऑर", &[2]),
    ("ऑर्डर न", &[2]),
    ("पैसे वापस", &[2]),
    ("दीजिए।", &[2]),
    ("कि", &[4]),
    ("की", &[4]),
    ("की टूटी", &[]),
    ("क\u{93c}लम", &[3]),
    ("क़लम", &[3]),
    ("कलम", &[]),
    ("रक्\u{200d}षा", &[4]),
    ("order ४४१७", &[1]),
    // Nothing in it that could be found.
    ("?!", &[]),
    ("😀", &[]),
];

#[cfg(test)]
mod tests;
