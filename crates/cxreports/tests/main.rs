//! The client against a simulated instance, and against servers that are hostile.

#[cfg(feature = "blocking")]
mod blocking;
mod builder;
mod export;
mod faults;
mod hostile;
mod hostile_table;
mod instance;
mod jobs;
mod malice;
mod observe;
mod preview;
mod reading;
mod secrets;
