//! A guide for each task, in the order in which most projects need them: [pin](mod@pin), [export](mod@export), [embed](mod@embed), [jobs](mod@jobs),
//! [upgrade](mod@upgrade), [test](mod@test), [troubleshoot](mod@troubleshoot). [Migrate](mod@migrate) leads from another client to this one, and
//! [stability](mod@stability) says what we promise.

#[doc = include_str!("../guide/pin.md")]
pub mod pin {}

#[doc = include_str!("../guide/export.md")]
pub mod export {}

#[doc = include_str!("../guide/embed.md")]
pub mod embed {}

#[doc = include_str!("../guide/jobs.md")]
pub mod jobs {}

#[doc = include_str!("../guide/upgrade.md")]
pub mod upgrade {}

#[doc = include_str!("../guide/test.md")]
pub mod test {}

#[doc = include_str!("../guide/migrate.md")]
pub mod migrate {}

#[doc = include_str!("../guide/observe.md")]
pub mod observe {}

#[doc = include_str!("../guide/troubleshoot.md")]
pub mod troubleshoot {}

#[doc = include_str!("../guide/stability.md")]
pub mod stability {}
