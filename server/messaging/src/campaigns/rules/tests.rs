use super::*;
use CampaignState as S;

const MOVES: [Move; 8] =
    [Move::Schedule, Move::Unschedule, Move::Send, Move::Pause, Move::Resume, Move::Cancel, Move::Edit, Move::Delete];

#[test]
fn every_move_from_every_state_is_as_the_design_says() {
    let legal: &[(Move, &[S])] = &[
        (Move::Schedule, &[S::Draft, S::Paused]),
        (Move::Unschedule, &[S::Scheduled]),
        (Move::Send, &[S::Draft, S::Paused]),
        (Move::Pause, &[S::Sending]),
        (Move::Resume, &[S::Paused]),
        (Move::Cancel, &[S::Scheduled, S::Preparing, S::Sending, S::Paused]),
        (Move::Edit, &[S::Draft, S::Scheduled, S::Paused]),
        (Move::Delete, &[S::Draft, S::Finished, S::FinishedWithFailures, S::Cancelled, S::Failed]),
    ];
    assert_eq!(legal.len(), MOVES.len());
    for (step, states) in legal {
        for state in S::ALL {
            assert_eq!(step.is_legal(state), states.contains(&state), "{step:?} from {state:?}");
            assert!(matches!(step.refuse(state), Fault::Conflict { .. }));
        }
    }
}

#[test]
fn nothing_leads_out_of_an_end_but_deleting() {
    for state in S::ALL.into_iter().filter(|s| s.is_ended()) {
        for step in MOVES {
            assert_eq!(step.is_legal(state), step == Move::Delete, "{step:?} from {state:?}");
        }
    }
}

#[test]
fn the_end_is_what_the_rows_say() {
    let rows = |pending, handed, accepted, failed, skipped, unknown| Counts {
        pending,
        handed,
        accepted,
        failed,
        skipped,
        unknown,
        ..Counts::default()
    };
    assert_eq!(end_of(&rows(1, 0, 9, 0, 0, 0)), None);
    assert_eq!(end_of(&rows(0, 1, 9, 0, 0, 0)), None);
    assert_eq!(end_of(&rows(0, 0, 9, 0, 4, 0)), Some(S::Finished));
    assert_eq!(end_of(&rows(0, 0, 9, 1, 0, 0)), Some(S::FinishedWithFailures));
    assert_eq!(end_of(&rows(0, 0, 9, 0, 0, 1)), Some(S::FinishedWithFailures));
    assert_eq!(end_of(&rows(0, 0, 0, 0, 7, 0)), Some(S::Failed));
}

#[test]
fn a_start_missed_by_more_than_the_grace_waits_for_a_person() {
    let planned = Micros::from_seconds(1_000_000);
    assert!(!is_missed(planned, planned.plus_seconds(GRACE_SECONDS)));
    assert!(is_missed(planned, planned.plus_seconds(GRACE_SECONDS + 1)));
}

#[test]
fn the_forecast_obeys_the_tightest_window() {
    let rates = Rates { per_minute: Some(30), per_day: Some(10_000), ..Rates::default() };
    assert_eq!(forecast(&rates, 30), (Some(6), Some(0)));
    assert_eq!(forecast(&rates, 31), (Some(6), Some(60)));
    assert_eq!(forecast(&rates, 10_001), (Some(6), Some(86_400)));
    assert_eq!(forecast(&Rates { per_second: Some(2), ..Rates::default() }, 100), (Some(120), Some(49)));
    assert_eq!(forecast(&Rates::default(), 100), (None, None));
}

#[test]
fn the_pace_is_unknown_until_something_was_settled() {
    let now = Micros::from_seconds(0);
    assert_eq!(pace(0, 100, now), (None, None));
    assert_eq!(pace(60, 120, now), (Some(60), Some(now.plus_seconds(121))));
    assert_eq!(pace(60, 0, now), (Some(60), Some(now)));
}

#[test]
fn spreadsheets_do_not_run_cells() {
    assert_eq!(csv_cell("=1+1"), "\"'=1+1\"");
    assert_eq!(csv_cell("@x"), "\"'@x\"");
    assert_eq!(csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    assert_eq!(csv_cell("mette@example.com"), "mette@example.com");
}

#[test]
fn a_draft_may_be_empty_but_not_broken() {
    let good = CampaignDraft { name: "News".into(), ..CampaignDraft::default() };
    assert_eq!(check(&good), Ok(()));
    let bad = CampaignDraft {
        name: " ".into(),
        reply_to: "nobody".into(),
        from_name: "A\r\nBcc: x".into(),
        ..CampaignDraft::default()
    };
    let fault = check(&bad).unwrap_err();
    for field in ["name", "reply_to", "from_name"] {
        assert!(fault.field(field).is_some(), "{field}");
    }
}

#[test]
fn of_several_limits_the_narrowest_holds_in_each_window() {
    let pace = Pace { count: 50, per: PacePer::Hour, evenly: true };
    let sender = Rates { per_minute: Some(30), per_hour: Some(500), ..Rates::default() };
    let shared = Rates { per_day: Some(900), per_minute: Some(40), ..Rates::default() };
    let all = narrowest([sender, shared, rates_of(&pace)]);
    assert_eq!((all.per_second, all.per_minute, all.per_hour, all.per_day), (None, Some(30), Some(50), Some(900)));
    assert_eq!(narrowest([]), Rates::default());
}
