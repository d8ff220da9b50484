//! What an instance serves, beside what its client was generated from.

use std::{collections::BTreeSet, fmt};

use cxreports_core::{CallError, Operation, Pin, Pinned, PinnedOperation, Supports};
use futures_util::TryStreamExt as _;
use http::{Method, StatusCode, header};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{Client, ClientBuilder, Error, LatestPin};

/// Where Swashbuckle and ASP.NET's own generator serve the document, below the base URL.
const SWAGGER: &str = "swagger/v1/swagger.json";

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
    /// The instance has an operation that the pin has not.
    OperationNew {
        /// Its method and path.
        endpoint: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OperationGone { operation, endpoint } => write!(f, "{operation} is gone ({endpoint})"),
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
        Ok(match Served::fetch(&self.client).await? {
            Some(served) => Check::Compared(served.differences(P::PIN)),
            None => Check::SwaggerOff,
        })
    }
}

/// The operations of a served document.
#[derive(Debug)]
struct Served(Vec<ServedOperation>);

#[derive(Debug)]
struct ServedOperation {
    method: String,
    path: String,
    fields: BTreeSet<String>,
}

impl Served {
    const OPERATION: &'static str = "swagger";
    /// The most that is read of a document, in bytes.
    const MOST: usize = 32 << 20;

    /// The document that the instance serves, if it serves one.
    async fn fetch<P>(client: &Client<P>) -> Result<Option<Self>, Error> {
        let path: Vec<_> = SWAGGER.split('/').collect();
        let response = request(client, Method::GET, client.url_of(&path), Self::OPERATION).await?;
        let is_page = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        match response.status() {
            StatusCode::OK if !is_page => {}
            // Off: nothing there, or what stands before everything else answers.
            StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Ok(None);
            }
            status if status.is_redirection() => return Ok(None),
            status => return Err(CallError::from_answer(Self::OPERATION, status, response.headers(), b"").into()),
        }
        let broken = |source: reqwest::Error| CallError::Body {
            operation: Self::OPERATION,
            source: source.without_url().into(),
        };
        let mut text = Vec::new();
        let mut chunks = std::pin::pin!(response.bytes_stream());
        while let Some(chunk) = chunks.try_next().await.map_err(broken)? {
            if text.len() + chunk.len() > Self::MOST {
                return Err(unreadable("its Swagger document is larger than 32 MiB"));
            }
            text.extend_from_slice(&chunk);
        }
        let document: Value = serde_json::from_slice(&text)
            .map_err(|error| unreadable(&format!("its Swagger document is no JSON at line {}", error.line())))?;
        Ok(Some(Self::read(&document, client.url())))
    }

    fn read(document: &Value, base: &Url) -> Self {
        // Swagger 2.0 has the prefix of all paths apart; what of it is the client's own base is left out.
        let prefix = document["basePath"].as_str().unwrap_or_default().trim_end_matches('/');
        let prefix = prefix.strip_prefix(base.path().trim_end_matches('/')).unwrap_or(prefix);
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let shared = item["parameters"].as_array().into_iter().flatten();
            let members = item.as_object().into_iter().flatten();
            let operations = members.filter(|(method, _)| method.parse::<Method>().is_ok() && is_method(method));
            operations.map(move |(method, operation)| {
                let own = operation["parameters"].as_array().into_iter().flatten();
                let mut fields = BTreeSet::new();
                for parameter in shared.clone().chain(own) {
                    let parameter = resolve(document, parameter);
                    match parameter["in"].as_str() {
                        Some("query") => fields.extend(parameter["name"].as_str().map(str::to_owned)),
                        Some("body") => members_of(document, &parameter["schema"], &mut fields, 0),
                        _ => {}
                    }
                }
                let bodies = resolve(document, &operation["requestBody"])["content"].as_object();
                for (_, media) in bodies.into_iter().flatten() {
                    members_of(document, &media["schema"], &mut fields, 0);
                }
                ServedOperation { method: method.to_ascii_uppercase(), path: format!("{prefix}{path}"), fields }
            })
        });
        Self(operations.collect())
    }

    fn find(&self, pinned: &PinnedOperation) -> Option<&ServedOperation> {
        self.0.iter().find(|served| served.method == pinned.method && same_path(&served.path, pinned.path))
    }

    fn differences(&self, pin: &'static Pin) -> Vec<Difference> {
        let mut differences = Vec::new();
        for pinned in pin.operations {
            let operation = pinned.name;
            let Some(served) = self.find(pinned) else {
                differences.push(gone(pinned));
                continue;
            };
            let known: BTreeSet<String> = pinned.fields.iter().map(|field| (*field).to_owned()).collect();
            let gone = known.difference(&served.fields).cloned();
            differences.extend(gone.map(|field| Difference::FieldGone { operation, field }));
            let new = served.fields.difference(&known).cloned();
            differences.extend(new.map(|field| Difference::FieldNew { operation, field }));
        }
        let is_new = |served: &&ServedOperation| {
            !pin.operations.iter().any(|p| p.method == served.method && same_path(&served.path, p.path))
        };
        let endpoint = |served: &ServedOperation| format!("{} {}", served.method, served.path);
        differences
            .extend(self.0.iter().filter(is_new).map(|served| Difference::OperationNew { endpoint: endpoint(served) }));
        differences.sort();
        differences
    }
}

