using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>Events are found at once, by tags, words and page, and again by the next process.</summary>
public sealed class AnnotationTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly long _t = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600;

    public void Dispose() => _data.Dispose();

    [Fact]
    public Task Events_Sqlite_AreFoundAndOutliveTheProcess() => CheckAsync("");

    [PostgresFact]
    public async Task Events_Postgres_AreFoundAndOutliveTheProcess() => await CheckAsync(await NodeDatabase.CreateAsync());

    private async Task CheckAsync(string connectionString)
    {
        string[] settings = [$"Store:ConnectionString={connectionString}"];
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, settings))
        {
            await node.TcpAsync(string.Concat(Enumerable.Range(0, 10).Select(i => $"_e{{7,{(i % 2 == 0 ? 10 : 9)}}}:release|{(i % 2 == 0 ? "Rolled OUT" : "rolled up")}|d:{_t + i}|t:{(i == 9 ? "error" : "info")}|h:web-{i}|#env:{(i < 4 ? "prod" : "test")},beta\n"))
                + $"_e{{1,1}}:a|b|d:{_t}|#{new string('k', 300)}:v\n");
            await AssertAllAsync(node);
            Assert.Equal(1, await node.RejectedAsync("tag_too_long"));
            Assert.Equal(0, await node.StopAsync());
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, settings))
        {
            await AssertAllAsync(node);
        }
    }

    private async Task AssertAllAsync(NodeProcess node)
    {
        await Eventually.EqualAsync(10, async () => (await ReadAsync(node)).Data.Count, "all events");
        JsonElement newest = (await ReadAsync(node)).Data[0];
        Assert.Equal(((_t + 9) * 1000, "release", "rolled up", "error", "web-9"), (newest.GetProperty("timestamp").GetInt64(), newest.GetProperty("title").GetString(), newest.GetProperty("text").GetString(), newest.GetProperty("level").GetString(), newest.GetProperty("host").GetString()));
        Assert.Equal("""{"beta":"","env":"test"}""", newest.GetProperty("tags").GetRawText());
        Assert.Equal(["web-3", "web-2", "web-1", "web-0"], Hosts(await ReadAsync(node, "&tags=env:prod")));
        Assert.Equal(["web-8", "web-6", "web-4", "web-2", "web-0"], Hosts(await ReadAsync(node, "&text=rolled%20out")));
        Assert.Equal(["web-2", "web-0"], Hosts(await ReadAsync(node, "&text=out&tags=!env:test")));
        var read = new List<string>();
        (List<JsonElement> Data, string? Next) page = await ReadAsync(node, "&limit=3");
        for (; page.Next is { } next; page = await ReadAsync(node, "&limit=3&after=" + next))
        {
            Assert.Equal(3, page.Data.Count);
            read.AddRange(Hosts(page));
        }
        read.AddRange(Hosts(page));
        Assert.Equal(Enumerable.Range(0, 10).Reverse().Select(i => $"web-{i}"), read);
    }

    private async Task<(List<JsonElement> Data, string? Next)> ReadAsync(NodeProcess node, string rest = "")
    {
        JsonElement answer = await node.GetJsonAsync($"/api/v1/annotations?from={_t * 1000}&to={(_t + 200) * 1000}{rest}");
        return ([.. answer.GetProperty("data").EnumerateArray()], answer.GetProperty("next").GetString());
    }

    private static string[] Hosts((List<JsonElement> Data, string? Next) page) => [.. page.Data.Select(a => a.GetProperty("host").GetString()!)];
}
