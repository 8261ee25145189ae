//! Mail to agents: what every part of it shares. Who is told of what and in which words is the core's
//! ([`rota_core::mail`]); who works which store's mail is the storage's ([`crate::store::mail`]).

mod mailer;
mod smtp;
mod told;
mod url;

pub use mailer::Mailer;
pub use smtp::{Failure, Sender, Smtp};
pub use url::{SmtpUrl, Tls};
