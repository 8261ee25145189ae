//! The schema as PostgreSQL's catalogue has it.

use super::installed;

/// The tables about the installation, which are not spread by store.
const INSTALLATION: [&str; 1] = ["schema_migrations"];

/// Primary, unique and foreign keys that do not begin with the store, on either side.
#[test]
fn every_key_of_a_stores_table_begins_with_the_store() {
    let rota = installed();
    let keys = rota.postgres().sql(
        "SELECT c.conrelid::regclass, c.conname,
                (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]),
                (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1])
         FROM pg_constraint c
         WHERE c.contype IN ('p', 'u', 'f', 'x') AND c.connamespace = current_schema()::regnamespace
         UNION ALL
         SELECT i.indrelid::regclass, i.indexrelid::regclass::text,
                (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]), NULL
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
         WHERE i.indisunique AND t.relnamespace = current_schema()::regnamespace",
    );
    let mut tables = std::collections::BTreeSet::new();
    for key in keys.lines() {
        let [table, name, first, referred] = key.split('|').collect::<Vec<_>>()[..] else { panic!("{key}") };
        tables.insert(table);
        if !INSTALLATION.contains(&table) {
            assert_eq!(first, "store_id", "{name} of {table}");
            assert!(["", "store_id"].contains(&referred), "{name} of {table} points at {referred}");
        }
    }
    let all = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
    assert_eq!(rota.postgres().sql(all), tables.len().to_string(), "every table has a key: {tables:?}");
}

#[test]
fn no_foreign_key_points_at_the_routing_row() {
    let rota = installed();
    let pointing =
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'routing'::regclass";
    assert_eq!(rota.postgres().sql(pointing), "0");
}
