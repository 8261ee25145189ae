//! The statements that distribute the schema by store, against the schema.

use super::page;
use crate::harness::postgres::Database;
use crate::harness::process::run;
use std::collections::BTreeSet;

/// The tables that the page distributes, in its order.
fn distributed(page: &str) -> Vec<&str> {
    let calls = page.lines().filter_map(|line| line.strip_prefix("SELECT create_distributed_table('"));
    calls
        .map(|call| {
            let (table, rest) = call.split_once('\'').expect("a table's name");
            let colocated = table == "stores" || rest.contains("colocate_with => 'stores'");
            assert!(rest.starts_with(", 'store_id'") && colocated, "{call}");
            table
        })
        .collect()
}

fn migrated() -> Database {
    let database = Database::new();
    run(&["migrate"], &database.url()).succeeded();
    database
}

#[test]
fn the_page_on_postgresql_distributes_every_table_about_a_store() {
    let page = page("docs/postgresql.md");
    let tables = migrated().sql(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
         WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attname = 'store_id'",
    );
    let listed: BTreeSet<&str> = distributed(&page).into_iter().collect();
    assert_eq!(listed, tables.lines().collect());
}

#[test]
fn the_page_on_postgresql_distributes_a_table_after_those_that_it_refers_to() {
    let page = page("docs/postgresql.md");
    let references = migrated().sql(
        "SELECT child.relname, parent.relname FROM pg_constraint
         JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
    );
    let listed = distributed(&page);
    let place = |table: &str| listed.iter().position(|name| *name == table);
    assert!(references.lines().count() > 10, "{references}");
    for line in references.lines() {
        let (child, parent) = line.split_once('|').unwrap();
        assert!(place(parent) < place(child), "{child} refers to {parent}");
    }
}
