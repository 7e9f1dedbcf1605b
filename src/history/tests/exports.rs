use super::*;
use crate::history::{Format, Selection};

async fn text(place: &Place, selection: &Selection, format: Format) -> String {
    let span = window(START - seconds(86_400), seconds(3 * 86_400));
    let mut export = place.history.export(selection, span, format);
    let mut all = Vec::new();
    while let Some(piece) = export.next().await.expect("it is read") {
        all.extend(piece);
    }
    String::from_utf8(all).expect("it is text")
}

async fn filled() -> Place {
    let place = Place::new().await;
    for index in 0..720_u64 {
        let at = START + seconds(10 * index);
        let samples = [
            sample(&guest(100), &CPU, at, 0.125),
            sample(
                &guest(101),
                &MetricKey::parse("a,b \"c\""),
                at,
                index as f64,
            ),
        ];
        place.history.append(&samples, at);
    }
    place.commit(START + seconds(4200)).await;
    let points = [(START - seconds(3600), 0.5)];
    place
        .history
        .import(&guest(100), &CPU, seconds(1800), &points)
        .await
        .expect("it is imported");
    place
}

#[tokio::test]
async fn every_sample_is_a_line_and_imported_ones_are_marked() {
    let place = filled().await;
    let csv = text(&place, &Selection::default(), Format::Csv).await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 2 * 720);
    assert_eq!(lines[0], "resource,metric,time,at_ms,value,resolution_s");
    assert_eq!(
        lines[1],
        "guest:tgt_home:100,cpu,2026-11-22T09:00:00.000Z,1795338000000,0.5,1800"
    );
    assert_eq!(
        lines[2],
        "guest:tgt_home:100,cpu,2026-11-22T10:00:00.000Z,1795341600000,0.125,"
    );
    assert!(csv.contains(
        "guest:tgt_home:101,\"a,b \"\"c\"\"\",2026-11-22T11:59:50.000Z,1795348790000,719,"
    ));
}

#[tokio::test]
async fn json_lines_of_a_selection_are_json_and_hold_only_that() {
    let place = filled().await;
    let selection = Selection {
        resources: Some(vec![guest(100)]),
        metrics: Some(vec![CPU]),
    };
    let json = text(&place, &selection, Format::JsonLines).await;
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    assert_eq!(lines.len(), 721);
    assert_eq!(lines[0]["resolution_s"], 1800);
    assert_eq!(lines[720]["at"], START.millis() + 7_190_000);
    assert!(lines.iter().all(|line| line["metric"] == "cpu"));
}

#[tokio::test]
async fn a_name_that_a_spreadsheet_would_run_is_text() {
    let place = Place::new().await;
    let names = ["=1+1", "\t@SUM(A1)", "-2", " +3", "plain"];
    for name in names {
        let metric = MetricKey::parse(name);
        let sample = sample(&guest(100), &metric, START, -1.5);
        place.history.append(&[sample], START);
    }
    let csv = text(&place, &Selection::default(), Format::Csv).await;
    let cells: Vec<&str> = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).expect("a metric"))
        .collect();
    assert_eq!(
        cells,
        ["\"'=1+1\"", "\"'@SUM(A1)\"", "\"'-2\"", "\"'+3\"", "plain"]
    );
}
