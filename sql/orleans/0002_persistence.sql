-- Orleans.Persistence.AdoNet: the state of grains, one row each. @ServiceId is the product's id, the same for every cluster that takes
-- over from another. The version is the grain's etag: whoever writes gives the one it read, and loses when another has written since.
CREATE TABLE orleans_grain_state (
  grain_id_hash int NOT NULL,
  grain_type_hash int NOT NULL,
  key_n0 bigint NOT NULL,           -- a Guid's first half; else 0
  key_n1 bigint NOT NULL,           -- a Guid's second half, or an integer key; else 0
  key_text text COLLATE "C",        -- a text key, or what is appended to the others; null: neither
  service_id text COLLATE "C" NOT NULL,
  grain_type text COLLATE "C" NOT NULL, -- what the provider says here is the state's name, as [PersistentState] gives it
  version int NOT NULL,
  payload bytea,                    -- as Orleans serialised it; null once cleared
  written_at timestamptz NOT NULL
) WITH (fillfactor = 70);           -- versions move; room on the page keeps that out of the index

-- All of it is the identity. The hashes alone may collide; and they are not the rest said again: the text key "zz" and the integer key 0
-- with "zz" appended differ in nothing but grain_id_hash. An entry holds 2,700 bytes: a longer name and key together are refused.
CREATE UNIQUE INDEX orleans_grain_state_identity ON orleans_grain_state
  (grain_id_hash, grain_type_hash, key_n0, key_n1, service_id, grain_type, coalesce(key_text, ''), (key_text IS NULL));

INSERT INTO orleansquery (querykey, querytext) VALUES

-- PayloadBinary and Version, or no row for a grain that never had a state. A cleared one answers with its version and without payload.
('ReadFromStorageKey', $query$
SELECT payload AS PayloadBinary, version AS Version FROM orleans_grain_state
WHERE grain_id_hash = @GrainIdHash AND grain_type_hash = @GrainTypeHash AND key_n0 = @GrainIdN0 AND key_n1 = @GrainIdN1
  AND service_id = @ServiceId AND grain_type = @GrainTypeString AND key_text IS NOT DISTINCT FROM @GrainIdExtensionString
$query$),

-- The new version, or no row: another was faster. @GrainStateVersion is null for a grain that found no state, and then there must be none.
('WriteToStorageKey', $query$
WITH added AS (
  INSERT INTO orleans_grain_state (grain_id_hash, grain_type_hash, key_n0, key_n1, key_text, service_id, grain_type, version, payload, written_at)
  SELECT @GrainIdHash, @GrainTypeHash, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString, @ServiceId, @GrainTypeString, 1, @PayloadBinary, now()
  WHERE @GrainStateVersion IS NULL
  ON CONFLICT DO NOTHING
  RETURNING version
), changed AS (
  UPDATE orleans_grain_state SET version = version + 1, payload = @PayloadBinary, written_at = now()
  WHERE grain_id_hash = @GrainIdHash AND grain_type_hash = @GrainTypeHash AND key_n0 = @GrainIdN0 AND key_n1 = @GrainIdN1
    AND service_id = @ServiceId AND grain_type = @GrainTypeString AND key_text IS NOT DISTINCT FROM @GrainIdExtensionString
    AND version = @GrainStateVersion
  RETURNING version
)
SELECT version AS NewGrainStateVersion FROM added UNION ALL SELECT version FROM changed
$query$),

-- The new version, or no row: another was faster. The row stays, so that versions go on from here.
('ClearStorageKey', $query$
UPDATE orleans_grain_state SET version = version + 1, payload = NULL, written_at = now()
WHERE grain_id_hash = @GrainIdHash AND grain_type_hash = @GrainTypeHash AND key_n0 = @GrainIdN0 AND key_n1 = @GrainIdN1
  AND service_id = @ServiceId AND grain_type = @GrainTypeString AND key_text IS NOT DISTINCT FROM @GrainIdExtensionString
  AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion
$query$),

-- In place of the last where DeleteStateOnClear is set. Answers with the version that a clearing would have made, for the provider takes the
-- same version for a refusal.
('DeleteStorageKey', $query$
DELETE FROM orleans_grain_state
WHERE grain_id_hash = @GrainIdHash AND grain_type_hash = @GrainTypeHash AND key_n0 = @GrainIdN0 AND key_n1 = @GrainIdN1
  AND service_id = @ServiceId AND grain_type = @GrainTypeString AND key_text IS NOT DISTINCT FROM @GrainIdExtensionString
  AND version = @GrainStateVersion
RETURNING version + 1 AS NewGrainStateVersion
$query$);