fn gone(pinned: &PinnedOperation) -> Difference {
    let endpoint = format!("{} {}", pinned.method, pinned.path);
    Difference::OperationGone { operation: pinned.name, endpoint }
}

fn unreadable(detail: &str) -> Error {
    CallError::UnexpectedAnswer { operation: Served::OPERATION, detail: detail.to_owned() }.into()
}

fn is_method(name: &str) -> bool {
    matches!(name, "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "trace")
}

/// Whether two path templates are one: names of parameters and, with ASP.NET, case do not count.
fn same_path(one: &str, other: &str) -> bool {
    let same = |(a, b): (&str, &str)| (a.starts_with('{') && b.starts_with('{')) || a.eq_ignore_ascii_case(b);
    one.split('/').count() == other.split('/').count() && one.split('/').zip(other.split('/')).all(same)
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

fn members_of(document: &Value, schema: &Value, fields: &mut BTreeSet<String>, depth: u8) {
    // A schema that contains itself ends somewhere.
    if depth > 8 {
        return;
    }
    let schema = resolve(document, schema);
    fields.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        members_of(document, part, fields, depth + 1);
    }
}

async fn request<P>(
    client: &Client<P>,
    method: Method,
    url: Url,
    operation: &'static str,
) -> Result<reqwest::Response, Error> {
    let (http, authorize, after) = client.plain();
    let mut request = reqwest::Request::new(method, url);
    authorize.authorize(request.headers_mut()).await?;
    let answer = timeout(after, http.execute(request)).await.map_err(|_| CallError::TimedOut { operation, after })?;
    Ok(answer.map_err(|source| CallError::Connection {
        operation,
        maybe_sent: !source.is_connect(),
        source: source.without_url().into(),
    })?)
}

/// A pin for instances of which nothing is known beforehand, for tools that meet any of them: it can call what the newest pin
/// can, and refuses at run time what the instance lacks, before it is sent ([`CallError::Unsupported`]).
#[derive(Debug, Clone)]
pub struct Probed {
    api: LatestPin,
    seen: Seen,
}

/// What is known of an instance: what it lacks of the pin.
#[derive(Debug, Clone)]
enum Seen {
    /// By its Swagger document.
    Document(Vec<Difference>),
    /// By its routes, which tell nothing of fields.
    Routes(Vec<Difference>),
    /// It does not let itself be looked at.
    Nothing,
}

impl Probed {
    /// Looks at the instance: at its Swagger document or else, without acting on anything, at its routes.
    async fn look<P: Pinned>(client: &Client<P>) -> Result<Seen, Error> {
        let Some(served) = Served::fetch(client).await? else { return Self::look_at_routes(client, P::PIN).await };
        Ok(Seen::Document(served.differences(P::PIN)))
    }

    /// ASP.NET answers a method that a route lacks with 405 and the methods that it has, and 404 where there is no route.
    async fn look_at_routes<P>(client: &Client<P>, pin: &'static Pin) -> Result<Seen, Error> {
        let mut lacks = Vec::new();
        let mut told = false;
        for pinned in pin.operations {
            let path: Vec<_> =
                pinned.path.split('/').skip(1).map(|part| if part.starts_with('{') { "0" } else { part }).collect();
            let answer = request(client, Method::OPTIONS, client.url_of(&path), "probe").await?;
            let allowed = answer.headers().get(header::ALLOW).and_then(|value| value.to_str().ok());
            let is_there = match (answer.status(), allowed) {
                (StatusCode::NOT_FOUND, _) => false,
                (StatusCode::METHOD_NOT_ALLOWED, Some(methods)) => {
                    told = true;
                    methods.split(',').any(|method| method.trim().eq_ignore_ascii_case(pinned.method))
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
            Seen::Document(_) => Some("its Swagger document"),
            Seen::Routes(_) => Some("its routes"),
            Seen::Nothing => None,
        }
    }

    fn differences(&self) -> &[Difference] {
        match &self.seen {
            Seen::Document(differences) | Seen::Routes(differences) => differences,
            Seen::Nothing => &[],
        }
    }

    fn check<Op: Operation>(&self, op: &Op) -> Result<(), CallError> {
        let name = Op::SPEC.name;
        let Some(pinned) = Self::PIN.operation(name) else { return Ok(()) };
        let set = op.set_fields();
        let lacked = self.differences().iter().find_map(|difference| match difference {
            Difference::OperationGone { operation, endpoint } if *operation == name => {
                Some((endpoint.clone(), pinned.since))
            }
            Difference::FieldGone { operation, field } if *operation == name && set.contains(&field.as_str()) => {
                Some((format!("`{field}`"), pinned.field_since(field)))
            }
            _ => None,
        });
        let Some((needs, since)) = lacked else { return Ok(()) };
        let seen = self.judged_by().unwrap_or_default();
        Err(CallError::Unsupported { operation: name, needs, pinned: Self::PIN.name, since, seen })
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
        self.check(&op)?;
        self.api.call(op).await
    }
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
        Ok(client.map_pin(|api| Probed { api: api.clone(), seen }))
    }
}
