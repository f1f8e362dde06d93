using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Node.Tests.Deploy;

/// <summary>What deploy/grafana asks, asked of a node on PostgreSQL: every SQL as the role that deploy/compose/reader.sql makes, every URL of the node.</summary>
public sealed partial class GrafanaTests : IDisposable
{
    private static readonly string s_deploy = Path.GetFullPath(typeof(GrafanaTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "DeployFolder").Value!);

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [PostgresFact]
    public async Task Dashboard_EveryQuery_IsAnsweredByANodeWithTheDemo()
    {
        string database = await NodeDatabase.CreateAsync();
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, $"Store:ConnectionString={database}", "Demo=true", "Flush:Interval=1s", "Flush:RawInterval=1s");
        await RunReaderScriptAsync(database);
        // A second time: Compose runs it at every start.
        await RunReaderScriptAsync(database);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Username = "grafana", Pooling = false }.ConnectionString);
        await Eventually.TrueAsync(async () => (await RowsAsync(source, "SELECT 1 FROM metric_rollup_1m WHERE metric_name = 'shop.revenue'")).Count > 100, "the demo's last hour is in the store");
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(s_deploy, "grafana/dashboards/shop.json")));

        int queries = 0;
        foreach (JsonElement variable in dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().Where(v => v.GetProperty("type").GetString() == "query"))
        {
            Assert.True((await RowsAsync(source, variable.GetProperty("query").GetString()!)).Count >= 3, variable.GetProperty("name").GetString());
        }
        foreach (JsonElement target in dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _)).SelectMany(p => p.GetProperty("targets").EnumerateArray()))
        {
            queries++;
            await (target.TryGetProperty("rawSql", out JsonElement sql) ? CheckSqlAsync(node, source, Fill(sql.GetString()!), target.GetProperty("format").GetString()!) : CheckUrlAsync(node, target));
        }
        Assert.True(queries > 10);
    }

    [PostgresFact]
    public async Task Reader_Role_SeesTheViewsAndNothingElse()
    {
        string database = await NodeDatabase.CreateAsync();
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, $"Store:ConnectionString={database}"))
        {
            await RunReaderScriptAsync(database);
        }
        string grafana = new NpgsqlConnectionStringBuilder(database) { Username = "grafana" }.ConnectionString;

        await PostgresCluster.ExecuteAsync(grafana, "SELECT count(*) FROM metric_points");
        foreach (string forbidden in (string[])["SELECT 1 FROM series", "SELECT 1 FROM alert_channel_secrets", "DELETE FROM metric", "CREATE TABLE t (i int)"])
        {
            PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => PostgresCluster.ExecuteAsync(grafana, forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    private static async Task CheckSqlAsync(NodeProcess node, NpgsqlDataSource source, string sql, string format)
    {
        IReadOnlyList<IReadOnlyDictionary<string, object>> rows = await RowsAsync(source, sql);
        if (OwnMetric().Match(sql) is { Success: true } own)
        {
            // The node's own begin when it does: their first minute is not over yet. That it runs, and that there is such a metric, must do.
            await Eventually.TrueAsync(async () => (await node.GetJsonAsync($"/api/v1/metrics?match={own.Groups[1].Value}")).GetProperty("data").EnumerateArray().Any(m => m.GetProperty("name").GetString() == own.Groups[1].Value), own.Groups[1].Value);
            return;
        }
        Assert.True(rows.Count > 0, sql);
        if (format == "time_series")
        {
            Assert.All(rows, r => Assert.True(r["time"] is DateTime { Kind: DateTimeKind.Utc } && r["metric"] is string { Length: > 0 }, sql));
            Assert.Contains(rows, r => Convert.ToDouble(r["value"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        }
    }

    private static async Task CheckUrlAsync(NodeProcess node, JsonElement target)
    {
        string url = Fill(target.GetProperty("url").GetString()!);
        JsonElement[] points = [.. (await node.GetJsonAsync(url)).GetProperty(target.GetProperty("root_selector").GetString()!).EnumerateArray()];
        Assert.True(points.Length > 100, url);
        string time = Selector("timestamp"), value = Selector("number");
        Assert.All(points, p => Assert.True(p.GetProperty(time).TryGetDateTimeOffset(out _), url));
        Assert.Contains(points, p => p.GetProperty(value) is { ValueKind: JsonValueKind.Number } number && number.GetDouble() > 0);

        string Selector(string type) => target.GetProperty("columns").EnumerateArray().Single(c => c.GetProperty("type").GetString() == type).GetProperty("selector").GetString()!;
    }

    /// <summary>What Grafana puts in: the time range, and "all" for the variables.</summary>
    private static string Fill(string query)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        string filled = TimeFilter().Replace(query, "$1 BETWEEN now() - interval '1 hour' AND now()")
            .Replace("${region:raw}", "*", StringComparison.Ordinal)
            .Replace("${service:raw}", "*", StringComparison.Ordinal)
            .Replace("${resolution:raw}", "10s", StringComparison.Ordinal)
            .Replace("${__from}", $"{now.AddHours(-1).ToUnixTimeMilliseconds()}", StringComparison.Ordinal)
            .Replace("${__to}", $"{now.ToUnixTimeMilliseconds()}", StringComparison.Ordinal);
        Assert.DoesNotContain("$", filled, StringComparison.Ordinal);
        return filled;
    }

    private static async Task<IReadOnlyList<IReadOnlyDictionary<string, object>>> RowsAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<IReadOnlyDictionary<string, object>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetValue));
        }
        return rows;
    }

    private static async Task RunReaderScriptAsync(string database)
    {
        var to = new NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo(Path.Combine(PostgresCluster.Binaries!, "psql"), ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", $"--file={Path.Combine(s_deploy, "compose/reader.sql")}"]) { RedirectStandardError = true };
        foreach ((string key, string value) in ((string, string)[])[("PGHOST", to.Host!), ("PGPORT", $"{to.Port}"), ("PGUSER", to.Username!), ("PGDATABASE", to.Database!), ("GRAFANA_DB_PASSWORD", "it's a test")])
        {
            start.Environment[key] = value;
        }
        using Process psql = Process.Start(start)!;
        string errors = await psql.StandardError.ReadToEndAsync();
        await psql.WaitForExitAsync();
        Assert.True(psql.ExitCode == 0, errors);
    }

    [GeneratedRegex(@"\$__timeFilter\((\w+)\)")]
    private static partial Regex TimeFilter();

    [GeneratedRegex(@"metric_name = '(metricsgrains\.[a-z._]+)'")]
    private static partial Regex OwnMetric();
}
