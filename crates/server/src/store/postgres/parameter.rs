//! Statement parameters that bring their SQL type along. A statement with known types needs neither a name nor a
//! round trip of its own, so that a pooler may stand between.

use tokio_postgres::types::{ToSql, Type};

pub trait Parameter: ToSql + Sync {
    fn sql_type(&self) -> Type;
}

macro_rules! parameters {
    ($($sql:ident: $($rust:ty),+;)+) => {
        $($(impl Parameter for $rust {
            fn sql_type(&self) -> Type {
                Type::$sql
            }
        })+)+
    };
}

parameters! {
    BOOL: bool;
    INT8: i64, Option<i64>;
    TEXT: &str, String, Option<&str>, Option<String>;
    BYTEA: &[u8];
    BOOL_ARRAY: Vec<bool>;
    FLOAT8_ARRAY: Vec<f64>, Vec<Option<f64>>;
    INT8_ARRAY: Vec<i64>, Vec<Option<i64>>;
    TEXT_ARRAY: Vec<&str>, Vec<String>, Vec<Option<&str>>, Vec<Option<String>>;
    BYTEA_ARRAY: Vec<&[u8]>, Vec<Option<&[u8]>>;
}
