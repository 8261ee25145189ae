//! What the demo shop's customers could want: customers, tickets and messages as calls would bring them.

use serde_json::{Value, json};

/// First name, last name, phone number and mail address.
const CUSTOMERS: [(&str, &str, &str, &str); 12] = [
    ("Asha", "Iyer", "+918095495490", "asha@example.com"),
    ("Ravi", "Kumar", "+919845012345", "ravi.kumar@example.com"),
    ("Priya", "Sharma", "+919900112233", "priya.s@example.com"),
    ("Imran", "Sheikh", "+919820098200", "imran@example.com"),
    ("Lakshmi", "Nair", "+919447012399", "lakshmi.nair@example.com"),
    ("Deepak", "Joshi", "+919711104455", "deepak.j@example.com"),
    ("Fatima", "Khan", "+918879001122", "fatima.k@example.com"),
    ("Arjun", "Reddy", "+919666077788", "arjun.reddy@example.com"),
    ("Neha", "Gupta", "+919310055566", "neha.gupta@example.com"),
    ("Joseph", "D'Souza", "+919022033344", "joseph.dsouza@example.com"),
    ("सुनीता", "वर्मा", "+919415022211", "sunita.verma@example.com"),
    ("Farhan", "Ali", "+917795510020", "farhan.ali@example.com"),
];

/// A title, the context that comes with it, and a label where one fits.
const WISHES: [(&str, &str, Option<i64>); 14] = [
    (
        "Parcel not arrived",
        "Order 10{n} was to come on Tuesday. The tracking page has not changed for three days.",
        Some(8),
    ),
    (
        "Refund not received",
        "I sent the shoes back two weeks ago (return R-{n}), and the money is not there yet.",
        Some(7),
    ),
    (
        "Wrong size delivered",
        "{\"order\":\"10{n}\",\"item\":\"Running shoe, blue\",\"ordered\":\"42\",\"received\":\"40\"}",
        Some(7),
    ),
    ("ऑर्डर अभी तक नहीं आया", "ऑर्डर 10{n} पाँच दिन से रास्ते में है। कृपया बताइए कब तक आएगा।", Some(8)),
    ("पैसे वापस नहीं मिले", "मैंने सामान लौटा दिया था, पर रिफ़ंड अब तक खाते में नहीं आया। रिटर्न नंबर R-{n}।", Some(7)),
    (
        "Change of delivery address",
        "Please send order 10{n} to my office instead: 4th floor, 12 Residency Road, Bengaluru 560025.",
        Some(8),
    ),
    (
        "Invoice with GST number",
        "We need the invoice of order 10{n} with our GST number on it, please.",
        None,
    ),
    (
        "Bottle broken on arrival",
        "{\"order\":\"10{n}\",\"item\":\"Olive oil, 1 l\",\"photo\":\"https://shop.example/uploads/{n}.jpg\"}",
        Some(7),
    ),
    (
        "Is the grey jacket coming back?",
        "Size L of the grey jacket has been sold out since Diwali. Will there be more?",
        None,
    ),
    (
        "Coupon is refused",
        "WELCOME10 says that it is over, but your mail of yesterday says until Sunday.",
        None,
    ),
    ("दो बार पैसे कट गए", "एक ही ऑर्डर (10{n}) के लिए UPI से दो बार पैसे कट गए हैं।", Some(7)),
    (
        "Call me about a bulk order",
        "We are a school and want 150 bags before June. Whom do we talk to?",
        None,
    ),
    (
        "Cannot sign in to my account",
        "The code never comes to my phone. I tried four times this morning.",
        None,
    ),
    (
        "Left at the wrong door",
        "The courier says order 10{n} was handed over. To whom? Nobody here has it.",
        Some(8),
    ),
];

const MESSAGES: [&str; 8] = [
    "Any news?",
    "Thank you, that was quick!",
    "I am at home until six today.",
    "It still has not come.",
    "कृपया जल्दी बताइए।",
    "जी, धन्यवाद।",
    "Here is the number of the return: R-20418.",
    "Please call me, writing is difficult right now.",
];

/// Makes one choice after the other: a number below its argument.
pub type Choose<'c> = &'c mut (dyn FnMut(usize) -> usize + Send);

/// How many customers there are.
pub fn customers() -> usize {
    CUSTOMERS.len()
}

/// The body that makes a customer, or finds them.
pub fn customer(number: usize) -> Value {
    let (first, last, phone, email) = CUSTOMERS[number];
    json!({ "firstName": first, "lastName": last, "phoneNumber": phone, "email": email })
}

/// The body of a create call of a customer, who has this id.
pub fn ticket(number: usize, id: &str, choose: Choose<'_>) -> Value {
    let (_, _, phone, email) = CUSTOMERS[number];
    let (title, context, label) = WISHES[choose(WISHES.len())];
    let context = context.replace("{n}", &(100 + choose(900)).to_string());
    let mut body = match choose(3) {
        0 => {
            json!({ "channel": "whatsapp", "brandPhoneNumber": "+917827486670", "customerPhoneNumber": phone })
        }
        1 => json!({ "channel": "email", "brandEmail": "care@shop.example", "customerEmail": email }),
        _ => json!({ "channel": "tasks", "taskTitle": title }),
    };
    body["bikCustomerId"] = id.into();
    body["context"] = context.into();
    body["labelIds"] = label.into_iter().collect();
    if label == Some(7) && choose(2) == 0 {
        body["assignmentType"] = "SPECIFIC_TEAM".into();
        body["teamId"] = 31.into();
    }
    body
}

/// The body of a message that a customer writes.
pub fn message(choose: Choose<'_>) -> Value {
    json!({ "direction": "in", "text": MESSAGES[choose(MESSAGES.len())] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every sample in turn, by choosing always the same.
    fn all() -> Vec<Value> {
        let choices = (0..WISHES.len()).flat_map(|wish| (0..3).map(move |channel| (wish, channel)));
        choices
            .map(|(wish, channel)| {
                let mut next = [wish, 7, channel, 0].into_iter();
                ticket(wish % customers(), "17", &mut |below| next.next().unwrap_or_default() % below)
            })
            .collect()
    }

    #[test]
    fn the_samples_differ_and_have_no_place_left_open() {
        let all = all();
        let texts: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), WISHES.len() * 3);
        assert!(texts.iter().all(|text| !text.contains("{n}")), "{texts:?}");
        for channel in ["whatsapp", "email", "tasks"] {
            assert!(all.iter().any(|body| body["channel"] == channel), "{channel}");
        }
        assert!(texts.iter().any(|text| text.contains("ऑर्डर")), "some are in Hindi");
    }
}
