using System.Globalization;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>
/// Points of now, answered from memory, and of three hours ago, answered from the store, sent again and again. What a node must
/// answer is known exactly: each round adds the same.
/// </summary>
internal sealed class SentPoints
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;
    private const int Members = 50;

    /// <summary>Everything goes to the store at once.</summary>
    public static readonly string[] Busy = ["Flush:Interval=100ms", "Flush:RawInterval=100ms", "Flush:DeriveInterval=100ms"];

    private readonly long _now = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Minute * Minute) - (2 * Minute);

    /// <summary>Rounds that were acknowledged.</summary>
    public int Rounds { get; private set; }

    private string Recent => $"from={_now - (10 * Minute)}&to={_now + (10 * Minute)}";

    private string Old => $"from={_now - (3 * Hour)}&to={_now - (2 * Hour)}";

    /// <summary>Sends a round; every point of it must be acknowledged.</summary>
    public async Task SendAsync(NodeProcess node)
    {
        PointsReply reply = await node.PostAsync(Body());
        Assert.Equal((200, 3L * 2 * 60), (reply.Status, reply.Accepted));
        Rounds++;
    }

    /// <summary>Every acknowledged point is there exactly once: in memory, in minutes, hours and days, and raw.</summary>
    /// <param name="rawIsFlushed">False: of hours ago there are only minutes yet.</param>
    public async Task AnswersAreCompleteAsync(NodeProcess node, bool rawIsFlushed = true)
    {
        foreach ((string range, string resolution) in ((string, string)[])[(Recent, "10s"), (Recent, "1m"), (Old, "1m"), (Old, "10s"), ($"from={_now - (48 * Hour)}&to={_now + Hour}", "1h")])
        {
            if (range == Old && resolution == "10s" && !rawIsFlushed)
            {
                continue;
            }
            double points = 60.0 * Rounds * (resolution == "1h" ? 2 : 1);
            await Eventually.EqualAsync(points, () => node.TotalAsync("op.count", "sum", $"{range}&resolution={resolution}"), $"counter, {range} at {resolution}\n{node.Output}");
            await Eventually.EqualAsync(points, () => node.TotalAsync("op.time", "count", $"{range}&resolution={resolution}"), $"distribution, {range} at {resolution}\n{node.Output}");
        }
    }

    /// <summary>What a user sees, percentiles and distinct counts included.</summary>
    public async Task<List<string>> AnswersAsync(NodeProcess node)
    {
        List<string> answers = [];
        foreach (string range in (string[])[Recent, Old])
        {
            foreach (string query in (string[])["name=op.count&stat=sum&by=room", "name=op.count&stat=rate", "name=op.time&stat=p99&by=room", "name=op.time&stat=avg", "name=op.users&stat=uniq"])
            {
                answers.Add(await node.LastingAsync($"/metrics?{query}&{range}&resolution=1m"));
            }
        }
        return answers;
    }

    private string Body() => string.Join('\n', Enumerable.Range(0, 60).SelectMany(i => ((long[])[_now + (i * 1_000), _now - (3 * Hour) + (i * 50_000)]).SelectMany(at => (string[])
        [
            $$"""{"name":"op.count","type":"counter","value":1,"tags":{"room":"{{i % 3}}"},"timestamp":{{at}}}""",
            $$"""{"name":"op.time","type":"distribution","value":{{((i * 37) % 100 + 1).ToString(CultureInfo.InvariantCulture)}},"unit":"ms","tags":{"room":"{{i % 2}}"},"timestamp":{{at}}}""",
            $$"""{"name":"op.users","type":"set","value":"user-{{i % Members}}","timestamp":{{at}}}""",
        ])));
}
