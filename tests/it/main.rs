//! Black-box tests: the built binary, real sockets, real files, a simulated world outside.

mod appliance;
mod architecture;
mod thin_slice;
