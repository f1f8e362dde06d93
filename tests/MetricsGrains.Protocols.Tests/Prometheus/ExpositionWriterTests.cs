using System.Buffers;
using System.Diagnostics;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Prometheus;

namespace MetricsGrains.Protocols.Tests.Prometheus;

public class ExpositionWriterTests
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ExpositionWriter _writer;

    public ExpositionWriterTests() => _writer = new ExpositionWriter(_output);

    [Fact]
    public void Write_EachType_ExactText()
    {
        Assert.True(_writer.TryBeginFamily("metricsgrains.received", ExpositionType.Counter, "Lines received.\nOf \\all kinds."));
        _writer.WriteValue(TagSet.Of(("protocol", "statsd"), ("reason", "a \"b\" \\ c\nd")), 3);
        _writer.WriteValue(TagSet.Empty, 1e21);
        Assert.True(_writer.TryBeginFamily("queue", ExpositionType.Gauge, unit: "By"));
        _writer.WriteValue(TagSet.Empty, 0.1);
        Assert.True(_writer.TryBeginFamily("flush.time", ExpositionType.Summary, "Flushes.", "s"));
        _writer.WriteSummary(TagSet.Of(("store", "sqlite")), [new(0.5, 0.25), new(0.99, double.NaN)], 12.5, 42);
        _writer.WriteSummary(TagSet.Empty, [new(0.5, 1)], 1, 1);
        Assert.Equal(
            """
            # HELP metricsgrains_received_total Lines received.\nOf \\all kinds.
            # TYPE metricsgrains_received_total counter
            metricsgrains_received_total{protocol="statsd",reason="a \"b\" \\ c\nd"} 3
            metricsgrains_received_total 1E+21
            # TYPE queue_bytes gauge
            queue_bytes 0.1
            # HELP flush_time_seconds Flushes.
            # TYPE flush_time_seconds summary
            flush_time_seconds{store="sqlite",quantile="0.5"} 0.25
            flush_time_seconds{store="sqlite",quantile="0.99"} NaN
            flush_time_seconds_sum{store="sqlite"} 12.5
            flush_time_seconds_count{store="sqlite"} 42
            flush_time_seconds{quantile="0.5"} 1
            flush_time_seconds_sum 1
            flush_time_seconds_count 1

            """,
            Encoding.UTF8.GetString(_output.WrittenSpan));
        Assert.Equal(10, StrictExposition.Parse(_output.WrittenSpan).Series.Count);
    }

    [Theory]
    [InlineData("http.server.request-count", ExpositionType.Counter, "", "http_server_request_count_total")]
    [InlineData("requests_total", ExpositionType.Counter, "{request}", "requests_total")]
    [InlineData("cpu_seconds_total", ExpositionType.Counter, "s", "cpu_seconds_total")]
    [InlineData("cpu.time", ExpositionType.Counter, "s", "cpu_time_seconds_total")]
    [InlineData("latency.milliseconds", ExpositionType.Gauge, "ms", "latency_milliseconds")]
    [InlineData("5xx", ExpositionType.Gauge, "", "_5xx")]
    [InlineData("größe 🎉", ExpositionType.Gauge, "", "gr__e__")]
    [InlineData("rule:sum", ExpositionType.Gauge, "km/h", "rule:sum_km_h")]
    [InlineData("", ExpositionType.Gauge, "", "_")]
    public void MetricName_AnyName_Fit(string name, ExpositionType type, string unit, string expected) =>
        Assert.Equal(expected, ExpositionNames.MetricName(name, type, unit));

    [Fact]
    public void TryBeginFamily_NameTaken_False()
    {
        Assert.True(_writer.TryBeginFamily("a.b", ExpositionType.Gauge));
        Assert.False(_writer.TryBeginFamily("a_b", ExpositionType.Gauge));
        Assert.Throws<UnreachableException>(() => _writer.WriteValue(TagSet.Empty, 1));
        Assert.True(_writer.TryBeginFamily("s", ExpositionType.Summary));
        Assert.False(_writer.TryBeginFamily("s_count", ExpositionType.Gauge));
        Assert.True(_writer.TryBeginFamily("t_sum", ExpositionType.Gauge));
        Assert.False(_writer.TryBeginFamily("t", ExpositionType.Summary));
    }

    [Fact]
    public void WriteValue_ClashingKeys_OneLabelEach()
    {
        _writer.TryBeginFamily("m", ExpositionType.Gauge);
        _writer.WriteValue(TagSet.Of(("a.b", "1"), ("a_b", "2"), ("quantile", "q"), ("__name__", "n"), ("9", "d"), ("größe", "ü")), double.PositiveInfinity);
        Assert.Equal("m{_9=d;_name__=n;a_b=1;2;exported_quantile=q;gr__e=ü}", Assert.Single(StrictExposition.Parse(_output.WrittenSpan).Series).Key);
    }

    [Fact]
    public void Write_RandomFamilies_StrictlyReadBack()
    {
        const int seed = 9090;
        var random = new Random(seed);
        var expected = new Dictionary<string, long>();
        for (int i = 0; i < 2000; i++)
        {
            string name = RandomText(random, 8);
            var type = (ExpositionType)random.Next(4);
            if (!_writer.TryBeginFamily(name, type, RandomText(random, 20), random.Next(3) == 0 ? RandomText(random, 4) : ""))
            {
                continue;
            }
            for (int series = random.Next(4); series > 0; series--)
            {
                TagSet tags = TagSet.Of(Enumerable.Range(0, random.Next(4)).Select(k => ($"k{k}{RandomText(random, 3)}", RandomText(random, 6))).Append(("series", $"{series}")));
                double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
                value = double.IsNaN(value) ? double.NaN : value;
                if (type == ExpositionType.Summary)
                {
                    _writer.WriteSummary(tags, [new(0.5, value), new(0.99, value)], value, 7);
                }
                else
                {
                    _writer.WriteValue(tags, value);
                }
                long bits = BitConverter.DoubleToInt64Bits(value);
                expected[$"{i}/{series}"] = bits;
            }
        }
        var read = StrictExposition.Parse(_output.WrittenSpan);
        HashSet<long> bitsRead = [.. read.Series.Values.Select(BitConverter.DoubleToInt64Bits)];
        Assert.All(expected, e => Assert.True(bitsRead.Contains(e.Value), $"seed {seed}: {e.Key} lost its value"));
        Assert.True(expected.Count > 200, $"{expected.Count}");
    }

    private static string RandomText(Random random, int length)
    {
        const string letters = "ab_.:\\\"\n{}=,# 9ü🎉-\t";
        var text = new StringBuilder();
        foreach (Rune rune in letters.EnumerateRunes().OrderBy(_ => random.Next()).Take(random.Next(length)))
        {
            text.Append(rune.ToString());
        }
        return text.ToString();
    }
}
