//! What an instance serves, beside what its client was generated from.

use std::{collections::BTreeSet, fmt};

use cxreports_core::{Binding, Pin, Pinned, PinnedOperation};
use cxreports_openapi::contract::{Contract, Matched};
use cxreports_pin::url_of;
use url::Url;

use crate::{error::Error, instance::served, transport::connection::Connection};

/// The instance itself.
#[derive(Debug)]
pub struct InstanceHandle<P> {
    connection: Connection<P>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The instance serves no Swagger document, so there is nothing to compare with: its operator can enable it.
    SwaggerOff,
    /// The differences between the pin and the document; none if it is empty.
    Compared(Vec<Difference>),
}

/// One difference between a pin and what its instance serves now. `cargo xtask drift` tells them all, with what they break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Difference {
    /// The instance has no such operation any more: calls of it fail.
    OperationGone {
        /// The operation's name.
        operation: &'static str,
        /// Its method and path.
        endpoint: String,
    },
    /// A query parameter or a member of a body is not there any more: it is ignored or refused.
    FieldGone {
        /// The operation's name.
        operation: &'static str,
        /// The name on the wire.
        field: String,
    },
    /// The instance has a query parameter or a member of a body that the pin has not.
    FieldNew {
        /// The operation's name.
        operation: &'static str,
        /// The name on the wire.
        field: String,
    },
    /// The instance has the operation elsewhere: calls of it fail.
    OperationMoved {
        /// The operation's name.
        operation: &'static str,
        /// Its method and path now.
        endpoint: String,
    },
    /// The instance has an operation of the API that the pin has not.
    OperationNew {
        /// Its method and path.
        endpoint: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OperationGone { operation, endpoint } => write!(f, "{operation} is gone ({endpoint})"),
            Self::OperationMoved { operation, endpoint } => write!(f, "{operation} has moved to {endpoint}"),
            Self::FieldGone { operation, field } => write!(f, "{operation} has no `{field}` any more"),
            Self::FieldNew { operation, field } => write!(f, "{operation} has a new `{field}`"),
            Self::OperationNew { endpoint } => write!(f, "{endpoint} is new"),
        }
    }
}

impl<P> InstanceHandle<P> {
    pub(crate) fn new(connection: Connection<P>) -> Self {
        Self { connection }
    }

    /// Compares the pin with what the instance serves now.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// use cxreports::Check;
    ///
    /// match cx.instance().check().await? {
    ///     Check::SwaggerOff => println!("the instance does not say what it serves"),
    ///     Check::Compared(differences) => differences.iter().for_each(|difference| println!("{difference}")),
    /// }
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] when the instance cannot be reached, or its document cannot be read.
    pub async fn check(&self) -> Result<Check, Error>
    where
        P: Pinned,
    {
        let served = self.connection.within_two_requests("check", served::document(&self.connection));
        Ok(match served.await? {
            Some(served) => Check::Compared(differences(P::PIN, &served.contract()?, self.connection.url())),
            None => Check::SwaggerOff,
        })
    }
}

/// What a pin and a document have differently.
fn differences(pin: &'static Pin, contract: &Contract, base: &Url) -> Vec<Difference> {
    let mut differences = Vec::new();
    for pinned in pin.operations {
        match contract.operation(pinned.name) {
            Some(matched) => compare(pinned, matched, base, &mut differences),
            None => {
                let endpoint = pinned.endpoint();
                differences.push(Difference::OperationGone { operation: pinned.name, endpoint });
            }
        }
    }
    let new = contract.operations.iter().filter(|matched| pin.operation(matched.spec.name).is_none());
    differences.extend(new.map(|matched| Difference::OperationNew { endpoint: matched.endpoint.to_string() }));
    differences.sort();
    differences
}

fn compare(pinned: &'static PinnedOperation, matched: &Matched, base: &Url, differences: &mut Vec<Difference>) {
    let operation = pinned.name;
    let place = |binding: &Binding| url_of(base.as_str(), binding.path.trim_end_matches('/')).to_ascii_lowercase();
    if place(&pinned.binding) != place(&matched.binding) {
        let endpoint = format!("{} {}", matched.spec.method, matched.binding.path);
        differences.push(Difference::OperationMoved { operation, endpoint });
    }
    let names = |binding: &Binding| binding.names().map(str::to_owned).collect::<BTreeSet<String>>();
    let (known, served) = (names(&pinned.binding), names(&matched.binding));
    let field = |field: &String| field.clone();
    differences.extend(known.difference(&served).map(field).map(|field| Difference::FieldGone { operation, field }));
    differences.extend(served.difference(&known).map(field).map(|field| Difference::FieldNew { operation, field }));
}
