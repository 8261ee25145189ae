//! The demo: a small shop, as one would write its store file, and what its customers could want.

pub mod samples;

use crate::percent::encoded;
use rota_core::access::Role;
use rota_core::ids::StoreId;

/// The demo's store file.
pub const STORE_FILE: &str = include_str!("demo/store.toml");

/// Somebody of the demo shop who can sign in.
pub struct Person {
    pub role: Role,
    pub email: String,
    pub password: String,
}

/// What the demo prints once it listens.
pub fn welcome(address: &str, store: &StoreId, people: &[Person], token: &str) -> String {
    let sign_in = format!("{address}/s/{}", encoded(store.as_str()));
    let person =
        |Person { role, email, password }: &Person| format!("  {:<14}{email:<22}{password}", role.name());
    let people: Vec<String> = people.iter().map(person).collect();
    let people = people.join("\n");
    format!(
        r#"
A demo shop is open. Sign in at

  {sign_in}

as one of these (role, mail address, password; shown only now):

{people}

Its AUTH_TOKEN (shown only now):

  {token}

Create a ticket:

  curl --location --request POST '{address}/integrations/bikPlatformFunctions-createAndAssignTicket' \
  --header 'Authorization: Basic {token}' \
  --header 'Content-Type: application/json' \
  --data-raw '{{
  "channel": "whatsapp",
  "bikCustomerId": "5233549",
  "assignmentType": "ALL_AGENTS",
  "brandPhoneNumber":"+917827486670",
  "customerPhoneNumber": "+918095495490"
  }}'

The API is described at {address}/docs. Ctrl-C ends the demo.
"#
    )
}
