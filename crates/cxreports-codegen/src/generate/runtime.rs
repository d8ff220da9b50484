//! The parts of a generated crate that are the same in each.

use proc_macro2::TokenStream;
use quote::quote;

/// Functions that builders call, each with the call that shows it.
const FUNCTIONS: [(&str, &str); 4] = [
    ("encode_path(", include_str!("templates/encode_path.rs")),
    ("support::add_cookie(", include_str!("templates/add_cookie.rs")),
    ("support::joined(", include_str!("templates/joined.rs")),
    ("support::deep(", include_str!("templates/deep.rs")),
];
const MACROS: &str = include_str!("templates/macros.rs");
const OPERATION: &str = include_str!("templates/operation.rs");

/// `src/support.rs`: what the modules of types and builders use.
pub(super) fn support(builders: &str, authorize: Option<&str>) -> String {
    let mut source = "\
//! What the builders share.

use progenitor_client::{ByteStream, ClientHooks, ClientInfo, Error, OperationInfo, ResponseValue};

use crate::client::Client;

"
    .to_owned();
    let authorize = authorize.map(|authorize| {
        format!("{authorize}(&client.inner, &mut request).await.map_err(|error| Error::Custom(error.to_string()))?;")
    });
    source.push_str(MACROS);
    source.push('\n');
    source.push_str(&OPERATION.replace("AUTHORIZE", &authorize.unwrap_or_default()));
    for (call, function) in FUNCTIONS {
        if builders.contains(call) {
            source.push('\n');
            source.push_str(function);
        }
    }
    source
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
