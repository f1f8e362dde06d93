-- Grafana's role may read the views and nothing else: not the tables behind them, and not the channels' secrets. Run after the silos have made the views.
\getenv password GRAFANA_DB_PASSWORD
SELECT format('CREATE ROLE grafana LOGIN PASSWORD %L', :'password') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
SELECT format('ALTER ROLE grafana LOGIN PASSWORD %L', :'password') \gexec
GRANT USAGE ON SCHEMA public TO grafana;
GRANT SELECT ON metric_points, metric_rollup_1m, metric_rollup_1h, metric_rollup_1d, metric_series TO grafana;
