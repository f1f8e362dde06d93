-- What `metricsgrains store migrate` copies into this store, and how far it is. While it is not finished nothing else writes here.

CREATE TABLE store_transfer (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  source text NOT NULL,             -- the SQLite file, for people
  fingerprint text NOT NULL,        -- of what was in it
  started_at timestamptz NOT NULL,
  finished_at timestamptz           -- null: not all is copied and verified
);

-- One row for each table of the source, moved in the transactions that write its rows; gone when all is finished.
CREATE TABLE store_transfer_part (
  name text COLLATE "C" PRIMARY KEY,
  after bigint[] NOT NULL,          -- key of the last row copied
  rows bigint NOT NULL,             -- of the source
  damaged bigint NOT NULL,
  done boolean NOT NULL
);
