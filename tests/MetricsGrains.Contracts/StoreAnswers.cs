using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Everything that a store answers, as text that is equal when the answers are, to the last bit.</summary>
public static class StoreAnswers
{
    public static async Task<string> OfAsync(IMetricStore store, long fromMs, long toMs)
    {
        var text = new StringBuilder();
        foreach (FlushCursor cursor in (await store.ReadCursorsAsync(CancellationToken.None)).OrderBy(c => c.Metric, StringComparer.Ordinal).ThenBy(c => c.Stream).ThenBy(c => c.Origin, StringComparer.Ordinal))
        {
            text.AppendLine(cursor.ToString());
        }
        foreach (StoredMetric metric in await store.ListMetricsAsync("", "", int.MaxValue, CancellationToken.None))
        {
            text.AppendLine(metric.ToString());
            foreach (SeriesDefinition series in await store.ListSeriesAsync(metric.Name, int.MaxValue, CancellationToken.None))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{series.Id.Value:x16} {series.Kind} {series.Unit} {Convert.ToHexString(series.Tags.Canonical)} {series.FirstSeenMs} {series.LastSeenMs}");
            }
            foreach (IReadOnlyList<string>? by in (IReadOnlyList<string>?[])[null, []])
            {
                Append(text, "1m", await store.ReadAsync(metric.Name, StoredResolution.OneMinute, Query(fromMs, toMs, Minute, by, sketch: SketchNeed.Yes), CancellationToken.None));
                Append(text, "1h", await store.ReadAsync(metric.Name, StoredResolution.OneHour, Query(fromMs, toMs, Hour, by, sketch: SketchNeed.Yes), CancellationToken.None));
                Append(text, "1d", await store.ReadAsync(metric.Name, StoredResolution.OneDay, Query(fromMs, toMs, Day, by, sketch: SketchNeed.Yes), CancellationToken.None));
            }
            Append(text, "raw", await store.ReadRawAsync(metric.Name, Query(fromMs, toMs, 10_000, sketch: SketchNeed.Yes), CancellationToken.None));
        }
        foreach (Annotation a in await store.ReadAnnotationsAsync(new AnnotationQuery(fromMs, toMs, [], "", AnnotationPosition.End, int.MaxValue), CancellationToken.None))
        {
            // PostgreSQL shows U+0000 as another character.
            text.AppendLine(CultureInfo.InvariantCulture, $"{a.Id} {a.UnixMs} {a.Title.Replace('\0', '\u2400')} {a.Text} {a.Level} {a.Host} {a.Source} {a.AggregationKey} {Convert.ToHexString(a.Tags.Canonical)}");
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, string resolution, AggregateFrame? frame)
    {
        foreach (AggregateGroup group in frame?.Groups ?? [])
        {
            foreach (AggregatePoint point in group.Points)
            {
                WindowAggregate a = point.Aggregate;
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"{resolution} {Convert.ToHexString(group.Key.Canonical)} {point.BucketMs} {a.Count:R} {a.Sum:R} {a.Min:R} {a.Max:R} {a.Last:R} {a.LastAt} {a.Increase:R} {Hex(point.Sketch?.ToArray())} {Hex(point.Distinct?.ToArray())}");
            }
        }
    }

    private static string Hex(byte[]? bytes) => bytes is null ? "-" : Convert.ToHexString(bytes);
}
