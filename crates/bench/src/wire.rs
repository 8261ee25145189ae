//! What the ceiling and the load generator agree on: the path and the seed's sample request.

pub const TICKETS: &str = "/integrations/bikPlatformFunctions-createAndAssignTicket";
pub const BRAND_PHONE: &str = "+917827486670";

/// The seed's own WhatsApp sample, for the given customer.
pub fn sample_body(customer: u64) -> String {
    format!(
        r#"{{
"channel": "whatsapp",
"bikCustomerId": "{customer}",
"assignmentType": "ALL_AGENTS",
"brandPhoneNumber":"{BRAND_PHONE}",
"customerPhoneNumber": "+918095495490"
}}"#
    )
}
