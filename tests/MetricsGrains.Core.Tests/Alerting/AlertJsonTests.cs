using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>The stored form. That every member of every record comes back is shown by the alert store's contract, through the databases.</summary>
public sealed class AlertJsonTests
{
    /// <summary>Written by this version; a later one must read it.</summary>
    private const string Golden = """
        {"id":"11111111-2222-3333-4444-555555555555","name":"Latency","type":"dead_man","metric_name":"api.duration",
        "tag_filter":{"env":["production",{"not":"dev"}],"service":{"glob":"check*"}},"group_by":["host"],"statistic":"p99.9","condition":"lte","threshold":"NaN",
        "recovery_threshold":"-Infinity","window_minutes":17,"for":"3m","keep_firing_for":"1m30s","no_data":"keep_last","no_data_after":"1d2h","severity":"critical",
        "channels":["ops"],"repeat_interval":"0s","inhibits":true,"runbook_url":"","message":"","owner":"","enabled":false,"version":3,"created_at_ms":1,"updated_at_ms":2,
        "updated_by":"ada"}
        """;

    [Fact]
    public void Rule_Golden_IsReadAndWrittenAsItIs()
    {
        AlertRule rule = AlertJson.Read<AlertRule>(Golden);
        Assert.Equal([new TagFilter("env", TagMatch.Equal, "production"), new TagFilter("env", TagMatch.NotEqual, "dev"), new TagFilter("service", TagMatch.Glob, "check*")], rule.TagFilter);
        Assert.Equal(new Statistic(StatisticKind.Percentile, 0.999), rule.Statistic);
        Assert.Equal((AlertRuleType.DeadMan, AlertCondition.Lte, double.NaN, double.NegativeInfinity), (rule.Type, rule.Condition, rule.Threshold, rule.RecoveryThreshold));
        Assert.Equal((TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(90), TimeSpan.FromHours(26), TimeSpan.Zero), (rule.For, rule.KeepFiringFor, rule.NoDataAfter, rule.RepeatInterval));
        Assert.Equal(Golden.ReplaceLineEndings(""), AlertJson.Write(rule));
    }

    [Fact]
    public void Rule_UnknownAndAbsentMembers_AreIgnoredAndKeepTheirDefaults()
    {
        AlertRule rule = AlertJson.Read<AlertRule>("""{"id":"11111111-2222-3333-4444-555555555555","name":"r","metric_name":"m","of_next_year":{"a":[1]}}""");
        Assert.Equal(AlertJson.Write(new AlertRule { Id = rule.Id, Name = "r", MetricName = "m" }), AlertJson.Write(rule));
    }

    [Theory]
    [InlineData("""{"name":"r","metric_name":"m"}""")]
    [InlineData("""{"id":"11111111-2222-3333-4444-555555555555","name":null,"metric_name":"m"}""")]
    [InlineData("""{"id":"11111111-2222-3333-4444-555555555555","name":"r","metric_name":"m","statistic":"median"}""")]
    [InlineData("""{"id":"11111111-2222-3333-4444-555555555555","name":"r","metric_name":"m","for":"soon"}""")]
    [InlineData("""{"id":"11111111-2222-3333-4444-555555555555","name":"r","metric_name":"m","severity":3}""")]
    [InlineData("""{"id":"11111111-2222-3333-4444-555555555555","name":"r","metric_name":"m","tag_filter":{"env":{"like":"x"}}}""")]
    [InlineData("null")]
    public void Rule_NotOfTheForm_IsRefused(string json) => Assert.ThrowsAny<JsonException>(() => AlertJson.Read<AlertRule>(json));

    [Theory]
    [InlineData(ChannelType.Slack, "slack")]
    [InlineData(ChannelType.PagerDuty, "pagerduty")]
    [InlineData(ChannelType.Email, "email")]
    [InlineData(ChannelType.Webhook, "webhook")]
    public void ChannelType_IsWrittenAsTheApiWritesIt(ChannelType type, string name)
    {
        Assert.Equal($"\"{name}\"", AlertJson.Write(type));
        Assert.Equal(type, AlertJson.Read<ChannelType>($"\"{name}\""));
    }

