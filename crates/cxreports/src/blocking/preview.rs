use cxreports_core::Payload;
use serde::Serialize;

use crate::{
    blocking::{
        driver::Blocking,
        macros::{calls, setters},
    },
    data::UploadedData,
    preview::PreviewUrl,
};

/// See [`crate::Preview`].
pub type Preview<P> = Blocking<crate::preview::Preview<P>>;

impl<P> Preview<P> {
    setters! { crate::Preview {
        params(params: &(impl Serialize + ?Sized))
        data(data: impl Into<Payload>): CreateTemporaryData
        inline_data(data: impl Into<Payload>)
        temporary_data(data: impl Into<UploadedData>)
        inline_up_to(bytes: usize)
        timezone(timezone: impl Into<String>)
        hide_print_button()
    }}
    calls! { crate::Preview { url(self) -> PreviewUrl where CreateNonce; } }
}
