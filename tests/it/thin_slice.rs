//! One datum from a polled host to the API, to the ledger and to a mail, and what happens when
//! something on the way fails.

use simulator::{Fault, GuestStatus, Metric, Role};

use crate::appliance::{Appliance, Lab, PATIENCE, QUICK_CPU, target};

fn busy_guest(lab: &Lab) -> u32 {
    lab.pve
        .world()
        .guests()
        .into_iter()
        .find(|guest| {
            guest.status == GuestStatus::Running && !guest.template && guest.lock.is_none()
        })
        .expect("a running guest")
        .vmid
}

fn firing<'a>(alerts: &'a serde_json::Value, rule: &str) -> Option<&'a serde_json::Value> {
    alerts["alerts"]
        .as_array()?
        .iter()
        .find(|alert| alert["rule"] == rule && alert["state"] == "firing")
}

#[tokio::test]
async fn a_guest_over_its_limit_is_an_alert_a_mail_and_when_it_calms_a_resolve_mail() {
    let lab = Lab::start(3, 12).await;
    let config = lab.config(&[
        QUICK_CPU.into(),
        lab.target("lab", Role::Auditor),
        lab.mail(),
    ]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("/api/state", |state| {
            (state["nodes"].as_array()?.len() == 3).then_some(())
        })
        .await;
    let (_, state) = appliance.get("/api/state").await;
    let guests = state["vms"].as_array().map_or(0, Vec::len)
        + state["containers"].as_array().map_or(0, Vec::len);
    assert_eq!(guests, 12);

    let vmid = busy_guest(&lab);
    lab.pve
        .world()
        .set_guest_metric(vmid, Metric::Cpu, Some(0.99));
    let alert = appliance
        .wait_for("/api/hp/alerts?state=firing", |alerts| {
            firing(alerts, "threshold").cloned()
        })
        .await;
    assert!(
        alert["resource"]
            .as_str()
            .is_some_and(|id| id.ends_with(&format!(":{vmid}"))),
        "{alert}"
    );
    let mails = lab.smtp.wait_for(1, PATIENCE).await.expect("a mail");
    assert!(
        mails[0]
            .header("Subject")
            .is_some_and(|subject| subject.contains("CPU")),
        "{mails:?}"
    );

    lab.pve
        .world()
        .set_guest_metric(vmid, Metric::Cpu, Some(0.1));
    let mails = lab
        .smtp
        .wait_for(2, PATIENCE)
        .await
        .expect("a resolve mail");
    assert_eq!(
        mails.len(),
        2,
        "one mail when it began, one when it was over"
    );
    assert_eq!(
        mails[1].header("References"),
        mails[0].header("Message-ID"),
        "they are one thread"
    );
    appliance
        .wait_for("/api/hp/deliveries", |answer| {
            let rows = answer["deliveries"].as_array()?;
            (rows.iter().filter(|row| row["state"] == "sent").count() == 2).then_some(())
        })
        .await;
    assert!(appliance.stop(), "it stops in order");
}

#[tokio::test]
async fn a_power_cut_loses_neither_alert_nor_mail_nor_committed_history() {
    let lab = Lab::start(3, 12).await;
    let config = lab.config(&[
        QUICK_CPU.into(),
        lab.target("lab", Role::Auditor),
        lab.mail(),
    ]);
    lab.smtp.set_fault(Some(simulator::SmtpFault::Refuse));
    let vmid = busy_guest(&lab);
    lab.pve
        .world()
        .set_guest_metric(vmid, Metric::Cpu, Some(0.99));

    let first = Appliance::start(&config, &lab.data_dir());
    let alert = first
        .wait_for("/api/hp/alerts?state=firing", |alerts| {
            firing(alerts, "threshold").cloned()
        })
        .await;
    let resource = alert["resource"].as_str().expect("an id").to_owned();
    let path = format!("/api/hp/history?resource={resource}&metrics=cpu&points=2000");
    let committed = first
        .wait_for("/api/hp/diagnostics", |answer| {
            let text = answer["history"].to_string();
            text.contains("commits\":").then_some(())?;
            (answer["history"]["commits"].as_u64()? >= 2).then_some(())
        })
        .await;
    let () = committed;
    let before = known_points(&first.get(&path).await.1);
    assert!(before > 0);
    first.kill();

    lab.smtp.set_fault(None);
    let second = Appliance::start(&config, &lab.data_dir());
    let again = second
        .wait_for("/api/hp/alerts?state=firing", |alerts| {
            firing(alerts, "threshold").cloned()
        })
        .await;
    assert_eq!(again["id"], alert["id"], "the same alert, not another one");
    let mails = lab
        .smtp
        .wait_for(1, PATIENCE)
        .await
        .expect("the mail that could not be sent");
    assert_eq!(mails.len(), 1);
    second
        .wait_for(&path, |answer| {
            (known_points(answer) + 2 >= before).then_some(())
        })
        .await;
}

fn known_points(answer: &serde_json::Value) -> usize {
    answer["series"][0]["avg"].as_array().map_or(0, |points| {
        points.iter().filter(|point| !point.is_null()).count()
    })
}

#[tokio::test]
async fn every_way_a_target_fails_is_told_apart_and_others_are_unaffected() {
    let lab = Lab::start(2, 6).await;
    let auditor = lab.pve.token(Role::Auditor);
    let (url, print) = (lab.pve.url(), lab.pve.fingerprint());
    let other_print = print.chars().rev().collect::<String>();
    let config = lab.config(&[
        lab.target("good", Role::Auditor),
        target(
            "wrong token",
            &url,
            &auditor.id,
            "00000000-0000-4000-8000-000000000000",
            &print,
        ),
        target(
            "wrong fingerprint",
            &url,
            &auditor.id,
            &auditor.secret,
            &other_print,
        ),
        target(
            "dead host",
            "https://127.0.0.1:9",
            &auditor.id,
            &auditor.secret,
            &print,
        ),
        lab.target("no permission", Role::NoAcl),
    ]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    let expected = [
        ("good", "online"),
        ("wrong token", "unauthorized"),
        ("wrong fingerprint", "certificate_changed"),
        ("dead host", "unreachable"),
        ("no permission", "forbidden"),
    ];
    for (name, state) in expected {
        let found = appliance
            .wait_for("/api/hp/targets", |answer| {
                let targets = answer["targets"].as_array()?;
                let target = targets.iter().find(|target| target["name"] == name)?;
                (target["state"] == state).then(|| target.clone())
            })
            .await;
        let helped = state == "online"
            || found["failure"]["fix"]
                .as_str()
                .is_some_and(|fix| !fix.is_empty());
        assert!(helped, "{name}: {found}");
    }
    let (_, state) = appliance.get("/api/state").await;
    assert_eq!(state["nodes"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_host_that_goes_away_and_comes_back_is_followed() {
    let lab = Lab::start(2, 6).await;
    let config = lab.config(&[lab.target("lab", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    let state = |wanted: &'static str| {
        move |answer: &serde_json::Value| (answer["targets"][0]["state"] == wanted).then_some(())
    };
    appliance.wait_for("/api/hp/targets", state("online")).await;
    lab.pve.set_fault(
        "/cluster/resources",
        Some(Fault::Status(500, "got timeout".into())),
    );
    appliance
        .wait_for("/api/hp/targets", state("server_error"))
        .await;
    lab.pve.clear_faults();
    appliance.wait_for("/api/hp/targets", state("online")).await;
}

#[tokio::test]
async fn secrets_are_in_no_answer_and_no_log() {
    let lab = Lab::start(2, 6).await;
    let config = lab.config(&[lab.target("lab", Role::Auditor), lab.mail()]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("/api/hp/targets", |answer| {
            (answer["targets"][0]["state"] == "online").then_some(())
        })
        .await;
    let secret = lab.pve.token(Role::Auditor).secret.clone();
    for path in [
        "api/hp/targets",
        "api/hp/fleet",
        "api/hp/channels",
        "api/state",
        "api/hp/diagnostics",
        "api/config/nodes",
    ] {
        let (_, body) = appliance.get(path).await;
        assert!(!body.to_string().contains(&secret), "{path}");
    }
    assert!(!appliance.log().contains(&secret));
}
