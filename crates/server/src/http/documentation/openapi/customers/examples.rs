//! Calls and answers as the contract has them.

use super::super::errors::refused;
use serde_json::{Value, json};

pub fn puts() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Customer with an address",
            json!({
                "partnerCustomerId": "abcd-122345",
                "firstName": "Test",
                "lastName": "Last",
                "phoneNumber": "+919090909090",
                "email": "test.2@example.com",
                "tags": ["vip"],
                "addresses": [{
                    "partnerAddressId": "a1",
                    "address1": "hsr layout",
                    "city": "bangalore",
                    "country": "India",
                    "countryCode": "IN",
                    "state": "karnataka",
                    "zip": "560102",
                    "isDefault": false,
                }],
            }),
        ),
        ("Phone number only", json!({ "phoneNumber": "+919090909090" })),
    ]
}

pub fn gets() -> Vec<(&'static str, Value)> {
    vec![
        (
            "By bikCustomerId, with all parts",
            json!({ "bikCustomerId": "5233549", "includeAssets": true, "includeAddress": true, "includeTags": true }),
        ),
        ("By partnerCustomerId", json!({ "partnerCustomerId": "abcd-122345" })),
    ]
}

/// A customer with all parts.
pub fn everything() -> Value {
    json!({
        "status": 200,
        "success": true,
        "data": {
            "customer": {
                "id": 5_482_636,
                "partnerCustomerId": "abcd-122345",
                "firstName": "Test",
                "lastName": "Last",
                "phoneNumber": "+919090909090",
                "email": "test.2@example.com",
                "countryCode": "IND",
                "createdAt": "2024-08-09T09:32:55.568Z",
                "updatedAt": "2024-08-09T09:33:15.939Z",
                "addresses": [{
                    "partnerAddressId": "a1",
                    "addressId": 142_385,
                    "address1": "hsr layout",
                    "city": "bangalore",
                    "country": "India",
                    "countryCode": "IN",
                    "state": "karnataka",
                    "zip": "560102",
                    "isDefault": false,
                }],
                "assets": [
                    asset(4_516_077, "2024-08-09T09:32:55.583Z", "EMAIL", "test.2@example.com", &json!(null)),
                    asset(4_516_079, "2024-08-09T09:33:16.284Z", "PHONE_NUMBER", "+919090909090", &json!("IND")),
                ],
                "tags": ["vip"],
            },
        },
    })
}

fn asset(id: i64, at: &str, name: &str, value: &str, country: &Value) -> Value {
    json!({ "id": id, "createdAt": at, "assetName": name, "assetValue": value, "countryCode": country })
}

pub fn put_refusals() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Neither number nor mail address",
            refused(&[("phoneNumber", "is required when email is not given")]),
        ),
        ("Wrong shape", refused(&[("email", "must be a mail address")])),
    ]
}

pub fn get_refusals() -> Vec<(&'static str, Value)> {
    vec![
        ("No such customer", refused(&[("bikCustomerId", "is not a customer of this store")])),
        (
            "Nobody asked for",
            refused(&[("bikCustomerId", "is required when partnerCustomerId is not given")]),
        ),
    ]
}
