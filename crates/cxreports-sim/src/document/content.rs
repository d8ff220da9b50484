use serde_json::Value;

/// What a document shows.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The report's name.
    pub(crate) title: String,
    /// Parameters and settings, by name.
    pub(crate) facts: Vec<(String, String)>,
    /// Names of its pages.
    pub(crate) pages: Vec<String>,
    /// The data: each value with the place where it is.
    pub(crate) rows: Vec<(String, String)>,
}

impl Content {
    /// The most rows of data that a document shows.
    const MAX_ROWS: usize = 1_000;

    pub(crate) fn add_facts(&mut self, value: &Value) {
        let mut rows = Vec::new();
        flatten(String::new(), value, &mut rows);
        self.facts.append(&mut rows);
    }

    pub(crate) fn add_data(&mut self, value: &Value) {
        flatten(String::new(), value, &mut self.rows);
    }
}

fn flatten(place: String, value: &Value, rows: &mut Vec<(String, String)>) {
    if rows.len() >= Content::MAX_ROWS {
        return;
    }
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| flatten(below(name), value, rows)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| flatten(below(&(index + 1).to_string()), item, rows));
        }
        Value::String(text) => rows.push((place, text.clone())),
        other => rows.push((place, other.to_string())),
    }
}
