use crate::model::alert::Transition;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::rules::tests::lab::said;
use crate::rules::{ChannelHealth, Judge, OwnHealth, RuleSettings};

fn channel(name: &str, error: Option<&str>) -> ChannelHealth {
    ChannelHealth {
        id: format!("chn_{name}").parse().expect("an id"),
        name: name.into(),
        error: error.map(str::to_owned),
        waiting: 2,
    }
}

fn look(judge: &mut Judge, channels: Option<Vec<ChannelHealth>>, seconds: i64) -> Vec<Transition> {
    judge.set_own(OwnHealth {
        channels,
        ..OwnHealth::default()
    });
    judge.evaluate_own(Timestamp::from_seconds(seconds))
}

#[test]
fn one_that_fails_for_a_while_is_told_and_so_is_its_end() {
    let mut judge = Judge::new(RuleSettings::default(), &[]);
    let failing = || {
        let phone = channel("phone", Some("send a message: the server answered 503"));
        Some(vec![channel("mail", None), phone])
    };
    assert!(look(&mut judge, failing(), 0).is_empty(), "it may recover");
    let told = look(&mut judge, failing(), 180);
    let [Transition::Fire(finding)] = &told[..] else {
        panic!("it fires: {told:?}");
    };
    assert_eq!(finding.resource, ResourceId::own());
    assert_eq!(finding.subject, "chn_phone");
    assert_eq!(
        finding.message,
        "homepulse: messages to the channel phone do not arrive for 3 min — send a message: the \
         server answered 503; 2 messages wait for it or were given up"
    );
    // What cannot be read says nothing.
    assert!(look(&mut judge, None, 200).is_empty());
    let told = look(&mut judge, Some(vec![channel("phone", None)]), 300);
    assert_eq!(
        said(&told),
        "homepulse: messages to the channel phone arrive again after 5 min"
    );
}

#[test]
fn a_channel_that_is_removed_or_switched_off_fails_no_more() {
    let mut judge = Judge::new(RuleSettings::default(), &[]);
    let failing = || Some(vec![channel("phone", Some("no route"))]);
    look(&mut judge, failing(), 0);
    assert_eq!(look(&mut judge, failing(), 200).len(), 1);
    let told = look(&mut judge, Some(Vec::new()), 300);
    assert!(matches!(told[..], [Transition::Clear { .. }]), "{told:?}");
}
