-- Whose the database is. Rows of metrics, rules and their states have no cluster in their keys: two that wrote them at once would undo each other's work.
CREATE TABLE orleans_owner (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  service_id text COLLATE "C" NOT NULL,
  cluster_id text COLLATE "C" NOT NULL,
  claimed_at timestamptz NOT NULL     -- when a silo of that cluster last began to start
);
