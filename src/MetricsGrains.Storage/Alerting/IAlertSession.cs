namespace MetricsGrains.Storage.Alerting;

/// <summary>
/// One transaction on an alert database: what the tables' SQL needs to know of PostgreSQL and SQLite. Statements are written in what both
/// understand, with parameters $1, $2 …. Not thread-safe, and valid only during the call it was made for.
/// </summary>
internal interface IAlertSession
{
    /// <summary>Has edits of rules, channels and silences follow one another until this transaction ends, so that what one looked up stays true.</summary>
    ValueTask LockEditsAsync();

    /// <summary>Called before events are inserted: makes the places for their times.</summary>
    ValueTask PrepareEventsAsync(IEnumerable<long> atMs);

    /// <returns>Rows inserted, updated or deleted.</returns>
    ValueTask<int> RunAsync(string sql, params AlertValue[] values);

    /// <summary>Runs one statement once for each set of values.</summary>
    ValueTask RunManyAsync(string sql, IEnumerable<AlertValue[]> rows);

    ValueTask<List<T>> ReadAsync<T>(string sql, Func<IAlertRow, T> map, params AlertValue[] values);
}
