using System.Diagnostics;
using System.Globalization;
using MetricsGrains.Storage.Alerting;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// Runs the alert tables' statements on a connection. SQLite's calls block, so everything has been done when a method returns: the tasks
/// are always completed ones.
/// </summary>
internal sealed class SqliteAlertSession(SqliteConnection connection, CancellationToken cancel) : IAlertSession
{
    /// <summary>SQLite keeps NaN as null; in a column that may be null this text stands for it.</summary>
    private const string NaN = "NaN";

    /// <summary>There is but one writing connection: transactions follow one another anyway.</summary>
    public ValueTask LockEditsAsync() => ValueTask.CompletedTask;

    /// <summary>One table takes them all.</summary>
    public ValueTask PrepareEventsAsync(IEnumerable<long> atMs) => ValueTask.CompletedTask;

    public ValueTask<int> RunAsync(string sql, params AlertValue[] values)
    {
        cancel.ThrowIfCancellationRequested();
        using var statement = new Statement(connection, sql);
        Bind(statement, values);
        return new ValueTask<int>(statement.Run());
    }

    public ValueTask RunManyAsync(string sql, IEnumerable<AlertValue[]> rows)
    {
        using var statement = new Statement(connection, sql);
        foreach (AlertValue[] row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            Bind(statement, row);
            statement.Run();
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<List<T>> ReadAsync<T>(string sql, Func<IAlertRow, T> map, params AlertValue[] values)
    {
        using var statement = new Statement(connection, sql);
        Bind(statement, values);
        var row = new SqliteAlertRow(statement);
        var rows = new List<T>();
        while (statement.Step())
        {
            cancel.ThrowIfCancellationRequested();
            rows.Add(map(row));
        }
        return new ValueTask<List<T>>(rows);
    }

    private static void Bind(Statement statement, AlertValue[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            // SQLite takes $1 for a name, and numbers names in the order in which they come.
            int index = statement.IndexOf(string.Create(CultureInfo.InvariantCulture, $"${i + 1}"));
            AlertValue value = values[i];
            _ = value.IsNull ? statement.BindNull(index) : value.Kind switch
            {
                AlertValueKind.Text or AlertValueKind.Json => statement.Bind(index, value.Text),
                AlertValueKind.Number or AlertValueKind.Flag or AlertValueKind.Time => statement.Bind(index, value.Number),
                AlertValueKind.Real => double.IsNaN(value.Real) ? statement.Bind(index, NaN) : statement.Bind(index, value.Real),
                AlertValueKind.Uuid => statement.Bind(index, value.Uuid.ToString("D")),
                _ => throw new UnreachableException($"BUG: a parameter of kind {value.Kind}"),
            };
        }
    }
}
