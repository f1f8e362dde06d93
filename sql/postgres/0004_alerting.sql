-- Alerting: docs/formats/alert-store.md. Documents are JSON as the program writes it, kept as they are (json, not jsonb).

-- The first twelve columns are those that other designs use, for whoever looks in; what counts is the definition.
CREATE TABLE alert_rules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name varchar(255) NOT NULL,
  metric_name varchar(255) NOT NULL,
  tag_filter jsonb,                 -- {"env":"production"}
  condition varchar(10) NOT NULL,   -- gt, lt, gte, lte, eq, ne
  threshold double precision NOT NULL,
  window_minutes int NOT NULL DEFAULT 5,
  severity varchar(20) NOT NULL,    -- critical, warning, info
  notification_channel varchar(255) NOT NULL, -- several are separated by commas
  enabled boolean NOT NULL DEFAULT true,
  last_fired_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  name_folded text COLLATE "C" NOT NULL UNIQUE, -- in upper case, whatever the database's locale
  version int NOT NULL,
  updated_at timestamptz NOT NULL,
  definition json NOT NULL
) WITH (fillfactor = 70);           -- last_fired_at moves; room on the page keeps that out of the indexes

CREATE TABLE alert_rule_versions (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id uuid NOT NULL,
  version int NOT NULL,
  deleted boolean NOT NULL,
  at timestamptz NOT NULL,
  definition json NOT NULL
);
CREATE INDEX alert_rule_versions_by_rule ON alert_rule_versions (rule_id, seq);

-- Outlives its rule until the rule's grain has told its end.
CREATE TABLE alert_rule_states (
  rule_id uuid PRIMARY KEY,
  evaluated_at timestamptz NOT NULL,
  state json NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE alert_channels (
  id uuid PRIMARY KEY,
  name varchar(255) NOT NULL,
  name_folded text COLLATE "C" NOT NULL UNIQUE,
  type text NOT NULL,
  enabled boolean NOT NULL,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  definition json NOT NULL          -- without the secrets
);

-- Apart from the channels, so that these may be shown to people.
CREATE TABLE alert_channel_secrets (
  channel_id uuid PRIMARY KEY REFERENCES alert_channels (id),
  secrets json NOT NULL
);
REVOKE ALL ON alert_channel_secrets FROM PUBLIC;

CREATE TABLE alert_channel_states (
  channel_id uuid PRIMARY KEY,
  state json NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE alert_outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  channel_id uuid NOT NULL,
  status smallint NOT NULL,         -- 1 waiting, 2 sent, 3 given up
  attempts int NOT NULL,
  created_at timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  finished_at timestamptz,
  answer text NOT NULL,
  notification json NOT NULL
);
CREATE INDEX alert_outbox_by_channel ON alert_outbox (channel_id, created_at);
CREATE INDEX alert_outbox_by_status ON alert_outbox (channel_id, status, created_at);
CREATE INDEX alert_outbox_finished ON alert_outbox (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE alert_silences (
  id uuid PRIMARY KEY,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  recurring boolean NOT NULL,
  created_by text NOT NULL,
  comment text NOT NULL,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  definition json NOT NULL
);
CREATE INDEX alert_silences_by_end ON alert_silences (ends_at);

CREATE SEQUENCE alert_event_id;

-- The digest tells events of one millisecond apart, and finds the same one again. Months are made by the program on demand, the same
-- with TimescaleDB: they are few.
CREATE TABLE alert_events (
  id bigint NOT NULL DEFAULT nextval('alert_event_id'),
  at timestamptz NOT NULL,
  digest bigint NOT NULL,
  kind smallint NOT NULL,
  rule_id uuid,
  rule_name text NOT NULL,
  instance text,
  instance_hash bigint,             -- the text itself may be longer than an index takes
  phase_from smallint,
  phase_to smallint,
  value double precision,
  incident_at timestamptz,
  channel_id uuid,
  channel_name text NOT NULL,
  suppression smallint,
  detail text NOT NULL,
  actor text NOT NULL,
  PRIMARY KEY (id, at),
  UNIQUE (at, digest)
) PARTITION BY RANGE (at);
CREATE INDEX alert_events_by_rule ON alert_events (rule_id, at) WHERE rule_id IS NOT NULL;
CREATE INDEX alert_events_by_instance ON alert_events (rule_id, instance_hash, at) WHERE instance_hash IS NOT NULL;
CREATE INDEX alert_events_by_channel ON alert_events (channel_id, at) WHERE channel_id IS NOT NULL;
