use cxreports_core::{
    chrono::{DateTime, Utc},
    model::TemporaryData,
};

use crate::blocking::{
    driver::Blocking,
    macros::{calls, setters},
};

/// See [`crate::Upload`].
pub type Upload<P> = Blocking<crate::data::Upload<P>>;

impl<P> Upload<P> {
    setters! { crate::Upload { expires(at: DateTime<Utc>) } }
    calls! { crate::Upload { send(self) -> TemporaryData where CreateTemporaryData; } }
}
