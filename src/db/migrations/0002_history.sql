-- Everything that has, or had, figures. `class` is the kind of resource; the series of the
-- resources of one group share one block per hour.
CREATE TABLE history_resources (
    id       INTEGER NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    grp      INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT;

-- One metric of one resource. `scale` says how its figures are rounded, for as long as it lives.
CREATE TABLE history_series (
    id       INTEGER NOT NULL PRIMARY KEY,
    resource INTEGER NOT NULL REFERENCES history_resources (id) ON DELETE CASCADE,
    metric   TEXT    NOT NULL,
    scale    TEXT    NOT NULL,
    UNIQUE (resource, metric)
) STRICT;

-- The journal of samples that have no chunk yet: segments of fixed size, written in place.
CREATE TABLE history_frames (
    segment INTEGER NOT NULL PRIMARY KEY,
    data    BLOB    NOT NULL
) STRICT;

-- Hours whose samples are in blocks, as far as they came in frames up to `sequence`.
CREATE TABLE history_sealed (
    hour     INTEGER NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT;

-- Blocks: the compressed samples of one group in one hour, with a header for each series.
CREATE TABLE history_blocks (
    grp  INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    data BLOB    NOT NULL,
    PRIMARY KEY (grp, hour)
) STRICT, WITHOUT ROWID;

-- Days with blocks that their summaries do not know of yet.
CREATE TABLE history_unsummed (
    day INTEGER NOT NULL PRIMARY KEY
) STRICT;

-- Summaries: the hourly headers of one resource in one day; `id` is resource * 2^20 + day, so
-- that a row of some kilobytes fits a page and a resource's year lies together.
CREATE TABLE history_summaries (
    id   INTEGER NOT NULL PRIMARY KEY,
    data BLOB    NOT NULL
) STRICT;

-- Points that others had measured before: one list per series and distance of its points.
CREATE TABLE history_imports (
    series  INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    data    BLOB    NOT NULL,
    PRIMARY KEY (series, step)
) STRICT, WITHOUT ROWID;
