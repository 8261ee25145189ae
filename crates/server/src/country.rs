//! Which country a phone number belongs to.

use rota_core::address::PhoneNumber;

/// ISO 3166-1 alpha-3, from the number's country calling code and area; `None` where these name no country.
pub fn of_phone(phone: &PhoneNumber) -> Option<String> {
    let parsed = phonenumber::parse(None, phone.as_str()).ok()?;
    let alpha2 = parsed.country().id()?;
    Some(rust_iso3166::from_alpha2(alpha2.as_ref())?.alpha3.to_owned())
}
