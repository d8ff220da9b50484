//! Test results: a finding at or above the severity that fails is a failure.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::comparison::Comparison;
use crate::{finding::Finding, message::one_line, rules::Severity};

pub(super) fn write(comparisons: &[Comparison], fail_on: Severity) -> String {
    let mut report = Report::new("drift");
    for comparison in comparisons {
        let mut suite = TestSuite::new(xml(&one_line(&comparison.title())));
        let findings = &comparison.allowed.findings;
        if findings.is_empty() {
            let mut case = TestCase::new("no difference", TestCaseStatus::success());
            case.set_classname("drift");
            suite.add_test_case(case);
        }
        suite.add_test_cases(findings.iter().map(|finding| case(finding, fail_on)));
        report.add_test_suite(suite);
    }
    // Writing into memory does not fail.
    report.to_string().unwrap_or_default()
}

fn case(finding: &Finding, fail_on: Severity) -> TestCase {
    let message = xml(&finding.message().to_string());
    let mut status = TestCaseStatus::success();
    if finding.severity >= fail_on {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let operations: Vec<_> = finding.operations().into_iter().take(50).map(one_line).collect();
        let effect = finding.effect_in_words().map(|effect| effect.to_string());
        let lines: Vec<String> = operations.into_iter().chain(effect).chain([finding.id.clone()]).collect();
        status.set_type(finding.rule.id()).set_message(&message).set_description(xml(&lines.join("\n")));
    }
    let mut case = TestCase::new(message, status);
    case.set_classname(format!("drift.{}", finding.rule.id()));
    case
}

/// Two characters that XML 1.0 does not have; the library leaves out the others.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}
