//! Tickets and events made by real calls, one after the other, so that it is known how many there are.

use tokio::runtime::{Builder, Runtime};

use super::{
    commands::{AT_ONCE, prioritize},
    connection::{Connection, Credentials},
    server::Server,
    site::{CUSTOMER_BASE, CUSTOMERS, Site},
};

/// Creates so many tickets, of all customers in turn. In a new store they are numbered from 1.
pub fn tickets(server: &Server, site: &Site, count: i64) -> anyhow::Result<()> {
    let token = site.intake_token()?;
    runtime()?.block_on(async {
        let mut connection = Connection::open(&server.url, Credentials::Intake(&token)).await?;
        for customer in (CUSTOMER_BASE..CUSTOMER_BASE + CUSTOMERS).cycle().take(usize::try_from(count)?) {
            connection.create_ticket(customer).await?;
        }
        Ok(())
    })
}

/// Gives the first so many tickets, a multiple of [`AT_ONCE`], another priority.
pub fn changes(server: &Server, token: &str, count: i64) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let mut connection = Connection::open(&server.url, Credentials::Desk(token)).await?;
        for part in 0..count / AT_ONCE {
            prioritize(&mut connection, part, 0).await?;
        }
        Ok(())
    })
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
