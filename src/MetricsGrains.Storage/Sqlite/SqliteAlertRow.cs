using MetricsGrains.Storage.Alerting;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The row a statement is at. Valid until its next step.</summary>
internal sealed class SqliteAlertRow(Statement statement) : IAlertRow
{
    public bool IsNull(int column) => statement.IsNull(column);

    public string Text(int column) => statement.Text(column);

    public long Number(int column) => statement.Int64(column);

    public double Real(int column) => statement.IsText(column) ? double.NaN : statement.Real(column);

    public bool Flag(int column) => statement.Int64(column) != 0;

    public Guid Uuid(int column) => Guid.ParseExact(statement.Text(column), "D");

    public long Time(int column) => statement.Int64(column);
}
