using MetricsGrains.Core.Grains;
using MetricsGrains.Server.Options;
using MetricsGrains.Storage.Wal;
using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Server.Tests.Options;

public sealed class NodeOptionsTests
{
    [Fact]
    public void Read_NothingSet_HasDefaultsAndNoMistakes()
    {
        NodeOptions options = Read([], out IReadOnlyList<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal((8080, 8125, 8125), (options.Http.Port, options.StatsD.UdpPort, options.StatsD.TcpPort));
        Assert.Equal((LogDurability.Fsync, 10_000, CardinalityPolicy.Refuse), (options.Log.Durability, options.Grains.Defaults.MaxSeries, options.Grains.Defaults.Policy));
        Assert.Equal((TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825)), (options.Retention.Raw, options.Retention.OneMinute, options.Retention.OneHour, options.Retention.OneDay));
        Assert.True(Path.IsPathFullyQualified(options.DataPath));
    }

    [Fact]
    public void Read_EverythingSet_IsRead()
    {
        NodeOptions options = Read(
            [
                ("NodeName", "n1"), ("DataPath", "/tmp/x"), ("Address", "127.0.0.1"), ("Http:Port", "1"), ("Http:MaxBodyBytes", "2048"), ("StatsD:UdpPort", "-1"), ("StatsD:TcpPort", "2"), ("StatsD:UdpReceivers", "3"),
                ("StatsD:UdpBufferBytes", "65536"), ("StatsD:TcpMaxConnections", "5"), ("StatsD:SignedGauges", "relative"), ("Otlp:GrpcPort", "-1"), ("Otlp:HttpPort", "-1"), ("Store:ConnectionString", ""), ("Durability", "interval"),
                ("Log:SyncInterval", "2s"), ("Log:SegmentBytes", "1048576"), ("Log:MaxBytes", "16777216"), ("Log:OnCorruption", "refuse"), ("Cardinality:MaxSeriesPerMetric", "7"), ("Cardinality:Policy", "overflow"),
                ("Cardinality:Metrics:http.requests", "9"), ("Retention:Raw", "12h"), ("Retention:OneMinute", "2.00:00:00"), ("Retention:OneHour", "3w"), ("Retention:OneDay", "90d"), ("Limits:QueueBytes", "1048576"), ("Shards", "3"), ("Demo", "true"),
            ],
            out IReadOnlyList<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal(("n1", "/tmp/x", "127.0.0.1", 3, true), (options.NodeName, options.DataPath, options.Address, options.Shards, options.Demo));
        Assert.Equal(new StatsDOptions(-1, 2, 3, 65_536, 5, SignedGauges.Relative), options.StatsD);
        Assert.Equal((TimeSpan.FromHours(12), TimeSpan.FromDays(2), TimeSpan.FromDays(21), TimeSpan.FromDays(90)), (options.Retention.Raw, options.Retention.OneMinute, options.Retention.OneHour, options.Retention.OneDay));
        Assert.Equal((7, CardinalityPolicy.Overflow, 9), (options.Grains.For("x").MaxSeries, options.Grains.Defaults.Policy, options.Grains.For("http.requests").MaxSeries));
        Assert.Equal(TimeSpan.FromHours(12), options.Grains.Defaults.MaxAge);
        Assert.Equal((LogDurability.Interval, TimeSpan.FromSeconds(2), 1 << 20, 16 << 20, CorruptionPolicy.Refuse), (options.Log.Durability, options.Log.SyncInterval, (int)options.Log.SegmentBytes, (int)options.Log.MaxBytes, options.Log.OnCorruption));
    }

    [Fact]
    public void Read_EventHubsOfASilo_AreReadAndNeverSaidInFull()
    {
        NodeOptions options = NodeOptions.Read(Settings([("EventHubs:ConnectionString", "Endpoint=sb://secret"), ("EventHubs:Hub", "metrics"), ("EventHubs:ConsumerGroup", "mg")]), isSilo: true, out IReadOnlyList<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal(new EventHubsOptions("Endpoint=sb://secret", "metrics", "mg"), options.Cluster!.EventHubs);
        Assert.DoesNotContain("secret", options.Cluster.ToString(), StringComparison.Ordinal);
        Assert.Null(NodeOptions.Read(Settings([]), isSilo: true, out _).Cluster!.EventHubs);
    }

    [Fact]
    public void Read_AdminPasswordOfASilo_IsReadAndNeverSaid()
    {
        NodeOptions options = NodeOptions.Read(Settings([("Cluster:AdminPassword", "correct horse")]), isSilo: true, out IReadOnlyList<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal("correct horse", options.Cluster!.AdminPassword);
        Assert.DoesNotContain("horse", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShortAdminPassword_IsRefusedWithoutRepeatingIt()
    {
        NodeOptions.Read(Settings([("Cluster:AdminPassword", "horse")]), isSilo: true, out IReadOnlyList<string> mistakes);

        string mistake = Assert.Single(mistakes);
        Assert.StartsWith("MetricsGrains:Cluster:AdminPassword: must have 12 characters", mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EventHubs:Hub", "EventHubs:ConnectionString")]
    [InlineData("EventHubs:ConnectionString", "EventHubs:Hub")]
    public void Read_HalfOfEventHubs_NamesTheMissingHalf(string given, string missing)
    {
        NodeOptions.Read(Settings([(given, "x")]), isSilo: true, out IReadOnlyList<string> mistakes);

        Assert.StartsWith($"MetricsGrains:{missing}: ", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Http:Port", "65536")]
    [InlineData("Http:Port", "-1")]
    [InlineData("Http:Port", "80 80")]
    [InlineData("Http:Port", "0x50")]
    [InlineData("Http:MaxBodyBytes", "1")]
    [InlineData("StatsD:UdpPort", "-2")]
    [InlineData("StatsD:TcpPort", "abc")]
    [InlineData("StatsD:SignedGauges", "sometimes")]
    [InlineData("Otlp:GrpcPort", "1e3")]
    [InlineData("Address", "localhost")]
    [InlineData("Durability", "0")]
    [InlineData("Durability", "fsync,interval")]
    [InlineData("Durability", "replicated")]
    [InlineData("Log:SyncInterval", "100")]
    [InlineData("Log:SyncInterval", "2h")]
    [InlineData("Log:OnCorruption", "panic")]
    [InlineData("Cardinality:MaxSeriesPerMetric", "0")]
    [InlineData("Cardinality:Policy", "drop")]
    [InlineData("Cardinality:Metrics:web", "many")]
    [InlineData("Retention:Raw", "7")]
    [InlineData("Retention:Raw", "-7d")]
    [InlineData("Retention:OneDay", "1m")]
    [InlineData("Limits:QueueBytes", "99999999999999999999")]
    [InlineData("Shards", "0")]
    [InlineData("Demo", "maybe")]
    [InlineData("Store:ReadOnly", "yes")]
    [InlineData("Retention:Annotations", "1m")]
    public void Read_OneMistake_IsNamedByItsKey(string key, string value)
    {
        Read([(key, value)], out IReadOnlyList<string> mistakes);

        Assert.StartsWith($"MetricsGrains:{key}: ", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ReadOnlyNodeWithADemonstration_IsAMistake()
    {
        Assert.True(Read([("Store:ReadOnly", "true")], out IReadOnlyList<string> none).ReadOnly);
        Assert.Empty(none);

        Read([("Store:ReadOnly", "true"), ("Demo", "true")], out IReadOnlyList<string> mistakes);

        Assert.StartsWith("MetricsGrains:Demo: ", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralMistakes_AreAllReported()
    {
        Read([("Http:Port", "x"), ("Durability", "x"), ("Retention:Raw", "x"), ("Colour", "blue"), ("Log:SegmentBytes", "1073741824"), ("Log:MaxBytes", "16777216")], out IReadOnlyList<string> mistakes);

        Assert.Equal(["Colour", "Durability", "Http:Port", "Log:MaxBytes", "Retention:Raw"], mistakes.Select(m => m["MetricsGrains:".Length..m.IndexOf(": ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_RawDetail_FirstMatchInTheOrderOfTheNumbersCounts()
    {
        NodeOptions options = Read(
            [("RawDetail:10:Pattern", "*"), ("RawDetail:10:Keep", "7d"), ("RawDetail:2:Pattern", "debug.*.ms"), ("RawDetail:2:Keep", "None"), ("RawDetail:9:Pattern", "debug.*"), ("RawDetail:9:Keep", "12h"), ("RawDetail:1:Pattern", "debug.keep"), ("RawDetail:1:Keep", "all")],
            out IReadOnlyList<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal([null, TimeSpan.Zero, TimeSpan.FromHours(12), null], ((string[])["debug.keep", "debug.a.b.ms", "debug.a", "other"]).Select(options.RawDetail.KeepOf));
        Assert.Null(Read([], out _).RawDetail.KeepOf("any"));
    }

    [Theory]
    [InlineData("RawDetail:0:Pattern", "x", "RawDetail:0:Keep")]
    [InlineData("RawDetail:0:Keep", "none", "RawDetail:0:Pattern")]
    [InlineData("RawDetail:debug", "none", "RawDetail:debug")]
    [InlineData("RawDetail:debug:Pattern", "x", "RawDetail:debug")]
    [InlineData("RawDetail", "none", "RawDetail")]
    public void Read_RawDetailWithSomethingMissing_IsNamedByItsKey(string key, string value, string named)
    {
        Read([(key, value)], out IReadOnlyList<string> mistakes);

        Assert.StartsWith($"MetricsGrains:{named}: ", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8d", "Retention:Raw")]
    [InlineData("59m", "at least 1h")]
    [InlineData("some", "all, none")]
    [InlineData("", "all, none")]
    public void Read_RawDetailKeptForNoTime_SaysWhatWouldBeRight(string keep, string said)
    {
        Read([("RawDetail:3:Pattern", "*"), ("RawDetail:3:Keep", keep)], out IReadOnlyList<string> mistakes);

        Assert.StartsWith("MetricsGrains:RawDetail:3:Keep: ", Assert.Single(mistakes), StringComparison.Ordinal);
        Assert.Contains(said, mistakes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RawDetailMistyped_IsSuggested()
    {
        Read([("RawDetail:0:Pattern", "*"), ("RawDetail:0:Keep", "none"), ("RawDetail:0:Patern", "*")], out IReadOnlyList<string> mistakes);

        Assert.Equal("MetricsGrains:RawDetail:0:Patern: there is no such setting; did you mean MetricsGrains:RawDetail:0:Pattern?", Assert.Single(mistakes));
    }

    [Theory]
    [InlineData("Htp:Port", "Http:Port")]
    [InlineData("Retention:OneMinut", "Retention:OneMinute")]
    [InlineData("Cardinality:Polizy", "Cardinality:Policy")]
    [InlineData("datapaht", "DataPath")]
    public void Read_MistypedKey_IsSuggested(string key, string meant)
    {
        Read([(key, "1")], out IReadOnlyList<string> mistakes);

        Assert.Equal($"MetricsGrains:{key}: there is no such setting; did you mean MetricsGrains:{meant}?", Assert.Single(mistakes));
    }

    [Fact]
    public void Read_KeyLikeNoOther_IsReportedWithoutASuggestion()
    {
        Read([("CompletelyDifferent:Thing", "1")], out IReadOnlyList<string> mistakes);

        Assert.Equal("MetricsGrains:CompletelyDifferent:Thing: there is no such setting", Assert.Single(mistakes));
    }

    [Fact]
    public void Read_FromFileEnvironmentAndCommandLine_MeansTheSame()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"MetricsGrains":{"Http":{"Port":9001},"Demo":true,"Retention":{"Raw":"3d"},"RawDetail":[{"Pattern":"debug.*","Keep":"2d"},{"Pattern":"*","Keep":"none"}]}}""");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__Http__Port", "9001");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__Demo", "True");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__Retention__Raw", "3d");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__RawDetail__0__Pattern", "debug.*");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__RawDetail__0__Keep", "2d");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__RawDetail__1__Pattern", "*");
            Environment.SetEnvironmentVariable("MGTEST_MetricsGrains__RawDetail__1__Keep", "none");
            foreach (IConfiguration source in (IConfiguration[])
                [
                    new ConfigurationBuilder().AddJsonFile(file).Build(),
                    new ConfigurationBuilder().AddEnvironmentVariables("MGTEST_").Build(),
                    new ConfigurationBuilder().AddCommandLine(["--MetricsGrains:Http:Port=9001", "--MetricsGrains:Demo=true", "--MetricsGrains:Retention:Raw", "3d", "--MetricsGrains:RawDetail:0:Pattern=debug.*", "--MetricsGrains:RawDetail:0:Keep=2d", "--MetricsGrains:RawDetail:1:Pattern=*", "--MetricsGrains:RawDetail:1:Keep=none"]).Build(),
                ])
            {
                NodeOptions options = NodeOptions.Read(source, out IReadOnlyList<string> mistakes);

                Assert.Empty(mistakes);
                Assert.Equal((9001, true, TimeSpan.FromDays(3)), (options.Http.Port, options.Demo, options.Retention.Raw));
                Assert.Equal((TimeSpan.FromDays(2), TimeSpan.Zero), (options.RawDetail.KeepOf("debug.a"), options.RawDetail.KeepOf("a")));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3_600)]
    [InlineData("1d", 86_400)]
    [InlineData("1w", 604_800)]
    [InlineData("00:01:30", 90)]
    public void Duration_AsPeopleWriteIt_IsRead(string text, int seconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("99999999d")]
    [InlineData("ms")]
    [InlineData("1.5ms")]
    public void Duration_AnythingElse_IsNot(string text) => Assert.False(Durations.TryParse(text, out TimeSpan _));

    /// <summary>Bounds are told in messages: who does as told must be understood.</summary>
    [Theory]
    [InlineData("100ms")]
    [InlineData("90s")]
    [InlineData("5m")]
    [InlineData("36h")]
    [InlineData("7d")]
    public void Duration_Formatted_IsReadBack(string text)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(text, Durations.Format(duration));
    }

    private static NodeOptions Read(IEnumerable<(string Key, string Value)> settings, out IReadOnlyList<string> mistakes) =>
        NodeOptions.Read(Settings(settings), out mistakes);

    private static IConfiguration Settings(IEnumerable<(string Key, string Value)> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>("MetricsGrains:" + s.Key, s.Value))).Build();
}
