/// The members of an object as values of a query: `name[member]=value`.
pub(crate) fn deep(name: &str, value: &impl serde::Serialize) -> Result<Vec<(String, String)>, String> {
    fn flatten(name: String, value: serde_json::Value, pairs: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::Object(members) => {
                for (member, value) in members {
                    flatten(format!("{name}[{member}]"), value, pairs);
                }
            }
            serde_json::Value::Array(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    flatten(format!("{name}[{index}]"), value, pairs);
                }
            }
            serde_json::Value::String(text) => pairs.push((name, text)),
            other => pairs.push((name, other.to_string())),
        }
    }
    let mut pairs = Vec::new();
    flatten(name.to_owned(), serde_json::to_value(value).map_err(|error| error.to_string())?, &mut pairs);
    Ok(pairs)
}
