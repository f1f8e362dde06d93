-- Orleans.Reminders.AdoNet: when which grain is to be woken. @ServiceId as with grain states. The version is the reminder's etag.
-- A silo reads the reminders of its part of the ring of hashes and keeps their timers; a reminder that is due is nowhere noted here.
CREATE TABLE orleans_reminder (
  service_id text COLLATE "C" NOT NULL,
  grain_id text COLLATE "C" NOT NULL,   -- "type/key"
  name text COLLATE "C" NOT NULL,
  grain_hash int NOT NULL,              -- 32 bits without a sign, taken as if they had one
  start_at timestamptz NOT NULL,
  period_ms bigint NOT NULL,
  version int NOT NULL,
  PRIMARY KEY (service_id, grain_id, name) -- an entry holds 2,700 bytes: longer ones are refused
);
CREATE INDEX orleans_reminder_by_hash ON orleans_reminder (service_id, grain_hash);

INSERT INTO orleansquery (querykey, querytext) VALUES

-- The new version. Whoever writes last wins: the provider sends no etag.
('UpsertReminderRowKey', $query$
INSERT INTO orleans_reminder AS r (service_id, grain_id, name, grain_hash, start_at, period_ms, version)
VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period, 1)
ON CONFLICT (service_id, grain_id, name) DO UPDATE
  SET grain_hash = excluded.grain_hash, start_at = excluded.start_at, period_ms = excluded.period_ms, version = r.version + 1
RETURNING version AS Version
$query$),

('ReadReminderRowKey', $query$
SELECT grain_id AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version FROM orleans_reminder
WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName
$query$),

('ReadReminderRowsKey', $query$
SELECT grain_id AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version FROM orleans_reminder
WHERE service_id = @ServiceId AND grain_id = @GrainId
$query$),

-- A part of the ring, from after @BeginHash up to @EndHash. This one is asked when the begin, with its sign, is below the end.
('ReadRangeRows1Key', $query$
SELECT grain_id AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version FROM orleans_reminder
WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$query$),

-- And this one when it is not: the part runs over the ring's end. Begin and end that are the same are the whole ring.
('ReadRangeRows2Key', $query$
SELECT grain_id AS GrainId, name AS ReminderName, start_at AS StartTime, period_ms AS Period, version AS Version FROM orleans_reminder
WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$query$),

-- One boolean: false when there is none of this version.
('DeleteReminderRowKey', $query$
WITH gone AS (
  DELETE FROM orleans_reminder WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1
)
SELECT count(*) = 1 FROM gone
$query$),

-- The end of a service. No answer.
('DeleteReminderRowsKey', $query$
DELETE FROM orleans_reminder WHERE service_id = @ServiceId
$query$);
