-- TimescaleDB's time_bucket, so that queries written for it run without it too: weeks and shorter, aligned as it aligns them. It takes text where
-- TimescaleDB's takes an interval, so that the extension can still be added; then it is dropped (timescale/0010_hypertables.sql).
CREATE FUNCTION time_bucket(bucket_width text, ts timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT timestamptz '2000-01-03 00:00:00+00'
    + floor(extract(epoch FROM ts - timestamptz '2000-01-03 00:00:00+00')::float8 / extract(epoch FROM bucket_width::interval)::float8)::float8 * bucket_width::interval
$$;
