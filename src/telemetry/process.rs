//! What this process itself costs, read from `/proc/self`.

/// Clock ticks per second in `/proc`: Linux fixes `USER_HZ` at 100 on every architecture we ship.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resources used by this process since it began. What the system does not tell is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Memory it occupies, in bytes.
    pub rss_bytes: Option<u64>,
    /// Processor time it has used, in seconds.
    pub cpu_seconds: Option<f64>,
    /// Bytes it has caused to be written to disks.
    pub write_bytes: Option<u64>,
}

/// Reads the usage now.
#[must_use]
pub fn usage() -> Usage {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).ok();
    Usage {
        rss_bytes: read("status").and_then(|text| rss(&text)),
        cpu_seconds: read("stat").and_then(|text| cpu(&text)),
        write_bytes: read("io").and_then(|text| written(&text)),
    }
}

/// `VmRSS` of `/proc/self/status`, which is in KiB.
fn rss(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// User and system time of `/proc/self/stat`, fields 14 and 15; the program's name, field 2, may
/// hold anything up to its closing bracket.
fn cpu(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

/// `write_bytes` of `/proc/self/io`.
fn written(io: &str) -> Option<u64> {
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_the_files_of_proc() {
        let stat = "42 (a) b) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 5 0 100 1 2";
        assert_eq!(cpu(stat), Some(3.0));
        assert_eq!(rss("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2_097_152));
        assert_eq!(written("wchar: 7\nwrite_bytes: 4096\n"), Some(4096));
        assert_eq!((cpu(""), rss(""), written("")), (None, None, None));
    }

    #[test]
    fn this_process_occupies_memory() {
        assert!(usage().rss_bytes.is_some_and(|bytes| bytes > 0));
    }
}
