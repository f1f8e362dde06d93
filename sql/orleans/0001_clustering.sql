-- What Orleans keeps in PostgreSQL: sql/orleans. Apart from sql/postgres, because only clusters need it and because it may lie in another database.
-- Never edited once landed: a change is a new file, which may UPDATE orleansquery. Silos keep the statements they read at their start,
-- so a new file must leave tables that the old statements still work on: silos of two versions run side by side during an upgrade.
--
-- The providers read their statements from here, by these names, and send them as they stand with parameters @Name. Each must be one
-- statement (a provider gives it no transaction) and answer with the columns that the providers look up, whatever their case.
CREATE TABLE orleansquery (
  querykey text COLLATE "C" PRIMARY KEY,
  querytext text NOT NULL
);

-- Orleans.Clustering.AdoNet: which silos there are. @DeploymentId is the cluster's id: clusters in one database do not see each other.
-- Every change of a silo's row moves the cluster's version, and must have been made from the version that is there: so the changes of all
-- silos follow one another, and each was made by somebody who knew of all before it. Heartbeats alone do not count as a change.
CREATE TABLE orleans_cluster (
  cluster_id text COLLATE "C" PRIMARY KEY,
  version int NOT NULL,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE orleans_silo (
  cluster_id text COLLATE "C" NOT NULL REFERENCES orleans_cluster ON DELETE CASCADE,
  address text COLLATE "C" NOT NULL,
  port int NOT NULL,
  generation int NOT NULL,          -- tells a silo from its predecessor at the same address
  name text NOT NULL,
  host text NOT NULL,
  status int NOT NULL,              -- 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead
  proxy_port int NOT NULL,          -- for clients; 0: takes none
  suspected text,                   -- who suspects it and since when, as Orleans writes it
  started_at timestamptz NOT NULL,
  alive_at timestamptz NOT NULL,    -- the last heartbeat, by the silo's own clock
  PRIMARY KEY (cluster_id, address, port, generation)
) WITH (fillfactor = 50);           -- heartbeats find room on the page and keep out of the index

INSERT INTO orleansquery (querykey, querytext) VALUES

-- At a silo's start. One boolean: whether this silo was the first of its cluster.
('InsertMembershipVersionKey', $query$
WITH made AS (
  INSERT INTO orleans_cluster (cluster_id, version, changed_at) VALUES (@DeploymentId, 0, now()) ON CONFLICT (cluster_id) DO NOTHING RETURNING 1
)
SELECT count(*) = 1 FROM made
$query$),

-- One boolean: false when the version has moved on or the silo is there already; then nothing was written.
('InsertMembershipKey', $query$
WITH moved AS (
  UPDATE orleans_cluster SET version = version + 1, changed_at = now()
  WHERE cluster_id = @DeploymentId AND version = @Version
    AND NOT EXISTS (SELECT FROM orleans_silo WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
  RETURNING cluster_id
), added AS (
  INSERT INTO orleans_silo (cluster_id, address, port, generation, name, host, status, proxy_port, started_at, alive_at)
  SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM moved
  RETURNING 1
)
SELECT count(*) = 1 FROM added
$query$),

-- One boolean: false when the version has moved on or there is no such silo; then nothing was written.
('UpdateMembershipKey', $query$
WITH moved AS (
  UPDATE orleans_cluster SET version = version + 1, changed_at = now()
  WHERE cluster_id = @DeploymentId AND version = @Version
    AND EXISTS (SELECT FROM orleans_silo WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
  RETURNING cluster_id
), changed AS (
  UPDATE orleans_silo AS s SET status = @Status, suspected = @SuspectTimes, alive_at = @IAmAliveTime FROM moved
  WHERE s.cluster_id = moved.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
  RETURNING 1
)
SELECT count(*) = 1 FROM changed
$query$),

-- The heartbeat. No answer.
('UpdateIAmAlivetimeKey', $query$
UPDATE orleans_silo SET alive_at = @IAmAliveTime
WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$query$),

-- A row for every silo, or else one row with the version alone: without StartTime it counts as no silo.
('MembershipReadAllKey', $query$
SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
  s.status AS Status, s.proxy_port AS ProxyPort, s.suspected AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime
FROM orleans_cluster AS c LEFT JOIN orleans_silo AS s ON s.cluster_id = c.cluster_id
WHERE c.cluster_id = @DeploymentId
$query$),

-- The same for one silo.
('MembershipReadRowKey', $query$
SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
  s.status AS Status, s.proxy_port AS ProxyPort, s.suspected AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime
FROM orleans_cluster AS c LEFT JOIN orleans_silo AS s ON s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
WHERE c.cluster_id = @DeploymentId
$query$),

-- For clients outside the cluster; they give the status they want, which is active.
('GatewaysQueryKey', $query$
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM orleans_silo
WHERE cluster_id = @DeploymentId AND status = @Status AND proxy_port > 0
$query$),

-- Once in a while, with the time before which a silo must have fallen silent. Only the dead go: a silo that is silent without being dead
-- is for the others to declare dead first, which moves the version.
('CleanupDefunctSiloEntriesKey', $query$
DELETE FROM orleans_silo WHERE cluster_id = @DeploymentId AND status = 6 AND alive_at < @IAmAliveTime
$query$),

-- The end of a cluster: its silos go with it.
('DeleteMembershipTableEntriesKey', $query$
DELETE FROM orleans_cluster WHERE cluster_id = @DeploymentId
$query$);
