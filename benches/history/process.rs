//! What the kernel says about this process.

use std::fs;
use std::path::Path;

/// Bytes this process has caused to be written to disks.
pub(crate) fn written_bytes() -> u64 {
    field("/proc/self/io", "write_bytes:")
}

/// Bytes of memory it has.
pub(crate) fn resident_bytes() -> u64 {
    field("/proc/self/status", "VmRSS:") * 1024
}

/// Writes the database's dirty pages back, as the kernel does by itself after some seconds.
pub(crate) fn write_back(path: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.to_owned().into_os_string();
        name.push(suffix);
        fs::File::open(name)?.sync_data()?;
    }
    Ok(())
}

fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Seconds that all threads of this process have been running, whatever else the machine did.
pub(crate) fn busy_seconds() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let nanoseconds: u64 = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanoseconds as f64 / 1e9
}

/// Seconds that this thread has been running; exact over many short spans, not over one.
pub(crate) fn thread_busy_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: u64 = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(0);
    nanoseconds as f64 / 1e9
}
