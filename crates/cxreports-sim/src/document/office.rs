//! Word and PowerPoint: packages of XML parts (ECMA-376), with the fewest parts that office programs ask for.

use std::fmt::Write as _;

use super::{content::Content, html::escape, pack};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
const SLIDES: &str = "http://schemas.openxmlformats.org/presentationml/2006/main";
const WORDS: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Lines of text on one slide.
const SLIDE_LINES: usize = 12;

pub(super) fn docx(content: &Content) -> Vec<u8> {
    let run = |text: &str, size: u32| {
        format!("<w:r><w:rPr><w:sz w:val=\"{size}\"/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", text_of(text))
    };
    let mut body = String::new();
    for (text, size) in lines(content) {
        let _ = write!(body, "<w:p>{}</w:p>", run(&text, size));
    }
    let document = format!("{XML}<w:document xmlns:w=\"{WORDS}\"><w:body>{body}<w:sectPr/></w:body></w:document>");
    let types = content_types(&[(
        "/word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    )]);
    package(&[
        ("[Content_Types].xml", types),
        ("_rels/.rels", relationships(&[("officeDocument", "word/document.xml")])),
        ("word/document.xml", document),
    ])
}

pub(super) fn pptx(content: &Content) -> Vec<u8> {
    let lines: Vec<String> = lines(content).skip(1).map(|(text, _)| text).collect();
    let sheets: Vec<&[String]> = if lines.is_empty() { vec![&[]] } else { lines.chunks(SLIDE_LINES).collect() };
    let numbers = 1..=sheets.len();

    let kind = |name: &str| format!("application/vnd.openxmlformats-officedocument.{name}+xml");
    let mut types = vec![
        ("/ppt/presentation.xml".to_owned(), kind("presentationml.presentation.main")),
        ("/ppt/slideMasters/slideMaster1.xml".to_owned(), kind("presentationml.slideMaster")),
        ("/ppt/slideLayouts/slideLayout1.xml".to_owned(), kind("presentationml.slideLayout")),
        ("/ppt/theme/theme1.xml".to_owned(), kind("theme")),
    ];
    let mut links = vec![("slideMaster", "slideMasters/slideMaster1.xml".to_owned())];
    for number in numbers.clone() {
        types.push((format!("/ppt/slides/slide{number}.xml"), kind("presentationml.slide")));
        links.push(("slide", format!("slides/slide{number}.xml")));
    }
    let ids: String = numbers.clone().map(|n| format!("<p:sldId id=\"{}\" r:id=\"rId{}\"/>", 255 + n, n + 1)).collect();
    let presentation = format!(
        "{XML}<p:presentation xmlns:a=\"{DRAWING}\" xmlns:r=\"{OFFICE}\" xmlns:p=\"{SLIDES}\">\
         <p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"rId1\"/></p:sldMasterIdLst>\
         <p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx=\"9144000\" cy=\"6858000\"/>\
         <p:notesSz cx=\"6858000\" cy=\"9144000\"/></p:presentation>"
    );
    let slide_root = |name: &str, attributes: &str, shapes: &str, rest: &str| {
        format!(
            "{XML}<p:{name} xmlns:a=\"{DRAWING}\" xmlns:r=\"{OFFICE}\" xmlns:p=\"{SLIDES}\"{attributes}><p:cSld><p:spTree>\
             <p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}\
             </p:spTree></p:cSld>{rest}</p:{name}>"
        )
    };
    let map = "<p:clrMap bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" accent2=\"accent2\" \
               accent3=\"accent3\" accent4=\"accent4\" accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" \
               folHlink=\"folHlink\"/>";
    let master = slide_root(
        "sldMaster",
        "",
        "",
        &format!("{map}<p:sldLayoutIdLst><p:sldLayoutId id=\"2147483649\" r:id=\"rId1\"/></p:sldLayoutIdLst>"),
    );
    let inherit = "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>";

    let types: Vec<(&str, &str)> = types.iter().map(|(part, kind)| (part.as_str(), kind.as_str())).collect();
    let links: Vec<(&str, &str)> = links.iter().map(|(kind, target)| (*kind, target.as_str())).collect();
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), content_types(&types)),
        ("_rels/.rels".to_owned(), relationships(&[("officeDocument", "ppt/presentation.xml")])),
        ("ppt/presentation.xml".to_owned(), presentation),
        ("ppt/_rels/presentation.xml.rels".to_owned(), relationships(&links)),
        ("ppt/slideMasters/slideMaster1.xml".to_owned(), master),
        (
            "ppt/slideMasters/_rels/slideMaster1.xml.rels".to_owned(),
            relationships(&[("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]),
        ),
        ("ppt/slideLayouts/slideLayout1.xml".to_owned(), slide_root("sldLayout", " type=\"blank\"", "", inherit)),
        (
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels".to_owned(),
            relationships(&[("slideMaster", "../slideMasters/slideMaster1.xml")]),
        ),
        ("ppt/theme/theme1.xml".to_owned(), theme()),
    ];
    for (number, sheet) in numbers.zip(sheets) {
        let title =
            text_box(2, "Title", (457_200, 274_638, 8_229_600, 914_400), 3200, std::slice::from_ref(&content.title));
        let body = text_box(3, "Content", (457_200, 1_371_600, 8_229_600, 4_938_000), 1600, sheet);
        parts
            .push((format!("ppt/slides/slide{number}.xml"), slide_root("sld", "", &format!("{title}{body}"), inherit)));
        parts.push((
            format!("ppt/slides/_rels/slide{number}.xml.rels"),
            relationships(&[("slideLayout", "../slideLayouts/slideLayout1.xml")]),
        ));
    }
    package(&parts)
}

/// The lines of a document, with their size in half points; the first is its title.
fn lines(content: &Content) -> impl Iterator<Item = (String, u32)> {
    let pair = |(name, value): &(String, String)| (format!("{name}: {value}"), 22);
    let title = std::iter::once((content.title.clone(), 40));
    let pages = content.pages.iter().map(|page| (page.clone(), 28));
    title.chain(content.facts.iter().map(pair)).chain(pages).chain(content.rows.iter().map(pair))
}

fn text_box(id: u32, name: &str, (x, y, width, height): (u32, u32, u32, u32), size: u32, lines: &[String]) -> String {
    let mut paragraphs = String::new();
    for line in lines {
        let _ = write!(
            paragraphs,
            "<a:p><a:r><a:rPr lang=\"en-US\" sz=\"{size}\"/><a:t>{}</a:t></a:r></a:p>",
            text_of(line)
        );
    }
    if lines.is_empty() {
        paragraphs.push_str("<a:p/>");
    }
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name}\"/><p:cNvSpPr txBox=\"1\"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>\
         <a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{width}\" cy=\"{height}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/>\
         </a:prstGeom></p:spPr><p:txBody><a:bodyPr wrap=\"square\"/><a:lstStyle/>{paragraphs}</p:txBody></p:sp>"
    )
}

/// Text for XML, without the characters that it cannot hold.
fn text_of(text: &str) -> String {
    let holds = |c: &char| matches!(c, '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    escape(&text.chars().filter(holds).collect::<String>())
}

fn content_types(parts: &[(&str, &str)]) -> String {
    let overrides: String =
        parts.iter().map(|(part, kind)| format!("<Override PartName=\"{part}\" ContentType=\"{kind}\"/>")).collect();
    format!(
        "{XML}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>{overrides}</Types>"
    )
}

/// Links to other parts; their ids are `rId1`, `rId2` and so on.
fn relationships(links: &[(&str, &str)]) -> String {
    let links: String = (1..)
        .zip(links)
        .map(|(n, (kind, target))| {
            format!("<Relationship Id=\"rId{n}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
        })
        .collect();
    format!("{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">{links}</Relationships>")
}

fn package<N: AsRef<str>>(parts: &[(N, String)]) -> Vec<u8> {
    pack::zip(parts.iter().map(|(name, text)| (name.as_ref().to_owned(), text.as_bytes())))
}

fn theme() -> String {
    let color = |name: &str, rgb: &str| format!("<a:{name}><a:srgbClr val=\"{rgb}\"/></a:{name}>");
    let colors: String = [
        ("dk1", "000000"),
        ("lt1", "FFFFFF"),
        ("dk2", "1F2937"),
        ("lt2", "F3F4F6"),
        ("accent1", "2563EB"),
        ("accent2", "059669"),
        ("accent3", "D97706"),
        ("accent4", "DC2626"),
        ("accent5", "7C3AED"),
        ("accent6", "0891B2"),
        ("hlink", "2563EB"),
        ("folHlink", "7C3AED"),
    ]
    .iter()
    .map(|(name, rgb)| color(name, rgb))
    .collect();
    let font = "<a:latin typeface=\"Arial\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/>";
    let fill = "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>".repeat(3);
    let line = "<a:ln><a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill></a:ln>".repeat(3);
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>".repeat(3);
    format!(
        "{XML}<a:theme xmlns:a=\"{DRAWING}\" name=\"Report\"><a:themeElements><a:clrScheme name=\"Report\">{colors}</a:clrScheme>\
         <a:fontScheme name=\"Report\"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>\
         <a:fmtScheme name=\"Report\"><a:fillStyleLst>{fill}</a:fillStyleLst><a:lnStyleLst>{line}</a:lnStyleLst>\
         <a:effectStyleLst>{effect}</a:effectStyleLst><a:bgFillStyleLst>{fill}</a:bgFillStyleLst></a:fmtScheme>\
         </a:themeElements></a:theme>"
    )
}
