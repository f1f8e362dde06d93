-- Raw blocks that are kept for a time of their own, shorter than the others'. Partitioned by when they go, so that whatever is kept however
-- long goes by dropping partitions, and without deleting rows.
CREATE TABLE raw_brief (
  LIKE raw_block,
  drop_at timestamptz NOT NULL
) PARTITION BY RANGE (drop_at);
CREATE INDEX ON raw_brief (metric_id, min_ts, series_id);

-- The views, made by a function because the TimescaleDB step puts other tables under them.
CREATE OR REPLACE FUNCTION metricsgrains_define_views() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  resolution text;
BEGIN
  -- Grouped by keys, so that conditions on name, tags and bucket reach the indexes; a percentile that is not asked for costs nothing.
  FOREACH resolution IN ARRAY ARRAY['1m', '1h', '1d'] LOOP
    EXECUTE format($view$
      CREATE OR REPLACE VIEW %1$I AS
      SELECT m.name AS metric_name, s.tags, r.bucket,
        min(r.min) AS min_val, max(r.max) AS max_val, sum(r.sum) / nullif(sum(r.count), 0) AS avg_val, sum(r.sum) AS sum_val,
        least(round(sum(r.count)), 9223372036854774784)::bigint AS count_val,
        CASE count(*) WHEN 1 THEN max(r.p50) ELSE least(greatest(metric_percentile(array_agg(r.sketch) FILTER (WHERE s.kind IN (4, 6)), 0.50), min(r.min)), max(r.max)) END AS p50,
        CASE count(*) WHEN 1 THEN max(r.p95) ELSE least(greatest(metric_percentile(array_agg(r.sketch) FILTER (WHERE s.kind IN (4, 6)), 0.95), min(r.min)), max(r.max)) END AS p95,
        CASE count(*) WHEN 1 THEN max(r.p99) ELSE least(greatest(metric_percentile(array_agg(r.sketch) FILTER (WHERE s.kind IN (4, 6)), 0.99), min(r.min)), max(r.max)) END AS p99
      FROM %2$I r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id AND m.id = s.metric_id
      GROUP BY m.id, s.id, r.bucket
    $view$, 'metric_rollup_' || resolution, 'rollup_' || resolution);
  END LOOP;
  -- The names of continuous aggregates that other designs use.
  CREATE OR REPLACE VIEW metric_rollup_1m_cagg AS SELECT * FROM metric_rollup_1m;
  CREATE OR REPLACE VIEW metric_rollup_1h_cagg AS SELECT * FROM metric_rollup_1h;
  -- A set's values are hashes of its members, not numbers.
  CREATE OR REPLACE VIEW metric_points AS
    SELECT m.name AS metric_name, s.tags, p.value, p."timestamp"
    FROM (SELECT metric_id, series_id, times, "values" FROM raw_block UNION ALL SELECT metric_id, series_id, times, "values" FROM raw_brief) r
      JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id AND m.id = s.metric_id,
      unnest(r.times, r."values") AS p("timestamp", value)
    WHERE s.kind <> 5;
  CREATE OR REPLACE VIEW metric_series AS
    SELECT s.id, m.name AS metric_name, s.kind, m.unit, s.tags, s.first_seen, s.last_seen
    FROM series s JOIN metric m ON m.id = s.metric_id;
END $$;
SELECT metricsgrains_define_views();
