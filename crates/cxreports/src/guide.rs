//! A guide for each task.

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
