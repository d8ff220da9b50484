//! The operations that only read.

use serde_json::json;

use crate::{
    call::{Call, Outcome},
    problem::Problem,
};

pub(crate) fn workspaces(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.settings().seed.workspaces))
}

pub(crate) fn reports(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let (offset, limit) = (count(call, "offset")?.unwrap_or(0), count(call, "limit")?.unwrap_or(usize::MAX));
    let wanted = call.text("type").map(|code| {
        let mut types = workspace.report_types.iter();
        types.find(|kind| kind.code.eq_ignore_ascii_case(code)).map(|kind| kind.id)
    });
    let reports = workspace.reports.iter();
    let reports = reports.filter(|report| wanted.is_none_or(|id| id == Some(report.report_type_id)));
    Ok(call.json(&reports.skip(offset).take(limit).collect::<Vec<_>>()))
}

pub(crate) fn pages(call: &mut Call<'_>) -> Outcome {
    let report = call.report(call.workspace()?)?;
    let pages = report.pages.iter();
    let pages = pages.map(|page| {
        let kind = call.enumeration(page.kind.name(), page.kind as usize);
        json!({ "id": page.id, "name": page.name, "type": kind })
    });
    Ok(call.json(&pages.collect::<Vec<_>>()))
}

pub(crate) fn report_types(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.report_types))
}

pub(crate) fn templates(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.templates))
}

pub(crate) fn themes(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.themes))
}

pub(crate) fn jobs(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.jobs))
}

fn count(call: &Call<'_>, name: &str) -> Result<Option<usize>, Problem> {
    let Some(number) = call.arguments.get(name).and_then(serde_json::Value::as_i64) else { return Ok(None) };
    match usize::try_from(number) {
        Ok(count) => Ok(Some(count)),
        Err(_) => Err(Problem::invalid([(name.to_owned(), format!("The value '{number}' is not valid."))])),
    }
}
