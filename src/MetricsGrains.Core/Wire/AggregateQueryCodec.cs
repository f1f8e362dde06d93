using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of an <see cref="AggregateQuery"/> on its way to another silo; docs/formats/grain-messages.md draws them.</summary>
public static class AggregateQueryCodec
{
    public const byte Version = 1;

    private const int LeastFilterBytes = 4;

    public static byte[] Encode(AggregateQuery query)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Signed(query.FromMs);
        to.Signed(unchecked(query.ToMs - query.FromMs));
        to.Signed(query.StepMs);
        to.Byte((byte)query.Sketch);
        to.Unsigned(query.GroupBy is null ? 0 : (ulong)query.GroupBy.Count + 1);
        for (int i = 0; i < (query.GroupBy?.Count ?? 0); i++)
        {
            to.Text(query.GroupBy![i]);
        }
        to.Unsigned((ulong)query.Filters.Count);
        for (int i = 0; i < query.Filters.Count; i++)
        {
            int start = to.Length;
            to.Byte((byte)query.Filters[i].Match);
            to.Text(query.Filters[i].Key);
            to.Text(query.Filters[i].Value);
            to.PrefixFrom(start);
        }
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no query that this version understands.</exception>
    public static AggregateQuery Decode(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "A query", Version);
        long fromMs = from.Signed();
        long toMs = unchecked(fromMs + from.Signed());
        long stepMs = from.Signed();
        if (stepMs <= 0)
        {
            // Grains divide by it.
            throw from.Damaged($"its step is {stepMs} ms");
        }
        var sketch = (SketchNeed)from.Byte();
        if (!Enum.IsDefined(sketch))
        {
            throw from.Damaged($"it needs sketches of kind {(byte)sketch}, which this program does not know");
        }
        string[]? groupBy = from.OptionalCount(1) is { } keys ? new string[keys] : null;
        for (int i = 0; i < (groupBy?.Length ?? 0); i++)
        {
            groupBy![i] = from.Text();
        }
        var filters = new TagFilter[from.Count(LeastFilterBytes)];
        for (int i = 0; i < filters.Length; i++)
        {
            filters[i] = ReadFilter(from.Nested());
        }
        return new AggregateQuery(fromMs, toMs, stepMs, filters, groupBy, sketch);
    }

    private static TagFilter ReadFilter(MessageReader from)
    {
        var match = (TagMatch)from.Byte();
        // To leave a filter out would answer for series that nobody asked for.
        return Enum.IsDefined(match) ? new TagFilter(from.Text(), match, from.Text()) : throw from.Damaged($"a filter compares by {(byte)match}, which this program does not know");
    }
}
