using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Options;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api;

/// <summary>Writes answers to queries as JSON, straight into the response.</summary>
internal static class QueryAnswerWriter
{
    /// <summary>The design document's shape: metric, resolution, stat, datapoints (or groups, when grouped), meta.</summary>
    public static IResult Metrics(QueryResult result) => new JsonAnswer(json =>
    {
        json.WriteStartObject();
        json.WriteString("metric", result.Query.Metric);
        json.WriteString("resolution", Durations.Format(TimeSpan.FromMilliseconds(result.Query.StepMs)));
        json.WriteString("stat", result.Query.Statistic.ToString());
        if (result.Unit.Length > 0)
        {
            json.WriteString("unit", result.Unit);
        }
        if (result.Query.GroupBy.Count == 0)
        {
            WriteBuckets(json, result.Series.Count > 0 ? result.Series[0].Points : []);
        }
        else
        {
            json.WriteStartArray("groups");
            foreach (QuerySeries series in result.Series)
            {
                json.WriteStartObject();
                WriteTags(json, "tags", series);
                WriteBuckets(json, series.Points);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        WriteMeta(json, result);
        json.WriteEndObject();
    });

    /// <summary>The Redis document's shape: status, data [{timestamp, value}], or one entry with labels and data a group.</summary>
    public static IResult Range(QueryResult result) => new JsonAnswer(json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WriteStartArray("data");
        if (result.Query.GroupBy.Count == 0)
        {
            WriteTimestamps(json, result.Series.Count > 0 ? result.Series[0].Points : []);
        }
        else
        {
            foreach (QuerySeries series in result.Series)
            {
                json.WriteStartObject();
                WriteTags(json, "labels", series);
                json.WriteStartArray("data");
                WriteTimestamps(json, series.Points);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
        WriteMeta(json, result);
        json.WriteEndObject();
    });

    private static void WriteBuckets(Utf8JsonWriter json, IReadOnlyList<DataPoint> points)
    {
        Span<char> bucket = stackalloc char[32];
        json.WriteStartArray("datapoints");
        foreach (DataPoint point in points)
        {
            json.WriteStartObject();
            DateTimeOffset.FromUnixTimeMilliseconds(point.BucketMs).UtcDateTime.TryFormat(bucket, out int length, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            json.WriteString("bucket", bucket[..length]);
            WriteValue(json, point.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTimestamps(Utf8JsonWriter json, IReadOnlyList<DataPoint> points)
    {
        foreach (DataPoint point in points)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", point.BucketMs);
            WriteValue(json, point.Value);
            json.WriteEndObject();
        }
    }

    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber("value", value);
        }
        else
        {
            json.WriteNull("value");
        }
    }

    private static void WriteTags(Utf8JsonWriter json, string name, QuerySeries series)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in series.Tags)
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }

    private static void WriteMeta(Utf8JsonWriter json, QueryResult result)
    {
        json.WriteStartObject("meta");
        if (result.Meta.FreshnessMs is { } freshness)
        {
            json.WriteNumber("freshness_ms", freshness);
        }
        else
        {
            json.WriteNull("freshness_ms");
        }
        json.WriteNumber("stale_threshold_ms", result.Meta.StaleThresholdMs);
        json.WriteBoolean("is_stale", result.Meta.IsStale);
        json.WriteString("source", result.Meta.Source switch { AnswerSource.Memory => "memory", AnswerSource.Store => "store", _ => "memory_and_store" });
        if (result.Meta.Truncated > 0)
        {
            json.WriteNumber("groups_left_out", result.Meta.Truncated);
        }
        json.WriteEndObject();
    }

    private sealed class JsonAnswer(Action<Utf8JsonWriter> write) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var bytes = new ArrayBufferWriter<byte>(4096);
            using (var json = new Utf8JsonWriter(bytes))
            {
                write(json);
            }
            httpContext.Response.ContentType = "application/json";
            httpContext.Response.ContentLength = bytes.WrittenCount;
            await httpContext.Response.Body.WriteAsync(bytes.WrittenMemory, httpContext.RequestAborted);
        }
    }
}
