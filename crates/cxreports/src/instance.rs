//! What an instance serves, beside what its client was generated from.

use std::{collections::BTreeSet, fmt};

use cxreports_core::{Binding, CallError, Operation, OperationSpec, Pin, Pinned, PinnedOperation, Supports};
use cxreports_openapi::contract::{Contract, Matched};
use cxreports_pin::{Connect as _, Transport, url_of};
use http::{Method, StatusCode, header};
use url::Url;

use crate::{Client, ClientBuilder, Error, LatestPin, served};

/// The instance itself.
#[derive(Debug)]
pub struct InstanceHandle<P> {
    client: Client<P>,
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
    pub(crate) fn new(client: Client<P>) -> Self {
        Self { client }
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
        Ok(match served::contract(&self.client).await? {
            Some(contract) => Check::Compared(differences(P::PIN, &contract, self.client.url())),
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
            None => differences.push(gone(pinned)),
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

fn gone(pinned: &PinnedOperation) -> Difference {
    Difference::OperationGone { operation: pinned.name, endpoint: pinned.endpoint() }
}

/// A pin for instances of which nothing is known beforehand, for tools that meet any of them: it can call what the newest pin
/// can, and refuses at run time what the instance lacks, before it is sent ([`CallError::Unsupported`]).
#[derive(Debug, Clone)]
pub struct Probed {
    api: LatestPin,
    seen: Seen,
}

/// What is known of an instance.
#[derive(Debug, Clone)]
enum Seen {
    /// Its Swagger document: where it has each operation, and what it lacks of the pin.
    Document(Box<Contract>, Vec<Difference>),
    /// Its routes, which tell nothing of fields.
    Routes(Vec<Difference>),
    /// It does not let itself be looked at.
    Nothing,
}

impl Probed {
    /// Looks at the instance: at its Swagger document or else, without acting on anything, at its routes.
    async fn look<P: Pinned>(client: &Client<P>) -> Result<Seen, Error> {
        let Some(contract) = served::contract(client).await? else {
            return Self::look_at_routes(client, P::PIN).await;
        };
        let differences = differences(P::PIN, &contract, client.url());
        Ok(Seen::Document(Box::new(contract), differences))
    }

    /// ASP.NET answers a method that a route lacks with 405 and the methods that it has, and 404 where there is no route.
    async fn look_at_routes<P>(client: &Client<P>, pin: &'static Pin) -> Result<Seen, Error> {
        let mut lacks = Vec::new();
        let mut told = false;
        for pinned in pin.operations {
            let path = pinned.binding.path.split('/').skip(1);
            let path: Vec<_> = path.map(|part| if part.starts_with('{') { "0" } else { part }).collect();
            let response = served::request(client, Method::OPTIONS, client.url_of(&path), "probe").await?;
            let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok());
            let method = OperationSpec::named(pinned.name).map_or("", |spec| spec.method);
            let is_there = match (response.status(), allowed) {
                (StatusCode::NOT_FOUND, _) => false,
                (StatusCode::METHOD_NOT_ALLOWED, Some(methods)) => {
                    told = true;
                    methods.split(',').any(|allowed| allowed.trim().eq_ignore_ascii_case(method))
                }
                _ => true,
            };
            if !is_there {
                lacks.push(gone(pinned));
            }
        }
        Ok(if told { Seen::Routes(lacks) } else { Seen::Nothing })
    }

    /// The operations of the newest pin that the instance lacks; none is known to be lacking when the instance does not let
    /// itself be looked at.
    pub fn lacks(&self) -> impl Iterator<Item = &'static str> {
        self.differences().iter().filter_map(|difference| match difference {
            Difference::OperationGone { operation, .. } => Some(*operation),
            _ => None,
        })
    }

    /// What the instance was judged by, or `None` when it does not let itself be looked at.
    #[must_use]
    pub fn judged_by(&self) -> Option<&'static str> {
        match self.seen {
            Seen::Document(..) => Some("its Swagger document"),
            Seen::Routes(_) => Some("its routes"),
            Seen::Nothing => None,
        }
    }

    fn differences(&self) -> &[Difference] {
        match &self.seen {
            Seen::Document(_, differences) | Seen::Routes(differences) => differences,
            Seen::Nothing => &[],
        }
    }

    /// Where the instance has an operation, as far as is known.
    fn binding<Op: Operation>(&self, op: &Op) -> Result<Option<&Binding>, CallError> {
        let name = Op::SPEC.name;
        let Some(pinned) = Self::PIN.operation(name) else { return Ok(None) };
        let binding = match &self.seen {
            Seen::Document(contract, _) => match contract.operation(name) {
                Some(matched) => &matched.binding,
                None => return Err(self.unsupported(pinned, pinned.endpoint(), pinned.since)),
            },
            Seen::Routes(_) if self.lacks().any(|lacking| lacking == name) => {
                return Err(self.unsupported(pinned, pinned.endpoint(), pinned.since));
            }
            Seen::Routes(_) | Seen::Nothing => return Ok(None),
        };
        match binding.lacking(op) {
            Some(field) => Err(self.unsupported(pinned, format!("`{field}`"), pinned.field_since(field))),
            None => Ok(Some(binding)),
        }
    }

    fn unsupported(&self, pinned: &PinnedOperation, needs: String, since: &'static str) -> CallError {
        let seen = self.judged_by().unwrap_or_default();
        CallError::Unsupported { operation: pinned.name, needs, pinned: Self::PIN.name, since, seen }
    }
}

impl Pinned for Probed {
    const PIN: &'static Pin = <LatestPin as Pinned>::PIN;
}

impl<Op: Operation> Supports<Op> for Probed
where
    LatestPin: Supports<Op>,
{
    async fn call(&self, op: Op) -> Result<Op::Output, CallError> {
        match self.binding(&op)? {
            Some(binding) => self.api.transport().call(binding, &op).await,
            None => self.api.call(op).await,
        }
    }
}

/// Where the pages of a probed instance are.
fn site(transport: &Transport, seen: &Seen) -> Option<Url> {
    let Seen::Document(contract, _) = seen else { return None };
    let path = &contract.operations.first()?.binding.path;
    transport.site(path, &contract.prefix).parse().ok()
}

impl ClientBuilder {
    /// Makes a client for an instance of which nothing is known beforehand: looks at what it serves, and refuses at run time
    /// what it lacks.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2024_9).token("t").start().await.unwrap();
    /// let cx = cxreports::Client::builder(&instance.url()).token("t").workspace(1).probe().await?;
    /// assert!(cx.pinned().lacks().any(|operation| operation == "start_export"));
    /// let refused = cx.themes().await.unwrap_err();
    /// assert!(refused.to_string().starts_with("list_themes: the instance has no GET /api/v1/ws/"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Build`] says which setting cannot be used; [`Error::Call`] when the instance cannot be reached.
    pub async fn probe(self) -> Result<Client<Probed>, Error> {
        let client = self.build()?;
        let seen = Probed::look(&client).await?;
        let site = site(client.pinned().transport(), &seen);
        Ok(client.map_pin(|api| Probed { api: api.clone(), seen }, site))
    }
}
