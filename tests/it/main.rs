//! Black-box tests: the built binary, real sockets, real files, a simulated world outside.

mod accounts;
mod appliance;
mod architecture;
mod docs;
mod games_judged;
mod games_real;
mod history;
mod holds;
mod outbox;
mod packaging;
mod pulse_examples;
mod scrape;
mod smtp_real;
mod thin_slice;
