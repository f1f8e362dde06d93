-- Never edited once landed: a change is a new file. Times are Unix ms.
CREATE TABLE schema_version (
  version INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  checksum TEXT NOT NULL
);

-- 'clean': 1 after an orderly close. 'next_seq': orders partial rows. 'dropped_1|2|3': end of the newest partition dropped.
CREATE TABLE store_state (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- AUTOINCREMENT: partitions may still hold rows of a removed series, so an id is never given twice.
CREATE TABLE metric (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  folded TEXT NOT NULL, -- the name in upper case, for case-insensitive search beyond ASCII
  kind INTEGER NOT NULL,
  unit TEXT NOT NULL,
  series_count INTEGER NOT NULL,
  series_version INTEGER NOT NULL, -- moves when series are added or removed; readers remember series by it
  last_seen INTEGER NOT NULL
);

CREATE TABLE series (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  metric_id INTEGER NOT NULL REFERENCES metric (id),
  series_hash INTEGER NOT NULL,
  kind INTEGER NOT NULL, -- part of the key: it says how the series' sketches are encoded
  tags BLOB NOT NULL,
  tags_json TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  UNIQUE (metric_id, tags, kind)
);

CREATE TABLE flush_cursor (
  metric TEXT NOT NULL,
  stream INTEGER NOT NULL,
  origin TEXT NOT NULL,
  replay_from INTEGER NOT NULL,
  applied_through INTEGER NOT NULL,
  open_from INTEGER NOT NULL,
  PRIMARY KEY (metric, stream, origin)
) WITHOUT ROWID;

-- Hours (2) and days (3) whose minutes changed since they were derived.
CREATE TABLE dirty_bucket (
  kind INTEGER NOT NULL,
  metric_id INTEGER NOT NULL,
  bucket INTEGER NOT NULL,
  PRIMARY KEY (kind, metric_id, bucket)
) WITHOUT ROWID;

CREATE TABLE table_partition (
  name TEXT PRIMARY KEY,
  kind INTEGER NOT NULL, -- 1 minutes, 2 hours, 3 days, 4 raw blocks
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  min_ms INTEGER NOT NULL,
  max_ms INTEGER NOT NULL,
  max_span_ms INTEGER NOT NULL,
  row_count INTEGER NOT NULL
) WITHOUT ROWID;
