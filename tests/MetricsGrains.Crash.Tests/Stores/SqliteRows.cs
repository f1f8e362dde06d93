using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>The rows in the SQLite file of a stopped node.</summary>
internal sealed class SqliteRows : IStoredRows
{
    private readonly SqliteConnection _connection;

    public SqliteRows(string dataPath)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataPath, "metrics.db"), Pooling = false }.ToString());
        _connection.Open();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    public Task<string?> DamageAsync()
    {
        string integrity = (string)Rows("PRAGMA integrity_check").First()[0];
        return Task.FromResult(integrity == "ok" ? null : "the file is damaged: " + integrity);
    }

    public Task<Dictionary<(string Metric, string Series, long Bucket), Tally>> RollupsAsync(int kind)
    {
        var rollups = new Dictionary<(string, string, long), Tally>();
        foreach (string table in Tables(kind switch { 1 => "rollup_1m_%", 2 => "rollup_1h_%", _ => "rollup_1d_%" }))
        {
            foreach (object[] row in Rows($"SELECT m.name, s.tags_json, r.bucket, total(r.count), total(r.sum), total(r.increase) FROM {table} r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2, 3"))
            {
                rollups.Add(((string)row[0], SeriesOf(row[1]), (long)row[2]), new Tally((double)row[3], (double)row[4], (double)row[5]));
            }
        }
        return Task.FromResult(rollups);
    }

    public Task<HashSet<(string Metric, long Bucket)>> DirtyAsync(int kind) => Task.FromResult<HashSet<(string, long)>>(
        [.. Rows($"SELECT m.name, d.bucket FROM dirty_bucket d JOIN metric m ON m.id = d.metric_id WHERE d.kind = {kind}").Select(r => ((string)r[0], (long)r[1]))]);

    public Task<Dictionary<(string Metric, string Series), double>> RawCountsAsync()
    {
        var counts = new Dictionary<(string, string), double>();
        foreach (string table in Tables("raw_%"))
        {
            foreach (object[] row in Rows($"SELECT m.name, s.tags_json, sum(r.count) FROM {table} r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2"))
            {
                (string, string) key = ((string)row[0], SeriesOf(row[1]));
                counts[key] = counts.GetValueOrDefault(key) + (long)row[2];
            }
        }
        return Task.FromResult(counts);
    }

    private List<string> Tables(string like) => [.. Rows($"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '{like}'").Select(r => (string)r[0])];

    private List<object[]> Rows(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }

    private static string SeriesOf(object tagsJson)
    {
        using JsonDocument tags = JsonDocument.Parse((string)tagsJson);
        return tags.RootElement.GetProperty("series").GetString()!;
    }
}
