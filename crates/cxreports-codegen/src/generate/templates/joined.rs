/// A list that may be left out.
pub(crate) trait List {
    fn texts(&self) -> Option<Vec<String>>;
}

impl<T: ToString> List for Vec<T> {
    fn texts(&self) -> Option<Vec<String>> {
        Some(self.iter().map(ToString::to_string).collect())
    }
}

impl<T: ToString> List for Option<Vec<T>> {
    fn texts(&self) -> Option<Vec<String>> {
        self.as_ref().and_then(List::texts)
    }
}

/// A list as one value of a query.
pub(crate) fn joined<'a>(name: &'a str, list: &impl List, separator: &str) -> Vec<(&'a str, String)> {
    list.texts().map(|texts| (name, texts.join(separator))).into_iter().collect()
}
