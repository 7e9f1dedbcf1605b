//! Parsers against arbitrary bytes and against good answers that were tampered with.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::PROTOCOLS;

/// Beginnings and whole answers that get a parser past its first check.
const SEEDS: &[&[u8]] = &[
    b"\xff\xff\xff\xffI\x02name\0map\0folder\0game\0\xf0\x00\x05\x10\x04dl\x00\x001.0\0\xf1\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x01\x02tv\0key,words\0\x01\x02\x03\x04\x05\x06\x07\x08",
    b"\xff\xff\xff\xffm1.2.3.4:1\0name\0map\0folder\0game\0\x0c\x12\x2fdl\x00\x01a\0b\0\0\x01\0\0\0\x00\x9e\xf7\x0a\0\x01\x01\x00",
    b"\xff\xff\xff\xffD\x01\0alice\0\0\0\0\0\0\0\0\0",
    b"\xfe\xff\xff\xff\x01\0\0\0\x02\x00\xe0\x04\xff\xff\xff\xffD\x01",
    br#"{"version":{"name":"1.21","protocol":769},"players":{"max":20,"online":1,"sample":[{"name":"a"}]},"description":{"text":"a","extra":["b"]}}"#,
    b"\x00\x01\x02\x03\x04splitnum\0\x80\0hostname\0a\0numplayers\x001\0\0\x01player_\0\0alice\0\0",
    b"\x1chomepuls01234567\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78\x00\x16MCPE;a;390;1.14;0;10;1;b",
    b"\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\a\\mapname\\b\n3 40 \"c\"\n",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffiext42\x000.6\0a\0b\x001\x002\0DM\x000\x001\x0063\x001\x0064\0\0c\0\x00-1\x000\x001\0\0",
    b"\x21home\x09\x09\x09\x09\xff\xff\xff\xffinf3\x2a0.7\0a\0\0b\0DM\0\x01\x00\x01\x10\x01\x10c\0\0\x40\x03\x00",
    b"\x06\x01\xff\xff\xff\xff\0\x01\x07\x07\x07\x07aaaaaaaaaaaaaaaaname\0\0\0\0\0\0\0\0\0\x0f\x02\x0aserver\x0013\0\x01\x19\x03\x01\x00\x01\x00\x02\x01\x01",
    b"\xd5\xf6\x01\x01homepuls\x03\x01\x02\x03\x04\0\0\0\0\0\0\0\0\x01\x00\x05\x00\x07\x00Factory\x01",
    br#"{"data":{"serverGameState":{"activeSessionName":"a","numConnectedPlayers":2,"playerLimit":4,"averageTickRate":2.9}}}"#,
    b"error id=0 msg=ok virtualserver_clientsonline=3|client_type=0 client_nickname=a\\sb",
    b"\x02\0\0\0\0\0\0\0Online players (1):\n a (online)\0\0",
];

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in vec(any::<u8>(), 0..600)) {
        for protocol in PROTOCOLS {
            protocol.swallow(&bytes);
        }
    }

    #[test]
    fn no_tampering_makes_a_parser_panic(
        seed in 0..SEEDS.len(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        tail in vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = SEEDS[seed].to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        bytes.extend_from_slice(&tail);
        for protocol in PROTOCOLS {
            protocol.swallow(&bytes);
        }
    }
}
