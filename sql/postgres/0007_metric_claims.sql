-- Which activation of a metric may write its rows, where the grains of several processes share the store. A process that takes a metric over
-- raises the epoch; what is written under an earlier one is left out. Rows stay when a metric is gone: an epoch is never given twice.
CREATE TABLE metric_claim (
  metric text COLLATE "C" PRIMARY KEY,
  epoch bigint NOT NULL
) WITH (fillfactor = 50);
