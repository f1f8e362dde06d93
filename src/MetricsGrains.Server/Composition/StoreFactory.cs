using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Server.Composition;

/// <summary>The store the settings ask for: PostgreSQL when there is a connection string, else SQLite in the data folder.</summary>
internal static class StoreFactory
{
    public static IMetricStore Create(NodeOptions options, TimeProvider time) => options.StoreConnectionString.Length > 0
        ? new PostgresStore(new PostgresStoreOptions { ConnectionString = options.StoreConnectionString, ReadOnly = options.ReadOnly }, time)
        : new SqliteStore(new SqliteStoreOptions { Path = options.StorePath, ReadOnly = options.ReadOnly }, time);

    public static IAlertStore CreateAlertStore(NodeOptions options, TimeProvider time) => options.StoreConnectionString.Length > 0
        ? new PostgresAlertStore(options.StoreConnectionString, time)
        : new SqliteAlertStore(options.AlertStorePath, time);

    public static IEvaluationLease CreateEvaluationLease(NodeOptions options) =>
        options.StoreConnectionString.Length > 0 ? new PostgresEvaluationLease(options.StoreConnectionString) : new SoleEvaluation();
}
