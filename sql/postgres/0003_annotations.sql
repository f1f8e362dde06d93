-- Annotations: what happened, beside the numbers. The id is given by who takes one in, so that it may be written again when it is unknown
-- whether it was. A month a partition, made on demand; the same with TimescaleDB, for they are few.
CREATE TABLE annotation (
  at timestamptz NOT NULL,
  id uuid NOT NULL,
  level text NOT NULL,              -- info, success, warning, error
  title text NOT NULL,
  text text NOT NULL,
  host text NOT NULL,
  source text NOT NULL,
  aggregation_key text NOT NULL,
  tags jsonb NOT NULL,
  canonical bytea NOT NULL,         -- the tags' canonical bytes, which are what counts
  folded text COLLATE "C" NOT NULL, -- title and text in upper case, for case-insensitive search whatever the database's locale
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
