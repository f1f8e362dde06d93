using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Writes raw blocks within one transaction.</summary>
internal sealed class RawAppender(SqliteConnection connection, SeriesWriter series, CancellationToken cancel)
{
    private readonly BitWriter _bits = new();

    public void Append(IReadOnlyList<RawBlock> blocks, FlushCursor cursor)
    {
        if (!CursorTable.TryMove(connection, [cursor]))
        {
            return;
        }
        // In order of partition, so that one insert statement is open at a time; within it metric by metric.
        List<Part> parts = Split(blocks);
        foreach (IGrouping<PartitionSpan, Part> together in parts.GroupBy(p => p.Span).OrderBy(g => g.Key.StartMs))
        {
            Insert(together.Key, [.. together]);
        }
    }

    private static List<Part> Split(IReadOnlyList<RawBlock> blocks)
    {
        var parts = new List<Part>(blocks.Count);
        foreach (RawBlock block in blocks)
        {
            if (block.Series.Kind == MetricKind.Histogram)
            {
                throw new ArgumentException($"BUG: histograms have no raw form ({block.Series.Metric})", nameof(blocks));
            }
            for (int from = 0; from < block.Times.Count;)
            {
                int count = CountOf(block, from);
                parts.Add(new Part(block, from, count, SpanOf(block, from, count)));
                from += count;
            }
        }
        return parts;
    }

    private static int CountOf(RawBlock block, int from)
    {
        int end = Math.Min(block.Times.Count, from + RawBlockCodec.MaxSamples);
        // What is archived after an outage may span days, and a block goes as a whole: with its partition, or with its last sample.
        long length = block.Keep is null ? Resolution.OneDay : Resolution.OneHour;
        long cut = Resolution.Floor(block.Times[from], length) + length;
        int at = from + 1;
        while (at < end && block.Times[at] < cut)
        {
            at++;
        }
        return at - from;
    }

    private static PartitionSpan SpanOf(RawBlock block, int from, int count) => block.Keep is { } keep
        ? PartitionSpan.Holding(PartitionKind.BriefRaw, BriefExpiry.Of(block.Times[from + count - 1], keep))
        : PartitionSpan.Holding(PartitionKind.Raw, block.Times[from]);

    private void Insert(PartitionSpan span, List<Part> parts)
    {
        Partitions.Ensure(connection, span);
        string table = span.TableName;
        long min = long.MaxValue, max = long.MinValue, longest = 0;
        using (var insert = new Statement(connection, $"INSERT INTO {table} (metric_id, series_id, min_ts, max_ts, count, block) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"))
        {
            foreach (IGrouping<string, Part> ofMetric in parts.GroupBy(p => p.Block.Series.Metric))
            {
                cancel.ThrowIfCancellationRequested();
                Part[] those = [.. ofMetric];
                SeriesDefinition[] definitions = [.. those.Select(p => p.Block.Series)];
                SeriesDefinition newest = definitions.MaxBy(s => s.LastSeenMs)!;
                WrittenMetric metric = series.Metric(connection, ofMetric.Key, newest.Kind, newest.Unit, newest.LastSeenMs);
                long[] ids = series.Series(connection, metric, definitions);
                for (int i = 0; i < those.Length; i++)
                {
                    Part part = those[i];
                    long first = part.Block.Times[part.From];
                    long last = part.Block.Times[part.From + part.Count - 1];
                    byte[] encoded = RawBlockCodec.Encode(part.Block.Times, part.Block.Values, part.Block.Weights, part.From, part.Count, _bits);
                    insert.Bind(1, metric.Id).Bind(2, ids[i]).Bind(3, first).Bind(4, last).Bind(5, part.Count).Bind(6, encoded).Run();
                    min = Math.Min(min, first);
                    max = Math.Max(max, last);
                    longest = Math.Max(longest, last - first);
                }
            }
        }
        Partitions.Count(connection, table, parts.Count, min, max, longest);
    }

    private readonly record struct Part(RawBlock Block, int From, int Count, PartitionSpan Span);
}
