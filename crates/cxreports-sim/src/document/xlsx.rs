use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::content::Content;

pub(super) fn write(content: &Content) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet(), content)
        .and_then(|()| workbook.save_to_buffer())
        .expect("a short sheet can be written")
}

fn fill(sheet: &mut Worksheet, content: &Content) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name("Report")?.set_column_width(0, 30)?.set_column_width(1, 60)?;
    sheet.write_with_format(0, 0, cell(&content.title), &bold)?;
    let pages = content.pages.iter().map(|page| (page.as_str(), ""));
    let pairs = content.facts.iter().chain(&content.rows).map(|(name, value)| (name.as_str(), value.as_str()));
    for (row, (name, value)) in (1..).zip(pages.chain(pairs)) {
        sheet.write(row, 0, cell(name))?;
        match value.parse::<f64>() {
            Ok(number) if number.is_finite() => sheet.write(row, 1, number)?,
            _ => sheet.write(row, 1, cell(value))?,
        };
    }
    Ok(())
}

/// The most that Excel takes in one cell.
fn cell(text: &str) -> String {
    text.chars().take(32_000).collect()
}
