//! Every question is answered by its index, whatever the planner has counted: none goes through all tickets.

use super::*;
use crate::clock::SystemClock;
use crate::store::Role;
use crate::store::postgres::{Address, Options, Postgres, tickets};
use rota_cluster::{Cluster, end_after, sql, url};
use rota_core::ids::{AgentId, CustomerId, TeamId};
use rota_core::life::Priority;
use rota_core::search::{PART, Query, Span, Unowned, part as part_name};
use rota_core::ticket::Stage as Kind;
use std::sync::Arc;

/// Fifty thousand filed tickets of a store, with every fourth number so that they lie in several parts, and as many of another. Old ones are agent 1's: whoever goes through the newest
/// to find them goes far.
const FILL: &str = "
    SET session_replication_role = replica;
    INSERT INTO listed
        SELECT store, id * 4, CASE WHEN id % 9 = 0 THEN 'open' WHEN id % 50 = 0 THEN 'snoozed' ELSE 'closed' END,
               CASE WHEN id % 9 = 0 AND id % 3 = 0 AND id >= 100
                    THEN CASE WHEN id % 18 = 0 THEN 'waiting' ELSE 'unclaimed' END END,
               CASE WHEN id < 100 THEN 1 WHEN id % 3 = 0 THEN NULL ELSE 2 + id % 40 END,
               CASE WHEN id % 4 = 0 THEN NULL ELSE 1 + id % 7 END, 'c' || id % 5000,
               (ARRAY['whatsapp', 'email', 'tasks'])[1 + id % 3], CASE WHEN id % 100 = 0 THEN 3 ELSE 1 END,
               id * 1000, id * 2, id * 1000,
               array_to_tsvector(ARRAY[begin || 'word' || id, begin || 'order',
                                       begin || CASE WHEN id <= 15000 THEN 'old' ELSE 'new' END])
        FROM unnest(ARRAY['s', 'other']) AS store, generate_series(1, 50000) AS id,
             LATERAL (SELECT 'tSCOPE' || lpad(to_hex(id * 4 / PART), 6, '0') AS begin) AS of;
    INSERT INTO tickets (store_id, id, customer_id, channel, stage, created_at, created_by, event, receipt)
        SELECT store_id, ticket_id, customer_id, channel, 'open', created_at, 'k', last_event, '{}' FROM listed;
    INSERT INTO ticket_labels SELECT store_id, ticket_id, ticket_id % 20 FROM listed WHERE ticket_id % 3 = 0;
    INSERT INTO mentions SELECT store_id, 1 + ticket_id % 40, ticket_id, 2 FROM listed WHERE ticket_id % 10 = 0;
    INSERT INTO customers (store_id, id, phone, phone_reversed, email_key, partner_customer_id, active, origin,
                           created_at, updated_at)
        SELECT store, 'c' || id, '+91' || id, reverse('91' || id), 'a' || id, 'p' || id, true, 'file', 0, 0
        FROM unnest(ARRAY['s', 'other']) AS store, generate_series(1, 5000) AS id;
    ANALYZE";

fn lanes() -> Vec<(Lane, &'static str)> {
    let open = Kind::Open;
    let customers = ["c1", "c2"].map(|id| CustomerId::new(id).unwrap()).to_vec();
    vec![
        (Lane::Tail, "tickets_pkey"),
        (Lane::All, "listed_pkey"),
        (Lane::Stage(open), "listed_by_stage"),
        (Lane::Agent(Some(AgentId(1)), open), "listed_by_agent"),
        (Lane::Agent(None, open), "listed_by_agent"),
        (Lane::Team(Some(TeamId(1)), open), "listed_by_team"),
        (Lane::Team(None, open), "listed_by_team"),
        (Lane::Unowned(Unowned::Waiting), "listed_by_unowned"),
        (Lane::TeamUnowned(Some(TeamId(1)), Unowned::Unclaimed), "listed_by_team_unowned"),
        (Lane::TeamUnowned(None, Unowned::Waiting), "listed_by_team_unowned"),
        (Lane::Channel(Channel::Email, open), "listed_by_channel"),
        (Lane::Priority(Priority::Urgent, open), "listed_by_priority"),
        (Lane::Customers(customers), "listed_by_customer"),
        (Lane::Label(LabelId(4)), "ticket_labels_by_label"),
        (Lane::Mentioned(AgentId(1)), "mentions_pkey"),
    ]
}

