/// A request that is being built.
pub(crate) trait Operation {
    /// The client, and each argument.
    type Taken;

    /// Takes the arguments, or says which one is missing or could not be converted.
    fn take(self) -> Result<Self::Taken, Error<ByteStream>>;
}

/// Declares the builder of a request: a setter for each argument.
macro_rules! operation {
    ($(#[$attribute:meta])* $name:ident($client:ident) { $($kind:ident $argument:ident: $type:ty,)* }) => {
        $(#[$attribute])*
        pub struct $name<'a> {
            $client: &'a Client,
            $($argument: Result<crate::support::argument!(stored $kind $type), String>,)*
        }

        impl<'a> $name<'a> {
            pub fn new(client: &'a Client) -> Self {
                Self { $client: client, $($argument: crate::support::argument!(unset $kind $argument),)* }
            }

            $(crate::support::setter!($kind $argument: $type);)*
        }

        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<'a> crate::support::Operation for $name<'a> {
            type Taken = (&'a Client, $(crate::support::argument!(taken $kind $type),)*);

            fn take(self) -> Result<Self::Taken, Error<ByteStream>> {
                Ok((self.$client, $(crate::support::argument!(take $kind self.$argument).map_err(Error::InvalidRequest)?,)*))
            }
        }
    };
}

macro_rules! setter {
    (required $argument:ident: $type:ty) => {
        pub fn $argument<V: TryInto<$type>>(mut self, value: V) -> Self {
            self.$argument = crate::support::converted(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed"));
            self
        }
    };
    (optional $argument:ident: $type:ty) => {
        pub fn $argument<V: TryInto<$type>>(mut self, value: V) -> Self {
            self.$argument = crate::support::converted(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed")).map(Some);
            self
        }
    };
    (object $argument:ident: $type:ty) => {
        pub fn $argument<V>(mut self, value: V) -> Self
        where
            V: TryInto<$type>,
            V::Error: std::fmt::Display,
        {
            self.$argument = crate::support::converted_to(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed")).map(<$type>::into);
            self
        }

        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: FnOnce(crate::support::argument!(stored object $type)) -> crate::support::argument!(stored object $type),
        {
            self.$argument = self.$argument.map(f);
            self
        }
    };
}

macro_rules! argument {
    (stored required $type:ty) => { $type };
    (stored optional $type:ty) => { Option<$type> };
    (stored object $type:ty) => { <$type as crate::support::Object>::Builder };
    (taken object $type:ty) => { $type };
    (taken $kind:ident $type:ty) => { crate::support::argument!(stored $kind $type) };
    (unset required $argument:ident) => { Err(concat!(stringify!($argument), " was not initialized").to_owned()) };
    (unset optional $argument:ident) => { Ok(None) };
    (unset object $argument:ident) => { Ok(Default::default()) };
    (take object $self:ident.$argument:ident) => {
        $self.$argument.and_then(|body| body.try_into().map_err(|error: crate::types::error::ConversionError| error.to_string()))
    };
    (take $kind:ident $self:ident.$argument:ident) => { $self.$argument };
}

pub(crate) use {argument, operation, setter};

/// Sends a request. What is no success is an error, with its body as a stream where the status is one of an error.
pub(crate) async fn send(
    client: &Client,
    mut request: reqwest::Request,
    operation_id: &'static str,
    success: std::ops::RangeInclusive<u16>,
) -> Result<reqwest::Response, Error<ByteStream>> {
    let info = OperationInfo { operation_id };
    AUTHORIZE
    client.pre(&mut request, &info).await?;
    let result = client.exec(request, &info).await;
    client.post(&result, &info).await?;
    let response = result?;
    match response.status().as_u16() {
        status if success.contains(&status) => Ok(response),
        400..=599 => Err(Error::ErrorResponse(ResponseValue::stream(response))),
        _ => Err(Error::UnexpectedResponse(response)),
    }
}
