-- Every edition of TimescaleDB. Turns the tables that are partitioned by hand into hypertables; tables that are so already are left alone.
-- Copies what is in them, so it takes a while in a database that gained the extension late.
--
-- May be edited, unlike what is in the folder above: it runs at every start, has no checksum, and finds out by itself what is left to do, so a
-- database that went through an earlier text of it gets what is new at the next start. A step beside it would have to do the same.

-- What stood in for the extension's own (0006_time_bucket.sql). Somebody's views may be made of it: then it stays, and does no harm.
DO $$
BEGIN
  DROP FUNCTION IF EXISTS time_bucket(text, timestamptz);
EXCEPTION WHEN dependent_objects_still_exist THEN
  NULL;
END $$;
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('rollup_1m', 'bucket', 'bucket', interval '1 day'),
    ('rollup_1h', 'bucket', 'bucket', interval '30 days'),
    ('rollup_1d', 'bucket', 'bucket', interval '360 days'),
    ('raw_block', 'min_ts', 'min_ts', interval '12 hours'),
    ('raw_brief', 'drop_at', 'min_ts', interval '6 hours')) AS v (name, time_column, sought_by, span)
  LOOP
    CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = to_regclass(t.name)) IS DISTINCT FROM 'p';
    EXECUTE format('ALTER TABLE %I RENAME TO %I', t.name, t.name || '_by_hand');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING STORAGE)', t.name, t.name || '_by_hand');
    EXECUTE format('CREATE INDEX ON %I (metric_id, %I, series_id)', t.name, t.sought_by);
    PERFORM create_hypertable(t.name::regclass, t.time_column::name, chunk_time_interval => t.span, create_default_indexes => false);
    -- First the views let go of the old table, then it can be dropped without them.
    PERFORM metricsgrains_define_views();
    EXECUTE format('INSERT INTO %I SELECT * FROM %I', t.name, t.name || '_by_hand');
    EXECUTE format('DROP TABLE %I', t.name || '_by_hand');
  END LOOP;
END $$;
