//! The demo: a small shop, as one would write its store file.

/// The demo's store file.
pub const STORE_FILE: &str = include_str!("demo.toml");

/// What the demo prints once it listens.
pub fn welcome(address: &str, token: &str) -> String {
    format!(
        r#"
A demo shop is open. Its AUTH_TOKEN (shown only now):

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
