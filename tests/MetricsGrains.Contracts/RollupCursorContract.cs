using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Flush cursors: rows and cursor together, once.</summary>
public abstract class RollupCursorContract : StoreContract
{
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter);

    [ContractFact]
    public async Task Cursors_ComeBackExactly_AlsoAfterReopening()
    {
        FlushCursor[] cursors =
        [
            new("requests", FlushStream.Rollup, "node-1", 5, 9, T0),
            new("requests", FlushStream.Rollup, "node-2", ulong.MaxValue - 1, ulong.MaxValue, long.MinValue),
        ];
        var raw = new FlushCursor("*", FlushStream.Raw, "node-1", 1, 2, 3);
        await AppendAsync(Of([A], [Row(0, T0, 1)], cursors));
        await Raw.AppendRawAsync([], raw, None);
        await Harness.ReopenAsync();
        Assert.Equal([raw, .. cursors], (await Rollups.ReadCursorsAsync(None)).OrderBy(c => c.Metric, StringComparer.Ordinal).ThenBy(c => c.Origin, StringComparer.Ordinal));
    }

    [ContractFact]
    public async Task Cursors_OfOneMetric_AreThoseAndNoOthers()
    {
        FlushCursor[] mine = [Cursor("requests", 9, T0, "node-1"), Cursor("requests", 7, T0, "node-2")];
        await AppendAsync(Of([A], [Row(0, T0, 1)], mine), Of([Series("requests.errors", MetricKind.Counter)], [Row(0, T0, 1)], Cursor("requests.errors", 9)));
        await Raw.AppendRawAsync([], Cursor("*", 3, stream: FlushStream.Raw), None);
        Assert.Equal(mine, (await Rollups.ReadCursorsAsync("requests", None)).OrderBy(c => c.Origin, StringComparer.Ordinal));
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10, T0, "node-1")));
        Assert.Contains(Cursor("requests", 10, T0, "node-1"), await Rollups.ReadCursorsAsync("requests", None));
        Assert.Empty(await Rollups.ReadCursorsAsync("unknown", None));
    }

    [ContractFact]
    public async Task Append_Repeated_CountsOnce()
    {
        RollupFlush flush = Of([A], [Row(0, T0, 1)], Cursor("requests", 10, T0 + Minute));
        await AppendAsync(flush);
        await AppendAsync(flush);
        await Harness.ReopenAsync();
        await AppendAsync(flush, flush);
        Assert.Equal(1, await SumAsync());
    }

    [ContractFact]
    public async Task Append_OlderCursor_IsSkippedAndCursorStays()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10, T0)));
        await AppendAsync(Of([A], [Row(0, T0, 100)], Cursor("requests", 9, T0 + Hour)));
        Assert.Equal(1, await SumAsync());
        Assert.Equal(10ul, Assert.Single(await Rollups.ReadCursorsAsync(None)).AppliedThrough);
    }

    /// <summary>A record with samples of two minutes: the second minute closes without another record, so only open_from moves.</summary>
    [ContractFact]
    public async Task Append_SameRecordsLaterMinute_IsTaken()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10, T0 + Minute)));
        await AppendAsync(Of([A], [Row(0, T0 + Minute, 10)], Cursor("requests", 10, T0 + (2 * Minute))));
        Assert.Equal(11, await SumAsync());
    }

    [ContractFact]
    public async Task Append_OneOfTwoOriginsBeyond_IsTakenAndNoCursorGoesBack()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10, origin: "a"), Cursor("requests", 20, origin: "b")));
        await AppendAsync(Of([A], [Row(0, T0, 10)], Cursor("requests", 5, origin: "a"), Cursor("requests", 21, origin: "b")));
        Assert.Equal(11, await SumAsync());
        Assert.Equal([10ul, 21ul], (await Rollups.ReadCursorsAsync(None)).OrderBy(c => c.Origin, StringComparer.Ordinal).Select(c => c.AppliedThrough));
    }

    [ContractFact]
    public async Task Append_OtherMetricsAndStreams_HaveTheirOwnCursors()
    {
        SeriesDefinition other = Series("other", MetricKind.Counter);
        await Raw.AppendRawAsync([], Cursor("requests", 50, stream: FlushStream.Raw), None);
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10)), Of([other], [Row(0, T0, 1)], Cursor("other", 5)));
        Assert.Equal(1, await SumAsync());
        Assert.Equal(3, (await Rollups.ReadCursorsAsync(None)).Count);
    }

    [ContractFact]
    public async Task Append_WithoutCursor_IsNeverSkipped()
    {
        await AppendAsync(One(A, T0, 1));
        await AppendAsync(One(A, T0, 1));
        Assert.Equal(2, await SumAsync());
    }

    [ContractFact]
    public async Task Append_CursorWithoutRows_Moves()
    {
        await AppendAsync(new RollupFlush("requests", [], [], [Cursor("requests", 10)]));
        Assert.Equal(10ul, Assert.Single(await Rollups.ReadCursorsAsync(None)).AppliedThrough);
    }

    [ContractFact]
    public async Task Append_OneFlushFails_NothingIsWritten()
    {
        var broken = new RollupFlush("broken", [Series("broken", MetricKind.Gauge)], [Row(7, T0, 1)], [Cursor("broken", 1)]);
        await Assert.ThrowsAnyAsync<Exception>(() => AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10)), broken));
        Assert.Empty(await Rollups.ReadCursorsAsync(None));
        Assert.Null(await Rollups.FindMetricAsync("requests", None));
        // What was learned in the failed attempt must not be relied on in the next.
        await AppendAsync(Of([A], [Row(0, T0, 1)], Cursor("requests", 10)));
        Assert.Equal(1, await SumAsync());
    }

    [ContractFact]
    public async Task Append_Cancelled_NothingIsWritten()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Rollups.AppendAsync([One(A, T0, 1)], new CancellationToken(canceled: true)));
        Assert.Null(await Rollups.FindMetricAsync("requests", None));
    }

    private async Task<double> SumAsync() => (await SumsAsync("requests", StoredResolution.OneMinute, T0, T0 + Hour, Hour)).Values.Sum();
}
