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
            long from = Resolution.Floor(1_776_000_000_000 + random.NextInt64(Resolution.OneDay * 3), random.Next(2) == 0 ? step : Resolution.TenSeconds), to = Resolution.Floor(from + random.NextInt64(Resolution.OneDay * 40), Resolution.TenSeconds);
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
    public void Reads_OneBucketFromAnyMinute_TakesHoursAndDaysInTheMiddle()
    {
        const long day = 20_000 * Resolution.OneDay;
        Assert.Equal(
            [(830, 840, StoredResolution.OneMinute), (840, 1_020, StoredResolution.OneHour), (1_020, 1_030, StoredResolution.OneMinute)],
            Minutes(day + (830 * Resolution.OneMinute), day + (1_030 * Resolution.OneMinute)));
        Assert.Equal(
            [(-70, -60, StoredResolution.OneMinute), (-60, 0, StoredResolution.OneHour), (0, 2_880, StoredResolution.OneDay), (2_880, 2_940, StoredResolution.OneHour), (2_940, 2_950, StoredResolution.OneMinute)],
            Minutes(day - (70 * Resolution.OneMinute), day + (2_950 * Resolution.OneMinute)));

        IEnumerable<(long, long, StoredResolution?)> Minutes(long from, long to) =>
            QueryPlan.Reads(from, to, Resolution.OneDay).Select(r => ((r.FromMs - day) / Resolution.OneMinute, (r.ToMs - day) / Resolution.OneMinute, r.Resolution));
    }

    [Fact]
    public void Reads_EmptyRange_AreNone()
    {
        Assert.Empty(QueryPlan.Reads(60_000, 60_000, 60_000));
        Assert.Empty(QueryPlan.Reads(120_000, 60_000, 60_000));
    }
}
