using MetricsGrains.Storage.Alerting;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>The row a reader is at.</summary>
internal sealed class PostgresAlertRow(NpgsqlDataReader reader) : IAlertRow
{
    public bool IsNull(int column) => reader.IsDBNull(column);

    public string Text(int column) => reader.GetString(column);

    /// <summary>Of any width.</summary>
    public long Number(int column) => reader.GetInt64(column);

    public double Real(int column) => reader.GetDouble(column);

    public bool Flag(int column) => reader.GetBoolean(column);

    public Guid Uuid(int column) => reader.GetGuid(column);

    public long Time(int column) => PgTime.ToUnixMs(reader.GetFieldValue<long>(column));
}
