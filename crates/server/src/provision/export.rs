//! A store file of what is there: applied, it changes nothing. Keys and customers are not in it: the first are secret, the
//! second too many; a file without them leaves them alone.

mod routing;

use crate::duration::told;
use crate::store::types::{CurrentSettings, StoreRow};
use rota_core::ids::{AgentId, StoreId};
use rota_core::ticket::Channel;
use std::collections::HashMap;
use std::fmt::{Result, Write};

/// The file; `None` where the store is not there.
pub fn export(id: &StoreId, current: &CurrentSettings) -> Option<String> {
    let store = current.store.as_ref()?;
    let mut text = String::new();
    let written = head(&mut text, id, store)
        .and_then(|()| stages(&mut text, current))
        .and_then(|()| channels(&mut text, current))
        .and_then(|()| agents(&mut text, current))
        .and_then(|()| teams(&mut text, current))
        .and_then(|()| labels(&mut text, current))
        .and_then(|()| routing::holidays(&mut text, store, current))
        .and_then(|()| routing::rules(&mut text, current))
        .and_then(|()| webhooks(&mut text, current));
    written.expect("a String takes everything");
    Some(text)
}

/// A basic string of TOML: that of JSON, in which DEL has to be escaped too.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a text serializes");
    json.replace('\u{7f}', "\\u007f")
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

fn head(text: &mut String, id: &StoreId, store: &StoreRow) -> Result {
    writeln!(text, "[store]\nid = {}\nname = {}", quoted(id.as_str()), quoted(&store.name))?;
    writeln!(text, "timezone = {}", quoted(&store.timezone))?;
    writeln!(text, "\n[assignment]\npolicy = {}", quoted(store.policy.name()))?;
    writeln!(text, "dedupe_window = {}", quoted(&told(store.dedupe_window)))?;
    routing::assignment(text, store)?;
    writeln!(text, "\n[desk]\nreopen_within = {}", quoted(&told(store.reopen_within)))?;
    if let Some(after) = store.close_after {
        writeln!(text, "close_after = {}", quoted(&told(after)))?;
    }
    writeln!(text, "agents_see_all = {}", store.agents_see_all)?;
    writeln!(text, "keep_audit = {}", quoted(&told(store.keep_audit)))?;
    writeln!(text, "keep_rejected_values = {}", store.keep_rejected_values)?;
    if let Some(span) = store.waiting_too_long {
        writeln!(text, "waiting_too_long = {}", quoted(&told(span)))?;
    }
    writeln!(text, "mail_content = {}", store.mail_content)
}

fn stages(text: &mut String, current: &CurrentSettings) -> Result {
    for stage in current.stages.iter() {
        let (name, kind) = (quoted(stage.name.as_str()), quoted(stage.kind.name()));
        writeln!(text, "\n[[stages]]\nid = {}\nname = {name}\nkind = {kind}", stage.id)?;
    }
    Ok(())
}

fn channels(text: &mut String, current: &CurrentSettings) -> Result {
    let of = |channel: Channel| {
        let rows = current.brands.iter().filter(move |row| row.channel == channel && row.active);
        list(rows.map(|row| row.address.as_str()))
    };
    writeln!(text, "\n[channels]\nwhatsapp = {}\nemail = {}", of(Channel::Whatsapp), of(Channel::Email))
}

fn agents(text: &mut String, current: &CurrentSettings) -> Result {
    for row in current.agents.iter().filter(|row| row.active) {
        writeln!(text, "\n[[agents]]\nid = {}\nemail = {}", row.id, quoted(&row.email))?;
        writeln!(text, "name = {}\nrole = {}", quoted(&row.name), quoted(&row.role))?;
        if let Some(most) = row.max_open {
            writeln!(text, "max_open = {most}")?;
        }
        routing::leave(text, row)?;
        // It is taken from a file once, for somebody new.
        writeln!(text, "online = {}", row.online)?;
    }
    Ok(())
}

fn teams(text: &mut String, current: &CurrentSettings) -> Result {
    let active = current.agents.iter().filter(|row| row.active);
    let mails: HashMap<AgentId, &str> = active.map(|row| (row.id, row.email.as_str())).collect();
    for row in current.teams.iter().filter(|row| row.active) {
        writeln!(text, "\n[[teams]]\nid = {}\nname = {}", row.id, quoted(&row.name))?;
        if let Some(policy) = row.policy {
            writeln!(text, "policy = {}", quoted(policy.name()))?;
        }
        writeln!(text, "members = {}", list(row.members.iter().filter_map(|id| mails.get(id).copied())))?;
        if let Some(hours) = &row.hours {
            writeln!(text, "hours = {}", routing::hours(hours))?;
        }
    }
    Ok(())
}

fn labels(text: &mut String, current: &CurrentSettings) -> Result {
    for row in current.labels.iter().filter(|row| row.active) {
        writeln!(text, "\n[[labels]]\nid = {}\nname = {}", row.id, quoted(&row.name))?;
    }
    Ok(())
}

/// Without anything of their secrets.
fn webhooks(text: &mut String, current: &CurrentSettings) -> Result {
    for row in &current.webhooks {
        writeln!(text, "\n[[webhooks]]\nid = {}\nurl = {}", row.id, quoted(&row.url))?;
        if !row.kinds.is_empty() {
            writeln!(text, "types = {}", list(row.kinds.iter().map(|kind| kind.name())))?;
        }
        writeln!(text, "format = {}\nactive = {}", quoted(row.format.name()), row.active)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
