using System.Text.Json;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>metricsgrains store report, beside a running node.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly SentPoints _points = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public Task Report_BesideANodeOnSqlite_SaysWhatIsThere() => CheckAsync(["--check"]);

    [PostgresFact]
    public async Task Report_BesideANodeOnPostgres_SaysWhatIsThere() => await CheckAsync([], $"Store:ConnectionString={await NodeDatabase.CreateAsync()}");

    [Fact]
    public async Task Report_OfNoStore_EndsWithOneAndMakesNone()
    {
        (int exit, string output) = await OperatorProcess.RunAsync("store", "report", $"--MetricsGrains:DataPath={_data.Path}");
        Assert.True(exit == 1 && output.Contains("There is no SQLite store", StringComparison.Ordinal), output);
        Assert.Empty(Directory.GetFileSystemEntries(_data.Path));
    }

    [Fact]
    public async Task Report_CheckOfPostgres_EndsWithTwo()
    {
        (int exit, string output) = await OperatorProcess.RunAsync("store", "report", "--check", "--MetricsGrains:Store:ConnectionString=Host=x;Database=y");
        Assert.True(exit == 2 && output.Contains("pg_amcheck", StringComparison.Ordinal), output);
    }

    private async Task CheckAsync(string[] options, params string[] settings)
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, [.. SentPoints.Busy, .. settings]);
        await _points.SendAsync(node);
        await _points.AnswersAreCompleteAsync(node);
        string[] arguments = ["store", "report", $"--MetricsGrains:DataPath={_data.Path}", "--MetricsGrains:Retention:OneMinute=12d", .. settings.Select(s => "--MetricsGrains:" + s), .. options];
        JsonElement report = default;
        // Recent minutes are written a little after they end.
        await Eventually.TrueAsync(
            async () =>
            {
                (int code, string json) = await OperatorProcess.RunAsync([.. arguments, "--json"]);
                Assert.True(code == 0, json);
                report = JsonDocument.Parse(json).RootElement;
                return Metric(report, "op.time") is { ValueKind: JsonValueKind.Object } metric && metric.GetProperty("rows").GetInt64() >= 50;
            }, "the rows are there");

        JsonElement minutes = report.GetProperty("tables").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "1m");
        Assert.Equal(12 * 86_400, minutes.GetProperty("kept_seconds").GetInt64());
        Assert.True(minutes.GetProperty("rows").GetInt64() > 100 && minutes.GetProperty("bytes").GetInt64() > 0);
        JsonElement time = Metric(report, "op.time");
        Assert.Equal((2, "distribution"), (time.GetProperty("series").GetInt64(), time.GetProperty("kind").GetString()));
        Assert.True(time.GetProperty("bytes").GetInt64() > 0 && time.GetProperty("raw_blocks").GetInt64() >= 2);
        JsonElement raw = report.GetProperty("cursors").EnumerateArray().Single(c => c.GetProperty("stream").GetString() == "raw");
        Assert.StartsWith((await File.ReadAllTextAsync(Path.Combine(_data.Path, "node-id"))).Trim() + "/", raw.GetProperty("origin").GetString(), StringComparison.Ordinal);
        Assert.InRange(raw.GetProperty("lag_ms").GetInt64(), 0, 600_000);
        Assert.Equal(options.Length > 0 ? "ok" : null, report.GetProperty("integrity").GetString());

        (int exit, string text) = await OperatorProcess.RunAsync(arguments);
        Assert.True(exit == 0, text);
        foreach (string word in (string[])["op.time", "op.users", "partial rows", "12d", "lag", "to derive", .. options.Length > 0 ? (string[])["integrity: ok"] : []])
        {
            Assert.Contains(word, text, StringComparison.Ordinal);
        }
        (exit, text) = await OperatorProcess.RunAsync([.. arguments, "--quick"]);
        Assert.True(exit == 0 && !text.Contains("op.time", StringComparison.Ordinal), text);
        await _points.SendAsync(node);
        await _points.AnswersAreCompleteAsync(node);
    }

    private static JsonElement Metric(JsonElement report, string name) => report.GetProperty("metrics_by_size").EnumerateArray().FirstOrDefault(m => m.GetProperty("name").GetString() == name);
}