struct Planner {
    database: Postgres,
}

impl Planner {
    async fn plan(&self, statement: &str, parameters: &[&dyn Parameter]) -> String {
        let explain = format!("EXPLAIN {statement}");
        let rows = self.database.database.read(async |session| session.rows(&explain, parameters).await);
        let rows = rows.await.unwrap();
        let plan: String = rows.iter().map(|row| format!("{}\n", row.get::<_, &str>(0))).collect();
        assert!(!plan.contains("JIT"), "nothing is compiled: {plan}");
        plan
    }
}

#[test]
fn every_question_is_answered_by_its_index() {
    let folder = std::env::temp_dir().join(format!("rota-plans-{}", std::process::id()));
    let cluster = Cluster::start(&folder, &["--no-sync"], "jit_above_cost = 0\n").expect("PostgreSQL starts");
    end_after(std::process::id(), &folder).expect("a watcher starts");
    let url = url(cluster.port(), "postgres");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let address = Address::parse(&url).unwrap();
        let opened = Postgres::open(&address, Role::Command, Options::default(), Arc::new(SystemClock)).await;
        let planner = Planner { database: opened.unwrap() };
        let store = StoreId::new("s").unwrap();
        let begin = Scope::of(&store).wanted(&Lane::Words(Words { whole: vec![], last: String::new() }));
        let fill = FILL.replace("tSCOPE", &begin.unwrap().last).replace("PART", &PART.to_string());
        sql(&url, &fill).expect("the tables are filled");
        lanes_are_ranges_of_their_indexes(&planner, &store).await;
        words_are_found_by_their_index_and_the_nearest_by_their_numbers(&planner, &store).await;
        the_rest_is_looked_up(&planner, &store).await;
        words_that_few_many_or_only_old_tickets_have_come_in_the_order_of_numbers(&planner, &store).await;
    });
}

async fn lanes_are_ranges_of_their_indexes(planner: &Planner, store: &StoreId) {
    for (lane, index) in lanes() {
        for order in [Order::Up, Order::Down] {
            let columns = columns(&lane);
            let fixed: [&dyn Parameter; 4] = [&store.as_str(), &0_i64, &160_000_i64, &50_i64];
            let own = columns.iter().map(|value| &**value as &dyn Parameter);
            let parameters: Vec<_> = fixed.into_iter().chain(own).collect();
            let plan = planner.plan(&lane_sql(&lane, order), &parameters).await;
            assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{lane:?}: {plan}");
            // What several customers have is put in order.
            let sorts = matches!(lane, Lane::Customers(_));
            assert!(sorts || !plan.contains("Sort"), "{lane:?}: {plan}");
        }
    }
}

/// A word that one ticket has, one that nobody has, one that begins like many, and one that all have.
async fn words_are_found_by_their_index_and_the_nearest_by_their_numbers(planner: &Planner, store: &StoreId) {
    for last in ["word777", "zebra", "word77", "z", "order"] {
        let lane = Lane::Words(Words { whole: vec![], last: last.into() });
        let of = |part: i64| matching(store, &lane, &part_name(TicketId(part * PART)));
        for order in [Order::Up, Order::Down] {
            let wanted: Vec<String> = (0..512).map(of).collect();
            let parameters: [&dyn Parameter; 5] = [&store.as_str(), &0_i64, &i64::MAX, &50_i64, &wanted];
            let plan = planner.plan(&words::of_parts(order), &parameters).await;
            assert!(plan.contains("listed_by_words") && !plan.contains("Seq Scan"), "{last}: {plan}");
            let near = vec![of(2)];
            let parameters: [&dyn Parameter; 5] =
                [&store.as_str(), &131_072_i64, &132_073_i64, &50_i64, &near];
            let plan = planner.plan(&words::near(order), &parameters).await;
            // What there is of a thousand numbers may be put in order.
            assert!(plan.contains("listed_pkey") && !plan.contains("Seq Scan"), "{last}: {plan}");
        }
    }
}