    [Fact]
    public void Channel_StoredByAnOlderVersion_IsRead() =>
        Assert.Equal(ChannelType.PagerDuty, AlertJson.Read<Channel>("""{"id":"11111111-2222-3333-4444-555555555555","name":"pager","type":"pager_duty"}""").Type);

    [Theory]
    [InlineData("avg")]
    [InlineData("uniq")]
    [InlineData("p50")]
    [InlineData("p99.99")]
    [InlineData("p0")]
    [InlineData("p100")]
    public void Statistic_RoundTrip_IsTheSame(string text)
    {
        Assert.True(Statistic.TryParse(text, out Statistic statistic));
        Assert.Equal($"\"{text}\"", AlertJson.Write(statistic));
        Assert.Equal(statistic, AlertJson.Read<Statistic>(AlertJson.Write(statistic)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(-0.0)]
    [InlineData(0.1 + 0.2)]
    public void Double_RoundTrip_IsTheSameToTheBit(double value) =>
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(AlertJson.Read<AlertState>(AlertJson.Write(new AlertState { LastValue = value })).LastValue!.Value));

    [Fact]
    public void Tags_RoundTrip_HaveEqualBytes()
    {
        TagSet tags = TagSet.Of(("host", "a\"b\\c"), ("Été", "ÿ\u0001"), ("empty", ""), ("a.b-c/d", "{x}"));
        Assert.Equal(tags, AlertJson.Read<TagSet>(AlertJson.Write(tags)));
        Assert.Equal("{}", AlertJson.Write(TagSet.Empty));
        Assert.ThrowsAny<JsonException>(() => AlertJson.Read<TagSet>("""{"":"x"}"""));
        Assert.ThrowsAny<JsonException>(() => AlertJson.Read<TagSet>($$"""{"a":"{{new string('x', TagSet.MaxValueBytes + 1)}}"}"""));
    }

    [Fact]
    public void Recurrence_RoundTrip_CoversTheSameTimes()
    {
        var recurrence = new Recurrence([DayOfWeek.Saturday, DayOfWeek.Sunday], new TimeOnly(23, 30, 15), TimeSpan.FromHours(7), "Europe/Berlin");
        const string Json = """{"days":["saturday","sunday"],"start":"23:30:15","length":"7h","time_zone":"Europe/Berlin"}""";
        Assert.Equal(Json, AlertJson.Write(recurrence));
        Recurrence read = AlertJson.Read<Recurrence>(Json);
        Assert.Equal(Json, AlertJson.Write(read));
        for (long at = 1_741_608_000_000; at < 1_741_608_000_000 + (7 * 86_400_000L); at += 1_800_000)
        {
            Assert.Equal(recurrence.Covers(at), read.Covers(at));
        }
    }

    [Fact]
    public void Mute_Forever_KeepsItsEnd() =>
        Assert.Equal(new RuleMute(long.MaxValue, "ada", "why"), AlertJson.Read<RuleMute>(AlertJson.Write(new RuleMute(long.MaxValue, "ada", "why"))));

    [Fact]
    public void Event_RoundTrip_IsTheSame()
    {
        var one = new AlertEvent
        {
            Id = 7,
            AtMs = 1,
            Kind = AlertEventKind.NotificationSuppressed,
            RuleId = Guid.NewGuid(),
            RuleName = "r",
            Instance = "",
            From = AlertPhase.NoData,
            To = AlertPhase.Firing,
            Value = double.NaN,
            IncidentMs = 3,
            ChannelId = Guid.NewGuid(),
            ChannelName = "c",
            Suppression = SuppressionReason.RateLimit,
            Detail = "d",
            By = "b",
        };
        Assert.Equal(one, AlertJson.Read<AlertEvent>(AlertJson.Write(one)));
    }

    [Fact]
    public void Channel_KeysOfSettings_AreNotRenamed()
    {
        var channel = new Channel { Id = Guid.NewGuid(), Name = "c", Type = ChannelType.PagerDuty, Settings = new Dictionary<string, string> { ["Upper_Case"] = "x" } };
        Assert.Equal("x", AlertJson.Read<Channel>(AlertJson.Write(channel)).Settings["Upper_Case"]);
        Assert.Contains("\"pagerduty\"", AlertJson.Write(channel), StringComparison.Ordinal);
    }
}
