using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>What a receiver answers, however odd, is retried or given up, and shown.</summary>
public sealed class ChannelSendTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private readonly AlertApi _api = fixture.Api;

    public static TheoryData<string, string, string, string> Answers => new()
    {
        { "200", RawReceiver.Http("200 OK", "thanks"), "delivered", "200" },
        { "204", RawReceiver.Http("204 No Content", ""), "delivered", "204" },
        { "400", RawReceiver.Http("400 Bad Request", "no such key"), "rejected", "no such key" },
        { "404", RawReceiver.Http("404 Not Found", "gone"), "rejected", "404" },
        { "500", RawReceiver.Http("500 Internal Server Error", "boom"), "failed", "boom" },
        { "429", RawReceiver.Http("429 Too Many Requests", "slow down", "Retry-After: 90\r\n"), "failed", "429" },
        { "redirect", RawReceiver.Http("302 Found", "", "Location: http://169.254.169.254/\r\n"), "rejected", "302" },
        { "garbage", "220 smtp.example.com ESMTP\r\n", "failed", "" },
        { "binary", "\u0000\u0001\u0002\u0003\r\n\r\n", "failed", "" },
        { "cut off", "HTTP/1.1 200 OK\r\nContent-Le", "failed", "" },
        { "closed", RawReceiver.Close, "failed", "closed" },
        { "secret repeated", RawReceiver.Http("403 Forbidden", "bad token hush-hush-hush"), "rejected", "bad token" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Test_OfAChannel_SaysWhatTheOtherSideAnswered(string name, string bytes, string result, string part)
    {
        using var receiver = new RawReceiver { Answer = bytes };
        ApiReply made = await _api.MakeChannelAsync("answers " + name, receiver.Url);
        ApiReply reply = (await _api.SendAsync("POST", $"{AlertApi.Channels}/{made.Id}/test")).Expect(200);
        JsonElement test = reply.Data;
        Assert.Equal((result, result == "delivered"), (test.GetProperty("result").GetString(), test.GetProperty("delivered").GetBoolean()));
        Assert.Contains(part, test.GetProperty("answer").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", test.GetProperty("answer").GetString());
        Assert.DoesNotContain("hush", reply.Text, StringComparison.Ordinal);
        Assert.Equal(name == "429" ? "1m30s" : null, test.GetProperty("retry_after").GetString());
        Assert.Equal(1, receiver.Requests);
    }

    [Fact]
    public async Task Test_OfAReceiverThatHangs_EndsAndSaysSo()
    {
        using var receiver = new RawReceiver { Answer = RawReceiver.Hang };
        ApiReply made = await _api.MakeChannelAsync("hangs", receiver.Url);
        JsonElement test = (await _api.SendAsync("POST", $"{AlertApi.Channels}/{made.Id}/test")).Expect(200).Data;
        Assert.Equal("failed", test.GetProperty("result").GetString());
        Assert.Contains("answer", test.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_WithNobodyThere_SaysSo()
    {
        var receiver = new RawReceiver();
        string url = receiver.Url;
        receiver.Dispose();
        ApiReply made = await _api.MakeChannelAsync("nobody there", url);
        Assert.Contains("refused the connection", (await _api.SendAsync("POST", $"{AlertApi.Channels}/{made.Id}/test")).Data.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_ThatIsRefused_IsGivenUpShownAndCanBeSentAgain()
    {
        using var receiver = new RawReceiver { Answer = RawReceiver.Http("410 Gone", "moved away") };
        ApiReply channel = await _api.MakeChannelAsync("dead letters", receiver.Url);
        string messages = $"{AlertApi.Channels}/{channel.Id}/messages";
        string rule = await _api.FireAsync("dead.letter", ["host:a"], ("channels", new[] { "dead letters" }));
        JsonElement[] dead = [];
        await Eventually.TrueAsync(async () => (dead = [.. (await _api.GetAsync(messages + "?status=dead")).Expect(200).Data.EnumerateArray()]).Length > 0, "the message is given up");
        Assert.Contains("moved away", dead[0].GetProperty("answer").GetString(), StringComparison.Ordinal);
        Assert.Equal("dead.letter", dead[0].GetProperty("alerts")[0].GetProperty("rule").GetString());
        Assert.Single(await _api.EventsAsync($"rule={rule}&kind=notification_dead"));

        receiver.Answer = RawReceiver.Http("200 OK", "ok");
        string id = dead[0].GetProperty("id").GetString()!;
        (await _api.SendAsync("POST", $"{messages}/{id}/replay", null, "X-MetricsGrains-By: ann")).Expect(202);
        await Eventually.TrueAsync(async () => (await _api.GetAsync(messages + "?status=sent")).Data.EnumerateArray().Any(m => m.GetProperty("id").GetString() == id), "it is sent");
        Assert.Empty((await _api.GetAsync(messages + "?status=dead")).Data.EnumerateArray());
        Assert.Equal("ann", Assert.Single(await _api.EventsAsync($"rule={rule}&kind=notification_replayed")).GetProperty("by").GetString());
        Assert.Contains("sent", (await _api.SendAsync("POST", $"{messages}/{id}/replay")).Expect(409).Error, StringComparison.Ordinal);
        (await _api.SendAsync("POST", $"{messages}/{Guid.NewGuid()}/replay")).Expect(404);
        Assert.Equal("status", (await _api.GetAsync(messages + "?status=lost")).Expect(400).Body.GetProperty("parameter").GetString());
    }

    [Theory]
    [InlineData("500")]
    [InlineData("garbage")]
    [InlineData("closed")]
    public async Task Message_ThatFails_IsTriedAgainAndArrives(string name)
    {
        using var receiver = new RawReceiver { Answer = name switch { "500" => RawReceiver.Http("500 Internal Server Error", "boom"), "garbage" => "what?\r\n\r\n", _ => RawReceiver.Close } };
        ApiReply channel = await _api.MakeChannelAsync("recovers from " + name, receiver.Url);
        string rule = await _api.FireAsync("recovers." + name, ["host:a"], ("channels", new[] { "recovers from " + name }));
        await Eventually.TrueAsync(async () => (await _api.EventsAsync($"rule={rule}&kind=notification_failed")).Length > 0, "the failure is in the history");
        receiver.Answer = RawReceiver.Http("200 OK", "ok");
        await Eventually.TrueAsync(async () => (await _api.EventsAsync($"rule={rule}&kind=notification_sent")).Length == 1, "it is sent");
        JsonElement sent = (await _api.GetAsync($"{AlertApi.Channels}/{channel.Id}/messages?status=sent")).Data[0];
        Assert.True(sent.GetProperty("attempts").GetInt32() > 1);
    }
}
