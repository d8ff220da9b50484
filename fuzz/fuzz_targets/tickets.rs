//! Any ticket: it is read and written as it was, and resumed by a client of its instance, or refused.
#![no_main]

use cxreports::{Client, Ticket};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(ticket) = serde_json::from_slice::<Ticket>(bytes) else { return };
    let text = serde_json::to_string(&ticket).unwrap();
    assert_eq!(serde_json::from_str::<Ticket>(&text).unwrap(), ticket);
    let _ = (ticket.workspace(), ticket.file_id(), ticket.job_run(), format!("{ticket:?}"));
    let Ok(cx) = Client::builder(ticket.instance()).token("t").allow_plain_http().build() else { return };
    if let Ok(export) = cx.resume_export(&ticket) {
        let again = export.ticket();
        assert_eq!(again.file_id(), ticket.file_id());
        assert!(cx.resume_export(&again).is_ok());
    }
    if let Ok(run) = cx.resume_run(&ticket) {
        assert_eq!(run.ticket().job_run(), ticket.job_run());
    }
});
