using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests;

public sealed class QueryPlanTests
{
    [Fact]
    public void Reads_AnyRange_CoverItWithoutGapsFromRowsThatFit()
    {
        const int seed = 5;
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++)
        {
            long step = ((long[])[Resolution.TenSeconds, Resolution.OneMinute, Resolution.FiveMinutes, Resolution.OneHour, 6 * Resolution.OneHour, Resolution.OneDay])[random.Next(6)];
            long from = Resolution.Floor(1_776_000_000_000 + random.NextInt64(Resolution.OneDay * 3), step), to = Resolution.Floor(from + random.NextInt64(Resolution.OneDay * 40), Resolution.TenSeconds);
            long at = from;
            foreach (StoreRead read in QueryPlan.Reads(from, to, step))
            {
                long length = read.Resolution switch { StoredResolution.OneDay => Resolution.OneDay, StoredResolution.OneHour => Resolution.OneHour, StoredResolution.OneMinute => Resolution.OneMinute, _ => Resolution.TenSeconds };
                Assert.True(read.FromMs == at && read.ToMs > read.FromMs && read.FromMs % length == 0 && read.ToMs % length == 0 && step % length == 0, $"seed {seed}, round {round}: {read}");
                at = read.ToMs;
            }
            Assert.True(at == Math.Max(from, to), $"seed {seed}, round {round}: ends at {at}, not at {to}");
        }
    }

    [Fact]
    public void Reads_EmptyRange_AreNone()
    {
        Assert.Empty(QueryPlan.Reads(60_000, 60_000, 60_000));
        Assert.Empty(QueryPlan.Reads(120_000, 60_000, 60_000));
    }
}
