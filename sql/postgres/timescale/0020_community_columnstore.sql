-- The community edition only ("community" in the name says so). Compresses chunks that have gone cold: recompressing blocks a
-- chunk's writers, so never the hot one. Ordered by metric, so that a read of one metric touches few batches.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('rollup_1m', 'metric_id, series_id, bucket', interval '2 days'),
    ('rollup_1h', 'metric_id, series_id, bucket', interval '60 days'),
    ('raw_block', 'metric_id, series_id, min_ts', interval '1 day')) AS v (name, ordering, cold)
  LOOP
    CONTINUE WHEN EXISTS (
      SELECT FROM timescaledb_information.hypertables h
      WHERE h.hypertable_schema = current_schema() AND h.hypertable_name = t.name AND h.compression_enabled);
    EXECUTE format('ALTER TABLE %I SET (timescaledb.compress, timescaledb.compress_orderby = %L)', t.name, t.ordering);
    PERFORM add_compression_policy(t.name::regclass, compress_after => t.cold, if_not_exists => true);
  END LOOP;
END $$;
