using System.Text.Json;
using MetricsGrains.Core.Windows;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Crash.Tests;

/// <summary>Compares what is in the SQLite file of a stopped node with what must be there, past all of the product's own reading.</summary>
internal sealed class FileComparison : IDisposable
{
    private readonly SqliteConnection _connection;

    public FileComparison(string dataPath)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataPath, "metrics.db"), Pooling = false }.ToString());
        _connection.Open();
    }

    public void Dispose() => _connection.Dispose();

    /// <returns>The first difference; null when there is none.</returns>
    public string? Difference(Expected expected)
    {
        string integrity = (string)Rows("PRAGMA integrity_check").First()[0];
        return integrity != "ok" ? "the file is damaged: " + integrity
            : Minutes(expected) ?? Derived(expected, "rollup_1h_%", 2, Resolution.OneHour) ?? Derived(expected, "rollup_1d_%", 3, Resolution.OneDay) ?? Raw(expected);
    }

    public double StoredSamples() => Tables("rollup_1m_%").Sum(table => Rows($"SELECT total(r.count) FROM {table} r JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%'").Sum(r => (double)r[0]));

    private string? Minutes(Expected expected) => Compare(expected, "minutes", Resolution.OneMinute, Rollups("rollup_1m_%"), []);

    /// <summary>Hours and days that are marked as not derived yet don't count.</summary>
    private string? Derived(Expected expected, string tables, int kind, long stepMs)
    {
        HashSet<(string, long)> dirty = [.. Rows($"SELECT m.name, d.bucket FROM dirty_bucket d JOIN metric m ON m.id = d.metric_id WHERE d.kind = {kind}").Select(r => ((string)r[0], (long)r[1]))];
        return Compare(expected, tables, stepMs, Rollups(tables), dirty);
    }

    private static string? Compare(Expected expected, string what, long stepMs, Dictionary<(string Metric, string Series, long Bucket), Tally> got, HashSet<(string, long)> except)
    {
        var want = expected.Metrics.SelectMany(m => expected.Of(m.Metric, stepMs).Select(t => (Key: (m.Metric, t.Key.Series, t.Key.Bucket), Tally: t.Value))).ToDictionary(t => t.Key, t => t.Tally);
        foreach ((string Metric, string Series, long Bucket) key in want.Keys.Union(got.Keys).Order())
        {
            if (!except.Contains((key.Metric, key.Bucket)) && want.GetValueOrDefault(key) != got.GetValueOrDefault(key))
            {
                return $"file, {what}, {key}: {got.GetValueOrDefault(key)}, must be {want.GetValueOrDefault(key)}";
            }
        }
        return null;
    }

    private string? Raw(Expected expected)
    {
        var got = new Dictionary<(string, string), double>();
        foreach (string table in Tables("raw_%"))
        {
            foreach (object[] row in Rows($"SELECT m.name, s.tags_json, sum(r.count) FROM {table} r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2"))
            {
                (string, string) key = ((string)row[0], SeriesOf(row[1]));
                got[key] = got.GetValueOrDefault(key) + (long)row[2];
            }
        }
        var want = expected.Metrics.SelectMany(m => expected.Of(m.Metric, Resolution.OneDay).GroupBy(t => t.Key.Series).Select(g => (Key: (m.Metric, g.Key), Count: g.Sum(t => t.Value.Count)))).ToDictionary(t => t.Key, t => t.Count);
        foreach ((string, string) key in want.Keys.Union(got.Keys).Order())
        {
            if (want.GetValueOrDefault(key) != got.GetValueOrDefault(key))
            {
                return $"file, raw samples of {key}: {got.GetValueOrDefault(key)}, must be {want.GetValueOrDefault(key)}; in all {got.Values.Sum()}, must be {want.Values.Sum()}";
            }
        }
        return null;
    }

    private Dictionary<(string Metric, string Series, long Bucket), Tally> Rollups(string tables)
    {
        var rollups = new Dictionary<(string, string, long), Tally>();
        foreach (string table in Tables(tables))
        {
            foreach (object[] row in Rows($"SELECT m.name, s.tags_json, r.bucket, total(r.count), total(r.sum), total(r.increase) FROM {table} r JOIN series s ON s.id = r.series_id JOIN metric m ON m.id = r.metric_id WHERE m.name LIKE 'crash.%' GROUP BY 1, 2, 3"))
            {
                rollups.Add(((string)row[0], SeriesOf(row[1]), (long)row[2]), new Tally((double)row[3], (double)row[4], (double)row[5]));
            }
        }
        return rollups;
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
