//! Black-box tests: the built binary, real sockets, real files, a simulated world outside.

mod accounts;
mod appliance;
mod architecture;
mod attacks;
mod cli;
mod control;
mod docker_real;
mod docs;
mod docs_commands;
mod exhaustion;
mod game_examples;
mod games;
mod games_judged;
mod games_real;
mod history;
mod holds;
mod outbox;
mod own_backups;
mod packaging;
mod pulse_examples;
mod pushed;
mod scrape;
mod serving;
mod smtp_real;
mod thin_slice;
mod updates;
