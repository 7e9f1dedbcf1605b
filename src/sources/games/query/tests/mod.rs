//! Every protocol against bytes and servers, good and bad.

mod bytes;
mod door;
mod hostile;
mod served;