async fn words_that_few_many_or_only_old_tickets_have_come_in_the_order_of_numbers(
    planner: &Planner,
    store: &StoreId,
) {
    let roster = crate::store::lists::empty_roster(store);
    let find = async |whole: &[&str], last: &str, order, span| {
        let lane =
            Lane::Words(Words { whole: whole.iter().map(ToString::to_string).collect(), last: last.into() });
        let pull = Pull { lane, span, order, limit: 3 };
        let found = planner.database.database.read(async |session| {
            let shelf = Shelf { session, store, roster: &roster, filed_to: TicketId(200_000) };
            shelf.pull(&pull).await
        });
        found.await.unwrap().into_iter().map(|id| id.0 / 4).collect::<Vec<_>>()
    };
    let below = |id: i64| Span { below: Some(TicketId(id * 4)), ..Span::default() };
    let above = |id: i64| Span { above: Some(TicketId(id * 4)), ..Span::default() };
    let all = Span::default();
    assert_eq!(find(&["order"], "word777", Order::Up, all).await, [777, 7770, 7771], "few");
    assert_eq!(find(&["order"], "word777", Order::Down, below(7772)).await, [7771, 7770, 777]);
    assert_eq!(find(&[], "order", Order::Down, all).await, [50_000, 49_999, 49_998], "many");
    assert_eq!(find(&[], "ord", Order::Up, above(40_000)).await, [40_001, 40_002, 40_003]);
    assert_eq!(find(&[], "old", Order::Down, all).await, [15_000, 14_999, 14_998], "old ones");
    assert_eq!(find(&["old"], "new", Order::Down, all).await, [0_i64; 0]);
    assert_eq!(find(&[], "new", Order::Up, all).await, [15_001, 15_002, 15_003], "only far on");
    assert_eq!(find(&[], "zebra", Order::Down, all).await, [0_i64; 0]);
}

async fn the_rest_is_looked_up(planner: &Planner, store: &StoreId) {
    let id = store.as_str();
    let plan = planner.plan(CHANGES, &[&id, &50_000_i64, &50_i64]).await;
    assert!(plan.contains("listed_by_change") && !plan.contains("Sort"), "{plan}");
    let plan = planner.plan(CREATED, &[&id, &30_000_000_i64]).await;
    assert!(plan.contains("listed_by_age") && !plan.contains("Sort"), "{plan}");
    let ids: Vec<i64> = (1..=50).map(|id| id * 4).collect();
    let plan = planner.plan(&tickets::select_sql("t.id = ANY($2)"), &[&id, &ids]).await;
    assert!(plan.contains("tickets_pkey") && plan.contains("customers_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    let words = Lane::Words(Words { whole: vec![], last: "word".into() });
    let words = Some(matching(store, &words, super::PART));
    let plan = planner.plan(&candidates_sql(true, true), &[&id, &ids, &Some(1_i64), &words]).await;
    assert!(plan.contains("tickets_pkey"), "{plan}");
    for table in ["tickets t", "listed", "customers", "mentions"] {
        assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
    for typed in ["+9112345678", "234567", "asha@", "name123", "name1 name12"] {
        for (statement, values) in meant::finds(&Query::new(typed).unwrap()) {
            let fixed: [&dyn Parameter; 2] = [&id, &1_001_i64];
            let values = values.iter().map(|value| value as &dyn Parameter);
            let plan = planner.plan(&statement, &fixed.into_iter().chain(values).collect::<Vec<_>>()).await;
            assert!(!plan.contains("Seq Scan"), "{typed}: {statement}\n{plan}");
        }
    }
}
