//! Black-box tests: the built binary, real sockets, real files, a simulated world outside.

mod appliance;
mod architecture;
mod history;
mod docs;
mod packaging;
mod games_judged;
mod games_real;
mod thin_slice;
