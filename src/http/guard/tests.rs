use std::net::SocketAddr;

use super::{Guard, Loopback};

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn guard() -> Guard {
    let guard = Guard::default();
    guard.keep_out_of([7655]);
    guard
}

#[test]
fn the_home_network_and_the_internet_are_open() {
    for text in [
        "10.0.0.5:80",
        "172.16.3.4:443",
        "172.31.255.254:443",
        "192.168.1.10:8080",
        "100.64.0.1:80",
        "93.184.216.34:443",
        "127.0.0.1:8123",
        "[::1]:8123",
        "[fd12:3456::1]:80",
        "[2606:4700::1111]:443",
        "[::ffff:192.168.1.10]:80",
        "[64:ff9b::5db8:d822]:443",
        "[2002:c0a8:10a::1]:80",
        // The port is ours, the machine is not.
        "192.0.2.9:7655",
    ] {
        assert_eq!(guard().check(address(text)), Ok(()), "{text}");
    }
}

#[test]
fn what_a_home_lab_has_no_business_with_is_closed_in_every_spelling() {
    for text in [
        "0.0.0.0:80",
        "0.1.2.3:80",
        "169.254.169.254:80",
        "169.254.0.1:80",
        "100.100.100.200:80",
        "168.63.129.16:80",
        "192.0.0.192:80",
        "224.0.0.1:80",
        "239.255.255.250:1900",
        "240.0.0.1:80",
        "255.255.255.255:80",
        "[::]:80",
        "[fe80::1]:80",
        "[febf::1]:80",
        "[fec0::1]:80",
        "[ff02::1]:80",
        "[fd00:ec2::254]:80",
        "[fd20:ce::254]:80",
        // 169.254.169.254, mapped, compatible, through NAT64, 6to4, Teredo and ISATAP.
        "[::ffff:169.254.169.254]:80",
        "[::169.254.169.254]:80",
        "[::ffff:0:a9fe:a9fe]:80",
        "[64:ff9b::a9fe:a9fe]:80",
        "[64:ff9b:1::a9fe:a9fe]:80",
        "[2002:a9fe:a9fe::1]:80",
        "[2001:0:4136:e378:8000:63bf:5601:5601]:80",
        "[2606:4700::5efe:a9fe:a9fe]:80",
        "[::ffff:0.0.0.0]:80",
        "[64:ff9b::ffff:ffff]:80",
    ] {
        assert!(guard().check(address(text)).is_err(), "{text}");
    }
}

#[test]
fn this_program_is_not_reached_through_any_name_of_this_machine() {
    for text in [
        "127.0.0.1:7655",
        "127.8.9.10:7655",
        "[::1]:7655",
        "[::ffff:127.0.0.1]:7655",
        "[64:ff9b::7f00:1]:7655",
    ] {
        let error = guard().check(address(text)).expect_err(text);
        assert_eq!(error.what, "this program itself", "{text}");
    }
    // The address that this machine has on its network, if it is on one.
    let probe = std::net::UdpSocket::bind("0.0.0.0:0").expect("a socket");
    if probe.connect("192.0.2.1:9").is_ok() {
        let own = probe.local_addr().expect("its own address").ip();
        assert!(guard().check(SocketAddr::new(own, 7655)).is_err(), "{own}");
    }
}

#[test]
fn loopback_can_be_closed_but_for_named_ports() {
    let guard = Guard::new(Loopback::Only(vec![1883, 7655]));
    guard.keep_out_of([7655]);
    assert_eq!(guard.check(address("127.0.0.1:1883")), Ok(()));
    for text in ["127.0.0.1:8123", "[::1]:8123", "127.0.0.1:7655"] {
        assert!(guard.check(address(text)).is_err(), "{text}");
    }
    assert_eq!(guard.check(address("192.168.1.2:8123")), Ok(()));
}
