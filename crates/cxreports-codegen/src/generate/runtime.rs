//! The parts of a generated crate that do not depend on its document.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ImplItem, parse_quote};

/// The module `support` of a crate that does without `cxreports-pin`: the files of its module of that name, whose macros stay
/// in the crate.
pub(super) fn support() -> impl Iterator<Item = (&'static str, String)> {
    let inside =
        |text: &str| text.replace("#[doc(hidden)]\n#[macro_export]\n", "").replace("pub use {", "pub(crate) use {");
    cxreports_pin::SUPPORT.into_iter().map(move |(path, text)| (path, inside(text)))
}

/// The hook of a pin's client: credentials are added to every request.
pub(super) fn authorize() -> ImplItem {
    parse_quote! {
        async fn pre<E>(
            &self,
            request: &mut reqwest::Request,
            _: &progenitor_client::OperationInfo,
        ) -> Result<(), Error<E>> {
            ::cxreports_pin::authorize(&self.inner, request).await.map_err(|error| Error::Custom(error.to_string()))
        }
    }
}

/// Lists a workspace's reports through the pin: proof that it works.
pub(super) fn example(library: &proc_macro2::Ident) -> TokenStream {
    quote! {
        //! Lists the reports of a workspace.
        //!
        //! Takes `CX_REPORTS_URL`, `CX_REPORTS_PAT` and `CX_REPORTS_WORKSPACE_ID` from the environment.
        #![cfg_attr(rustfmt, rustfmt_skip)]

        use std::{env, error::Error, sync::Arc};

        use cxreports_pin::{Connect as _, Transport, core::{Bearer, Supports as _, op}};
        use #library::Api;

        #[tokio::main(flavor = "current_thread")]
        async fn main() -> Result<(), Box<dyn Error>> {
            let setting = |name: &str| env::var(name).map_err(|_| format!("set {name}"));
            let authorize = Arc::new(Bearer::new(&setting("CX_REPORTS_PAT")?)?);
            let api = Api::connect(Transport::new(&setting("CX_REPORTS_URL")?, reqwest::Client::new(), authorize));
            let workspace = setting("CX_REPORTS_WORKSPACE_ID")?.parse()?;
            let reports = api.call(op::ListReports { workspace, report_type: None, offset: None, limit: None }).await?;
            for report in reports {
                println!("{:>6}  {}", report.id, report.name);
            }
            Ok(())
        }
    }
}
