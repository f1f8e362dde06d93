-- Never edited once landed: a change is a new file. Times are Unix ms, ids text, documents JSON as AlertJson writes it.
CREATE TABLE schema_version (
  version INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  checksum TEXT NOT NULL
);

-- 'clean': 1 after an orderly close.
CREATE TABLE store_state (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- The first twelve columns are for whoever looks in; what counts is the definition.
CREATE TABLE alert_rules (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  metric_name TEXT NOT NULL,
  tag_filter TEXT,
  condition TEXT NOT NULL,             -- gt, lt, gte, lte, eq, ne
  threshold REAL NOT NULL,
  window_minutes INTEGER NOT NULL,
  severity TEXT NOT NULL,              -- critical, warning, info
  notification_channel TEXT NOT NULL,  -- several are separated by commas
  enabled INTEGER NOT NULL,
  last_fired_at INTEGER,
  created_at INTEGER NOT NULL,
  name_folded TEXT NOT NULL UNIQUE,    -- in upper case
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  definition TEXT NOT NULL
);

CREATE TABLE alert_rule_versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  rule_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  at INTEGER NOT NULL,
  definition TEXT NOT NULL
);
CREATE INDEX alert_rule_versions_by_rule ON alert_rule_versions (rule_id, seq);

-- Outlives its rule until the rule's grain has told its end.
CREATE TABLE alert_rule_states (
  rule_id TEXT PRIMARY KEY,
  evaluated_at INTEGER NOT NULL,
  state TEXT NOT NULL
);

CREATE TABLE alert_channels (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  definition TEXT NOT NULL             -- without the secrets
);

CREATE TABLE alert_channel_secrets (
  channel_id TEXT PRIMARY KEY REFERENCES alert_channels (id),
  secrets TEXT NOT NULL
);

CREATE TABLE alert_channel_states (
  channel_id TEXT PRIMARY KEY,
  state TEXT NOT NULL
);

CREATE TABLE alert_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  channel_id TEXT NOT NULL,
  status INTEGER NOT NULL,             -- 1 waiting, 2 sent, 3 given up
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  finished_at INTEGER,
  answer TEXT NOT NULL,
  notification TEXT NOT NULL
);
CREATE INDEX alert_outbox_by_channel ON alert_outbox (channel_id, created_at);
CREATE INDEX alert_outbox_by_status ON alert_outbox (channel_id, status, created_at);
CREATE INDEX alert_outbox_finished ON alert_outbox (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE alert_silences (
  id TEXT PRIMARY KEY,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  recurring INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  comment TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  definition TEXT NOT NULL
);
CREATE INDEX alert_silences_by_end ON alert_silences (ends_at);

-- The digest tells events of one millisecond apart, and finds the same one again.
CREATE TABLE alert_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  rule_id TEXT,
  rule_name TEXT NOT NULL,
  instance TEXT,
  instance_hash INTEGER,
  phase_from INTEGER,
  phase_to INTEGER,
  value,                               -- 'NaN' is text: SQLite has no such number
  incident_at INTEGER,
  channel_id TEXT,
  channel_name TEXT NOT NULL,
  suppression INTEGER,
  detail TEXT NOT NULL,
  actor TEXT NOT NULL,
  UNIQUE (at, digest)
);
CREATE INDEX alert_events_by_rule ON alert_events (rule_id, at) WHERE rule_id IS NOT NULL;
CREATE INDEX alert_events_by_instance ON alert_events (rule_id, instance_hash, at) WHERE instance_hash IS NOT NULL;
CREATE INDEX alert_events_by_channel ON alert_events (channel_id, at) WHERE channel_id IS NOT NULL;
