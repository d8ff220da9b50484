use pdf_writer::{Content as Stream, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::content::Content;

/// Lines of a page, and characters of a line, in A4 with the margins below.
const LINES: usize = 48;
const WIDTH: usize = 90;

pub(super) fn write(content: &Content) -> Vec<u8> {
    let lines = lines(content);
    let mut pdf = Pdf::new();
    let mut ids = (1..).map(Ref::new);
    let mut next = || ids.next().expect("ids do not end");
    let (catalog, pages, font, info) = (next(), next(), next(), next());
    let sheets: Vec<(Ref, Ref, &[String])> = lines.chunks(LINES).map(|lines| (next(), next(), lines)).collect();

    pdf.catalog(catalog).pages(pages);
    pdf.document_info(info).title(TextStr(&content.title)).creator(TextStr("cxreports-sim"));
    let count = i32::try_from(sheets.len()).expect("documents are short");
    pdf.pages(pages).kids(sheets.iter().map(|(page, ..)| *page)).count(count);
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    for (number, (id, text, lines)) in sheets.into_iter().enumerate() {
        let mut page = pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(pages).contents(text);
        page.resources().fonts().pair(Name(b"F"), font);
        page.finish();

        let mut stream = Stream::new();
        stream.begin_text().next_line(56.0, 780.0).set_leading(15.0);
        for (place, line) in lines.iter().enumerate() {
            let heading = number == 0 && place == 0;
            stream.set_font(Name(b"F"), if heading { 18.0 } else { 10.0 });
            stream.show(Str(&encode(line))).next_line_using_leading();
        }
        stream.end_text();
        pdf.stream(text, &stream.finish());
    }
    pdf.finish()
}

fn lines(content: &Content) -> Vec<String> {
    let pairs =
        |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
    let texts = [
        vec![content.title.clone(), String::new()],
        pairs(&content.facts),
        content.pages.clone(),
        pairs(&content.rows),
    ];
    let wrap = |text: String| {
        let characters: Vec<char> = text.chars().collect();
        let lines: Vec<String> = characters.chunks(WIDTH).map(|line| line.iter().collect()).collect();
        if lines.is_empty() { vec![String::new()] } else { lines }
    };
    texts.into_iter().flatten().flat_map(wrap).collect()
}

/// In WinAnsiEncoding, which the standard fonts have; what it lacks becomes a question mark.
fn encode(text: &str) -> Vec<u8> {
    let encode = |c: char| match c {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        '€' => 0x80,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        _ => b'?',
    };
    text.chars().map(encode).collect()
}
