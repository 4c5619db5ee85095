use contract::templates::ContentProblem;
use kit::*;
use leptos::prelude::*;

/// What is wrong with what was written, with its line.
#[component]
pub fn ProblemCard(
    /// The problems; nothing is drawn without any.
    problems: Signal<Vec<ContentProblem>>,
) -> impl IntoView {
    let row = |problem: ContentProblem| {
        let (tone, shape, said, tint) = match problem.blocks {
            true => (Tone::Bad, Shape::Stop, "Blocks sending", "bad"),
            false => (Tone::Warn, Shape::Full, "To look at", "warn"),
        };
        view! {
            <Row title=problem.message.clone() detail=place(&problem) before=move || view! { <Icon name=IconName::Alert tint=tint /> }>
                <Status tone shape>{said}</Status>
            </Row>
        }
    };
    view! {
        <When is=move || problems.with(|all| !all.is_empty())>
            <Card title="Problems" aside=move || view! { <Faint tiny=true>{move || summary(&problems.get())}</Faint> }>
                <Rows label="Problems">{move || problems.get().into_iter().map(row).collect_view()}</Rows>
            </Card>
        </When>
    }
    .into_any()
}

/// Where a problem stands, in words.
fn place(problem: &ContentProblem) -> String {
    let field = match problem.field.as_str() {
        "subject" => "Subject",
        "preheader" => "Preview text",
        "text" => "Text part",
        _ => "Source",
    };
    problem.line.map_or_else(|| field.to_owned(), |line| format!("{field}, line {line}"))
}

fn summary(problems: &[ContentProblem]) -> String {
    let blocking = problems.iter().filter(|p| p.blocks).count();
    match (blocking, problems.len() - blocking) {
        (0, rest) => format!("{rest} to look at"),
        (blocking, 0) => format!("{blocking} in the way"),
        (blocking, rest) => format!("{blocking} in the way, {rest} to look at"),
    }
}

/// The first problem of one field, for the place below its input.
pub fn hint(problems: Signal<Vec<ContentProblem>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        problems.with(|all| all.iter().find(|p| p.field == field && p.blocks).map(|p| p.message.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(blocks: bool) -> ContentProblem {
        ContentProblem { field: "source".into(), line: Some(12), message: "No".into(), blocks }
    }

    #[test]
    fn a_problem_says_where_it_stands() {
        assert_eq!(place(&problem(true)), "Source, line 12");
        assert_eq!(place(&ContentProblem { field: "subject".into(), line: None, ..problem(true) }), "Subject");
    }

    #[test]
    fn what_blocks_is_counted_apart() {
        assert_eq!(summary(&[problem(true), problem(false)]), "1 in the way, 1 to look at");
        assert_eq!(summary(&[problem(false)]), "1 to look at");
    }
}
